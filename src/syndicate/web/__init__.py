"""The daemon's web pages; they need `syndicate[web]`."""

from .app import create_app

__all__ = ["create_app"]
