"""Scraped pages: whole pages, single lines, and random text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pydantic import ValidationError

from syndicate.sources.scraped.byline import is_label
from syndicate.sources.scraped.debris_rules import NO_RULES, DebrisRules, RuleSet, debris_kinds
from syndicate.sources.scraped.line_measures import (
    comparison_key,
    ends_sentence,
    fold,
    normalize_spaces,
    phrase_key,
    width,
)
from syndicate.sources.scraped.page_dates import find_dates
from syndicate.sources.scraped.parse_page import ScrapedPage, parse_page
from syndicate.text.illegal_characters import repair_text
from syndicate.text.sanitize import sanitize

PAGES = sorted((Path(__file__).parent / "data" / "scraped").glob("*.txt"))


def spell(page: ScrapedPage) -> str:
    """A page as the golden files have it: a comment with what was read, and the body."""
    head = {
        "title": page.title,
        "authors": "; ".join(page.authors),
        "published": page.published and page.published.isoformat(),
        "updated": page.updated and page.updated.isoformat(),
        "tags": "; ".join(page.tags),
        "section": page.section,
        "dropped": " ".join(dict.fromkeys(str(one.line) for one in page.dropped)),
        "notes": "; ".join(f"{line}: {note}" for line, note in page.notes),
    }
    lines = [f"{name}: {value}" for name, value in head.items() if value]
    return "\n".join(["<!--", *lines, "-->", page.html, ""])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_whole_pages(path: Path) -> None:
    assert spell(parse_page(path.read_text(encoding="utf-8"))) == path.with_suffix(".html").read_text(
        encoding="utf-8"
    )


ONE = "The lamp in the old lighthouse was lit again on Saturday evening after forty years."
TWO = "Several hundred people stood on the quay, and not a few of them had come by boat."
THREE = "A clockwork turns the lens, and it has to be wound every four hours by a volunteer."


def page(*lines: str, rules: DebrisRules = NO_RULES) -> ScrapedPage:
    return parse_page("\n\n".join(lines), rules)


def body(*lines: str, rules: DebrisRules = NO_RULES) -> str:
    return (
        page("A headline of five words", ONE, *lines, TWO, rules=rules)
        .html.replace(f"<p>{ONE}</p>\n", "")
        .replace(f"<p>{TWO}</p>", "")
        .strip()
    )


def test_a_short_line_before_a_paragraph_heads_it() -> None:
    assert body("How it works") == "<h2>How it works</h2>"


@pytest.mark.parametrize(
    "line",
    [
        "Everybody asked about it on Facebook, and nobody in the comments knew.",
        "Read also what the keeper wrote in his newsletter in 1931.",
        "“We shall see.”",
        "“We shall see”",
        "Share on: that was what the sign said, and nothing more.",
        "He said that the copyright was his.",
        "On 14 September 2026 the lamp was lit.",
        "Follow the signs.",
        "a & b <3%.",
        "The: three letters.",
        "Log in hand, he went to the fire.",
    ],
)
def test_running_text_is_never_searched(line: str) -> None:
    assert unescape(body(line)) == f"<p>{line}</p>"


@pytest.mark.parametrize("word", ["Discussion", "Related", "News", "Culture", "Decline", "Comments", "2019"])
def test_a_word_that_could_be_a_button_may_head_a_paragraph(word: str) -> None:
    assert body(word) == f"<h2>{word}</h2>"


@pytest.mark.parametrize(
    "line",
    ["Advertisement", "Реклама", "広告", "12", "1.2K", "4,711 shares", "Share on Facebook", "Facebook | X",
     "Teilen Drucken Merken", "READ ALSO: Ten lighthouses to see", "Lire aussi : Dix phares à voir",
     "あわせて読みたい：訪ねたい灯台十選", "Photo: A. Berg", "The quay on Saturday. Foto: A. Berg / dpa",
     "https://harbour.example/lamp", "© 2026 The Harbour Post", "★★★", "Sign up for our newsletter",
     "Nyhetsbrev", "Podziel się", "ΚΟΙΝΟΠΟΙΗΣΗ", "Paylaş", "공유하기", "Continue reading",
     "Jaa Facebookissa"],
)  # fmt: skip
def test_debris_goes_from_between_paragraphs(line: str) -> None:
    found = page("A headline of five words", ONE, line, TWO)
    assert found.html == f"<p>{ONE}</p>\n<p>{TWO}</p>"
    assert [one.text for one in found.dropped] == [line]


def test_lists() -> None:
    items = "- 61 beans\n- 48 tomatoes,\n  all red\n- <i>peas</i>"
    assert body(items) == (
        "<ul>\n<li>61 beans</li>\n<li>48 tomatoes, all red</li>\n<li>&lt;i&gt;peas&lt;/i&gt;</li>\n</ul>"
    )
    assert body("3) oil\n4) wind") == '<ol start="3">\n<li>oil</li>\n<li>wind</li>\n</ol>'
    assert body("• one thing") == "<ul>\n<li>one thing</li>\n</ul>"
    assert body("The volunteers who keep it going are:", "a cat\na dog\nAnn") == (
        "<p>The volunteers who keep it going are:</p>\n"
        "<ul>\n<li>a cat</li>\n<li>a dog</li>\n<li>Ann</li>\n</ul>"
    )


def test_numbered_subheadings_are_no_lists() -> None:
    assert body("1. Wind it", THREE, "2. Oil it") == (
        f"<h2>1. Wind it</h2>\n<p>{THREE}</p>\n<h2>2. Oil it</h2>"
    )


@pytest.mark.parametrize(
    "line",
    ["Who pays for it?", "¿Quién paga?", "誰が払うのか？", "من يدفع؟", "What is next, and who decides?"],
)
def test_a_short_question_above_a_paragraph_heads_it(line: str) -> None:
    assert body(line, THREE) == f"<h2>{line}</h2>\n<p>{THREE}</p>"


@pytest.mark.parametrize(
    "line", ["But who pays for it?", "“Who pays for it?”", "– Who pays?", "Who pays for it? Nobody knows."]
)
def test_a_question_within_the_text_heads_nothing(line: str) -> None:
    assert "<h2>" not in body(line, THREE)


def test_a_question_without_a_paragraph_of_its_own_heads_nothing() -> None:
    assert "<h2>" not in body(f"Who pays for it?\n{THREE}")
    assert "<h2>" not in body("Who pays for it?", "Why?", "Nobody.")


def test_numbered_lines_with_a_full_stop_are_subheadings() -> None:
    assert body("1. Wind it.", THREE, "2. Who oils it?", THREE) == (
        f"<h2>1. Wind it.</h2>\n<p>{THREE}</p>\n<h2>2. Who oils it?</h2>\n<p>{THREE}</p>"
    )
    assert "<h2>" not in body("7. Wind it.", THREE)


def test_dialogue_is_not_a_list() -> None:
    assert "<ul>" not in body("— Да, — сказал он.", "— Нет.")
    assert "<ul>" not in body("– Det er som månen, sier hun.", "– Ja, det er det.")
    assert "<ul>" not in body("—No —dijo ella.", "—¿Por qué?")


def test_a_box_of_links_does_not_swallow_the_next_subheading() -> None:
    links = "Related stories\nTen lighthouses that you have to see once\nThe night ferry is back again"
    assert body(links, "How it works") == "<h2>How it works</h2>"


def test_hard_wrapped_paragraphs_are_joined() -> None:
    text = f"{ONE} {TWO} {THREE}".split()
    lines, line = [], ""
    for word in text:
        if len(line) + len(word) > 50:
            lines.append(line.strip())
            line = ""
        line += f"{word} "
    lines.append(line.strip())
    found = parse_page("The headline\n\n" + "\n".join(lines))
    assert found.html == f"<p>{ONE} {TWO} {THREE}</p>"


def test_comments_end_the_article() -> None:
    long = "I think that this is the best thing that has happened to the harbour in many years, really."
    found = page("A headline of five words", ONE, TWO, THREE, "3 Comments", "Ann", long, "Bob", long)
    assert found.html.count("<p>") == 3
    assert {one.rule for one in found.dropped} == {"comments", "after: comments"}


def test_a_comment_counter_at_the_top_ends_nothing() -> None:
    assert page("A headline of five words", "12 Comments", ONE, TWO).html.count("<p>") == 2


def test_the_last_words_of_an_unknown_language_go() -> None:
    found = page("Üks viie sõnaga pealkiri", ONE, TWO, "Jäta vastus", "Palun sisesta kommentaar!", "Nimi")
    assert [one.text for one in found.dropped] == ["Jäta vastus", "Palun sisesta kommentaar!", "Nimi"]


def test_rules_of_the_user() -> None:
    rules = DebrisRules(drop=("Vorgelesen von *",), end=("~ ~ ~",), keep=("advertisement",))
    found = page("A headline", ONE, "vorgelesen VON Ann.", "Advertisement", TWO, "~ ~ ~", THREE, rules=rules)
    assert found.html == f"<p>{ONE}</p>\n<h2>Advertisement</h2>\n<p>{TWO}</p>"
    assert [one.rule for one in found.dropped] == [
        "drop = 'Vorgelesen von *' of your settings",
        "end = '~ ~ ~' of your settings",
        "after: end = '~ ~ ~' of your settings",
    ]


def test_only_rules_of_the_user() -> None:
    rules = DebrisRules(drop=("Tip",), builtin=False)
    assert body("Share on Facebook", "Tip", "12", rules=rules) == "<p>Share on Facebook</p>\n<h2>12</h2>"


@pytest.mark.parametrize("pattern", ["*", " ** ", ""])
def test_a_pattern_for_every_line_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        DebrisRules(drop=(pattern,))


CEST = timezone(timedelta(hours=2))
SEPT = datetime(2026, 9, 14, 8, 30)


@pytest.mark.parametrize(
    ("line", "when"),
    [
        ("2026-09-14T08:30:00Z", SEPT.replace(tzinfo=UTC)),
        ("Published: 14 September 2026 at 08:30 CEST", SEPT.replace(tzinfo=CEST)),
        ("14. September 2026, 08:30 Uhr", SEPT),
        ("Publié le 14 septembre 2026 à 08h30", SEPT),
        ("Sept. 14, 2026, 8:30 a.m.", SEPT),
        ("14.09.2026 08:30", SEPT),
        ("2026年9月14日（月）8時30分", SEPT),
        ("2026. 9. 14. 오전 8:30", SEPT),
        ("08:30, 14 сентября 2026", SEPT),
        ("14 września 2026, godz. 08:30", SEPT),
        ("١٤ سبتمبر ٢٠٢٦ الساعة ٠٨:٣٠", SEPT),
        ("14 กันยายน 2569 08:30", SEPT),
        ("14 tháng 9, 2026 08:30", SEPT),
        ("Mon, 14 Sep 2026 08:30:00 +0200", SEPT.replace(tzinfo=CEST)),
        ("Stand: 14. 9. 2026", datetime(2026, 9, 14)),
        ("13/09/2026", datetime(2026, 9, 13)),
    ],
)
def test_dates(line: str, when: datetime) -> None:
    found = page("A headline of five words", line, ONE)
    assert found.published == when
    assert found.published.tzinfo == when.tzinfo


@pytest.mark.parametrize("line", ["03/04/2026", "31.02.2026", "14 September", "14.09.26"])
def test_a_date_that_is_not_certain_is_not_used(line: str) -> None:
    found = page("A headline of five words", line, f"{ONE} {TWO} {THREE}")
    assert found.published is None
    assert [number for number, _ in found.notes] == [3]


def test_other_dates_of_the_page_tell_how_it_writes_them() -> None:
    found = page("A headline of five words", "Published: 03/04/2026", "Updated: 03/25/2026", ONE)
    assert (found.published, found.updated) == (datetime(2026, 3, 4), datetime(2026, 3, 25))


def test_in_other_languages_the_day_comes_first() -> None:
    text = (
        "Nach vierzig Jahren liegt das Schiff wieder am alten Kai, und alle sind gekommen, um es zu sehen. "
    )
    assert page("Das Schiff ist da", "03/04/2026", text * 2).published == datetime(2026, 4, 3)


def test_an_ambiguous_zone_is_reported() -> None:
    found = page("A headline of five words", "14 September 2026 08:30 IST", ONE)
    assert found.published == SEPT
    assert "IST" in found.notes[0][1]


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("By Ilse Brandt", ["Ilse Brandt"]),
        ("BY ILSE BRANDT AND PER AHO", ["ILSE BRANDT", "PER AHO"]),
        ("By Ilse Brandt, Per Aho and Ann Lee", ["Ilse Brandt", "Per Aho", "Ann Lee"]),
        ("By Ilse Brandt | 14 September 2026", ["Ilse Brandt"]),
        ("By Ilse Brandt, harbour correspondent", ["Ilse Brandt"]),
        ("Von Anna von der Heide und Jörg Öst", ["Anna von der Heide", "Jörg Öst"]),
        ("Par Jean d’Aubigny", ["Jean d’Aubigny"]),
        ("Por María del Carmen Ruiz", ["María del Carmen Ruiz"]),
        ("Text: Anna Müller / Foto: Jan Berg", ["Anna Müller"]),
        ("Автор: Мария Иванова", ["Мария Иванова"]),
        ("文／山田花子", ["山田花子"]),
        ("記者 王小明", ["王小明"]),
        ("홍길동 기자", ["홍길동"]),
        ("بقلم: ليلى حداد", ["ليلى حداد"]),
        ("By\nIlse Brandt", ["Ilse Brandt"]),
        ("Ilse Brandt\n14 September 2026", ["Ilse Brandt"]),
    ],
)
def test_bylines(line: str, authors: list[str]) -> None:
    found = page("A headline of five words", line, ONE)
    assert list(found.authors) == authors
    assert found.html == f"<p>{ONE}</p>"


@pytest.mark.parametrize("line", ["By the sea we stood all night", "Von Berlin nach Paris mit dem Rad"])
def test_no_byline(line: str) -> None:
    assert page("A headline of five words", line, ONE).authors == ()


def test_tags_and_section() -> None:
    found = page("A headline", "Category: Harbour", ONE, "TAGS\nlamp\nsea", "#ferry #lamp", "© 2026")
    assert found.tags == ("lamp", "sea", "ferry")
    assert found.section == "Harbour"


@pytest.mark.parametrize(
    "head",
    [
        ["The lamp is lit again - Harbour Post", "The lamp is lit again"],
        ["Skip to content", "Home > News > Harbour", "The lamp is lit again"],
        ["Jaga", "Otsi", "Sisu", "The lamp is lit again", "The lamp is lit again"],
        ["We use cookies to improve your experience. Learn more", "Accept", "The lamp is lit again"],
        ["HARBOUR", "The lamp is lit again"],
    ],
)
def test_the_headline_behind_debris(head: list[str]) -> None:
    found = page(*head, ONE, TWO)
    assert found.title == "The lamp is lit again"
    assert found.html == f"<p>{ONE}</p>\n<p>{TWO}</p>"


def test_an_empty_page() -> None:
    assert parse_page(" \n\ufeff\n") == ScrapedPage(title=None, html="")


# What holds for any text at all.

LINES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [ONE, TWO, "Share", "12 Comments", "Tags", "By Ilse Brandt", "By", "Published", "- a", "1. b"]
    ),
    st.sampled_from(
        ["2. c", "Read also", "Read also: x", "LEAVE A REPLY", "14.09.2026", "© x", "#a #b", "コメント"]
    ),
    st.sampled_from(
        ["https://a.example", "Short", "Sub: 3", "Reply", "Section: A", "", "Home > News", "Newsletter"]
    ),
    st.sampled_from(
        ["Ends in a colon and is so long that it counts as text:", "  indented", "lower case", "2019"]
    ),
)
TEXTS = st.one_of(st.text(max_size=400), st.lists(LINES, max_size=25).map("\n".join))


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_every_line_is_in_the_article_or_dropped(text: str) -> None:
    found = parse_page(text)
    etree.fromstring(f"<div>{found.html.replace('<br>', '<br/>')}</div>")
    assert sanitize(found.html).replace("&nbsp;", "\xa0") == found.html.strip()
    kept = unescape(re.sub(r"</?(?:p|h2|ul|ol|li|br)(?: start=\"\d+\")?>", "\n", found.html))
    kept = "".join(" ".join([found.title or "", kept]).split())
    dropped = {one.line for one in found.dropped}
    read = "".join("".join([*found.authors, *found.tags, found.section or ""]).split())
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", repair_text(text)), 1):
        line = "".join(normalize_spaces(raw).split())
        if not line or number in dropped or line in kept:
            continue
        # The rest of a list item behind its mark, or a line that was read for what it says.
        bare = re.sub(r"^(?:[-*–—+•‣◦▪▫●○■□▸►➤→✓✔✅◆◇★☆·∙・]+|[(（]?\d{1,3}[.)、．）])", "", line)
        known = (
            bare in kept
            or find_dates(fold(raw), lambda *_: None)
            or any(word in read for word in re.split(r"\W+", raw) if word)
        )
        assert known or is_label(raw) or comparison_key(raw) in ("section", "tags"), (number, raw, found)


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_line_ends_do_not_matter(text: str) -> None:
    text = text.replace("\r", "")
    assert parse_page(text.replace("\n", " \r\n") + "\r\n\r\n") == parse_page(text)


@given(st.lists(st.text(min_size=1, max_size=12), max_size=4), st.lists(LINES, max_size=8))
@settings(max_examples=100, deadline=None)
def test_any_rules(patterns: list[str], lines: list[str]) -> None:
    usable = tuple(each for each in patterns if each.strip().strip("* ") and normalize_spaces(each))
    try:
        rules = DebrisRules(drop=usable, end=usable[:1], keep=usable[1:])
    except ValidationError:
        return
    parse_page("\n".join(lines + patterns), rules)


@pytest.mark.parametrize(
    "unit",
    ["a\n", "By\n", "o godz. " * 30 + "\n", "#a, " * 90 + "x\n", "a > b\n", f"{ONE}\n\n3 Comments\n\n"],
)
def test_a_long_page_of_one_shape_is_read_to_its_end(unit: str) -> None:
    # What takes the square of its length here does not come back.
    text = unit * (200_000 // len(unit))
    page = parse_page(text)
    assert page.html.count(unit.split()[0]) + len(page.dropped) >= 100


def test_the_table_can_be_read() -> None:
    ids = [row.id for row in debris_kinds()]
    assert len(ids) == len(set(ids))
    rule_set = RuleSet(NO_RULES)
    for row in debris_kinds():
        for phrases in row.phrases.values():
            for phrase in phrases:
                assert phrase_key(phrase.replace("*", "")), (row.id, phrase)
                line = phrase.replace("*", "x").replace("#", "12").replace("@", "Facebook")
                if row.label != "must":
                    assert rule_set.match(line), (row.id, phrase)


def test_measures() -> None:
    assert width("港の時計") == 8
    assert ends_sentence("“We shall see,” he said.")
    assert ends_sentence("「月みたい」と女の子が言った。")
    assert not ends_sentence("What is on the shelves")
    assert fold("ΣΧΌΛΙΑ İÇİN １２ ٣") == "σχολια icin 12 3"
