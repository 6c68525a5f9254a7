"""What the Nu HTML checker says of our letters, beside what the reference says that it may say."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from shutil import which

import pytest

from syndicate import Article, Author, Newsletter, Tag, render_digest
from syndicate.model import Image
from syndicate.newsletters import load_theme

JAR = Path(sys.prefix) / "npm/node_modules/vnu-jar/build/dist/vnu.jar"
PAGE = Path(__file__).parents[1] / "docs/reference/mail-lint.md"
BODY = """<h2>Under the wall</h2>
<p>A <a href="https://harbour.example/x?a=1&amp;b=2">link</a>, <b>bold</b>.</p>
<blockquote><p>Said.</p></blockquote>
<pre><code>make wall</code></pre><ul><li>One<li>Two</ul><hr>
<table><tr><th>Tide</th><th>Hour</th></tr><tr><td>High</td><td>06:12</td></tr></table>
<figure><img src="https://img.example/w.jpg" width="800" height="400" alt="A wall">
<figcaption>New</figcaption></figure>"""


def articles() -> list[Article]:
    """Articles that between them use what our themes show."""
    return [
        Article(
            id=f"urn:x:{number}",
            title=title,
            link=f"https://harbour.example/{number}",
            summary="The last block was lowered into place. " * 8,
            content_html=BODY,
            section="News" if number % 2 else "Arts",
            tags=(Tag(term="council"),),
            authors=(Author(name="Anna Bell"),),
            published=datetime(2026, 9, 12, 9, tzinfo=UTC),
            image=Image(url=f"https://img.example/{number}.jpg", alt="", width=1200, height=600)
            if number < 4
            else None,
            language="ar" if number == 3 else None,
            score=number,
        )
        for number, title in enumerate(
            ["The wall", "Fees & <fines>", "رسالة من الميناء", "Tides", "Boats"], 1
        )
    ]


def letters(folder: Path) -> list[Path]:
    """Every theme, from the left and from the right."""
    written = []
    for theme in ("default", "compact", "longread", "plain"):
        for language in ("en", "ar"):
            newsletter = Newsletter.model_validate(
                {
                    "name": "weekly",
                    "title": "Harbour weekly",
                    "from": "news@harbour.example",
                    "footer": "1 Quay Street",
                    "language": language,
                    "group": "section",
                    "most_read": 2,
                }
            )
            digest = render_digest(
                newsletter,
                articles(),
                number=12,
                date=datetime(2026, 9, 14, 5, tzinfo=UTC),
                home="https://harbour.example/",
                more=7,
                theme=load_theme(theme),
                note="<p>Dear <b>reader</b>,</p>",
            )
            written.append(folder / f"{theme}-{language}.html")
            written[-1].write_text(digest.html, encoding="utf-8")
    return written


def allowed() -> set[str]:
    """What the reference lists, each with its reason."""
    text = (
        PAGE.read_text(encoding="utf-8")
        .partition("## What the Nu HTML checker says")[2]
        .partition("\n## ")[0]
    )
    found = re.findall(r"^\| (?!what it says|---)(.+?) \| (.+?) \|$", text, re.MULTILINE)
    assert all(reason for _, reason in found)
    return {html.unescape(message) for message, _ in found}


def test_our_letters_are_valid_but_for_what_is_listed(tmp_path: Path) -> None:
    if not JAR.is_file() or not which("java"):
        pytest.fail(
            "the Nu HTML checker is missing: make .venv/.npm installs it; "
            "Java comes with apt-get install default-jre-headless"
        )
    run = subprocess.run(
        [
            "java",
            "-Xss8m",
            "-jar",
            JAR,
            "--format",
            "json",
            "--stdout",
            "--exit-zero-always",
            *letters(tmp_path),
        ],
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=300,
    )
    said = json.loads(run.stdout)["messages"]
    where = {each["message"]: f"{Path(each['url']).name}: {each.get('extract', '')}" for each in said}
    assert set(where) - allowed() == set(), where
    # What is no longer said is no longer listed.
    assert allowed() - set(where) == set()
