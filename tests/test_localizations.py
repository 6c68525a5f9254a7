"""An edition in its readers' languages and on their days: made once, kept, and the same at every attempt."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo, available_timezones

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_cldr import long_date
from helpers_net import free_port
from helpers_site import SITE, WEEKLY, StillClock, cli, configured, opened, source, write
from helpers_store import store_of, tokens_of
from syndicate.config import NewsletterSettings
from syndicate.delivery.subscriber_messages import DeliveryMessages, EditionMessages
from syndicate.errors import ConfigError
from syndicate.i18n import shipped_catalogues, translator_for
from syndicate.mail import CompiledMessage
from syndicate.model import (
    Delivery,
    Digest,
    Edition,
    Locale,
    Localization,
    LocalizationKey,
    NewEdition,
    nearest_localization,
)
from syndicate.newsletters.localizations import localize
from syndicate.newsroom import Newsroom
from syndicate.store import SqlStore
from syndicate.testing import NOW

# Half past eleven at night in London, the next day further east.
LATE = "2026-04-08T22:30:00Z"
POSTS = "".join(
    json.dumps(
        {
            "id": f"{number}",
            "title": f"About boat {number}",
            "summary": f"What became of boat {number}.",
            "date": LATE,
            "link": f"https://harbour.example/{number}",
        }
    )
    + "\n"
    for number in (1, 2)
)
HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
BERLIN, RIYADH, TOKYO = "Europe/Berlin", "Asia/Riyadh", "Asia/Tokyo"


def made(folder: Path, store: str, *, theme: str = "default", transport: str = "maildir:outbox") -> Newsroom:
    write(folder, {"posts.jsonl": POSTS})
    tables = f'\n[store]\nurl = "{store}"\n\n[delivery]\ntransport = "{transport}"\n'
    configured(folder, source(), f'{WEEKLY}theme = "{theme}"\n', tables, site=SITE)
    newsroom = opened(folder)
    assert newsroom.ingest().ok
    return newsroom


def join(newsroom: Newsroom, name: str, language: str = "", timezone: str = "") -> None:
    report = newsroom.add_subscriber(f"{name}@example.org", language=language, timezone=timezone)
    assert (report.added, report.problems) == (1, ())


def outbox(folder: Path) -> dict[str, bytes]:
    """Each mail by whom it is for; nobody has two."""
    mails = [path.read_bytes() for path in sorted((folder / "outbox" / "new").iterdir())]
    by_name = {str(message_from_bytes(mail)["To"]).partition("@")[0]: mail for mail in mails}
    assert len(by_name) == len(mails)
    return by_name


def parts(mail: bytes) -> tuple[str, str]:
    """The text part and the HTML part."""
    message = message_from_bytes(mail, _class=EmailMessage, policy=default)
    bodies = [message.get_body([kind]) for kind in ("plain", "html")]
    plain, html = (str(cast("EmailMessage", body).get_content()) for body in bodies)
    return plain, html


def test_subscribers_receive_the_same_articles_with_messages_and_dates_of_their_locale(
    tmp_path: Path, store_url: str
) -> None:
    with made(tmp_path, store_url) as newsroom:
        join(newsroom, "ann", "de", BERLIN)
        join(newsroom, "bo", "ar", RIYADH)
        join(newsroom, "cy")
        report = newsroom.compose("weekly")
        assert report.ok
        assert report.languages == ("en", "ar", "de")
        assert newsroom.send("weekly").accepted == 3
        kept = store_of(newsroom).localizations("weekly-1")
    assert kept == [
        LocalizationKey(number=1, language="ar", timezones=(RIYADH,)),
        LocalizationKey(number=2, language="de", timezones=(BERLIN,)),
    ]
    mails = outbox(tmp_path)
    own = long_date("2026-04-08", "en_GB")
    for name, language, direction, day, word in (
        ("ann", "de", "ltr", long_date("2026-04-09", "de"), "Abbestellen"),
        ("bo", "ar", "rtl", long_date("2026-04-09", "ar"), "إلغاء الاشتراك"),
        ("cy", "en", "ltr", own, "Unsubscribe"),
    ):
        plain, html = parts(mails[name])
        assert f'<html lang="{language}" dir="{direction}"' in html
        for text in (plain, html):
            bare = text.translate({ord(mark): None for mark in "\u200e\u200f\u2066\u2067\u2068\u2069"})
            assert day in bare, (name, bare)
            assert word in bare
            assert [bare.count(f"About boat {number}") > 0 for number in (1, 2)] == [True, True]
        assert (own in plain) == (name == "cy")


class Server:
    """An SMTP server that says later as long as it is told to, and keeps what it was given each time."""

    def __init__(self) -> None:
        self.given: list[bytes] = []
        self.later = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.given.append(envelope.content)
        self.later -= 1
        return "451 4.3.0 later" if self.later >= 0 else "250 2.0.0 queued"


@pytest.fixture
def server() -> Iterator[tuple[Server, int]]:
    handler, port = Server(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


def test_a_retry_sends_the_same_bytes_after_a_change_of_language(
    tmp_path: Path, store_url: str, server: tuple[Server, int]
) -> None:
    mail, port = server
    transport = f"smtp://127.0.0.1:{port}?starttls=never"
    with made(tmp_path, store_url, transport=transport) as newsroom:
        join(newsroom, "ann", "de", BERLIN)
        join(newsroom, "bo", "fr", TOKYO)
        newsroom.compose("weekly")
        newsroom.remove_subscriber("bo@example.org")
        mail.later = 2
        assert newsroom.send("weekly").deferred == 1
        join(newsroom, "ann", "fr", TOKYO)
        [ann] = newsroom.subscribers()
        assert (ann.language, ann.timezone) == ("fr", TOKYO)
    # Another process, the next hours, and a config that says otherwise.
    config = (tmp_path / "syndicate.toml").read_text("utf-8")
    (tmp_path / "syndicate.toml").write_text(config.replace("Europe/London", TOKYO), "utf-8")
    clock = StillClock()
    with opened(tmp_path, clock) as newsroom:
        for _ in range(2):
            clock.pass_(timedelta(hours=9))
            newsroom.dispatch()
        assert store_of(newsroom).counts("weekly-1") == {"accepted": 1}
        first, second, third = mail.given
        assert first == second == third
        assert "Abbestellen" in parts(first)[0]
        assert long_date("2026-04-09", "de") in parts(first)[0]
        newsroom.dispatch()
        assert len(mail.given) == 3


def test_a_later_subscriber_receives_the_nearest_localization(tmp_path: Path, store_url: str) -> None:
    with made(tmp_path, store_url) as newsroom:
        join(newsroom, "ann", "de", BERLIN)
        join(newsroom, "bo", timezone=RIYADH)
        newsroom.compose("weekly")
        for name, language, timezone in (
            ("cy", "de", TOKYO),
            ("di", "de-CH", BERLIN),
            ("ed", "fr", BERLIN),
            ("flo", "fr", RIYADH),
            ("gus", "", "America/Lima"),
        ):
            join(newsroom, name, language, timezone)
        assert newsroom.send("weekly").accepted == 7
    texts = {name: parts(mail)[0] for name, mail in outbox(tmp_path).items()}
    days = [long_date("2026-04-09", "de"), long_date("2026-04-09", "en_GB"), long_date("2026-04-08", "en_GB")]
    told = {name: ("Abbestellen" in text, *(day in text for day in days)) for name, text in texts.items()}
    german, eastern, own = (
        (True, True, False, False),
        (False, False, True, False),
        (False, False, False, True),
    )
    assert told == {
        "ann": german,
        "bo": eastern,
        "cy": german,
        "di": german,
        "ed": own,
        "flo": eastern,
        "gus": own,
    }


# The first mail gets as far as the disk, and its process no further.
DIES = """
import os
from syndicate.delivery.transports.maildir import MaildirTransport
from syndicate.store import SqlStore
settle, taken = SqlStore.record_outcomes, []
def sometimes(self, *given, **named):
    if taken:
        os._exit(9)
    taken.append(given)
    return settle(self, *given, **named)
