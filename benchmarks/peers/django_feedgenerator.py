"""Django's generator, as `feedgenerator` packages it: one object a format, as its base class wants it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from io import BytesIO
from typing import Any

from feedgenerator import Atom1Feed, Rss201rev2Feed
from feedgenerator.django.utils.feedgenerator import rfc3339_date

from ..sample import Record
from . import FeedMetadata

VERSIONS = {"feedgenerator": version("feedgenerator")}


class RssWithBody(Rss201rev2Feed):
    """RSS with the body and the last change, by the hooks that Django documents; by itself it drops them."""

    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), "xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["content"])
        handler.addQuickElement("atom:updated", rfc3339_date(item["updateddate"]))


FORMATS = {"rss": RssWithBody, "atom": Atom1Feed}


def prepare(records: Sequence[Record]) -> Sequence[Record]:
    return records


def make(prepared: Sequence[Record], kinds: Sequence[str]) -> list[bytes]:
    return [_document(prepared, kind) for kind in kinds]


def _document(records: Sequence[Record], kind: str) -> bytes:
    head = FeedMetadata()
    feed = FORMATS[kind](
        title=head.title,
        link=head.home,
        description=head.description,
        language="en",
        feed_url=getattr(head, kind),
    )
    for record in records:
        feed.add_item(
            title=record.title,
            link=record.link,
            description=record.summary,
            content=record.html,
            author_name=record.author,
            author_email=record.email,
            categories=record.tags,
            pubdate=record.published,
            updateddate=record.updated,
            unique_id=record.id,
            unique_id_is_permalink=True,
        )
    # A little quicker than into text that is encoded afterwards.
    document = BytesIO()
    feed.write(document, "utf-8")
    return document.getvalue()
