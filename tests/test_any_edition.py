"""Whatever articles hold, a letter keeps its layout, and every title is in both parts, in order."""

from __future__ import annotations

import re
from unicodedata import category

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from syndicate import Article, Author, Digest, Image, Locale, Newsletter, Tag, render_digest
from syndicate.linters.mail import lint_digest
from syndicate.linters.mail.message_checks import CLIP_LIMIT
from syndicate.newsletters import articles_of, lay_out, load_theme
from syndicate.newsletters.size_limit import encoded_size
from syndicate.newsletters.themes import shipped_themes
from syndicate.text.illegal_characters import clean_text
from syndicate.text.sanitize import sanitize
from syndicate.text.wrap import one_line

WORDS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("<>&\"'{}%[]=#\u202e\u2069\u200f\u0301\u200d😀漢字ع ــ-\n\t\r\x00\x01\x02"),
    ),
    max_size=60,
)
LINES = WORDS.filter(lambda text: clean_text(text).strip() != "")
PARTS = st.sampled_from(
    [
        *("<p>", "</p>", "<h1>x</h1>", "<h6>y</h6>", "<ul><li>", "</ul>", "<table><tr><td>z", "</table>"),
        *("<pre>  a\n  b</pre>", "<blockquote>", "</blockquote>", "<img src='https://e.example/i.png'>"),
        *("<a href='https://e.example/?a&b'>", "</a>", "<video src='https://e.example/v.mp4'></video>"),
        *(
            "</td></table></div></body></html>",
            "<![CDATA[",
            "<!--",
            "-->",
            "<mj-raw>",
            "{{ 1/0 }}",
            "<style>",
        ),
    ]
)
HTML = st.lists(st.one_of(PARTS, WORDS), max_size=12).map(lambda parts: sanitize("".join(parts)))
ARTICLES = st.lists(
    st.builds(
        Article,
        id=st.uuids().map(lambda name: f"urn:uuid:{name}"),
        title=LINES,
        link=st.sampled_from([None, "https://e.example/a?b=c&d", "https://e.example/é"]),
        summary=WORDS,
        content_html=HTML,
        authors=st.lists(st.builds(Author, name=LINES), max_size=2).map(tuple),
        tags=st.lists(st.builds(Tag, term=LINES), max_size=2).map(tuple),
        section=st.none() | LINES,
        language=st.sampled_from([None, "ar", "ja", "en-GB"]),
        score=st.sampled_from([None, 1.0, 2.5]),
        image=st.none()
        | st.builds(
            Image,
            url=st.sampled_from(["https://e.example/i.png", "http://e.example/i.png"]),
            alt=WORDS,
            width=st.sampled_from([None, 1, 640, 4000]),
            height=st.sampled_from([None, 1, 480]),
        ),
    ),
    min_size=1,
    max_size=5,
)
LETTERS = st.builds(
    Newsletter,
    name=st.just("weekly"),
    title=LINES.filter(lambda text: any(category(each)[0] in "LNPS" for each in text)),
    sender=st.just("news@e.example"),
    subject=st.just("Letter {{ edition.number }}"),
    language=st.sampled_from([None, "en", "he", "tlh"]),
    group=st.sampled_from([None, "section", "tag"]),
    lead=st.sampled_from(["newest", "score", "none"]),
    most_read=st.integers(0, 2),
    footer=WORDS.map(one_line),
    text_links=st.sampled_from(["notes", "inline"]),
)
READERS = st.builds(Locale, language=st.sampled_from([None, "de", "ar", "ja"]))


def plain(text: str) -> str:
    """Words as both parts have them, whatever became of spaces and of what nobody sees."""
    return re.sub(r"[\s\W_]+", "", text)


def in_order(titles: list[str], text: str) -> bool:
    place = 0
    for title in titles:
        place = text.find(title, place)
        if place < 0:
            return False
        place += len(title)
    return True


def rendered(theme: str, letter: Newsletter, articles: list[Article], reader: Locale, note: str) -> Digest:
    return render_digest(
        letter,
        articles,
        number=3,
        home="https://e.example/",
        more=12,
        theme=load_theme(theme),
        locale=reader,
        note=note,
        slots={"unsubscribe_url": "SLOTUNSUBSCRIBEEND", "name": "SLOTNAMEEND"},
    )


@pytest.mark.parametrize("theme", shipped_themes())
@settings(max_examples=40, deadline=None)
@given(LETTERS, ARTICLES, READERS, HTML)
def test_any_edition(
    theme: str, letter: Newsletter, articles: list[Article], reader: Locale, note: str
) -> None:
    digest = rendered(theme, letter, articles, reader, note)
    titles = [plain(clean_text(each.title)) for each in articles_of(lay_out(letter, articles))]
    page = lxml_html.document_fromstring(digest.html)
    headings = plain(
        "".join(each.text_content() for each in page.iter("h1", "h2", "h3", "h4", "p", "td", "li"))
    )
    assert in_order(titles, headings)
    assert in_order(titles, plain(digest.text))
    assert len(list(page.iter("h1"))) == 1
    assert all(each.get("alt") is not None for each in page.iter("img"))
    assert "SLOTUNSUBSCRIBEEND" in digest.text
    assert 'href="SLOTUNSUBSCRIBEEND"' in digest.html
    assert encoded_size(digest.html) <= CLIP_LIMIT
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", digest.html + digest.text)
    balanced(digest.html)
    # What one reader gets passes the gate, whatever people wrote.
    sent_out = digest.model_copy(update={"html": filled(digest.html), "text": filled(digest.text)})
    found = lint_digest(sent_out, articles=articles)
    assert not [str(each) for each in found if each.severity == "error"]


def filled(part: str) -> str:
    """A part with a reader's own values."""
    return part.replace("SLOTUNSUBSCRIBEEND", "https://e.example/unsubscribe").replace("SLOTNAMEEND", "A. B.")


# What HTML parsers tell of that is no broken layout.
_HARMLESS = {"unknown-doctype", "expected-doctype-but-got-start-tag", "invalid-codepoint"}


def balanced(html: str) -> None:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    parser.parse(html)
    wrong = {code for _, code, _ in parser.errors} - _HARMLESS
    assert not wrong, wrong
    # Outlook goes by what is in the conditional comments.
    outlook = re.sub(r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->", "", html, flags=re.DOTALL)
    outlook = re.sub(r"<!--\[if [^\]]*mso[^\]]*\]>(.*?)<!\[endif\]-->", r"\1", outlook, flags=re.DOTALL)
    depth = 0
    for tag in re.findall(r"<(/?)(?:table|td|tr)\b", outlook):
        depth += -1 if tag else 1
        assert depth >= 0
    assert depth == 0
