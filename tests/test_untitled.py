"""Articles without a title: no format invents one, and Atom, which requires one, has the first words."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import feedparser
import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers_feeds import ATOM, FEED
from helpers_site import MAIN, StillClock, opened, source, write
from helpers_text import anything
from syndicate import Article, Attachment, Image, to_atom, to_json_feed, to_rss
from syndicate.linters.feeds import lint
from syndicate.text.article_label import LABEL_COLUMNS, article_label
from syndicate.text.first_words import first_words
from syndicate.text.wrap import display_width

DATED = "2026-04-03T08:30:00+00:00"
LONG = "A heron stood on the ramp all morning, and nobody took the ferry until it had flown away."
CUT = "A heron stood on the ramp all morning, and nobody took the…"


def note(**fields: object) -> Article:
    return Article.model_validate({"id": "https://harbour.example/9", "updated": DATED} | fields)


NOTES = {
    "text": (note(summary=LONG), LONG, CUT),
    "body": (note(content_html=f"<p>{LONG}</p>"), f"<p>{LONG}</p>", CUT),
    "both": (note(summary="A & <tern>.", content_html="<p>…"), "A &amp; &lt;tern&gt;.", "A & <tern>."),
    "picture": (
        note(content_html='<p><img src="https://h.example/a.png" alt="A &amp; B"></p>'),
        '<p><img src="https://h.example/a.png" alt="A &amp; B"></p>',
        "A & B",
    ),
    "image": (note(image=Image(url="https://h.example/a.png", alt="A boat")), "A boat", "A boat"),
    "nameless image": (
        note(image=Image(url="https://h.example/a.png"), link="https://h.example/9"),
        "https://h.example/9",
        "https://h.example/9",
    ),
    "sound": (
        note(attachments=(Attachment(url="https://h.example/low%20tide.mp3", media_type="audio/mpeg"),)),
        "low tide.mp3",
        "low tide.mp3",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("article", "description", "title"), NOTES.values(), ids=NOTES)
@pytest.mark.parametrize("content", ["full", "summary"])
def test_the_formats(article: Article, description: str, title: str, content: str) -> None:
    feed = FEED.model_copy(update={"content": content})
    rss, atom, item = to_rss(feed, [article]), to_atom(feed, [article]), to_json_feed(feed, [article])
    (found,) = ET.fromstring(rss).iter("item")
    assert found.find("title") is None
    if content == "full" or not article.content_html:
        assert found.findtext("description") == description
    assert found.findtext("description")
    (entry,) = ET.fromstring(atom).iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == title
    (member,) = json.loads(item)["items"]
    assert "title" not in member
    assert member.get("content_html") or member["content_text"]
    for document in (rss, atom, item):
        assert not [
            each for each in lint(document) if each.place.id == article.id and "link" not in each.rule
        ]
    for document in (rss, atom):
        parsed = feedparser.parse(document)
        assert not parsed.bozo
        assert parsed.entries[0].get("title", "") == ("" if document is rss else title)


def test_the_shape_of_a_titled_entry_is_not_used_for_an_untitled_one() -> None:
    articles = [note(id=f"urn:x:{number}", title="T" * (number % 2), summary="S") for number in range(4)]
    found = list(ET.fromstring(to_rss(FEED, articles)).iter("item"))
    assert [each.findtext("title") for each in found].count("T") == 2
    assert sum(each.find("title") is None for each in found) == 2


def test_a_title_of_a_podcast_episode_is_not_invented() -> None:
    (item,) = ET.fromstring(to_rss(FEED, [NOTES["sound"][0]])).iter("item")
    assert item.find("enclosure") is not None


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("Two  words\n", 20, "Two words"),
        ("One. Two three. Four five six seven", 20, "One. Two three."),
        ("Wow. This one is a long sentence without an end", 24, "Wow. This one is a long…"),
        ("Version 2.4.1 of the program is here", 20, "Version 2.4.1 of…"),
        ("a" * 30, 20, "a" * 19 + "…"),
        ("今日は雨が降っていて、港には誰もいませんでした。灯台", 30, "今日は雨が降っていて…"),
        ("今日は雨です。港には誰もいませんでした。灯台だけ", 30, "今日は雨です。"),
        ("船を見た人はいませんか船を見た人はいませんか", 20, "船を見た人はいません…"[:9] + "…"),
        ("क्षत्रिय" * 10, 11, None),
        ("👩\u200d👩\u200d👧\u200d👦" * 9, 9, "👩\u200d👩\u200d👧\u200d👦" * 4 + "…"),
    ],
)
def test_first_words(text: str, columns: int, expected: str | None) -> None:
    words = first_words(text, columns)
    assert display_width(words) <= columns
    if expected is not None:
        assert words == expected


@given(anything, st.integers(8, 80))
def test_first_words_are_the_beginning_of_any_text(text: str, columns: int) -> None:
    words = first_words(text, columns)
    assert display_width(words) <= columns
    assert "\n" not in words


def test_any_title_is_its_own_label() -> None:
    assert article_label(note(title="T" * 300)) == "T" * 300
    assert display_width(article_label(note(summary="船" * 300))) <= LABEL_COLUMNS
    assert article_label(note(title="\u200b", summary="Words.")) == "Words."


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "syndicate.toml").write_text(
        '[site]\ntitle = "Notes"\nhome = "https://notes.example/"\nbase_url = "https://notes.example/feeds/"\n'
        + source("notes", path="notes.jsonl")
        + MAIN
        + 'page = true\nhistory = "archive"\nlimit = 2\n'
    )
    return tmp_path


def notes(*numbers: int, link: bool = True) -> str:
    return "".join(
        json.dumps(
            {
                "id": f"tag:notes.example,2026:{number}",
                "url": f"https://notes.example/{number}" if link else None,
                "date": f"2026-04-0{number}",
                "text": f"Note number {number} is about a boat.",
            }
        )
        + "\n"
        for number in numbers
    )


def test_a_site_of_notes_is_published_archived_and_withdrawn(site: Path) -> None:
    write(site, {"notes.jsonl": notes(1, 2, 3, 4, 5)})
    with opened(site, StillClock()) as newsroom:
        assert newsroom.ingest().ok
        report = newsroom.publish()
        assert report.ok
        assert not [each for each in report.problems if each.severity != "note"], report.problems
        status = newsroom.status()
    assert status
    pages = sorted((site / "public/main/archive").glob("*.rss"))
    assert pages
    documents = [(site / "public/main.rss").read_text(), *(page.read_text() for page in pages)]
    assert sorted(set(re.findall(r"Note number (\d)", "".join(documents)))) == list("12345")
    page = lxml.html.document_fromstring((site / "public/main.html").read_bytes())
    assert not page.xpath("//li//h3")
    assert [link.get("href") for link in page.xpath("//li//a[@class='u-url']")][:2] == [
        "https://notes.example/5",
        "https://notes.example/4",
    ]
    assert all(link.text_content().strip() for link in page.iter("a"))
    write(site, {"notes.jsonl": notes(1, 2, 3, 4)})
    with opened(site, StillClock()) as newsroom:
        assert newsroom.ingest().ok
        assert newsroom.publish().ok
    atom = (site / "public/main.atom").read_text()
    assert 'ref="tag:notes.example,2026:5"' in atom
    assert "Note number 5" not in atom
