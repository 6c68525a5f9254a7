"""Rules for features that clients do not support."""

from __future__ import annotations

RULES = (
    ("client-content-lost", "E", "a client does not support this, and content is lost there",
     "use what all clients support, or put a fallback before it", "caniemail.com"),
    ("client-unsupported", "W", "a client does not support this, and the edition looks different there",
     "check whether that matters; a fallback before it or a media query around it resolves the warning",
     "caniemail.com"),
    ("client-image-format", "W", "a client does not support this image format and shows the alt text",
     "serve PNG, JPEG or GIF, or let the image proxy convert it", "caniemail.com"),
)  # fmt: skip
"""Id, E for error or W for warning, what is wrong, how to fix it, source."""
