"""The names that records have for the fields of an article, and the values that a record has under them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .record_problems import REPAIRED, RecordProblems
from .source import RawRecord
from .value_conversion import nested_value, repair_texts

NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "guid"),
    "title": ("title", "headline", "name"),
    "link": ("link", "url", "permalink"),
    "canonical": ("canonical", "canonical_url"),
    "summary": ("summary", "description", "excerpt", "abstract"),
    "content_html": ("content_html", "content", "html", "body"),
    "content_text": ("content_text", "text"),
    "authors": ("authors", "author", "byline", "creator"),
    "tags": ("tags", "tag", "keywords", "categories"),
    "section": ("section", "category"),
    "language": ("language", "lang"),
    "published": ("published", "date_published", "date", "pubDate", "published_at", "created"),
    "updated": ("updated", "date_modified", "modified", "lastmod", "updated_at"),
    "image": ("image", "banner_image", "cover", "thumbnail"),
    "attachments": ("attachments", "enclosures", "enclosure"),
    "license": ("license", "licence"),
    "rights": ("rights", "copyright"),
    "score": ("score",),
    "draft": ("draft",),
    "alternates": ("alternates", "alternate", "translations"),
    "discussion": ("discussion", "comments", "comments_url"),
    "comment_count": ("comment_count", "comments_count"),
    "comment_feed": ("comment_feed", "comments_feed"),
    "replies_to": ("replies_to", "in_reply_to", "in-reply-to"),
    "origin": ("origin", "source_feed"),
    "location": ("location", "geo", "coordinates"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon", "lng"),
    "episode": ("episode", "itunes_episode"),
    "season": ("season", "itunes_season"),
    "episode_type": ("episode_type", "itunes_episodetype"),
    "explicit": ("explicit", "itunes_explicit"),
    "transcripts": ("transcripts", "transcript"),
    "chapters": ("chapters",),
    "persons": ("persons", "people", "guests"),
    "elements": ("elements",),
}
"""Our name of each field, to the names that records have for it. The first name with a value counts."""

DATES = ("published", "updated")
_TEXTS = ("title", "section", "rights", "language", "summary", "content_html", "content_text")


def collect_values(
    record: RawRecord, nameable: Mapping[str, Any], fields: Mapping[str, str], problems: RecordProblems
) -> dict[str, Any]:
    """Return the values of a record by our names of fields, repaired.

    Args:
        nameable: the fields that the config can name.
        fields: our name of a field, to the record's name or dotted path.
        problems: receives what was repaired, and the record's names of the fields.
    """
    values: dict[str, Any] = {}
    mapped_names = set(fields.values())
    for name, aliases in NAMES.items():
        mapped = fields.get(name)
        for own_name in (mapped,) if mapped else aliases:
            if mapped:
                value = nested_value(nameable, own_name)
            elif own_name in mapped_names:
                continue
            else:
                value = record.fields.get(own_name)
            if isinstance(value, bool) and name in DATES:
                # Jekyll's `published: false` marks a draft.
                continue
            if value is not None and value != "" and value != []:
                problems.own_names[name] = own_name
                values[name], is_repaired = repair_texts(value)
                if name == "id":
                    problems.id = values[name]
                if is_repaired:
                    problems.report(name, REPAIRED, "warning")
                break
    for name, value in record.fallbacks.items():
        values.setdefault(name, value)
    for name in _TEXTS:
        value = values.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            values[name] = str(value)
    return values
