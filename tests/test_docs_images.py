"""Letters in a browser: none is wider than its window; and the script that takes the pictures of the docs."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from syndicate.newsletters.themes import shipped_themes

IMAGES = Path(__file__).parents[1] / "docs" / "images"
PATH = "https://example.org/a/very/long/path/without/any/break/at/all/index.html?and=a&query=too"
WORD = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetzesentwurfsbegründung"
POSTS = {
    "wide": f"""\
---
title: {WORD}
date: 2026-11-22
author: {WORD}
image: {{ url: "https://posts.example/wide.jpg", alt: Wide, width: 3000, height: 400 }}
---
A word: {WORD}. An address: {PATH}

![A large picture](https://posts.example/large.jpg)

<img src="https://posts.example/larger.jpg" width="2000" height="1000" alt="A larger one">

```text
{PATH} {PATH}
```

`{PATH}`

> {WORD}

| Berth | Boat | Owner | Length | Draught | Remarks |
|---|---|---|---|---|---|
| 1 | Nordstern | Holt | 12.5 m | 1.8 m | {WORD} {PATH} |

1. {WORD}
2. {PATH}
""",
    "arabic": f"""\
---
title: المنارة مضاءة من جديد {PATH}
date: 2026-11-21
language: ar
image: {{ url: "https://posts.example/tall.jpg", alt: منارة, width: 400, height: 1200 }}
---
صعد الحارس الدرجات الإحدى والتسعين مساء الجمعة وأشعل المصباح. {PATH}
""",
    "japanese": """\
---
title: 潮汐表が変わる：港の新しい時計、次の満潮までの時間を光の輪で知らせる表示が港の時計台に
date: 2026-11-20
language: ja
image: { url: "https://posts.example/unknown.jpg", alt: 時計 }
---
港の時計台に新しい潮汐表示が取り付けられた。次の満潮までの時間を、光の輪で知らせる。
""",
}


@pytest.fixture(scope="module")
def script() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(IMAGES)
        yield importlib.import_module("editions")


@pytest.fixture(scope="module")
def browser(script: Any) -> Iterator[Browser]:
    with sync_playwright() as playwright, script.launch_browser(playwright) as browser:
        yield browser


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    for name, text in POSTS.items():
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("theme", shipped_themes())
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_edition_is_wider_than_its_window(
    script: Any, browser: Browser, posts: Path, theme: str, language: str
) -> None:
    # Where a browser is open existing is an event loop already, and sending starts one of its own.
    with ThreadPoolExecutor(1) as elsewhere:
        (edition,) = elsewhere.submit(script.render_editions, posts, [theme], language=language).result()
    for name in POSTS:
        assert f"https://posts.example/{name}/" in edition.html
    assert script.find_overflow(browser, edition) == []


def test_an_edition_that_is_too_wide_is_found(script: Any, browser: Browser) -> None:
    wide = script.RenderedEdition("plain", '<!doctype html><div style="width:600px">Wide</div>', IMAGES)
    overflow = script.find_overflow(browser, wide)
    assert overflow[0] == "plain, light: 608 pixels wide in a window of 320"
    assert len(overflow) == 2 * len([width for width in script.TESTED_WIDTHS if width < 608])


def test_every_theme_has_its_images_and_they_are_small(script: Any) -> None:
    expected = {
        f"{theme}-{width}-{scheme}.png"
        for theme in shipped_themes()
        for width in script.WIDTHS
        for scheme in script.SCHEMES
    }
    existing = {file.name: file.stat().st_size for file in IMAGES.glob("*.png")}
    assert expected <= set(existing), "run docs/images/editions.py"
    assert max(existing.values()) <= script.MAX_BYTES
