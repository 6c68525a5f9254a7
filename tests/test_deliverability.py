"""`check --dns`, with servers of DNS, mail and web on loopback: everything right, and each mistake alone."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from helpers_dns import Records, serving_dns, txt
from helpers_site import MAIN, WEEKLY, StillClock, cli, configured, opened, source, write
from syndicate import Newsroom
from syndicate.deliverability import DnsResolver, LookupFailedError
from syndicate.errors import ConfigError
from syndicate.mail import DkimKey
from syndicate.model import Problem

ADDRESS, IPV6 = "192.0.2.10", "2001:db8::10"
RSA = generate_private_key(public_exponent=65537, key_size=2048)
KEY = DkimKey("harbour.example", "2026a", RSA)
PEM = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

REVERSE = "10.2.0.192.in-addr.arpa"


def right() -> dict[tuple[str, str], list[str]]:
    """The records of a domain with which nothing is wrong."""
    return {
        ("harbour.example", "MX"): ["10 mail.harbour.example."],
        ("harbour.example", "TXT"): [
            txt("v=spf1 ip4:192.0.2.0/24 include:_spf.post.example -all"),
            txt("other"),
        ],
        ("_spf.post.example", "TXT"): [txt("v=spf1 a:out.post.example ip6:2001:db8::/32 ~all")],
        ("out.post.example", "A"): ["198.51.100.7"],
        ("mail.harbour.example", "A"): [ADDRESS],
        ("mail.harbour.example", "AAAA"): [IPV6],
        (REVERSE, "PTR"): ["mail.harbour.example."],
        (KEY.record_name, "TXT"): [txt(KEY.record)],
        ("_dmarc.harbour.example", "TXT"): [txt("v=DMARC1; p=reject; rua=mailto:dmarc@harbour.example")],
    }


DELIVERY = f"""
[delivery]
transport = "maildir:outbox"
addresses = ["{ADDRESS}"]

[[delivery.dkim]]
domain = "harbour.example"
selector = "2026a"
key = "dkim.pem"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, {"dkim.pem": PEM, "posts.jsonl": '{"title": "One", "link": "https://h.example/1"}\n'})
    (tmp_path / "dkim.pem").chmod(0o600)
    return tmp_path


def problems(
    folder: Path,
    records: Records,
    *tables: str,
    newsletter: str = WEEKLY,
    delivery: str = DELIVERY,
    server: Mapping[str, Sequence[str]] | None = None,
    pages: bool = False,
) -> list[Problem]:
    """What `check_dns` reports. What it says of unsubscribing is left out unless `pages`."""
    configured(folder, source(), MAIN, newsletter, delivery, *tables)
    with serving_dns(records, **server or {}) as port, opened(folder) as newsroom:
        report = newsroom.check_dns(server=f"127.0.0.1:{port}")
    return [each for each in report.problems if pages or not (each.field or "").startswith("web")]


def test_nothing_is_wrong(folder: Path) -> None:
    assert problems(folder, right()) == []


