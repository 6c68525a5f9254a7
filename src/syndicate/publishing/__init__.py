"""From the store to files that are served."""

from .files import FilePublisher
from .site import Member, family, named, publish

__all__ = ["FilePublisher", "Member", "family", "named", "publish"]