SqlStore.record_outcomes = sometimes
"""


def test_a_restart_changes_no_message(tmp_path: Path, store_url: str) -> None:
    people = 4 * [("", ""), ("de", BERLIN), ("ar", RIYADH)]
    with made(tmp_path, store_url) as newsroom:
        for number, (language, timezone) in enumerate(people):
            join(newsroom, f"r{number}", language, timezone)
        newsroom.compose("weekly")
    before = cli(tmp_path, "send", "weekly", program=DIES)
    assert before.returncode == 9, before.stderr
    first = outbox(tmp_path)
    assert 0 < len(first) < len(people)
    with opened(tmp_path) as newsroom:
        for number in range(len(people)):
            newsroom.add_subscriber(f"r{number}@example.org", language="ja", timezone="Asia/Tokyo")
    after = StillClock(datetime.now(UTC) + timedelta(hours=1))
    with opened(tmp_path, after) as newsroom:
        newsroom.dispatch()
        after.pass_(timedelta(hours=1))
        newsroom.dispatch()
        assert store_of(newsroom).counts("weekly-1") == {"accepted": len(people)}
    mails = outbox(tmp_path)
    assert {name: mail for name, mail in mails.items() if name in first} == first
    words = {"": "Unsubscribe:", "de": "Abbestellen:", "ar": "إلغاء الاشتراك:"}
    for number, (language, _) in enumerate(people):
        assert words[language] in parts(mails[f"r{number}"])[0]


def a_delivery(name: str, edition_id: str, timezone: str) -> Delivery:
    return Delivery(
        id=f"{edition_id}.{name}",
        edition_id=edition_id,
        subscriber_id=name,
        email="ann@example.org",
        state="claimed",
        created_at=NOW,
        timezone=timezone,
    )


def test_each_of_many_localizations_is_loaded_once(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty languages and regions on the days of twenty time zones, in the order that is worst."""
    zones = [f"Zone/{number}" for number in range(400)]
    loaded: list[int] = []
    load = SqlStore.localization

    def counted(self: SqlStore, edition_id: str, number: int) -> Localization | None:
        loaded.append(number)
        return load(self, edition_id, number)

    monkeypatch.setattr(SqlStore, "localization", counted)
    with made(tmp_path, sqlite_url) as newsroom:
        assert newsroom.compose("weekly").ok
        store = store_of(newsroom)
        first = store.edition("weekly-1")
        assert first is not None
        again = first.model_copy(update={"id": "weekly-2", "number": 2, "articles": ()})
        variants = [
            Localization(
                number=number, language="en", timezones=(zone,), digest=first.digest, message=first.message
            )
            for number, zone in enumerate(zones, 1)
        ]
        assert store.add_edition(NewEdition(again, (), localizations=variants), now=NOW)
        messages = DeliveryMessages(
            EditionMessages(store),
            find_newsletter=newsroom.settings.find_newsletter,
            tokens=tokens_of(newsroom),
            web_url=None,
        )
        for turn in range(2):
            for zone in zones:
                messages.message(a_delivery(f"{turn}{zone}", again.id, zone))
    assert loaded == [variant.number for variant in variants]


