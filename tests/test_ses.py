"""Sending by Amazon SES, against a service on loopback that behaves as the documentation of its API says."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from helpers_ses import ACCEPT, KEY_ID, REGION, SECRET, TOKEN, Answer, Service, serving_ses, verify
from helpers_site import MAIN, WEEKLY, StillClock, configured, opened, source, write
from helpers_transports import MESSAGE, Attempt, Sender
from syndicate import Newsroom
from syndicate.delivery import open_transport
from syndicate.delivery.transports.aws_signature import Credentials, sign
from syndicate.delivery.transports.ses import SesTransport
from syndicate.errors import ConfigError, TransportError
from syndicate.model import SmtpTimeouts

# Vectors of "Signature Version 4 Test Suite" (aws-sig-v4-test-suite), by name, and the example of
# "Signature Version 4 signing process" in the AWS General Reference.
SUITE = "https://example.amazonaws.com/"
FORM = {"content-type": "application/x-www-form-urlencoded"}
STS_TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTfl"
    "fKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlR"
    "d8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3"
    "iSIlTJabIQwj2ICCR/oLxBA=="
)
VECTORS = {
    "get-vanilla": (
        ("GET", SUITE, {}, b"", "service", None),
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    "post-vanilla": (
        ("POST", SUITE, {}, b"", "service", None),
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    "get-vanilla-query-order-key-case": (
        ("GET", f"{SUITE}?Param2=value2&Param1=value1", {}, b"", "service", None),
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "post-x-www-form-urlencoded": (
        ("POST", SUITE, FORM, b"Param1=value1", "service", None),
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    "post-sts-header-before": (
        ("POST", SUITE, {}, b"", "service", STS_TOKEN),
        "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    ),
    "signing process": (
        (
            "GET",
            "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
            {"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
            b"",
            "iam",
            None,
        ),
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_signatures_are_those_that_aws_publishes(name: str) -> None:
    (method, url, headers, body, service, token), expected = VECTORS[name]
    signed = sign(
        method,
        url,
        headers,
        body,
        credentials=Credentials("AKIDEXAMPLE", SECRET, token),
        region="us-east-1",
        service=service,
        now=datetime(2015, 8, 30, 12, 36, tzinfo=UTC),
    )
    assert signed["authorization"].endswith(f"Signature={expected}")


@given(body=st.binary(max_size=200), date=st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)))
def test_any_request_verifies_and_no_other_body_does(body: bytes, date: datetime) -> None:
    headers = sign(
        "POST",
        "https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails",
        {"content-type": "application/json"},
        body,
        credentials=Credentials(KEY_ID, SECRET, TOKEN),
        region=REGION,
        service="ses",
        now=date,
    )
    assert verify("POST", "/v2/email/outbound-emails", headers, body) == ""
    assert verify("POST", "/v2/email/outbound-emails", headers, body + b"x") == "SignatureDoesNotMatch"
    assert verify("POST", "/v2/email/other", headers, body) == "SignatureDoesNotMatch"


@pytest.fixture
def service() -> Iterator[Service]:
    with serving_ses() as service:
        yield service


@pytest.fixture
def transport(service: Service) -> SesTransport:
    return SesTransport(
        REGION, service.endpoint, Credentials(KEY_ID, SECRET, TOKEN), timeout=20, pauses=(0, 0, 0)
    )


def test_by_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="there is no access key") as caught:
        open_transport("ses://eu-west-1", tmp_path)
    assert "AWS_ACCESS_KEY_ID" in (caught.value.hint or "")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    opened = open_transport(
        "ses://eu-west-1?configuration_set=news&connections=9",
        tmp_path,
        timeouts=SmtpTimeouts(final=timedelta(seconds=7)),
    )
    assert opened == SesTransport(
        "eu-west-1", "https://email.eu-west-1.amazonaws.com", Credentials(KEY_ID, SECRET), "news", 9, 7
    )
    assert SECRET not in repr(opened)
    china = open_transport("ses://cn-north-1", tmp_path)
    assert isinstance(china, SesTransport)
    assert china.endpoint == "https://email.cn-north-1.amazonaws.com.cn"
    for url, message in (
        ("ses://", "has no host"),
        ("ses://mail.example", "is not a region"),
        ("ses://eu-west-1?endpoint=http://mail.example", "endpoint is 'http://mail.example'"),
        ("ses://eu-west-1?endpoint=https://mail.example/path", "endpoint is"),
        ("ses://eu-west-1?endpoint=https://mail.example:99999", "endpoint is"),
        ("ses://eu-west-1?endpoint=https://mail.example:x", "endpoint is"),
        ("ses://eu-west-1?endpoint=https://[::1", "endpoint is"),
        ("ses://eu-west-1?endpoint=https://mail..example", "endpoint is"),
        ("ses://eu-west-1?endpoint=https://mail%20x.example", "endpoint is"),
        ("ses://eu-west-1?key=secret", "unknown option 'key'"),
    ):
        with pytest.raises(ConfigError, match=message):
            open_transport(url, tmp_path)


def test_a_message_is_sent_as_it_is(service: Service, transport: SesTransport) -> None:
    attempts = Sender(replace(transport, configuration_set="news")).send(
        "ann@reader.example", "bob@reader.example"
    )
    assert [each.outcome.state for each in attempts if each.outcome] == ["accepted", "accepted"]
    assert attempts[0].outcome is not None
    assert attempts[0].outcome.detail == "MessageId 0102-1"
    assert [message for _, message in service.sent] == [MESSAGE, MESSAGE]
    request = service.sent[0][0]
    assert request["FeedbackForwardingEmailAddress"] == "bounces@harbour.example"
    assert request["ConfigurationSetName"] == "news"
    assert (service.connections, service.account_reads) == (1, 1)


def attempt(service: Service, transport: SesTransport, answer: Answer) -> Attempt:
    service.answers = {"ann@reader.example": answer}
    return Sender(transport).send_one()


@pytest.mark.parametrize(
    ("answer", "state", "about"),
    [
        (Answer(400, "BadRequestException", "Missing final '@domain'"), "failed", "recipient"),
        (Answer(400, "MessageRejected", "Email address is not verified."), "failed", "sender"),
        (Answer(400, "MailFromDomainNotVerifiedException", "no MX"), "failed", "sender"),
        (Answer(400, "AccountSuspendedException", "restricted"), "failed", "sender"),
        (Answer(400, "SendingPausedException", "paused"), "failed", "sender"),
        (Answer(404, "NotFoundException", "configuration set"), "failed", "server"),
        (Answer(403, "AccessDeniedException", "not allowed"), "failed", "server"),
        (Answer(403, "ExpiredTokenException", "expired"), "failed", "server"),
        (Answer(400, "LimitExceededException", "too many"), "deferred", "server"),
        (Answer(429, "TooManyRequestsException", "slow down"), "deferred", "server"),
        (Answer(400, "ThrottlingException", "Maximum sending rate exceeded"), "deferred", "server"),
        (Answer(500, "InternalFailure", "unknown"), "deferred", "server"),
        (Answer(503, "ServiceUnavailable", "overloaded"), "deferred", "server"),
        (Answer(502), "deferred", "server"),
        (Answer(429), "deferred", "server"),
        (Answer(400, "SomethingNewException", "?"), "deferred", "server"),
    ],
    ids=lambda value: value.error or str(value.status) if isinstance(value, Answer) else "",
)
def test_errors_say_whom_they_are_about(
    service: Service, transport: SesTransport, answer: Answer, state: str, about: str
) -> None:
    done = attempt(service, transport, answer)
    outcome = done.outcome
    assert outcome is not None
    assert (outcome.state, outcome.about, outcome.attempted) == (state, about, True)
    assert (outcome.code, outcome.suppress, done.commits) == (answer.status, False, 1)
    assert answer.message in outcome.detail
    # What was too fast was tried again.
    is_too_fast = answer.status == 429 or "Limit" in answer.error or "Throttling" in answer.error
    assert len(service.asked) == (3 if is_too_fast else 1)


def test_a_request_that_was_too_fast_is_sent_again(service: Service, transport: SesTransport) -> None:
    """The delivery was marked once, and the same bytes are sent."""
    answers = [Answer(429, "TooManyRequestsException", "slow down"), ACCEPT]
    service.next_answers = {"ann@reader.example": answers}
    done = Sender(transport).send_one()
    assert done.outcome is not None
    assert (done.outcome.state, done.commits) == ("accepted", 1)
    assert service.asked == ["ann@reader.example"] * 2
    assert [message for _, message in service.sent] == [MESSAGE]


def test_throttling_makes_it_slower_and_success_faster_again(transport: SesTransport) -> None:
    limits = transport.limits
    limits.update({"Max24HourSend": 200, "MaxSendRate": 100, "SentLast24Hours": 0})
    pauses = []

    async def pause() -> None:
        await limits.wait_turn()
        before = limits._next_turn
        await limits.wait_turn()
        pauses.append(round(limits._next_turn - before, 4))

    asyncio.run(pause())
    limits.slow_down()
    asyncio.run(pause())
    for _ in range(100):
        limits.speed_up()
    asyncio.run(pause())
    for _ in range(100):
        limits.slow_down()
    assert limits._pause == 5
    assert pauses == [0.01, 0.015, 0.01]


def test_the_quota_is_kept(service: Service, transport: SesTransport) -> None:
    quota = {"Max24HourSend": 100.0, "MaxSendRate": 1_000.0, "SentLast24Hours": 97.0}
    service.account["SendQuota"] = quota
    done = Sender(transport).send(*[f"{number}@reader.example" for number in range(5)])
    assert [each.outcome.state for each in done if each.outcome] == ["accepted"] * 3
    assert "the quota of 100 messages in 24 hours is used up" in str(done[-1].error)
    assert not done[-1].is_in_doubt
    with pytest.raises(TransportError, match="used up"):
        Sender(transport).send_one()
    assert len(service.sent) == 3
    # What is refused is not counted.
    fresh = SesTransport(REGION, service.endpoint, transport.credentials)
    service.answers = {"bad@reader.example": Answer(400, "BadRequestException", "no")}
    done = Sender(fresh).send(
        "a@reader.example", "bad@reader.example", "b@reader.example", "c@reader.example"
    )
    assert [each.outcome.state for each in done if each.outcome] == [
        *("accepted", "failed", "accepted", "accepted")
    ]
    # No limit.
    quota["Max24HourSend"] = -1
    assert Sender(SesTransport(REGION, service.endpoint, transport.credentials)).send_one().outcome


def test_a_quota_that_others_have_used_up(service: Service, transport: SesTransport) -> None:
    service.answers = {
        "ann@reader.example": Answer(400, "ThrottlingException", "Daily message quota exceeded.")
    }
    [first, second] = Sender(transport).send("ann@reader.example", "bob@reader.example")
    assert first.outcome is not None
    assert first.outcome.state == "deferred"
    assert "is used up" in str(second.error)
    assert service.asked == ["ann@reader.example"]


@pytest.mark.parametrize(
    ("answer", "account", "reason"),
    [
        (
            Answer(403, "AccessDeniedException", "ses:GetAccount"),
            None,
            "AccessDeniedException: ses:GetAccount",
        ),
        (None, {"SendingEnabled": False}, "sending is paused"),
        (None, {"SendingEnabled": True}, "the answer has no quota"),
        (Answer(None), None, "Amazon SES in eu-west-1"),
    ],
)
def test_an_account_that_cannot_send(
    service: Service, transport: SesTransport, answer: Answer | None, account: dict[str, bool], reason: str
) -> None:
    service.account_answer, service.account = answer, account or service.account
    with pytest.raises(TransportError, match=reason):
        Sender(transport).send_one()
    with pytest.raises(TransportError, match=reason):
        asyncio.run(transport.check())
    assert service.asked == []


def test_a_wrong_key_is_reported_before_anything_is_sent(service: Service, transport: SesTransport) -> None:
    wrong = SesTransport(REGION, service.endpoint, Credentials(KEY_ID, "wrong", TOKEN))
    with pytest.raises(TransportError, match="SignatureDoesNotMatch") as caught:
        Sender(wrong).send_one()
    assert "wrong" not in str(caught.value)


def test_a_lost_answer_is_in_doubt_and_nothing_else_is(service: Service, transport: SesTransport) -> None:
    lost = attempt(service, transport, Answer(None, takes=True))
    assert lost.is_in_doubt
    service.answers = {}
    # The last byte is missing: the service has not got the request.
    other = Sender(transport, may_send=lambda: False)
    assert [each.outcome for each in other.send("bob@reader.example", "cay@reader.example")] == [None, None]
    assert service.asked == ["ann@reader.example"]
    # A connection that the service has closed while it was idle is opened again.
    service.idle_close = True
    done = Sender(transport).send(*[f"{number}@reader.example" for number in range(3)])
    assert [each.outcome.state for each in done if each.outcome] == ["accepted"] * 3
    # The message whose answer was lost counts.
    assert transport.limits.remaining == 50_000 - 10 - 4


def test_a_service_that_does_not_answer_in_time(service: Service) -> None:
    slow = SesTransport(REGION, service.endpoint, Credentials(KEY_ID, SECRET, TOKEN), timeout=0.3)
    asyncio.run(slow.check())
    service.lock.acquire()
    try:
        done = Sender(slow).send_one()
        assert done.is_in_doubt
        assert "timed out" in str(done.error)
    finally:
        service.lock.release()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TransportError, match="timed out"):
            Sender(replace(slow, endpoint=endpoint, limits=type(slow.limits)())).send_one()
    gone = replace(slow, endpoint=endpoint, limits=type(slow.limits)())
    with pytest.raises(TransportError, match="refused"):
        Sender(gone).send_one()


def test_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with serving_ses(context) as service:
        transport = SesTransport(REGION, service.endpoint, Credentials(KEY_ID, SECRET, TOKEN), timeout=20)
        with pytest.raises(TransportError, match="certificate verify failed"):
            Sender(transport).send_one()
        assert service.account_reads == 0
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        done = Sender(transport).send(*[f"{number}@reader.example" for number in range(5)])
        assert [each.outcome.state for each in done if each.outcome] == ["accepted"] * 5
        assert service.connections == 1


def test_a_whole_edition(service: Service, transport: SesTransport, tmp_path: Path) -> None:
    """The dispatcher sends over several connections; a second send completes what was not sent."""
    folder = write(tmp_path / "site", {"posts.jsonl": '{"title": "One", "link": "https://h.example/1"}\n'})
    configured(folder, source(), MAIN, WEEKLY)
    people = [f"{number}@reader.example" for number in range(20)]
    with opened(folder) as newsroom:
        newsroom.ingest()
        newsroom.compose("weekly")
        for each in people:
            newsroom.add_subscriber(each)
    service.account["SendQuota"]["SentLast24Hours"] = 50_000.0 - 12
    clock = StillClock(datetime.now(UTC))
    with Newsroom.open(folder / "syndicate.toml", clock=clock, transport=transport) as newsroom:
        report = newsroom.send("weekly")
        assert (report.accepted, report.pending, report.in_doubt) == (12, 8, 0)
        assert report.external_failure
        assert "quota" in report.problems[0].message
        service.account["SendQuota"]["SentLast24Hours"] = 0.0
        transport.limits.update(service.account["SendQuota"])
        report = newsroom.send("weekly")
        assert (report.accepted, report.pending) == (20, 0)
    assert sorted(request["Destination"]["ToAddresses"][0] for request, _ in service.sent) == sorted(people)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ses_")]


def test_an_account_that_is_suspended_fails_nobody(
    service: Service, transport: SesTransport, tmp_path: Path
) -> None:
    folder = write(tmp_path / "site", {"posts.jsonl": '{"title": "One", "link": "https://h.example/1"}\n'})
    configured(folder, source(), MAIN, WEEKLY)
    people = [f"{number}@reader.example" for number in range(30)]
    suspended = Answer(400, "AccountSuspendedException", "The account is restricted.")
    service.answers = dict.fromkeys(people, suspended)
    with Newsroom.open(folder / "syndicate.toml", transport=transport) as newsroom:
        newsroom.ingest()
        newsroom.compose("weekly")
        for each in people:
            newsroom.add_subscriber(each)
        report = newsroom.send("weekly")
        assert (report.accepted, report.failed, report.pending) == (0, 0, 30), report
        assert "AccountSuspendedException" in report.problems[0].message
        assert len(service.asked) < 30
        service.answers = {}
        assert newsroom.send("weekly").accepted == 30
    assert sorted(request["Destination"]["ToAddresses"][0] for request, _ in service.sent) == sorted(people)
