"""The elements of extensions: where one may stand, how often, and what it and its attributes hold.

Each extension brings its table: see `syndicate.extensions.Extension.lint_elements` for the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ...extensions import Extension, extensions
from .former_namespaces import FORMER_NAMESPACES
from .value_checks import Kind, kind, own_kind

# The prefixes of attributes that tables can name.
_ATTRIBUTE_NAMESPACES = {"rdf": "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"}


@dataclass(frozen=True, slots=True)
class Spec:
    """One element of an extension. `inside` are the elements of the same namespace that may hold it."""

    name: str
    channel: bool
    item: bool
    inside: frozenset[str]
    once: bool
    once_in_channel: bool
    text: Kind | None = None
    required: tuple[str, ...] = ()
    attributes: dict[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ElementSpecs:
    """The elements of all registered extensions, by tag in Clark notation, and their namespaces in braces."""

    specs: Mapping[str, Spec]
    namespaces: frozenset[str]


def element_specs() -> ElementSpecs:
    """Return the elements of the extensions that are registered now."""
    return _specs_of(extensions())


@lru_cache(maxsize=8)
def _specs_of(registered: tuple[Extension, ...]) -> ElementSpecs:
    specs: dict[str, Spec] = {}
    for extension in registered:
        own_kinds = {name: own_kind(check) for name, check in extension.lint_kinds.items()}
        for prefix, table in extension.lint_elements.items():
            names = [extension.namespaces[prefix]]
            names += [uri for uri, known in extension.namespace_aliases.items() if known == prefix]
            for line in table.strip().splitlines():
                spec = _spec(prefix, line, own_kinds)
                for namespace in names:
                    specs[f"{{{namespace}}}{spec.name.partition(':')[2]}"] = spec
    for former in FORMER_NAMESPACES:
        for line in former.elements.strip().splitlines():
            spec = _spec(former.prefix, line, {})
            for namespace in former.names:
                specs.setdefault(f"{{{namespace}}}{spec.name.partition(':')[2]}", spec)
    return ElementSpecs(specs, frozenset(tag.rpartition("}")[0] + "}" for tag in specs))


def _spec(prefix: str, line: str, own_kinds: Mapping[str, Kind]) -> Spec:
    name, places, count, *values = line.split()
    here, _, inside = places.partition("@")
    attributes: dict[str, Kind] = {}
    required = []
    text = None
    for value in values:
        key, _, wanted = value.partition("=")
        check = own_kinds.get(wanted) or kind(wanted)
        attribute_prefix, colon, local = key.partition(":")
        if colon:
            key = _ATTRIBUTE_NAMESPACES[attribute_prefix] + local
        if key == "text":
            text = check
            continue
        if key.endswith("!"):
            key = key[:-1]
            required.append(key)
        attributes[key] = check
    return Spec(
        name=f"{prefix}:{name}",
        channel="c" in here,
        item="i" in here,
        inside=frozenset(filter(None, inside.split(","))),
        once=count == "1",
        once_in_channel=count in ("1", "c1"),
        text=text,
        required=tuple(required),
        attributes=attributes,
    )
