"""Features of HTML and CSS that clients do not support, by the data of caniemail.com.

The data are in `caniemail.json`, which `docs/reference/caniemail.py` writes. The effect of a missing feature
on an edition is in `feature_effects.toml`.
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
"""The clients that are checked by default. The new Outlook for Windows is that of Outlook.com."""

_HARMLESS, _LOST = "harmless", "lost"
_PARTS = re.compile(r"::?([a-z-]+)")
_MEDIA_FEATURE = re.compile(r"\(\s*([a-z-]+)")
# Properties that matter little: space, lines and fonts.
_MINOR = re.compile(
    r"(?:margin|padding|border|outline|font|line-height|letter-spacing|word-|overflow-wrap|text-decoration|text-wrap)"
)
# Selectors for editions that Outlook.com has darkened; they mean nothing to other clients.
_OUTLOOK = re.compile(r"\[data-ogs[bc]\]")
# Elements that may contain a fallback.
_WITH_FALLBACK = frozenset({"video", "audio", "picture", "object"})


@dataclass(frozen=True)
class Feature:
    """A feature of HTML or CSS, the clients that do not support it, and the effect of that."""

    slug: str
    title: str
    unsupported_by: frozenset[str]
    severity: str
    effect: str


@dataclass(frozen=True)
class Table:
    """The data about clients.

    Attributes:
        date: of the last change.
        clients: names by id.
        features: by pattern, such as `property:display` or `tag:video`.
    """

    date: str
    clients: dict[str, str]
    features: dict[str, tuple[Feature, ...]]


@lru_cache(maxsize=1)
def table() -> Table:
    """Return the shipped data."""
    here = files(__package__)
    data: dict[str, Any] = json.loads(here.joinpath("caniemail.json").read_text(encoding="utf-8"))
    effects = tomllib.loads(here.joinpath("feature_effects.toml").read_text(encoding="utf-8"))
    features: dict[str, list[Feature]] = {}
    for slug, each in data["features"].items():
        severity = next((name for name in (_HARMLESS, _LOST) if slug in effects[name]), "")
        effect = effects[severity][slug] if severity else ""
        feature = Feature(slug, each["title"], frozenset(each["lacking"]), severity, effect)
        for pattern in each["match"]:
            features.setdefault(pattern, []).append(feature)
    return Table(data["date"], data["clients"], {pattern: tuple(each) for pattern, each in features.items()})


def check_names(clients: Sequence[str]) -> None:
    """Raise a ValueError for an unknown client, with the most similar one."""
    known = table().clients
    for each in clients:
        if each not in known:
            similar = difflib.get_close_matches(each, known, n=1)
            hint = f"did you mean {similar[0]}?" if similar else f"known: {', '.join(known)}"
            raise ValueError(f"caniemail has no client {each!r}; {hint}")


@dataclass(frozen=True)
class _Use:
    """The use of a feature, its place, and whether it has a fallback."""

    pattern: str
    element: etree._Element
    line: int | None = None
    has_fallback: bool = False


def check_clients(findings: FindingCollector, page: Page, sheets: Sheets, clients: Sequence[str]) -> None:
    """Report each feature that a client does not support, once.

    Raises:
        ValueError: a client is unknown.
    """
    known = table()
    checked = tuple(clients) or DEFAULT
    check_names(checked)
    reported: set[str] = set()
    for use in (*_of_sheets(sheets), *_of_elements(page)):
        for feature in known.features.get(use.pattern, ()):
            if feature.slug in reported or feature.severity == _HARMLESS:
                continue
            unsupported = [each for each in checked if each in feature.unsupported_by]
            if not unsupported or (use.has_fallback and feature.slug.startswith("css-")):
                continue
            reported.add(feature.slug)
            names = ", ".join(known.clients[each] for each in unsupported)
            effect = f"; {feature.effect}" if feature.effect else ""
            findings.add(
                _rule(feature, use),
                page.path(use.element),
                f"{feature.title} in {names}{effect}",
                use.line if use.line is not None else use.element,
                snippet=page.snippet(use.element),
            )


def _rule(feature: Feature, use: _Use) -> str:
    if feature.slug.startswith("image-"):
        return "client-image-format"
    return (
        "client-content-lost" if feature.severity == _LOST and not use.has_fallback else "client-unsupported"
    )


def _of_sheets(sheets: Sheets) -> Iterator[_Use]:
    for name, prelude, element, line, _ in sheets.at_rules:
        yield _Use(f"at:{name}", element, line)
        if name == "media":
            for feature in _MEDIA_FEATURE.findall(prelude.lower()):
                yield _Use(f"feature:{feature}", element, line)
    for rule in sheets.rules:
        # A client that does not know the condition uses the styles outside of it.
        is_conditional = any(each.startswith(("@media", "@supports")) for each in rule.conditions)
        if rule.nested:
            yield _Use("nesting", rule.element, rule.line, is_conditional)
        # A client that does not know the selector loses only the declarations of the rule.
        is_minor = (
            is_conditional
            or bool(_OUTLOOK.search(rule.selector))
            or all(_MINOR.match(each.name) for each in rule.declarations)
        )
        for pattern in _selector_patterns(rule.selector):
            yield _Use(pattern, rule.element, rule.line, is_minor)
        for pattern, line, has_fallback in _block_patterns(rule.declarations):
            yield _Use(pattern, rule.element, line, has_fallback or is_conditional)


@lru_cache(maxsize=512)
def _selector_patterns(selector: str) -> tuple[str, ...]:
    patterns = [f"pseudo:{name}" for name in _PARTS.findall(selector.lower())]
    if "[" in selector:
        patterns.append("selector:[]")
    bare = re.sub(r"\[[^\[\]]*\]|\([^()]*\)", "", selector)
    patterns += [f"selector:{sign}" for sign in ">+~*" if sign in bare]
    return tuple(patterns)


def _block_patterns(declarations: Sequence[Declaration]) -> Iterator[tuple[str, int, bool]]:
    """Yield the patterns of a block; an earlier declaration of the same property is a fallback."""
    earlier: set[str] = set()
    for each in declarations:
        for pattern in _declaration_patterns(each.name, each.value):
            yield pattern, each.line, each.name in earlier and not pattern.startswith("property:")
        earlier.add(each.name)


@lru_cache(maxsize=4096)
def _declaration_patterns(name: str, value: str) -> tuple[str, ...]:
    patterns = [f"property:{name}"]
    try:
        _add_value_patterns(tinycss2.parse_component_value_list(value, skip_comments=True), name, patterns)
    except RecursionError:
        return tuple(patterns)
    return tuple(patterns)


def _add_value_patterns(tokens: Sequence[Any], name: str, patterns: list[str]) -> None:
    for token in tokens:
        if token.type == "ident":
            patterns += [f"value:{name}:{token.lower_value}", f"keyword:{token.lower_value}"]
        elif token.type == "dimension":
            patterns.append(f"unit:{token.lower_unit}")
        elif token.type == "percentage":
            patterns.append("unit:%")
        elif token.type == "function":
            patterns.append(f"function:{token.lower_name}")
            _add_value_patterns(token.arguments, name, patterns)
        elif token.type in ("() block", "[] block", "{} block"):
            _add_value_patterns(token.content, name, patterns)


def _of_elements(page: Page) -> Iterator[_Use]:
    for element in page.elements:
        tag = tag_of(element)
        yield _Use(f"tag:{tag}", element, has_fallback=tag in _WITH_FALLBACK and _has_fallback(page, element))
        for raw, text in element.items():
            name, value = str(raw).lower(), str(text)
            if name == "style":
                for pattern, _, has_fallback in _block_patterns(declarations_of(value)):
                    # Every client keeps the lines of a pre.
                    is_default = tag == "pre" and pattern == "property:white-space"
                    yield _Use(pattern, element, None, has_fallback or is_default)
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
    """Return the format of an image by the end of its address; empty if it has none."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    return path.rpartition(".")[2].lower() if "." in path.rpartition("/")[2] else ""
