"""The daemon's web pages; they need `syndicate-feeds[web]`."""

from .app import create_app

__all__ = ["create_app"]
