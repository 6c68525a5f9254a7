"""DKIM signatures, the keys that make them, and the headers that they cover."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)
from dkim.canonicalization import Relaxed, Simple
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from helpers_signed_mail import ED25519, RSA, pem, private_keys, verified_by_dkimpy
from helpers_site import WEEKLY, configured, opened, source, write
from helpers_text import anything
from syndicate.cli import app
from syndicate.errors import ConfigError, HeaderError
from syndicate.mail import (
    CompiledMessage,
    DkimKey,
    Tokens,
    compile_message,
    load_private_key,
    personalizer,
    sign_message,
)
from syndicate.mail.dkim import canonicalize_body, canonicalize_field
from syndicate.model import Delivery, Digest, Mailbox, Newsletter

many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
DOMAIN = "harbour.example"
NOON = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
WEEKLY_NEWSLETTER = Newsletter(
    name="weekly", title="Weekly", sender=Mailbox(email=f"news@{DOMAIN}", name="Häfen")
)
DIGEST = Digest(subject="Grüße", html="<p>h</p>", text="t")


@cache
def keys() -> tuple[DkimKey, DkimKey]:
    return tuple(  # type: ignore[return-value]
        DkimKey(DOMAIN, name, load_private_key(content)) for name, content in private_keys().items()
    )


def records(used: Sequence[DkimKey]) -> dict[str, str]:
    return {key.record_name: key.record for key in used}


def delivery(**fields: object) -> Delivery:
    values = {"id": "d1", "edition_id": "weekly-3", "subscriber_id": "s1", "email": "ann@reader.example"}
    return Delivery(**{**values, "name": "Ann", "state": "claimed", "created_at": NOON} | fields)


def built(newsletter: Newsletter = WEEKLY_NEWSLETTER, *used: DkimKey, **fields: object) -> bytes:
    message = compile_message(newsletter, DIGEST, slots={})
    return personalizer(message, newsletter, Tokens("key"), f"https://{DOMAIN}/", used)(delivery(**fields))


def header(message: bytes, name: str) -> str:
    """A header, unfolded."""
    head = re.sub(rb"\r\n[ \t]+", b" ", message.partition(b"\r\n\r\n")[0])
    [value] = re.findall(rf"^{name}: (.*?)\r?$".encode(), head, re.MULTILINE)
    return str(value.decode())


# Signatures

line = st.binary(max_size=200).map(lambda data: re.sub(rb"[\r\n]", b"", data))
body = st.tuples(
    st.lists(line | st.just(b"x" * 3000) | st.just(b" \t ") | st.just(b"") | st.just(b"."), max_size=8),
    st.sampled_from([b"", b"\r\n", b"\r\n\r\n\r\n", b" ", b"\r\n \r\n"]),
).map(lambda parts: b"\r\n".join(parts[0]) + parts[1])
# dkimpy removes vertical tabs and form feeds from both ends, which RFC 6376 does not.
value = st.text(
    st.characters(exclude_characters="\r\n\0\x0b\x0c", exclude_categories=["Cs"]), max_size=80
).map(str.encode)
folded = st.lists(value, min_size=1, max_size=3).map(lambda parts: b"\r\n \t".join([b"x", *parts]))
names = st.sampled_from(
    [b"From", b"to", b"SUBJECT", b"Cc", b"Reply-To", b"List-Unsubscribe", b"Precedence", b"X-Other", b"Date"]
)
fields = st.lists(st.tuples(names, value | folded), max_size=8)


@many
@given(fields, body)
@example([], b"")
@example([(b"Subject", b"")], b"\r\n")
@example([(b"Subject", b"  a \t b  ")], b"\r\n\r\n")
@example([(b"To", "Åsa <åsa@bücher.example>".encode()), (b"to", b"b")], b"a \r\n")
def test_dkimpy_verifies_any_message(found: list[tuple[bytes, bytes]], content: bytes) -> None:
    head = b"".join(
        name + b": " + each + b"\r\n" for name, each in [(b"From", b"news@harbour.example"), *found]
    )
    message = head + b"\r\n" + content
    signed = sign_message(message, keys(), NOON)
    assert signed.endswith(message)
    assert verified_by_dkimpy(signed, records(keys()))
    signatures = signed.removesuffix(message)
    assert all(len(each) <= 78 for each in signatures.split(b"\r\n"))
    assert ed25519_is_valid(signatures, message)


def ed25519_is_valid(signatures: bytes, message: bytes) -> bool:
    """Verify the second signature with dkimpy's canonicalization."""
    signature = b"DKIM-Signature:" + signatures.split(b"DKIM-Signature:")[2]
    tags = dict(re.findall(rb"(\w+)=([^;]*)", re.sub(rb"\s", b"", signature.partition(b":")[2])))
    head = message.partition(b"\r\n\r\n")[0]
    present = [tuple(each.split(b":", 1)) for each in re.split(rb"\r\n(?![ \t])", head)]
    unsigned = signature[: signature.rindex(b"b=") + 2]
    signed = []
    for name in tags[b"h"].split(b":"):
        matching = [number for number, each in enumerate(present) if each[0].strip().lower() == name]
        if matching:
            signed.append(present.pop(matching[-1]))
    canonical = Relaxed.canonicalize_headers([*signed, tuple(unsigned.split(b":", 1))])
    content = b"".join(name + b":" + each for name, each in canonical).removesuffix(b"\r\n")
    public_key = Ed25519PublicKey.from_public_bytes(base64.b64decode(keys()[1].record.rpartition("p=")[2]))
    from hashlib import sha256

    public_key.verify(base64.b64decode(tags[b"b"]), sha256(content).digest())
    return True


