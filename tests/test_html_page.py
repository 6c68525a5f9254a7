"""The HTML page of a feed: valid, accessible and without scripts, for any text in the articles."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import html5lib
import mf2py
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from helpers_feeds import FEED, example_articles
from helpers_text import anything, said
from syndicate import Article, Author, Feed
from syndicate.feeds import document
from syndicate.i18n import shipped_catalogues, translator_for
from syndicate.publishing.feed_html_page import feed_page
from syndicate.text.illegal_characters import repair_text

GOLDEN = Path(__file__).parent / "golden" / "page" / "main.html"
NOON = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
URL = "https://harbour.example/feeds/main.html"
MESSAGES = shipped_catalogues()["de"].messages


def article(**fields: Any) -> Article:
    return Article(**{"id": "https://harbour.example/1", "title": "One", "published": NOON} | fields)


def feed(**fields: Any) -> Feed:
    return FEED.model_copy(update=fields)


def page_of(of: Feed, *articles: Article, url: str | None = None) -> bytes:
    page = feed_page(document(of, articles), url=url)
    # Raises at the first error in the page.
    html5lib.HTMLParser(strict=True).parse(page)
    return page


def parse_page(page: bytes) -> Any:
    return lxml_html.document_fromstring(page.decode())


def text_of(element: Any) -> str:
    return re.sub(r"\s+", " ", element.text_content()).strip()


def datetimes(texts: list[str]) -> list[datetime]:
    return [datetime.fromisoformat(text) for text in texts]


def test_a_page_equals_the_golden_file() -> None:
    assert page_of(FEED, *example_articles(), url=URL) == GOLDEN.read_bytes()


def test_the_page_links_to_every_format_and_to_itself() -> None:
    page = parse_page(page_of(FEED, url=URL))
    assert [
        (each.get("type"), each.get("title"), each.get("href"))
        for each in page.cssselect("link[rel=alternate]")
    ] == [
        ("application/rss+xml", "The Harbour Post (RSS)", "https://harbour.example/feeds/main.rss"),
        ("application/atom+xml", "The Harbour Post (Atom)", "https://harbour.example/feeds/main.atom"),
        ("application/feed+json", "The Harbour Post (JSON Feed)", "https://harbour.example/feeds/main.json"),
    ]
    assert [each.get("href") for each in page.cssselect("link[rel=canonical]")] == [URL]
    assert [each.text for each in page.cssselect("code")] == [
        f"https://harbour.example/feeds/main.{kind}" for kind in FEED.formats
    ]
    assert not parse_page(page_of(FEED)).cssselect("link[rel=canonical]")


@pytest.mark.parametrize(
    ("fields", "hint", "count"),
    [
        ({}, "Copy one of these addresses into a feed reader", 3),
        ({"formats": ("atom",)}, "Copy this address into a feed reader", 1),
        ({"base_url": None}, "A feed reader can follow it", 0),
    ],
)
def test_the_hint_depends_on_the_number_of_addresses(fields: dict[str, Any], hint: str, count: int) -> None:
    page = parse_page(page_of(feed(**fields)))
    assert len(page.cssselect("code")) == count
    assert hint in text_of(page)


def test_microformats_contain_the_values_of_the_feed() -> None:
    parsed = mf2py.parse(doc=page_of(FEED, *example_articles(), url=URL).decode(), url=URL)
    [whole] = parsed["items"]
    assert whole["type"] == ["h-feed"]
    assert whole["properties"]["name"] == ["The Harbour Post"]
    assert whole["properties"]["summary"] == ["News from the waterfront & beyond"]
    assert whole["properties"]["url"] == ["https://harbour.example/"]
    assert datetimes(whole["properties"]["updated"]) == [datetime(2026, 4, 4, 9, 0, tzinfo=UTC)]
    entries = {entry["properties"]["name"][0]: entry["properties"] for entry in whole["children"]}
    assert list(entries) == [
        "Ferry <Anna> & the 9:30: late?",
        "Podcast 7",
        "الميناء: أخبار «السفن»",
        "港のニュース 🚢",
        "The storm",
    ]
    ferry = entries["Ferry <Anna> & the 9:30: late?"]
    assert ferry["url"] == ["https://harbour.example/2026/ferry/"]
    assert datetimes(ferry["published"]) == [datetime(2026, 4, 3, 7, 30, tzinfo=UTC)]
    assert ferry["summary"] == ["Fares < £3 & falling."]
    assert [each["properties"]["name"] for each in ferry["author"]] == [["Ann Lee"], ["Bo Ek"]]
    assert ferry["author"][1]["properties"]["url"] == ["https://bo.example/"]
    assert "updated" in entries["港のニュース 🚢"]
    assert "published" not in entries["港のニュース 🚢"]
    assert parsed["rels"]["canonical"] == [URL]


def test_an_entry_shows_title_date_authors_and_summary() -> None:
    full = article(
        title="Late <again>",
        link="https://harbour.example/1?a=1&b=2",
        content_html="<h2>Not this</h2><p>The <b>ferry</b> is late.</p>",
        authors=(Author(name="Ann", email="ann@harbour.example"), Author(email="bo@harbour.example")),
    )
    page = page_of(FEED, full)
    [shown] = parse_page(page).cssselect("article")
    assert text_of(shown) == "Late <again> 3 April 2026 · Ann The ferry is late."
    assert shown.cssselect("h3 a")[0].get("href") == "https://harbour.example/1?a=1&b=2"
    assert b"@" not in page.partition(b"</style>")[2], "mail addresses are not shown"


def test_an_entry_may_have_only_a_title() -> None:
    [shown] = parse_page(page_of(FEED, article(published=None))).cssselect("article")
    assert text_of(shown) == "One"
    assert not shown.cssselect("a, time, p")


def test_the_page_of_a_feed_of_summaries_shows_no_content() -> None:
    one = article(content_html="<p>For those who pay.</p>")
    assert b"For those who pay" not in page_of(feed(content="summary"), one)
    assert b"For those who pay" in page_of(FEED, one)


def test_long_summaries_are_shortened_and_line_breaks_kept() -> None:
    [shown] = parse_page(page_of(FEED, article(summary="1 < 2 & 3. " * 500))).cssselect(".p-summary.sum")
    assert 200 < len(shown.text) <= 280
    assert shown.text.startswith("1 < 2 & 3. 1 < 2")
    [shown] = parse_page(page_of(FEED, article(summary="One.\nTwo."))).cssselect(".p-summary.sum")
    assert shown.text == "One.\nTwo."


@pytest.mark.parametrize(
    ("moment", "iso", "day"),
    [
        (
            datetime(2026, 12, 31, 23, 30, 5, 123456, tzinfo=UTC),
            "2026-12-31T23:30:05+00:00",
            "31 December 2026",
        ),
        (
            datetime(1890, 1, 1, tzinfo=timezone(timedelta(minutes=20, seconds=30))),
            "1889-12-31T23:39:30+00:00",
            "31 December 1889",
        ),
        (
            datetime(2026, 2, 28, 23, 0, tzinfo=timezone(-timedelta(hours=9, minutes=30))),
            "2026-02-28T23:00:00-09:30",
            "28 February 2026",
        ),
    ],
)
def test_dates_are_shown_in_their_own_time_zone(moment: datetime, iso: str, day: str) -> None:
    [shown] = parse_page(page_of(FEED, article(published=moment))).cssselect("article time")
    assert shown.get("datetime") == iso
    assert shown.text == day


# Languages


def test_parts_in_another_language_are_marked() -> None:
    page = parse_page(
        page_of(feed(language="fa", title="نامه"), article(), article(id="urn:x:2", language="en-GB"))
    )
    assert dict(page.attrib) == {"lang": "fa", "dir": "rtl"}
    card = page.get_element_by_id("subscribe").getparent()
    assert (card.get("lang"), card.get("dir")) == ("en", "ltr")
    own, guest = page.cssselect("article")
    assert (own.get("lang"), own.get("dir")) == (None, None)
    assert (guest.get("lang"), guest.get("dir")) == ("en-GB", "ltr")
    assert [(time.get("lang"), time.get("dir")) for time in page.cssselect("article time")] == [
        ("en", "ltr"),
        (None, None),
    ]


def test_an_entry_in_a_right_to_left_language_is_marked() -> None:
    page = parse_page(page_of(FEED, article(language="he")))
    assert dict(page.attrib) == {"lang": "en-GB", "dir": "ltr"}
    [guest] = page.cssselect("article")
    [time] = page.cssselect("article time")
    assert (guest.get("lang"), guest.get("dir")) == ("he", "rtl")
    assert (time.get("lang"), time.get("dir")) == ("en-GB", "ltr")


@pytest.mark.parametrize("language", ["en", "de", "de-AT", "fr", "es", "pt-BR", "ar", "ja"])
def test_the_page_is_in_the_language_of_its_feed(language: str) -> None:
    translator = translator_for(language)
    page = parse_page(page_of(feed(language=language), article()))
    assert dict(page.attrib) == {"lang": language, "dir": "rtl" if language == "ar" else "ltr"}
    text = text_of(page)
    for message in ("Follow this feed", "Articles", "This is the page of a feed. Copy one of these"):
        known = [each for each in MESSAGES if each.startswith(message)]
        assert [each for each in known if translator.gettext(each) in text], message
    assert translator.day(NOON, UTC) in text
    assert ("Follow this feed" in text) is (language == "en")
    [footer] = page.cssselect("footer")
    assert text_of(footer) == translator.gettext("Last changed on %(date)s") % {
        "date": translator.day(NOON, UTC)
    }
    # Only what the author wrote could be in another language, and that is not marked here.
    assert not [each for each in page.body.iter() if each.get("lang") or each.get("dir") == "rtl"]
    assert translator.gettext("There are no articles yet. New articles will appear here.") in text_of(
        parse_page(page_of(feed(language=language)))
    )


def test_an_unknown_language_is_marked_as_unknown() -> None:
    page = parse_page(page_of(feed(language=None), article()))
    assert dict(page.attrib) == {"lang": "en", "dir": "ltr"}
    for part in page.cssselect("header, article"):
        assert (part.get("lang"), part.get("dir")) == ("", "auto")


# Any content


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(said, anything, anything, said, st.sampled_from([None, "en", "ar", "ja-JP"]))
def test_any_text_makes_a_valid_page(
    title: str, summary: str, html: str, name: str, language: str | None
) -> None:
    one = article(link="https://harbour.example/1").model_copy(
        update={
            "title": title,
            "summary": summary,
            "content_html": html,
            "authors": (Author(name="x").model_copy(update={"name": name}),),
        }
    )
    of = feed(title=title, description=summary, language=language)
    page = page_of(of, one, url=URL)
    assert page == page_of(of, one, url=URL)
    shown = parse_page(page)
    assert not shown.cssselect("script, img, iframe, object, form, [onclick]")
    assert len(shown.cssselect("h1, h3")) == 2
    plain = re.sub("[\x7f-\x9f\ufdd0-\ufdef]", "\ufffd", repair_text(title))
    plain = "".join("\ufffd" if ord(char) & 0xFFFE == 0xFFFE else char for char in plain)
    if plain.strip():
        parsed = html5lib.parse(page, namespaceHTMLElements=False)
        heading = parsed.find(".//h1")
        assert heading is not None
        assert heading.text == plain.replace("\r\n", "\n").replace("\r", "\n")


def test_the_page_loads_no_resource_and_has_no_script() -> None:
    text = page_of(FEED, *example_articles(), url=URL).decode()
    page = parse_page(text.encode())
    assert not page.cssselect("script, img, iframe, [src], [srcset], [style], link[rel=stylesheet]")
    assert not re.search(r"url\(|@import", text)
    assert {each.get("rel") for each in page.cssselect("link")} == {"canonical", "alternate"}


def test_the_page_has_landmarks_headings_and_labels() -> None:
    page = parse_page(page_of(FEED, *example_articles()))
    assert [each.tag for each in page.body] == ["header", "main", "footer"]
    assert len(page.cssselect("h1")) == 1
    levels = [int(each.tag[1]) for each in page.cssselect("h1, h2, h3")]
    assert levels == [1, 2, 2, 3, 3, 3, 3, 3]
    labels = [each.get("aria-labelledby") for each in page.cssselect("section")]
    assert all(page.get_element_by_id(label) is not None for label in labels)
    assert all(text_of(each) for each in page.cssselect("a"))
    assert not page.cssselect("[tabindex]")


def _luminance(colour: str) -> float:
    digits = colour * 2 if len(colour) == 3 else colour
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_have_enough_contrast() -> None:
    """WCAG 2.2, 1.4.3 (AA): a contrast of 4.5 for text, on both grounds, by day, by night and in print."""
    style = page_of(FEED).decode()
    sets = [dict(re.findall(r"--(\w+): #(\w+)", each)) for each in re.findall(r":root {([^}]*)}", style)]
    assert len(sets) == 3
    for colours in sets:
        for ground in ("ground", "card"):
            for text in ("ink", "soft", "accent"):
                pair = sorted(_luminance(colours[name]) + 0.05 for name in (ground, text))
                assert pair[1] / pair[0] >= 4.5, (ground, text)


def test_a_page_with_fifty_entries_is_small() -> None:
    body = "<p>" + "The harbour is quiet this morning, and the ferry is late again. " * 50 + "</p>"
    many = [
        article(
            id=f"urn:x:{number}",
            title=f"The lighthouse lamp is lit again, part {number}",
            link=f"https://harbour.example/2026/04/03/the-lighthouse-lamp-is-lit-again-part-{number}/",
            content_html=body,
            authors=(Author(name="Mara Quay", url="https://harbour.example/mara/"),),
        )
        for number in range(50)
    ]
    assert len(page_of(FEED, *many, url=URL)) < 50_000


def test_the_page_of_an_empty_feed_says_that_it_is_empty() -> None:
    page = parse_page(page_of(FEED))
    assert "There are no articles yet" in text_of(page)
    assert not page.cssselect("ol, footer, time")
