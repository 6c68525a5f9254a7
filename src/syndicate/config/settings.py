"""The whole of `syndicate.toml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from ..errors import ConfigError, Where
from ..model import format_duration
from ..model.base import Frozen
from ..scheduling import Schedule
from ..sources import SourceSettings
from ..sources.registry import AnySource
from .bounces import BounceSettings
from .cross_checks import BOUNCES, REFRESH, find_contradictions
from .delivery import DeliverySettings
from .elements import long_form, valid_namespaces
from .feed import FeedSettings
from .nested_errors import as_details, own_error
from .newsletter import NewsletterSettings
from .site import SiteSettings
from .store import StoreSettings
from .web import WebSettings

Named = TypeVar("Named", SourceSettings, FeedSettings, NewsletterSettings)

# What a newsletter takes from the site if it says nothing itself.
_NEWSLETTER_DEFAULTS = ("home", "language", "timezone")


class Settings(Frozen):
    """The whole of `syndicate.toml`."""

    site: SiteSettings
    store: StoreSettings = StoreSettings()
    source: tuple[AnySource, ...] = ()
    feed: tuple[FeedSettings, ...] = ()
    newsletter: tuple[NewsletterSettings, ...] = ()
    delivery: DeliverySettings = DeliverySettings()
    bounces: BounceSettings | None = None
    web: WebSettings | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _validate_together(cls, config: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Report contradictions between tables together with invalid values."""
        if not isinstance(config, Mapping):
            return handler(config)
        mistakes = [
            InitErrorDetails(type=own_error(message), loc=path, input=None)
            for path, message in find_contradictions(config)
        ]
        try:
            settings = handler(_with_long_elements(config))
        except ValidationError as error:
            mistakes = [*map(as_details, error.errors()), *mistakes]
        if mistakes:
            raise ValidationError.from_exception_data(cls.__name__, mistakes)
        return settings

    @property
    def compress(self) -> bool:
        """Whether documents get compressed variants beside them."""
        return self.web is not None if self.site.compress is None else self.site.compress

    def schedules(self) -> list[Schedule]:
        """Return everything that runs by the clock."""
        schedules = []
        if self.site.refresh:
            schedules.append(Schedule(REFRESH, self.site.refresh, ZoneInfo(self.site.timezone)))
        if self.bounces:
            schedules.append(Schedule(BOUNCES, f"every {format_duration(self.bounces.every)}"))
        for each in self.newsletter:
            if each.schedule:
                zone = ZoneInfo(each.timezone or self.site.timezone)
                schedules.append(Schedule(each.name, each.schedule, zone, each.missed, each.catch_up))
        return schedules

    @property
    def source_names(self) -> frozenset[str]:
        """The names of all sources. Other sources in the store are retired."""
        return frozenset(each.name for each in self.source)

    def find_source(self, name: str) -> SourceSettings:
        """Return the source with a name.

        Raises:
            ConfigError: there is no such source.
        """
        return _find(self.source, name, "source")

    def find_feed(self, name: str) -> FeedSettings:
        """Return the feed, or the family of feeds, with a name.

        Raises:
            ConfigError: there is no such feed.
        """
        return _find(self.feed, name, "feed")

    def find_newsletter(self, name: str) -> NewsletterSettings:
        """Return the newsletter with a name, with the defaults of the site.

        Raises:
            ConfigError: there is no such newsletter.
        """
        found = _find(self.newsletter, name, "newsletter")
        defaults = {key: getattr(found, key) or getattr(self.site, key) for key in _NEWSLETTER_DEFAULTS}
        return found.model_copy(update=defaults)


def _find(tables: Sequence[Named], name: str, kind: str) -> Named:
    for each in tables:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in tables) or "none"
    raise ConfigError(f"there is no {kind} {name!r}", where=Where(field=kind), hint=f"known: {known}")


def _with_long_elements(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config with the elements of feeds as tables. Wrong ones are left out: they are reported."""
    feeds = config.get("feed")
    if not isinstance(feeds, list):
        return dict(config)
    namespaces = valid_namespaces(config.get("site")) or {}
    return {
        **config,
        "feed": [
            {**feed, "elements": long_form(feed["elements"], namespaces)}
            if isinstance(feed, Mapping) and isinstance(feed.get("elements"), Mapping)
            else feed
            for feed in feeds
        ],
    }
