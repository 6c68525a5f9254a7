"""A feed extension in one file: PRISM, the metadata of journals (PRISM Basic, W3C Member Submission 2020).

Register it with `syndicate.register_extension(Prism())`, or in a package of yours by an entry point:

    [project.entry-points."syndicate.extensions"]
    prism = "your_package.prism:Prism"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from syndicate import Article, Extension, FeedMetadata, XmlElement, xml_element

NAMESPACE = "http://prismstandard.org/namespaces/basic/2.0/"
DOI = re.compile(r"10\.\d{4,9}/\S+")
ISSN = re.compile(r"\d{4}-\d{3}[\dX]")


def wrong_doi(value: str) -> str | None:
    """Return what is wrong with a DOI; None if nothing is."""
    return None if DOI.fullmatch(value) else f"{value!r} is not a DOI, such as 10.1000/182"


def wrong_issn(value: str) -> str | None:
    """Return what is wrong with an ISSN (ISO 3297); None if nothing is."""
    if not ISSN.fullmatch(value):
        return f"{value!r} is not an ISSN, such as 2049-3630"
    digits = [10 if character == "X" else int(character) for character in value.replace("-", "")]
    weighted = sum(digit * (8 - place) for place, digit in enumerate(digits))
    return f"the check digit of the ISSN {value} is wrong" if weighted % 11 else None


def _doi(value: str) -> str:
    if mistake := wrong_doi(value):
        raise ValueError(mistake)
    return value


def _issn(value: str) -> str:
    if mistake := wrong_issn(value):
        raise ValueError(mistake)
    return value


class PrismArticle(BaseModel):
    """What PRISM says of an article."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    doi: Annotated[str, AfterValidator(_doi)] | None = None
    volume: str | None = None
    number: str | None = None
    starting_page: str | None = None
    ending_page: str | None = None


class PrismFeed(BaseModel):
    """What PRISM says of a journal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    publication_name: str | None = None
    issn: Annotated[str, AfterValidator(_issn)] | None = None


class Prism(Extension):
    """PRISM in RSS, Atom and JSON Feed."""

    name = "prism"
    namespaces = {"prism": NAMESPACE}
    data = PrismArticle
    feed_data = PrismFeed
    record_fields = {
        "doi": ("doi", "prism_doi"),
        "volume": ("volume", "journal.volume"),
        "number": ("issue", "journal.issue"),
        "starting_page": ("first_page",),
        "ending_page": ("last_page",),
    }
    lint_elements = {
        "prism": """
            doi i 1 text=doi
            volume i 1 text=filled
            number i 1 text=filled
            startingPage i 1 text=filled
            endingPage i 1 text=filled
            publicationName ci 1 text=filled
            issn ci 1 text=issn
        """
    }
    lint_kinds = {"doi": wrong_doi, "issn": wrong_issn}

    def entry_elements(self, article: Article, format: str) -> Iterator[XmlElement]:
        for name, value in _members(self.read(article)):
            yield xml_element(f"prism:{name}", value)

    def feed_elements(self, metadata: FeedMetadata, format: str) -> Iterator[XmlElement]:
        for name, value in _members(self.read(metadata.feed)):
            yield xml_element(f"prism:{name}", value)

    def entry_json(self, article: Article) -> Mapping[str, Any]:
        return _json(self.read(article))

    def feed_json(self, metadata: FeedMetadata) -> Mapping[str, Any]:
        return _json(self.read(metadata.feed))


def _members(data: BaseModel | None) -> Iterable[tuple[str, str]]:
    """Return the fields that have a value, under the names of PRISM: `starting_page` is `startingPage`."""
    for name, value in data or ():
        if value:
            first, *rest = name.split("_")
            yield first + "".join(map(str.capitalize, rest)), value


def _json(data: BaseModel | None) -> Mapping[str, Any]:
    return {"_prism": {"about": NAMESPACE, **dict(_members(data))}} if data else {}
