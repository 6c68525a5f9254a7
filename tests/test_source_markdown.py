"""`source:markdown`: exact in RSS, for full bodies only, and never anything that a body must not hold."""

from __future__ import annotations

from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from helpers_feeds import FEED
from helpers_site import StillClock, configured, opened, write
from helpers_text import anything
from syndicate import Article, article_from, to_atom, to_json_feed, to_rss
from syndicate.linters.feeds import lint
from syndicate.text import markdown_source
from syndicate.text.illegal_characters import repair_text
from syndicate.text.markdown_source import publishable_markdown

SOURCE = "{http://source.scripting.com/}markdown"
HOME = "https://h.example/"


def article(text: str) -> Article:
    return Article(
        id="urn:x:1",
        title="T",
        link=HOME,
        updated="2026-01-01T00:00:00Z",
        content_html="<p>B",
        content_markdown=text,
    )


@given(anything | st.sampled_from(["# A & B\n\n> <https://h.example/>\n\t]]>", "a\r\nb", '"q"']))
def test_any_markdown_comes_back_as_it_was(text: str) -> None:
    body = to_rss(FEED, [article(text)])
    (item,) = etree.fromstring(body).iter("item")
    assert (item.findtext(SOURCE) or "") == repair_text(text) or not repair_text(text).strip()


def test_only_full_bodies_in_rss_have_it() -> None:
    one = article("*B*")
    body = to_rss(FEED, [one])
    assert b"<source:markdown>*B*</source:markdown>" in body
    assert not lint(body)
    assert not feedparser.parse(body).bozo
    for change in ({"content": "summary"}, {"markdown": False}):
        other = to_rss(FEED.model_copy(update=change), [one])
        assert b"*B*" not in other
        assert b"source.scripting.com" not in other
    assert b"*B*" not in to_atom(FEED, [one]) + to_json_feed(FEED, [one])
    assert b"<source:markdown>" not in to_rss(FEED, [article("")])


def test_a_site_of_markdown_has_it_in_its_feeds_and_not_in_families(tmp_path: Path) -> None:
    configured(
        tmp_path,
        f'[[source]]\nname = "posts"\nkind = "markdown"\npath = "posts/*.md"\nlink = "{HOME}{{slug}}/"\n',
        '[[feed]]\nname = "main"\n[[feed]]\nname = "small"\nmarkdown = false\n',
        '[[feed]]\nname = "tag/{tag}"\neach = "tag"\n',
        '[[feed]]\nname = "t/{tag}"\neach = "tag"\nmarkdown = true\n',
    )
    write(
        tmp_path, {"posts/a.md": "---\ntitle: A\ndate: 2026-01-01\ntags: [x]\n---\nSee *this* ![a](b.png).\n"}
    )
    with opened(tmp_path, StillClock()) as newsroom:
        assert newsroom.ingest().ok
        assert newsroom.publish().ok
    has = {
        path.relative_to(tmp_path / "public").as_posix(): "See *this*" in path.read_text()
        for path in (tmp_path / "public").rglob("*.rss")
    }
    assert has == {"main.rss": True, "small.rss": False, "tag/x.rss": False, "t/x.rss": True}
    assert "![a](https://" in (tmp_path / "public/main.rss").read_text()


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <ScRiPt\nsrc=x>",
        "[x](javascript:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](java&Tab;script&colon;alert(1))",
        "[x](java\tscript:alert(1))",
        "<a href='j&#x61;vascript:x'>",
        "![x](data:text/html;base64,PHN2Zz4=)",
        "[x]: <vbscript:x>",
        '<img src=x onerror="alert(1)">',
        "<b\nonclick = 'x'>",
        '<p alt=">" onmouseover=x>',
        "<p style='position:fixed'>",
        "<iframe src='https://x.example/'></iframe>",
        "<svg/onload=x>",
        "<math><mi xlink:href=x>",
        "<?xml-stylesheet href=x?>",
        "<!DOCTYPE x>",
        "<x-y>",
        "<a:b onclick=x>",
        "<base href='//x.example'>",
        "<!-- > --><script>",
    ],
)
def test_dangerous_markdown_is_left_out(text: str) -> None:
    assert publishable_markdown(f"Words. {text} More.", HOME) == ""
    assert article_from({"title": "T", "html": "<p>B", "content_markdown": text}).content_markdown == ""


@pytest.mark.parametrize(
    "text",
    [
        "a < b and c > d, 3<4",
        "<https://h.example/a?b=c> <mailto:a@h.example> <a@h.example>",
        "> a quotation\n\n```c\n#include <stdio.h>\n```",
        "A<br>B <em>C</em> <!-- D --> <img src='https://h.example/a.png' alt='x'>",
        "`a on = b`; style = c",
        "one: two, data: three, java script",
        "AT&T &amp; &lt;b&gt;",
    ],
)
def test_harmless_markdown_stays(text: str) -> None:
    # A name in angle brackets may be a tag.
    expected = "" if "<stdio.h>" in text else text
    assert publishable_markdown(text, None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[a](/b) ![c](d.png "e")', '[a](https://h.example/b) ![c](https://h.example/p/d.png "e")'),
        ("[a](<../b>)\n\n[r]: ./x 'T'", "[a](<https://h.example/b>)\n\n[r]: https://h.example/p/x 'T'"),
        (
            "[a](https://x.example/ä) [b](mailto:a@h.example)",
            "[a](https://x.example/ä) [b](mailto:a@h.example)",
        ),
        (
            "```\n[a](b)\n```\n[a](b)\n~~~\n[a](b)\n~~~",
            "```\n[a](b)\n```\n[a](https://h.example/p/b)\n~~~\n[a](b)\n~~~",
        ),
        ("[a](#top)", "[a](https://h.example/p/#top)"),
        ("[a] (b)", "[a] (b)"),
    ],
)
def test_addresses_become_absolute(text: str, expected: str) -> None:
    assert publishable_markdown(text, HOME + "p/") == expected


_PIECES = st.sampled_from(
    [
        *(
            "java",
            "VB",
            "script:",
            "data:",
            "a/",
            "\xa0",
            "\x80",
            "é",
            "ſ",
            "\ud800",
            "\x7f",
            " ",
            "\n",
            "&#9;",
        ),
        *("](", "]:", "[a", "[a](b)", "[a]: b", "<", ")", "```", "~~~", "https://h.example/#", "../", "word"),
    ]
)


@given(st.lists(_PIECES, max_size=12), st.sampled_from([0, 3000, 70_000]))
def test_the_fast_searches_find_what_the_patterns_find(pieces: list[str], padding: int) -> None:
    text = "word " * (padding // 5) + "".join(pieces)
    fast = publishable_markdown(text, HOME + "p/")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown_source, "_may_have_script_scheme", lambda _text: True)
        patch.setattr(markdown_source, "_INLINE_ADDRESS", markdown_source._ADDRESS)
        assert fast == publishable_markdown(text, HOME + "p/")


@pytest.mark.parametrize(
    "unit", ["<", "<a", "](", "[a]:", "[", "](x", "&", "<a@", "\n```\n[", " on", " style =", "<!--"]
)
def test_the_checks_are_linear(unit: str) -> None:
    publishable_markdown(unit * 60_000, HOME)
