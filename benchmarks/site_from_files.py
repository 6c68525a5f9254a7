"""RSS feeds from Markdown posts, beside Hugo on the same files: `python -m benchmarks.site_from_files`.

Both read the same posts and write the same feeds: one of all posts, one of each tag and of each author.
Hugo writes no HTML pages here. Times are of whole processes with their children, start included.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

TAGS, AUTHORS = 500, 200
_ENTRIES = 50

_SYNDICATE = """
[site]
title = "Harbour"
home = "https://harbour.example/"
base_url = "https://harbour.example/"
[[source]]
name = "posts"
kind = "markdown"
path = "content/posts/*.md"
link = "https://harbour.example/posts/{slug}/"
""" + "".join(
    f'[[feed]]\nname = "{name}"\nformats = ["rss"]\nlimit = {_ENTRIES}\n{more}'
    for name, more in (
        ("main", ""),
        ("tags/{tag}", 'each = "tag"\n'),
        ("authors/{author}", 'each = "author"\n'),
    )
)

_HUGO = """
baseURL = "https://harbour.example/"
title = "Harbour"
disableKinds = ["section", "sitemap", "robotsTXT", "404"]
[taxonomies]
tag = "tags"
author = "authors"
[outputs]
home = ["rss"]
term = ["rss"]
taxonomy = []
[[cascade]]
[cascade.build]
render = "link"
[cascade._target]
kind = "page"
"""

_HUGO_RSS = """{{ printf `<?xml version="1.0" encoding="utf-8"?>` | safeHTML }}
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>{{ .Title }}</title><link>{{ .Permalink }}</link><description>{{ .Title }}</description>
{{- $pages := .Data.Pages }}{{ if .IsHome }}{{ $pages = site.RegularPages }}{{ end }}
{{- range first 50 $pages }}
<item><title>{{ .Title }}</title><link>{{ .Permalink }}</link><guid>{{ .Permalink }}</guid>
<pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate>
{{- range .Params.tags }}<category>{{ . }}</category>{{ end }}
<description>{{ .Summary | transform.XMLEscape | safeHTML }}</description>
<content:encoded>{{ .Content | transform.XMLEscape | safeHTML }}</content:encoded></item>
{{- end }}
</channel></rss>
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost: seconds of wall and processor, and the largest memory of its processes in MB."""

    wall: float
    processor: float
    memory: float


def write_site(folder: Path, posts: int, seed: int = 1) -> None:
    """Write the posts of about 3 KB, and the configs of both."""
    chance = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 10))) for _ in range(3000)]

    def text(count: int) -> str:
        made = chance.choices(words, k=count)
        for position in range(0, count, 30):
            word = made[position]
            made[position] = chance.choice(
                (f"*{word}*", f"[{word}](https://wide.example/{word})", f"`{word}`")
            )
        return " ".join(made)

    content = folder / "content/posts"
    content.mkdir(parents=True)
    for number in range(posts):
        tags = ", ".join(f"topic-{each}" for each in sorted(chance.sample(range(TAGS), 3)))
        body = "\n\n".join(
            (
                text(90),
                f"## {' '.join(chance.choices(words, k=4))}",
                f"- {text(8)}\n- {text(9)}",
                text(120),
                text(200),
            )
        )
        (content / f"post-{number}.md").write_text(
            f"---\ntitle: Post {number} on {chance.choice(words)}\nslug: post-{number}\n"
            f"date: 20{number % 25:02}-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:00:00Z\n"
            f"authors: [author-{chance.randrange(AUTHORS)}]\ntags: [{tags}]\n---\n\n{body}\n"
        )
    (folder / "syndicate.toml").write_text(_SYNDICATE)
    (folder / "hugo.toml").write_text(_HUGO)
    layouts = folder / "layouts"
    layouts.mkdir()
    for name in ("home.rss.xml", "term.rss.xml", "rss.xml"):
        (layouts / name).write_text(_HUGO_RSS)


def run(folder: Path, *commands: list[str]) -> Cost:
    """Run commands one after another, and measure them."""
    # An installed package has its bytecode. Here the first run writes it.
    environment = {name: each for name, each in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    wall = processor = memory = 0.0
    for command in commands:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert process.stdout is not None
        with process.stdout:
            output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} ends with {process.returncode}: {output.decode()}")
        wall += time.perf_counter() - begun
        processor += usage.ru_utime + usage.ru_stime
        memory = max(memory, usage.ru_maxrss / 1024)
    return Cost(wall, processor, memory)


def syndicate(folder: Path) -> Cost:
    """Ingest and publish."""
    program = [sys.executable, "-m", "syndicate"]
    return run(folder, [*program, "ingest"], [*program, "publish"])


def hugo(folder: Path) -> Cost:
    """Build the same feeds from nothing, as Hugo always does."""
    shutil.rmtree(folder / "hugo-public", ignore_errors=True)
    program = shutil.which("hugo", path=f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        raise RuntimeError("install the group bench: it has hugo")
    return run(folder, [program, "--quiet", "--destination", "hugo-public"])


def entries(path: Path) -> list[tuple[str, str]]:
    """Return the title and the link of each item of a feed."""
    return [
        (item.findtext("title") or "", item.findtext("link") or "")
        for item in etree.parse(path).getroot().iterfind("channel/item")
    ]


def compare(folder: Path) -> int:
    """Compare the feeds of both, and return their number.

    Raises:
        AssertionError: a feed of one is not that of the other.
    """
    ours = {"main": folder / "public/main.rss"}
    theirs = {"main": folder / "hugo-public/index.xml"}
    for family in ("tags", "authors"):
        ours |= {f"{family}/{path.stem}": path for path in (folder / "public" / family).glob("*.rss")}
        built = (folder / "hugo-public" / family).glob("*/index.xml")
        theirs |= {f"{family}/{path.parent.name}": path for path in built}
    assert ours.keys() == theirs.keys(), (len(ours), len(theirs))
    for name, path in ours.items():
        assert set(entries(path)) == set(entries(theirs[name])) or len(entries(path)) == _ENTRIES, name
    return len(ours)


def measure(posts: int) -> tuple[int, dict[str, Cost]]:
    """Build a site with both, then change one post and build it again."""
    costs: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_site(folder / "small", 1)
        syndicate(folder / "small")
        write_site(folder, posts)
        time.sleep(2.1)  # so that the times of the files can be trusted
        costs["Hugo, all posts"] = hugo(folder)
        costs["syndicate, all posts"] = syndicate(folder)
        feeds = compare(folder)
        changed = folder / "content/posts/post-0.md"
        changed.write_text(changed.read_text().replace("title: Post 0", "title: Post 0, changed"))
        costs["Hugo, one post changed"] = hugo(folder)
        costs["syndicate, one post changed"] = syndicate(folder)
        assert compare(folder) == feeds
    return feeds, costs


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    posts = parser.parse_args().posts
    feeds, costs = measure(posts)
    print(f"{posts} posts, {feeds} feeds in RSS")
    for name, cost in costs.items():
        print(f"{name}: {cost.wall:.2f} s, processor {cost.processor:.2f} s, memory {cost.memory:.0f} MB")
    for case in ("all posts", "one post changed"):
        ours, theirs = costs[f"syndicate, {case}"], costs[f"Hugo, {case}"]
        print(
            f"{case}: Hugo takes {theirs.wall / ours.wall:.2f} times as long, "
            f"{theirs.processor / ours.processor:.2f} times the processor; "
            f"syndicate has {ours.memory / theirs.memory:.0%} of its memory"
        )


if __name__ == "__main__":
    main()
