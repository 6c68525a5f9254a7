"""A site of files: its folder, its configuration, its address, its images."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import yaml

from ...errors import Where
from ...model import Problem, Severity
from ..dates import read_date

_MAX_CONFIG_BYTES = 2_000_000
# How far above the pages the folder of the site is looked for.
_MAX_LEVELS = 8
# What RFC 3986 allows in a path, and the percent sign of what is encoded already.
_PATH_CHARACTERS = "/%-._~!$&'()*+,;=:@"
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Site:
    """A site whose pages are read.

    Attributes:
        root: the folder with its configuration.
        home: the site's home page according to our own config.
        timezone: of dates without one, according to our own config.
        files: the files that were read to understand it.
        problems: what could not be understood.
    """

    root: Path
    home: str | None = None
    timezone: tzinfo = UTC
    files: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _reported: set[str] = field(default_factory=set)

    def report(
        self,
        message: str,
        *,
        file: Path | None = None,
        hint: str | None = None,
        severity: Severity = "warning",
    ) -> None:
        """Add a problem, once."""
        if message not in self._reported:
            self._reported.add(message)
            where = Where(file=str(file)) if file else Where()
            self.problems.append(Problem.at(where, message, severity=severity, hint=hint))

    def read_text(self, path: Path) -> str | None:
        """Return the text of a file of the site; None if there is none that can be read."""
        try:
            if not path.is_file():
                return None
            self.files.append(path)
            if path.stat().st_size > _MAX_CONFIG_BYTES:
                self.report("the file is too large for a configuration", file=path)
                return None
            return path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError, ValueError) as error:
            self.report(f"the file cannot be read: {error}", file=path)
            return None

    def read_data(self, path: Path) -> Any:
        """Return the value in a YAML, TOML or JSON file; None if there is none or it is broken."""
        text = self.read_text(path)
        if text is None:
            return None
        try:
            match path.suffix:
                case ".toml":
                    return tomllib.loads(text)
                case ".json":
                    return json.loads(text)
                case _:
                    return yaml.load(text, _YAML_LOADER)  # noqa: S506 - it is a safe loader
        except (ValueError, yaml.YAMLError, RecursionError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            self.report(f"the file is broken: {first}", file=path, hint="correct it")
            return None

    def read_table(self, path: Path) -> dict[str, Any]:
        """Return the table in a YAML, TOML or JSON file; an empty one if there is none."""
        data = self.read_data(path)
        return {str(name): value for name, value in data.items()} if isinstance(data, dict) else {}

    def first_table(self, names: Iterable[str]) -> dict[str, Any]:
        """Return the table in the first of several files that exists."""
        for name in names:
            if (self.root / name).is_file():
                return self.read_table(self.root / name)
        return {}

    def address(self, own: Any = None) -> SiteAddress:
        """Return the address of the site.

        Args:
            own: what the site's configuration says. Our own config decides the host; the path of `own` counts
                if it has the same host, or none.
        """
        own = own if isinstance(own, str) else ""
        base = own if "://" in own else None
        if self.home is None:
            return SiteAddress(_as_folder(base) if base else None)
        if base and _host(base) == _host(self.home):
            home, path = urlsplit(self.home), urlsplit(base).path
            return SiteAddress(_as_folder(f"{home.scheme}://{home.netloc}{path}"))
        if own.startswith("/") and own != "/":
            return SiteAddress(_as_folder(urljoin(self.home, own)))
        if base and "." in _host(base) and not _host(base).endswith((".local", ".test")):
            self.report(
                f"the site says that its address is {base}, and not {self.home}",
                hint=f"links begin with {self.home}; for the other, correct home in [site]",
                severity="note",
            )
        return SiteAddress(urljoin(self.home, "."))

    def date(self, value: Any, zone: tzinfo | None = None) -> datetime | None:
        """Return a date of a page; None if it is not one."""
        if value is None or isinstance(value, bool):
            return None
        try:
            return read_date(value, zone or self.timezone)
        except ValueError:
            return None


@dataclass(frozen=True)
class SiteAddress:
    """The address that a site is served under.

    Attributes:
        base: ends with a slash; None if nothing tells it.
    """

    base: str | None

    def page(self, path: str) -> str:
        """Return the address of a page, by its path below the base."""
        encoded = quote(re.sub(r"/{2,}", "/", path), safe=_PATH_CHARACTERS).lstrip("/")
        return urljoin(self.base, f"./{encoded}") if self.base else f"/{encoded}"

    def file(self, path: str) -> str:
        """Return the address of a file that a page names: `/x` begins at the host, `x` at the base."""
        encoded = quote(path, safe=_PATH_CHARACTERS + "?#")
        return urljoin(self.base, encoded) if self.base else encoded

    @cached_property
    def path(self) -> str:
        """The path of the base, without its last slash."""
        return urlsplit(self.base or "").path.rstrip("/")


def _as_folder(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def folders_above(start: Path) -> Iterator[Path]:
    """Yield a folder and those above it, as far as a site may reach: up to the folder of its repository."""
    for folder in (start, *start.parents)[:_MAX_LEVELS]:
        yield folder
        if (folder / ".git").exists():
            return


def find_above(start: Path, names: Sequence[str]) -> Path | None:
    """Return the nearest folder at or above a start that has one of some files."""
    for folder in folders_above(start):
        if any((folder / name).exists() for name in names):
            return folder
    return None


def relative_path(path: Path, folder: Path) -> str | None:
    """Return the path of a file below a folder, with slashes; None if it is elsewhere."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else None


def texts(value: Any) -> list[str]:
    """Return the texts in a value: of a list, of a mapping's names, or the only one; numbers as text."""
    if isinstance(value, Mapping):
        value = list(value)
    values = value if isinstance(value, list | tuple | set) else [value]
    return [str(each).strip() for each in values if isinstance(each, str | int | float) and str(each).strip()]


def table(value: Any, *names: str) -> dict[str, Any]:
    """Return the table under some names in a nested one; an empty one if there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return dict(value) if isinstance(value, Mapping) else {}


def merge_tables(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return two tables as one; values of the second replace those of the first, tables are merged."""
    merged = dict(first)
    for name, value in second.items():
        own = merged.get(name)
        merged[name] = (
            merge_tables(own, value) if isinstance(own, Mapping) and isinstance(value, Mapping) else value
        )
    return merged
