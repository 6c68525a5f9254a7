"""Markdown as people write it, and what a reader of a feed sees of it."""

from __future__ import annotations

import re
import string
import time
from collections.abc import Callable
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from syndicate import article_from
from syndicate.sources.markdown_dialects.inline_constructs import CONSTRUCTS, trim_url
from syndicate.sources.markdown_dialects.marks import punctuation_marks
from syndicate.sources.markdown_dialects.options import MarkdownOptions
from syndicate.sources.markdown_dialects.source_map import Ranges, map_source
from syndicate.sources.markdown_html import from_markdown, render_markdown
from syndicate.text.sanitize import sanitize

BASE = "https://a.example/post/"


def html(text: str, **options: object) -> str:
    """The sanitised HTML in one line."""
    rendered = render_markdown(text, MarkdownOptions.model_validate(options))
    return re.sub(r">\s+<", "><", sanitize(rendered.html, BASE)).replace("\n", " ")


def words(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


# CommonMark

COMMONMARK = [
    ("a\nb", "<p>a b</p>"),
    ("a  \nb", "<p>a<br> b</p>"),
    ("a\\\nb", "<p>a<br> b</p>"),
    ("*a* _b_ **c** __d__ ***e***", None),
    ("snake_case_word", "<p>snake_case_word</p>"),
    ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
    ("\\*not\\* \\`code\\`", "<p>*not* `code`</p>"),
    ("`a *b* <c>`", "<p><code>a *b* &lt;c&gt;</code></p>"),
    ("`` a`b ``", "<p><code>a`b</code></p>"),
    ('[a](/u "t")', '<p><a href="https://a.example/u" title="t">a</a></p>'),
    ("[a][b]\n\n[B]: /u", '<p><a href="https://a.example/u">a</a></p>'),
    ("![x *y*](z.png)", '<p><img src="https://a.example/post/z.png" alt="x y"></p>'),
    ("<https://b.example/?x=1&y>", None),
    ("# a #\n\nb\n===\n\nc\n---", "<h1>a</h1><h1>b</h1><h2>c</h2>"),
    ("####### a", "<p>####### a</p>"),
    ("***\n---\n___", "<hr><hr><hr>"),
    ("- a\n- b\n\n  c\n- d", None),
    ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
    ("- a\n  - b\n    - c", None),
    ("> a\nb\n\nc", "<blockquote><p>a b</p></blockquote><p>c</p>"),
    ("    code\n\n    more", None),
    ("```py x\na < b\n```", '<pre><code class="language-py">a &lt; b </code></pre>'),
    ("~~~\n```\n~~~", "<pre><code>``` </code></pre>"),
    ("<div>\n*a*\n</div>", "<div> *a* </div>"),
    ("<b>*a*</b>", "<p><b><em>a</em></b></p>"),
    ("&copy; &#65; &amp;", None),
    ("[a](javascript:x)", None),
    ("[unclosed](", "<p>[unclosed](</p>"),
]


@pytest.mark.parametrize(("text", "expected"), COMMONMARK)
def test_commonmark(text: str, expected: str | None) -> None:
    shown = html(text)
    if expected is not None:
        assert shown == expected
    assert "javascript:" not in shown


OWN_ALPHABET = [
    *(
        "a",
        "bc",
        " ",
        "\n",
        "\n\n",
        "*",
        "**",
        "_",
        "`",
        "```\n",
        "# ",
        "- ",
        "1. ",
        "> ",
        "    ",
        "[",
        "](",
        ")",
    ),
    *("<b>", "</b>", "|", "\\", "!", "é", "字", "&amp;", "---\n", "+ "),
]


@given(st.lists(st.sampled_from(OWN_ALPHABET), max_size=40).map("".join))
def test_a_text_without_dialect_is_what_another_parser_makes_of_it(text: str) -> None:
    if "~" in text or re.search(r"^\s*(?:>\s*)*[-*+\d]", text, re.MULTILINE):
        # Where lists begin within lists, the two differ in empty lines only.
        return
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table"])
    other = sanitize(parser.render(text.replace("|", "/")), BASE)
    assert words(html(text.replace("|", "/"))) == words(other)


# Beyond CommonMark

DIALECTS = [
    ("| a | b |\n|:--|--:|\n| 1 | ~~2~~ |", '<th align="left">a</th><th align="right">b</th>'),
    ("| a | b |\n|:--|--:|\n| 1 | ~~2~~ |", '<td align="right"><del>2</del></td>'),
    ("- [x] mend\n- [ ] paint", "<li>☑ mend</li><li>☐ paint</li>"),
    ("1. [X] a", "<li>☑ a</li>"),
    ("Skiff\n: A flat boat\n: A light one", "<dt>Skiff</dt><dd>A flat boat</dd><dd>A light one</dd>"),
    ("## Times {#times .wide}", '<h2 id="times">Times</h2>'),
    ("## Times {: #times .wide}", '<h2 id="times">Times</h2>'),
    ("## Times {-}", "<h2>Times</h2>"),
    ("A ==marked== word", "A <mark>marked</mark> word"),
    ("x^2^ and H~2~O", "x<sup>2</sup> and H<sub>2</sub>O"),
    ("Done :tada: :+1::rocket:", "Done 🎉 👍🚀"),
    ("See https://b.example/a_b_c.", '<a href="https://b.example/a_b_c">https://b.example/a_b_c</a>.'),
    ("(https://b.example/w_(x))", '(<a href="https://b.example/w_(x)">https://b.example/w_(x)</a>)'),
    ("**https://b.example/_x_**", "<strong><a"),
    ("见https://b.example/a。后", '<a href="https://b.example/a">https://b.example/a</a>。后'),
    ("www.b.example/x", '<a href="http://www.b.example/x">www.b.example/x</a>'),
    (
        "nora@b.example, git@b.example:x",
        '<a href="mailto:nora@b.example">nora@b.example</a>, git@b.example:x',
    ),
    ("- https://b.example", '<li><a href="https://b.example">https://b.example</a></li>'),
    (
        "| a |\n|---|\n| https://b.example/x |",
        '<td><a href="https://b.example/x">https://b.example/x</a></td>',
    ),
    ("[[Tide tables]]", "<p>Tide tables</p>"),
    ("[[tides|the _tables_]]", "<p>the _tables_</p>"),
    ("[[tides#March]]", "<p>tides &gt; March</p>"),
    ("![[harbour map.png|300]]", '<img src="https://a.example/post/harbour%20map.png" alt="">'),
    ("Text\n{: .lead}\n\nMore", "<p>Text</p><p>More</p>"),
    ('[a](/b){:target="_blank"} ![c](d.png){width=50%}', "</a><img"),
    ("a [small]{.smallcaps} word", "<p>a small word</p>"),
    ("* TOC\n{:toc}\n\nText", "<p>Text</p>"),
    ("[TOC]\n\n[[_TOC_]]\n\nText", "<p>Text</p>"),
    ("*[HTML]: Hyper Text\n\nHTML", "<p>HTML</p>"),
    ("**注意：**文字", "<p><strong>注意：</strong>文字</p>"),
    ("문자**강조(强调)**를", "<strong>강조(强调)</strong>를"),
    ("Line\n:tada: next\n:sic", "<p>Line 🎉 next :sic</p>"),
    ('<div markdown="1">\n*a*\n</div>', "<em>a</em>"),
]


@pytest.mark.parametrize(("text", "expected"), DIALECTS)
def test_dialects(text: str, expected: str) -> None:
    assert expected in html(text)


ADMONITIONS = [
    ("> [!NOTE]\n> Mind.", "Note", "Mind."),
    ("> [!warning]- Own *title*\n> Mind.", "Own <em>title</em>", "Mind."),
    (":::tip\nMind.\n:::", "Tip", "Mind."),
    (":::tip[My tip]\nMind.\n:::", "My tip", "Mind."),
    ("::: danger My tip\nMind.\n:::", "My tip", "Mind."),
    ('::: {.callout-note title="My tip"}\nMind.\n:::', "My tip", "Mind."),
    (":::{note} My tip\nMind.\n:::", "My tip", "Mind."),
    ("!!! note\n    Mind.", "Note", "Mind."),
    ('??? warning "My tip"\n    Mind.', "My tip", "Mind."),
    ("```{note}\nMind.\n```", "Note", "Mind."),
    ("```{admonition} My tip\n:class: tip\n\nMind.\n```", "My tip", "Mind."),
]


@pytest.mark.parametrize(("text", "title", "body"), ADMONITIONS)
def test_admonitions_are_quotes_with_a_bold_title(text: str, title: str, body: str) -> None:
    expected = f"<blockquote><p><strong>{title}</strong></p><p>{body}</p></blockquote>"
    assert html(text) == expected
    assert html(f"Before.\n\n{text}\n\nAfter.") == f"<p>Before.</p>{expected}<p>After.</p>"
    assert "<blockquote>" not in html(f"~~~text\n{text}\n~~~")


def test_admonitions_within_others_and_in_lists() -> None:
    nested = html("::::note\nA\n\n:::tip\nB\n:::\n\nC\n::::\nD")
    assert nested == (
        "<blockquote><p><strong>Note</strong></p><p>A</p><blockquote><p><strong>Tip</strong></p><p>B</p>"
        "</blockquote><p>C</p></blockquote><p>D</p>"
    )
    assert "<li><p>A</p><blockquote><p><strong>Tip</strong></p><p>B</p></blockquote></li>" in html(
        "- A\n\n  :::tip\n  B\n  :::\n\n- C"
    )
    inner = '!!! note\n    A\n\n    !!! tip "B"\n        C\n\n    ```\n    D\n    ```\n\nE'
    assert html(inner).endswith(
        "<blockquote><p><strong>B</strong></p><p>C</p></blockquote>"
        "<pre><code>D </code></pre></blockquote><p>E</p>"
    )


def test_containers_that_are_no_notes_only_lose_their_fences() -> None:
    assert html('::: {.columns}\n::: {.column width="40%"}\nA\n:::\n:::\nB') == "<p>A</p><p>B</p>"
    assert html(":::note\nnever closed") == "<p><strong>Note</strong></p><p>never closed</p>"
    assert html("text\n:::\nmore") == "<p>text</p><p>more</p>"


def test_footnotes_link_there_and_back() -> None:
    shown = html(
        "A[^tide] B[^b] C[^tide].\n\n[^b]: Second.\n[^tide]: By the\n    harbour clock.\n\n    More.\n\nEnd."
    )
    assert shown.index("End.") < shown.index("harbour clock")
    assert '<sup id="fnref:1"><a href="https://a.example/post/#fn:1">1</a></sup>' in shown
    assert (
        '<li id="fn:1"><p>By the harbour clock.</p><p>More. <a href="https://a.example/post/#fnref:1">'
        in shown
    )
    ids = re.findall(r'id="([^"]+)"', shown)
    assert len(ids) == len(set(ids)) == 5
    assert {each.rpartition("#")[2] for each in re.findall(r'href="([^"]+)"', shown)} == set(ids)


def test_footnotes_in_the_text_in_lists_and_without_a_reference() -> None:
    assert '<li id="fn:1"><p>a <em>b</em><a ' in html("Text^[a *b*] and ^[Lift](/x)")
    assert "^" in words(html("^[Lift](/x)"))
    shown = html("- a[^1]\n\n  [^1]: in the list\n\n[^2]: nobody asked")
    assert "in the list" in shown
    assert "nobody asked" in shown
    assert "[^" not in words(shown)
    assert words(html("A[^none].")) == "A[^none]."


MATH = [
    ("$E = mc^2$", "<code>E = mc^2</code>"),
    ("a $$x_1$$", "<code>x_1</code>"),
    ("A\n\n$$\na_1 \\\\\nb\n$$\n\nB", "<pre><code>a_1 \\\\ b </code></pre>"),
    ("\\(a_1\\) and \\[b^2\\]", "<code>a_1</code> and <code>b^2</code>"),
    ("$5-$10, US$3, 6$ or 7$", "<p>$5-$10, US$3, 6$ or 7$</p>"),
    ("\\(no formula\\)", "<p>(no formula)</p>"),
]


@pytest.mark.parametrize(("text", "expected"), MATH)
def test_formulas_stay_readable(text: str, expected: str) -> None:
    assert expected in html(text)


def test_choices() -> None:
    assert html("$a_b_c$", math="text") == "<p>$a_b_c$</p>"
    assert html("$a$", math="off") == "<p>$a$</p>"
    assert html('"a" -- b...', smart=True) == "<p>“a” – b…</p>"
    assert html('"a" -- b...') == '<p>"a" -- b...</p>'
    assert html(":tada:", emoji=False) == "<p>:tada:</p>"
    assert html("https://b.example", bare_urls=False) == "<p>https://b.example</p>"
    assert html("[[a]]", wikilinks=False) == "<p>[[a]]</p>"
    assert html("[[Old Notes/Tide Log|log]]", wikilinks="/n/{page}/") == (
        '<p><a href="https://a.example/n/old-notes/tide-log/">log</a></p>'
    )
    assert html(":::note\na\n:::", admonitions=False) == "<p>:::note a :::</p>"


IN_CODE = [
    *(
        ":tada:",
        "==a==",
        "x^2^",
        "H~2~O",
        "[[a]]",
        "![[a.png]]",
        "https://b.example",
        "a@b.example",
        "{: .a}",
    ),
    *(
        "$a_1$",
        "^[a]",
        "[^1]",
        "\\(a_1\\)",
        "&#1;",
        "**注意：**文字",
        "[a]{.b}",
        "- [x] a",
        "> [!NOTE]",
        "[TOC]",
    ),
    *(":::note", "!!! note", "{/* a */}", "<!--more-->", ":sic", "www.b.example"),
]


@pytest.mark.parametrize("text", IN_CODE)
def test_code_stays_as_it_is(text: str) -> None:
    for source in (f"a `{text}` b", f"```\n{text}\n```\n", f"a\n\n    {text}\n", f"> ~~~\n> {text}\n> ~~~\n"):
        shown = sanitize(render_markdown(source).html)
        assert text in [
            unescape(each).strip() for each in re.findall(r"<code>(.*?)</code>", shown, re.DOTALL)
        ]


UNCHANGED = [
    *(
        "a :b c: d",
        "10:30:45",
        "std::vec::Vec",
        "C++ a == b == c",
        "^_^ and ^o^",
        "~5 km",
        "a [x] b",
        "[ ] c",
    ),
    *("a@b", "file://x", "f(x)[[1]]", "![](a.png)", "a {b} c", "http://", "see www. or", "::", "\\:tada:"),
]


@pytest.mark.parametrize("text", UNCHANGED)
def test_what_looks_like_a_dialect_and_is_none(text: str) -> None:
    assert html(text) == sanitize(re.sub(r"\\", "", f"<p>{text}</p>")) or "<img" in html(text) or "[[" in text


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("Before.\n\n<!--more-->\n\nBehind.", "Before."),
        ("Before <!-- more --> behind.", "Before"),
        ("Before.\n\n{/* truncate */}\n\nBehind.", "Before."),
        ("Before.\n\n<!-- truncate -->\n\nBehind.\n\n<!--more-->\n\nEnd.", "Before."),
        ("```\n<!--more-->\n```\n\nBehind.", None),
        ("Only this.", None),
    ],
)
def test_the_fold_ends_the_summary(text: str, summary: str | None) -> None:
    rendered = render_markdown(text)
    assert rendered.summary == summary
    assert ("ehind" in rendered.html) == ("ehind" in text)
    assert "truncate" not in words(rendered.html)


