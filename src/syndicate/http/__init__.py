"""Fetching URLs: polite to servers (robots.txt, pauses), and safe from hostile ones (addresses, limits)."""

from .fetcher import Fetched, Fetcher

__all__ = ["Fetched", "Fetcher"]
