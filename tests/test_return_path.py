"""Return paths: signed, without an address, and readable after a server has changed their case."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.config.bounces import BounceSettings
from syndicate.delivery.subscriber_messages import DeliveryMessages, EditionMessages
from syndicate.mail import ReturnPaths, Tokens, edition_key
from syndicate.model import Delivery, Digest, Edition, Mailbox, Newsletter

BASE = "newsletter-bounces@news.example"
PATHS = ReturnPaths(Tokens("key"), BASE)
HEXADECIMAL = st.binary(min_size=1, max_size=40).map(bytes.hex)
IDS = HEXADECIMAL | st.text(st.characters(codec="utf-8"), min_size=1, max_size=80)
OWNER = "0f" * 32


def test_return_path_says_nothing_in_the_clear_and_is_short() -> None:
    path = PATHS.make("weekly-1", OWNER)
    assert re.fullmatch(r"newsletter-bounces\+[a-z2-7]{45}@news\.example", path)
    assert "weekly" not in path
    assert path == PATHS.make("weekly-1", OWNER), "the same at every attempt"


@given(edition=IDS, subscriber=IDS)
def test_round_trip(edition: str, subscriber: str) -> None:
    path = PATHS.make(edition, subscriber)
    assert len(path.partition("@")[0].encode()) <= 64
    for spelling in (path, path.upper(), path.title()):
        key = PATHS.read(spelling)
        assert key is not None
        assert key.edition == edition_key(edition)
        assert subscriber.startswith(key.subscriber)
        assert key.is_prefix or key.subscriber == subscriber


@given(first=HEXADECIMAL, second=HEXADECIMAL)
def test_different_subscribers_have_different_keys(first: str, second: str) -> None:
    one, other = (PATHS.read(PATHS.make("weekly-1", each)) for each in (first, second))
    assert (one == other) == (
        first == second or (len(first) > 24 < len(second) and first[:24] == second[:24])
    )


@given(st.integers(min_value=0, max_value=44), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_any_changed_character_is_refused(position: int, character: str) -> None:
    local, _, domain = PATHS.make("weekly-1", OWNER).partition("@")
    base, _, token = local.partition("+")
    changed = token[:position] + character + token[position + 1 :]
    read = PATHS.read(f"{base}+{changed}@{domain}")
    assert (read is not None) == (changed == token)


@given(st.text(max_size=300))
def test_other_addresses_are_refused(text: str) -> None:
    assert PATHS.read(text) is None
    assert PATHS.read(f"bounces+{text}@news.example") is None


def test_another_key_and_another_purpose_are_refused() -> None:
    assert PATHS.read(ReturnPaths(Tokens("other"), BASE).make("weekly-1", OWNER)) is None
    token = Tokens("key").make("unsubscribe", "ann")
    assert PATHS.read(f"newsletter-bounces+{token}@news.example") is None


def test_only_the_token_counts_so_that_the_address_can_change() -> None:
    path = ReturnPaths(Tokens("key"), "mail@old.example").make("weekly-1", OWNER)
    assert PATHS.read(path) == PATHS.read(PATHS.make("weekly-1", OWNER)) is not None


def test_forwarders_that_put_something_in_front() -> None:
    local, _, domain = PATHS.make("weekly-1", OWNER).partition("@")
    assert PATHS.read(f"prvs=0123456789={local}@{domain}") is not None


@pytest.mark.parametrize(
    "address", ["bounces-of-the-newsletter@news.example", "bounce é@news.example", "bouncé@news.example"]
)
def test_address_without_room_for_a_token_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"at most 18 ASCII|not an email"):
        BounceSettings(address=address, mailbox="maildir:bounces")


NEWSLETTER = Newsletter(name="weekly", title="W", sender=Mailbox(email="news@harbour.example", name=""))
DELIVERY = Delivery(
    id=f"weekly-1.{OWNER}",
    edition_id="weekly-1",
    subscriber_id=OWNER,
    email="ann@reader.example",
    state="claimed",
    created_at=datetime(2026, 4, 10, tzinfo=UTC),
)


class OneEdition:
    """A store with one edition."""

    def edition(self, edition_id: str) -> Edition:
        digest = Digest(subject="s", html="<p>h</p>", text="t", language="en")
        return Edition.model_construct(id=edition_id, newsletter="weekly", digest=digest, message="[]")

    def images(self, edition_id: str) -> dict[str, bytes]:
        return {}

    def localizations(self, edition_id: str) -> list[object]:
        return []


@pytest.mark.parametrize(
    ("paths", "sender"), [(None, "news@harbour.example"), (PATHS, PATHS.make("weekly-1", OWNER))]
)
def test_envelope_sender_is_the_return_path_if_bounces_are_read(
    paths: ReturnPaths | None, sender: str
) -> None:
    messages = DeliveryMessages(
        EditionMessages(OneEdition()),  # type: ignore[arg-type]
        find_newsletter=lambda _: NEWSLETTER,
        tokens=Tokens("key"),
        web_url=None,
        return_paths=paths,
    )
    assert messages.sender(DELIVERY) == sender