def test_a_fold_by_config_and_by_front_matter() -> None:
    options = MarkdownOptions(fold="---")
    rendered = render_markdown("Before.\n\n---\n\nBehind.\n\n---\n\nEnd.", options)
    assert rendered.summary == "Before."
    assert rendered.html == "<p>Before.</p>\n\n<p>Behind.</p>\n<hr />\n<p>End.</p>\n"
    assert render_markdown("A\n\n=cut=\n\nB", separator="=cut=").summary == "A"


def test_references_to_illegal_characters_are_reported_with_the_record() -> None:
    body = render_markdown("a&#1;b&#0;c&#xD800;d `&#1;` [x](/y&#1;z)").html
    assert body == '<p>a&#1;b&#0;c&#xD800;d <code>&amp;#1;</code> <a href="/y&#1;z">x</a></p>\n'
    problems: list[object] = []
    article = article_from({"title": "T", "content_html": body}, problems=problems)  # type: ignore[arg-type]
    assert len(problems) == 1
    assert "abc" in article.content_html


@pytest.mark.parametrize(
    ("url", "trimmed"),
    [
        ("https://a.example/x.", "https://a.example/x"),
        ("https://a.example/x).", "https://a.example/x"),
        ("https://a.example/(x)", "https://a.example/(x)"),
        ("https://a.example/?a=b&copy;", "https://a.example/?a=b"),
        ("https://a.example]**", "https://a.example"),
        ("https://a.example/" + ")" * 5000, "https://a.example/"),
    ],
)
def test_the_end_of_a_bare_url(url: str, trimmed: str) -> None:
    assert trim_url(url) == trimmed


