"""HTML in: safe, balanced and absolute; text out."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from helpers_text import NASTY, anything
from syndicate.text.bidi import language_direction
from syndicate.text.html_to_text import to_text
from syndicate.text.illegal_characters import needs_repair, repair_text
from syndicate.text.sanitize import sanitize, text_to_html
from syndicate.text.summary import shorten, summarize

BASE = "https://harbour.example/2026/ferry/"
many = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(anything)
@example("\ud83d\ude00")
@example("\ude00\ud83d")
def test_repaired_text_is_legal_and_stays_as_it_is(text: str) -> None:
    mended = repair_text(text)
    assert not needs_repair(mended)
    assert repair_text(mended) == mended
    mended.encode()
    if not needs_repair(text):
        assert mended == text


def test_repaired_characters() -> None:
    assert repair_text("a\x00b\x0bc\x0cd\x1fe") == "ab c de"
    assert repair_text("\ud83d\ude00") == "😀"
    assert repair_text("\ud83d") == "\ufffd"
    assert repair_text("\ufffe\uffff") == "\ufffd\ufffd"
    assert repair_text("tab\tline\nreturn\r\x7f\x85") == "tab\tline\nreturn\r\x7f\x85"


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" java\nscript:alert(1)">x</a>',
        '<a href="&#106;avascript:alert(1)">x</a>',
        '<a href="vbscript:x">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        "<p style=\"background:url('javascript:alert(1)')\">x</p>",
        "<style>@import 'evil'</style>",
        "<iframe src=https://evil.example/>alert(1)</iframe>",
        "<object data=x>alert(1)</object>",
        "<embed src=x>",
        "<form action=x><input name=alert(1)></form>",
        "<svg><script>alert(1)</script></svg>",
        "<svg onload=alert(1)>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
        "<base href=https://evil.example/>",
        "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
        "<link rel=stylesheet href=x>",
        "<template><script>alert(1)</script></template>",
        '<video poster="javascript:alert(1)" src="javascript:alert(1)"></video>',
        '<img srcset="javascript:alert(1) 1x, data:x 2x">',
        "<body onload=alert(1)>",
        "<p id=x onclick=alert(1) onmouseover=alert(1)>x</p>",
    ],
)
def test_active_content_is_removed(evil: str) -> None:
    clean = sanitize(f"<p>before</p>{evil}<p>after</p>", BASE)
    root = lxml_html.fragment_fromstring(clean, create_parent=True)
    allowed = {"p", "div", "a", "img", "video", "table", "tbody", "tr", "td"}
    for element in root.iter():
        assert element.tag in allowed, clean
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name != "style"
            assert not re.match(r"\s*(java|vb)\s*script|\s*data", value)
    assert "before" in clean
    assert "<script" not in clean


@pytest.mark.parametrize(
    ("html", "absolute"),
    [
        ('<a href="x">l</a>', f'href="{BASE}x"'),
        ('<a href="/x?a=1&amp;b=2#c">l</a>', 'href="https://harbour.example/x?a=1&amp;b=2#c"'),
        ('<a href="//cdn.example/x">l</a>', 'href="https://cdn.example/x"'),
        ('<a href="#part">l</a>', f'href="{BASE}#part"'),
        ('<a href="mailto:a@b.example">l</a>', 'href="mailto:a@b.example"'),
        ('<a href="tel:+441">l</a>', 'href="tel:+441"'),
        ('<img src="../i.png">', 'src="https://harbour.example/2026/i.png"'),
        ('<img srcset="a.png 1x,b.png 2x">', f'srcset="{BASE}a.png 1x, {BASE}b.png 2x"'),
        ('<img srcset="a.png, b.png 2x">', f'srcset="{BASE}a.png, {BASE}b.png 2x"'),
        (
            '<img srcset="a,1.png 100w, https://cdn.example/b,2.png 200w">',
            f'srcset="{BASE}a,1.png 100w, https://cdn',
        ),
        (
            '<img srcset=" /a.png  640w ,/b.png 1280w, ">',
            "https://harbour.example/a.png 640w, https://harbour",
        ),
        ('<video poster="p.jpg" src="v.mp4"></video>', f'poster="{BASE}p.jpg"'),
        ('<video src="v.mp4"></video>', f'src="{BASE}v.mp4"'),
        ('<audio><source src="a.ogg" type="audio/ogg"></audio>', f'src="{BASE}a.ogg"'),
        ('<blockquote cite="q">x</blockquote>', f'cite="{BASE}q"'),
        ('<video><track src="t.vtt"></video>', f'src="{BASE}t.vtt"'),
    ],
)
def test_addresses_become_absolute(html: str, absolute: str) -> None:
    assert absolute in sanitize(html, BASE)


def test_relative_addresses_are_dropped_without_a_base() -> None:
    clean = sanitize('<a href="x">l</a><img src="y" srcset="z 1x"><video poster="p"></video>')
    assert not re.search(r"href|src|poster", clean)
    assert sanitize('<a href="https://a.example/">l</a>') == '<a href="https://a.example/">l</a>'


@many
@given(anything, st.sampled_from(["href", "src", "srcset", "poster", "cite"]))
@example("http://[bad", "href")
@example("," * 5000, "srcset")
@example("a," * 5000, "srcset")
def test_any_address_is_absolute_or_gone(text: str, name: str) -> None:
    tag = {"href": "a", "cite": "q", "poster": "video"}.get(name, "img")
    value = text.replace("&", "&amp;").replace('"', "&quot;")
    clean = sanitize(f'<{tag} {name}="{value}">x', BASE)
    found = lxml_html.fragment_fromstring(clean, create_parent=True).find(tag)
    assert found is not None
    told = found.get(name)
    if told:
        for part in told.split(", ") if name == "srcset" else [told]:
            assert re.match(r"(https?|mailto|tel):", part), told


@many
@given(anything)
def test_clean_html_is_clean_already(text: str) -> None:
    clean = sanitize(f"<p>{text}</p>", BASE)
    assert sanitize(clean, BASE) == clean
    assert not needs_repair(clean)


@many
@given(anything)
def test_any_html_has_a_text_and_a_summary(text: str) -> None:
    assert isinstance(to_text(text), str)
    assert len(summarize(sanitize(text, BASE), 50)) <= 50


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 20_000 + "deep" + "</div>" * 20_000,
        "<b>" * 3_000 + "deep",
        "<table>" * 2_000 + "deep",
        "<!-- " + "x" * 100_000,
        "&" * 100_000,
        "<p " + "a=b " * 20_000 + ">deep",
    ],
)
def test_hostile_html_can_be_summarized(html: str) -> None:
    clean = sanitize(html, BASE)
    assert isinstance(summarize(clean), str)


@pytest.mark.parametrize("nasty", NASTY)
def test_text_to_html_keeps_any_text(nasty: str) -> None:
    text = repair_text(nasty).replace("\r", "\n").strip()
    clean = lxml_html.fragment_fromstring(sanitize(text_to_html(text), BASE), create_parent=True)
    assert clean.text_content().strip() == text.strip()


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<b>",
        "<ul><li>",
        "<table><tr><td>",
        "<blockquote>",
        "<pre>x",
        "<p>x ",
        "<h1>x</h1>",
        "&amp;",
        "x ",
    ],
)
def test_time_grows_with_the_size_of_hostile_html_only(piece: str) -> None:
    def seconds(count: int) -> float:
        html = piece * count
        start = time.process_time()
        to_text(html)
        summarize(html)
        return time.process_time() - start

    small = min(seconds(4_000) for _ in range(3))
    # Linear time is 20 times as long, quadratic 400 times. A busy machine may triple what it takes.
    assert min(seconds(80_000) for _ in range(3)) < 60 * small + 0.5


def test_references_are_decoded_once() -> None:
    html = "<p>&amp;lt;b&amp;gt; is not &lt;b&gt;, &amp;copy; is not &copy;</p>"
    assert to_text(html) == summarize(html) == "&lt;b&gt; is not <b>, &copy; is not ©"


PIECES = ["<p>", "</p>", "<h2>", "</h2>", "<pre>", "</pre>", "<b>", "</b>", "one ", "two. ", "船。"]


@many
@given(st.lists(st.sampled_from(PIECES), max_size=300))
def test_a_summary_of_the_beginning_is_that_of_the_whole(pieces: list[str]) -> None:
    html = sanitize("".join(pieces * 8))
    for limit in (20, 80):
        assert summarize(html, limit) == shorten(summarize(html, len(html) + 1), limit)


def test_text_of_html() -> None:
    assert (
        to_text("<p>One</p><p>two &amp; <b>three</b></p><ul><li>a<li>b</ul>")
        == "One\n\ntwo & three\n\n- a\n- b"
    )
    assert to_text(" ") == ""


@pytest.mark.parametrize(
    ("html", "limit", "summary"),
    [
        ("<p>Short.</p>", 280, "Short."),
        ("<h1>Head</h1><p>Body text.</p><pre>code</pre>", 280, "Body text."),
        ("<h2>Only a head</h2>", 280, "Only a head"),
        ("<p>One sentence here. Another one that is longer.</p>", 30, "One sentence here."),
        ("<p>" + "word " * 100 + "</p>", 20, "word word word word…"),
        ("<p>" + "x" * 100 + "</p>", 20, "x" * 19 + "…"),
        ("<p>船が着いた。波は静か。港は青い。</p>", 12, "船が着いた。波は静か。"),
        ("", 20, ""),
        ("<p>New:</p><ul><li>one</li><li>two * three</li></ul>", 80, "New: · one · two * three"),
        ("<ul><li>one</li><li>two</li></ul>", 80, "one · two"),
        ("<dl><dt>Term</dt><dd>what it means</dd></dl>", 80, "Term what it means"),
        ("<details><summary>Sum</summary>more</details>", 80, "Sum more"),
    ],
)
def test_summaries(html: str, limit: int, summary: str) -> None:
    assert summarize(html, limit) == summary
    assert len(summarize(html, limit)) <= limit


def test_japanese_paragraphs_run_on_without_a_space() -> None:
    html = "<p>石が積まれた。</p><p>「終わった」</p><p>と言う。</p><ul><li>費用。</li><li>期間</li></ul>"
    assert summarize(html) == "石が積まれた。「終わった」と言う。 · 費用。 · 期間"


def test_paragraphs_of_plain_text() -> None:
    assert text_to_html("a < b\r\nc\n \n\nd & e") == "<p>a &lt; b<br>c</p>\n<p>d &amp; e</p>"


@pytest.mark.parametrize(
    ("language", "way"),
    [("ar", "rtl"), ("he-IL", "rtl"), ("ur", "rtl"), ("en", "ltr"), ("az-Arab", "rtl"), ("ur-Latn", "ltr")],
)
def test_direction(language: str, way: str) -> None:
    assert language_direction(language) == way
