"""HTML that keeps parsers busy: the work grows with the size only, and the words stay."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from helpers_text import anything
from syndicate.text import sanitize as sanitize_module
from syndicate.text.html_to_text import to_text
from syndicate.text.html_tokens import MAX_ATTRIBUTES, iterate_tags, text_of
from syndicate.text.nesting import MAX_DEPTH, limit_nesting
from syndicate.text.parser_limits import limit_html
from syndicate.text.running_text import begin_running_text
from syndicate.text.sanitize import _absolute_path, absolute_address, sanitize, sanitize_counted
from syndicate.text.summary import summarize, summarize_tree

BASE = "https://harbour.example/2026/ferry/"
many = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def depth_of(html: str) -> int:
    """The nesting of balanced HTML."""
    depth = deepest = 0
    for tag in iterate_tags(html):
        if re.match(r"(?:br|hr|img|source|col|wbr)$", tag.name):
            continue
        depth += -1 if tag.is_end else 1
        deepest = max(deepest, depth)
    return deepest


HOSTILE = [
    *("<ul><li>", "<li>", "<pre>", "<figure>", "<blockquote>", "<div>", "<b>", "<b><i>", "<b><p>", "<p><b>"),
    *(
        "<b></p>",
        "<i><b></i>",
        "<i><b></i></b>",
        "<a href=x>",
        "<a href=x><b></a>",
        "<table>",
        "<table><tr><td>",
    ),
    *(
        "<table><b>",
        "<table>x",
        "<table><tr></td>x",
        "<select>",
        "<select><div>",
        "<option>",
        "<dl><dt>",
        "<dd>",
    ),
    *(
        "<h1>",
        "<button><p>",
        "<nobr>",
        "<svg><desc>",
        "<math><mi>",
        "<template>",
        "<form>",
        "<ruby><rt>",
        "<rt>",
        "<rp>",
        "<ul>",
        "<ol>",
        "<dir>",
    ),
    *(
        "<details><summary>",
        "<caption>",
        "<td>x",
        "<x-y>",
        "<object>",
        "<marquee>",
        "<section>",
        "<span><div></span>",
    ),
    *(
        "<div><table></div>",
        "<!--</div>--><div>",
        '<div title="</div>">',
        "<b><div></b>",
        "<li></x>",
        "</p>",
        "</br>",
    ),
    *(
        "<!--",
        "<!-->",
        "<!DOCTYPE html>",
        "<![CDATA[",
        "<?x",
        "<",
        "</",
        "<a ",
        "<a b='",
        "<a b=c ",
        "&",
        "&amp;",
    ),
    *("&#", "&#1;", "<script>", "<style>", "<textarea>", "<title>", "<iframe>", "<noscript>", "<plaintext>"),
    *("<img data-src=x>", "<video>", "<picture><source>", "<blockquote class=twitter-tweet>", "<svg><title>"),
    *("<math><mrow>", "<object><param>", "<span class=katex>", "<form><input>", "<figure><figcaption>"),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_html_becomes_shallow(piece: str) -> None:
    clean = sanitize(f"<p>first</p>{piece * 3_000}", BASE)
    assert depth_of(clean) <= MAX_DEPTH
    assert isinstance(to_text(clean) + to_text(piece * 3_000) + summarize(clean), str)
    assert clean.startswith("<p>first</p>") or "first" in clean


@pytest.mark.parametrize(
    "piece", ["<ul><li>word ", "<pre>word ", "<b>word ", "<div>word ", "<i><b>word </i>"]
)
def test_the_words_of_flattened_elements_stay(piece: str) -> None:
    limited = sanitize_counted(piece * 2_000, BASE)
    assert limited.flattened or piece.startswith("<i>")
    assert text_of(limited.html).count("word") == 2_000


def test_a_block_in_many_unclosed_elements_does_not_repeat_them() -> None:
    opened = "".join(f"<b title={'x' * 500}{number}>" for number in range(30))
    for block in ("<p>y</p>", "<tr></tr>y", "<div>y</div>"):
        for start in ("<p>", "<table>", ""):
            html = f"{start}{opened}</p>{block * 2_000}"
            assert len(sanitize(html, BASE)) < 4 * len(html) + 200_000


def test_a_tag_has_a_limit_of_attributes() -> None:
    html = "<p " + " ".join(f"lang{number}=x" for number in range(50_000)) + ' title="y">word'
    limited = limit_html("<i>" + html).html
    assert limited.count("=x") == MAX_ATTRIBUTES
    assert sanitize(html) == "<p>word</p>"
    long = f'<img src="{"x" * 50_000}" alt="z">'
    assert limit_html(long * 2).html == long * 2


def test_many_references_are_read_in_pieces() -> None:
    text = "&amp; &lt;x&gt; & " * 3_000
    clean = sanitize(f"<p>{text}</p>")
    assert clean == "<p>" + "&amp; &lt;x&gt; &amp; " * 3_000 + "</p>"
    assert sanitize(f"<textarea>{text}</textarea>") == clean[3:-4].strip()
    assert "<!---->" not in sanitize(f"<pre>{'&' * 9_000}</pre><!-- x -->")


@many
@given(
    st.lists(st.sampled_from([*HOSTILE, "</div>", "</b>", "</table>", "</ul>", "word "]), max_size=20),
    anything,
)
def test_limits_change_nothing_in_ordinary_html(pieces: list[str], text: str) -> None:
    html = "".join(pieces) + text[:200]
    assert limit_nesting(html) == (html, 0)


@many
@given(
    st.lists(
        st.sampled_from(["<p>", "<li>", "<ul>", "</ul>", "<b>x</b>", "<td>", "<table>", "</table>", "y"])
    )
)
def test_rewritten_html_is_read_like_the_original(pieces: list[str]) -> None:
    html = "".join(pieces * 6)
    rewritten = limit_nesting(html).html
    deep = "<i>" * 300 + "</i>" * 300
    forced = limit_nesting(deep + html)
    # Text between the parts of a table moves before the table, so the order may differ.
    texts = [sorted(text_of(sanitize(each)).replace(" ", "")) for each in (html, rewritten, forced.html)]
    assert texts[0] == texts[1] == texts[2]


@many
@given(anything)
@example("<a b='")
@example("<!--")
@example("</")
def test_tags_cover_their_text_in_order(text: str) -> None:
    position = 0
    for tag in iterate_tags(text):
        assert position <= tag.start < tag.end <= len(text)
        position = tag.end


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_output_grows_with_the_input_only(piece: str) -> None:
    sizes = [len(sanitize(piece * count, BASE)) for count in (2_000, 4_000)]
    assert sizes[1] <= 3 * sizes[0] + 1_000


_GUARD = """
import sys
from syndicate.text.article_html import read_article_html
from syndicate.text.html_to_text import to_text
from syndicate.text.summary import summarize
for piece in sys.argv[1:]:
    html = (piece * (300_000 // len(piece) + 1))[:300_000]
    clean = read_article_html(html, "https://harbour.example/").html
    summarize(clean)
    to_text(clean)
    to_text(html)
"""


def test_no_hostile_html_takes_minutes() -> None:
    """The limit is generous: the quadratic parser took more than a minute for one of these."""
    subprocess.run([sys.executable, "-c", _GUARD, "<ul><li>", "<pre>", "&", "<p><b>"], check=True, timeout=60)


PATHS = st.text(st.sampled_from("ab./?#%;:é &=@~"), max_size=12)


@many
@given(
    PATHS,
    st.sampled_from(
        ["https://x.example/a/b?c", "https://x.example", "http://u@x.example/", "HTTP://X/", None]
    ),
)
@example("/a?", "https://x.example/")
@example("/a/../b", "https://x.example/")
def test_a_path_within_the_site_is_joined_like_any_address(path: str, base: str | None) -> None:
    for url in (path, f"/{path}"):
        assert _absolute_path(url, base) == absolute_address(url, base)


@many
@given(
    st.lists(
        st.sampled_from(
            [
                '<img srcset="a 1x">',
                '<q cite="x">a</q>',
                "excited",
                "<p>a",
                "<a href=/x>b</a>",
                "<code class=language-x>",
            ]
        )
    )
)
def test_the_cleaner_without_a_filter_gives_the_same(pieces: list[str]) -> None:
    html = "".join(pieces)
    token = sanitize_module._BASE.set(BASE)
    try:
        chosen = sanitize_module._cleaner_for(html)
        assert chosen.clean(html) == sanitize_module._CLEANER.clean(html)
    finally:
        sanitize_module._BASE.reset(token)


# The beginning of the text: read from tags, with the tree as its oracle

WORDS = st.sampled_from(["one ", "two. ", "船。", "&amp; ", "&nbsp;", " ", "\n", "1", "word", "“x” "])
INLINE = st.recursive(
    WORDS,
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag.split()[0]}>",
        st.sampled_from(["b", "a href='https://x.example/'", "sup", "sub", "q", "code", "em"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
) | st.sampled_from(["<br>", '<img src="https://x.example/i.png" alt="I">'])
LINES = st.lists(INLINE, max_size=6).map("".join)
LEAVES = st.builds(
    lambda tag, text: f"<{tag}>{text}</{tag}>",
    st.sampled_from(["p", "h2", "pre", "blockquote", "figure", "div", "p", "p"]),
    LINES,
)
BLOCKS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda wrapper, parts: wrapper(parts),
        st.sampled_from(
            [
                lambda parts: "<ul>" + "".join(f"<li>{each}</li>" for each in parts) + "</ul>",
                lambda parts: '<ol start="4">' + "".join(f"<li>{each}</li>" for each in parts) + "</ol>",
                lambda parts: "<dl>" + "".join(f"<dt>a</dt><dd>{each}</dd>" for each in parts) + "</dl>",
                lambda parts: "<section>" + "".join(parts) + "</section>",
                lambda parts: "<table>" + "".join(f"<tr><td>{each}</td></tr>" for each in parts) + "</table>",
            ]
        ),
        st.lists(inner | LINES, max_size=4),
    ),
    max_leaves=12,
)


@many
@given(st.lists(BLOCKS | LINES, max_size=10).map("".join), st.sampled_from([1, 3]))
def test_the_beginning_of_the_text_is_that_of_the_tree(html: str, times: int) -> None:
    clean = sanitize(html * times, BASE)
    for limit in (20, 280):
        assert summarize(clean, limit) == summarize_tree(clean, limit)


def test_the_beginning_of_a_long_text_is_read_alone() -> None:
    html = "<p>" + "word " * 200 + "</p>" + "<p>more</p>" * 10_000
    text = begin_running_text(html, 300, frozenset(), "· ")
    assert text is not None
    assert len(text) < 2_000
    assert summarize(html) == summarize_tree(html, 280)
    assert summarize(f"<pre>{'code ' * 10_000}</pre><p>Words.</p>") == "Words."
