"""From a raw record to an article: field names mapped, text repaired, HTML sanitised, values validated."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from pydantic import ValidationError

from ..errors import RecordError, Where
from ..extensions import Extension, extensions
from ..model import Article, IncomingArticle, Problem, Severity
from ..model.article_identity import identity, is_uri
from ..model.slug import slug
from ..model.validation_messages import describe_error, field_path
from ..text.html_to_text import to_text
from ..text.illegal_characters import repair_text
from ..text.sanitize import sanitize, text_to_html
from ..text.summary import summarize
from .dates import read_date
from .extra_fields import namespace_of, read_elements, read_extra_fields
from .field_readers import read_attachments, read_authors, read_image, read_license, read_tags
from .id_claims import Home, hosts
from .source import RawRecord
from .value_conversion import iterate_texts, nested_value, repair_texts, without_invalid

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

# An invalid value in one of these costs the value, not the article.
_OPTIONAL = {
    *("authors", "tags", "image", "attachments", "license"),
    *("language", "canonical", "score", "section", "rights"),
    *("alternates", "discussion", "replies_to", "origin", "location", "episode", "elements"),
}

_REPAIRED = "characters that no feed may contain were removed"
_DATES = ("published", "updated")
_TEXTS = ("title", "section", "rights", "language", "summary", "content_html", "content_text")
_YES = {"true", "yes", "on", "1"}
# YAML can describe a record with more values than memory holds, by references to itself.
_MAX_VALUES = 100_000


@dataclass(frozen=True, slots=True)
class RecordMapping:
    """How the records of a source become articles.

    Attributes:
        source: the source's name.
        fields: our name of a field, to the record's name or dotted path.
        link: a template for records without a link: `{path}`, `{slug}`, `{date:%Y/%m/%d}`, any field.
        base: the site's URL; relative links are relative to it.
        timezone: of dates without a zone.
        language: of records without one.
        max_characters: the size limit of a record.
        namespaces: by prefix; a record may have elements of these and of no others.
        elements: `prefix:name` of an element of each article, to the record's field with its text.
        home_urls: where the records are at home according to the config.
        is_own: whether they are the publisher's own, so that they are at home at `base` too.
    """

    source: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None
    base: str | None = None
    timezone: tzinfo = UTC
    language: str | None = None
    max_characters: int = 10_000_000
    namespaces: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)
    home_urls: Collection[str] = ()
    is_own: bool = False


def to_article(record: RawRecord, mapping: RecordMapping) -> tuple[IncomingArticle | None, list[Problem]]:
    """Return the article of a record, or None if the record is refused; and the problems of the record."""
    problems: list[Problem] = []
    try:
        return _ArticleBuilder(record, mapping, problems).build(), problems
    except RecordError as error:
        return None, [*problems, Problem.of(error)]


def article_from(
    record: Mapping[str, Any],
    *,
    base: str | None = None,
    timezone: tzinfo = UTC,
    fields: Mapping[str, str] | None = None,
    namespaces: Mapping[str, str] | None = None,
    problems: list[Problem] | None = None,
) -> Article:
    """Return the article of an untrusted record: validated, sanitised, with an id.

    Args:
        record: fields under the usual names, such as `title`, `url`, `content_html`, `date`.
        base: the URL that relative links, images and attachments are relative to.
        timezone: of dates without a zone.
        fields: our name of a field, to the record's name or dotted path: `{"title": "headline"}`.
        namespaces: by prefix; the record may have `elements` of these and of no others.
        problems: receives what was repaired and what was left out, such as a tag that is not text.

    Raises:
        RecordError: the record cannot become an article; says which field is wrong and why.
    """
    mapping = RecordMapping(base=base, timezone=timezone, fields=fields or {}, namespaces=namespaces or {})
    incoming, found = to_article(RawRecord(record, Where()), mapping)
    if incoming is None:
        last = found[-1]
        raise RecordError(last.message, where=Where(field=last.field, id=last.id), hint=last.hint)
    if problems is not None:
        problems += found
    return incoming.article


class _ArticleBuilder:
    def __init__(self, record: RawRecord, mapping: RecordMapping, problems: list[Problem]) -> None:
        self._record = record
        self._mapping = mapping
        # The config can name fields beyond those that the format defines.
        self._nameable = {**record.extra, **record.fields}
        self._problems = problems
        self._own_names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def build(self) -> IncomingArticle | None:
        """Return the article, or None for a draft.

        Raises:
            RecordError: the record is refused.
        """
        self._check_size()
        if self._record.is_repaired:
            self._report(None, _REPAIRED, "warning")
        self._collect_values()
        if self._is_draft():
            self._report("draft", "a draft, left out", "note")
            return None
        self._read_dates()
        self._complete_link()
        self._sanitise_content()
        self._read_structured_values()
        values = self._values
        link, own_id = values.get("link"), str(values.get("id") or "").strip()
        distinctive = (
            own_id or link or self._record.key or f"{values['title']}\n{values.get('published', '')}"
        )
        host = urlsplit(self._mapping.base or "").hostname or ""
        known = {name: value for name, value in values.items() if name in Article.model_fields}
        known["id"] = own_id if is_uri(own_id) else identity(host, self._mapping.source, str(distinctive))
        article = self._validate(known)
        # Without the source's name, unlike the id: a source that is renamed finds its records again.
        key = self._record.key or own_id or article.link or identity(str(distinctive))
        home = self._home()
        return IncomingArticle(
            article,
            key,
            self._record.where,
            home.id_standing(article.id, article.link),
            home.link_standing(article.link),
        )

    def _home(self) -> Home:
        mapping = self._mapping
        site = mapping.base if mapping.is_own else None
        configured = hosts((*mapping.home_urls, self._record.fetched_from, site))
        return Home(configured, hosts(self._record.stated_homes), mapping.is_own)

    def _is_draft(self) -> bool:
        draft = str(self._values.get("draft", "")).strip().casefold()
        return draft in _YES or self._record.fields.get("published") is False

    def _check_size(self) -> None:
        size, limit = 0, self._mapping.max_characters
        try:
            for number, text in enumerate(iterate_texts(self._nameable)):
                if number > _MAX_VALUES:
                    message = f"the record has more than {_MAX_VALUES} values"
                    raise self._error(None, message, "split it into records of one article each")
                size += len(text)
        except RecursionError:
            raise self._error(
                None, "the record is nested too deeply", "write one article per record"
            ) from None
        if size > limit:
            raise self._error(
                None,
                f"the record has {size / 1e6:.0f} MB of text; the limit is {limit / 1e6:g}",
                "raise max_size of the source if this is an article",
            )

    def _collect_values(self) -> None:
        mapped_names = set(self._mapping.fields.values())
        for name, aliases in NAMES.items():
            mapped = self._mapping.fields.get(name)
            for own_name in (mapped,) if mapped else aliases:
                if mapped:
                    value = nested_value(self._nameable, own_name)
                elif own_name in mapped_names:
                    continue
                else:
                    value = self._record.fields.get(own_name)
                if isinstance(value, bool) and name in _DATES:
                    # Jekyll's `published: false` marks a draft.
                    continue
                if value is not None and value != "" and value != []:
                    self._own_names[name] = own_name
                    self._values[name], is_repaired = repair_texts(value)
                    if is_repaired:
                        self._report(name, _REPAIRED, "warning")
                    break
        for name, value in self._record.fallbacks.items():
            self._values.setdefault(name, value)
        for name in _TEXTS:
            value = self._values.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                self._values[name] = str(value)
        if not str(self._values.get("title", "")).strip():
            raise self._error(
                "title",
                f"the record has no {self._mapping.fields.get('title', 'title')}",
                'add one, or name the field that holds it: fields = { title = "headline" }',
            )

    def _read_dates(self) -> None:
        for name in _DATES:
            if name in self._values:
                try:
                    self._values[name] = read_date(self._values[name], self._mapping.timezone)
                except ValueError as error:
                    hint = "the record was left out; correct the date"
                    raise self._error(name, str(error), hint) from None

    def _complete_link(self) -> None:
        link = self._values.get("link")
        if isinstance(link, str) and self._mapping.base:
            try:
                self._values["link"] = urljoin(self._mapping.base, link.strip())
            except ValueError as error:
                raise self._error("link", f"not a URL: {error}: {link!r:.80}", None) from None
        elif link is None and self._mapping.link:
            self._values["link"] = self._fill_link_template(self._mapping.link)

    def _fill_link_template(self, template: str) -> str:
        variables: dict[str, Any] = {
            **{name: value for name, value in self._nameable.items() if isinstance(value, str | int)},
            "slug": slug(str(self._values["title"])),
            **self._record.computed,
            "date": self._values.get("published") or self._values.get("updated"),
        }
        own_slug = self._nameable.get("slug")
        if isinstance(own_slug, str) and own_slug.strip():
            variables["slug"] = own_slug.strip()
        if "{date" in template and variables["date"] is None:
            raise self._error("published", "the link template needs a date, and the record has none", None)
        try:
            return template.format_map(
                {
                    name: quote(repair_text(value)) if isinstance(value, str) else value
                    for name, value in variables.items()
                    if name in template
                }
            )
        except KeyError as error:
            raise self._error(
                "link",
                f"the link template asks for {{{error.args[0]}}}, which the record lacks",
                f"this record has {', '.join(sorted(variables))}",
            ) from None
        except (ValueError, AttributeError, IndexError, TypeError) as error:
            raise self._error("link", f"the link template cannot be filled: {error}", None) from None

    def _sanitise_content(self) -> None:
        values = self._values
        for name in ("content_html", "content_text", "summary"):
            if not isinstance(values.get(name, ""), str):
                example = f'fields = {{ {name} = "{self._own_names[name]}.rendered" }}'
                message = f"this is not text but {type(values[name]).__name__}"
                raise self._error(name, message, f"name the field that holds the text: {example}")
        base = values.get("link") or self._mapping.base
        html, text = values.pop("content_html", None), values.pop("content_text", None)
        if html is None and text is not None:
            html = text_to_html(text)
        body = sanitize(html, base if isinstance(base, str) else None) if html else ""
        summary = values.get("summary", "").strip()
        if "<" in summary:
            summary = to_text(summary)
        values["content_html"] = body
        # HTML such as `&amp;#1;` becomes text that contains a reference.
        values["summary"] = repair_text(summary or summarize(body))

    def _read_structured_values(self) -> None:
        values = self._values
        # Like those in its body, the addresses of an article are relative to its link.
        link = values.get("link")
        base = link if isinstance(link, str) and link else self._mapping.base
        for name, reader in (
            ("authors", read_authors),
            ("tags", read_tags),
            ("attachments", read_attachments),
            ("image", read_image),
            ("license", read_license),
        ):
            if name in values:
                values[name] = reader(values[name], base)
        read_extra_fields(values, base)
        values["elements"] = self._read_elements()
        values["extensions"] = self._read_extensions()
        if isinstance(values.get("section"), list):
            values["section"] = next(iter(values["section"]), None)
        values.setdefault("language", self._mapping.language)

    def _read_elements(self) -> Any:
        mapping = self._mapping
        mapped = {name: nested_value(self._nameable, own) for name, own in mapping.elements.items()}
        mapped, is_repaired = repair_texts(mapped)
        if is_repaired:
            self._report("elements", _REPAIRED, "warning")
        own = self._permitted_elements()
        if more := read_elements(mapped, mapping.namespaces):
            own = [*own, *more] if isinstance(own, list) else more
        return own or []

    def _permitted_elements(self) -> Any:
        """Return the elements of the record whose namespaces the config of its source names."""
        elements = read_elements(self._values.get("elements", []), self._mapping.namespaces)
        if not isinstance(elements, list | tuple):
            return elements
        allowed = set(self._mapping.namespaces.values())
        permitted = [each for each in elements if namespace_of(each) in allowed]
        for namespace in dict.fromkeys(namespace_of(each) for each in elements if each not in permitted):
            self._report(
                "elements",
                f"elements of {namespace!r:.200} were left out: "
                "the config of the source does not name this namespace",
                "warning",
                hint='name the namespaces that records may use: namespaces = { ex = "https://..." }',
            )
        return permitted

    def _read_extensions(self) -> dict[str, dict[str, Any]]:
        """Return the data of the installed extensions: from their fields, and under `extensions`."""
        own = self._record.fields.get("extensions")
        data = {
            each.name: self._extension_data(each, own.get(each.name) if isinstance(own, Mapping) else None)
            for each in extensions()
            if each.data is not None
        }
        return {name: each for name, each in data.items() if each}

    def _extension_data(self, extension: Extension, own: Any) -> dict[str, Any] | None:
        model = extension.data
        assert model is not None
        values: Any = dict(own) if isinstance(own, Mapping) else {}
        for name, aliases in extension.record_fields.items():
            mapped = self._mapping.fields.get(f"{extension.name}.{name}")
            record = self._nameable if mapped else self._record.fields
            for own_name in (mapped,) if mapped else aliases:
                if (value := nested_value(record, own_name)) not in (None, "", []):
                    values[name] = value
                    break
        values, is_repaired = repair_texts(values)
        if is_repaired:
            self._report("extensions", _REPAIRED, "warning")
        while values:
            try:
                return model.model_validate(values).model_dump(mode="json", exclude_defaults=True)
            except ValidationError as error:
                errors = error.errors()
            for each in errors:
                path = field_path(("extensions", extension.name, *each["loc"]))
                self._report("extensions", f"{_describe(each)}; left out", "warning", path)
            if not all(each["loc"] and each["loc"][0] in values for each in errors):
                # A required field is missing, or the fields do not fit together.
                return None
            values = without_invalid(values, errors)
        return None

    def _validate(self, values: dict[str, Any]) -> Article:
        try:
            return Article.model_validate(values)
        except ValidationError as error:
            errors = error.errors()
        required = [each for each in errors if not each["loc"] or each["loc"][0] not in _OPTIONAL]
        for each in required or errors:
            name = str(each["loc"][0]) if each["loc"] else None
            message, path = _describe(each), field_path(each["loc"])
            if required:
                raise self._error(name, message, None, path)
            self._report(name, f"{message}; left out", "warning", path)
        return self._validate(without_invalid(values, errors))

    def _where(self, name: str | None, path: str | None = None) -> Where:
        own_name = self._own_names.get(name or "", name or "")
        record = self._record
        line = record.lines.get(own_name.partition(".")[0], record.where.line)
        own_path = path.replace(name or "", own_name, 1) if path else own_name
        own_id = self._values.get("id")
        return replace(
            record.where, line=line, field=own_path or None, id=str(own_id) if own_id else record.where.id
        )

    def _error(
        self, name: str | None, message: str, hint: str | None, path: str | None = None
    ) -> RecordError:
        return RecordError(message, where=self._where(name, path), hint=hint)

    def _report(
        self,
        name: str | None,
        message: str,
        severity: Severity,
        path: str | None = None,
        *,
        hint: str | None = None,
    ) -> None:
        self._problems.append(Problem.at(self._where(name, path), message, severity=severity, hint=hint))


def _describe(error: Mapping[str, Any]) -> str:
    value = error.get("input")
    message = describe_error(error)
    return f"{message}: {value!r:.80}" if isinstance(value, str | int | float) else message
