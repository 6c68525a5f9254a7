"""From a raw record to an article: text repaired, HTML sanitised, values validated."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin, urlsplit

from pydantic import ValidationError

from ..model import Article, IncomingArticle, Problem
from ..model.article_identity import identity, is_uri
from ..model.validation_messages import field_path
from ..text.article_html import read_article_html
from ..text.html_to_text import to_text
from ..text.illegal_characters import repair_text
from ..text.sanitize import text_to_html
from ..text.summary import summarize
from .custom_fields import describe_invalid, read_custom_elements, read_extensions
from .dates import read_date
from .extra_fields import read_extra_fields
from .field_readers import read_attachments, read_authors, read_image, read_license, read_tags
from .id_claims import Home, hosts
from .link_template import fill_link_template
from .record_fields import DATES, collect_values
from .record_mapping import RecordMapping
from .record_problems import CONVERSION_HINT, REPAIRED, RecordProblems
from .source import RawRecord
from .value_conversion import iterate_texts, without_invalid

# An invalid value in one of these costs the value, not the article.
_OPTIONAL = {
    *("authors", "tags", "image", "attachments", "license"),
    *("language", "canonical", "score", "section", "rights"),
    *("alternates", "discussion", "replies_to", "origin", "location", "episode", "elements"),
}
_YES = {"true", "yes", "on", "1"}
# YAML can describe a record with more values than memory holds, by references to itself.
_MAX_VALUES = 100_000


class ArticleBuilder:
    """Makes the article of one record.

    Args:
        problems: receives what was repaired or left out.
    """

    def __init__(self, record: RawRecord, mapping: RecordMapping, problems: list[Problem]) -> None:
        self._record = record
        self._mapping = mapping
        # The config can name fields beyond those that the format defines.
        self._nameable = {**record.extra, **record.fields}
        self._problems = RecordProblems(record, problems)
        self._values: dict[str, Any] = {}

    def build(self) -> IncomingArticle | None:
        """Return the article, or None for a draft.

        Raises:
            RecordError: the record is refused.
        """
        self._check_size()
        if self._record.is_repaired:
            self._problems.report(None, REPAIRED, "warning")
        self._collect_values()
        if self._is_draft():
            self._problems.report("draft", "a draft, left out", "note")
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
                    raise self._problems.error(None, message, "split it into records of one article each")
                size += len(text)
        except RecursionError:
            raise self._problems.error(
                None, "the record is nested too deeply", "write one article per record"
            ) from None
        if size > limit:
            raise self._problems.error(
                None,
                f"the record has {size / 1e6:.0f} MB of text; the limit is {limit / 1e6:g}",
                "raise max_size of the source if this is an article",
            )

    def _collect_values(self) -> None:
        self._values = collect_values(self._record, self._nameable, self._mapping.fields, self._problems)
        if not str(self._values.get("title", "")).strip():
            raise self._problems.error(
                "title",
                f"the record has no {self._mapping.fields.get('title', 'title')}",
                'add one, or name the field that holds it: fields = { title = "headline" }',
            )

    def _read_dates(self) -> None:
        for name in DATES:
            if name in self._values:
                try:
                    self._values[name] = read_date(self._values[name], self._mapping.timezone)
                except ValueError as error:
                    hint = "the record was left out; correct the date"
                    raise self._problems.error(name, str(error), hint) from None

    def _complete_link(self) -> None:
        link = self._values.get("link")
        if isinstance(link, str) and self._mapping.base:
            try:
                self._values["link"] = urljoin(self._mapping.base, link.strip())
            except ValueError as error:
                raise self._problems.error("link", f"not a URL: {error}: {link!r:.80}", None) from None
        elif link is None and self._mapping.link:
            self._values["link"] = fill_link_template(
                self._mapping.link,
                values=self._values,
                nameable=self._nameable,
                computed=self._record.computed,
                problems=self._problems,
            )

    def _sanitise_content(self) -> None:
        values = self._values
        for name in ("content_html", "content_text", "summary"):
            if not isinstance(values.get(name, ""), str):
                example = f'fields = {{ {name} = "{self._problems.own_names[name]}.rendered" }}'
                message = f"this is not text but {type(values[name]).__name__}"
                raise self._problems.error(name, message, f"name the field that holds the text: {example}")
        base = values.get("link") or self._mapping.base
        html, text = values.pop("content_html", None), values.pop("content_text", None)
        if html is None and text is not None:
            html = text_to_html(text)
        body = self._read_body(html, base if isinstance(base, str) else None) if html else ""
        summary = values.get("summary", "").strip()
        if "<" in summary:
            summary = to_text(summary)
        values["content_html"] = body
        # HTML such as `&amp;#1;` becomes text that contains a reference.
        values["summary"] = repair_text(summary or summarize(body))

    def _read_body(self, html: str, base: str | None) -> str:
        body = read_article_html(html, base)
        for note in body.notes:
            self._problems.report("content_html", note, "note", hint=CONVERSION_HINT)
        return body.html

    def _read_structured_values(self) -> None:
        values, base = self._values, self._mapping.base
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
        values["elements"] = read_custom_elements(
            self._mapping, self._nameable, values.get("elements", []), self._problems
        )
        values["extensions"] = read_extensions(self._record, self._mapping, self._nameable, self._problems)
        if isinstance(values.get("section"), list):
            values["section"] = next(iter(values["section"]), None)
        values.setdefault("language", self._mapping.language)

    def _validate(self, values: dict[str, Any]) -> Article:
        try:
            return Article.model_validate(values)
        except ValidationError as error:
            errors = error.errors()
        required = [each for each in errors if not each["loc"] or each["loc"][0] not in _OPTIONAL]
        for each in required or errors:
            name = str(each["loc"][0]) if each["loc"] else None
            message, path = describe_invalid(each), field_path(each["loc"])
            if required:
                raise self._problems.error(name, message, None, path)
            self._problems.report(name, f"{message}; left out", "warning", path)
        return self._validate(without_invalid(values, errors))
