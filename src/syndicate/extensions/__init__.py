"""Feed extensions: one file an extension. Serializers, records and the linter read them from here.

An extension from outside the package is registered with `register_extension`, or by an entry point of the
group `syndicate.extensions` that names a subclass of `Extension`.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from ..errors import ConfigError
from .atom_links import AtomLinks
from .atom_threading import Threading
from .core_namespaces import Core
from .custom_elements import CustomElements
from .dublin_core import DublinCore
from .extension import NAMESPACES, Extension, Fixed, XmlElement, add_namespaces, xml_element
from .feed_history import History, Tombstones
from .georss import GeoRss
from .media import Media
from .podcast import PodcastChannel, podcast_guid
from .podcast_episodes import PodcastEpisodes
from .recognized_namespaces import BasicGeo, CreativeCommons, Syndication
from .source_markdown import SourceMarkdown

# The order is that of the elements and namespace declarations in documents.
BUILT_IN: tuple[Extension, ...] = (
    *(Core(), DublinCore(), AtomLinks(), Threading(), PodcastChannel(), Tombstones(), Media(), GeoRss()),
    *(PodcastEpisodes(), SourceMarkdown(), History(), CustomElements()),
    *(BasicGeo(), CreativeCommons(), Syndication()),
)

for _extension in BUILT_IN:
    add_namespaces(_extension)

_registered: dict[str, Extension] = {extension.name: extension for extension in BUILT_IN}
_all: tuple[Extension, ...] | None = None


def extensions() -> tuple[Extension, ...]:
    """Return every extension: the built-in ones, then those of entry points and `register_extension`.

    Raises:
        ConfigError: an installed extension cannot be loaded.
    """
    global _all
    if _all is None:
        for entry_point in entry_points(group="syndicate.extensions"):
            try:
                _add(entry_point.load()())
            except Exception as error:  # the code of an extension may raise anything
                raise ConfigError(
                    f"the extension {entry_point.name!r} ({entry_point.value}) cannot be loaded: {error}",
                    hint="uninstall or update the package that brings it",
                ) from error
        _all = tuple(_registered.values())
    return _all


def register_extension(extension: Extension) -> None:
    """Add an extension for this process. To register the same extension again changes nothing.

    Raises:
        ValueError: another extension has the name, or a prefix is taken.
    """
    global _all
    extensions()
    _add(extension)
    _all = tuple(_registered.values())


def unregister_extension(name: str) -> None:
    """Remove an extension that `register_extension` added, as if its package were uninstalled."""
    global _all
    if name in {extension.name for extension in BUILT_IN}:
        raise ValueError(f"the extension {name!r} is built in")
    _registered.pop(name, None)
    _all = tuple(_registered.values())


def added_extensions() -> tuple[Extension, ...]:
    """Return the extensions from outside the package."""
    return extensions()[len(BUILT_IN) :]


def fingerprint() -> str:
    """Return a text that changes when an extension from outside is added, removed or changed."""
    return " ".join(f"{extension.name}={extension.version}" for extension in added_extensions())


def _add(extension: Extension) -> None:
    former = _registered.get(extension.name)
    if former is not None and type(former) is not type(extension):
        raise ValueError(f"another extension has the name {extension.name!r}")
    add_namespaces(extension)
    _registered[extension.name] = extension


__all__ = [
    "BUILT_IN",
    "NAMESPACES",
    "Extension",
    "Fixed",
    "XmlElement",
    "added_extensions",
    "extensions",
    "fingerprint",
    "podcast_guid",
    "register_extension",
    "unregister_extension",
    "xml_element",
]
