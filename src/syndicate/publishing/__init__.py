"""From the store to files that are served."""

from .entries import Entries
from .files import FilePublisher
from .site import ARCHIVE, Made, Member, Wanted, as_it_is, family, make, named

__all__ = [
    "ARCHIVE",
    "Entries",
    "FilePublisher",
    "Made",
    "Member",
    "Wanted",
    "as_it_is",
    "family",
    "make",
    "named",
]
