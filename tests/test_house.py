"""The house: what imports what, how quickly, and that files keep to one job."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import syndicate

ROOT = Path(__file__).parents[1]
HEAVY = (
    "sqlalchemy",
    "feedgen",
    "lxml",
    "jinja2",
    "mjml",
    "apscheduler",
    "aiosmtplib",
    "typer",
    "rich",
    "yaml",
    "urllib3",
)


def python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_import_is_quick() -> None:
    loaded = python("import sys, syndicate; print(*sys.modules)").split()
    assert "syndicate" in loaded
    assert not {name.partition(".")[0] for name in loaded} & {*HEAVY, "pydantic"}


def test_making_feeds_needs_no_database_and_no_templates() -> None:
    code = (
        "import sys; from syndicate import Article, Feed, to_rss;"
        "to_rss(Feed(title='t', home='https://e.example/'), [Article(id='urn:x:1', title='a')]);"
        "print(*sys.modules)"
    )
    loaded = {name.partition(".")[0] for name in python(code).split()}
    assert not loaded & {"sqlalchemy", "jinja2", "mjml", "apscheduler", "aiosmtplib", "typer", "yaml"}


def test_the_command_line_starts_without_what_only_some_commands_need() -> None:
    modules = python("import sys, syndicate.cli; print(*sys.modules)").split()
    loaded = {name.partition(".")[0] for name in modules}
    assert "sqlalchemy" in loaded
    assert not loaded & {"apscheduler", "urllib3", "alembic", "trafilatura", "starlette", "uvicorn"}


def test_everything_exported_is_there() -> None:
    assert syndicate.__all__ == sorted(syndicate.__all__)
    for name in syndicate.__all__:
        assert getattr(syndicate, name) is not None
        assert name in dir(syndicate)


def test_files_have_one_job() -> None:
    long = {
        path.relative_to(ROOT): count
        for path in (ROOT / "src").rglob("*.py")
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert not long


def test_the_version_is_one() -> None:
    assert f'version = "{syndicate.__version__}"' in (ROOT / "pyproject.toml").read_text()
