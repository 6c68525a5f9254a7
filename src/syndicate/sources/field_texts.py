"""The texts of an article: no markup in titles and names, and nothing that is too long."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, NamedTuple

from ..text.illegal_characters import repair_text
from ..text.plain_text import truncate
from .limits import FieldLimits
from .record_problems import RecordProblems
from .titles import plain_text

_FIELDS = frozenset(
    {
        *("title", "summary", "section", "rights", "link", "canonical", "language"),
        *(
            "authors",
            "contributors",
            "publisher",
            "tags",
            "image",
            "attachments",
            "license",
            "alternates",
            "discussion",
        ),
        *("replies_to", "origin", "location", "episode", "elements"),
    }
)


class _Kind(NamedTuple):
    """How a text is treated.

    Attributes:
        limit: the name of its limit.
        is_shortened: if False, a text that is too long is left out: a part of a URL or a tag is another one.
        is_plain: whether markup is removed.
    """

    limit: str
    is_shortened: bool
    is_plain: bool


_ADDRESS, _CODE, _TAG = _Kind("link", False, False), _Kind("name", False, False), _Kind("tag", False, True)
_NAME = _Kind("name", True, True)
_KINDS = {
    **dict.fromkeys(("url", "link", "canonical", "feed", "home", "id", "scheme", "chapters"), _ADDRESS),
    **dict.fromkeys(("email", "language", "media_type", "feed_type", "namespace", "prefix"), _CODE),
    **dict.fromkeys(("term", "label", "section"), _TAG),
    "title": _Kind("title", True, True),
    "alt": _Kind("alt", True, True),
    # The summary is plain text already.
    **dict.fromkeys(("summary", "text"), _Kind("summary", True, False)),
}
# No limit is lower.
_SHORT = 20
_NUMBERS = {"tags": "tags", "authors": "authors"}
# The sanitizer writes every value in quotation marks.
_ATTRIBUTE = re.compile(r' (alt|title|href|src|poster|cite)="([^"]*)"')
_CUT_REFERENCE = re.compile(r"&[^;&\s]{0,32}$")
_HINT = "if this is right, raise limits in the config of the source"


class FieldTexts:
    """Cleans the texts of one record.

    Args:
        problems: receives what was shortened or left out.
    """

    def __init__(self, limits: FieldLimits, problems: RecordProblems) -> None:
        self._limits = limits
        self._problems = problems

    def clean_fields(self, values: dict[str, Any], plain_fields: Collection[str]) -> None:
        """Clean the fields of an article in place, without its body.

        Args:
            plain_fields: those that have no markup, so that nothing is removed from them.
        """
        for name in _FIELDS.intersection(values):
            values[name] = self._clean(values[name], name, name, name, is_plain=name in plain_fields)

    def shorten_body(self, name: str, text: str) -> str:
        """Return the source of a body, cut between two words and outside of tags if it is too long.

        Args:
            name: of its field.
        """
        limit = self._limits.body
        if len(text) <= limit:
            return text
        self._report(name, name, len(text), limit, "shortened")
        head = text[:limit]
        start = head.rfind("<")
        if start > head.rfind(">"):
            return head[:start]
        return head[: max(head.rfind(" "), head.rfind("\n"), start) + 1] or head

    def shorten_attributes(self, html: str) -> str:
        """Return a sanitised body; descriptions of images are shortened, and long addresses left out."""
        if len(html) <= min(self._limits.alt, self._limits.link):
            return html
        return _ATTRIBUTE.sub(self._shorten_attribute, html)

    def _shorten_attribute(self, match: re.Match[str]) -> str:
        name, value = match.groups()
        kind = "alt" if name in ("alt", "title") else "link"
        limit: int = getattr(self._limits, kind)
        if len(value) <= limit:
            return match[0]
        path = f"content_html.{name}"
        if kind == "link":
            self._report("content_html", path, len(value), limit, "left out")
            return ""
        self._report("content_html", path, len(value), limit, "shortened")
        return f' {name}="{_CUT_REFERENCE.sub("", truncate(value, limit)[:-1])}…"'

    def _clean(self, value: Any, field: str, name: str, path: str, *, is_plain: bool) -> Any:
        """Return a value within its limits; None if it is left out.

        Args:
            field: of the article.
            name: of the value within the field.
        """
        if isinstance(value, str):
            return self._clean_text(value, field, name, path, is_plain=is_plain)
        if isinstance(value, dict):
            return {
                key: self._clean(each, field, str(key), f"{path}.{key}", is_plain=is_plain)
                for key, each in value.items()
            }
        if isinstance(value, list | tuple):
            limit: int = getattr(self._limits, _NUMBERS.get(name, "others"))
            if len(value) > limit:
                message = f"{len(value)} values; the limit is {limit}: the others were left out"
                self._problems.report(field, message, "warning", path, hint=_HINT)
            return [
                self._clean(each, field, name, f"{path}.{number}", is_plain=is_plain)
                for number, each in enumerate(value[:limit], 1)
            ]
        return value

    def _clean_text(self, text: str, field: str, name: str, path: str, *, is_plain: bool) -> str | None:
        kind = _KINDS.get(name, _NAME)
        if kind is _NAME and text.startswith(("http://", "https://")):
            kind = _ADDRESS
        if kind.is_plain and not is_plain and ("<" in text or "&" in text):
            text = repair_text(plain_text(text))
        if len(text) <= _SHORT:
            return text
        limit: int = getattr(self._limits, kind.limit)
        if len(text) <= limit:
            return text
        if not kind.is_shortened:
            self._report(field, path, len(text), limit, "left out")
            return None
        self._report(field, path, len(text), limit, "shortened")
        return truncate(text, limit)

    def _report(self, field: str, path: str, length: int, limit: int, result: str) -> None:
        message = f"{length} characters; the limit is {limit}: {result}"
        self._problems.report(field, message, "warning", path, hint=_HINT)