def test_time_zones_on_the_same_days_share_a_rendering(tmp_path: Path, sqlite_url: str) -> None:
    zones = sorted(available_timezones() - {"localtime", "Factory"})
    with made(tmp_path, sqlite_url) as newsroom:
        rows = [
            f"{number}-{language or 'en'}@example.org,{language},{zone}"
            for number, zone in enumerate(zones)
            for language in ("", "de", "sv")
        ]
        people = write(tmp_path, {"people.csv": "email,language,timezone\n" + "\n".join(rows)}) / "people.csv"
        report = newsroom.import_subscribers(people)
        assert (report.added, report.problems) == (len(rows), ())
        report = newsroom.compose("weekly")
        assert report.languages == ("en", "de"), "Swedish has no catalogue"
        store = store_of(newsroom)
        edition = store.edition("weekly-1")
        assert edition
        variants = store.localizations("weekly-1")
        texts = {each.number: store.localization("weekly-1", each.number) for each in variants}
        # The article is of the 8th or the 9th; the edition of the 9th, the 10th or the 11th.
        moments = [datetime.fromisoformat(LATE), edition.composed_at]
        days = {zone: tuple(moment.astimezone(ZoneInfo(zone)).date() for moment in moments) for zone in zones}
        assert len(variants) == 2 * len({*days.values()}) - 1
        for zone in zones:
            for language in (None, "de", "sv"):
                found = nearest_localization(language, zone, variants, own="en")
                variant = texts[found.number] if found else None
                digest = variant.digest if variant else edition.digest
                spoken = translator_for(language, "en")
                assert digest.language == spoken.language
                for moment in moments:
                    assert spoken.day(moment, ZoneInfo(zone)) in digest.text, (zone, language)


