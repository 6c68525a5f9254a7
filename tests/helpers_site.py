"""A site in a folder, a clock that stands still, and the command line as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syndicate import Newsroom

SITE = """
[site]
title = "The Harbour Post"
home = "https://harbour.example/"
timezone = "Europe/London"
base_url = "https://harbour.example/feeds/"
"""

MAIN = """
[[feed]]
name = "main"
"""

WEEKLY = """
[[newsletter]]
name = "weekly"
title = "Harbour weekly"
from = "Harbour Post <news@harbour.example>"
"""


def source(name: str = "posts", kind: str = "jsonl", path: str = "posts.jsonl", more: str = "") -> str:
    return f'\n[[source]]\nname = "{name}"\nkind = "{kind}"\npath = "{path}"\n{more}\n'


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write files and give the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    return folder


def configured(folder: Path, *tables: str, site: str = SITE) -> Path:
    """Write a config and give its path."""
    config = folder / "syndicate.toml"
    config.write_text(site + "".join(tables), encoding="utf-8")
    return config


class StillClock:
    """A clock that moves when it is told to."""

    def __init__(self, now: datetime = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def pass_(self, span: timedelta) -> None:
        self._now += span


def opened(folder: Path, clock: StillClock | None = None) -> Newsroom:
    return Newsroom.open(folder / "syndicate.toml", clock=clock or StillClock())


def environment(**more: str) -> dict[str, str]:
    """This process's, without what would change how the command line works."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNDICATE_")}
    return kept | {"PYTHONWARNINGS": "error"} | more


def cli(
    folder: Path, *arguments: str, program: str | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run `syndicate` in a folder.

    Args:
        folder: where.
        arguments: of the command.
        program: Python to run in the same process first.
        more: environment variables.
    """
    start = ["-c", f"{program}\nfrom syndicate.cli import main\nmain()"] if program else ["-m", "syndicate"]
    return subprocess.run(
        [sys.executable, *start, *arguments],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
