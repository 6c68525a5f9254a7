"""The Python examples in README.md and docs/ are tests: each file runs in a temporary folder of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

ROOT = Path(__file__).parent


def _enter(namespace: dict[str, Any]) -> None:
    """A copy of the example site to work in, so that examples can open its config."""
    folder = Path(tempfile.mkdtemp(prefix="syndicate-docs-"))
    shutil.copytree(ROOT / "examples" / "harbour", folder, dirs_exist_ok=True)
    namespace["_leave"] = _leaver(Path.cwd(), folder)
    os.chdir(folder)


def _leaver(back: Path, folder: Path) -> Callable[[], None]:
    def leave() -> None:
        os.chdir(back)
        shutil.rmtree(folder)

    return leave


def _leave(namespace: Mapping[str, Any]) -> None:
    from syndicate.extensions import added_extensions, unregister_extension

    for extension in added_extensions():
        unregister_extension(extension.name)
    namespace["_leave"]()


def _parse_in_order(document: Document) -> Iterator[Region]:
    """Parse the examples of a page, each to run after the earlier ones.

    Another worker of pytest-xdist may have run these.
    """
    for region in PythonCodeBlockParser()(document):
        region.evaluator = _after_earlier(region.evaluator)
        yield region


def _after_earlier(evaluator: Any) -> Callable[[Example], Any]:
    def evaluate(example: Example) -> Any:
        evaluated = example.namespace.setdefault("_evaluated", set())
        for earlier in example.document:
            if earlier.start < example.start and earlier.start not in evaluated:
                earlier.evaluate()
        evaluated.add(example.start)
        return evaluator(example)

    return evaluate


pytest_collect_file = Sybil(
    parsers=[_parse_in_order],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    setup=_enter,
    teardown=_leave,
).pytest()