@many
@given(body)
@example(b"")
@example(b"\r\n" * 5)
@example(b"a\r\n\r\n")
@example(b"\r")
@example(b"\n")
def test_body_is_canonicalized_as_by_dkimpy(content: bytes) -> None:
    assert canonicalize_body(content) == Simple.canonicalize_body(content)


@many
@given(names, value | folded)
def test_header_is_canonicalized_as_by_dkimpy(name: bytes, content: bytes) -> None:
    [(key, expected)] = Relaxed.canonicalize_headers([(name, content)])
    assert canonicalize_field(name + b":" + content) + b"\r\n" == key + b":" + expected


def test_a_body_of_empty_lines_is_canonicalized_in_linear_time() -> None:
    assert canonicalize_body(b"\r\n" * 2_000_000) == b"\r\n"


def test_every_attempt_has_the_same_signatures() -> None:
    first = built(WEEKLY_NEWSLETTER, *keys())
    assert built(WEEKLY_NEWSLETTER, *keys(), attempts=3, fence=9) == first
    assert first.count(b"DKIM-Signature:") == 2
    assert f" t={int(NOON.timestamp())};".encode() in first
    assert built(WEEKLY_NEWSLETTER, *keys(), id="d2") != first


def test_every_header_is_signed_but_precedence() -> None:
    message = built(WEEKLY_NEWSLETTER, keys()[0])
    signed = re.sub(r"\s", "", re.search(r" h=([^;]*);", header(message, "DKIM-Signature"))[1]).split(":")  # type: ignore[index]
    head = message.partition(b"\r\n\r\n")[0]
    present = {each.lower() for each in re.findall(r"^([A-Za-z-]+):", head.decode(), re.MULTILINE)}
    assert present - {"dkim-signature", "precedence"} <= set(signed)
    twice = {name for name in signed if signed.count(name) == 2}
    assert {"from", "to", "subject", "date", "message-id", "mime-version", "content-type"} == twice
    assert {"cc", "reply-to", "list-unsubscribe", "list-unsubscribe-post"} <= set(signed)


@many
@given(anything, anything)
def test_dkimpy_verifies_whatever_is_composed(name: str, subject: str) -> None:
    digest = Digest.model_construct(
        subject=" ".join(subject.split()).replace("\0", ""), html=subject, text=name
    )
    shown = " ".join(name.split()).replace("\0", "").encode("utf-8", "replace").decode()
    newsletter = WEEKLY_NEWSLETTER
    try:
        message = compile_message(newsletter, digest, slots={})
    except HeaderError:
        return
    fill = personalizer(message, newsletter, Tokens("key"), None, keys())
    try:
        signed = fill(delivery(name=shown, email="änn@bücher.example"))
    except HeaderError:
        return
    assert verified_by_dkimpy(signed, records(keys()))


