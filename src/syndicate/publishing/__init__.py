"""From the store to files that are served."""

from .entries import Batch, Entries, Place, Spelt, sizes_of
from .files import FilePublisher
from .hand import Hand, Order, Sheet
from .site import ARCHIVE, Member, Wanted, as_it_is, family, kept, named
from .spill import Spills, spills

__all__ = [
    "ARCHIVE",
    "Batch",
    "Entries",
    "FilePublisher",
    "Hand",
    "Member",
    "Order",
    "Place",
    "Sheet",
    "Spelt",
    "Spills",
    "Wanted",
    "as_it_is",
    "family",
    "kept",
    "named",
    "sizes_of",
    "spills",
]
