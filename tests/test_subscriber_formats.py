"""Files of other products: who gets mail, and who does not."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import ConfigError
from syndicate.model import NoMailReason
from syndicate.store import SqlStore
from syndicate.subscribers import subscriber_files
from syndicate.subscribers.cells import join_tags, parse_time, split_address, split_tags
from syndicate.subscribers.file_formats import FORMATS, NAMES, NO_MAIL_FILE_NAMES
from syndicate.subscribers.subscriber_import import import_subscribers
from syndicate.testing import NOW

MAILCHIMP = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,"
    "LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,{},LEID,EUID,NOTES,TAGS\n"
)
MAILCHIMP_ROW = (
    "{},Mara,Quay,2,2021-01-01 10:00:00,192.0.2.1,2021-01-02 10:00:00,192.0.2.2,,,1,2,Europe/Berlin,DE,BE,"
    "{},1,a,"
    ',"""boats"",""VIP, gold"""\n'
)
UNSUBSCRIBED = "UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER"
CLEANED = "CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID"


@pytest.fixture
def store(sqlite_url: str) -> Any:
    opened = SqlStore(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def any_store(request: pytest.FixtureRequest) -> Any:
    opened = SqlStore(request.getfixturevalue(request.param))
    yield opened
    opened.close()


def take(store: SqlStore, folder: Path, text: str, *, name: str = "list.csv", **options: Any) -> Any:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return import_subscribers(store, path, newsletters=(), known=["weekly"], now=NOW, **options)


def states(store: SqlStore) -> dict[str, str]:
    """Return the state of each address; `confirmed` only for those that get the newsletter."""
    getting = {each.email for each in store.subscribers("weekly")}
    return {
        each.email.partition("@")[0]: each.state
        if each.state != "confirmed" or each.email in getting
        else "none"
        for each in store.subscribers()
    }


def test_mailchimp(store: SqlStore, tmp_path: Path) -> None:
    report = take(
        store, tmp_path, MAILCHIMP.format("LAST_CHANGED") + MAILCHIMP_ROW.format("mara@x.example", "")
    )
    assert (report.format, report.added, report.problems) == ("mailchimp", 1, ())
    [mara] = store.subscribers("weekly")
    assert (mara.name, mara.timezone, mara.tags) == ("Mara Quay", "Europe/Berlin", ("VIP, gold", "boats"))
    assert mara.consent is not None
    assert (mara.consent.how, mara.consent.ip) == ("import", "192.0.2.2")
    assert mara.consent.at == datetime(2021, 1, 2, 10, tzinfo=UTC)
    assert "Mailchimp" in mara.consent.note


@pytest.mark.parametrize("order", ["subscribed first", "subscribed last"])
@pytest.mark.parametrize(
    ("name", "columns", "since", "state", "reason"),
    [
        ("unsubscribed_members.csv", UNSUBSCRIBED, "2022-03-01 00:00:00,,,,", "unsubscribed", None),
        ("export.csv", UNSUBSCRIBED, ",,,,", "unsubscribed", None),
        ("cleaned_members.csv", CLEANED, "2022-03-01 00:00:00,,", "suppressed", "bounce"),
        ("export.csv", CLEANED, ",,", "suppressed", "bounce"),
    ],
)
def test_mailchimp_files_of_the_unsubscribed_and_bounced(
    store: SqlStore,
    tmp_path: Path,
    order: str,
    name: str,
    columns: str,
    since: str,
    state: str,
    reason: str | None,
) -> None:
    files = [
        ("subscribed.csv", MAILCHIMP.format("LAST_CHANGED") + MAILCHIMP_ROW.format("mara@x.example", "")),
        (name, MAILCHIMP.format(columns) + MAILCHIMP_ROW.format("mara@x.example", since)),
    ]
    for each, text in files if order == "subscribed first" else reversed(files):
        take(store, tmp_path, text, name=each)
    assert states(store) == {"mara": state}
    record = store.subscriber_record("mara@x.example")
    assert record is not None
    assert (record.suppression.reason if record.suppression else None) == reason


def test_mailchimp_contacts_that_never_subscribed(store: SqlStore, tmp_path: Path) -> None:
    text = MAILCHIMP.format("LAST_CHANGED") + MAILCHIMP_ROW.format("mara@x.example", "")
    report = take(store, tmp_path, text, name="nonsubscribed_email_audience_export_1.csv")
    assert (report.added, report.rejected) == (0, 1)
    assert states(store) == {}


# ruff: noqa: ISC004 - each text is one file.
FILES: dict[str, tuple[str, dict[str, str]]] = {
    "substack": (
        "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
        "ann@x.example,false,,other,false,2024-01-15T10:00:00.000Z,\n"
        "bob@x.example,true,2026-12-01T00:00:00.000Z,monthly,true,2024-01-15T10:00:00.000Z,\n",
        {"ann": "confirmed", "bob": "unsubscribed"},
    ),
    "ghost": (
        "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\n"
        "1,ann@x.example,Ann,,true,false,,2024-01-15T10:00:00.000Z,,one,\n"
        "2,bob@x.example,Bob,,false,false,,2024-01-15T10:00:00.000Z,,,\n"
        "3,cay@x.example,Cay,,true,false,,2024-01-15T10:00:00.000Z,2025-01-01T00:00:00.000Z,,\n",
        {"ann": "confirmed", "bob": "unsubscribed"},
    ),
    "listmonk": (
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        'u,ann@x.example,Ann,"{""city"": ""Bonn""}",enabled,2024-01-15 10:00:00.123456 +0000 UTC,\n'
        "u,bob@x.example,Bob,{},blocklisted,2024-01-15 10:00:00 +0200 CEST,\n"
        "u,cay@x.example,Cay,{},disabled,2024-01-15 10:00:00 +0000 UTC,\n",
        {"ann": "confirmed", "bob": "suppressed"},
    ),
    "beehiiv": (
        "email,First Name,Last Name,status,tier,created_at,unsubscribed_at\n"
        "ann@x.example,Ann,,active,free,2024-01-15 10:00:00 UTC,\n"
        "bob@x.example,Bob,,inactive,free,2024-01-15 10:00:00 UTC,\n"
        "cay@x.example,Cay,,pending,free,2024-01-15 10:00:00 UTC,\n"
        "dan@x.example,Dan,,active,free,2024-01-15 10:00:00 UTC,2024-02-01 10:00:00 UTC\n"
        "eve@x.example,Eve,,invalid,free,2024-01-15 10:00:00 UTC,\n",
        {"ann": "confirmed", "bob": "unsubscribed", "dan": "unsubscribed", "eve": "suppressed"},
    ),
    "buttondown": (
        "email_address,type,creation_date,tags,ip_address,referrer_url,unsubscription_date\n"
        'ann@x.example,regular,2024-01-15T10:00:00Z,"[""one""]",192.0.2.1,https://x.example/form,\n'
        "bob@x.example,unsubscribed,2024-01-15T10:00:00Z,[],,,2024-02-01T10:00:00Z\n"
        "cay@x.example,unactivated,2024-01-15T10:00:00Z,[],,,\n"
        "dan@x.example,undeliverable,2024-01-15T10:00:00Z,[],,,\n"
        "eve@x.example,complained,2024-01-15T10:00:00Z,[],,,\n"
        "fay@x.example,something new,2024-01-15T10:00:00Z,[],,,\n",
        {"ann": "confirmed", "bob": "unsubscribed", "dan": "suppressed", "eve": "suppressed"},
    ),
    "kit": (
        "first_name,email,created_at,status,tags\n"
        'Ann,ann@x.example,2024-01-15T10:00:00Z,Confirmed,"one, two"\n'
        "Bob,bob@x.example,2024-01-15T10:00:00Z,Cancelled,\n"
        "Cay,cay@x.example,2024-01-15T10:00:00Z,Inactive,\n"
        "Dan,dan@x.example,2024-01-15T10:00:00Z,Bounced,\n"
        "Eve,eve@x.example,2024-01-15T10:00:00Z,Complained,\n",
        {"ann": "confirmed", "bob": "unsubscribed", "dan": "suppressed", "eve": "suppressed"},
    ),
}


@pytest.mark.parametrize("chosen", ["auto", "named"])
@pytest.mark.parametrize("product", FILES)
def test_export_of_a_product(store: SqlStore, tmp_path: Path, product: str, chosen: str) -> None:
    text, expected = FILES[product]
    report = take(store, tmp_path, text, format_name=product if chosen == "named" else "auto")
    assert report.format == product
    assert states(store) == expected
    [ann] = store.subscribers("weekly")
    assert ann.consent is not None
    assert ann.consent.at.date().isoformat() == "2024-01-15"
    again = take(store, tmp_path, text)
    assert (again.added, states(store)) == (0, expected)
    everybody = "email\n" + "".join(f"{name}@x.example\n" for name in expected)
    take(store, tmp_path, everybody)
    assert states(store) == expected, "who has unsubscribed is never subscribed"


def test_every_product_has_an_example_and_a_source() -> None:
    assert {*NAMES} == {*FILES, "mailchimp", "csv", "plain"}
    meanings = {"", "pending", *get_args(NoMailReason)}
    for each in FORMATS:
        assert each.source or each.name == "plain"
        found = {meaning for words in each.states.values() for meaning in words.values()}
        assert {*found, *each.no_mail_dates.values(), *each.no_mail_columns.values()} <= meanings
    assert {*NO_MAIL_FILE_NAMES.values()} <= meanings


def test_status_column_of_an_unknown_product(store: SqlStore, tmp_path: Path) -> None:
    text = (
        "E-mail;Name;Status\n"
        "ann@x.example;Ann;Subscribed\nbob@x.example;Bob;Unsubscribed\ncay@x.example;Cay;maybe\n"
    )
    report = take(store, tmp_path, text)
    assert (report.format, report.added, report.not_mailed, report.rejected) == ("csv", 1, 1, 1)
    assert states(store) == {"ann": "confirmed", "bob": "unsubscribed"}


@pytest.mark.parametrize("name", ["unsubscribed.csv", "Cleaned-2024.txt", "bounced_addresses.csv"])
def test_list_whose_name_says_that_it_is_of_the_unsubscribed(
    store: SqlStore, tmp_path: Path, name: str
) -> None:
    report = take(
        store, tmp_path, "ann@x.example\n" if name.endswith("txt") else "email\nann@x.example\n", name=name
    )
    assert (report.added, report.not_mailed) == (0, 1)
    assert "no address of this file gets mail" in report.problems[0].message
    assert states(store)["ann"] in ("unsubscribed", "suppressed")


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("unsubscribes.csv", "unsubscribed"),
        ("unsubs.txt", "unsubscribed"),
        ("my-unsubscribed.txt", "unsubscribed"),
        ("export_unsubscribed.csv", "unsubscribed"),
        ("Opt-outs 2024.csv", "unsubscribed"),
        ("not_subscribed.csv", "unsubscribed"),
        ("bounced-and-unsubscribed.csv", "unsubscribed"),
        ("bounces.csv", "suppressed"),
        ("complaints.csv", "suppressed"),
        ("suppressions.csv", "suppressed"),
        ("blocklist.txt", "suppressed"),
        ("subscribed_members.csv", "confirmed"),
        ("subscribers-2.csv", "confirmed"),
        ("not_confirmed_yet_by_us.csv", "confirmed"),
        ("nonsubscribed.csv", None),
        ("non-subscribed.csv", None),
    ],
)
def test_name_of_a_file(store: SqlStore, tmp_path: Path, name: str, state: str | None) -> None:
    text = "ann@x.example\n" if name.endswith("txt") else "email\nann@x.example\n"
    take(store, tmp_path, text, name=name)
    assert states(store).get("ann") == state


def test_name_that_can_be_read_in_two_ways(store: SqlStore, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not clear from the name"):
        take(store, tmp_path, "email\nann@x.example\n", name="list-without-bounces.csv")
    take(store, tmp_path, "email,status\nann@x.example,active\n", name="list-without-bounces.csv")
    assert states(store) == {"ann": "confirmed"}


def test_name_of_a_file_counts_although_a_column_has_states(store: SqlStore, tmp_path: Path) -> None:
    text = "email,status\nann@x.example,active\nbob@x.example,complained\ncay@x.example,\n"
    take(store, tmp_path, text, name="unsubscribed.csv")
    assert states(store) == {"ann": "unsubscribed", "bob": "suppressed", "cay": "unsubscribed"}


def test_listmonk_does_not_say_who_has_unsubscribed(store: SqlStore, tmp_path: Path) -> None:
    text = "uuid,email,name,attributes,status,created_at,updated_at\nu,ann@x.example,Ann,{},enabled,,\n"
    [problem] = take(store, tmp_path, text).problems
    assert (problem.severity, "unsubscribed.csv" in problem.message) == ("warning", True)
    take(store, tmp_path, text, name="unsubscribed.csv")
    assert states(store) == {"ann": "unsubscribed"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.csv", "email,status\nann@x.example,unsubscribed\nbob@x.example,bounced\n"),
        ("unsubscribed.csv", "email\nann@x.example\nbob@x.example\n"),
        ("unsubscribed.txt", "ann@x.example\nbob@x.example\n"),
    ],
)
def test_any_file_ends_subscriptions(store: SqlStore, tmp_path: Path, name: str, text: str) -> None:
    take(store, tmp_path, "email\nann@x.example\nbob@x.example\n")
    report = take(store, tmp_path, text, name=name)
    assert (report.not_mailed, report.unchanged) == (2, 0)
    assert list(store.subscribers("weekly")) == []


def test_file_of_cleaned_addresses_with_the_wrong_format(store: SqlStore, tmp_path: Path) -> None:
    text = "Email Address,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE\nann@x.example,2024-01-02 03:04:05,x\n"
    take(store, tmp_path, text, format_name="csv")
    assert states(store) == {"ann": "suppressed"}


def test_column_unsubscribed_of_another_product(store: SqlStore, tmp_path: Path) -> None:
    text = "email,unsubscribed\nann@x.example,TRUE\nbob@x.example,false\ncay@x.example,\ndan@x.example,1\n"
    take(store, tmp_path, text)
    expected = {"ann": "unsubscribed", "bob": "confirmed", "cay": "confirmed", "dan": "unsubscribed"}
    assert states(store) == expected


def test_own_export_ends_no_subscription(store: SqlStore, tmp_path: Path) -> None:
    take(store, tmp_path, "email\nann@x.example\n")
    report = take(store, tmp_path, "email,state,consent_how\nann@x.example,unsubscribed,form\n")
    assert (report.not_mailed, report.unchanged) == (0, 1)
    assert [each.message for each in report.problems] == [
        "stays subscribed, although the file says that such addresses have unsubscribed"
    ]
    assert states(store) == {"ann": "confirmed"}


def test_header_of_several_lines(store: SqlStore, tmp_path: Path) -> None:
    text = 'email,"What do\nyou like?","Mail\nstatus",status\nann@x.example,a,b,unsubscribed\n'
    take(store, tmp_path, text)
    assert states(store) == {"ann": "unsubscribed"}


def test_header_longer_than_64_kilobytes(store: SqlStore, tmp_path: Path) -> None:
    columns = ",".join(f"question {number}" for number in range(6000))
    report = take(store, tmp_path, f"email,{columns},status\nann@x.example{',' * 6001}unsubscribed\n")
    assert states(store) == {"ann": "unsubscribed"}
    assert "and 5990 more" in report.problems[0].message
    with pytest.raises(ConfigError, match="longer than"):
        take(store, tmp_path, f"email,{columns * 20},status\nann@x.example\n")
    with pytest.raises(ConfigError, match="header cannot be read"):
        take(store, tmp_path, 'email,"status\nann@x.example,unsubscribed\n')


@pytest.mark.parametrize("product", [*FILES, "mailchimp", "plain"])
def test_rejected_rows_keep_the_state_of_the_file(store: SqlStore, tmp_path: Path, product: str) -> None:
    if product == "plain":
        text = "email\nnobody\n"
    elif product == "mailchimp":
        text = MAILCHIMP.format("LAST_CHANGED") + MAILCHIMP_ROW.format("nobody", "")
    else:
        header, row, *_ = FILES[product][0].splitlines()
        text = f"{header}\n{row.replace('ann@x.example', 'nobody')}\n"
    rejects = tmp_path / "rejects.csv"
    name = "unsubscribed.csv"
    assert take(store, tmp_path, text, name=name, rejects=rejects).rejected == 1
    corrected = rejects.read_text("utf-8").replace("nobody", "ann@x.example")
    report = take(store, tmp_path, corrected, name="corrected.csv")
    assert (report.rejected, states(store)) == (0, {"ann": "unsubscribed"})


def test_row_without_its_state_is_rejected(store: SqlStore, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    report = take(store, tmp_path, "email,name,status\nann@x.example\nbob@x.example,Bob,\n", rejects=rejects)
    assert (report.added, report.rejected) == (1, 1)
    assert "the column 'status' is missing" in report.problems[0].message
    again = take(store, tmp_path, rejects.read_text("utf-8"))
    assert (again.added, again.rejected) == (0, 1), "an empty state is not consent"


def test_worst_of_two_columns_with_the_same_name_counts(store: SqlStore, tmp_path: Path) -> None:
    text = "email,status,Status\nann@x.example,active,unsubscribed\nbob@x.example,unsubscribed,bounced\n"
    take(store, tmp_path, text)
    assert states(store) == {"ann": "unsubscribed", "bob": "unsubscribed"}
    dates = "email,unsubscribed_at,unsubscribed_at\ncay@x.example,2024-01-01,\ndan@x.example,,2024-01-01\n"
    take(store, tmp_path, dates)
    assert (states(store)["cay"], states(store)["dan"]) == ("unsubscribed", "unsubscribed")


@pytest.mark.parametrize("rows", [1, 99, 500])
def test_quotation_mark_that_is_not_closed_costs_one_row(
    store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(subscriber_files, "_LONGEST_LINE", 1000)
    others = "".join(f'r{number}@x.example,"R\n{number}"\n' for number in range(rows))
    long = f"{'x' * 3000}@x.example,\n"
    text = f'email,name\nann@x.example,Ann\nbob@x.example,"Bob\n{long}{others}cay@x.example,"Cay\n'
    report = take(store, tmp_path, text)
    assert (report.added, report.rejected, report.ok) == (1 + rows, 3, False)
    assert [each.line for each in report.problems] == [3, 4, 5 + 2 * rows]
    assert "a quotation mark is missing" in report.problems[0].message
    assert {each.name for each in store.subscribers()} == {"Ann", *(f"R {number}" for number in range(rows))}


def test_bounces_of_a_row_of_a_list_are_not_undone_with_an_unsubscription(
    store: SqlStore, tmp_path: Path
) -> None:
    take(store, tmp_path, "email,status\nann@x.example,bounced\n", name="unsubscribed.csv")
    assert not store.reinstate_subscriber("ann@x.example")


def test_file_of_one_newsletter_does_not_end_others(store: SqlStore, tmp_path: Path) -> None:
    known = ["weekly", "monthly"]
    path = tmp_path / "list.csv"
    path.write_text("email\nann@x.example\n")
    import_subscribers(store, path, newsletters=(), known=known, now=NOW)
    unsubscribed = tmp_path / "unsubscribed.csv"
    unsubscribed.write_text("email\nann@x.example\nbob@x.example\n")
    import_subscribers(store, unsubscribed, newsletters=["weekly"], known=known, now=NOW)
    path.write_text("email\nann@x.example\nbob@x.example\n")
    import_subscribers(store, path, newsletters=(), known=known, now=NOW)
    assert {each.email[:3]: each.newsletters for each in store.subscribers()} == {
        "ann": ("monthly",),
        "bob": ("monthly",),
    }


def test_unsubscription_of_a_pending_subscriber_is_imported(store: SqlStore, tmp_path: Path) -> None:
    take(store, tmp_path, "email,state,consent_how,unsubscribed\nann@x.example,pending,form,weekly\n")
    take(store, tmp_path, "email\nann@x.example\n")
    assert states(store) == {"ann": "none"}


def test_names_that_a_database_cannot_store(any_store: SqlStore, tmp_path: Path) -> None:
    store = any_store
    report = take(
        store,
        tmp_path,
        "email,tags,unsubscribed\n"
        'ann@x.example,,"x\0y"\n'
        f"bob@x.example,,{'x' * 201}\n"
        f"cay@x.example,{''.join(map(chr, range(0x4E00, 0x4E00 + 1000)))},\n",
    )
    assert (report.rejected, report.added) == (2, 1)
    assert [each.field for each in report.problems] == ["unsubscribed", "unsubscribed", "tags"]
    assert [each.tags for each in store.subscribers()] == [()]


@pytest.mark.parametrize("header", ["", "email\n"])
def test_line_that_is_too_long(
    store: SqlStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    monkeypatch.setattr(subscriber_files, "_LONGEST_LINE", 100)
    text = f"{header}ann@x.example\n{'x' * 1000}@x.example\nbob@x.example\n"
    report = take(store, tmp_path, text)
    assert (report.added, report.rejected) == (2, 1)
    assert "the line is longer than 100 characters" in report.problems[0].message
    assert report.problems[0].line == 2 + bool(header)


def test_header_of_rejected_rows_is_no_formula(store: SqlStore, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    take(store, tmp_path, "email,=1+1,status\nann@x.example,,weird\n", rejects=rejects)
    assert rejects.read_text("utf-8").startswith("email,'=1+1,status,")
    report = take(store, tmp_path, rejects.read_text("utf-8"))
    assert "=1+1" in report.problems[0].message


def test_state_that_is_skipped_is_named(store: SqlStore, tmp_path: Path) -> None:
    text = "uuid,email,name,attributes,status,created_at,updated_at\nu,ann@x.example,Ann,{},disabled,,\n"
    assert "is 'disabled'" in take(store, tmp_path, text).problems[1].message
    [note, skipped] = take(store, tmp_path, "email\nann@x.example\n", name="unconfirmed.csv").problems
    assert note.message.endswith("they have not confirmed")
    assert skipped.message == "skipped: ann@x.example has not confirmed"


def test_names_and_addresses(store: SqlStore, tmp_path: Path) -> None:
    take(
        store,
        tmp_path,
        'Ben Strand <ben@x.example>\n"Quay, Ann" <ann@x.example>\ncay@x.example\n',
        name="list.txt",
    )
    take(store, tmp_path, 'email,name\n"Ada Hull <ada@x.example>",\n"Eve <eve@x.example>",Eva\n')
    assert {each.email[:3]: each.name for each in store.subscribers()} == {
        "ada": "Ada Hull",
        "ann": "Quay, Ann",
        "ben": "Ben Strand",
        "cay": "",
        "eve": "Eva",
    }


def test_file_without_a_column_of_addresses(store: SqlStore, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no column has addresses; the columns are contact, name"):
        take(store, tmp_path, "Contact,Name\nann@x.example,Ann\n")
    with pytest.raises(ConfigError, match="no format 'myspace'"):
        take(store, tmp_path, "email\nann@x.example\n", format_name="myspace")
    with pytest.raises(ConfigError, match="'email address'"):
        take(store, tmp_path, "Contact,Name\nann@x.example,Ann\n", format_name="mailchimp")


def test_wrong_date_of_a_consent_is_reported(store: SqlStore, tmp_path: Path) -> None:
    report = take(store, tmp_path, "email,consent_at,consent_text\nann@x.example,yesterday,I agree\n")
    assert [(each.field, each.line, each.hint) for each in report.problems] == [
        ("consent_at", 2, "the time of the import is recorded")
    ]
    [ann] = store.subscribers()
    assert ann.consent is not None
    assert (ann.consent.at, ann.consent.text) == (NOW, "I agree")


@given(st.lists(st.text("aB ,\"['", min_size=1, max_size=6).map(str.strip).filter(bool), max_size=4))
def test_tags_come_back(tags: list[str]) -> None:
    assert split_tags(join_tags(tags)) == tags


@given(st.text(max_size=20))
def test_any_cell_is_an_address_or_not(cell: str) -> None:
    name, address = split_address(cell)
    assert len(name) + len(address) <= len(cell)
    with suppress(ValueError):
        assert parse_time(cell).tzinfo is UTC
