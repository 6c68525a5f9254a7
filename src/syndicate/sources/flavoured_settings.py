"""The keys of the kinds that read the pages of a site generator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from ..model import Problem
from ..model.feed import NonEmptyLines
from .files import Files, TextFile
from .flavours import Flavour, FlavouredParser, FlavouredSource, FlavourName, default_patterns, open_flavour
from .flavours.site import Site
from .settings import FileSettings, SourceEnvironment, SourceSettings
from .source import RawRecord, Source


class _FlavourKey(SourceSettings):
    flavour: FlavourName | None = Field(
        default=None,
        description="the site generator whose conventions decide links, dates and more; auto recognises it",
    )


# In this order of the bases, `flavour` is validated before `path`.
class FlavouredSettings(FileSettings, _FlavourKey):
    """The keys of a kind whose files can belong to a site generator."""

    path: NonEmptyLines = Field(
        default=(),
        validate_default=True,
        description="files, such as posts/**/*.md; one pattern or several; with a flavour also a folder",
    )

    @field_validator("path")
    @classmethod
    def _require_path_or_flavour(cls, path: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not path and info.data.get("flavour") is None:
            raise ValueError('the source needs path = "posts/**/*.md"')
        return path

    def watched_files(self, base: Path) -> Files | None:
        """Return the pages of the source."""
        return Files(base, tuple(self._patterns(base)))

    def one_record_files(self, base: Path) -> Files:
        """Return the pages, each of which holds one record."""
        return Files(base, tuple(self._patterns(base)), self.max_bytes)

    def configuration_files(self, base: Path) -> Sequence[Path]:
        """Return the files of the site that decide what its pages become."""
        if self.flavour is None:
            return ()
        return tuple(dict.fromkeys(self._open_flavour(base, Site(base)).configuration_files))

    def flavoured_source(
        self, environment: SourceEnvironment, parse: Callable[[TextFile], Iterable[RawRecord | Problem]]
    ) -> Source:
        """Return a source of the pages of the site.

        Args:
            parse: reads the record of one file.
        """
        files = self.one_record_files(environment.base)
        if self.flavour is None:
            return self.file_source(files, parse, environment)
        site = Site(environment.base, environment.home, environment.timezone)
        flavour = self._open_flavour(environment.base, site)
        parser = FlavouredParser(flavour, parse, self.link is not None)
        # Other files decide what is a post, so that this is asked before unchanged files are left unread.
        posts = replace(files, is_wanted=flavour.is_post)
        return FlavouredSource(self.file_source(posts, parser, environment), flavour)

    def _open_flavour(self, base: Path, site: Site) -> Flavour:
        assert self.flavour is not None
        start = next((root for root, _ in self.one_record_files(base).roots()), base)
        return open_flavour(self.flavour, start if start.is_dir() else start.parent, site)

    def _patterns(self, base: Path) -> Iterator[str]:
        """Yield the patterns. With a flavour, those of the posts replace a folder."""
        for pattern in self.path or (".",):
            if self.flavour is not None and (base / pattern).is_dir():
                folder = "" if pattern == "." else f"{pattern.rstrip('/')}/"
                yield from (f"{folder}{each}" for each in default_patterns(self.flavour, base / pattern))
            else:
                yield pattern
