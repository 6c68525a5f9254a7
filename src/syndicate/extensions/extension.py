"""The base class of feed extensions, and the elements that they write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel

from ..model import Article, Feed, FeedMetadata, Format

NAMESPACES: dict[str, str] = {}
"""The prefix of each namespace of a registered extension."""

_NAME = re.compile(r"(?:([A-Za-z][A-Za-z0-9_-]*):)?([A-Za-z_][A-Za-z0-9_.-]*)")


class Fixed(str):
    """A string that is the same in all entries of one shape, such as the name of an element."""

    __slots__ = ()


class XmlElement(NamedTuple):
    """An element that an extension adds to a document. Use `xml_element` to make one.

    Attributes:
        tag: the name, in Clark notation: `{namespace}local`.
        text: plain text.
        attributes: name, value, name, value and so on, in the order of the document.
        children: elements inside.
        prefix: what stands for the namespace if no registered extension defines it.
    """

    tag: Fixed
    text: str | None = None
    attributes: tuple[str, ...] = ()
    children: tuple[XmlElement, ...] = ()
    prefix: Fixed | None = None


class Extension:
    """A specification that adds elements to feeds. Subclass it and register an instance.

    An extension is pure: its methods do no I/O, and the same arguments give the same result.

    Attributes:
        name: identifies the extension; the key of its data in `Article.extensions` and `Feed.extensions`.
        version: change it when the output changes, so that published feeds are built again.
        namespaces: prefix to namespace. The root of each document declares them.
        namespace_aliases: other names under which feeds of other publishers have these namespaces, to the
            prefix.
        data: the pydantic model of an article's data; None if the extension has none.
        feed_data: the pydantic model of a feed's data; None if the extension has none.
        record_fields: field of `data` to the names of record fields that fill it; the first one found wins.
            A dot leads into a mapping.
        lint_elements: prefix to the elements of the namespace, a line each: `name places count
            [text=kind] [attribute=kind ...]`. Places: `c` channel or feed, `i` item or entry, `@` and
            parents of the same namespace. Count: `1`, `c1` for once in
            a channel or feed only, or `*`. `attribute!=kind` is required. The kinds are in
            `syndicate.linters.feeds.value_checks`; `a|b` is a choice of words.
        lint_kinds: kinds of the extension's own: a function that returns what is wrong with a value, or None.
        article_fields: `entry_elements` is called only for articles that have one of these fields; for all
            articles if empty.
        podcast_only: whether only entries of podcasts have its elements.
        lint_only: whether syndicate only lints its elements and never writes them.
    """

    name: ClassVar[str]
    version: ClassVar[str] = "1"
    namespaces: ClassVar[Mapping[str, str]] = {}
    namespace_aliases: ClassVar[Mapping[str, str]] = {}
    data: ClassVar[type[BaseModel] | None] = None
    feed_data: ClassVar[type[BaseModel] | None] = None
    record_fields: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    lint_elements: ClassVar[Mapping[str, str]] = {}
    lint_kinds: ClassVar[Mapping[str, Callable[[str], str | None]]] = {}
    article_fields: ClassVar[tuple[str, ...]] = ()
    podcast_only: ClassVar[bool] = False
    lint_only: ClassVar[bool] = False

    def read(self, owner: Article | Feed) -> Any:
        """Return the data of an article or feed as a value of the model; None if it has none.

        Raises:
            ValidationError: the model refuses the data.
        """
        model = self.data if isinstance(owner, Article) else self.feed_data
        values = owner.extensions.get(self.name)
        return None if model is None or values is None else model.model_validate(values)

    def root_prefixes(self, metadata: FeedMetadata, format: Format) -> Iterable[str]:
        """Return the prefixes that the root of a document declares, whether or not an entry uses them."""
        return () if self.lint_only else self.namespaces

    def entry_elements(self, article: Article, format: Format) -> Iterable[XmlElement]:
        """Return the elements of an article in RSS or Atom."""
        return ()

    def feed_elements(self, metadata: FeedMetadata, format: Format) -> Iterable[XmlElement]:
        """Return the elements of a channel (RSS) or feed (Atom)."""
        return ()

    def entry_json(self, article: Article) -> Mapping[str, Any]:
        """Return the members of an item in JSON Feed; each name starts with an underscore."""
        return {}

    def feed_json(self, metadata: FeedMetadata) -> Mapping[str, Any]:
        """Return the members of a JSON Feed; each name starts with an underscore."""
        return {}

    def unsupported_fields(self, article: Article, format: Format) -> Iterable[str]:
        """Return the fields of an article that a format cannot carry, as far as the article has them."""
        return ()


def xml_element(
    name: str, text: str | None = None, /, *children: XmlElement, **attributes: str | None
) -> XmlElement:
    """Return an element. Attributes that are None are left out.

    Args:
        name: `prefix:local`, or a name without a prefix for an element of RSS or Atom itself.
        text: plain text.
        children: elements inside.
        attributes: names may have a prefix: `**{"thr:count": "7"}`.

    Raises:
        ValueError: the name is not an XML name, or no registered extension has its prefix.
        TypeError: the text or an attribute is not text.
    """
    flat: list[str] = []
    if text is not None and not isinstance(text, str):
        raise TypeError(f"the text of {name} must be a str, not {text!r}")
    for key, value in attributes.items():
        if value is not None:
            if not isinstance(value, str):
                raise TypeError(f"the attribute {key} of {name} must be a str, not {value!r}")
            flat += (_tags.get(key) or _tag(key), value)
    return XmlElement(_tags.get(name) or _tag(name), text, tuple(flat), children)


_tags: dict[str, Fixed] = {}


def _tag(name: str) -> Fixed:
    match = _NAME.fullmatch(name)
    if match is None or (match[1] and match[1] not in NAMESPACES):
        raise ValueError(f"{name!r} is not the name of an element or attribute of a registered extension")
    tag = Fixed(f"{{{NAMESPACES[match[1]]}}}{match[2]}" if match[1] else match[2])
    return _tags.setdefault(name, tag)


def add_namespaces(extension: Extension) -> None:
    """Make the namespaces of an extension known to `xml_element`.

    Raises:
        ValueError: a prefix stands for another namespace already, or a prefix is not allowed.
    """
    for prefix, namespace in extension.namespaces.items():
        if not re.fullmatch(r"(?!xml|ns\d)[A-Za-z][A-Za-z0-9_-]*", prefix):
            raise ValueError(f"extension {extension.name!r}: {prefix!r} is not allowed as a prefix")
        if NAMESPACES.get(prefix, namespace) != namespace:
            raise ValueError(
                f"extension {extension.name!r}: the prefix {prefix!r} stands for {NAMESPACES[prefix]}"
            )
    NAMESPACES.update(extension.namespaces)
