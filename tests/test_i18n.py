"""The letter's own words: messages, dates and numbers in every language, and which is spoken."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import babel
import pytest
from babel.dates import format_date
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, parse_decimal
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from jinja2.ext import extract_from_ast

import syndicate.newsletters
from syndicate import Article, Locale, Newsletter, render_digest
from syndicate.errors import TemplateError
from syndicate.i18n import CATALOGUE_FOLDER, lang_attributes, read_catalogues, translator_for
from syndicate.resources import templates
from syndicate.text.bidi import language_direction

FILES = sorted((templates() / CATALOGUE_FOLDER).glob("*.po"))
LANGUAGES = [file.stem for file in FILES]
COUNTS = range(201)


def catalogue(language: str) -> Catalog:
    with (templates() / CATALOGUE_FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def used() -> set[str]:
    """The messages that themes, web pages and the text part ask for, by their singular."""
    found = set()
    for file in [*templates().rglob("*.mjml"), *templates().rglob("*.html")]:
        tree = Environment().parse(file.read_text(encoding="utf-8"))
        for _, _, message in extract_from_ast(tree):
            found.add(message if isinstance(message, str) else message[0])
    folder = Path(syndicate.newsletters.__file__).parent
    for _, _, message, _, _ in extract_from_dir(folder, method_map=[("**.py", "python")]):
        found.add(message if isinstance(message, str) else message[0])
    return found


def holes(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def test_the_languages_are_there() -> None:
    assert {"de", "fr", "es", "pt", "ar", "ja"} <= set(LANGUAGES)


def test_messages_are_found() -> None:
    assert {"Read more", "No. %(number)s", "And %(num)s more", "Unsubscribe:", "Untitled"} <= used()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language: str) -> None:
    known = {singular(each): each for each in catalogue(language) if each.id}
    assert used() == set(known)
    for message in known.values():
        assert not message.fuzzy
        assert all(form.strip() for form in forms(message))
        assert message.auto_comments, "a translator wants to know where it stands"


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_placeholders_of_their_message(language: str) -> None:
    own = catalogue(language)
    stands_for = defaultdict(set)
    for count in COUNTS:
        stands_for[own_form(own, count)].add(count)
    for message in own:
        if not message.id:
            continue
        wanted = holes(singular(message))
        assert ("python-format" in message.flags) == bool(wanted)
        for place, form in enumerate(forms(message)):
            assert not re.search(r"%(?!\()|%\(\w*\)(?!s)", form)
            # A form that is for one number alone may say it in words, as gettext's own checker has it.
            alone = len(forms(message)) > 1 and len(stands_for[place]) == 1
            assert holes(form) == wanted or (alone and holes(form) <= wanted)


def own_form(own: Catalog, count: int) -> int:
    """Which of its plural forms a catalogue wants, by its header (gettext, 12.6)."""
    return nested(own.plural_expr, count)


def nested(rule: str, count: int) -> int:
    """A chain of `a ? b : c ? d : e`, as C has it."""
    test, found, rest = rule.strip().partition("?")
    if found:
        yes, _, no = rest.partition(":")
        return nested(yes, count) if condition(test, count) else nested(no, count)
    return int(condition(rule, count))


def condition(rule: str, count: int) -> int:
    spelt = rule.strip().strip("()").replace("&&", " and ").replace("||", " or ")
    return int(eval(spelt, {"__builtins__": {}}, {"n": count}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms(language: str) -> None:
    own, spoken = catalogue(language), translator_for(language)
    message = next(each for each in own if isinstance(each.id, tuple))
    assert {own_form(own, count) for count in COUNTS} == set(range(own.num_plurals))
    for count in COUNTS:
        told = spoken.ngettext(*message.id, count)
        assert told == forms(message)[own_form(own, count)]


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (1, "ومقال آخر"),
        (2, "ومقالان آخران"),
        (3, "و3 مقالات أخرى"),
        (11, "و11 مقالًا آخر"),
        (100, "و100 مقال آخر"),
        (103, "و103 مقالات أخرى"),
    ],
)
def test_the_six_plural_forms_of_arabic(count: int, told: str) -> None:
    form = translator_for("ar").ngettext("And %(num)s more", "And %(num)s more", count)
    assert form % {"num": count} == told


# Dates, numbers and lists. How a language writes them changes with each release of the CLDR. So Babel says
# what is right, and the tests say which locale, which day and which number.

MOMENT = datetime(2026, 9, 13, 23, 30, tzinfo=UTC)
LOCALES = [
    ("en", "en_GB"),
    ("en-US", "en_US"),
    ("de", "de"),
    ("de-CH", "de_CH"),
    ("fr", "fr"),
    ("es", "es"),
    ("pt", "pt"),
    ("pt-BR", "pt_BR"),
    ("ar", "ar"),
    ("ja", "ja"),
]


@pytest.mark.parametrize(("language", "locale"), LOCALES)
def test_dates(language: str, locale: str) -> None:
    spoken = translator_for(language)
    west, east = (format_date(date(2026, 9, day), "long", locale=locale) for day in (13, 14))
    assert west != east
    assert spoken.day(MOMENT, ZoneInfo("America/New_York")) == west
    assert spoken.day(MOMENT, UTC) == west
    for zone in ("Europe/Berlin", "Asia/Tokyo", "Pacific/Auckland"):
        assert spoken.day(MOMENT, ZoneInfo(zone)) == east
    assert spoken.day(MOMENT.replace(tzinfo=None), ZoneInfo("Asia/Tokyo")) == east
    assert spoken.day(None, UTC) == ""
    assert {"13", "2026"} <= {*re.findall(r"\d+", west)}
    assert len({spoken.day(MOMENT.replace(month=month), UTC) for month in range(1, 13)}) == 12


@pytest.mark.parametrize(("language", "locale"), LOCALES)
@pytest.mark.parametrize("number", [0, 7, 1234, 1234567, 1234.5, -1234])
def test_numbers(language: str, locale: str, number: float) -> None:
    written = translator_for(language).number(number)
    assert written == format_decimal(number, locale=locale)
    assert float(parse_decimal(written, locale=locale)) == number


# Which language


@pytest.mark.parametrize(
    ("wanted", "language", "locale"),
    [
        (("pt-BR",), "pt-BR", "pt_BR"),
        (("pt-PT",), "pt-PT", "pt_PT"),
        (("de-CH",), "de-CH", "de_CH"),
        (("de_AT",), "de-AT", "de_AT"),
        (("zh",), "en", "en_GB"),
        (("zh", "fr-CA"), "fr-CA", "fr_CA"),
        ((None, "", "es"), "es", "es"),
        (("en-US", "de"), "en-US", "en_US"),
        (("ja-Latn-x-harbour",), "ja-Latn-x-harbour", "ja"),
        (("tlh", "x", "---", "12"), "en", "en_GB"),
        ((), "en", "en_GB"),
    ],
)
def test_the_first_known_language_is_used(wanted: tuple[str | None, ...], language: str, locale: str) -> None:
    spoken = translator_for(*wanted)
    assert (spoken.language, str(spoken.locale)) == (language, locale)


def test_case_does_not_matter() -> None:
    assert (
        translator_for("AR").gettext("Unsubscribe")
        == translator_for("ar").gettext("Unsubscribe")
        != "Unsubscribe"
    )
    assert (
        translator_for("pt-br").number(1234.5)
        == translator_for("pt-BR").number(1234.5)
        != translator_for("en").number(1234.5)
    )


@given(st.text(max_size=20))
def test_any_tag_has_a_translator(tag: str) -> None:
    assert translator_for(tag).gettext("Unsubscribe")
    assert translator_for(tag).day(MOMENT, UTC)


@pytest.mark.parametrize(("language", "locale"), LOCALES)
def test_lists_of_names(language: str, locale: str) -> None:
    listed = translator_for(language).listed
    pattern = babel.Locale.parse(locale).list_patterns["standard"]
    assert (listed([]), listed(["{0}"])) == ("", "{0}")
    assert listed(["Ann", "Bob"]) == pattern["2"].replace("{0}", "Ann").replace("{1}", "Bob")
    end = pattern["end"].replace("{0}", "Bob").replace("{1}", "Cleo")
    assert listed(["Ann", "Bob", "Cleo"]) == pattern["start"].replace("{0}", "Ann").replace("{1}", end)
    # A name is not read as a pattern.
    assert listed(["Ann", "{1}", "{0}"]) == listed(["Ann", "Bob", "Cleo"]).replace("Bob", "{1}").replace(
        "Cleo", "{0}"
    )


def test_a_message_without_a_translation_is_english() -> None:
    assert translator_for("de").gettext("Nothing of the kind") == "Nothing of the kind"
    assert translator_for("zh").gettext("Unsubscribe") == "Unsubscribe"


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_parts_are_translated(language: str) -> None:
    words = translator_for(language)
    letter = Newsletter(name="weekly", title="Harbour", sender="news@harbour.example")
    one = Article(id="urn:x:1", title="Tides", link="https://harbour.example/1", summary="High water.")
    slots = {"unsubscribe_url": "SLOTAEND"}
    digest = render_digest(
        letter, [one], number=1234, more=3, slots=slots, locale=Locale(language=language), date=MOMENT
    )
    for part in (html.unescape(digest.html), digest.text):
        assert words.gettext("Unsubscribe") in part
        assert words.number(1234) in part
        assert words.day(MOMENT, UTC) in part
    assert "Unsubscribe" not in digest.text
    untitled = one.model_copy(update={"title": "\x01", "link": None, "summary": ""})
    assert (
        words.gettext("Untitled") in render_digest(letter, [untitled], locale=Locale(language=language)).text
    )


def test_a_message_without_a_translation_is_marked_as_english(tmp_path: Path) -> None:
    (tmp_path / "ar.po").write_text(HEADER.format("UTF-8", "n > 1") + 'msgid "Articles"\nmsgstr "مقالات"\n')
    arabic = translator_for("ar", catalogues=read_catalogues(tmp_path))
    assert arabic.html("Articles") == "مقالات"
    assert arabic.html("Most <read>") == '<span lang="en" dir="ltr">Most &lt;read&gt;</span>'
    assert arabic.html("By %(author)s", author="A&B") == (
        '<span lang="en" dir="ltr">By <bdi>A&amp;B</bdi></span>'
    )
    assert translator_for("en").html("Most read") == "Most read"


@given(
    st.sampled_from([None, "en", "en-GB", "ar", "az", "az-Arab"]),
    st.sampled_from([None, "en", "ar", "az-Arab"]),
)
def test_an_element_states_what_its_surroundings_do_not_imply(own: str | None, around: str | None) -> None:
    attributes = dict(re.findall(r' (\w+)="([^"]*)"', lang_attributes(own, around)))
    if own is None:
        assert attributes == {"lang": "", "dir": "auto"}
        return
    language = attributes.get("lang", around)
    assert language is not None
    assert language == own or language.startswith(f"{own}-")
    assert attributes.get("dir", around and language_direction(around)) == language_direction(own)


def test_a_catalogue_in_another_encoding_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "it.po").write_bytes(b'msgid ""\nmsgstr ""\n\nmsgid "Read more"\nmsgstr "Citt\xe0"\n')
    with pytest.raises(TemplateError, match=r"it\.po:5: the catalogue is not UTF-8 \(save"):
        _ = read_catalogues(tmp_path)["it"]


def test_a_file_that_is_not_a_catalogue(tmp_path: Path) -> None:
    (tmp_path / "de.po").write_bytes(b'msgid "a"\nmsgstr "\xff"\n')
    with pytest.raises(TemplateError, match=r"de\.po"):
        translator_for("de", catalogues=read_catalogues(tmp_path))


HEADER = (
    'msgid ""\nmsgstr "Content-Type: text/plain; charset={}\\nPlural-Forms: nplurals=2; plural={};\\n"\n\n'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEADER.format("UTF-8", "m > 1"),
            r"de\.po:2: the catalogue cannot be read: invalid token in plural form",
        ),
        (HEADER.format("nonsense", "n > 1"), r"de\.po: the catalogue cannot be read: unknown encoding"),
        (
            HEADER.format("UTF-8", "n > 1") + 'msgid "By %(author)s"\nmsgstr "Von %(autor)s"\n',
            r"de\.po:4: the translation of 'By %\(author\)s' does not match it \(keep names",
        ),
        (
            HEADER.format("UTF-8", "n > 1") + 'msgid "All"\nmsgstr "100 %"\n',
            r"de\.po:4: the translation of 'All'",
        ),
        (
            HEADER.format("UTF-8", "n > 1")
            + 'msgid "%(num)s a"\nmsgid_plural "%(num)s b"\nmsgstr[0] "a"\nmsgstr[1] "%(n)s"\n',
            r"de\.po:4: ",
        ),
        (
            HEADER.format("UTF-8", "n"),
            r"de\.po:\d+: the catalogue's Plural-Forms have no form for the number 2 \(nplurals",
        ),
        (HEADER.format("UTF-8", "1/n"), r"de\.po:\d+: .* no form for the number 0"),
        (HEADER.format("UTF-8", "(n !="), r"de\.po:\d+: the catalogue cannot be read: .*plural.*for example"),
        (
            HEADER.format("UTF-8", "n > 1") + 'msgid "a"\nmsgstr "b\nxx\n',
            r"de\.po:\d+: not a gettext catalogue: \D+$",
        ),
    ],
)
def test_a_catalogue_that_would_fail_later(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "de.po").write_text(text)
    with pytest.raises(TemplateError, match=message):
        translator_for("de", catalogues=read_catalogues(tmp_path))
