"""Sites of several generators, written and read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syndicate.model import Article, Problem
from syndicate.sources.records import RecordMapping, to_article
from syndicate.sources.registry import settings_class
from syndicate.sources.settings import SourceEnvironment
from syndicate.sources.source import RawRecord

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOME = "https://harbour.example/"


class NoState:
    """A source state that keeps nothing."""

    def recall(self, name: str) -> str | None:
        del name
        return None

    def remember(self, name: str, value: str) -> None:
        del name, value


def write_site(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write the files of a site."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def read_site(
    folder: Path, table: Mapping[str, Any], home: str = HOME
) -> tuple[dict[str, Article], list[Problem]]:
    """Return the articles of a source by the keys of their records, and all problems.

    Args:
        table: of the source in the config, without its name.
    """
    settings = settings_class(table.get("kind", "markdown")).model_validate(
        {"name": "posts", "kind": "markdown", **table}
    )
    source = settings.open(SourceEnvironment(folder, NoState(), NOW, home=home))
    mapping = RecordMapping(
        source="posts",
        fields=settings.fields,
        link=settings.link,
        base=home,
        language=settings.language,
        is_own=True,
    )
    articles: dict[str, Article] = {}
    problems: list[Problem] = []
    for item in source.read():
        if isinstance(item, Problem):
            problems.append(item)
        elif isinstance(item, RawRecord):
            incoming, found = to_article(item, mapping)
            problems += found
            if incoming:
                articles[incoming.key] = incoming.article
    return articles, problems


def read_links(folder: Path, flavour: str, home: str = HOME, **table: Any) -> dict[str, str | None]:
    """Return the links of a site's posts by the names of their files."""
    articles, _ = read_site(folder, {"flavour": flavour, **table}, home)
    return {key: article.link for key, article in articles.items()}


def post(title: str = "A post", *lines: str, text: str = "Words.") -> str:
    """Return a Markdown file with YAML front matter."""
    return "\n".join(("---", f"title: {title!r}", *lines, "---", text, ""))
