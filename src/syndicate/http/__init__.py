"""URLs in, bytes out: politely to servers, and safely for us."""

from .fetcher import Fetched, Fetcher

__all__ = ["Fetched", "Fetcher"]
