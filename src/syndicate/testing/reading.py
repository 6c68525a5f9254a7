"""The conformance suite of `ReadingStore`."""

from __future__ import annotations

from datetime import timedelta

from ..model import FileState, HeldChange
from .samples import NOW
from .store import Store


def a_state(name: str, digest: str = "d", *keys: str) -> FileState:
    """Return the state of a file."""
    return FileState(name, "12 34 56 78", digest, keys or (name,))


class ReadingStoreSuite:
    """Tests of what `ReadingStore` specifies."""

    def test_no_file_is_known_at_first(self, store: Store) -> None:
        assert store.file_states("posts", "c") == []

    def test_states_are_returned_as_they_were_stored(self, store: Store) -> None:
        states = [
            a_state("a.md"),
            a_state("b/ü '%.json", "e", "1", '2 "x"', "ü"),
            FileState("draft.md", "", "f", (), 3),
        ]
        store.save_file_states("posts", "c", states)
        assert sorted(store.file_states("posts", "c")) == sorted(states)

    def test_a_state_replaces_the_former_one(self, store: Store) -> None:
        store.save_file_states("posts", "c", [a_state("a.md"), a_state("b.md")])
        store.save_file_states("posts", "c", [a_state("a.md", "new"), a_state("a.md", "newer")])
        assert sorted(store.file_states("posts", "c")) == [a_state("a.md", "newer"), a_state("b.md")]

    def test_states_of_other_sources_and_conversions_are_not_returned(self, store: Store) -> None:
        store.save_file_states("posts", "c", [a_state("a.md"), a_state("b.md")])
        store.save_file_states("other", "c", [a_state("a.md", "other")])
        store.save_file_states("posts", "d", [a_state("a.md", "with d")])
        assert store.file_states("posts", "c") == [a_state("b.md")]
        assert store.file_states("posts", "d") == [a_state("a.md", "with d")]
        assert store.file_states("other", "c") == [a_state("a.md", "other")]

    def test_many_states_and_long_names(self, store: Store) -> None:
        states = [a_state(f"{'ü' * 200}/{number}.md") for number in range(3000)]
        store.save_file_states("posts", "c", [*states, a_state("x" * 5000)])
        found = store.file_states("posts", "c")
        assert sorted(each for each in found if len(each.name) < 5000) == sorted(states)

    def test_forgotten_files_are_not_known(self, store: Store) -> None:
        for source in ("posts", "other"):
            store.save_file_states(source, "c", [a_state("a.md"), a_state("b.md")])
        store.forget_files("posts", ["a.md", "unknown.md"])
        assert store.file_states("posts", "c") == [a_state("b.md")]
        assert len(store.file_states("other", "c")) == 2

    def test_one_change_of_a_source_is_held(self, store: Store) -> None:
        assert store.held_change("posts") is None
        change = HeldChange("posts", "d", 7, 0, 20, NOW)
        store.hold_change(change)
        store.hold_change(HeldChange("other", "d", 0, 8, 9, NOW))
        later = change._replace(digest="e", held_at=NOW + timedelta(hours=1))
        store.hold_change(later)
        assert store.held_change("posts") == later
        assert [each.source for each in store.held_changes()] == ["other", "posts"]
        store.release_change("posts")
        store.release_change("posts")
        assert store.held_change("posts") is None
        assert [each.source for each in store.held_changes()] == ["other"]