SPF, DMARC = ("harbour.example", "TXT"), ("_dmarc.harbour.example", "TXT")
MX, DKIM = ("harbour.example", "MX"), (KEY.record_name, "TXT")
OTHER = DkimKey("harbour.example", "2026a", generate_private_key(public_exponent=65537, key_size=2048))
MISTAKES: dict[str, tuple[dict[tuple[str, str], list[str] | None], str, str, str]] = {
    # What is changed; severity; what is said; what the hint says.
    "no SPF": (
        {SPF: None},
        "error",
        "harbour.example has no SPF record; Gmail, Yahoo and Outlook.com require it",
        'at harbour.example the TXT record "v=spf1 ip4:192.0.2.10 -all"',
    ),
    "two SPF records": (
        {SPF: [txt("v=spf1 mx -all"), txt("v=spf1 ip4:192.0.2.10 -all")]},
        "error",
        "has 2 SPF records, so that none of them counts",
        "'v=spf1 ip4:192.0.2.10 -all' and 'v=spf1 mx -all'",
    ),
    "SPF with a mistake": (
        {SPF: [txt("v=spf1 ipv4:192.0.2.10 -all")]},
        "error",
        "the SPF record of harbour.example is not valid: 'ipv4:192.0.2.10' is not a term",
        "'v=spf1 ipv4:192.0.2.10 -all'",
    ),
    "SPF with a wrong address": (
        {SPF: [txt("v=spf1 ip4:192.0.2 -all")]},
        "error",
        "'ip4:192.0.2' has no valid address",
        "correct",
    ),
    "SPF does not cover": (
        {SPF: [txt("v=spf1 include:_spf.post.example -all")]},
        "error",
        "does not allow 192.0.2.10, which mail is sent from",
        '"v=spf1 include:_spf.post.example ip4:192.0.2.10 -all"',
    ),
    "SPF softfail does not cover": (
        {SPF: [txt("v=spf1 ~all")]},
        "error",
        "does not allow 192.0.2.10",
        '"v=spf1 ip4:192.0.2.10 ~all"',
    ),
    "SPF includes nothing": (
        {("_spf.post.example", "TXT"): None},
        "error",
        "not valid: _spf.post.example, in include, has no SPF record",
        "correct",
    ),
    "SPF includes itself": (
        {SPF: [txt("v=spf1 include:harbour.example -all")]},
        "error",
        "or includes itself",
        "correct",
    ),
    "SPF for everybody": (
        {SPF: [txt("v=spf1 +all")]},
        "error",
        "allows everybody to send for it",
        '"v=spf1 -all"',
    ),
    "SPF without all": (
        {SPF: [txt("v=spf1 ip4:192.0.2.10")]},
        "warning",
        "says nothing about other senders",
        '"v=spf1 ip4:192.0.2.10 -all"',
    ),
    "no DKIM": (
        {DKIM: None},
        "error",
        "2026a._domainkey.harbour.example does not exist, so that no signature is valid; Gmail",
        f'"{KEY.record}"',
    ),
    "another DKIM key": ({DKIM: [txt(OTHER.record)]}, "error", "is not the one that signs", KEY.record),
    "revoked DKIM key": ({DKIM: [txt("v=DKIM1; p=")]}, "error", "is revoked", KEY.record),
    "no DKIM key": ({DKIM: [txt("hello")]}, "error", "is no DKIM key", KEY.record),
    "two DKIM keys": (
        {DKIM: [txt(KEY.record), txt(OTHER.record)]},
        "error",
        "has 2 DKIM keys",
        f'keep only the TXT record "{KEY.record}"',
    ),
    "DKIM test": ({DKIM: [txt(f"{KEY.record}; t=y")]}, "warning", "marked as a test", KEY.record),
    "DKIM hash": ({DKIM: [txt(f"{KEY.record}; h=sha1")]}, "error", "does not allow", KEY.record),
    "DKIM service": ({DKIM: [txt(f"{KEY.record}; s=tls")]}, "error", "does not allow", KEY.record),
    "no DMARC": (
        {DMARC: None},
        "error",
        "harbour.example has no DMARC record; Gmail, Yahoo and Outlook.com require it",
        'at _dmarc.harbour.example the TXT record "v=DMARC1; p=none; rua=mailto:dmarc@harbour.example"',
    ),
    "two DMARC records": (
        {DMARC: [txt("v=DMARC1; p=none"), txt("v=DMARC1; p=reject")]},
        "error",
        "there are 2 DMARC records",
        "publish",
    ),
    "DMARC without p": (
        {DMARC: [txt("v=DMARC1; rua=mailto:a@harbour.example")]},
        "error",
        "has no p=",
        "publish",
    ),
    "DMARC with a wrong p": ({DMARC: [txt("v=DMARC1; p=all")]}, "error", "has p=all", "publish"),
    "DMARC none": (
        {DMARC: [txt("v=DMARC1; p=none; rua=mailto:a@harbour.example")]},
        "note",
        "policy of harbour.example is none",
        "p=quarantine",
    ),
    "DMARC without reports": (
        {DMARC: [txt("v=DMARC1; p=reject;")]},
        "warning",
        "asks for no reports",
        '"v=DMARC1; p=reject; rua=mailto:dmarc@harbour.example"',
    ),
    "DMARC reports elsewhere": (
        {DMARC: [txt("v=DMARC1; p=reject; rua=mailto:a@reports.example!10m")]},
        "warning",
        "a@reports.example gets no DMARC reports",
        'at harbour.example._report._dmarc.reports.example the TXT record "v=DMARC1"',
    ),
    "no MX": (
        {MX: None, ("harbour.example", "A"): [ADDRESS]},
        "warning",
        "has no MX record",
        "publish an MX",
    ),
    "neither MX nor address": ({MX: None}, "error", "takes no mail: it has neither", "publish an MX"),
    "null MX": ({MX: ["0 ."]}, "error", "takes no mail (null MX)", "Outlook.com requires it"),
    "MX that does not exist": (
        {MX: ["10 mail.harbour.example.", "20 gone.harbour.example."]},
        "warning",
        "MX hosts of harbour.example do not exist: gone.harbour.example",
        "correct",
    ),
    "no PTR": ({(REVERSE, "PTR"): None}, "error", "192.0.2.10 has no PTR record; Gmail", "hosting provider"),
    "PTR that is not confirmed": (
        {(REVERSE, "PTR"): ["www.harbour.example."]},
        "error",
        "is www.harbour.example, which does not have this address",
        "publish at www.harbour.example the A record 192.0.2.10",
    ),
    "PTR of a provider": (
        {
            (REVERSE, "PTR"): ["static-192-0-2-10.host.example."],
            ("static-192-0-2-10.host.example", "A"): [ADDRESS],
        },
        "warning",
        "a name that is made of the address",
        "hosting provider",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_reported_with_the_record_to_publish(name: str, folder: Path) -> None:
    changes, severity, message, hint = MISTAKES[name]
    records = right()
    for key, value in changes.items():
        if value is None:
            del records[key]
        else:
            records[key] = value
    [problem] = problems(folder, records)
    assert problem.severity == severity
    assert message in problem.message
    assert hint in (problem.hint or "")
    assert problem.field


def test_spf_lookups(folder: Path) -> None:
    records = right()
    many = " ".join(f"include:_{number}.post.example" for number in range(5))
    records[SPF] = [txt(f"v=spf1 ip4:{ADDRESS} {many} -all")]
    for number in range(5):
        records[f"_{number}.post.example", "TXT"] = [txt("v=spf1 a:out.post.example ~all")]
    assert problems(folder, records) == []
    records["_0.post.example", "TXT"] = [txt("v=spf1 a:out.post.example mx:post.example ~all")]
    records["post.example", "MX"] = ["10 out.post.example."]
    [problem] = problems(folder, records)
    assert "needs 11 DNS lookups; with more than 10 it does not count" in problem.message
    assert "lookups: _0.post.example 3" in (problem.hint or "")
    records[SPF] = [txt(f"v=spf1 ip4:{ADDRESS} a:x.example a:y.example mx:z.example -all")]
    [problem] = problems(folder, records)
    assert "3 names in the SPF record of harbour.example do not exist" in problem.message


@pytest.mark.parametrize(
    ("record", "covered"),
    [
        ("v=spf1 a:mail.harbour.example -all", True),
        ("v=spf1 mx -all", True),
        ("v=spf1 a:out.post.example/8 -all", False),
        ("v=spf1 a:near.example/24 -all", True),
        ("v=spf1 redirect=_spf.harbour.example", True),
        ("v=spf1 -ip4:192.0.2.10 ip4:192.0.2.0/24 -all", False),
        ("v=spf1 ?include:_spf.harbour.example -all", False),
        ("v=spf1 include:_no.harbour.example ip4:192.0.2.10 -all", True),
        ("V=SPF1 IP4:192.0.2.10 -ALL", True),
        # What depends on the message is not judged.
        ("v=spf1 exists:%{i}.spf.harbour.example -all", True),
        ("v=spf1 ptr -all", True),
        ("v=spf1 exists:mail.harbour.example -all", True),
        ("v=spf1 -all ip4:192.0.2.10", False),
    ],
)
def test_spf_covers_the_address(record: str, covered: bool, folder: Path) -> None:
    records = right()
    records[SPF] = [txt(record)]
    records["near.example", "A"] = ["192.0.2.200"]
    records["_spf.harbour.example", "TXT"] = [txt("v=spf1 ip4:192.0.2.10 -all")]
    records["_no.harbour.example", "TXT"] = [txt("v=spf1 -all")]
    found = [each for each in problems(folder, records) if "does not allow" in each.message]
    assert (found == []) == covered


def test_ipv6_addresses(folder: Path) -> None:
    delivery = DELIVERY.replace(f'"{ADDRESS}"', '"2001:DB8:0::10"')
    records = right()
    reverse = "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
    [problem] = problems(folder, records, delivery=delivery)
    assert "2001:db8::10 has no PTR record" in problem.message
    records[reverse, "PTR"] = ["mail.harbour.example."]
    assert problems(folder, records, delivery=delivery) == []
    records[SPF] = [txt("v=spf1 ip4:192.0.2.0/24 -all")]
    [problem] = problems(folder, records, delivery=delivery)
    assert "ip6:2001:db8::10 -all" in (problem.hint or "")


def test_the_policy_of_a_domain_above(folder: Path) -> None:
    records = right()
    for kind, value in (("TXT", txt(f"v=spf1 ip4:{ADDRESS} -all")), ("MX", "10 mail.harbour.example.")):
        records["news.harbour.example", kind] = [value]
    newsletter = WEEKLY.replace("@harbour", "@news.harbour")
    records[DMARC] = [txt("v=DMARC1; p=reject; sp=none; rua=mailto:a@harbour.example")]
    [problem] = problems(folder, records, newsletter=newsletter)
    assert (problem.severity, problem.message[:45]) == (
        "note",
        "the DMARC policy of news.harbour.example is n",
    )
    # Strict alignment: the key of the domain above does not count, the return path does.
    records[DMARC] = [txt("v=DMARC1; p=reject; adkim=s; rua=mailto:a@harbour.example")]
    [problem] = problems(folder, records, newsletter=newsletter)
    assert problem.severity == "warning"
    assert (
        "no DKIM key is aligned with news.harbour.example, because its DMARC record has adkim=s"
        in problem.message
    )
    assert 'domain = "news.harbour.example"' in (problem.hint or "")
    # The policy of a registry is not the domain's.
    records[DMARC] = [txt("v=DMARC1; p=reject; psd=y; rua=mailto:a@harbour.example")]
    [problem] = problems(folder, records, newsletter=newsletter)
    assert "news.harbour.example has no DMARC record" in problem.message


def test_no_key_and_another_return_path(folder: Path) -> None:
    records = right()
    delivery = f'\n[delivery]\naddresses = ["{ADDRESS}"]\n'
    [problem] = problems(folder, records, delivery=delivery)
    assert (problem.severity, problem.field) == ("note", "delivery.dkim")
    assert "the relay has to sign with d=harbour.example" in problem.message
    elsewhere = '\n[bounces]\naddress = "b@other.example"\nmailbox = "maildir:returned"\n'
    found = problems(folder, records, elsewhere, delivery=delivery)
    assert [each.severity for each in found if each.field == "delivery.dkim"] == ["warning"]
    bounces = '\n[bounces]\naddress = "b@bounces.harbour.example"\nmailbox = "maildir:returned"\n'
    found = problems(folder, records, bounces)
    assert [each.message.partition(";")[0] for each in found] == [
        "bounces.harbour.example has no SPF record",
        "bounces.harbour.example does not exist, or takes no mail: it has neither MX nor an address",
    ]


def test_reply_to_must_take_mail(folder: Path) -> None:
    newsletter = WEEKLY + 'reply_to = "editor@other.example"\n'
    [problem] = problems(folder, right(), newsletter=newsletter)
    assert (problem.field, problem.severity) == ("newsletter.weekly.reply_to", "error")
    assert "other.example does not exist" in problem.message


def test_keys_that_receivers_do_not_verify(folder: Path) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "dkim.pem").write_bytes(pem)
    records = right()
    records[DKIM] = [txt(DkimKey("harbour.example", "2026a", key).record)]
    [problem] = problems(folder, records)
    assert "all DKIM keys are Ed25519" in problem.message


def test_one_problem_of_two_newsletters_is_reported_once(folder: Path) -> None:
    records = right()
    del records[DMARC]
    newsletter = WEEKLY + WEEKLY.replace("weekly", "daily")
    assert [each.field for each in problems(folder, records, newsletter=newsletter)] == [
        "newsletter.weekly.from"
    ]


def test_amazon_ses(folder: Path) -> None:
    delivery = DELIVERY.replace("maildir:outbox", "ses://eu-west-1").replace(
        f'addresses = ["{ADDRESS}"]\n', ""
    )
    records = right()
    del records[SPF]
    [problem] = problems(folder, records, delivery=delivery)
    assert "replaces Message-ID" in problem.message


def test_unknown_addresses_are_said(folder: Path) -> None:
    delivery = DELIVERY.replace(f'addresses = ["{ADDRESS}"]\n', "")
    [problem] = problems(folder, right(), delivery=delivery)
    assert (problem.severity, problem.field) == ("note", "delivery.addresses")
    assert "they are not known" in problem.message
    with pytest.raises(ConfigError, match="not an IP address"):
        problems(folder, right(), delivery=DELIVERY.replace(ADDRESS, "mail.harbour.example"))


# The DNS


def test_a_dead_server_says_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked twice. Nothing is called missing."""
    monkeypatch.setattr("syndicate.deliverability.DnsResolver", partial(DnsResolver, seconds=0.2))
    found = problems(folder, right(), server={"silent": ["*"]})
    assert {each.severity for each in found} == {"warning"}
    assert all("could not be checked: the DNS server d" in each.message for each in found)
    assert len(found) == 5
    assert [("within 0.2 seconds" in each.message) for each in found].count(True) == 2


def test_a_name_that_cannot_be_looked_up(folder: Path) -> None:
    [problem] = problems(folder, right(), server={"broken": [KEY.record_name]})
    assert problem.severity == "warning"
    assert problem.message.startswith(
        "the DKIM key at 2026a._domainkey.harbour.example could not be checked: "
    )
    assert "SERVFAIL" in problem.message
    records = right()
    records[SPF] = [txt("v=spf1 include:broken.example -all")]
    assert problems(folder, records, server={"broken": ["broken.example"]}) == []


def test_long_records_and_aliases(folder: Path) -> None:
    """A record that does not fit into a packet is asked for by TCP; a key may be an alias."""
    records = right()
    alias = "2026a._domainkey.keys.example"
    records[KEY.record_name, "CNAME"] = [f"{alias}."]
    records[alias, "TXT"] = records.pop(DKIM)
    records[SPF] += [txt("filler" * 500)]
    assert problems(folder, records) == []


def test_lookups() -> None:
    records = {
        ("a.example", "MX"): ["20 m2.a.example.", "10 m1.a.example."],
        ("null.example", "MX"): ["0 ."],
        ("a.example", "TXT"): ['"v=spf1 " "-all"'],
    }
    with serving_dns(records) as port:
        resolver = DnsResolver(f"127.0.0.1:{port}")
        assert resolver.lookup("A.example.", "MX") == ("10 m1.a.example", "20 m2.a.example")
        assert resolver.lookup("null.example", "MX") == ("0 .",)
        assert resolver.lookup("a.example", "TXT") == ("v=spf1 -all",)
        assert resolver.lookup("a.example", "A") == resolver.lookup("b.example", "A") == ()
    assert resolver.lookup("a.example", "TXT") == ("v=spf1 -all",)
    with pytest.raises(LookupFailedError):
        DnsResolver("127.0.0.1:9", seconds=0.1).lookup("a.example", "TXT")
    with pytest.raises(LookupFailedError):
        DnsResolver("127.0.0.1:9", seconds=0.1).lookup("a..example", "TXT")
    with serving_dns(records) as port:
        slow = DnsResolver(f"127.0.0.1:{port}", total_seconds=1e-9)
        assert slow.lookup("a.example", "TXT") == ("v=spf1 -all",)
        with pytest.raises(LookupFailedError, match="too slow"):
            slow.lookup("a.example", "MX")
        assert slow.lookup("a.example", "TXT") == ("v=spf1 -all",)
    for wrong in ("dns.example", "127.0.0.1:port", ""):
        with pytest.raises(ConfigError, match="not the address of a DNS server"):
            DnsResolver(wrong)
    assert DnsResolver("::1")._resolver.nameservers == ["::1"]
    assert DnsResolver("[::1]:5353")._resolver.port == 5353


# The relay


class Relay:
    """A mail server that knows EHLO, STARTTLS and QUIT."""

    def __init__(self, context: ssl.SSLContext | None, *, implicit: bool = False) -> None:
        self._context, self._implicit = context, implicit
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with contextlib.suppress(OSError), connection:
                    connection.settimeout(10)
                    self._talk(connection)

    def _talk(self, plain: socket.socket) -> None:
        with contextlib.ExitStack() as stack:
            connection = plain
            if self._implicit and self._context:
                connection = stack.enter_context(self._context.wrap_socket(plain, server_side=True))
            connection.sendall(b"220 relay\r\n")
            while line := connection.recv(1000).upper():
                if line.startswith(b"EHLO"):
                    offers = b"250-relay\r\n250 STARTTLS\r\n" if self._context else b"250 relay\r\n"
                    connection.sendall(offers)
                elif line.startswith(b"STARTTLS") and self._context:
                    connection.sendall(b"220 go\r\n")
                    connection = stack.enter_context(self._context.wrap_socket(plain, server_side=True))
                else:
                    connection.sendall(b"221 bye\r\n")
                    return

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def start_relay() -> Iterator[Callable[..., Relay]]:
    relays = []

    def start(*arguments: Any, **options: Any) -> Relay:
        relays.append(Relay(*arguments, **options))
        return relays[-1]

    yield start
    for relay in relays:
        relay.close()


def server_context(authority: trustme.CA, *names: str, days: float = 365) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, not_after=datetime.now(UTC) + timedelta(days=days)).configure_cert(context)
    return context


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_tls_of_the_relay(scheme: str, folder: Path, start_relay: Callable[..., Relay]) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")

    def check(*names: str, days: float = 365, ca: bool = True) -> list[Problem]:
        relay = start_relay(server_context(authority, *names, days=days), implicit=scheme == "smtps")
        url = f"{scheme}://127.0.0.1:{relay.port}" + ("?ca=ca.pem" if ca else "")
        return problems_now(folder, right(), delivery=DELIVERY.replace("maildir:outbox", url))

    assert check("127.0.0.1") == []
    [problem] = check("127.0.0.1", days=5.5)
    assert (problem.severity, problem.field) == ("warning", "delivery.transport")
    assert "expires in 5 days" in problem.message
    [problem] = check("mail.harbour.example")
    assert problem.severity == "error"
    assert "is not valid: IP address mismatch" in problem.message
    [problem] = check("127.0.0.1", ca=False)
    assert "unable to get local issuer certificate" in problem.message


def problems_now(folder: Path, records: Records, *, delivery: str) -> list[Problem]:
    """What `check_dns` reports at the time of this machine, which decides about certificates."""
    configured(folder, source(), MAIN, WEEKLY, delivery)
    clock = StillClock(datetime.now(UTC))
    with serving_dns(records) as port, opened(folder, clock) as newsroom:
        report = newsroom.check_dns(server=f"127.0.0.1:{port}")
    return [each for each in report.problems if not (each.field or "").startswith("web")]


def test_a_relay_without_tls(folder: Path, start_relay: Callable[..., Relay]) -> None:
    relay = start_relay(None)

    def check(url: str) -> list[Problem]:
        return problems_now(folder, right(), delivery=DELIVERY.replace("maildir:outbox", url))

    [problem] = check(f"smtp://127.0.0.1:{relay.port}")
    assert "does not offer STARTTLS" in problem.message
    assert check(f"smtp://127.0.0.1:{relay.port}?starttls=never") == []
    [problem] = check("smtp://mail.harbour.example:25?starttls=never")
    assert "without TLS" in problem.message
    relay.close()
    [problem] = check("smtp://127.0.0.1:9")
    assert problem.severity == "warning"
    assert "could not be checked" in problem.message


# Unsubscribing with one click


class Web:
    """A web server with TLS that answers with what it is told, or passes requests on to the newsroom."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.status: int | None = None
        self.newsroom: Newsroom | None = None
        self.asked: list[tuple[str, str, bytes, str]] = []
        web = self

        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                web.asked.append((self.command, self.path, body, self.headers["Content-Type"]))
                token = self.path.rpartition("/")[2]
                status = web.status
                if status is None:
                    assert web.newsroom is not None
                    status = 200 if web.newsroom.unsubscribe(token) else 404
                self.send_response(status)
                if status in (301, 302):
                    self.send_header("Location", "https://www.harbour.example/")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}/letters/"
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)


