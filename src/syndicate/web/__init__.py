"""The daemon's web pages; needs `syndicate-feeds[web]`."""

from .app import create_app

__all__ = ["create_app"]
