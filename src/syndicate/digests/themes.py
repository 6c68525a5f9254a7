"""Themes: finding and reading them, and telling what is wrong in them by file and line.

A theme is a Jinja2 template that gives an MJML document. It is read whole, with everything that it
extends or includes, when it is loaded; rendering touches no file. A name in `{% extends %}` or
`{% include %}` is looked for in the theme's own folder, then among ours; `syndicate/NAME` always means ours,
and so does a template's own name, so that a `default.mjml` of yours can extend ours. A folder `locales`
beside a theme holds its catalogues.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, Template, TemplateNotFound, nodes, pass_context
from jinja2 import TemplateError as JinjaError
from jinja2 import TemplateSyntaxError as JinjaSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..content import direction
from ..errors import TemplateError, Where
from ..model import Article, Newsletter
from ..shipped import templates
from . import text
from .shades import legible
from .words import FOLDER, Catalogues, ours, read_catalogues

OURS = "syndicate/"
MAIN = "theme.mjml"
"""The file of a theme that is a folder."""

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
def _brief(context: Context, value: Article | str, limit: int = text.BRIEF) -> str:
    if isinstance(value, Article):
        limit = min(limit, context["room"](value))
    return text.brief(value, limit)


@pass_context
def _day(context: Context, moment: Any) -> str:
    spoken: str = context["speech"].day(moment, context["zone"])
    return spoken


@pass_context
def _number(context: Context, number: float) -> str:
    spoken: str = context["speech"].number(number)
    return spoken


def _bare(url: str) -> str:
    """An address as people say it: without `https://`, parameters, and a slash at the end."""
    return re.sub(r"^https?://(?:www\.)?|[?#].*", "", url).rstrip("/")


def _padded(line: str, columns: int = 200) -> str:
    """A preheader with invisible space after it: mail programs show it instead of the body's first words."""
    return line + "\u034f\u200c\u00a0" * max(0, columns - len(line))


class _Snapshot(BaseLoader):
    """Templates that have been read: name to text and file."""

    def __init__(self) -> None:
        self.read: dict[str, tuple[str, str]] = {}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Any]:  # noqa: ARG002
        if template not in self.read:
            raise TemplateNotFound(template)
        source, file = self.read[template]
        return source, file, lambda: True


class _Sandbox(ImmutableSandboxedEnvironment):
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
            "byline": text.byline,
            "cut": text.cut,
            "day": _day,
            "direction": direction,
            "kicker": text.kicker,
            "legible": legible,
            "number": _number,
            "padded": _padded,
        }

    def join_path(self, template: str, parent: str) -> str:
        return OURS + template if template == parent else template


@dataclass(frozen=True)
class Theme:
    """A theme that has been read.

    Attributes:
        files: the file behind each template.
        catalogues: its words in other languages; what it lacks is ours.
    """

    name: str
    environment: Environment
    template: Template
    files: dict[str, str]
    catalogues: Catalogues


@lru_cache(maxsize=32)
def subject_template(source: str) -> Template:
    """A subject line's template, compiled; Jinja2's own errors pass."""
    return _Sandbox(mjml=False).from_string(source)


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
        known = _Sandbox(mjml=False)
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


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise TemplateError(
            "not UTF-8", where=Where(file=str(file), line=line), hint="save the file as UTF-8"
        ) from None
    except OSError as error:
        raise TemplateError(f"cannot be read: {error.strerror}", where=Where(file=str(file))) from None