# What holds for every text

ALPHABET = [
    *(
        "a",
        "b c",
        "字",
        "é",
        " ",
        "\n",
        "\n\n",
        "\n    ",
        "*",
        "**",
        "_",
        "`",
        "``",
        "```",
        "\n```\n",
        "~",
        "~~",
        "#",
    ),
    *(
        "\n# ",
        "\n- ",
        "\n- [x] ",
        "\n> ",
        "> [!NOTE]\n",
        "\n:::",
        "\n:::note\n",
        "\n!!! note\n",
        "[^a]",
        "\n[^a]: ",
    ),
    *(
        "^[",
        "[[",
        "]]",
        "![[",
        "|",
        "{:",
        "}",
        "{#a}",
        "==",
        "^",
        "$",
        "$$",
        "\\(",
        "\\)",
        "\\",
        ":a:",
        ":tada:",
    ),
    *(
        "https://a.example/",
        "www.a.example",
        "a@b.example",
        "<!--more-->",
        "{/*",
        "*/}",
        "<b>",
        "</b>",
        "<!--",
    ),
    *(
        "&#1;",
        "&#xFFFF;",
        "[",
        "](",
        ")",
        "\n: ",
        "\n[TOC]\n",
        "\n{: .a}\n",
        "]{.a}",
        "\n| a |\n|---|\n",
        "```{note}\n",
    ),
]
texts = st.lists(st.sampled_from(ALPHABET), max_size=30).map("".join)


