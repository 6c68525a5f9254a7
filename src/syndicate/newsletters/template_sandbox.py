"""The Jinja2 sandbox of themes and subjects: what they may use, and how mistakes in them are reported."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, Template, TemplateNotFound, pass_context
from jinja2 import TemplateError as JinjaError
from jinja2 import TemplateSyntaxError as JinjaSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..errors import TemplateError, Where
from ..i18n import Translator
from ..model import Article, Frozen, Newsletter
from ..text.bidi import language_direction
from ..text.plain_text import SUMMARY_COLUMNS, author_names, kicker, summary_text, truncate
from .theme_contrast import readable_on

SHIPPED = "syndicate/"
"""The prefix of the names of shipped templates."""

VARIABLES = (
    "_",
    "archive",
    "articles",
    "dir",
    "edition",
    "fonts",
    "gettext",
    "home",
    "has_full_body",
    "has_title",
    "html",
    "image",
    "lang_attrs",
    "language",
    "newsletter",
    "ngettext",
    "note",
    "own_lang_attrs",
    "palette",
    "preheader",
    "sections",
    "slot",
    "subject",
)
"""The names that a theme is rendered with, see `render`."""

SLOTS = ("unsubscribe_url", "view_url", "preferences_url", "name", "email")
"""The personal values that a theme may use, also if a digest has none."""

LINE_MARK = "\x01"
"""Encloses `template:line` before each `<` of a template, so that an error in the MJML has a line.

Content has no control characters: every value is cleaned before it is rendered.
"""

BODY_MARK = "\x02"
"""Encloses the number of a body that is inserted after MJML."""

_ATTRIBUTES = {
    *Article.model_fields,
    *Newsletter.model_fields,
    *SLOTS,
    *("number", "date", "more", "kind", "natural"),
}


class _LineMarks(Extension):
    """Marks every tag in the text of a template with its line."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        return source.replace(LINE_MARK, "").replace(BODY_MARK, "")

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type == "data":
                start = token.lineno
                value = token.value

                def mark(match: re.Match[str], start: int = start, value: str = value) -> str:
                    line = start + value.count("\n", 0, match.start())
                    return f"{LINE_MARK}{stream.name}:{line}{LINE_MARK}<"

                yield Token(start, "data", re.sub("<", mark, value))
            else:
                yield token


@pass_context
def _summary(context: Context, value: Article | str, columns: int = SUMMARY_COLUMNS) -> str:
    if isinstance(value, Article):
        columns = min(columns, context["summary_columns"](value))
    return summary_text(value, columns)


@pass_context
def _byline(context: Context, article: Article) -> str:
    formatted: str = context["translator"].listed(author_names(article))
    return formatted


@pass_context
def _day(context: Context, moment: Any) -> str:
    formatted: str = context["translator"].day(moment, context["zone"])
    return formatted


@pass_context
def _number(context: Context, number: float) -> str:
    formatted: str = context["translator"].number(number)
    return formatted


def _short_url(url: str) -> str:
    """Return an address without `https://`, query and final slash."""
    return re.sub(r"^https?://(?:www\.)?|[?#].*", "", url).rstrip("/")


def _padded(line: str, columns: int = 200) -> str:
    """Return the preheader with invisible space after it, which keeps the body out of the list of mails."""
    return line + "\u034f\u200c\u00a0" * max(0, columns - len(line))


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 for themes and subjects: sandboxed, and strict about undefined names."""

    def __init__(self, loader: BaseLoader | None = None, *, mjml: bool) -> None:
        super().__init__(
            loader=loader,
            autoescape=mjml,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[_LineMarks] if mjml else [],
        )
        self.filters |= {
            "byline": _byline,
            "cut": truncate,
            "day": _day,
            "direction": language_direction,
            "kicker": kicker,
            "number": _number,
            "padded": _padded,
            "readable_on": readable_on,
            "short_url": _short_url,
            "summary": _summary,
        }

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        # Methods of pydantic models read files and unpickle; the translator is only for filters.
        is_internal = isinstance(obj, Translator) or (isinstance(obj, Frozen) and hasattr(Frozen, attr))
        return not is_internal and super().is_safe_attribute(obj, attr, value)

    def join_path(self, template: str, parent: str) -> str:
        return SHIPPED + template if template == parent else template


@lru_cache(maxsize=32)
def subject_template(source: str) -> Template:
    """Return the compiled template of a subject line; raises the errors of Jinja2."""
    return Sandbox(mjml=False).from_string(source)


def suggest(wrong: str, known: Iterable[str]) -> str | None:
    """Return a hint with the most similar known name, else with all of them."""
    names = sorted(known)
    similar = difflib.get_close_matches(wrong, names, n=1)
    if similar:
        return f"did you mean {similar[0]}?"
    return f"known: {', '.join(names)}" if names else None


def explain(error: Exception, *, where: Where | None = None) -> TemplateError:
    """Return an error of Jinja2, or of an expression in a template, as one with location and hint.

    Args:
        where: the location, for a template that is not a file; otherwise it is read from the error.
    """
    hint: str | None = None
    message = str(error)
    if isinstance(error, JinjaSyntaxError):
        location = Where(file=error.filename, line=error.lineno)
        message = error.message or message
    else:
        location = _raised_at(error)
        if isinstance(error, TemplateNotFound):
            message = f"there is no template {error.name}"
        elif isinstance(error, SecurityError):
            hint = "templates run in a sandbox"
        elif not isinstance(error, JinjaError):
            message = f"{type(error).__name__}: {message}"
    if variable := re.fullmatch(r"'(\w+)' is undefined", message):
        hint = suggest(variable[1], VARIABLES)
    elif attribute := re.search(r"has no attribute '(\w+)'", message):
        message = re.sub(r"'[\w.]*?(\w+) object'", lambda match: f"{match[1].lower()}", message)
        similar = difflib.get_close_matches(attribute[1], sorted(_ATTRIBUTES), n=1)
        hint = f"did you mean {similar[0]}?" if similar else None
    elif isinstance(error, JinjaSyntaxError):
        named = re.match(r"No (filter|test) named '(\w+)'", message)
        known = Sandbox(mjml=False)
        if named:
            hint = suggest(named[2], [*known.filters] if named[1] == "filter" else [*known.tests])
    return TemplateError(message, where=where or location, hint=hint)


def _raised_at(error: Exception) -> Where:
    """Return the innermost line of a template in the traceback.

    Jinja2 adds a frame with file and line for each template, and puts the error into the globals of that
    frame.
    """
    location = Where()
    trace = error.__traceback__
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            location = Where(file=trace.tb_frame.f_code.co_filename, line=trace.tb_lineno)
        trace = trace.tb_next
    return location
