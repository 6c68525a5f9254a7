"""A feed as a web page: valid, the same back, harmless and readable, whatever is in the articles."""

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

from helpers_feeds import FEED, hand_written
from helpers_text import anything, said
from syndicate import Article, Author, Feed
from syndicate.feeds import document
from syndicate.i18n import shipped_catalogues, translator_for
from syndicate.publishing.html_page import feed_page
from syndicate.text.characters import repair_text

GOLDEN = Path(__file__).parent / "golden" / "page" / "main.html"
NOON = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
URL = "https://harbour.example/feeds/main.html"
MESSAGES = shipped_catalogues()["de"].messages


def article(**fields: Any) -> Article:
    return Article(**{"id": "https://harbour.example/1", "title": "One", "published": NOON} | fields)


def feed(**fields: Any) -> Feed:
    return FEED.model_copy(update=fields)


def made(of: Feed, *articles: Article, url: str | None = None) -> bytes:
    page = feed_page(document(of, articles), url=url)
    # Raises at the first thing that no valid page has.
    html5lib.HTMLParser(strict=True).parse(page)
    return page


def tree(page: bytes) -> Any:
    return lxml_html.document_fromstring(page.decode())


def words(element: Any) -> str:
    return re.sub(r"\s+", " ", element.text_content()).strip()


def moments(texts: list[str]) -> list[datetime]:
    return [datetime.fromisoformat(text) for text in texts]


def test_golden() -> None:
    assert made(FEED, *hand_written(), url=URL) == GOLDEN.read_bytes()


def test_readers_find_every_format_and_the_page_knows_where_it_is() -> None:
    page = tree(made(FEED, url=URL))
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
    assert not tree(made(FEED)).cssselect("link[rel=canonical]")


@pytest.mark.parametrize(
    ("fields", "hint", "count"),
    [
        ({}, "Copy one of these addresses into a feed reader", 3),
        ({"formats": ("atom",)}, "Copy this address into a feed reader", 1),
        ({"base_url": None}, "A feed reader can follow it", 0),
    ],
)
def test_the_hint_fits_the_addresses(fields: dict[str, Any], hint: str, count: int) -> None:
    page = tree(made(feed(**fields)))
    assert len(page.cssselect("code")) == count
    assert hint in words(page)


def test_microformats_say_what_the_feed_says() -> None:
    parsed = mf2py.parse(doc=made(FEED, *hand_written(), url=URL).decode(), url=URL)
    [whole] = parsed["items"]
    assert whole["type"] == ["h-feed"]
    assert whole["properties"]["name"] == ["The Harbour Post"]
    assert whole["properties"]["summary"] == ["News from the waterfront & beyond"]
    assert whole["properties"]["url"] == ["https://harbour.example/"]
    assert moments(whole["properties"]["updated"]) == [datetime(2026, 4, 4, 9, 0, tzinfo=UTC)]
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
    assert moments(ferry["published"]) == [datetime(2026, 4, 3, 7, 30, tzinfo=UTC)]
    assert ferry["summary"] == ["Fares < £3 & falling."]
    assert [each["properties"]["name"] for each in ferry["author"]] == [["Ann Lee"], ["Bo Ek"]]
    assert ferry["author"][1]["properties"]["url"] == ["https://bo.example/"]
    assert "updated" in entries["港のニュース 🚢"]
    assert "published" not in entries["港のニュース 🚢"]
    assert parsed["rels"]["canonical"] == [URL]


def test_what_an_entry_shows() -> None:
    full = article(
        title="Late <again>",
        link="https://harbour.example/1?a=1&b=2",
        content_html="<h2>Not this</h2><p>The <b>ferry</b> is late.</p>",
        authors=(Author(name="Ann", email="ann@harbour.example"), Author(email="bo@harbour.example")),
    )
    page = made(FEED, full)
    [shown] = tree(page).cssselect("article")
    assert words(shown) == "Late <again> 3 April 2026 · Ann The ferry is late."
    assert shown.cssselect("h3 a")[0].get("href") == "https://harbour.example/1?a=1&b=2"
    assert b"@" not in page.partition(b"</style>")[2], "mail addresses are not shown"


def test_an_entry_may_lack_nearly_everything() -> None:
    [shown] = tree(made(FEED, article(published=None))).cssselect("article")
    assert words(shown) == "One"
    assert not shown.cssselect("a, time, p")


def test_a_feed_of_summaries_gives_no_more_away() -> None:
    one = article(content_html="<p>For those who pay.</p>")
    assert b"For those who pay" not in made(feed(content="summary"), one)
    assert b"For those who pay" in made(FEED, one)


def test_long_summaries_are_cut_and_lines_kept() -> None:
    [shown] = tree(made(FEED, article(summary="1 < 2 & 3. " * 500))).cssselect(".p-summary.sum")
    assert 200 < len(shown.text) <= 280
    assert shown.text.startswith("1 < 2 & 3. 1 < 2")
    [shown] = tree(made(FEED, article(summary="One.\nTwo."))).cssselect(".p-summary.sum")
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
def test_dates_are_those_of_their_zone(moment: datetime, iso: str, day: str) -> None:
    [shown] = tree(made(FEED, article(published=moment))).cssselect("article time")
    assert shown.get("datetime") == iso
    assert shown.text == day


