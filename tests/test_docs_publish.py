"""Every feed of the docs, published twice with a change in between, is what a full publish gives."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import feedparser
import pytest

from helpers_publish import ingest_and_publish, published_files
from test_docs import PAGES, blocks, name_of

HEAD = '[site]\ntitle = "The Harbour Post"\nhome = "https://harbour.example/"\n'


def configs() -> list[Any]:
    """The configs of the docs that define feeds; a part of a config gets a site."""
    found = []
    for page in PAGES:
        for number, body in enumerate(blocks(page, "toml"), 1):
            if "[[feed]]" in body:
                text = body if "[site]" in body else HEAD + body
                found.append(pytest.param(text, id=f"{name_of(page)}-{number}"))
    return found


def records_for(source: dict[str, Any], edition: int) -> list[dict[str, Any]]:
    """Articles with everything that a feed of the docs selects or shows; some change with the edition."""
    found: list[dict[str, Any]] = []
    for number in range(70 + edition):
        value: dict[str, Any] = {
            "id": f"tag:harbour.example,2026:{number}",
            "url": f"https://harbour.example/{number}",
            "title": f"Post {number}.{edition if number % 9 == 0 else 0}",
            "date": f"2026-0{1 + number // 28}-{1 + number % 28:02}T08:00:00Z",
            "content_html": f"<p>Words of {number}.</p>",
            "summary": f"Number {number}.",
            "tags": ["boats", "Boats", "tides", f"tag {number % 5}"][: 1 + number % 4],
            "section": ["News", "Notices", "Show"][number % 3],
            "author": f"Writer {number % 4} <w{number % 4}@harbour.example>",
            "language": ["en", "de"][number % 2],
            "attachments": [{"url": f"/sound/{number}.mp3", "length": 1000 + number, "duration": 61}],
            "image": {"url": f"/pictures/{number}.jpg", "alt": "A boat"},
            "episode": number + 1,
            "explicit": False,
            "transcripts": [f"/words/{number}.vtt"],
            "persons": [{"name": "Ann Lee", "role": "host"}],
        }
        value |= dict.fromkeys(flat(source.get("elements", {})), "3")
        found.append(value)
    return found


def flat(elements: Any) -> list[str]:
    return [name for name in elements.values() if "." not in name] if isinstance(elements, dict) else []


@pytest.mark.parametrize("text", configs())
def test_feeds_of_the_docs_are_published_again_after_a_change(
    text: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = tomllib.loads(text)
    sources = [each for each in config.get("source", [{}]) if each.get("kind") != "x"] or [{}]
    # The articles come from one file, whatever the sources of the page are; elements of a source stay.
    stripped = re.sub(r"^\[+source(?:\.\w+)?\]+.*?(?=^\[|\Z)", "", text, flags=re.DOTALL | re.MULTILINE)
    stripped = re.sub(r"^(hubs|output|refresh) = .*\n", "", stripped, flags=re.MULTILINE)
    elements = sources[0].get("elements")
    table = '\n[[source]]\nname = "posts"\nkind = "jsonl"\npath = "posts.jsonl"\n'
    if elements:
        pairs = ", ".join(f"{json.dumps(name)} = {json.dumps(field)}" for name, field in elements.items())
        table += f"elements = {{ {pairs} }}\n"
    fresh = tmp_path_factory.mktemp("fresh")
    for folder in (tmp_path, fresh):
        (folder / "syndicate.toml").write_text(stripped + table, encoding="utf-8")
    for edition in (0, 1, 2):
        lines = [json.dumps(each) for each in records_for(sources[0], edition)]
        for folder in (tmp_path, fresh):
            (folder / "posts.jsonl").write_text("\n".join(lines), encoding="utf-8")
        report = ingest_and_publish(tmp_path)
        assert report.ok, [str(each) for each in report.problems if each.severity == "error"]
    there = published_files(tmp_path)
    assert there
    for path, document in there.items():
        if path.endswith((".rss", ".atom")):
            assert not feedparser.parse(document).bozo, path
            assert b"Post 63.2" in document or b"Post 63" not in document, path
        elif path.endswith(".json"):
            json.loads(document)
    # Archives depend on when articles came; all else is what a first publish of the same articles gives.
    if "archive" not in text:
        ingest_and_publish(fresh)
        assert published_files(fresh) == there
