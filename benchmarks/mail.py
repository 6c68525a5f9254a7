"""10,000 messages of one edition: filling the compiled message, beside one `EmailMessage` a recipient."""

from __future__ import annotations

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from syndicate import Article, Author, Digest, Newsletter, render_digest
from syndicate.mail import SLOTS, Tokens, compile_message, make_markers, personalizer
from syndicate.model import Delivery

from .measuring import seconds

RECIPIENTS = 10_000
# One in a hundred is enough to know what an EmailMessage takes, and keeps the run short.
SAMPLE = 100
NOW = datetime(2026, 9, 14, 6, 30, tzinfo=UTC)


def edition() -> tuple[Newsletter, Digest, dict[str, str]]:
    """Return a newsletter, a digest of about 23 KB as sent, and the markers of its slots."""
    newsletter = Newsletter(
        name="weekly", title="Harbour weekly", sender="Harbour Post <news@harbour.example>"
    )
    shown = [
        Article(
            id=f"urn:example:{number}",
            title=f"Article {number}: what the tide brought",
            link=f"https://harbour.example/{number}",
            summary="The boats lay at the quay, waiting. Nobody knew for what, and nobody asked. " * 3,
            authors=(Author(name="Ann Lee"),),
            published=NOW,
        )
        for number in range(5)
    ]
    slots = make_markers(SLOTS, [article.model_dump_json() for article in shown])
    digest = render_digest(newsletter, shown, slots=slots, home="https://harbour.example/", date=NOW)
    return newsletter, digest, slots


def measure() -> tuple[float, float, int]:
    """Return messages per second with `EmailMessage` and with syndicate, and the bytes of a message."""
    newsletter, digest, slots = edition()
    compiled = compile_message(newsletter, digest, slots=slots)
    fill = personalizer(compiled, newsletter, Tokens("a key"), "https://harbour.example/letters")
    people = [
        Delivery(
            id=f"weekly-1.{number}",
            edition_id="weekly-1",
            subscriber_id=str(number),
            email=f"reader{number}@example.org",
            name=f"Reader {number}",
            state="claimed",
            created_at=NOW,
        )
        for number in range(RECIPIENTS)
    ]

    def one_each() -> None:
        for person in people[:SAMPLE]:
            message = EmailMessage(policy=policy.SMTP)
            message["From"] = "Harbour Post <news@harbour.example>"
            message["To"] = f"{person.name} <{person.email}>"
            message["Subject"] = digest.subject
            message["Date"] = format_datetime(NOW)
            message["Message-ID"] = make_msgid(domain="harbour.example")
            message.set_content(
                digest.text.replace(slots["unsubscribe_url"], f"https://x.example/{person.id}")
            )
            html = digest.html.replace(slots["unsubscribe_url"], f"https://x.example/{person.id}")
            message.add_alternative(html, subtype="html")
            message.as_bytes()

    def filled() -> None:
        for person in people:
            fill(person)

    best = seconds({"EmailMessage": one_each, "syndicate": filled}, rounds=3)
    return SAMPLE / best["EmailMessage"], RECIPIENTS / best["syndicate"], len(fill(people[0]))


def main() -> None:
    """Print the figures."""
    theirs, ours, size = measure()
    print(f"{RECIPIENTS} messages of {size} bytes (EmailMessage: {SAMPLE}, scaled up)")
    print(f"  one EmailMessage a recipient  {theirs:10.0f} a second")
    print(f"  syndicate, compiled once      {ours:10.0f} a second")
    print(f"  syndicate is {ours / theirs:.0f} times as fast (target: at least 100)")


if __name__ == "__main__":
    main()
