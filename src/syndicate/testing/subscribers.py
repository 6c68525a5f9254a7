"""The conformance suite of `SubscriberStore`."""

from __future__ import annotations

from datetime import timedelta

from ..model import Consent, ImportedSubscriber, NoMailReason, Outcome, Segment, Subscriber, SubscriberFilter
from .samples import NOW, a_new_edition, a_subscriber
from .store import Store


def bounce(store: Store, name: str) -> None:
    """Send an edition that bounces for one subscriber, because the address does not exist."""
    number = store.next_number("bounced")
    edition_id = f"bounced-{number}"
    store.add_subscriber(a_subscriber(name, "bounced"))
    store.add_edition(a_new_edition("bounced", number), now=NOW)
    store.enqueue(edition_id, "bounced", now=NOW)
    claimed = store.claim("suite", now=NOW, lease=timedelta(hours=1), limit=99, edition_id=edition_id)
    unknown = Outcome(state="failed", code=550, detail="5.1.1 no such user", suppress=True)
    accepted = Outcome(state="accepted")
    store.record_outcomes(
        [(each, unknown if each.subscriber_id == name else accepted) for each in claimed], now=NOW
    )


def stored(store: Store, name: str) -> Subscriber:
    """Return the subscriber `NAME@example.org`, who must exist."""
    found = store.subscriber(f"{name}@example.org")
    assert found is not None
    return found


