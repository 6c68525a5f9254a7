"""Themes: finding and reading them, and telling what is wrong in them by file and line.

A theme is a Jinja2 template that gives an MJML document. It is read whole, with everything that it
extends or includes, when it is loaded; rendering touches no file. A name in `{% extends %}` or
`{% include %}` is looked for in the theme's own folder, then among ours; `syndicate/NAME` always means ours,
and so does a template's own name, so that a `default.mjml` of yours can extend ours. A folder `locales`
beside a theme holds its catalogues.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound, nodes
from jinja2 import TemplateSyntaxError as JinjaSyntaxError

from ..errors import TemplateError, Where
from ..i18n import CATALOGUE_FOLDER, Catalogues, read_catalogues, shipped_catalogues
from ..resources import templates
from .sandbox import OURS, Sandbox, explain, suggest

MAIN = "theme.mjml"
"""The file of a theme that is a folder."""


class _Snapshot(BaseLoader):
    """Templates that have been read: name to text and file."""

    def __init__(self) -> None:
        self.read: dict[str, tuple[str, str]] = {}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Any]:  # noqa: ARG002
        if template not in self.read:
            raise TemplateNotFound(template)
        source, file = self.read[template]
        return source, file, lambda: True


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
    except ValueError:
        # No file has such a name: it holds a NUL or a lone surrogate.
        return None


class _Reader:
    """Reads a theme and everything that it refers to."""

    def __init__(self, folder: Path | None) -> None:
        self.folders = [folder] if folder else []
        self.snapshot = _Snapshot()
        self.uses: dict[str, list[str]] = {}
        self.trees: dict[str, nodes.Template] = {}
        self.parents: dict[str, str] = {}
        self.environment = Sandbox(self.snapshot, mjml=True)

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
        self.trees[name] = tree
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
                self.uses.setdefault(name, []).append(target)
                if isinstance(node, nodes.Extends):
                    self.parents[name] = target
                self.take(target, *found, extended_by=chain)
            elif not several and not getattr(node, "ignore_missing", False):
                raise TemplateError(f"there is no template {wanted}", where=where, hint=self._mend(target))

    def _mend(self, name: str) -> str | None:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            return "a theme reads what is in its own folder and among ours, by names relative to these"
        return suggest(name.removeprefix(OURS), self._names([] if name.startswith(OURS) else self.folders))

    def _names(self, own: list[Path]) -> set[str]:
        folders = [*own, templates()]
        return {file.name for folder in folders for file in folder.glob("*.mjml")}

    def _seen(self, name: str) -> None:
        """Raise a TemplateError for what Jinja2 drops: all that fills no block of what a template extends."""
        body = self.trees[name].body
        at = next((i for i, node in enumerate(body) if isinstance(node, nodes.Extends)), None)
        if at is None:
            return
        file = self.snapshot.read[name][1]
        for node in body[at:]:
            if isinstance(node, nodes.Output) and (lost := next(filter(_shows, node.nodes), None)):
                raise TemplateError(
                    "nothing shows what stands outside of blocks here, for this template extends another",
                    where=Where(file=file, line=_line(lost)),
                    hint="put it into a block, such as {% block foot %} ... {% endblock %}",
                )
        blocks: set[str] = set()
        above: str | None = self.parents[name]
        while above:
            blocks.update(block.name for block in self.trees[above].find_all(nodes.Block))
            above = self.parents.get(above)
        for block in _outermost(self.trees[name]):
            if block.name not in blocks:
                raise TemplateError(
                    f"there is no block {block.name} in {self.parents[name]}, so nothing shows this one",
                    where=Where(file=file, line=block.lineno),
                    hint=suggest(block.name, blocks),
                )

    def theme(self, name: str, main: str) -> Theme:
        """The theme, every template of it compiled."""
        own = [main]
        for each in own:
            own += [used for used in self.uses.get(each, ()) if used not in own]
        try:
            for each in own:
                self.environment.get_template(each)
        except JinjaSyntaxError as error:
            raise explain(error) from None
        for each in own:
            self._seen(each)
        named = {each: self.snapshot.read[each][1] for each in own}
        catalogues = shipped_catalogues()
        for folder in self.folders:
            catalogues = read_catalogues(folder / CATALOGUE_FOLDER, catalogues)
        return Theme(name, self.environment, self.environment.get_template(main), named, catalogues)


def _shows(node: nodes.Node) -> bool:
    return not isinstance(node, nodes.TemplateData) or not node.data.isspace()


def _line(node: nodes.Node) -> int:
    """The line at which something begins to be seen; text is one node with the empty lines before it."""
    if isinstance(node, nodes.TemplateData):
        start = node.data[: len(node.data) - len(node.data.lstrip())]
        return node.lineno + start.count("\n")
    return node.lineno


def _outermost(node: nodes.Node) -> Iterator[nodes.Block]:
    """The blocks that are in no other block of this template."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Block):
            yield child
        else:
            yield from _outermost(child)


def known_themes() -> list[str]:
    """The names of our themes."""
    return sorted(file.stem for file in templates().glob("*.mjml"))


def load_theme(name_or_path: str, base: Path | None = None) -> Theme:
    """Read a theme.

    Args:
        name_or_path: a theme of ours, or a file of yours that ends in `.mjml`, or a folder of yours with a
            `theme.mjml`. What exists under `base` goes before a theme of ours.
        base: the folder that a relative path starts from. If absent, paths start from the working directory,
            and a name of ours means ours.

    Raises:
        TemplateError: there is no such theme, or Jinja2 cannot read it.
    """
    if base is None and name_or_path in known_themes():
        return _built_in(name_or_path)
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
        where=Where(file=str(file)) if given.suffix == ".mjml" else Where(field="theme"),
        hint=f"{suggest(name_or_path, near)}; or give a folder or an .mjml file of yours",
    )


# They are part of the library, and no more change while it runs than its code does.
_ours = lru_cache(maxsize=1)(lambda: _Reader(None))


@lru_cache(maxsize=16)
def _built_in(name: str) -> Theme:
    reader = _ours()
    main = f"{name}.mjml"
    found = reader.find(main)
    if found is None:
        raise TemplateError(f"there is no theme {name}", hint="the installation lacks its templates")
    reader.take(main, *found)
    return reader.theme(name, main)