# Languages


def test_the_page_is_in_the_language_of_the_feed_and_says_where_it_is_not() -> None:
    page = tree(made(feed(language="fa", title="نامه"), article(), article(id="urn:x:2", language="en-GB")))
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


def test_a_guest_from_right_to_left() -> None:
    page = tree(made(FEED, article(language="he")))
    assert dict(page.attrib) == {"lang": "en-GB", "dir": "ltr"}
    [guest] = page.cssselect("article")
    [time] = page.cssselect("article time")
    assert (guest.get("lang"), guest.get("dir")) == ("he", "rtl")
    assert (time.get("lang"), time.get("dir")) == ("en-GB", "ltr")


@pytest.mark.parametrize("language", ["en", "de", "de-AT", "fr", "es", "pt-BR", "ar", "ja"])
def test_the_page_speaks_the_language_of_its_feed(language: str) -> None:
    translator = translator_for(language)
    page = tree(made(feed(language=language), article()))
    assert dict(page.attrib) == {"lang": language, "dir": "rtl" if language == "ar" else "ltr"}
    text = words(page)
    for message in ("Follow this feed", "Articles", "This is the page of a feed. Copy one of these"):
        known = [each for each in MESSAGES if each.startswith(message)]
        assert [each for each in known if translator.gettext(each) in text], message
    assert translator.day(NOON, UTC) in text
    assert ("Follow this feed" in text) is (language == "en")
    [footer] = page.cssselect("footer")
    assert words(footer) == translator.gettext("Last changed on %(date)s") % {
        "date": translator.day(NOON, UTC)
    }
    # Only what the author wrote could be in another language, and that is not marked here.
    assert not [each for each in page.body.iter() if each.get("lang") or each.get("dir") == "rtl"]
    assert translator.gettext("There are no articles yet. New articles will appear here.") in words(
        tree(made(feed(language=language)))
    )


def test_a_language_that_is_not_known_is_not_claimed() -> None:
    page = tree(made(feed(language=None), article()))
    assert dict(page.attrib) == {"lang": "en", "dir": "ltr"}
    for part in page.cssselect("header, article"):
        assert (part.get("lang"), part.get("dir")) == ("", "auto")


# Whatever is in it


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
    page = made(of, one, url=URL)
    assert page == made(of, one, url=URL)
    shown = tree(page)
    assert not shown.cssselect("script, img, iframe, object, form, [onclick]")
    assert len(shown.cssselect("h1, h3")) == 2
    plain = re.sub("[\x7f-\x9f\ufdd0-\ufdef]", "\ufffd", repair_text(title))
    plain = "".join("\ufffd" if ord(char) & 0xFFFE == 0xFFFE else char for char in plain)
    if plain.strip():
        parsed = html5lib.parse(page, namespaceHTMLElements=False)
        heading = parsed.find(".//h1")
        assert heading is not None
        assert heading.text == plain.replace("\r\n", "\n").replace("\r", "\n")


def test_nothing_is_loaded_and_nothing_runs() -> None:
    text = made(FEED, *hand_written(), url=URL).decode()
    page = tree(text.encode())
    assert not page.cssselect("script, img, iframe, [src], [srcset], [style], link[rel=stylesheet]")
    assert not re.search(r"url\(|@import", text)
    assert {each.get("rel") for each in page.cssselect("link")} == {"canonical", "alternate"}


def test_it_is_made_for_everybody() -> None:
    page = tree(made(FEED, *hand_written()))
    assert [each.tag for each in page.body] == ["header", "main", "footer"]
    assert len(page.cssselect("h1")) == 1
    levels = [int(each.tag[1]) for each in page.cssselect("h1, h2, h3")]
    assert levels == [1, 2, 2, 3, 3, 3, 3, 3]
    labels = [each.get("aria-labelledby") for each in page.cssselect("section")]
    assert all(page.get_element_by_id(label) is not None for label in labels)
    assert all(words(each) for each in page.cssselect("a"))
    assert not page.cssselect("[tabindex]")


def _luminance(colour: str) -> float:
    digits = colour * 2 if len(colour) == 3 else colour
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_can_be_told_apart() -> None:
    """WCAG 2.2, 1.4.3 (AA): a contrast of 4.5 for text, on both grounds, by day, by night and in print."""
    style = made(FEED).decode()
    sets = [dict(re.findall(r"--(\w+): #(\w+)", each)) for each in re.findall(r":root {([^}]*)}", style)]
    assert len(sets) == 3
    for colours in sets:
        for ground in ("ground", "card"):
            for text in ("ink", "soft", "accent"):
                pair = sorted(_luminance(colours[name]) + 0.05 for name in (ground, text))
                assert pair[1] / pair[0] >= 4.5, (ground, text)


def test_fifty_entries_are_a_small_page() -> None:
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
    assert len(made(FEED, *many, url=URL)) < 50_000


def test_an_empty_feed_says_so() -> None:
    page = tree(made(FEED))
    assert "There are no articles yet" in words(page)
    assert not page.cssselect("ol, footer, time")