class SubscriberStoreSuite:
    """Tests of what `SubscriberStore` specifies."""

    def test_subscriber_is_returned_as_it_was_added(self, store: Store) -> None:
        ann = a_subscriber(
            "ann",
            "daily",
            "weekly",
            name="Änn",
            language="de",
            timezone="Europe/Berlin",
            consent=Consent(how="form", at=NOW, note="page 3"),
        )
        assert store.add_subscriber(ann)
        assert stored(store, "ann") == ann
        assert store.subscriber("bob@example.org") is None

    def test_case_does_not_distinguish_addresses(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", email="Ann@Example.org"))
        found = store.subscriber("ANN@EXAMPLE.ORG")
        assert found is not None
        assert found.email == "Ann@example.org", "mail goes to the address as it was given"
        assert not store.add_subscriber(a_subscriber("other", email="ann@example.org"))

    def test_adding_twice_changes_nothing(self, store: Store) -> None:
        assert store.add_subscriber(a_subscriber("ann"))
        assert not store.add_subscriber(a_subscriber("other", email="ann@example.org"))
        assert [each.id for each in store.subscribers()] == ["ann"], "the first id stays"

    def test_adding_again_adds_newsletters_and_replaces_profile_fields_that_are_given(
        self, store: Store
    ) -> None:
        store.add_subscriber(a_subscriber("ann", "weekly", language="en"))
        assert store.add_subscriber(a_subscriber("ann", "daily", name="Ann"))
        ann = stored(store, "ann")
        assert (ann.newsletters, ann.name, ann.language) == (("daily", "weekly"), "Ann", "en")

    def test_consent_is_kept_when_a_later_change_has_none(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann"))
        assert store.add_subscriber(a_subscriber("ann", name="Ann", consent=None))
        assert stored(store, "ann").consent == a_subscriber("ann").consent

    def test_pending_becomes_confirmed_but_confirmed_does_not_become_pending(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", state="pending"))
        assert store.add_subscriber(a_subscriber("ann"))
        assert not store.add_subscriber(a_subscriber("ann", state="pending"))
        assert stored(store, "ann").state == "confirmed"

    def test_subscribers_are_sorted_by_address(self, store: Store) -> None:
        for name in ("cay", "ann", "bob"):
            store.add_subscriber(a_subscriber(name, "weekly" if name != "bob" else "daily"))
        assert [each.id for each in store.subscribers()] == ["ann", "bob", "cay"]
        assert [each.id for each in store.subscribers("weekly")] == ["ann", "cay"]
        assert list(store.subscribers("monthly")) == []

    def test_unsubscribing_from_one_newsletter_keeps_the_others(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", "daily", "weekly"))
        assert store.unsubscribe("ann", "daily", now=NOW)
        assert store.unsubscribe("ann", "daily", now=NOW), "idempotent"
        ann = stored(store, "ann")
        assert (ann.state, ann.newsletters) == ("confirmed", ("weekly",))
        assert list(store.subscribers("daily")) == []

    def test_unsubscribing_from_all_newsletters(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", "daily", "weekly"))
        assert store.unsubscribe("ann", None, now=NOW)
        assert store.unsubscribe("ann", None, now=NOW), "idempotent"
        ann = stored(store, "ann")
        assert (ann.state, ann.newsletters) == ("unsubscribed", ())

    def test_unknown_subscriber_cannot_unsubscribe(self, store: Store) -> None:
        assert not store.unsubscribe("ann", None, now=NOW)
        assert not store.unsubscribe("ann", "weekly", now=NOW)

    def test_adding_does_not_undo_an_unsubscription(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", "daily", "weekly"))
        store.unsubscribe("ann", "daily", now=NOW)
        assert not store.add_subscriber(a_subscriber("ann", "daily", "weekly"))
        store.add_subscriber(a_subscriber("bob"))
        store.unsubscribe("bob", None, now=NOW)
        assert not store.add_subscriber(a_subscriber("bob", "daily", "weekly"))
        assert [each.id for each in store.subscribers("daily")] == []
        assert [each.id for each in store.subscribers("weekly")] == ["ann"]

    def test_resubscribing_undoes_an_unsubscription(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", "daily", "weekly"))
        store.unsubscribe("ann", None, now=NOW)
        assert store.resubscribe(a_subscriber("ann", "weekly"))
        assert not store.resubscribe(a_subscriber("ann", "weekly")), "nothing to undo"
        ann = stored(store, "ann")
        assert (ann.state, ann.newsletters) == ("confirmed", ("weekly",))

    def test_resubscribing_adds_an_unknown_address(self, store: Store) -> None:
        assert store.resubscribe(a_subscriber("ann", "weekly"))
        assert stored(store, "ann") == a_subscriber("ann", "weekly")

    def test_resubscribing_does_not_undo_a_bounce(self, store: Store) -> None:
        bounce(store, "ann")
        assert stored(store, "ann").state == "suppressed"
        assert not store.add_subscriber(a_subscriber("ann"))
        assert not store.resubscribe(a_subscriber("ann"))
        store.unsubscribe("ann", None, now=NOW)
        assert not store.resubscribe(a_subscriber("ann"))

    def test_removal_deletes_the_data_and_suppresses_the_address(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann"))
        assert store.remove_subscriber("ANN@example.org", now=NOW)
        assert list(store.subscribers()) == []
        assert not store.add_subscriber(a_subscriber("new", email="ann@example.org"))
        assert store.subscriber("ann@example.org") is None
        assert not store.remove_subscriber("ann@example.org", now=NOW), "no such subscriber any more"
        assert store.resubscribe(a_subscriber("ann", "daily"))
        assert stored(store, "ann").newsletters == ("daily",), "earlier subscriptions are deleted too"

    def test_removal_of_an_unknown_address_suppresses_it(self, store: Store) -> None:
        assert not store.remove_subscriber("ann@example.org", now=NOW)
        assert not store.add_subscriber(a_subscriber("ann"))

    def test_removal_after_a_bounce_keeps_the_bounce(self, store: Store) -> None:
        bounce(store, "ann")
        assert store.remove_subscriber("ann@example.org", now=NOW)
        assert not store.resubscribe(a_subscriber("ann"))

    def test_a_subscriber_added_as_suppressed_stays_suppressed(self, store: Store) -> None:
        assert store.add_subscriber(a_subscriber("ann", state="suppressed"))
        assert not store.resubscribe(a_subscriber("ann"))
        assert stored(store, "ann").state == "suppressed"

    def test_unsubscriptions_and_suppressions_are_listed(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", "weekly", "daily"))
        store.add_subscriber(a_subscriber("bo"))
        assert store.suppressed() == []
        store.unsubscribe("ann", "weekly", now=NOW)
        store.remove_subscriber("Bo@Example.org", now=NOW)
        assert list(store.subscribers_with_unsubscriptions()) == [(stored(store, "ann"), ("weekly",))]
        [(hashed, reason)] = store.suppressed()
        assert reason == "unsubscribed"
        assert "bo" not in bytes.fromhex(hashed).decode("latin-1"), "the list has no addresses"

    def test_tags_are_added(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", tags=("b",)))
        assert store.add_subscriber(a_subscriber("ann", tags=("a", "b")))
        assert not store.add_subscriber(a_subscriber("ann", tags=("a",)))
        assert stored(store, "ann").tags == ("a", "b")

    def test_only_confirmed_subscribers_are_counted(self, store: Store) -> None:
        for name in ("ann", "bob", "cay"):
            store.add_subscriber(a_subscriber(name))
        store.unsubscribe("ann", None, now=NOW)
        store.add_subscriber(a_subscriber("dan", state="pending"))
        assert store.count_subscribers() == 2

    def test_import_adds_and_says_what_became_of_each_row(self, store: Store) -> None:
        for name in ("known", "left", "gone"):
            store.add_subscriber(a_subscriber(name))
        store.unsubscribe("left", None, now=NOW)
        store.remove_subscriber("gone@example.org", now=NOW)
        names = ("new", "known", "left", "gone", "new")
        results = store.import_subscribers(
            [ImportedSubscriber(a_subscriber(name, tags=("a",))) for name in names], now=NOW
        )
        assert results == ["added", "added", "declined", "declined", "unchanged"]
        assert stored(store, "new") == a_subscriber("new", tags=("a",))
        assert [each.id for each in store.subscribers("weekly")] == ["known", "new"]

    def test_import_records_unsubscribed_and_suppressed_addresses(self, store: Store) -> None:
        rows: dict[str, NoMailReason] = {
            "ann": "unsubscribed",
            "bob": "bounce",
            "cay": "complaint",
            "dan": "removed",
        }
        batch = [ImportedSubscriber(a_subscriber(name), no_mail=why) for name, why in rows.items()]
        assert store.import_subscribers(batch, now=NOW) == ["not_mailed"] * 4
        states = {each.id: (each.state, each.newsletters) for each in store.subscribers()}
        assert states == {"ann": ("unsubscribed", ()), "bob": ("suppressed", ()), "cay": ("suppressed", ())}
        again = [ImportedSubscriber(a_subscriber(name)) for name in rows]
        assert store.import_subscribers(again, now=NOW) == ["declined"] * 4
        assert [name for name in rows if store.resubscribe(a_subscriber(name))] == ["ann", "dan"]

    def test_import_ends_subscriptions_only_if_the_file_is_current(self, store: Store) -> None:
        before, after = NOW - timedelta(days=31), NOW
        imported = Consent(how="import", at=NOW)
        for name in ("ann", "bob", "dan"):
            store.add_subscriber(a_subscriber(name))
        store.add_subscriber(a_subscriber("cay", consent=imported))
        batch = [
            ImportedSubscriber(a_subscriber("ann"), no_mail="unsubscribed"),
            ImportedSubscriber(
                a_subscriber("bob"), no_mail="unsubscribed", no_mail_since=before, is_current=True
            ),
            ImportedSubscriber(a_subscriber("cay"), no_mail="bounce", no_mail_since=before, is_current=True),
            ImportedSubscriber(
                a_subscriber("dan"), no_mail="unsubscribed", no_mail_since=after, is_current=True
            ),
        ]
        assert store.import_subscribers(batch, now=NOW) == ["unchanged"] * 2 + ["not_mailed"] * 2
        states = {each.id: (each.state, each.newsletters) for each in store.subscribers()}
        assert states == {
            "ann": ("confirmed", ("weekly",)),
            "bob": ("confirmed", ("weekly",)),
            "cay": ("suppressed", ()),
            "dan": ("unsubscribed", ()),
        }, "the operator has added bob after he unsubscribed elsewhere"

    def test_reinstating_undoes_a_bounce(self, store: Store) -> None:
        bounce(store, "ann")
        assert store.reinstate_subscriber("ANN@example.org")
        assert not store.reinstate_subscriber("ann@example.org"), "nothing to undo"
        assert stored(store, "ann").state == "confirmed"
        assert store.add_subscriber(a_subscriber("ann", "daily"))

    def test_reinstating_never_undoes_what_a_person_decided(self, store: Store) -> None:
        for name in ("left", "gone", "left-first"):
            store.add_subscriber(a_subscriber(name, "bounced"))
        store.unsubscribe("left-first", None, now=NOW)
        for name in ("left", "gone"):
            bounce(store, name)
        store.unsubscribe("left", None, now=NOW)
        store.remove_subscriber("gone@example.org", now=NOW)
        batch = [ImportedSubscriber(a_subscriber("angry"), no_mail="complaint")]
        store.import_subscribers(batch, now=NOW)
        store.import_subscribers(
            [ImportedSubscriber(a_subscriber("left-first"), no_mail="bounce", is_current=True)], now=NOW
        )
        assert store.reinstate_bounced(since=NOW - timedelta(days=1), until=NOW + timedelta(days=1)) == 0
        for name in ("gone", "angry", "left-first", "left"):
            store.reinstate_subscriber(f"{name}@example.org")
            assert not store.add_subscriber(a_subscriber(name, "new"))
        assert {each.id: each.newsletters for each in store.subscribers()} == {
            "angry": (),
            "left": (),
            "left-first": (),
        }

    def test_reinstating_all_of_some_time(self, store: Store) -> None:
        times = {"ann": 1, "bob": 2, "cay": 3, "dan": 4}
        for name, hour in times.items():
            row = ImportedSubscriber(
                a_subscriber(name), no_mail="bounce", no_mail_since=NOW + timedelta(hours=hour)
            )
            store.import_subscribers([row], now=NOW)
        assert store.reinstate_bounced(since=NOW + timedelta(hours=2), until=NOW + timedelta(hours=4)) == 2
        states = {each.id: each.state for each in store.subscribers()}
        assert states == {"ann": "suppressed", "bob": "confirmed", "cay": "confirmed", "dan": "suppressed"}

    def test_record_has_all_that_is_kept(self, store: Store) -> None:
        assert store.subscriber_record("ann@example.org") is None
        bounce(store, "ann")
        store.unsubscribe("ann", "bounced", now=NOW)
        record = store.subscriber_record("ANN@example.org")
        assert record is not None
        assert record.subscriber == stored(store, "ann")
        assert [(each.newsletter, each.state) for each in record.subscriptions] == [("bounced", "off")]
        assert [(each.state, each.detail) for each in record.deliveries] == [("failed", "5.1.1 no such user")]
        assert record.suppression is not None
        assert record.suppression.reason == "bounce"

    def test_removal_leaves_only_a_hash(self, store: Store) -> None:
        bounce(store, "ann")
        store.remove_subscriber("ann@example.org", now=NOW)
        record = store.subscriber_record("ann@example.org")
        assert record is not None
        assert (record.subscriber, record.deliveries) == (None, ())
        assert record.suppression is not None
        assert record.suppression.detail == ""

    def test_segments(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", tags=("members",), language="de-AT"))
        store.add_subscriber(a_subscriber("bob", tags=("vip", "x"), language="DE"))
        store.add_subscriber(a_subscriber("cay", email="cay@sub.example.com", language="den"))
        store.add_subscriber(a_subscriber("dan", "daily", tags=("members",)))
        segments: dict[str, SubscriberFilter | None] = {
            "ann bob cay": None,
            "ann": Segment(tags=("members",)),
            "ann bob": Segment(tags=("members", "vip")),
            "bob": Segment(tags=("members", "vip"), language="de", domain="EXAMPLE.org").model_copy(
                update={"tags": ("vip",)}
            ),
            "cay": Segment(domain="sub.example.com"),
            "": Segment(domain="le.com"),
            "bob cay": lambda each: "members" not in each.tags,
        }
        for number, (names, segment) in enumerate(segments.items(), 1):
            store.add_edition(a_new_edition("weekly", number), now=NOW)
            edition = f"weekly-{number}"
            expected = [
                next(each.email for each in store.subscribers() if each.id == name) for name in names.split()
            ]
            assert store.audience(edition, "weekly", segment=segment) == expected
            assert len(store.locales("weekly", segment=segment)) == len(expected)
            assert store.enqueue(edition, "weekly", now=NOW, segment=segment) == len(expected)
            assert store.enqueue(edition, "weekly", now=NOW, segment=segment) == 0

    def test_import_keeps_unsubscriptions(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", "weekly"))
        row = ImportedSubscriber(a_subscriber("ann", "monthly"), unsubscribed=("daily", "weekly"))
        assert store.import_subscribers([row], now=NOW) == ["added"]
        [(ann, unsubscribed)] = store.subscribers_with_unsubscriptions()
        assert (ann.newsletters, unsubscribed) == (("monthly", "weekly"), ("daily",))
        assert not store.add_subscriber(a_subscriber("ann", "daily"))

    def test_a_no_counts_for_a_suppressed_subscriber(self, store: Store) -> None:
        reasons: dict[str, NoMailReason] = {
            "ann": "unsubscribed",
            "bob": "complaint",
            "cay": "removed",
            "dan": "suppressed",
        }
        for name in reasons:
            bounce(store, name)
        batch = [ImportedSubscriber(a_subscriber(name), no_mail=why) for name, why in reasons.items()]
        assert store.import_subscribers(batch, now=NOW) == ["not_mailed"] * 4
        assert not any(store.reinstate_subscriber(f"{name}@example.org") for name in reasons)
        assert list(store.subscribers("bounced")) == [stored(store, "bob"), stored(store, "dan")]
        assert store.count_subscribers() == 0

    def test_a_complaint_counts_for_an_unsubscribed_or_removed_subscriber(self, store: Store) -> None:
        for name in ("ann", "bob"):
            store.add_subscriber(a_subscriber(name))
        store.unsubscribe("ann", None, now=NOW)
        store.remove_subscriber("bob@example.org", now=NOW)
        batch = [ImportedSubscriber(a_subscriber(name), no_mail="complaint") for name in ("ann", "bob")]
        store.import_subscribers(batch, now=NOW)
        assert not any(store.resubscribe(a_subscriber(name)) for name in ("ann", "bob"))
        assert stored(store, "ann").state == "unsubscribed"

    def test_import_can_end_some_newsletters(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", "daily", "weekly"))
        batch = [
            ImportedSubscriber(
                a_subscriber(name), no_mail="unsubscribed", no_mail_newsletters=("weekly",), is_current=True
            )
            for name in ("ann", "bob")
        ]
        assert store.import_subscribers(batch, now=NOW) == ["not_mailed"] * 2
        assert (stored(store, "ann").state, stored(store, "ann").newsletters) == ("confirmed", ("daily",))
        store.add_subscriber(a_subscriber("bob", "daily", "weekly"))
        assert stored(store, "bob").newsletters == ("daily",)

    def test_reinstating_does_not_confirm(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", state="pending"))
        store.import_subscribers([ImportedSubscriber(a_subscriber("ann"), no_mail="bounce")], now=NOW)
        assert stored(store, "ann").state == "suppressed"
        assert store.reinstate_subscriber("ann@example.org")
        assert stored(store, "ann").state == "pending"

    def test_import_of_a_pending_subscriber_records_only_unsubscriptions(self, store: Store) -> None:
        row = ImportedSubscriber(a_subscriber("ann", newsletters=(), state="pending"), ("weekly",))
        assert store.import_subscribers([row], now=NOW) == ["not_mailed"]
        assert stored(store, "ann").state == "pending"
        store.add_subscriber(a_subscriber("ann"))
        assert stored(store, "ann").newsletters == ()

    def test_consent_does_not_change_with_the_profile(self, store: Store) -> None:
        consent = Consent(how="form", at=NOW - timedelta(days=9), text="I agree")
        store.add_subscriber(a_subscriber("ann", consent=consent))
        imported = a_subscriber("ann", name="Ann", consent=Consent(how="import", at=NOW))
        assert store.import_subscribers([ImportedSubscriber(imported)], now=NOW) == ["added"]
        assert (stored(store, "ann").name, stored(store, "ann").consent) == ("Ann", consent)

    def test_hashes_of_subscribers_are_left_out(self, store: Store) -> None:
        for name in ("ann", "bob"):
            store.add_subscriber(a_subscriber(name))
            store.remove_subscriber(f"{name}@example.org", now=NOW)
        hashes = store.suppressed()
        assert store.address_key_id()
        store.resubscribe(a_subscriber("ann"))
        assert store.suppress_hashes([*hashes, ("0" * 64, "unsubscribed")], now=NOW) == 1
        assert store.count_subscribers() == 1
        assert store.suppress_hashes(hashes, now=NOW) == 1
        assert len(store.suppressed()) == 2

    def test_resubscribing_is_a_new_consent(self, store: Store) -> None:
        store.add_subscriber(a_subscriber("ann", "daily", "weekly", consent=Consent(how="import", at=NOW)))
        store.unsubscribe("ann", "weekly", now=NOW)
        consent = Consent(how="operator", at=NOW + timedelta(days=1))
        assert store.resubscribe(a_subscriber("ann", "weekly", consent=consent))
        assert stored(store, "ann").consent == consent
