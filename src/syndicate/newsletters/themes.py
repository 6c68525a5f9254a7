"""Themes are found, read and checked; errors have file and line.

A theme is a Jinja2 template that renders to an MJML document. Loading reads it with everything that it
extends or includes; rendering reads no file. A name in `{% extends %}` or `{% include %}` is searched in the
theme's own folder, then among the shipped templates. `syndicate/NAME` always means a shipped one, and so does
a template's own name, so that a user's `default.mjml` can extend the shipped one. A folder `locales` beside a
theme has its catalogues.
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
from .template_sandbox import SHIPPED, Sandbox, explain, suggest

MAIN_FILE = "theme.mjml"
"""The main template of a theme that is a folder."""


class _Snapshot(BaseLoader):
    """Loads templates that have been read: text and file by name."""

    def __init__(self) -> None:
        self.sources: dict[str, tuple[str, str]] = {}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Any]:  # noqa: ARG002
        if template not in self.sources:
            raise TemplateNotFound(template)
        source, file = self.sources[template]
        return source, file, lambda: True


@dataclass(frozen=True)
class Theme:
    """A loaded theme.

    Attributes:
        files: the file of each template.
        catalogues: its translations, completed by the shipped ones.
    """

    name: str
    environment: Environment
    template: Template
    files: dict[str, str]
    catalogues: Catalogues


def _read(file: Path, folder: Path) -> str | None:
    """Return the text of a template; None if there is no such file.

    Raises:
        TemplateError: it cannot be read, or a symbolic link leads out of the folder.
    """
    try:
        _require_inside(file, folder)
        return file.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise TemplateError(
            "the template is not UTF-8", where=Where(file=str(file), line=line), hint="save the file as UTF-8"
        ) from None
    except OSError as error:
        raise TemplateError(
            f"the template cannot be read: {error.strerror}", where=Where(file=str(file))
        ) from None
    except ValueError:
        # The name contains a NUL or a lone surrogate, so there is no such file.
        return None


def _require_inside(file: Path, folder: Path) -> None:
    """Raise a TemplateError if a symbolic link leads to a file outside of the folder of its theme."""
    if not file.resolve().is_relative_to(folder.resolve()):
        raise TemplateError(
            "this is a link to a file outside of the folder of the theme",
            where=Where(file=str(file)),
            hint="copy the file into the folder",
        )


class _ThemeLoader:
    """Reads a theme and everything that it refers to."""

    def __init__(self, folder: Path | None) -> None:
        self.folders = [folder] if folder else []
        self.snapshot = _Snapshot()
        self.uses: dict[str, list[str]] = {}
        self.trees: dict[str, nodes.Template] = {}
        self.parents: dict[str, str] = {}
        self.environment = Sandbox(self.snapshot, mjml=True)

    def find(self, name: str) -> tuple[str, str] | None:
        """Return the text and the file of a template; None if there is no such file."""
        path = PurePosixPath(name.removeprefix(SHIPPED))
        if path.is_absolute() or ".." in path.parts:
            return None
        folders = [] if name.startswith(SHIPPED) else self.folders
        for folder in [*folders, templates()]:
            source = _read(folder / path, folder)
            if source is not None:
                return source, str(folder / path)
        return None

    def add(self, name: str, source: str, file: str, extended_by: tuple[str, ...] = ()) -> None:
        """Add a template and everything that it refers to."""
        if name in self.snapshot.sources and name not in extended_by:
            return
        self.snapshot.sources[name] = source, file
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
                "the name of a template must be a constant",
                where=where,
                hint='write the name in quotes, such as "default.mjml"',
            ) from None
        is_list = not isinstance(value, str)
        for wanted in value if is_list else [value]:
            target = self.environment.join_path(str(wanted), name)
            if target in chain:
                raise TemplateError(
                    f"{' extends '.join((*chain, target))}",
                    where=where,
                    hint=f'a template cannot extend itself; "{SHIPPED}{wanted}" is the shipped one',
                )
            found = self.find(target)
            if found:
                self.uses.setdefault(name, []).append(target)
                if isinstance(node, nodes.Extends):
                    self.parents[name] = target
                self.add(target, *found, extended_by=chain)
            elif not is_list and not getattr(node, "ignore_missing", False):
                raise TemplateError(f"there is no template {wanted}", where=where, hint=self._suggest(target))

    def _suggest(self, name: str) -> str | None:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            return "a theme can use the templates in its own folder and the shipped ones, by relative names"
        return suggest(
            name.removeprefix(SHIPPED), self._names([] if name.startswith(SHIPPED) else self.folders)
        )

    def _names(self, own: list[Path]) -> set[str]:
        folders = [*own, templates()]
        return {file.name for folder in folders for file in folder.glob("*.mjml")}

    def _check_shown(self, name: str) -> None:
        """Raise a TemplateError if a template that extends another has content that Jinja2 drops."""
        body = self.trees[name].body
        at = next((i for i, node in enumerate(body) if isinstance(node, nodes.Extends)), None)
        if at is None:
            return
        file = self.snapshot.sources[name][1]
        for node in body[at:]:
            if isinstance(node, nodes.Output) and (dropped := next(filter(_is_visible, node.nodes), None)):
                raise TemplateError(
                    "this is never shown: it is outside of a block, in a template that extends another",
                    where=Where(file=file, line=_first_line(dropped)),
                    hint="put it into a block, such as {% block foot %} ... {% endblock %}",
                )
        blocks: set[str] = set()
        above: str | None = self.parents[name]
        while above:
            blocks.update(block.name for block in self.trees[above].find_all(nodes.Block))
            above = self.parents.get(above)
        for block in _outermost_blocks(self.trees[name]):
            if block.name not in blocks:
                raise TemplateError(
                    f"this block is never shown: {self.parents[name]} has no block {block.name}",
                    where=Where(file=file, line=block.lineno),
                    hint=suggest(block.name, blocks),
                )

    def theme(self, name: str, main: str) -> Theme:
        """Return the theme with every template compiled."""
        names = [main]
        for each in names:
            names += [used for used in self.uses.get(each, ()) if used not in names]
        try:
            for each in names:
                self.environment.get_template(each)
        except JinjaSyntaxError as error:
            raise explain(error) from None
        for each in names:
            self._check_shown(each)
        files = {each: self.snapshot.sources[each][1] for each in names}
        catalogues = shipped_catalogues()
        for folder in self.folders:
            for file in (folder / CATALOGUE_FOLDER).glob("*.po"):
                _require_inside(file, folder)
            catalogues = read_catalogues(folder / CATALOGUE_FOLDER, catalogues)
        return Theme(name, self.environment, self.environment.get_template(main), files, catalogues)


def _is_visible(node: nodes.Node) -> bool:
    return not isinstance(node, nodes.TemplateData) or not node.data.isspace()


def _first_line(node: nodes.Node) -> int:
    """Return the first line of a node that is not empty; a text node includes the empty lines before it."""
    if isinstance(node, nodes.TemplateData):
        start = node.data[: len(node.data) - len(node.data.lstrip())]
        return node.lineno + start.count("\n")
    return node.lineno


def _outermost_blocks(node: nodes.Node) -> Iterator[nodes.Block]:
    """Yield the blocks that are in no other block of this template."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Block):
            yield child
        else:
            yield from _outermost_blocks(child)


