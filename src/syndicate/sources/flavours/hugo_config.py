"""The configuration of a Hugo site, from one file or from the folder `config`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .site import Site, merge_tables

_ENDINGS = (".toml", ".yaml", ".yml", ".json")
FILES = tuple(f"{name}{ending}" for name in ("hugo", "config") for ending in _ENDINGS)
_FOLDERS = ("config/_default", "config/production")


def is_hugo_config(path: Path) -> bool:
    """Return whether a file, which other generators call the same, is the configuration of Hugo."""
    if path.name.startswith("hugo."):
        return True
    try:
        text = path.read_text(encoding="utf-8-sig")[:200_000].casefold()
    except (OSError, UnicodeDecodeError):
        return False
    return "baseurl" in text and (path.parent / "content").is_dir()


def find_config(folder: Path) -> Path | None:
    """Return the file or folder that makes a folder the root of a Hugo site."""
    for name in FILES:
        if (folder / name).is_file() and is_hugo_config(folder / name):
            return folder / name
    return folder / _FOLDERS[0] if (folder / _FOLDERS[0]).is_dir() else None


def read_config(site: Site) -> dict[str, Any]:
    """Return the whole configuration, with all names in lower case."""
    config: dict[str, Any] = lower_names(site.first_table(FILES))
    for folder in _FOLDERS:
        for path in sorted(_files(site.root / folder)):
            value = lower_names(site.read_table(path))
            names = path.stem.lower().split(".")
            if names[0] not in ("hugo", "config"):
                for name in reversed(names):
                    value = {name: value}
            config = merge_tables(config, value)
    return config


def lower_names(value: Any) -> Any:
    """Return a value with the names of all its tables in lower case."""
    if isinstance(value, Mapping):
        return {str(name).lower(): lower_names(each) for name, each in value.items()}
    return [lower_names(each) for each in value] if isinstance(value, list) else value


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from (path for path in folder.iterdir() if path.suffix in _ENDINGS)
    except OSError:
        return
