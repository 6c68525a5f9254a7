"""The house: what imports what, how quickly, and that files keep to one job."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

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
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
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


def modules_loaded_by(*command: str, cwd: Path | None = None) -> set[str]:
    """Every module and package that a command has imported when it ends."""
    code = (
        "import atexit, sys; from syndicate.cli import main;"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr));"
        f"sys.argv = ['syndicate', *{command!r}]; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=True, timeout=300
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("command", ["--version", "--help", "publish --help", "subscribers add --help"])
def test_version_and_help_load_only_the_command_line(command: str) -> None:
    loaded = modules_loaded_by(*command.split())
    assert "typer" in loaded
    assert not loaded & {*HEAVY, "asyncio", "babel", "nh3", "structlog"} - {"typer", "rich"}
    ours = {name.split(".")[1] for name in loaded if name.startswith("syndicate.")}
    assert ours == {"cli", "errors"}
    if command.startswith("--"):
        # For the help of one command Typer itself imports pydantic.
        assert "pydantic" not in loaded


@pytest.mark.parametrize(
    ("command", "unused"),
    [
        ("next", {"jinja2", "mjml", "babel", "apscheduler", "aiosmtplib", "urllib3", "pyromark"}),
        ("status", {"jinja2", "mjml", "babel", "apscheduler", "aiosmtplib", "urllib3", "pyromark"}),
        ("ingest", {"jinja2", "mjml", "babel", "apscheduler", "aiosmtplib", "urllib3"}),
        # Names are looked up with --dns only.
        ("check", {"apscheduler", "dns"}),
        # The HTML page of a feed has dates in its language (Babel).
        ("publish", {"mjml", "apscheduler", "aiosmtplib", "urllib3", "pyromark"}),
    ],
)
def test_a_command_loads_only_what_it_uses(tmp_path: Path, command: str, unused: set[str]) -> None:
    shutil.copytree(ROOT / "examples" / "harbour", tmp_path, dirs_exist_ok=True)
    loaded = modules_loaded_by(command, cwd=tmp_path)
    assert "sqlalchemy" in loaded
    assert not loaded & (unused | {"trafilatura", "starlette", "uvicorn", "psycopg"})


def test_everything_exported_is_there() -> None:
    assert syndicate.__all__ == sorted(syndicate.__all__)
    assert len(syndicate.__all__) == len(set(syndicate.__all__)) > 30
    assert {*syndicate.__all__, "__version__"} <= {*dir(syndicate)}
    for name in syndicate.__all__:
        assert getattr(syndicate, name) is not None
    namespace: dict[str, object] = {}
    exec("from syndicate import *", namespace)
    assert {*syndicate.__all__} <= {*namespace}
    with pytest.raises(ImportError, match="nothing_of_the_kind"):
        exec("from syndicate import nothing_of_the_kind")


def test_each_exported_name_is_loaded_by_itself() -> None:
    code = "import sys, syndicate; syndicate.{}; print(*sys.modules)"
    for name in ("SyndicateError", "Article", "select"):
        loaded = {module.partition(".")[0] for module in python(code.format(name)).split()}
        assert not loaded & {*HEAVY}, name


def test_the_layout_of_the_docs_is_that_of_the_code() -> None:
    text = (ROOT / "docs" / "design" / "house.md").read_text(encoding="utf-8")
    listed = re.findall(r"^  ([a-z0-9_]+(?:/|\.py)) ", text, re.MULTILINE)
    package = ROOT / "src" / "syndicate"
    there = [f"{each.name}/" for each in package.iterdir() if any(each.rglob("*.py"))]
    there += [each.name for each in package.glob("*.py") if not each.name.startswith("__")]
    assert sorted(listed) == sorted(there)
    rank = {name.rstrip("/").removesuffix(".py"): number for number, name in enumerate(listed)}
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0][
        "layers"
    ]
    order = [[rank[name] for name in layer.split(" | ")] for layer in reversed(layers) if layer != "__main__"]
    assert all(max(below) < min(above) for below, above in pairwise(order)), (
        "the list is in the order of the layers"
    )


def test_the_version_is_one() -> None:
    assert f'version = "{syndicate.__version__}"' in (ROOT / "pyproject.toml").read_text()