def test_keys_sign_for_their_own_domain_only() -> None:
    def signed_by(sender: str, *domains: str) -> list[str]:
        newsletter = WEEKLY_NEWSLETTER.model_copy(update={"sender": Mailbox(email=sender)})
        used = [DkimKey(domain, "s", keys()[0].private_key) for domain in domains]
        message = built(newsletter, *used)
        return [each.decode() for each in re.findall(rb" d=([^;]*);", message)]

    assert signed_by("a@harbour.example", "harbour.example", "quay.example") == ["harbour.example"]
    assert signed_by("a@news.harbour.example", "harbour.example") == ["harbour.example"]
    assert signed_by("a@harbour.example", "mail.harbour.example") == ["mail.harbour.example"]
    assert signed_by("a@notharbour.example", "harbour.example") == []
    assert signed_by("a@harbour.example", "notharbour.example") == []
    assert signed_by("a@bücher.example", "xn--bcher-kva.example") == ["xn--bcher-kva.example"]


def test_messages_that_older_versions_stored_are_signed() -> None:
    segments = [
        "From: news@harbour.example\r\nTo: ",
        ["to", "header"],
        "\r\nSubject: S\r\nDate: ",
        ["date", "header"],
        "\r\nMessage-ID: ",
        ["message_id", "header"],
        "\r\nMIME-Version: 1.0\r\nList-Unsubscribe: ",
        ["list_unsubscribe", "header"],
        "\r\n",
        ["list_unsubscribe_post", "line"],
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nHello=\r\n",
        ["name", "text"],
        "=\r\n\r\n",
    ]
    message = CompiledMessage.loads(json.dumps(segments))
    signed = personalizer(message, WEEKLY_NEWSLETTER, Tokens("key"), None, keys())(delivery())
    assert verified_by_dkimpy(signed, records(keys()))
    assert b"Feedback-ID" not in signed


# Keys


def test_records_hold_the_public_keys() -> None:
    found = records(keys())
    assert set(found) == {f"{RSA}._domainkey.{DOMAIN}", f"{ED25519}._domainkey.{DOMAIN}"}
    by_rsa, by_ed25519 = (
        dict(each.split("=", 1) for each in record.split("; ")) for record in found.values()
    )
    assert (by_rsa["v"], by_rsa["k"]) == ("DKIM1", "rsa")
    public_key = load_der_public_key(base64.b64decode(by_rsa["p"]))
    assert public_key == keys()[0].private_key.public_key()
    assert (by_ed25519["v"], by_ed25519["k"]) == ("DKIM1", "ed25519")
    assert len(base64.b64decode(by_ed25519["p"])) == 32


def public_pem() -> bytes:
    public_key = load_private_key(private_keys()[ED25519]).public_key()
    return public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def locked_pem() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: b"", "not a private key in PEM format"),
        (lambda: b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key"),
        (lambda: private_keys()[RSA][:-100], "not a private key"),
        (public_pem, "this is a public key"),
        (locked_pem, "protected by a password"),
        (lambda: pem(rsa.generate_private_key(65537, 1024)), "1024 bits; at least 2048"),
        (lambda: pem(ec.generate_private_key(ec.SECP256R1())), "neither RSA nor Ed25519"),
    ],
)
def test_a_key_that_cannot_sign_is_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_private_key(make())  # type: ignore[operator]


def test_both_pem_formats_of_rsa_are_read() -> None:
    key = rsa.generate_private_key(65537, 2048)
    old = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert load_private_key(old).public_key() == key.public_key() == load_private_key(pem(key)).public_key()


def dkim_table(key: str, domain: str = DOMAIN, selector: str = RSA) -> str:
    return f'\n[[delivery.dkim]]\ndomain = "{domain}"\nselector = "{selector}"\nkey = "{key}"\n'


