"""Rules for what clients lack."""

from __future__ import annotations

TABLE = (
    ("client-lost", "E", "a client lacks this, and something is lost there",
     "use what all of them know, or write a fallback before it", "caniemail.com"),
    ("client-feature", "W", "a client lacks this, and the letter looks different there",
     "look whether that hurts; a fallback before it, or a media query round it, settles it", "caniemail.com"),
    ("client-image", "W", "a client does not show images of this format, and its alt stands there",
     "serve PNG, JPEG or GIF, or let the image proxy convert it", "caniemail.com"),
)  # fmt: skip
"""The rules: id, E for error or W for warning, message, fix, source."""
