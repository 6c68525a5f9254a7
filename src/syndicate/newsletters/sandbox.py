"""Jinja2 as themes and subjects get it: what they may use, and what is told of a mistake in them. Pure."""

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
from .contrast import legible

OURS = "syndicate/"

VARIABLES = (
    "_",
    "archive",
    "articles",
    "dir",
    "edition",
    "fonts",
    "gettext",
    "home",
    "html",
    "language",
    "newsletter",
    "ngettext",
    "note",
    "own",
    "palette",
    "picture",
    "preheader",
    "sections",
    "slot",
    "subject",
    "tongue",
    "whole",
)
"""What a theme is rendered with; `render` says what each is."""

SLOTS = ("unsubscribe_url", "view_url", "preferences_url", "name", "email")
"""The personal values that a theme may ask for even where a digest has none."""

LINE = "\x01"
"""Encloses `template:line` before each `<` of a template's text, so that a fault in the MJML has a line.

Control characters never occur in content: every value is tidied before it is rendered.
"""

BODY = "\x02"
"""Encloses the number of a body that is put in after MJML."""

_ATTRIBUTES = {
    *Article.model_fields,
    *Newsletter.model_fields,
    *SLOTS,
    *("number", "date", "more", "kind", "natural"),
}


class _Lines(Extension):
    """Marks every tag in a template's own text with the place it stands at."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        return source.replace(LINE, "").replace(BODY, "")

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            if token.type == "data":
                start = token.lineno
                value = token.value

                def mark(match: re.Match[str], start: int = start, value: str = value) -> str:
                    line = start + value.count("\n", 0, match.start())
                    return f"{LINE}{stream.name}:{line}{LINE}<"

                yield Token(start, "data", re.sub("<", mark, value))
            else:
                yield token


@pass_context
def _brief(context: Context, value: Article | str, limit: int = SUMMARY_COLUMNS) -> str:
    if isinstance(value, Article):
        limit = min(limit, context["room"](value))
    return summary_text(value, limit)


@pass_context
def _byline(context: Context, article: Article) -> str:
    spoken: str = context["translator"].listed(author_names(article))
    return spoken


@pass_context
def _day(context: Context, moment: Any) -> str:
    spoken: str = context["translator"].day(moment, context["zone"])
    return spoken


@pass_context
def _number(context: Context, number: float) -> str:
    spoken: str = context["translator"].number(number)
    return spoken


def _bare(url: str) -> str:
    """An address as people say it: without `https://`, parameters, and a slash at the end."""
    return re.sub(r"^https?://(?:www\.)?|[?#].*", "", url).rstrip("/")


def _padded(line: str, columns: int = 200) -> str:
    """A preheader with invisible space after it: mail programs show it instead of the body's first words."""
    return line + "\u034f\u200c\u00a0" * max(0, columns - len(line))


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 as themes and subjects get it: no way out, nothing undefined passes in silence."""

    def __init__(self, loader: BaseLoader | None = None, *, mjml: bool) -> None:
        super().__init__(
            loader=loader,
            autoescape=mjml,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[_Lines] if mjml else [],
        )
        self.filters |= {
            "bare": _bare,
            "brief": _brief,
            "byline": _byline,
            "cut": truncate,
            "day": _day,
            "direction": language_direction,
            "kicker": kicker,
            "legible": legible,
            "number": _number,
            "padded": _padded,
        }

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        # What models have of pydantic reads files and unpickles; what is for our filters has methods as well.
        inner = isinstance(obj, Translator) or (isinstance(obj, Frozen) and hasattr(Frozen, attr))
        return not inner and super().is_safe_attribute(obj, attr, value)

    def join_path(self, template: str, parent: str) -> str:
        return OURS + template if template == parent else template


@lru_cache(maxsize=32)
def subject_template(source: str) -> Template:
    """A subject line's template, compiled; Jinja2's own errors pass."""
    return Sandbox(mjml=False).from_string(source)


def suggest(wrong: str, known: Iterable[str]) -> str | None:
    """A hint that names the nearest of the known words, else all of them."""
    words = sorted(known)
    near = difflib.get_close_matches(wrong, words, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"known: {', '.join(words)}" if words else None


def explain(error: Exception, *, where: Where | None = None) -> TemplateError:
    """The error of Jinja2, or of an expression in a template, as one that says where and how to mend it.

    Args:
        where: the place, for a template that is no file; otherwise it is read from the error.
    """
    hint: str | None = None
    message = str(error)
    if isinstance(error, JinjaSyntaxError):
        place = Where(file=error.filename, line=error.lineno)
        message = error.message or message
    else:
        place = _raised_at(error)
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
        near = difflib.get_close_matches(attribute[1], sorted(_ATTRIBUTES), n=1)
        hint = f"did you mean {near[0]}?" if near else None
    elif isinstance(error, JinjaSyntaxError):
        named = re.match(r"No (filter|test) named '(\w+)'", message)
        known = Sandbox(mjml=False)
        if named:
            hint = suggest(named[2], [*known.filters] if named[1] == "filter" else [*known.tests])
    return TemplateError(message, where=where or place, hint=hint)


def _raised_at(error: Exception) -> Where:
    """The innermost line of a template that the error came through.

    Jinja2 puts a frame with the template's file and line into the traceback for each template passed, and
    leaves the error itself among the globals of that frame.
    """
    place = Where()
    trace = error.__traceback__
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            place = Where(file=trace.tb_frame.f_code.co_filename, line=trace.tb_lineno)
        trace = trace.tb_next
    return place
