"""The settings: `syndicate.toml` validated, frozen, and described by a JSON Schema."""

from ..sources import SourceSettings
from .bounces import BounceSettings
from .cross_checks import BOUNCES, REFRESH
from .feed import FeedSettings
from .field_types import Zone
from .loading import SCHEMA_FILE, load, schema
from .newsletter import NewsletterSettings
from .settings import Settings
from .site import SiteSettings

__all__ = [
    "BOUNCES",
    "REFRESH",
    "SCHEMA_FILE",
    "BounceSettings",
    "FeedSettings",
    "NewsletterSettings",
    "Settings",
    "SiteSettings",
    "SourceSettings",
    "Zone",
    "load",
    "schema",
]
