"""From the store to files that are served."""

from .entries import Entries, Spelt
from .files import FilePublisher
from .site import ARCHIVE, Made, Member, Wanted, as_it_is, family, kept, make, named

__all__ = [
    "ARCHIVE",
    "Entries",
    "FilePublisher",
    "Made",
    "Member",
    "Spelt",
    "Wanted",
    "as_it_is",
    "family",
    "kept",
    "make",
    "named",
]
