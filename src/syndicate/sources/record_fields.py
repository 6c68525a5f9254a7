"""The names that records have for the fields of an article, and the values that a record has under them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from .dates import is_no_date
from .field_names import normalize_name
from .field_rules import FieldRule
from .path_dates import date_in_permalink
from .record_problems import REPAIRED, RecordProblems
from .source import RawRecord
from .value_conversion import is_absent, nested_value, repair_texts
from .visibility import VISIBILITY_NAMES, read_flag

NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "guid"),
    "title": ("title.rendered", "title", "headline", "name"),
    "link": ("link", "url", "permalink"),
    "canonical": ("canonical", "canonical_url"),
    "summary": ("excerpt.rendered", "summary", "description", "excerpt", "abstract", "custom_excerpt"),
    "content_html": ("content.rendered", "content_html", "content", "html", "body", "body_html"),
    "content_markdown": ("content_markdown",),
    "content_text": ("content_text", "text", "plaintext"),
    "authors": ("_embedded.author", "authors", "author", "byline", "creator", "writer", "by"),
    "contributors": ("contributors", "contributor"),
    "publisher": ("publisher",),
    "tags": ("tags", "tag", "keywords", "taxonomies.tags", "categories", "topics"),
    "section": ("section", "category", "primary_tag"),
    "language": ("language", "lang", "locale"),
    "published": (
        *("published", "date_published", "published_at", "published_on", "publish_date", "published_date"),
        *(
            "pub_date",
            "pub_datetime",
            "publication_date",
            "post_date_gmt",
            "date_gmt",
            "date.created",
            "date",
            "post_date",
        ),
        *("posted_at", "posted_on", "date_posted", "posted", "first_published_at", "issued", "datetime"),
        *("created", "created_at", "created_on", "date_created", "created_date", "creation_date"),
        "created_time",
    ),
    "updated": (
        *("updated", "date_modified", "updated_at", "updated_on", "updated_date", "update_date"),
        *(
            "date_updated",
            "date.updated",
            "lastmod",
            "last_modified",
            "last_modified_at",
            "last_modified_date",
        ),
        *("modified_gmt", "post_modified_gmt", "modified", "modified_at", "modified_on", "modified_date"),
        *("post_modified", "mod_datetime", "last_update.date", "last_update", "last_updated"),
        *("last_updated_at", "last_edited_time", "last_edited", "edited_at", "latest_published_at"),
    ),
    "expires": (
        *("expires", "expiry_date", "expires_at", "expires_on", "expired_at", "expiration_date"),
        *("expiration", "expiry", "expire_date", "date_expires", "unpublish_date", "unpublish_at"),
        *("valid_until", "valid_through"),
    ),
    "image": (
        *("image", "banner_image", "feature_image", "featured_image", "cover", "cover_image", "hero_image"),
        *("main_image", "og_image", "social_image", "preview_image", "header.image", "header.teaser"),
        "header_img",
        *("image_url", "featured_image_url", "jetpack_featured_media_url", "_embedded.wp:featuredmedia"),
        *("images", "thumbnail", "thumbnail_url"),
    ),
    "image_alt": ("image_alt", "feature_image_alt", "featured_image_alt", "cover_alt", "hero_image_alt"),
    "attachments": ("attachments", "enclosures", "enclosure", "audio", "audio_url", "podcast_url"),
    "duration": ("duration", "itunes_duration", "audio_duration"),
    "license": ("license", "licence"),
    "rights": ("rights", "copyright"),
    "score": ("score",),
    "draft": ("draft", "is_draft"),
    "alternates": ("alternates", "alternate", "translations"),
    "discussion": ("discussion", "comments", "comments_url"),
    "comment_count": ("comment_count", "comments_count"),
    "comment_feed": ("comment_feed", "comments_feed"),
    "replies_to": ("replies_to", "in_reply_to"),
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
    "season_name": ("season_name",),
    "soundbites": ("soundbites", "soundbite"),
    "alternate_enclosures": ("alternate_enclosures", "alternateEnclosures"),
    "live": ("live", "live_item", "liveItem"),
    "elements": ("elements",),
}
"""Our name of each field, to the names that records have for it. The first name with a value counts.

