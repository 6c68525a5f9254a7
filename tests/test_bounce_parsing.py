"""What mail that comes back says; and that no mail, however wrong, costs much or raises."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers_bounces import EXIM, QMAIL, complaint, dsn, plain, unsubscribe, vacation
from syndicate.mail.bounces import MAX_SIZE, parse_returned_mail, refusal_key
from syndicate.mail.bounces.mime_parts import parse_message

PATH = "bounces+abcdefghijklmnopqrstuvwxyz234567@news.example"


# --- RFC 3464 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "diagnostic", "kind"),
    [
        ("5.1.1", "550 5.1.1 no such user", "hard"),
        ("5.1.10", "556 5.1.10 the domain accepts no mail", "hard"),
        ("5.1.6", "551 5.1.6 moved", "hard"),
        ("5.1.3", "501 5.1.3 bad address syntax", "soft"),
        ("5.0.0", "550 5.1.1 no such user", "hard"),
        ("5.0.0", "550 User unknown", "hard"),
        ("5.1.351", "550 5.1.351 Remote server returned unknown recipient", "hard"),
        ("5.1.0", "550 5.1.0 address not known", "hard"),
        ("5.2.2", "552 5.2.2 mailbox full", "soft"),
        ("5.1.1", "552 5.1.1 over quota", "soft"),
        ("5.2.1", "550 5.2.1 mailbox disabled", "soft"),
        ("4.4.7", "delivery expired (message too old)", "soft"),
        ("5.4.4", "unable to route: no mail hosts", "soft"),
        ("5.0.0", "554 delivery error", "soft"),
        ("5.7.1", "550 5.7.1 message rejected", "refused"),
        ("5.7.26", "550 5.7.26 unauthenticated mail", "refused"),
        ("5.7.1", "550 5.7.1 user unknown", "refused"),
        ("5.1.1", "550 5.1.1 blocked, see the spam policy", "refused"),
        ("5.1.8", "553 5.1.8 bad sender's domain", "refused"),
        ("5.3.4", "552 5.3.4 message too big", "refused"),
        ("5.6.0", "550 5.6.0 bad content", "refused"),
        ("5.0.0", "554 5.7.1 relay access denied", "refused"),
    ],
)
def test_failure_is_judged_by_status_and_words(status: str, diagnostic: str, kind: str) -> None:
    mail = parse_returned_mail(dsn(PATH, status, diagnostic))
    assert mail.kind == kind
    assert mail.diagnostic == diagnostic
    assert PATH in mail.return_paths
    assert mail.excerpt.startswith("I could not deliver your message.")
    assert mail.message_id.endswith("@mx.reader.example>")


def test_the_precise_status_is_kept() -> None:
    assert parse_returned_mail(dsn(PATH, "5.0.0", "550 5.1.1 no such user")).status == "5.1.1"
    assert parse_returned_mail(dsn(PATH, "5.2.2", "550 5.1.1 no such user")).status == "5.2.2"


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("delayed", "4.4.1", "delayed"),
        ("delayed", "5.1.1", "delayed"),
        ("Delayed (will retry)", "4.0.0", "delayed"),
        ("relayed", "2.0.0", "other"),
        ("delivered", "2.1.5", "other"),
        ("expanded", "2.1.5", "other"),
        ("FAILED", "5.1.1", "hard"),
        ("error", "5.1.1", "hard"),
        ("", "5.1.1", "hard"),
        ("", "4.4.7", "delayed"),
    ],
)
def test_only_a_failure_is_final(action: str, status: str, kind: str) -> None:
    assert parse_returned_mail(dsn(PATH, status, "", action=action)).kind == kind


def test_status_in_base64_and_without_multipart_report() -> None:
    import base64

    head, _, rest = dsn(PATH).partition(b"Content-Type: message/delivery-status\n\n")
    status, _, rest = rest.partition(b"\n--b1")
    encoded = base64.encodebytes(status)
    wrapped = (
        head
        + b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
        + encoded
        + b"\n--b1"
        + rest
    )
    assert parse_returned_mail(wrapped).kind == "hard"
    assert parse_returned_mail(dsn(PATH).replace(b"multipart/report", b"multipart/mixed")).kind == "hard"
    assert parse_returned_mail(dsn(PATH).replace(b"\n", b"\r\n")).kind == "hard"
    international = dsn(PATH).replace(b"message/delivery-status", b"message/global-delivery-status")
    assert parse_returned_mail(international).kind == "hard"


def test_cut_bounce_is_understood() -> None:
    whole = dsn(PATH)
    assert parse_returned_mail(whole[: whole.index(b"The tide turned")]).kind == "hard"


def test_status_in_the_returned_message_only_is_not_ours() -> None:
    """A mail of somebody who forwards a bounce of theirs as a quotation."""
    quoted = dsn(PATH).decode().replace("\n", "\n> ")
    assert parse_returned_mail(plain(PATH, quoted, **{"from": "ada@reader.example"})).kind == "other"


# --- other formats --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "reason", "kind"),
    [
        (QMAIL, "Remote host said: 550 5.1.1 User unknown", "hard"),
        (QMAIL, "Sorry, no mailbox here by that name. (#5.1.1)", "hard"),
        (QMAIL, "Remote host said: 552 5.2.2 mailbox is full", "soft"),
        (QMAIL, "Remote host said: 550 5.7.606 Access denied, banned sending IP", "refused"),
        (EXIM, "SMTP error from remote mail server: 550 5.1.1 no such user", "hard"),
        (EXIM, "Unrouteable address", "hard"),
    ],
)
def test_bounces_without_a_status_part(body: str, reason: str, kind: str) -> None:
    assert parse_returned_mail(plain(PATH, body.format(reason=reason))).kind == kind


def test_daemon_of_no_known_format() -> None:
    body = "Sorry.\n\nada@reader.example could not be reached:\n550 5.1.1 there is no such user\n"
    mail = parse_returned_mail(plain(PATH, body))
    assert (mail.kind, mail.status, mail.diagnostic) == ("hard", "5.1.1", "550 5.1.1 there is no such user")
    assert parse_returned_mail(plain(PATH, body, **{"from": "ada@reader.example"})).kind == "other"


# --- no bounces -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"auto_submitted": "auto-replied"},
        {"auto_submitted": "auto-replied (vacation)"},
        {"precedence": "auto_reply"},
        {"x_autoreply": "yes"},
        {"x_autorespond": "Re: Harbour weekly"},
        {"subject": "Out of Office: Harbour weekly"},
        {"subject": "Automatic reply: Harbour weekly"},
        {"subject": "=?utf-8?q?R=C3=A9ponse_automatique?="},
        {"subject": "Abwesenheitsnotiz"},
    ],
)
def test_automatic_answers_are_no_bounces(headers: dict[str, str]) -> None:
    assert parse_returned_mail(vacation(PATH, **headers)).kind == "automatic"


def test_vacation_that_quotes_a_refusal_is_no_bounce() -> None:
    body = QMAIL.format(reason="550 5.1.1 User unknown")
    mail = plain(PATH, body, **{"from": "ada@reader.example", "auto_submitted": "auto-replied"})
    assert parse_returned_mail(mail).kind == "automatic"


def test_letters_are_nothing() -> None:
    assert parse_returned_mail(plain(PATH, "Hello!", **{"from": "ada@reader.example"})).kind == "other"
    assert parse_returned_mail(b"").kind == "other"


# --- complaints and unsubscribe mails -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("abuse", "complaint"),
        ("ABUSE", "complaint"),
        ("opt-out", "complaint"),
        ("not-spam", "other"),
        ("auth-failure", "other"),
        ("fraud", "other"),
    ],
)
def test_only_abuse_is_a_complaint(kind: str, expected: str) -> None:
    mail = parse_returned_mail(complaint(PATH, kind=kind))
    assert (mail.kind, mail.return_paths) == (expected, (f"<{PATH}>",))


def test_complaint_names_our_message_in_several_ways() -> None:
    assert PATH in parse_returned_mail(complaint(to=PATH)).return_paths
    report = complaint(field=f"Original-Mail-From: <{PATH}>\n")
    assert f"<{PATH}>" in parse_returned_mail(report).return_paths
    token = "abcdefghij234567" * 4
    assert token in parse_returned_mail(complaint(token=token)).unsubscribe_tokens


@pytest.mark.parametrize(
    "subject",
    [
        "unsubscribe abc234",
        " Unsubscribe  ABC234 ",
        "=?utf-8?q?unsubscribe_abc234?=",
        "=?utf-8?b?dW5zdWJzY3JpYmUgYWJjMjM0?=",
    ],
)
def test_unsubscribe_mail_has_its_token_in_the_subject(subject: str) -> None:
    mail = parse_returned_mail(unsubscribe("", subject=subject, auto_submitted="auto-replied"))
    assert (mail.kind, mail.unsubscribe_tokens) == ("unsubscribe", ("abc234",))


@pytest.mark.parametrize("subject", ["unsubscribe", "Re: unsubscribe abc234", "please unsubscribe abc234"])
def test_other_subjects_do_not_unsubscribe(subject: str) -> None:
    assert parse_returned_mail(unsubscribe("", subject=subject)).kind == "other"


# --- hostile mail ---------------------------------------------------------------------------------------

DEEP = b"".join(
    b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (number, number) for number in range(5000)
)
HOSTILE = {
    "empty": b"",
    "zeros": b"\0" * 100_000,
    "endless header": b"Subject: " + b"a" * MAX_SIZE,
    "endless folded header": b"Subject: a\n" + b" b\n" * 300_000,
    "many headers": b"X: y\n" * 200_000,
    "many parameters": b"Content-Type: multipart/mixed" + b";a=b" * 200_000 + b"\n\nx",
    "deep parts": DEEP,
    "deep messages": b"Content-Type: message/rfc822\n\n" * 30_000,
    "many parts": b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 100_000,
    "many groups": b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 60_000,
    "one long line": plain(PATH, "<" * MAX_SIZE),
    "many marks": plain(PATH, ("<" * 900 + "\n") * 1000),
    "many addresses": plain(
        PATH, "x", cc=", ".join(["a+b@c.example"] * 50_000), to="a+b@c.example, " * 50_000
    ),
    "wrong charset": b"Content-Type: text/plain; charset=\xff\xfe\n\nx",
    "codec that is no charset": b"Content-Type: text/plain; charset=zlib\n\nx",
    "slow charset": b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * 100_000,
    "charset of a boundary": b"Content-Type: multipart/mixed; boundary*=nonsense'en'%ff\n\nx",
    "wrong base64": b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + b"=a" * 100_000,
    "encoded words": b"Subject: " + b"=?zlib?q?x?=" * 100,
    "comments": b"To: " + b"(" * 100_000 + b"\nFrom: " + b"(" * 100_000 + b"\n\nx",
    "backslashes": plain(PATH, "\\" * 200_000, to='"' + "\\" * 100_000),
    "surrogates": plain(PATH, "x").replace(b"x", b"\xed\xa0\x80" * 1000),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_mail_costs_little(data: bytes) -> None:
    start = time.process_time()
    mail = parse_returned_mail(data)
    # Far more than it takes, and far less than what grows with the square of the size.
    assert time.process_time() - start < 5
    for text in (mail.diagnostic, mail.excerpt, mail.message_id, mail.status or "", *mail.return_paths):
        assert len(text) <= 600
        assert "\0" not in text
        text.encode()


WORDS = st.sampled_from(
    [
        *(b"Content-Type: ", b"multipart/report; boundary=b", b"message/delivery-status", b"text/plain"),
        *(b"message/feedback-report", b"message/rfc822", b"; charset=", b"utf-7", b"=?utf-8?q?", b"?="),
        *(b"\n", b"\r\n", b"\n\n", b"--b", b"--b--", b"Action: failed", b"Status: 5.1.1", b"Subject: "),
        *(b"Diagnostic-Code: smtp; ", b"550 5.1.1 ", b"From: MAILER-DAEMON@a.example", b"To: ", b"+", b"@"),
        *(
            b"Feedback-Type: abuse",
            b"List-Unsubscribe: <mailto:a@b?subject=unsubscribe%20",
            b"<",
            b">",
            b"\xff",
        ),
    ]
)


@given(st.lists(WORDS | st.binary(max_size=8), max_size=80))
def test_no_mail_raises(words: list[bytes]) -> None:
    parse_returned_mail(b"".join(words))


@given(st.integers(min_value=0, max_value=1500), st.binary(max_size=4))
def test_no_damaged_bounce_raises(position: int, junk: bytes) -> None:
    whole = dsn(PATH)
    parse_returned_mail(whole[:position] + junk + whole[position:])
    parse_returned_mail(complaint(PATH)[:position] + junk)


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_parts_are_those_between_the_boundaries(bodies: list[bytes]) -> None:
    parts = [body.replace(b"\r", b"").replace(b"\n", b"").replace(b"-", b"") for body in bodies]
    data = b"Content-Type: multipart/mixed; boundary=bb\n\npreamble\n"
    data += b"".join(b"--bb\n\n" + part + b"\n" for part in parts) + b"--bb--\nepilogue\n"
    payload = parse_message(data).get_payload()
    assert isinstance(payload, list)
    assert [part.get_payload(decode=True) for part in payload] == parts  # type: ignore[union-attr]


# --- refusals -------------------------------------------------------------------------------------------


def test_refusals_that_differ_in_address_server_and_number_are_the_same() -> None:
    one = refusal_key(
        "hard",
        "5.1.1",
        "550 5.1.1 <ada@reader.example>: user ada unknown (mx1.example, id 4fQ2)",
        "ada@reader.example",
    )
    other = refusal_key(
        "hard",
        "5.1.1",
        "550 5.1.1 <BEN@other.example>: User ben unknown (mx2.example, id 8aZ9)",
        "ben@other.example",
    )
    assert one == other
    assert one != refusal_key("hard", "5.1.1", "550 5.1.1 mailbox does not exist", "ada@reader.example")
    assert one != refusal_key("soft", "5.2.2", "552 5.2.2 full", "ada@reader.example")
    assert len(refusal_key("hard", "5.1.1", "word " * 500, "a@b.example")) <= 120
