"""Article records in; feeds and newsletters out, on time, to everyone, never twice.

Three levels of use, each complete without the next:

1. Functions: `to_rss`, `to_atom`, `to_json_feed`, `render_digest`, over articles in memory.
2. `Newsroom.open("syndicate.toml")`: `ingest()`, `publish()`, `compose()`, `send()`.
3. The daemon, `syndicate run`: the same by the clock.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .digests import render_digest as render_digest
    from .digests.lint import lint_digest as lint_digest
    from .errors import ConfigError as ConfigError
    from .errors import RecordError as RecordError
    from .errors import SyndicateError as SyndicateError
    from .errors import WorldError as WorldError
    from .feeds import to_atom as to_atom
    from .feeds import to_json_feed as to_json_feed
    from .feeds import to_opml as to_opml
    from .feeds import to_rss as to_rss
    from .feeds.lint import lint as lint
    from .model import Alternate as Alternate
    from .model import Article as Article
    from .model import Attachment as Attachment
    from .model import Author as Author
    from .model import Digest as Digest
    from .model import Discussion as Discussion
    from .model import Element as Element
    from .model import Episode as Episode
    from .model import Feed as Feed
    from .model import Fonts as Fonts
    from .model import Image as Image
    from .model import License as License
    from .model import Location as Location
    from .model import Newsletter as Newsletter
    from .model import Origin as Origin
    from .model import Palette as Palette
    from .model import Person as Person
    from .model import Pictures as Pictures
    from .model import Problem as Problem
    from .model import Reader as Reader
    from .model import Reply as Reply
    from .model import Show as Show
    from .model import Subscriber as Subscriber
    from .model import Tag as Tag
    from .model import Tracking as Tracking
    from .model import Transcript as Transcript
    from .newsroom import Newsroom as Newsroom
    from .selection import select as select
    from .sources import article_from as article_from

# Looked up at first use, so that `import syndicate` does not load what a caller never touches.
_HOMES = {
    "Alternate": "model",
    "Article": "model",
    "Attachment": "model",
    "Author": "model",
    "ConfigError": "errors",
    "Digest": "model",
    "Discussion": "model",
    "Element": "model",
    "Episode": "model",
    "Feed": "model",
    "Image": "model",
    "License": "model",
    "Location": "model",
    "Newsletter": "model",
    "Newsroom": "newsroom",
    "Origin": "model",
    "Person": "model",
    "Problem": "model",
    "Palette": "model",
    "Fonts": "model",
    "Pictures": "model",
    "Reader": "model",
    "Tracking": "model",
    "RecordError": "errors",
    "Reply": "model",
    "Show": "model",
    "Subscriber": "model",
    "SyndicateError": "errors",
    "Tag": "model",
    "Transcript": "model",
    "WorldError": "errors",
    "article_from": "sources",
    "lint": "feeds.lint",
    "lint_digest": "digests.lint",
    "render_digest": "digests",
    "select": "selection",
    "to_atom": "feeds",
    "to_json_feed": "feeds",
    "to_opml": "feeds",
    "to_rss": "feeds",
}

__all__ = sorted(_HOMES)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'syndicate' has no attribute {name!r}")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