ONE_POST = '{"id": "urn:1", "title": "One", "link": "https://harbour.example/1", "date": "2026-04-01"}\n'


def site(folder: Path, *tables: str) -> Path:
    write(folder, {"posts.jsonl": ONE_POST, "dkim.pem": private_keys()[RSA]})
    (folder / "dkim.pem").chmod(0o600)
    configured(folder, source(), WEEKLY, *tables)
    return folder


@pytest.mark.parametrize(
    ("key", "message", "hint"),
    [
        ("missing.pem", "private key cannot be read: No such file", "correct the path"),
        ("posts.jsonl", "not a private key in PEM format", "openssl genpkey"),
        ("env:HARBOUR_MISSING", "HARBOUR_MISSING is not set", "in PEM format"),
    ],
)
def test_without_its_key_nothing_is_sent(key: str, message: str, hint: str, tmp_path: Path) -> None:
    with opened(site(tmp_path, dkim_table("dkim.pem"), dkim_table(key))) as newsroom:
        newsroom.ingest()
        newsroom.add_subscriber("ann@reader.example")
        newsroom.compose("weekly")
        with pytest.raises(ConfigError, match=message) as raised:
            newsroom.send("weekly")
        assert raised.value.where.field == "delivery.dkim.2.key"
        assert hint in (raised.value.hint or "")
        assert not (tmp_path / "outbox").exists()
        [problem] = [each for each in newsroom.check().problems if "dkim" in (each.field or "")]
        assert problem.severity == "error"
        assert re.search(message, problem.message)
    configured(tmp_path, source(), WEEKLY, dkim_table("dkim.pem"))
    with opened(tmp_path) as newsroom:
        assert newsroom.send("weekly").accepted == 1


def test_deliveries_and_copies_are_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As a file with variables for a service has it: on one line.
    monkeypatch.setenv("HARBOUR_DKIM", private_keys()[ED25519].decode().replace("\n", "\\n"))
    tables = dkim_table("dkim.pem"), dkim_table("env:HARBOUR_DKIM", selector=ED25519)
    with opened(site(tmp_path, *tables)) as newsroom:
        newsroom.ingest()
        newsroom.add_subscriber("ann@reader.example")
        newsroom.compose("weekly")
        assert newsroom.send("weekly").accepted == 1
        assert newsroom.send_test("weekly", "desk@reader.example").ok
        published = {each.name: each.value for each in newsroom.dkim_records()}
        assert published == records(keys())
        assert not [each for each in newsroom.check().problems if "dkim" in str(each).lower()]
    files = list((tmp_path / "outbox" / "new").iterdir())
    assert len(files) == 2
    for file in files:
        message = re.sub(rb"\r?\n", b"\r\n", file.read_bytes())
        assert message.count(b"\nDKIM-Signature: ") == 2
        assert verified_by_dkimpy(message, published)


def test_check_reports_what_is_wrong_with_keys(tmp_path: Path) -> None:
    other = '\n[[newsletter]]\nname = "quay"\ntitle = "Quay"\nfrom = "news@quay.example"\n'
    site(tmp_path, other, dkim_table("dkim.pem"), dkim_table("dkim.pem", "pier.example"))
    (tmp_path / "dkim.pem").chmod(0o644)
    with opened(tmp_path) as newsroom:
        found = {(each.field, each.severity): each for each in newsroom.check().problems}
    readable = found["delivery.dkim.1.key", "warning"]
    assert "every user of this machine can read" in readable.message
    assert readable.hint == f"chmod 600 {tmp_path / 'dkim.pem'}"
    useless = found["delivery.dkim.2.domain", "warning"]
    assert "no newsletter is from pier.example" in useless.message
    unsigned = found["newsletter.quay.from", "warning"]
    assert "not signed" in unsigned.message
    assert 'domain = "quay.example"' in (unsigned.hint or "")
    assert ("newsletter.weekly.from", "warning") not in found


