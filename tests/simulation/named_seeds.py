"""Seeds whose runs once failed, by what was wrong then. Each is a test of its own."""

from __future__ import annotations

NAMED_SEEDS: dict[str, int] = {
    "held_although_the_connection_was_lost_before_the_end_of_the_message": 63,
}