class _Reader:
    """Reads a theme and everything that it refers to."""

    def __init__(self, folder: Path | None) -> None:
        self.folders = [folder] if folder else []
        self.snapshot = _Snapshot()
        self.environment = _Sandbox(self.snapshot, mjml=True)

    def find(self, name: str) -> tuple[str, str] | None:
        """The text and file of a template; none if there is no such file."""
        path = PurePosixPath(name.removeprefix(OURS))
        if path.is_absolute() or ".." in path.parts:
            return None
        folders = [] if name.startswith(OURS) else self.folders
        for folder in [*folders, templates()]:
            source = _read(folder / path)
            if source is not None:
                return source, str(folder / path)
        return None

    def take(self, name: str, source: str, file: str, extended_by: tuple[str, ...] = ()) -> None:
        """Take in a template, then what it refers to."""
        if name in self.snapshot.read and name not in extended_by:
            return
        self.snapshot.read[name] = source, file
        try:
            tree = self.environment.parse(source, name, file)
        except JinjaSyntaxError as error:
            raise explain(error) from None
        for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
            chain = (*extended_by, name) if isinstance(node, nodes.Extends) else ()
            self._follow(node, name, file, chain)

    def _follow(self, node: nodes.Node, name: str, file: str, chain: tuple[str, ...]) -> None:
        where = Where(file=file, line=node.lineno)
        try:
            value = node.template.as_const()  # type: ignore[attr-defined]
        except nodes.Impossible:
            raise TemplateError(
                "the name of a template must be written out",
                where=where,
                hint='a theme is read whole before it is used; write the name in quotes: "default.mjml"',
            ) from None
        several = not isinstance(value, str)
        for wanted in value if several else [value]:
            target = self.environment.join_path(str(wanted), name)
            if target in chain:
                raise TemplateError(
                    f"{' extends '.join((*chain, target))}",
                    where=where,
                    hint=f'a template cannot extend itself; "{OURS}{wanted}" means ours',
                )
            found = self.find(target)
            if found:
                self.take(target, *found, extended_by=chain)
            elif not several and not getattr(node, "ignore_missing", False):
                raise TemplateError(
                    f"there is no template {wanted}", where=where, hint=suggest(wanted, self._names())
                )

    def _names(self) -> set[str]:
        folders = [*self.folders, templates()]
        return {file.name for folder in folders for file in folder.glob("*.mjml")}

    def theme(self, name: str, main: str) -> Theme:
        """The theme, every template of it compiled."""
        try:
            for each in self.snapshot.read:
                self.environment.get_template(each)
        except JinjaSyntaxError as error:
            raise explain(error) from None
        named = {each: file for each, (_, file) in self.snapshot.read.items()}
        catalogues = ours()
        for folder in self.folders:
            catalogues = read_catalogues(folder / FOLDER, catalogues)
        return Theme(name, self.environment, self.environment.get_template(main), named, catalogues)


def known_themes() -> list[str]:
    """The names of our themes."""
    return sorted(file.stem for file in templates().glob("*.mjml"))


def load_theme(name_or_path: str, base: Path | None = None) -> Theme:
    """Read a theme.

    Args:
        name_or_path: a theme of ours, or a file of yours that ends in `.mjml`, or a folder of yours with a
            `theme.mjml`. What exists under `base` goes before a theme of ours.
        base: the folder that a relative path starts from; the working directory if absent.

    Raises:
        TemplateError: there is no such theme, or Jinja2 cannot read it.
    """
    given = (base or Path()) / name_or_path
    file = given if given.suffix == ".mjml" else given / MAIN
    source = _read(file)
    if source is not None:
        reader = _Reader(file.parent)
        reader.take(file.name, source, str(file))
        return reader.theme(name_or_path, file.name)
    if name_or_path in known_themes():
        return _built_in(name_or_path)
    if given.is_dir():
        raise TemplateError(f"a theme's folder needs a file {MAIN}", where=Where(file=str(given)))
    near = {*known_themes(), *(each.name for each in given.parent.glob("*.mjml"))}
    raise TemplateError(
        f"there is no theme {name_or_path}",
        where=Where(file=str(file)) if given.suffix == ".mjml" else None,
        hint=f"{suggest(name_or_path, near)}; or give a folder or an .mjml file of yours",
    )


# They are part of the library, and no more change while it runs than its code does.
@lru_cache(maxsize=16)
def _built_in(name: str) -> Theme:
    reader = _Reader(None)
    main = f"{name}.mjml"
    found = reader.find(main)
    if found is None:
        raise TemplateError(f"there is no theme {name}", hint="the installation lacks its templates")
    reader.take(main, *found)
    return reader.theme(name, main)


def default_theme() -> Theme:
    """The theme that is used where none is given."""
    return _built_in("default")
