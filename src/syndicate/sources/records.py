"""From a raw record to an article: names mapped, text repaired, HTML made safe, everything checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from pydantic import ValidationError

from ..errors import RecordError, Where
from ..extensions import Extension, extensions
from ..model import Article, IncomingArticle, Problem
from ..model.identity import identity, is_uri
from ..model.slug import slug
from ..text.characters import repair_text
from ..text.html import sanitize, text_to_html
from ..text.html_to_text import to_text
from ..text.summary import summarize
from .dates import read_date
from .extra_fields import namespace_of, read_elements, read_extras
from .field_readers import read_attachments, read_authors, read_image, read_license, read_tags
from .homes import Home, hosts
from .source import RawRecord
from .values import dig, mistake_in_words, repaired, texts_of, without_mistakes

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
"""The names under which a record's fields are looked for, the first one found wins."""

# A mistake in one of these is reported and costs the field, not the article.
_SPARE = {
    *("authors", "tags", "image", "attachments", "license"),
    *("language", "canonical", "score", "section", "rights"),
    *("alternates", "discussion", "replies_to", "origin", "location", "episode", "elements"),
}

_TAKEN_OUT = "characters that no feed may hold were taken out"
_DATES = ("published", "updated")
_YES = {"true", "yes", "on", "1"}
_PARTS = 100_000


@dataclass(frozen=True, slots=True)
class RecordMapping:
    """How one source's records are to be read.

    Attributes:
        source: the source's name.
        fields: our name of a field to the record's own, dotted where it is nested.
        link: a template for records without a link: `{path}`, `{slug}`, `{date:%Y/%m/%d}`, any field.
        home: the site's page; relative links are relative to it.
        zone: for dates that name none.
        language: for records that name none.
        largest: how many characters a record may hold in all.
        namespaces: prefix to namespace; a record brings elements of these and of no others.
        elements: an element of each article, `prefix:name`, to the record's field with its text.
        homes: addresses where the config says that the records are at home.
        own: whether they are the publisher's own, at home at `home` as well.
    """

    source: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None
    home: str | None = None
    zone: tzinfo = UTC
    language: str | None = None
    largest: int = 10_000_000
    namespaces: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)
    homes: Collection[str] = ()
    own: bool = False


def to_article(raw: RawRecord, shape: RecordMapping) -> tuple[IncomingArticle | None, list[Problem]]:
    """Make an article of a record.

    Returns:
        The article, or none if the record was refused; and what there is to say about it.
    """
    problems: list[Problem] = []
    try:
        return _Reading(raw, shape, problems).article(), problems
    except RecordError as error:
        return None, [*problems, Problem.of(error)]


def article_from(record: Mapping[str, Any], *, shape: RecordMapping | None = None) -> Article:
    """An article from a mapping that nobody vouches for: checked, sanitised, given an id.

    Args:
        record: fields under any of the names in `NAMES`, such as `title`, `url`, `content_html`, `date`.
        shape: how to read it, for other names, a zone or a link template, or for the namespaces of which it
            may bring `elements`.

    Raises:
        RecordError: it cannot become an article; says which field and why.
    """
    incoming, problems = to_article(RawRecord(record, Where()), shape or RecordMapping())
    if incoming is None:
        last = problems[-1]
        raise RecordError(last.message, where=Where(field=last.field, id=last.id), hint=last.hint)
    return incoming.article