@given(texts)
@example("\n:::字")
@example("::: 字字 note\n字\n:::")
@example("```字")
def test_no_text_is_lost(text: str) -> None:
    # The words between the marks; code, comments, attribute lists and info strings of fences are no words.
    kept = re.findall(
        r"字+",
        re.sub(
            r"\{:?[^}]*\}|<!--.*|\{/\*.*|\[\^a\]|\n\[|\[\[.*|(?:```|~~~)[^\n]*", "", text, flags=re.DOTALL
        ),
    )
    shown = words(render_markdown(text).html)
    assert shown.count("字") >= sum(map(len, kept))


@given(texts)
def test_marks_find_what_a_search_finds(text: str) -> None:
    marks = punctuation_marks(text)
    for construct in CONSTRUCTS:
        if list(construct.find(text, MarkdownOptions())):
            assert any(mark in marks for mark in construct.marks)


@given(texts, st.sampled_from(IN_CODE))
def test_code_stays_whatever_is_around(text: str, inner: str) -> None:
    rendered = render_markdown(f"{text}\n\n~~~~~~~~\n{inner}\n~~~~~~~~\n").html
    if re.search(r"<!--|\{/\*|^.*(```|~~)", text, re.DOTALL) is None:
        assert inner in unescape(rendered)


@given(st.text(alphabet="aé字😀\n `*[]<>", max_size=60))
def test_the_map_is_in_characters(text: str) -> None:
    source_map = map_source(text)
    for start, end in source_map.code_spans:
        assert text[start] == text[end - 1] == "`"
    for start, _ in source_map.links:
        assert text[start] in "[!<"


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), max_size=8), st.integers(0, 40))
def test_ranges(pairs: list[tuple[int, int]], place: int) -> None:
    ranges = [(start, start + size) for start, size in pairs]
    assert (place in Ranges(ranges)) == any(start <= place < end for start, end in ranges)


