"""Personalise and sign the messages of one edition, beside dkimpy and `EmailMessage`."""

from __future__ import annotations

from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from time import process_time

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from syndicate.mail import DkimKey, Tokens, compile_message, personalizer
from syndicate.model import Delivery

from .mail import NOW, edition

ROUNDS = 5
DOMAIN = "harbour.example"


def per_second(name: str, function: Callable[[Delivery], object], deliveries: list[Delivery]) -> float:
    """Print and return how many deliveries the function does in a second of processor time, at best."""
    best = 0.0
    for _ in range(ROUNDS):
        start = process_time()
        for each in deliveries:
            function(each)
        best = max(best, len(deliveries) / (process_time() - start))
    print(f"  {name:45}{best:10.0f}")
    return best


def main() -> None:
    """Print the figures."""
    newsletter, digest, slots = edition()
    compiled = compile_message(newsletter, digest, slots=slots)
    rsa = DkimKey(DOMAIN, "2026a", generate_private_key(65537, 2048))
    ed25519 = DkimKey(DOMAIN, "2026b", Ed25519PrivateKey.generate())

    def builder(*keys: DkimKey) -> Callable[[Delivery], bytes]:
        return personalizer(compiled, newsletter, Tokens("a key"), "https://harbour.example/letters", keys)

    deliveries = [
        Delivery(
            id=f"weekly-1.{number}",
            edition_id="weekly-1",
            subscriber_id=f"{number:032x}",
            email=f"reader{number}@example.org",
            name=f"Reader {number}",
            state="claimed",
            created_at=NOW,
        )
        for number in range(2000)
    ]
    plain = builder()
    pem = rsa.private_key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    names = dkim.DKIM.SHOULD

    def email_message(delivery: Delivery) -> bytes:
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = str(newsletter.sender)
        message["To"] = f"{delivery.name} <{delivery.email}>"
        message["Subject"] = digest.subject
        message["Date"] = format_datetime(NOW)
        message["Message-ID"] = make_msgid(domain=DOMAIN)
        link = f"https://harbour.example/{delivery.id}"
        message.set_content(digest.text.replace(slots["unsubscribe_url"], link))
        message.add_alternative(digest.html.replace(slots["unsubscribe_url"], link), subtype="html")
        return message.as_bytes()

    def dkimpy(delivery: Delivery) -> bytes:
        content = plain(delivery)
        return bytes(dkim.sign(content, b"2026a", DOMAIN.encode(), pem, include_headers=names)) + content

    print(f"messages of {len(plain(deliveries[0]))} bytes, a second of one core")
    unsigned = per_second("personalised", plain, deliveries)
    with_rsa = per_second("personalised, RSA-2048", builder(rsa), deliveries)
    per_second("personalised, Ed25519", builder(ed25519), deliveries)
    per_second("personalised, RSA-2048 and Ed25519", builder(rsa, ed25519), deliveries)
    with_dkimpy = per_second("personalised, RSA-2048 by dkimpy", dkimpy, deliveries[:100])
    built = per_second("EmailMessage, not signed", email_message, deliveries[:100])
    print(f"signing is {with_rsa / with_dkimpy:.1f} times as fast as dkimpy (target: 1000 messages a second)")
    print(f"personalising is {unsigned / built:.0f} times as fast as EmailMessage (target: at least 100)")


if __name__ == "__main__":
    main()