def test_one_click(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    web = Web(server_context(authority, "127.0.0.1"))
    try:
        table = f'\n[web]\nbase_url = "{web.url}"\n'

        def check() -> list[Problem]:
            return problems(folder, right(), table, pages=True)

        # Before the first send nobody has made a key. The daemon makes it when it is asked.
        configured(folder, source(), MAIN, WEEKLY, DELIVERY, table)
        web.newsroom = opened(folder)
        [problem] = check()
        assert (problem.severity, problem.field) == ("note", "web.base_url")
        assert "the store had no key for links yet" in problem.message
        assert check() == []
        web.asked.clear()

        web.newsroom.close()
        web.newsroom = opened(folder)
        web.newsroom.ingest()
        web.newsroom.add_subscriber("ann@reader.example")
        web.newsroom.compose("weekly")
        web.newsroom.send("weekly")
        assert check() == []
        [(method, path, body, kind)] = web.asked
        assert (method, body) == ("POST", b"List-Unsubscribe=One-Click")
        assert path.startswith("/letters/unsubscribe/")
        assert kind == "application/x-www-form-urlencoded"
        assert [each.newsletters for each in web.newsroom.subscribers()] == [("weekly",)]

        # The pages have another key than the mails.
        monkeypatch.setenv("SYNDICATE_SECRET", "another")
        stored = web.newsroom
        monkeypatch.setattr(web, "newsroom", None)
        web.status = 404
        [problem] = check()
        assert "answers 404" in problem.message
        assert "SYNDICATE_SECRET" in (problem.hint or "")
        web.newsroom = stored
        for status, message in (
            (301, "redirects to https://www.harbour.example/, and mail programs do not follow"),
            (403, "answers 403 to the POST"),
            (502, "answers 502"),
            (204, "answers 204"),
        ):
            web.status = status
            [problem] = check()
            assert message in problem.message
            assert problem.severity == "error"
            assert "/unsubscribe/" not in problem.message
        monkeypatch.delenv("SSL_CERT_FILE")
        [problem] = check()
        assert "has no valid certificate" in problem.message
    finally:
        web.close()
        if web.newsroom:
            web.newsroom.close()
    [problem] = check()
    assert "does not answer" in problem.message


def test_no_web_pages_and_no_https(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [problem] = problems(folder, right(), pages=True)
    assert (problem.severity, problem.field) == ("error", "web")
    monkeypatch.setenv("SYNDICATE_SECRET", "one")
    table = '\n[web]\nbase_url = "http://letters.harbour.example/"\n'
    [problem] = problems(folder, right(), table, pages=True)
    assert "https links only" in problem.message


def test_the_command(folder: Path) -> None:
    configured(folder, source(), MAIN, WEEKLY, DELIVERY)
    records = right()
    del records[DMARC]
    with serving_dns(records) as port:
        done = cli(folder, "check", "--dns", "--dns-server", f"127.0.0.1:{port}", "--json")
    assert done.returncode == 1
    messages = [each["message"] for each in json.loads(done.stdout)["problems"]]
    assert any("has no DMARC record" in each for each in messages)
    assert not (folder / "syndicate.db").exists()
