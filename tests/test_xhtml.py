"""Atom with XHTML: one div, well-formed, the same elements as the HTML."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pydantic import ValidationError

from helpers_feeds import ATOM, FEED
from helpers_text import anything
from syndicate import Article, Feed, article_from, to_atom, to_rss
from syndicate.linters.feeds import lint
from syndicate.text.illegal_characters import needs_repair
from syndicate.text.sanitize import parse_body, sanitize, text_to_html
from syndicate.text.xhtml import to_xhtml

XHTML = "{http://www.w3.org/1999/xhtml}"
RELAX = etree.RelaxNG(etree.parse(Path(__file__).parent / "data" / "atom.rng"))
XHTML_FEED = FEED.model_copy(update={"atom_content": "xhtml"})


def tree(element: etree._Element) -> object:
    """An element without its namespace: name, attributes, text, children, the text after it."""
    name = str(element.tag).removeprefix(XHTML)
    tail = element.tail or ""
    return name, dict(element.attrib), element.text or "", [tree(each) for each in element], tail


def content(html: str) -> etree._Element:
    article = Article(id="urn:x:1", title="T", updated="2026-01-01T00:00:00Z", content_html=html)
    body = to_atom(XHTML_FEED, [article])
    root = etree.fromstring(body)
    assert RELAX.validate(root), RELAX.error_log
    (found,) = root.iter(f"{ATOM}content")
    assert found.get("type") == "xhtml"
    (div,) = found
    assert div.tag == f"{XHTML}div"
    assert not (found.text or "").strip()
    assert not [each for each in lint(body) if each.severity == "error" and "relative" not in each.rule]
    return div


bodies = st.one_of(
    anything.map(text_to_html),
    st.lists(
        st.sampled_from(
            [
                *("<p>a &amp; b &nbsp;", "</p>", "<br>", "<b>", "</b>", "x &lt;y&gt; ]]&gt;"),
                *("<ul><li>1<li>2</ul>", "<!-- c -->", "<pre>\n\n a\r\nb</pre>", "</a>", "</h2>"),
                *('<img src="https://h.example/?a&amp;b" alt="&quot;&gt;">', "<table><tr><td>1</table>"),
                *("<video controls src='https://h.example/v'></video>", "ä ☃ 👩\u200d👩"),
                *('<a href="https://h.example/" title="t">', "<h2 id='x'>", "<script>x</script>"),
            ]
        ),
        max_size=12,
    ).map("".join),
)


@given(bodies)
def test_the_tree_is_that_of_the_html(text: str) -> None:
    html = sanitize(text, None)
    if not html.strip() or needs_repair(html):
        return
    div, body = content(html), parse_body(html)
    _, _, text_, children, _ = tree(body)  # type: ignore[misc]
    assert (div.text or "", [tree(each) for each in div]) == (text_, children)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a<!-- b -->c", "ac"),
        ("<p>a<!-- b -->c</p>", "<p>ac</p>"),
        ("<o:p>a</o:p>", "a"),
        ('<p a:b="1" x="2" "="3">a</p>', '<p x="2">a</p>'),
        ("<br>", "<br/>"),
        ("a &nbsp;&lt; b", "a \xa0&lt; b"),
        ("<?php x ?>a", "a"),
    ],
)
def test_what_xml_has_no_name_for_is_left_out(html: str, expected: str) -> None:
    assert to_xhtml(html) == expected
    etree.fromstring(f"<div>{expected}</div>")


def test_rss_and_feeds_of_html_do_not_change() -> None:
    article = article_from({"title": "T", "html": "<p>a<br>b", "date": "2026-01-01"})
    assert to_rss(XHTML_FEED, [article]) == to_rss(FEED, [article])
    assert b'<content type="html"><![CDATA[<p>a<br>b</p>]]>' in to_atom(FEED, [article])
    short = Article(id="urn:x:2", title="T", updated="2026-01-01T00:00:00Z")
    assert b'type="xhtml"' not in to_atom(XHTML_FEED, [short])


def test_people_of_a_feed_and_an_article() -> None:
    person = {"name": "Cy & Di", "email": "cy@h.example", "url": "https://cy.example/"}
    feed = FEED.model_copy(
        update=dict(
            Feed.model_validate(
                {
                    "title": "F",
                    "home": "https://h.example/",
                    "publisher": "P & Q",
                    "editor": person,
                    "contributors": [person],
                }
            )
        )
    )
    article = article_from(
        {
            "title": "T",
            "html": "<p>a",
            "date": "2026-01-01",
            "contributor": "Bo <bo@h.example>, Ann Lee",
            "publisher": "R",
        }
    )
    atom = etree.fromstring(to_atom(feed, [article]))
    assert RELAX.validate(atom), RELAX.error_log
    names = [each.findtext(f"{ATOM}name") for each in atom.iter(f"{ATOM}contributor")]
    assert names == ["Cy & Di", *[each.label for each in article.contributors]]
    rss = to_rss(feed, [article])
    channel = etree.fromstring(rss)[0]
    assert channel.findtext("managingEditor") == "cy@h.example (Cy & Di)"
    dc = "{http://purl.org/dc/elements/1.1/}"
    assert [each.text for each in channel.iter(f"{dc}publisher")] == ["P & Q", "R"]
    assert "rss-duplicate-semantics" not in {each.rule for each in lint(rss)}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"webmaster": {"name": "W"}}, "requires the email"),
        ({"editor": {"name": "W"}}, "requires the email"),
        ({"webmaster": {"email": "a@h.example"}, "publisher": "P"}, "either a webmaster or a publisher"),
        ({"atom_content": "text"}, "atom_content"),
    ],
)
def test_wrong_people_and_contents_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Feed.model_validate({"title": "F", "home": "https://h.example/", **wrong})
