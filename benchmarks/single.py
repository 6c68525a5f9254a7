"""One feed of 1,000 entries, beside feedgen, Django's generator, and two npm packages.

Every way runs in processes of its own and is given the same articles as objects of its own kind, made outside
of the measured time; imports are outside too. "cold" is the first call of a process: nothing has been
compiled, cached or warmed up. "warm" is the best of the calls after it. What each wrote is parsed, so that
nobody wins by leaving something out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import feedparser

from .articles import HOME, records

COUNT = 1000
ROUNDS = 8
PROCESSES = 3
NPM = {"feedsmith": "3.0.1", "feed": "6.0.0"}
TASKS = ("RSS", "RSS and Atom")
Ways = dict[str, Callable[[], dict[str, bytes]]]
_PEERS = Path(__file__).parent / "peers"


def _syndicate(articles: list[dict[str, Any]]) -> Ways:
    from syndicate import Feed, article_from, to_atom, to_rss
    from syndicate.sources import Shape

    shape = Shape(home=HOME)
    given = [article_from({**each, "section": None}, shape=shape) for each in articles]
    feed = Feed(
        name="main",
        title="The Harbour Post",
        home=HOME,
        description="News from the waterfront",
        language="en",
        base_url=HOME,
        limit=COUNT,
    )
    return {
        "RSS": lambda: {"rss": to_rss(feed, given)},
        "RSS and Atom": lambda: {"rss": to_rss(feed, given), "atom": to_atom(feed, given)},
    }


def _feedgen(articles: list[dict[str, Any]]) -> Ways:
    from feedgen.feed import FeedGenerator

    dated = [{**each, "when": datetime.fromisoformat(each["date"])} for each in articles]

    def made() -> Any:
        generator = FeedGenerator()
        generator.id(HOME)
        generator.title("The Harbour Post")
        generator.description("News from the waterfront")
        generator.language("en")
        generator.link(href=f"{HOME}main.rss", rel="self")
        generator.link(href=HOME, rel="alternate")
        for each in dated:
            entry = generator.add_entry(order="append")
            entry.id(each["id"])
            entry.title(each["title"])
            entry.link(href=each["link"])
            entry.summary(each["summary"])
            entry.content(each["content_html"], type="html")
            entry.author(each["authors"])
            entry.category([{"term": tag} for tag in each["tags"]])
            entry.published(each["when"])
            entry.updated(each["when"])
        return generator

    def both() -> dict[str, bytes]:
        generator = made()
        return {"rss": generator.rss_str(), "atom": generator.atom_str()}

    return {"RSS": lambda: {"rss": made().rss_str()}, "RSS and Atom": both}


def _feedgenerator(articles: list[dict[str, Any]]) -> Ways:
    import feedgenerator

    dated = [{**each, "when": datetime.fromisoformat(each["date"])} for each in articles]

    def made(kind: Any, text: str) -> bytes:
        feed = kind(
            title="The Harbour Post",
            link=HOME,
            description="News from the waterfront",
            language="en",
            feed_url=f"{HOME}main",
        )
        for each in dated:
            author = each["authors"][0]
            feed.add_item(
                title=each["title"],
                link=each["link"],
                # Its RSS has a place for one of the two, and the body is what takes the time.
                description=each[text],
                content=each["content_html"],
                author_name=author["name"],
                author_email=author["email"],
                unique_id=each["id"],
                unique_id_is_permalink=True,
                categories=each["tags"],
                pubdate=each["when"],
                updateddate=each["when"],
            )
        return str(feed.writeString("utf-8")).encode()

    rss, atom = feedgenerator.Rss201rev2Feed, feedgenerator.Atom1Feed
    return {
        "RSS": lambda: {"rss": made(rss, "content_html")},
        "RSS and Atom": lambda: {"rss": made(rss, "content_html"), "atom": made(atom, "summary")},
    }


PYTHON = {"syndicate": _syndicate, "feedgen": _feedgen, "feedgenerator": _feedgenerator}


def _run(way: str, articles: Path, output: Path) -> None:
    """Time one way in this process; the figures as JSON."""
    given = json.loads(articles.read_text())
    times = {}
    for task, call in PYTHON[way](given).items():
        took = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            body = call()
            took.append((time.perf_counter() - start) * 1000)
        times[task] = {"first": took[0], "best": min(took[1:])}
        for ending, text in body.items():
            (output / f"{task.replace(' ', '-')}.{ending}").write_bytes(text)
    print(json.dumps(times))


def _missing(body: bytes) -> set[str]:
    """Which fields the last entry of a feed lacks."""
    parsed = feedparser.parse(body)
    assert len(parsed.entries) == COUNT, f"{len(parsed.entries)} entries"
    entry = parsed.entries[-1]
    found = {
        "id": entry.get("id"),
        "title": entry.get("title"),
        "link": entry.get("link"),
        "summary": entry.get("summary", "").startswith("Boats"),
        "content": "The boats lay" in entry.get("summary", "")
        or any("The boats lay" in each.value for each in entry.get("content", [])),
        "author": entry.get("author"),
        "mail": "@" in str(entry.get("author_detail")),
        "tags": len(entry.get("tags", [])) == 2,
        "date": entry.get("published_parsed") or entry.get("updated_parsed"),
    }
    return {name for name, value in found.items() if not value}


def main() -> None:
    """Print the table."""
    npm = Path(tempfile.gettempdir()) / "syndicate-bench-npm"
    packages = [f"{name}@{number}" for name, number in NPM.items()]
    if not all((npm / "node_modules" / name).is_dir() for name in NPM):
        subprocess.run(["npm", "install", "--silent", "--prefix", str(npm), *packages], check=True)
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder, "articles.json")
        articles.write_text(json.dumps(list(records(COUNT))))
        for script in _PEERS.glob("*.mjs"):
            # Where node looks for packages depends on where the script is.
            (npm / script.name).write_bytes(script.read_bytes())
        commands = {
            **{way: [sys.executable, "-m", "benchmarks.single", way] for way in PYTHON},
            **{way: ["node", str(npm / f"{way}.mjs")] for way in NPM},
        }
        times: dict[tuple[str, str], tuple[float, float]] = {}
        for _ in range(PROCESSES):
            for way, command in commands.items():
                output = Path(folder, way)
                output.mkdir(exist_ok=True)
                done = subprocess.run(
                    [*command, str(articles), str(output)], check=True, capture_output=True, text=True
                )
                for task, took in json.loads(done.stdout).items():
                    former = times.get((way, task), (took["first"], took["best"]))
                    times[way, task] = min(former[0], took["first"]), min(former[1], took["best"])
        lacks = {
            way: {
                f"{lack} in {path.suffix[1:]}"
                for path in Path(folder, way).glob("RSS-and-Atom.*")
                for lack in _missing(path.read_bytes())
            }
            for way in commands
        }
    print(f"One feed of {COUNT} entries with 3 KB of HTML each, in milliseconds, fresh processes")
    print(f"  {'':24}{'RSS':^24}{'RSS and Atom':^24}")
    print(f"  {'':24}{'cold':>8}{'warm':>8}{'ratio':>8}{'cold':>8}{'warm':>8}{'ratio':>8}")
    for way in commands:
        label = f"{way} {NPM.get(way) or version(way)}"
        cells = ""
        for task in TASKS:
            cold, warm = times[way, task]
            ratio = cold / times["syndicate", task][0]
            cells += f"{cold:8.1f}{warm:8.1f}{ratio:8.2f}"
        lack = f"  lacks {', '.join(sorted(lacks[way]))}" if lacks[way] else ""
        print(f"  {label:24}{cells}{lack}")
    print("  ratio: cold, to syndicate; above 1 is slower than syndicate")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _run(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