class _Reading:
    def __init__(self, raw: RawRecord, shape: RecordMapping, problems: list[Problem]) -> None:
        self.raw = raw
        self.shape = shape
        # What the config names may be anywhere.
        self.named = {**raw.extra, **raw.fields}
        self.problems = problems
        self.own: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def article(self) -> IncomingArticle | None:
        self._weigh()
        if self.raw.is_repaired:
            self._say(None, _TAKEN_OUT, "warning")
        self._collect()
        if (
            str(self.values.get("draft", "")).strip().casefold() in _YES
            or self.raw.fields.get("published") is False
        ):
            self._say("draft", "a draft, left out", "note")
            return None
        self._dates()
        self._link()
        self._content()
        self._parts()
        link = self.values.get("link")
        given = str(self.values.get("id") or "").strip()
        values = {name: value for name, value in self.values.items() if name in Article.model_fields}
        found = given or link or self.raw.key or f"{self.values['title']}\n{self.values.get('published', '')}"
        host = urlsplit(self.shape.home or "").hostname or ""
        values["id"] = given if is_uri(given) else identity(host, self.shape.source, str(found))
        article = self._validated(values)
        # The last of these is not the id: a source that is renamed finds its records again.
        key = self.raw.key or given or article.link or identity(str(found))
        home = self._home()
        return IncomingArticle(
            article,
            key,
            self.raw.where,
            home.by_id(article.id, article.link),
            home.by_link(article.link),
        )

    def _home(self) -> Home:
        shape = self.shape
        configured = hosts((*shape.homes, self.raw.fetched, shape.home if shape.own else None))
        return Home(configured, hosts(self.raw.stated), shape.own)

    def _weigh(self) -> None:
        size, largest = 0, self.shape.largest
        try:
            for number, text in enumerate(texts_of(self.named)):
                if number > _PARTS:
                    # What refers to itself in YAML can have more than there is memory for.
                    raise self._error(None, f"the record has more than {_PARTS} parts", "is it an article?")
                size += len(text)
        except RecursionError:
            raise self._error(None, "the record is nested too deeply", "is it an article?") from None
        if size > largest:
            raise self._error(
                None,
                f"the record has {size / 1e6:.0f} MB of text; the limit is {largest / 1e6:g}",
                "is it an article? raise max_size of the source if so",
            )

    def _collect(self) -> None:
        taken = set(self.shape.fields.values())
        for name, aliases in NAMES.items():
            mapped = self.shape.fields.get(name)
            for candidate in (mapped,) if mapped else aliases:
                if mapped:
                    value = dig(self.named, candidate)
                elif candidate in taken:
                    continue
                else:
                    value = self.raw.fields.get(candidate)
                if isinstance(value, bool) and name in _DATES:
                    # Jekyll's `published: false` says whether it is published, and not when.
                    continue
                if value is not None and value != "" and value != []:
                    mended, changed = repaired(value)
                    self.own[name] = candidate
                    self.values[name] = mended
                    if changed:
                        self._say(name, _TAKEN_OUT, "warning")
                    break
        for name in ("title", "section", "rights", "language", "summary", "content_html", "content_text"):
            value = self.values.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                self.values[name] = str(value)
        if not str(self.values.get("title", "")).strip():
            own = self.shape.fields.get("title")
            raise self._error(
                "title",
                f"the record has no {own}" if own else "the record has no title",
                'give it one, or say which field holds it: fields = { title = "headline" }',
            )

    def _dates(self) -> None:
        for name in _DATES:
            if name in self.values:
                try:
                    self.values[name] = read_date(self.values[name], self.shape.zone)
                except ValueError as error:
                    raise self._error(name, str(error), "the record was left out; mend the date") from None

    def _link(self) -> None:
        link = self.values.get("link")
        if isinstance(link, str) and self.shape.home:
            try:
                self.values["link"] = urljoin(self.shape.home, link.strip())
            except ValueError as error:
                raise self._error("link", f"not a URL: {error}: {link!r:.80}", None) from None
        elif link is None and self.shape.link:
            self.values["link"] = self._link_from(self.shape.link)

    def _link_from(self, template: str) -> str:
        title = str(self.values["title"])
        names: dict[str, Any] = {
            **{name: value for name, value in self.named.items() if isinstance(value, str | int)},
            "slug": slug(title),
            **self.raw.trusted,
            "date": self.values.get("published") or self.values.get("updated"),
        }
        own_slug = self.named.get("slug")
        if isinstance(own_slug, str) and own_slug.strip():
            names["slug"] = own_slug.strip()
        if "{date" in template and names["date"] is None:
            raise self._error("published", "the link template needs a date, and the record has none", None)
        try:
            return template.format_map(
                {
                    name: quote(repair_text(value)) if isinstance(value, str) else value
                    for name, value in names.items()
                    if name in template
                }
            )
        except KeyError as error:
            raise self._error(
                "link",
                f"the link template asks for {{{error.args[0]}}}, which the record lacks",
                f"known here: {', '.join(sorted(names))}",
            ) from None
        except (ValueError, AttributeError, IndexError, TypeError) as error:
            raise self._error("link", f"the link template cannot be filled: {error}", None) from None

    def _content(self) -> None:
        base = self.values.get("link") or self.shape.home
        for name in ("content_html", "content_text", "summary"):
            if not isinstance(self.values.get(name, ""), str):
                kind = type(self.values[name]).__name__
                hint = f'say where the text is: fields = {{ {name} = "{self.own[name]}.rendered" }}'
                raise self._error(name, f"not text but {kind}", hint)
        html, text = self.values.pop("content_html", None), self.values.pop("content_text", None)
        if html is None and text is not None:
            html = text_to_html(text)
        body = sanitize(html, base if isinstance(base, str) else None) if html else ""
        summary = self.values.get("summary", "").strip()
        if "<" in summary:
            summary = to_text(summary)
        self.values["content_html"] = body
        # Text made of HTML may show a reference that the HTML does not have: `&amp;#1;`.
        self.values["summary"] = repair_text(summary or summarize(body))

    def _parts(self) -> None:
        for name, reader in (
            ("authors", read_authors),
            ("tags", read_tags),
            ("attachments", read_attachments),
            ("image", read_image),
            ("license", read_license),
        ):
            if name in self.values:
                self.values[name] = reader(self.values[name], self.shape.home)
        self._extras()
        if isinstance(self.values.get("section"), list):
            self.values["section"] = next(iter(self.values["section"]), None)
        self.values.setdefault("language", self.shape.language)

    def _extras(self) -> None:
        read_extras(self.values, self.shape.home)
        mapped = {full: dig(self.named, own) for full, own in self.shape.elements.items()}
        mapped, changed = repaired(mapped)
        if changed:
            self._say("elements", _TAKEN_OUT, "warning")
        own = self._elements()
        if more := read_elements(mapped, self.shape.namespaces):
            own = [*own, *more] if isinstance(own, list) else more
        self.values["elements"] = own or []
        self._extensions()

    def _extensions(self) -> None:
        """Collect the data of the installed extensions: from their fields, and under `extensions`."""
        given = self.raw.fields.get("extensions")
        found: dict[str, dict[str, Any]] = {}
        for extension in extensions():
            if extension.data is not None and (data := self._extension_data(extension, given)):
                found[extension.name] = data
        self.values["extensions"] = found

    def _extension_data(self, extension: Extension, given: Any) -> dict[str, Any] | None:
        model = extension.data
        assert model is not None
        stated = given.get(extension.name) if isinstance(given, Mapping) else None
        values: Any = dict(stated) if isinstance(stated, Mapping) else {}
        for name, candidates in extension.record_fields.items():
            mapped = self.shape.fields.get(f"{extension.name}.{name}")
            source = self.named if mapped else self.raw.fields
            for candidate in (mapped,) if mapped else candidates:
                if (value := dig(source, candidate)) not in (None, "", []):
                    values[name] = value
                    break
        values, changed = repaired(values)
        if changed:
            self._say("extensions", _TAKEN_OUT, "warning")
        while values:
            try:
                return model.model_validate(values).model_dump(mode="json", exclude_defaults=True)
            except ValidationError as error:
                mistakes = error.errors()
            for mistake in mistakes:
                path = ".".join(map(str, ("extensions", extension.name, *mistake["loc"])))
                self._say("extensions", f"{mistake_in_words(mistake)}; left out", "warning", path)
            if not all(mistake["loc"] and mistake["loc"][0] in values for mistake in mistakes):
                # A required field is missing, or the fields do not fit together.
                return None
            values = without_mistakes(values, mistakes)
        return None

    def _elements(self) -> Any:
        """The elements that the record brings, of the namespaces that the config of its source names."""
        found = read_elements(self.values.get("elements", []), self.shape.namespaces)
        if not isinstance(found, list | tuple):
            return found
        named = set(self.shape.namespaces.values())
        kept = [each for each in found if namespace_of(each) in named]
        for namespace in dict.fromkeys(namespace_of(each) for each in found if each not in kept):
            self._say(
                "elements",
                f"elements of {namespace!r:.200} were left out: "
                "the config of the source does not name this namespace",
                "warning",
                hint='say which ones its records may bring: namespaces = { ex = "https://..." }',
            )
        return kept

    def _validated(self, values: dict[str, Any]) -> Article:
        try:
            return Article.model_validate(values)
        except ValidationError as error:
            mistakes = error.errors()
        if not all(mistake["loc"] and mistake["loc"][0] in _SPARE for mistake in mistakes):
            first = next(m for m in mistakes if not m["loc"] or m["loc"][0] not in _SPARE)
            name = str(first["loc"][0]) if first["loc"] else None
            raise self._error(name, mistake_in_words(first), None, path=".".join(map(str, first["loc"])))
        for mistake in mistakes:
            name, path = str(mistake["loc"][0]), ".".join(map(str, mistake["loc"]))
            self._say(name, f"{mistake_in_words(mistake)}; left out", "warning", path)
        return self._validated(without_mistakes(values, mistakes))

    def _where(self, name: str | None, path: str | None = None) -> Where:
        own = self.own.get(name or "", name or "")
        line = self.raw.lines.get(own.partition(".")[0], self.raw.where.line)
        shown = path.replace(name or "", own, 1) if path else own
        given = self.values.get("id")
        return replace(
            self.raw.where, line=line, field=shown or None, id=str(given) if given else self.raw.where.id
        )

    def _error(
        self, name: str | None, message: str, hint: str | None, path: str | None = None
    ) -> RecordError:
        return RecordError(message, where=self._where(name, path), hint=hint)

    def _say(
        self,
        name: str | None,
        message: str,
        severity: Any,
        path: str | None = None,
        *,
        hint: str | None = None,
    ) -> None:
        self.problems.append(Problem.at(self._where(name, path), message, severity=severity, hint=hint))


__all__ = ["NAMES", "RecordMapping", "article_from", "to_article"]