def test_characters_that_no_file_can_have() -> None:
    assert from_markdown("a\ud800b\x00c\x0bd") == "<p>a\ufffdbc d</p>"


REPETITIONS = [
    *ALPHABET,
    *string.punctuation,
    *("[" * 2, "![", "[a](", "[a](b)", "<a", "<http:", "**a ", "*a **a ", "{{", "\n- ", "\n1. ", ">", "> "),
    *(
        "https://a)",
        "a@a.",
        "\\[a",
        "{/* a",
        "**（a）**字",
        "$a$",
        "[^a]",
        "\n:::note\na\n:::\n",
        "[a]{.b}",
        "a^b",
    ),
]


def cost(text: str) -> float:
    start = time.process_time()
    render_markdown(text)
    return time.process_time() - start


def grows_faster_than_its_input(make: Callable[[int], str]) -> bool:
    """Whether four times the text takes nine times the work, for two sizes in a row."""
    return all(cost(make(4 * size)) > max(0.15, 9 * cost(make(size))) for size in (12_000, 24_000))


@pytest.mark.parametrize("unit", REPETITIONS)
def test_repetitions_take_linear_time_and_no_stack(unit: str) -> None:
    assert not grows_faster_than_its_input(lambda size: unit * (size // len(unit)))
    assert not grows_faster_than_its_input(lambda size: f"a {unit} b " * (size // (len(unit) + 4)))
