"""`syndicate preview`: what will be published and mailed, in a browser; needs `syndicate-feeds[web]`."""

from .server import serve

__all__ = ["serve"]
