"""What the path of a file gives to link templates."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

# The file that stands for its folder, in any language: index.md, index.pt-br.md, _index.md, README.md.
_FOLDER_PAGE = re.compile(r"(?:_?index|readme)(?:\.[a-z]{2,3}(?:-[a-z0-9]{2,8})*)?", re.IGNORECASE)


def is_folder_page(stem: str) -> bool:
    """Return whether a file with this name, without its ending, stands for its folder."""
    return _FOLDER_PAGE.fullmatch(stem) is not None


def path_variables(key: str) -> dict[str, str]:
    """Return `path` and `slug` of a file.

    Args:
        key: its path below the folder that the pattern begins with, such as `2026/ferry/index.md`.
    """
    path = PurePosixPath(key).with_suffix("")
    is_page_of_folder = is_folder_page(path.name) and path.parent.name
    return {
        "path": str(path.parent if path.name == "index" else path),
        "slug": path.parent.name if is_page_of_folder else path.name,
    }
