"""An edition of 20 articles in every theme and language, once each; and MJML by mrml beside MJML itself.

    python -m benchmarks.digest

The renders are made in a process of their own that has rendered nothing before, so that reading themes and
catalogues is in the figure. JavaScript MJML gets the very documents that our themes gave to mrml, already
rendered by Jinja2 and with a word in the place of each body: as little work as can be.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from . import npm, sample
from .measuring import seconds

COUNT = 20
ROUNDS = 7
NPM = {"mjml": "5.4.1"}
THEMES = ("default", "compact", "longread", "plain")
LANGUAGES = ("en", "de", "fr", "es", "pt", "ar", "ja")


def articles() -> list[Any]:
    """The articles of the edition, with pictures and 3 KB of body each."""
    from syndicate import Article, Author, Image, Tag

    return [
        Article(
            id=record.id,
            title=record.title,
            link=record.link,
            summary=f"{record.summary} " * 4,
            content_html=record.html,
            authors=(Author(name=record.author),),
            tags=tuple(Tag(term=tag) for tag in record.tags),
            section=record.section,
            published=record.published,
            updated=record.updated,
            image=Image(url=f"{record.link}.jpg", alt="The quay", width=1200, height=675),
        )
        for record in sample.newest(COUNT)
    ]


def render(shown: list[Any]) -> dict[str, int]:
    """The edition in every theme and language: bytes of HTML by both."""
    from syndicate import Locale, Newsletter, render_digest
    from syndicate.newsletters import load_theme

    letter = Newsletter(name="weekly", title="Harbour weekly", sender="news@harbour.example", group="section")
    sizes = {}
    for name in THEMES:
        theme = load_theme(name)
        for language in LANGUAGES:
            digest = render_digest(
                letter,
                shown,
                number=7,
                date=sample.END,
                home=sample.HOME,
                more=12,
                theme=theme,
                locale=Locale(language=language, timezone="Europe/London"),
            )
            sizes[f"{name} {language}"] = len(digest.html.encode())
    return sizes


def once() -> None:
    """Print, as JSON, what imports and renders take in this process."""
    start = time.perf_counter()

    shown = articles()
    imported = time.perf_counter()
    sizes = render(shown)
    print(
        json.dumps({"imports": imported - start, "renders": time.perf_counter() - imported, "sizes": sizes})
    )


@contextmanager
def recorded(documents: list[str]) -> Iterator[None]:
    """Within it, what is given to mrml is written down."""
    from syndicate.newsletters import mjml

    there = mjml.mjml2html

    def record(document: str, **options: Any) -> Any:
        documents.append(document)
        return there(document, **options)

    mjml.mjml2html = record
    try:
        yield
    finally:
        mjml.mjml2html = there


def main() -> None:
    """Print the figures."""
    from mjml import mjml2html

    print(f"An edition of {COUNT} articles in {len(THEMES)} themes and {len(LANGUAGES)} languages, once each")
    fresh = [json.loads(_child()) for _ in range(3)]
    best = min(fresh, key=lambda each: each["renders"])
    print(f"  first in a process: {best['renders']:.3f} s, and {best['imports']:.3f} s of imports before")
    shown = articles()
    documents: list[str] = []
    with recorded(documents):
        render(shown)
    # An edition that is too long is made several times; all of these are documents that a theme gave.
    told = seconds(
        {
            "whole": lambda: render(shown),
            "mrml": lambda: [mjml2html(document, fonts={}) for document in documents],
        },
        ROUNDS,
    )
    made = sum(len(mjml2html(document, fonts={}).encode()) for document in documents)
    print(f"  in a warm process:  {told['whole']:.3f} s, of which mrml {told['mrml']:.3f} s")
    print(f"  bytes of HTML: {min(best['sizes'].values())} to {max(best['sizes'].values())}")
    peers = npm.peers(NPM)
    if peers is None:
        print("  left out: MJML, because node or npm is not on this machine")
        return
    theirs = _javascript(peers, documents)
    print(f"MJML to HTML, the same {len(documents)} documents: s, and ratios to mrml")
    print(f"  mrml                       {told['mrml']:8.3f}           {made:10} bytes")
    for how in ("best", "first"):
        ratio = theirs[how] / told["mrml"]
        print(f"  MJML, {how + ' round':20} {theirs[how]:8.3f} {ratio:8.1f}x {theirs['bytes']:10} bytes")
    print(
        f"  MJML alone, to all that syndicate does for these letters: {theirs['best'] / told['whole']:.1f}x"
    )
    versions = {"mjml-python": version("mjml-python"), "mjml": theirs["version"]}
    told_versions = ", ".join(f"{name} {number}" for name, number in versions.items())
    print(f"  python {platform.python_version()}, {told_versions}")


def _child() -> str:
    command = [sys.executable, "-c", "from benchmarks.digest import once; once()"]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    ).stdout


def _javascript(peers: Path, documents: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "documents.json"
        file.write_text(json.dumps(documents))
        command = ["node", "--expose-gc", "mjml.mjs", str(file), str(ROUNDS)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=peers).stdout
    found: dict[str, Any] = json.loads(answer)
    return found


if __name__ == "__main__":
    main()
