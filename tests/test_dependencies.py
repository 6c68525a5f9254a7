"""What is imported is declared, and what is declared is in the constraints, with hashes."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "syndicate"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME: list[str] = PROJECT["project"]["dependencies"]
EXTRAS: Mapping[str, list[str]] = {
    name: needs for name, needs in PROJECT["project"]["optional-dependencies"].items() if name != "all"
}
GROUPS: Mapping[str, list[str]] = PROJECT["dependency-groups"]
# newsroom.py imports Starlette for a type only.
OPTIONAL = {
    "web": ("web", "preview", "daemon", "newsroom"),
    "sources": ("sources", "http"),
    "scale": ("store",),
    "mail": ("mail", "delivery", "deliverability"),
}
"""Which modules of ours may import what an extra brings."""

NOT_IMPORTED = {
    "tzdata": "zoneinfo reads it where the system has no time zones",
    "psycopg": "SQLAlchemy imports it for a PostgreSQL URL",
    **dict.fromkeys(
        ("h11", "lxml-html-clean", "mako", "soupsieve"), "a bound for what another package brings"
    ),
}

DISTRIBUTIONS = packages_distributions()
TEST_MODULES = {path.stem for path in (ROOT / "tests").rglob("*.py")}
EVERYTHING = [*RUNTIME, *chain(*EXTRAS.values(), *GROUPS.values())]


def names(*requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for needs in requirements for each in needs}


def imported(file: Path) -> Iterator[tuple[str, bool]]:
    """The distributions that a file imports, each with whether it does so when it is itself imported."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    top = {id(node) for node in tree.body}
    local = {"syndicate", "benchmarks"}
    if not file.is_relative_to(SOURCE):
        local |= TEST_MODULES | {path.stem for path in file.parent.glob("*.py")}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            modules = [node.module]
        else:
            continue
        for module in modules:
            name = module.partition(".")[0]
            if name not in sys.stdlib_module_names and name not in local:
                yield canonicalize_name(DISTRIBUTIONS.get(name, [name])[0]), id(node) in top


def test_every_import_is_a_declared_dependency() -> None:
    used: set[str] = set()
    for file in SOURCE.rglob("*.py"):
        part = file.relative_to(SOURCE).parts[0].removesuffix(".py")
        for name, _ in imported(file):
            used.add(name)
            extras = {extra for extra, needs in EXTRAS.items() if name in names(needs)}
            assert name in names(RUNTIME) or extras, f"{file} imports {name}, which pyproject.toml lacks"
            if name not in names(RUNTIME):
                assert any(part in OPTIONAL[extra] for extra in extras), f"{file} imports {name} of {extras}"
    unused = names(RUNTIME, *EXTRAS.values()) - used
    assert unused == set(NOT_IMPORTED)


def test_what_every_install_imports_needs_no_extra() -> None:
    """Files outside the folder of an extra import it in a function, where its absence can be reported."""
    optional = names(*EXTRAS.values()) - names(RUNTIME)
    for file in [*SOURCE.glob("*.py"), *(SOURCE / "cli").rglob("*.py"), *(SOURCE / "newsroom").rglob("*.py")]:
        assert not {name for name, at_import in imported(file) if at_import} & optional, file


@pytest.mark.parametrize(
    ("files", "groups"),
    [
        ("tests/**/*.py", ["dev"]),
        ("conftest.py", ["dev"]),
        ("docs/**/*.py", ["dev"]),
        ("examples/**/*.py", ["dev"]),
        ("benchmarks/**/*.py", ["dev", "bench"]),
    ],
)
def test_what_tests_and_tools_import_is_in_their_group(files: str, groups: list[str]) -> None:
    declared = names(RUNTIME, *EXTRAS.values(), *(GROUPS[group] for group in groups))
    found = [(file, name) for file in ROOT.glob(files) for name, _ in imported(file)]
    assert found
    assert not [(str(file), name) for file, name in found if name not in declared]


# The constraints

PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\")


def pins(file: str) -> dict[str, list[tuple[Version, str, list[str]]]]:
    """Name to versions, each with its marker and its hashes."""
    found: dict[str, list[tuple[Version, str, list[str]]]] = {}
    for line in (ROOT / "constraints" / file).read_text(encoding="utf-8").splitlines():
        if match := PIN.fullmatch(line):
            pin: tuple[Version, str, list[str]] = Version(match["version"]), match["marker"] or "", []
            found.setdefault(canonicalize_name(match["name"]), []).append(pin)
            hashes = pin[2]
        else:
            digest = re.fullmatch(r"    --hash=sha256:([0-9a-f]{64})(?: \\)?", line)
            assert digest or line.startswith("#"), f"{file}: {line}"
            if digest:
                hashes.append(digest[1])
    return found


@pytest.mark.parametrize("file", ["all.txt", "runtime.txt", "build.txt"])
def test_constraints_are_names_versions_and_hashes(file: str) -> None:
    assert all(hashes for versions in pins(file).values() for *_, hashes in versions)
    whole = pins("all.txt")
    for name, versions in pins(file).items():
        known = {(version, *hashes) for version, _, hashes in whole[name]}
        assert {(version, *hashes) for version, _, hashes in versions} <= known


@pytest.mark.parametrize(
    ("file", "declared"),
    [
        ("runtime.txt", RUNTIME),
        ("build.txt", [*PROJECT["build-system"]["requires"], *GROUPS["build"]]),
        ("all.txt", EVERYTHING),
    ],
)
def test_constraints_satisfy_what_is_declared(file: str, declared: list[str]) -> None:
    known = pins(file)
    for each in map(Requirement, declared):
        name = canonicalize_name(each.name)
        assert name in known, f"{name} is not in constraints/{file}: make lock"
        versions = {version for version, *_ in known[name]}
        wanted = all if each.marker is None else any
        assert wanted(each.specifier.contains(version) for version in versions), f"{each}: make lock"


def test_lower_bounds_are_there() -> None:
    """A package without one could be as old as its first release, with every fault that it had then."""
    free = {"types-pyyaml", "types-python-dateutil", "types-tinycss2", "pydantic-core"}
    for each in map(Requirement, EVERYTHING):
        bounded = any(one.operator in (">=", "==", "~=") for one in each.specifier)
        assert bounded or canonicalize_name(each.name) in free, each
