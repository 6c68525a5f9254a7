"""What of a letter's HTML and CSS clients lack, by the data of caniemail.com.

The data are in `caniemail.json`, made by `docs/reference/caniemail.py`; what becomes of a letter without a
feature is in `degrading.toml`.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import tinycss2
from lxml import etree

from ...model.findings import FindingCollector
from .html_tree import Page, tag_of
from .stylesheets import Declaration, Sheets, declarations_of

DEFAULT = (
    *("gmail/desktop-webmail", "gmail/ios", "gmail/android"),
    *("outlook/windows", "outlook/outlook-com", "outlook/macos"),
    *("apple-mail/macos", "apple-mail/ios", "thunderbird/macos"),
    *("yahoo/desktop-webmail", "samsung-email/android"),
)
"""The clients that letters are judged for where nobody names others; the new Outlook for Windows is that of
Outlook.com."""

_HARMLESS, _LOST = "harmless", "lost"
_PARTS = re.compile(r"::?([a-z-]+)")
_MEDIA_FEATURE = re.compile(r"\(\s*([a-z-]+)")
# What a letter can do without: space, lines and the shape of letters.
_SLIGHT = re.compile(
    r"(?:margin|padding|border|outline|font|line-height|letter-spacing|word-|overflow-wrap|text-decoration|text-wrap)"
)
# How Outlook.com marks a letter that it has darkened; nobody else has these.
_OUTLOOK = re.compile(r"\[data-ogs[bc]\]")
# These hold another way of showing what they show.
_WITH_FALLBACK = frozenset({"video", "audio", "picture", "object"})


@dataclass(frozen=True)
class Feature:
    """A feature of HTML or CSS, the clients that lack it, and what becomes of a letter there."""

    slug: str
    title: str
    lacking: frozenset[str]
    fate: str
    reason: str


@dataclass(frozen=True)
class Table:
    """What is known of clients.

    Attributes:
        date: when the data were last changed.
        clients: ids to names.
        features: what a feature looks like, to the features that look so.
    """

    date: str
    clients: dict[str, str]
    features: dict[str, tuple[Feature, ...]]


@lru_cache(maxsize=1)
def table() -> Table:
    """The data that ship with the library."""
    here = files(__package__)
    data: dict[str, Any] = json.loads(here.joinpath("caniemail.json").read_text(encoding="utf-8"))
    fates = tomllib.loads(here.joinpath("degrading.toml").read_text(encoding="utf-8"))
    found: dict[str, list[Feature]] = {}
    for slug, each in data["features"].items():
        fate = next((name for name in (_HARMLESS, _LOST) if slug in fates[name]), "")
        reason = fates[fate][slug] if fate else ""
        feature = Feature(slug, each["title"], frozenset(each["lacking"]), fate, reason)
        for look in each["match"]:
            found.setdefault(look, []).append(feature)
    return Table(data["date"], data["clients"], {look: tuple(each) for look, each in found.items()})


def check_names(clients: Sequence[str]) -> None:
    """Raise a ValueError, which names the nearest, for a client that the data do not have."""
    known = table().clients
    for each in clients:
        if each not in known:
            near = difflib.get_close_matches(each, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
            raise ValueError(f"caniemail has no client {each!r}; {hint}")


@dataclass(frozen=True)
class _Use:
    """Something that a client may lack, where it stands, and whether there is a fallback for it."""

    look: str
    element: etree._Element
    line: int | None = None
    backed: bool = False


def check_clients(findings: FindingCollector, page: Page, sheets: Sheets, clients: Sequence[str]) -> None:
    """Tell what clients lack, each feature once.

    Raises:
        ValueError: the data have no such client.
    """
    known = table()
    wanted = tuple(clients) or DEFAULT
    check_names(wanted)
    told: set[str] = set()
    for use in (*_of_sheets(sheets), *_of_elements(page)):
        for feature in known.features.get(use.look, ()):
            if feature.slug in told or feature.fate == _HARMLESS:
                continue
            lacking = [each for each in wanted if each in feature.lacking]
            if not lacking or (use.backed and feature.slug.startswith("css-")):
                continue
            told.add(feature.slug)
            names = ", ".join(known.clients[each] for each in lacking)
            reason = f"; {feature.reason}" if feature.reason else ""
            findings.add(
                _rule(feature, use),
                page.path(use.element),
                f"{feature.title} in {names}{reason}",
                use.line if use.line is not None else use.element,
                snippet=page.snippet(use.element),
            )


def _rule(feature: Feature, use: _Use) -> str:
    if feature.slug.startswith("image-"):
        return "client-image"
    return "client-lost" if feature.fate == _LOST and not use.backed else "client-feature"


def _of_sheets(sheets: Sheets) -> Iterator[_Use]:
    for name, prelude, element, line, _ in sheets.at_rules:
        yield _Use(f"at:{name}", element, line)
        if name == "media":
            for feature in _MEDIA_FEATURE.findall(prelude.lower()):
                yield _Use(f"feature:{feature}", element, line)
    for rule in sheets.rules:
        # Who does not know the condition keeps what stands outside of it.
        enhancing = any(each.startswith(("@media", "@supports")) for each in rule.conditions)
        if rule.nested:
            yield _Use("nesting", rule.element, rule.line, enhancing)
        # Where a client does not know the selector, all that is lost is what the rule says.
        slight = (
            enhancing
            or bool(_OUTLOOK.search(rule.selector))
            or all(_SLIGHT.match(each.name) for each in rule.declarations)
        )
        for look in _looks_of_selector(rule.selector):
            yield _Use(look, rule.element, rule.line, slight)
        for look, line, backed in _looks_of(rule.declarations):
            yield _Use(look, rule.element, line, backed or enhancing)


@lru_cache(maxsize=512)
def _looks_of_selector(selector: str) -> tuple[str, ...]:
    looks = [f"pseudo:{name}" for name in _PARTS.findall(selector.lower())]
    if "[" in selector:
        looks.append("selector:[]")
    bare = re.sub(r"\[[^\]]*\]|\([^()]*\)", "", selector)
    looks += [f"selector:{sign}" for sign in ">+~*" if sign in bare]
    return tuple(looks)


def _looks_of(declarations: Sequence[Declaration]) -> Iterator[tuple[str, int, bool]]:
    """What a block of declarations looks like; an earlier one of the same property is a fallback."""
    earlier: set[str] = set()
    for each in declarations:
        for look in _looks_of_declaration(each.name, each.value):
            yield look, each.line, each.name in earlier and not look.startswith("property:")
        earlier.add(each.name)


@lru_cache(maxsize=4096)
def _looks_of_declaration(name: str, value: str) -> tuple[str, ...]:
    looks = [f"property:{name}"]
    try:
        _look_into(tinycss2.parse_component_value_list(value, skip_comments=True), name, looks)
    except RecursionError:
        return tuple(looks)
    return tuple(looks)


def _look_into(tokens: Sequence[Any], name: str, looks: list[str]) -> None:
    for token in tokens:
        if token.type == "ident":
            looks += [f"value:{name}:{token.lower_value}", f"keyword:{token.lower_value}"]
        elif token.type == "dimension":
            looks.append(f"unit:{token.lower_unit}")
        elif token.type == "percentage":
            looks.append("unit:%")
        elif token.type == "function":
            looks.append(f"function:{token.lower_name}")
            _look_into(token.arguments, name, looks)
        elif token.type in ("() block", "[] block", "{} block"):
            _look_into(token.content, name, looks)


def _of_elements(page: Page) -> Iterator[_Use]:
    for element in page.elements:
        tag = tag_of(element)
        yield _Use(f"tag:{tag}", element, backed=tag in _WITH_FALLBACK and _has_fallback(page, element))
        for raw, text in element.items():
            name, value = str(raw).lower(), str(text)
            if name == "style":
                for look, _, backed in _looks_of(declarations_of(value)):
                    # Every client knows that the lines of a pre are its own.
                    own = tag == "pre" and look == "property:white-space"
                    yield _Use(look, element, None, backed or own)
                continue
            yield _Use(f"attribute:{name}", element)
            yield _Use(f"tag:{tag}[{name}={value.strip().lower()[:20]}]", element)
            if name == "href":
                yield _Use("link:#" if value.startswith("#") else f"link:{value.partition(':')[0]}", element)
            elif name == "src" and tag == "img":
                yield _Use(f"image:{_format(value)}", element)


def _has_fallback(page: Page, element: etree._Element) -> bool:
    return bool(page.text(element)) or any(True for _ in element.iter("a", "img"))


def _format(address: str) -> str:
    """The format of an image by the end of its address, which need not tell it."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    return path.rpartition(".")[2].lower() if "." in path.rpartition("/")[2] else ""