@pytest.mark.parametrize(
    ("table", "field"),
    [
        (dkim_table("k.pem", "not a domain"), "delivery.dkim.1.domain"),
        (dkim_table("k.pem", selector="a_b"), "delivery.dkim.1.selector"),
        (dkim_table("k.pem", selector="-a"), "delivery.dkim.1.selector"),
        (dkim_table(" "), "delivery.dkim.1.key"),
        (dkim_table("-----BEGIN PRIVATE KEY----- SECRET"), "delivery.dkim.1.key"),
    ],
)
def test_a_wrong_table_is_reported(table: str, field: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        opened(site(tmp_path, table))
    assert raised.value.where.field == field
    assert "SECRET" not in str(raised.value)


def test_the_command_prints_the_records(tmp_path: Path) -> None:
    def run(*options: str) -> Result:
        return CliRunner().invoke(app, ["dkim", "--config", str(tmp_path / "syndicate.toml"), *options])

    site(tmp_path, dkim_table("dkim.pem", "Bücher.example", "2026.a"))
    head, record = run().stdout.splitlines()
    assert head.split("\t") == ["name", "type", "value"]
    assert record.split("\t") == ["2026.a._domainkey.xn--bcher-kva.example", "TXT", keys()[0].record]
    [as_json] = json.loads(run("--json").stdout)
    assert as_json == dict(zip(("name", "type", "value"), record.split("\t"), strict=True))
    site(tmp_path, dkim_table("nothing.pem"))
    assert run().exit_code == 2
    site(tmp_path)
    assert run().stdout == "the config has no [[delivery.dkim]]\n"
    assert json.loads(run("--json").stdout) == []


# Headers


@many
@given(st.text(max_size=60), st.emails())
@example("n" * 300, "a@t.co")
def test_feedback_id_has_at_most_four_fields(name: str, email: str) -> None:
    try:
        newsletter = Newsletter(name=name, title="W", sender=Mailbox(email=email))
    except ValueError:
        return
    sent = header(built(newsletter, edition_id=f"{newsletter.name}-3"), "Feedback-ID")
    edition, newsletter_id, sender = sent.split(":")
    assert edition.endswith("-3")
    assert newsletter_id
    assert re.fullmatch(r"[A-Za-z0-9-]{5,15}", sender)
    assert re.fullmatch(r"[A-Za-z0-9:-]+", sent)
    assert len(f"Feedback-ID: {sent}") <= 78


def test_feedback_id_ends_with_the_configured_id() -> None:
    newsletter = WEEKLY_NEWSLETTER.model_copy(update={"feedback_id": "harbourpost"})
    assert header(built(newsletter), "Feedback-ID") == "weekly-3:weekly:harbourpost"
    assert header(built(), "Feedback-ID") == "weekly-3:weekly:harbour-example"
    for wrong in ("four", "sixteen-letters-", "a:bcde", "wörter"):
        with pytest.raises(ValueError, match="5 to 15"):
            Newsletter(name="w", title="W", sender="a@b.example", feedback_id=wrong)


def test_help_is_a_page_or_an_address() -> None:
    assert header(built(), "List-Help") == "<mailto:news@harbour.example?subject=help>"
    answered = WEEKLY_NEWSLETTER.model_copy(update={"reply_to": Mailbox(email="desk@bücher.example")})
    assert header(built(answered), "List-Help") == "<mailto:desk@xn--bcher-kva.example?subject=help>"
    page = Newsletter(name="w", title="W", sender="a@b.example", help="https://harbour.example/help")
    assert header(built(page), "List-Help") == "<https://harbour.example/help>"


def test_one_click_headers_as_mail_providers_want_them() -> None:
    message = built()
    https, mailto = header(message, "List-Unsubscribe").split(", ")
    assert https.startswith("<https://harbour.example/unsubscribe/")
    assert mailto.startswith("<mailto:news@harbour.example?subject=unsubscribe%20")
    assert message.count(b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n") == 1
    assert header(message, "Auto-Submitted") == "auto-generated"
    assert header(message, "Precedence") == "bulk"
    assert header(message, "List-Post") == "NO"