Case, hyphens, underscores and spaces do not matter. A dot goes into a mapping.
"""

DATES = ("published", "updated", "expires")
_TEXTS = ("title", "section", "rights", "language", "summary", "content_html", "content_text")


def _names_by_key() -> dict[str, list[tuple[str, int, str, str]]]:
    """Return names by their first part: our name, the place in its row, the exact first part, the path."""
    by_key: dict[str, list[tuple[str, int, str, str]]] = {}
    for name, aliases in NAMES.items():
        for place, alias in enumerate(aliases):
            key, _, path = alias.partition(".")
            by_key.setdefault(normalize_name(key), []).append((name, place, key, path))
    return by_key


_NAMES_BY_KEY = _names_by_key()


def collect_values(
    record: RawRecord, nameable: Mapping[str, Any], rules: Mapping[str, FieldRule], problems: RecordProblems
) -> dict[str, Any]:
    """Return the values of a record by our names of fields, repaired.

    Args:
        nameable: the fields that the config can name.
        rules: the config's rules for fields, by our names.
        problems: receives what was repaired, and the record's names of the fields.
    """
    found = _values_by_name(record.fields, rules)
    for name, rule in rules.items():
        if name in NAMES:
            own_name, value = rule.find(name, nameable)
            if not _is_missing(name, value):
                found[name] = own_name, value
    values: dict[str, Any] = {}
    for name in NAMES:
        if name not in found:
            continue
        own_name, value = found[name]
        problems.own_names[name] = own_name
        values[name], is_repaired = repair_texts(value)
        if name == "id":
            problems.id = values[name]
        if is_repaired:
            problems.report(name, REPAIRED, "warning")
    for name, value in record.fallbacks.items():
        values.setdefault(name, value)
    if "published" not in values and (day := _date_in_link(record.fields, values.get("link"))):
        values["published"] = day
    for name in _TEXTS:
        value = values.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            values[name] = str(value)
    return values


def _date_in_link(fields: Mapping[str, Any], link: Any) -> date | None:
    texts = (fields.get("path"), fields.get("permalink"), link)
    return next((day for text in texts if isinstance(text, str) and (day := date_in_permalink(text))), None)


def _values_by_name(fields: Mapping[str, Any], rules: Mapping[str, FieldRule]) -> dict[str, tuple[str, Any]]:
    """Return the record's name and the value of each field that has no rule."""
    # What the config names has that meaning and no other.
    named = {own for rule in rules.values() for own in rule.field} if rules else ()
    found: dict[str, tuple[str, Any]] = {}
    ranks: dict[str, tuple[int, bool]] = {}
    for key, whole in fields.items():
        for name, place, exact_key, path in _NAMES_BY_KEY.get(normalize_name(key), ()):
            rank = (place, key != exact_key)
            if name in rules or (name in ranks and ranks[name] <= rank):
                continue
            own_name = f"{key}.{path}" if path else key
            if own_name in named:
                continue
            value = nested_value(whole, path) if path and isinstance(whole, Mapping) else whole
            if (path and not isinstance(whole, Mapping)) or _is_missing(name, value):
                continue
            found[name], ranks[name] = (own_name, value), rank
    return found


def _is_missing(name: str, value: Any) -> bool:
    if is_absent(value):
        return True
    # `published: false` marks a draft, and in a database 1 and 0 stand for yes and no.
    if name in DATES:
        return read_flag(value) is not None or is_no_date(value)
    # Eleventy has `permalink: false`, and mappings.
    return name == "link" and isinstance(value, bool | dict)


# Names that people write by hand. Others are written by programs, which make no mistakes in spelling.
_WRITTEN = (
    *("title", "link", "permalink", "canonical", "summary", "description", "excerpt", "content", "author"),
    *("authors", "tags", "keywords", "categories", "category", "section", "language", "date", "published"),
    *("publish_date", "updated", "modified", "last_modified", "expires", "expiry_date", "image", "cover"),
    *("thumbnail", "enclosure", "license", "copyright", "draft", "location", "latitude", "longitude"),
    *("episode", "season", "explicit", "transcript", "chapters", "translations"),
)
_WORDS = {
    normalize_name(alias): name for name, aliases in NAMES.items() for alias in aliases if alias in _WRITTEN
}
# A record that misspells one field rarely has more than a few unknown names, and comparing one takes time.
_MAX_COMPARED = 200
# The similarity that a misspelt name has; the second for long names, of which many have long parts in common.
_SIMILAR, _SIMILAR_IF_LONG, _LONG = 0.8, 0.87, 7


def report_unknown_names(
    fields: Mapping[str, Any], known: Mapping[str, Any], compared: set[str], problems: RecordProblems
) -> None:
    """Report names that look like a misspelt name of a field that the record does not have.

    Args:
        known: the values that were found, by our names.
        compared: the names that were compared before, in other records of the source; new ones are added.
    """
    for own_name, value in fields.items():
        if own_name in compared or len(compared) >= _MAX_COMPARED:
            continue
        compared.add(own_name)
        key = normalize_name(own_name)
        if (
            key in _NAMES_BY_KEY
            or key in VISIBILITY_NAMES
            or not 4 <= len(key) <= 20
            or isinstance(value, bool)
        ):
            continue
        similar = get_close_matches(
            key, _WORDS, n=1, cutoff=_SIMILAR if len(key) < _LONG else _SIMILAR_IF_LONG
        )
        if similar and (name := _WORDS[similar[0]]) not in known:
            problems.note(
                own_name,
                f"{own_name!r} is not used; did you mean {name!r}?",
                hint=f'rename it, or name it in the config: fields = {{ {name} = "{own_name}" }}',
            )
