"""Mistakes that only several tables of the config together show.

They are found in the tables as they are in the file, so that they are reported together with invalid values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from .elements import element_mistakes, valid_namespaces

REFRESH = "refresh"
"""The name of the schedule that ingests and publishes."""

BOUNCES = "bounces"
"""The name of the schedule that reads bounces."""

_RESERVED = {REFRESH: "the schedule of the feeds", BOUNCES: "the schedule that reads bounces"}

Mistake = tuple[tuple[int | str, ...], str]
"""The path of a value, and what is wrong with it."""


def find_contradictions(config: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the mistakes."""
    for kind in ("source", "feed", "newsletter"):
        yield from _duplicate_names(config, kind)
    yield from _names_differing_in_case(config)
    for number, name in _names(config, "newsletter"):
        if name in _RESERVED:
            message = f"a newsletter cannot be named {name!r}: that is {_RESERVED[name]}"
            yield ("newsletter", number, "name"), message
    yield from _unknown_prefixes(config)
    yield from _relay_mistakes(config)


def tables(config: Mapping[str, Any], kind: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the tables of a kind, each with its number from 0."""
    found = config.get(kind)
    if isinstance(found, list | tuple):
        yield from ((number, table) for number, table in enumerate(found) if isinstance(table, Mapping))


def _names(config: Mapping[str, Any], kind: str) -> Iterator[tuple[int, str]]:
    for number, table in tables(config, kind):
        if isinstance(name := table.get("name"), str):
            yield number, name


def _duplicate_names(config: Mapping[str, Any], kind: str) -> Iterator[Mistake]:
    seen: Counter[str] = Counter()
    for number, name in _names(config, kind):
        seen[name] += 1
        if seen[name] == 2:
            message = f"two [[{kind}]] tables are named {name!r}; choose another name for one"
            yield (kind, number, "name"), message


def _names_differing_in_case(config: Mapping[str, Any]) -> Iterator[Mistake]:
    spellings: dict[str, str] = {}
    for number, name in _names(config, "feed"):
        for path in _fixed_paths(name):
            if (other := spellings.setdefault(path.casefold(), path)) != path:
                message = (
                    f"the feed names {other!r} and {path!r} differ in case only: "
                    "they are one file on some disks"
                )
                yield ("feed", number, "name"), message


def _fixed_paths(name: str) -> Iterator[str]:
    """Yield the folders of a feed, and the part of its path that all members of a family share."""
    parts = name.partition("{")[0].split("/")
    for number in range(1, len(parts) + 1):
        if path := "/".join(parts[:number]):
            yield path


def _unknown_prefixes(config: Mapping[str, Any]) -> Iterator[Mistake]:
    site = config.get("site")
    for kind in ("source", "feed"):
        for number, table in tables(config, kind):
            namespaces = valid_namespaces(site, table if kind == "source" else None)
            elements = table.get("elements")
            if namespaces is None or not isinstance(elements, Mapping):
                continue
            for name, message in element_mistakes(elements, namespaces):
                # The settings of a source validate the values themselves.
                if kind == "feed" or isinstance(elements[name], str):
                    yield (kind, number, "elements", name), message


def _relay_mistakes(config: Mapping[str, Any]) -> Iterator[Mistake]:
    delivery = config.get("delivery")
    if not isinstance(delivery, Mapping):
        return
    relays = list(tables(delivery, "relay"))
    if relays and "transport" in delivery:
        message = "there are [[delivery.relay]] tables too; move the transport into one of them"
        yield ("delivery", "transport"), message
    if relays and all(table.get("weight") == 0 for _, table in relays):
        message = "every relay has the weight 0, which is for spare ones; give one relay a weight of 1"
        yield ("delivery", "relay", relays[0][0], "weight"), message
    for kind, key in (("relay", "name"), ("domain", "name"), ("warm_up", "domain")):
        seen: Counter[str] = Counter()
        for number, table in tables(delivery, kind):
            if isinstance(name := table.get(key), str):
                seen[name.lower()] += 1
                if seen[name.lower()] == 2:
                    message = f"two [[delivery.{kind}]] tables are for {name!r}; remove one"
                    yield ("delivery", kind, number, key), message
