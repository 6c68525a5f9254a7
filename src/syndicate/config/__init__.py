"""The settings: `syndicate.toml` validated, frozen, and described by a JSON Schema."""

from ..sources import SourceSettings
from .bounces import BounceSettings
from .cross_checks import BOUNCES, REFRESH
from .delivery import DeliverySettings
from .feed import FeedSettings
from .field_types import Zone
from .loading import SCHEMA_FILE, load, schema
from .newsletter import NewsletterSettings
from .send_limits import (
    ANY_DOMAIN,
    ONLY_RELAY,
    CanarySettings,
    DomainSettings,
    RelaySettings,
    WarmUpSettings,
)
from .settings import Settings
from .site import SiteSettings

__all__ = [
    "ANY_DOMAIN",
    "BOUNCES",
    "ONLY_RELAY",
    "REFRESH",
    "SCHEMA_FILE",
    "BounceSettings",
    "CanarySettings",
    "DeliverySettings",
    "DomainSettings",
    "FeedSettings",
    "NewsletterSettings",
    "RelaySettings",
    "Settings",
    "SiteSettings",
    "SourceSettings",
    "WarmUpSettings",
    "Zone",
    "load",
    "schema",
]
