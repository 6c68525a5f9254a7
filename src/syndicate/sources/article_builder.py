"""From a raw record to an article: text repaired, HTML sanitised, values validated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC
from time import monotonic
from typing import Any
from urllib.parse import urljoin

from pydantic import ValidationError

from ..errors import RecordError
from ..model import Article, IncomingArticle, Problem
from ..model.article_identity import identity, is_uri
from ..model.validation_messages import field_path
from ..text.article_html import read_article_html
from ..text.article_label import LABEL_COLUMNS
from ..text.first_words import first_words
from ..text.html_to_text import to_text
from ..text.illegal_characters import repair_text
from ..text.markdown_source import publishable_markdown
from ..text.sanitize import text_to_html
from ..text.summary import summarize
from ..text.wrap import visible_text
from .custom_fields import describe_invalid, read_custom_elements, read_extensions
from .dates import AmbiguousDateError, read_date
from .extra_fields import read_extra_fields
from .field_names import normalize_name
from .field_readers import read_fields
from .field_texts import FieldTexts
from .id_claims import Home, hosts
from .link_template import fill_link_template
from .record_fields import DATES, collect_values, report_unknown_names
from .record_mapping import RecordMapping
from .record_problems import CONVERSION_HINT, REPAIRED, RecordProblems
from .source import RawRecord
from .titles import has_markup, plain_text
from .value_conversion import absolute_url, cut_texts, iterate_texts, path_in, without_invalid
from .visibility import HiddenBy, find_hidden, read_flag

# An invalid value in one of these costs the value, not the article.
_OPTIONAL = {
    *("authors", "contributors", "publisher", "tags", "image", "attachments", "license"),
    *("language", "canonical", "score", "section", "rights"),
    *("alternates", "discussion", "replies_to", "origin", "location", "episode", "elements"),
}
_MEDIA = re.compile("<(?:img|picture|video|audio|math|svg|object)[ >]")
_ARTICLE_FIELDS = frozenset(Article.model_fields)
# YAML can describe a record with more values than memory holds, by references to itself.
_MAX_VALUES = 100_000
# Longer texts are cut before they are read, so that each step takes less than a second. The limits of fields,
# which are reported, are far lower. Bodies have a limit of their own.
_MAX_TEXT = 200_000
# Of Obsidian, Hugo and Templater, in files that new posts are made from.
_PLACEHOLDERS = ("{{", "<%")
_BODIES = ("content_html", "content_text", "content_markdown")


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
        self._texts = FieldTexts(mapping.limits, self._problems)
        self._values: dict[str, Any] = {}
        self._size = 0

    @property
    def own_names(self) -> Mapping[str, str]:
        """Our names of fields, to the names that the record has for them."""
        return self._problems.own_names

    def build(self) -> IncomingArticle | None:
        """Return the article, or None for a draft.

        Raises:
            RecordError: the record is refused.
        """
        started = monotonic()
        self._check_size()
        if self._record.is_repaired:
            self._problems.report(None, REPAIRED, "warning")
        self._collect_values()
        if hidden := self._find_hidden():
            self._problems.note(hidden.field, hidden.message)
            return None
        for step in (
            self._read_title,
            self._read_dates,
            self._complete_link,
            self._sanitise_content,
            self._read_structured_values,
        ):
            step()
            self._check_time(started)
        values = self._values
        link, own_id = values.get("link"), str(values.get("id") or "").strip()
        distinctive = own_id or link or self._record.key or self._distinctive_content()
        known = {name: value for name, value in values.items() if name in _ARTICLE_FIELDS}
        source = self._mapping.source
        known["id"] = own_id if is_uri(own_id) else identity(self._mapping.host, source, str(distinctive))
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

    def _distinctive_content(self) -> str:
        """Return what distinguishes a record without an id and a link: its title and date, or its words."""
        values = self._values
        name = values.get("title") or first_words(values["summary"], LABEL_COLUMNS)
        if not name and values.get("attachments"):
            name = values["attachments"][0]["url"]
        return f"{name or values.get('image', '')}\n{values.get('published', '')}"

    def _nothing_to_show(self) -> RecordError:
        title = self._own_title_name()
        return self._problems.error(
            "title",
            f"the record has no {title}, no text, no image and no attachment: there is nothing to show",
            'add one, or name the fields: fields = { title = "headline", content_html = "body" }',
        )

    def _home(self) -> Home:
        mapping = self._mapping
        site = mapping.base if mapping.is_own else None
        configured = hosts((*mapping.home_urls, self._record.fetched_from, site))
        return Home(configured, hosts(self._record.stated_homes), mapping.is_own)

    def _find_hidden(self) -> HiddenBy | None:
        if "draft" in self._mapping.rules:
            # The config says which field decides.
            own_name = self._problems.own_names.get("draft", "draft")
            is_draft = read_flag(self._values.get("draft")) is True
            return HiddenBy(own_name, "a draft, left out") if is_draft else None
        for name in DATES:
            if str(self._values.get(name, "")).startswith(_PLACEHOLDERS):
                own_name = self._problems.own_names.get(name, name)
                return HiddenBy(own_name, f"a template, left out: {self._values[name]!s:.60}")
        return find_hidden(self._record.fields, has_date="published" in self._values)

    def _check_time(self, started: float) -> None:
        limit = self._mapping.max_seconds
        if (taken := monotonic() - started) > limit:
            raise self._problems.error(
                None,
                f"the record takes {taken:.1f} seconds; the limit is {limit:g}",
                "shorten it, or raise max_seconds of the source if this is an article",
            )

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
        self._size = size
        if size > limit:
            raise self._problems.error(
                None,
                f"the record has {size / 1e6:.0f} MB of text; the limit is {limit / 1e6:g}",
                "raise max_size of the source if this is an article",
            )

    def _collect_values(self) -> None:
        mapping, fields = self._mapping, self._record.fields
        self._values = collect_values(self._record, self._nameable, mapping.rules, self._problems)
        if self._size > _MAX_TEXT:
            self._values |= {
                name: cut_texts(value, _MAX_TEXT)
                for name, value in self._values.items()
                if name not in _BODIES
            }
        report_unknown_names(fields, self._values, mapping.compared_names, self._problems)

    def _read_title(self) -> None:
        title = self._values.get("title")
        if isinstance(title, str) and "title" not in self._record.plain_fields:
            self._values["title"] = repair_text(plain_text(title))

    def _own_title_name(self) -> str:
        rule = self._mapping.rules.get("title")
        return rule.field[0] if rule else "title"

    def _read_dates(self) -> None:
        for name in DATES:
            if name not in self._values:
                continue
            own_name = self._problems.own_names.get(name, name)
            # WordPress has the time in UTC, without a zone, beside the time of the site.
            zone = UTC if normalize_name(own_name).endswith("gmt") else self._mapping.timezone
            try:
                self._values[name] = read_date(self._values[name], zone, day_first=self._mapping.day_first)
            except ValueError as error:
                if name == "updated":
                    del self._values[name]
                    self._problems.report(name, f"{error}; left out", "warning")
                    continue
                # Without this date, it could be public too early or too long.
                hint = "the record was left out; correct the date"
                if isinstance(error, AmbiguousDateError):
                    hint += ", or set day_first"
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
        html, text = values.pop("content_html", None), values.pop("content_text", None)
        if html is None and text is not None:
            html = text_to_html(self._texts.shorten_body("content_text", text))
        elif html:
            html = self._texts.shorten_body("content_html", html)
        body = self._read_body(html) if html else ""
        summary = values.get("summary", "").strip()
        if "summary" not in self._record.plain_fields:
            summary = to_text(summary) if has_markup(summary) else plain_text(summary)
        values["content_html"] = body
        # HTML such as `&amp;#1;` becomes text that contains a reference.
        values["summary"] = repair_text(summary or summarize(body))
        if not values.get("title") and not visible_text(values["summary"]) and not _MEDIA.search(body):
            # Nothing can be seen in it.
            values["content_html"] = values["summary"] = ""
        self._read_markdown()

    def _read_markdown(self) -> None:
        """Keep the Markdown of the body if a feed can publish it."""
        text = self._values.pop("content_markdown", None)
        if isinstance(text, str) and self._values["content_html"]:
            text = self._texts.shorten_body("content_markdown", text)
            if markdown := publishable_markdown(text, self._base()):
                self._values["content_markdown"] = markdown

    def _base(self) -> str | None:
        """Return what relative addresses are relative to: the article, else the site."""
        link = self._values.get("link")
        return link if isinstance(link, str) and link else self._mapping.base

    def _read_body(self, html: str) -> str:
        body = read_article_html(html, self._base())
        for note in body.notes:
            self._problems.report("content_html", note, "note", hint=CONVERSION_HINT)
        return self._texts.shorten_attributes(body.html)

    def _read_structured_values(self) -> None:
        values, base = self._values, self._base()
        read_fields(values, base)
        read_extra_fields(values, base)
        if str(values.get("canonical")).startswith("/"):
            values["canonical"] = absolute_url(values["canonical"], base)
        values["elements"] = read_custom_elements(
            self._mapping, self._nameable, values.get("elements", []), self._problems
        )
        self._texts.clean_fields(values, {"title", *self._record.plain_fields})
        values["extensions"] = read_extensions(self._record, self._mapping, self._nameable, self._problems)
        values.setdefault("language", self._mapping.language)

    def _validate(self, values: dict[str, Any]) -> Article:
        reported: set[tuple[Any, ...]] = set()
        while True:
            try:
                return Article.model_validate(values)
            except ValidationError as error:
                errors = error.errors()
            self._refuse_required(errors)
            by_path = {path_in(values, each): each for each in reversed(errors)}
            for path, each in reversed(by_path.items()):
                # An author may be left out because its name was: one mistake.
                if _entry(path) not in reported:
                    message = f"{describe_invalid(each)}; left out"
                    lacking = each["loc"] if each["type"] == "missing" else path
                    self._problems.report(str(path[0]), message, "warning", field_path(lacking))
            reported |= {_entry(path) for path in by_path}
            values = without_invalid(values, errors)

    def _refuse_required(self, errors: Iterable[Mapping[str, Any]]) -> None:
        for each in errors:
            if not each["loc"]:
                raise self._nothing_to_show()
            name = str(each["loc"][0])
            if name not in _OPTIONAL:
                raise self._problems.error(name, describe_invalid(each), None, field_path(each["loc"]))


def _entry(path: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the path of a field, or of the entry of a list, which a path leads into."""
    return path[:2] if len(path) > 1 and isinstance(path[1], int) else path[:1]