def shipped_themes() -> list[str]:
    """Return the names of the shipped themes."""
    return sorted(file.stem for file in templates().glob("*.mjml"))


def load_theme(name_or_path: str, base: Path | None = None) -> Theme:
    """Load a theme.

    Args:
        name_or_path: a shipped theme, a file that ends in `.mjml`, or a folder with a `theme.mjml`. What
            exists in `base` overrides a shipped theme.
        base: the folder of relative paths. If absent, they are relative to the working directory, and the
            name of a shipped theme means that theme.

    Raises:
        TemplateError: the theme does not exist or has an error.
    """
    if base is None and name_or_path in shipped_themes():
        return _load_shipped(name_or_path)
    given = (base or Path()) / name_or_path
    file = given if given.suffix == ".mjml" else given / MAIN_FILE
    source = _read(file, file.parent)
    if source is not None:
        loader = _ThemeLoader(file.parent)
        loader.add(file.name, source, str(file))
        return loader.theme(name_or_path, file.name)
    if name_or_path in shipped_themes():
        return _load_shipped(name_or_path)
    if given.is_dir():
        raise TemplateError(f"the folder of a theme needs a file {MAIN_FILE}", where=Where(file=str(given)))
    names = {*shipped_themes(), *(each.name for each in given.parent.glob("*.mjml"))}
    raise TemplateError(
        f"there is no theme {name_or_path}",
        where=Where(file=str(file)) if given.suffix == ".mjml" else Where(field="theme"),
        hint=f"{suggest(name_or_path, names)}; or give a folder or an .mjml file",
    )


# Shipped templates do not change while the program runs.
_shipped_loader = lru_cache(maxsize=1)(lambda: _ThemeLoader(None))


@lru_cache(maxsize=16)
def _load_shipped(name: str) -> Theme:
    loader = _shipped_loader()
    main = f"{name}.mjml"
    found = loader.find(main)
    if found is None:
        raise TemplateError(
            f"there is no theme {name}", hint="install syndicate again: its templates are missing"
        )
    loader.add(main, *found)
    return loader.theme(name, main)
