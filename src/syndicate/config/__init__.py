"""The settings: `syndicate.toml` checked, frozen, and described by a JSON Schema."""

from .loading import SCHEMA_FILE, load, schema
from .settings import REFRESH, FeedSettings, NewsletterSettings, Settings, SiteSettings, SourceSettings, Zone

__all__ = [
    "REFRESH",
    "SCHEMA_FILE",
    "FeedSettings",
    "NewsletterSettings",
    "Settings",
    "SiteSettings",
    "SourceSettings",
    "Zone",
    "load",
    "schema",
]