def test_subscribers_receive_the_edition_if_their_catalogue_is_broken_or_missing(
    tmp_path: Path, sqlite_url: str
) -> None:
    catalogues = {
        "theme/theme.mjml": '{% extends "default.mjml" %}',
        "theme/locales/eo.po": f'{HEADER}msgid "Unsubscribe:"\nmsgstr "Malaboni:"\n',
        "theme/locales/pl.po": "msgid Unsubscribe\n",
        "theme/locales/cs.po": f'{HEADER}msgid "No. %(number)s"\nmsgstr "c. %(nubmer)s"\n',
    }
    write(tmp_path, cast("dict[str, str | bytes]", catalogues))
    with made(tmp_path, sqlite_url, theme="theme") as newsroom:
        for language in ("eo", "pl", "cs", "sv", "de"):
            join(newsroom, language, language)
        report = newsroom.compose("weekly")
        assert report.ok
        assert report.languages == ("en", "de", "eo")
        told = [each for each in report.problems if "receive the edition as it is" in each.message]
        assert [each.severity for each in told] == ["warning", "warning"]
        assert ["language cs" in each.message for each in told] == [True, False]
        assert ["language pl" in each.message for each in told] == [False, True]
        assert newsroom.send("weekly").accepted == 5
    texts = {name: parts(mail)[0] for name, mail in outbox(tmp_path).items()}
    assert {name for name, text in texts.items() if "Unsubscribe:" in text} == {"pl", "cs", "sv"}
    assert "Malaboni:" in texts["eo"]
    assert "Abbestellen:" in texts["de"], "what a theme's catalogues lack is ours"


def test_check_reads_every_catalogue(tmp_path: Path, sqlite_url: str) -> None:
    catalogues = {
        "theme/theme.mjml": '{% extends "default.mjml" %}',
        "theme/locales/Italian.po": HEADER,
        "theme/locales/it_IT.po": HEADER,
        "theme/locales/pl.po": "msgid Unsubscribe\n",
    }
    write(tmp_path, cast("dict[str, str | bytes]", catalogues))
    with made(tmp_path, sqlite_url, theme="theme") as newsroom:
        report = newsroom.check()
    assert report.ok
    told = {Path(each.file).name: each for each in report.problems if each.file}
    assert sorted(told) == ["Italian.po", "pl.po"]
    assert "dates cannot be written in Italian" in told["Italian.po"].message
    assert "it.po" in (told["Italian.po"].hint or "")
    assert told["pl.po"].line == 1


