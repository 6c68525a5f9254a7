"""What is uploaded to PyPI: the wheel, the page of the project, the list of components."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from email.parser import BytesParser
from email.policy import default
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import syndicate
from test_dependencies import pins

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SOURCE: str = PROJECT["urls"]["Source"]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the output of `make build`."""
    folder = tmp_path_factory.mktemp("dist")
    environment = f"VENV={sys.prefix}"
    # The environment of this test is up to date, however old its stamp is.
    command = ["make", "-s", "-o", f"{sys.prefix}/.dev", environment, f"DIST={folder}", "build"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> ZipFile:
    (file,) = dist.glob("syndicate_feeds-*.whl")
    return ZipFile(file)


@pytest.fixture(scope="module")
def page(wheel: ZipFile) -> str:
    """The description that PyPI shows."""
    (name,) = (each for each in wheel.namelist() if each.endswith("/METADATA"))
    body = BytesParser(policy=default).parsebytes(wheel.read(name)).get_payload()
    assert isinstance(body, str)
    return body


def test_the_distribution_has_its_own_name() -> None:
    assert distribution("syndicate-feeds").version == syndicate.__version__
    assert PROJECT["name"] == "syndicate-feeds"


def test_every_install_hint_names_the_distribution_and_an_extra_that_exists() -> None:
    texts = {
        path: path.read_text(encoding="utf-8")
        for folder in ("src", "docs", "examples")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".md", ".toml", ".txt")
    }
    texts |= {path: path.read_text(encoding="utf-8") for path in ROOT.glob("*.md")}
    extras = {*PROJECT["optional-dependencies"]}
    found = 0
    for path, text in texts.items():
        for hint in re.findall(r"\b(syndicate[\w-]*)\[([a-z,]+)\]", text):
            assert hint[0] == "syndicate-feeds", path
            assert {*hint[1].split(",")} <= extras, path
            found += 1
        assert not re.search(r"pip install '?\"?syndicate\b(?!-)", text), path
    assert found > 5


def test_the_wheel_has_the_package_and_its_templates(wheel: ZipFile) -> None:
    names = {*wheel.namelist()}
    assert {"syndicate/__init__.py", "syndicate/py.typed"} <= names
    for template in (ROOT / "templates").rglob("*"):
        if template.is_file():
            assert f"syndicate/templates/{template.relative_to(ROOT / 'templates')}" in names


def test_the_page_on_pypi_links_to_files_that_exist(page: str) -> None:
    """It is shown without the files beside it, so every link and image has an absolute address."""
    text = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
    targets = [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r"\bsrc=\"([^\"]+)\"", text)]
    version = f"v{syndicate.__version__}"
    raw = SOURCE.replace("https://github.com/", "https://raw.githubusercontent.com/")
    ours = [(f"{SOURCE}/blob/{version}/", "blob"), (f"{raw}/{version}/", "image")]
    kinds = set()
    for target in targets:
        assert target.startswith(("https://", "#")), target
        for prefix, kind in ours:
            if target.startswith(prefix):
                assert (ROOT / target.removeprefix(prefix).partition("#")[0]).exists(), target
                kinds.add(kind)
    assert kinds == {"blob", "image"}


def test_the_sbom_lists_every_package_of_an_installation(dist: Path) -> None:
    (file,) = dist.glob("*.cdx.json")
    bom = json.loads(file.read_text(encoding="utf-8"))
    assert (bom["bomFormat"], bom["metadata"]["component"]["name"]) == ("CycloneDX", "syndicate-feeds")
    components = {(canonicalize_name(each["name"]), each["version"]) for each in bom["components"]}
    locked = {
        (name, str(version)) for name, versions in pins("runtime.txt").items() for version, *_ in versions
    }
    assert components == locked
    direct = {canonicalize_name(Requirement(each).name) for each in PROJECT["dependencies"]}
    assert direct <= {name for name, _ in components}
    assert all(each["purl"].startswith("pkg:pypi/") for each in bom["components"])
