"""Values of Media RSS that depend on another attribute (Media RSS 1.5.1)."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from ...model.findings import FindingCollector
from .markup import check_body, markup_in
from .value_syntax import SPACE, is_iri
from .vocabularies import COUNTRIES

_Check = Callable[[FindingCollector, etree._Element, str], None]

_RULE = "extension-value-invalid"
_SIMPLE_SCHEME = "urn:simple"
_RATINGS = {
    _SIMPLE_SCHEME: re.compile(r"adult|nonadult"),
    "urn:mpaa": re.compile(r"(?i)g|pg|pg-13|r|nc-17|x|nr|ur|not rated|unrated"),
    "urn:v-chip": re.compile(
        r"(?i)(?:tv-)?(?:y7?(?:-fv)?|g|pg|14|ma)(?:[ -][dlsv]+)*|18\+|14\+|e|c|c8|all|none|8\+"
    ),
    "urn:icra": re.compile(r"(?i)r \((?:[a-z]{2} [01] ?)+\)"),
}
# The letters of ICRA's labels: nudity, sex, violence, language, potentially harmful, user-generated content.
_ICRA_LABEL = re.compile(r"\b([a-z])[a-z] [01]")
_ICRA_LETTERS = frozenset("nsvloc")
_HASH_DIGITS = {"md5": 32, "sha-1": 40}
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")


def _text(element: etree._Element) -> str:
    return (element.text or "").strip(SPACE)


def _check_rating(findings: FindingCollector, element: etree._Element, path: str) -> None:
    text, scheme = _text(element), element.get("scheme") or _SIMPLE_SCHEME
    pattern = _RATINGS.get(scheme)
    if pattern is None:
        return
    is_valid = pattern.fullmatch(text) is not None
    if scheme == "urn:icra":
        is_valid = is_valid and {match[1] for match in _ICRA_LABEL.finditer(text)} <= _ICRA_LETTERS
    if text and not is_valid:
        findings.add(_RULE, path, f"{text!r} is not a rating of {scheme}", element)


def _check_hash(findings: FindingCollector, element: etree._Element, path: str) -> None:
    text, digits = _text(element), _HASH_DIGITS.get(element.get("algo") or "md5")
    if text and digits and not (_HEXADECIMAL.fullmatch(text) and len(text) == digits):
        findings.add(_RULE, path, f"{text!r} has not {digits} hexadecimal digits", element)


def _check_restriction(findings: FindingCollector, element: etree._Element, path: str) -> None:
    text, kind = _text(element), element.get("type")
    if kind is None and text not in ("all", "none", ""):
        findings.add(_RULE, path, f"{text!r} without a type is neither all nor none", element)
    for each in text.split():
        if kind == "country" and each.upper() not in COUNTRIES:
            findings.add(_RULE, path, f"{each!r} is not a country code of ISO 3166-1", element)
        elif kind == "uri" and not is_iri(each):
            findings.add("extension-url-invalid", path, each, element)


def _check_credit(findings: FindingCollector, element: etree._Element, path: str) -> None:
    role = element.get("role") or ""
    if role != role.lower():
        findings.add(_RULE, f"{path} / @role", f"{role!r} is not in lower case", element)


def _check_typed_text(findings: FindingCollector, element: etree._Element, path: str) -> None:
    text = element.text or ""
    if element.get("type") == "html":
        check_body(findings, text, path, element)
    elif markup := markup_in(text):
        findings.add("media-html-undeclared", path, markup, element)


MEDIA_CHECKS: dict[str, _Check] = {
    "credit": _check_credit,
    "description": _check_typed_text,
    "hash": _check_hash,
    "rating": _check_rating,
    "restriction": _check_restriction,
    "text": _check_typed_text,
    "title": _check_typed_text,
}
"""The check of an element, by its local name."""