def test_the_catalogue_of_the_guide_is_valid(tmp_path: Path, sqlite_url: str) -> None:
    guide = (Path(__file__).parents[1] / "docs" / "how-to" / "languages.md").read_text("utf-8")
    [catalogue] = re.findall(r"^```po\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    theme = '{% extends "default.mjml" %}{% block foot %}<p>{{ _("Read more") }}</p>{% endblock %}'
    write(tmp_path, {"themes/mine.mjml": theme, "themes/locales/nl.po": catalogue})
    with made(tmp_path, sqlite_url, theme="themes/mine.mjml") as newsroom:
        join(newsroom, "ann", "nl", "Europe/Amsterdam")
        assert newsroom.compose("weekly").languages == ("en", "nl")
        newsroom.send("weekly")
    _, html = parts(outbox(tmp_path)["ann"])
    assert "Lees verder" in html
    assert "Uitschrijven" in html
    assert long_date("2026-04-09", "nl") in html


HUSH = '{% extends "longread.mjml" %}{% block foot %}<p>{{ _("Hush") }}</p>{% endblock %}'


@pytest.fixture
def silent(tmp_path: Path) -> Path:
    """A theme whose links say nothing in Esperanto."""
    catalogue = (
        f'{HEADER}msgid "Read in your browser"\nmsgstr " "\n\nmsgid "Read more"\nmsgstr " "\n'
        'msgid "Unsubscribe"\nmsgstr " "\n'
    )
    write(tmp_path, {"theme/theme.mjml": HUSH, "theme/locales/eo.po": catalogue})
    return tmp_path


def test_a_language_that_the_linter_refuses_is_left_out(silent: Path, sqlite_url: str) -> None:
    with made(silent, sqlite_url, theme="theme") as newsroom:
        join(newsroom, "ann", "eo")
        checked = newsroom.check()
        assert checked.ok
        assert any(each.file and each.file.endswith("in eo") for each in checked.problems)
        report = newsroom.compose("weekly")
        assert report.ok
        assert report.languages == ("en",)
        told = [each for each in report.problems if "language eo receive the edition" in each.message]
        assert [each.severity for each in told] == ["warning"]
        assert "the linter found" in told[0].message
        assert any(each.file and each.file.endswith("in eo") for each in report.problems)
        assert set(report.problems) <= set(checked.problems)


def test_send_lints_each_language(silent: Path, sqlite_url: str) -> None:
    with made(silent, sqlite_url, theme="theme") as newsroom:
        join(newsroom, "ann", "eo")
        join(newsroom, "bob")
        made_anyway = newsroom.compose("weekly", lint="report")
        assert (made_anyway.ok, made_anyway.languages) == (True, ("en", "eo"))
        report = newsroom.send("weekly")
        assert (report.ok, report.accepted, (silent / "outbox").exists()) == (False, 0, False)
        assert "the edition was not sent: the linter found" in report.problems[0].message
        assert {each.file for each in report.problems[1:]} == {"weekly (HTML) in eo"}
        assert newsroom.send("weekly", lint="report").accepted == 2


def test_an_article_shortened_in_one_language_is_reported(tmp_path: Path, sqlite_url: str) -> None:
    words = " ".join(f"vorto{number}" for number in range(6_000))
    catalogue = f'{HEADER}msgid "Hush"\nmsgstr "{words}"\n'
    write(tmp_path, {"theme/theme.mjml": HUSH, "theme/locales/eo.po": catalogue})
    with made(tmp_path, sqlite_url, theme="theme") as newsroom:
        long = {"id": "urn:x:long", "title": "The long one", "link": "https://harbour.example/long"}
        body = " ".join(f"word{number}" for number in range(4_000))
        write(tmp_path, {"posts.jsonl": json.dumps({**long, "content": f"<p>{body}</p>"})})
        newsroom.ingest()
        join(newsroom, "ann", "eo")
        join(newsroom, "eve", "eo", TOKYO)
        report = newsroom.compose("weekly")
    told = [each for each in report.problems if "is shown in part" in each.message]
    assert [(each.id, each.severity) for each in told] == [("urn:x:long", "warning")]
    assert "'The long one' is shown in part in eo" in told[0].message


def test_a_test_copy_is_as_a_subscriber_would_get_it(tmp_path: Path, sqlite_url: str) -> None:
    with made(tmp_path, sqlite_url) as newsroom:
        join(newsroom, "ann", "de", BERLIN)
        newsroom.compose("weekly")
        for to, language, timezone in (
            ("desk", "de", BERLIN),
            ("own", None, None),
            ("french", "fr", BERLIN),
        ):
            report = newsroom.send_test("weekly", f"{to}@example.org", language=language, timezone=timezone)
            assert report.sent_now == 1
            assert [each.severity for each in report.problems] == (["note"] if to == "french" else [])
        with pytest.raises(ConfigError, match=r"--edition, id no-7: weekly has no edition with this id"):
            newsroom.send("weekly", edition="no-7")
        for wrong in ({"language": "not a language"}, {"timezone": "Mars/Base"}):
            with pytest.raises(ConfigError, match=r"not a BCP 47|no such time zone"):
                newsroom.send_test("weekly", "desk@example.org", **wrong)
        assert store_of(newsroom).counts("weekly-1") == {}
    texts = {name: parts(mail)[0] for name, mail in outbox(tmp_path).items()}
    assert {name: "Abbestellen:" in text for name, text in texts.items()} == {
        "desk": True,
        "own": False,
        "french": False,
    }
    refused = cli(tmp_path, "send", "weekly", "--language", "de")
    assert refused.returncode == 2
    done = cli(tmp_path, "send-test", "weekly", "me@example.org", "--language", "de", "--timezone", TOKYO)
    assert done.returncode == 0, done.stderr
    assert "Abbestellen:" in parts(outbox(tmp_path)["me"])[0]


def test_a_composed_slot_reports_its_languages_again(tmp_path: Path, sqlite_url: str) -> None:
    slot = datetime(2026, 4, 10, 12, tzinfo=UTC)
    with made(tmp_path, sqlite_url) as newsroom:
        join(newsroom, "ann", "de", BERLIN)
        first = newsroom.compose("weekly", slot=slot)
        assert first.languages == ("en", "de")
        assert newsroom.compose("weekly", slot=slot) == first


# --- without a store ------------------------------------------------------------------------------------

TAGS = [
    "en",
    "EN",
    "en-GB",
    "de",
    "de-AT",
    "DE-at",
    "pt",
    "pt-BR",
    "pt-PT",
    "ar",
    "ja",
    "sv",
    "sv-FI",
    "x-own",
]
ZONES = [
    "",
    "UTC",
    BERLIN,
    RIYADH,
    TOKYO,
    "America/Lima",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Mars/Base",
]


@st.composite
def keys(draw: st.DrawFn) -> list[LocalizationKey]:
    """Variants as an edition may have them: each language and time zone in one of them at most."""
    tags = st.sampled_from(TAGS).map(str.lower)
    pairs = draw(st.sets(st.tuples(tags, st.sampled_from(ZONES))))
    groups: dict[tuple[str, int], set[str]] = {}
    for tag, zone in sorted(pairs):
        groups.setdefault((tag, draw(st.integers(0, 2))), set()).add(zone)
    return [
        LocalizationKey(number=number, language=tag, timezones=tuple(sorted(zones)))
        for number, ((tag, _), zones) in enumerate(sorted(groups.items()), 1)
    ]


def primary(tag: str | None) -> str:
    return (tag or "").lower().partition("-")[0]


@given(st.none() | st.sampled_from(TAGS), st.sampled_from(ZONES), keys(), st.sampled_from(TAGS))
def test_the_nearest_localization(
    language: str | None, zone: str, variants: list[LocalizationKey], own: str
) -> None:
    found = nearest_localization(language, zone or None, variants, own=own)
    assert found is None or found in variants
    tag = (language or "").lower()
    exact = [each for each in variants if each.language == tag and zone in each.timezones]
    same = [each for each in variants if each.language == tag]
    related = [each for each in variants if primary(each.language) == primary(tag)]
    at_home = [each for each in variants if each.language == own.lower() and zone in each.timezones]
    got = found.language if found else own
    if exact:
        assert found == exact[0]
    elif tag == own.lower():
        assert found is None
    elif same:
        assert found == same[0]
    elif related or primary(own) == primary(tag):
        assert primary(got) == primary(tag)
        if own.lower() == primary(tag):
            assert got.lower() == own.lower(), "the language without its region goes before another region"
    else:
        assert found == (at_home[0] if at_home else None)


READERS = st.lists(
    st.builds(
        Locale.model_construct,
        language=st.none() | st.sampled_from(TAGS),
        timezone=st.sampled_from(ZONES).map(lambda zone: zone or None),
    ),
    max_size=12,
)


def fake_render(
    own: str, edition_at: datetime, *, same_text: bool
) -> Callable[..., tuple[Digest, CompiledMessage]]:
    """Return a function that renders language and date, or the same text for every locale."""

    def render(*, locale: Locale) -> tuple[Digest, CompiledMessage]:
        words = translator_for(locale.language, own).language
        try:
            zone = ZoneInfo(locale.timezone or "Europe/London")
        except (KeyError, ValueError, OSError):
            zone = ZoneInfo("Europe/London")
        text = "the same" if same_text else f"{words.lower()} {edition_at.astimezone(zone).date()}"
        return Digest(subject="s", html="h", text=text, language=words), CompiledMessage((text.encode(),))

    return render


@settings(deadline=None)
@given(
    READERS,
    st.sampled_from(TAGS),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    st.booleans(),
)
def test_every_locale_of_a_subscriber_has_its_localization(
    locales: Sequence[Locale], own: str, at: datetime, same_text: bool
) -> None:
    at = at.replace(tzinfo=UTC)
    render = fake_render(own, at, same_text=same_text)
    digest, message = render(locale=Locale())
    edition = Edition(
        id="weekly-1",
        newsletter="weekly",
        number=1,
        composed_at=at,
        digest=digest,
        message=message.dumps(),
    )
    newsletter = NewsletterSettings.model_validate(
        {
            "name": "weekly",
            "title": "Weekly",
            "from": "news@harbour.example",
            "language": own,
            "timezone": "Europe/London",
            "lint": "off",
        }
    )
    localizations, problems = localize(
        newsletter, edition, locales, render, catalogues=shipped_catalogues(), web_url=None
    )
    assert problems == ()
    assert [each.number for each in localizations] == list(range(1, len(localizations) + 1))
    assert not same_text or localizations == ()
    pairs = [(each.language.lower(), each.message) for each in localizations]
    assert len(set(pairs)) == len(pairs), "nothing is kept twice"
    own_words = (edition.digest.language.lower(), edition.message)
    assert own_words not in pairs
    for locale in locales:
        found = nearest_localization(
            locale.language, locale.timezone, localizations, own=edition.digest.language
        )
        got = next(each.message for each in localizations if each == found) if found else edition.message
        assert got == render(locale=locale)[1].dumps()
