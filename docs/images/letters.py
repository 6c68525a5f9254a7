"""Pictures of letters as a browser shows them, in every theme of ours.

    python docs/images/letters.py                      the pictures beside this file, from examples/harbour
    python docs/images/letters.py FOLDER --to SHEETS   contact sheets of a site (syndicate.toml), or of posts

The letters are real: taken in, composed and sent into a Maildir, then read from there. Nothing is fetched;
where a letter shows a picture that is not in the site's `images/`, a placeholder stands. A letter that has to
be scrolled sideways is told, and fails the run. Needs Playwright, Chromium and ImageMagick.
"""

# ruff: noqa: S603   ImageMagick is started by the path at which it was found, with words of our own.

from __future__ import annotations

import argparse
import email
import hashlib
import mailbox
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import policy
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Playwright, Route, ViewportSize, sync_playwright

from syndicate import Newsroom
from syndicate.newsletters.themes import shipped_themes
from syndicate.testing import FixedClock

HERE = Path(__file__).resolve().parent
HARBOUR = HERE.parents[1] / "examples" / "harbour"
COMPOSED = datetime.fromisoformat("2026-11-23T07:00:00+00:00")
CHROMIUM = "/usr/bin/chromium"
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
WIDTHS = {"desktop": 700, "phone": 375}
SCHEMES = ("light", "dark")
TRIED = (320, 375, 412, 480, 519, 520, 600, 700, 1024)
"""Widths at which no letter may need scrolling sideways."""
HEIGHT = 1000
SLICE, SLICES = 1600, 5
"""How tall a contact sheet is, and how many a letter gets; the rest of a very long one is left out."""
LARGEST = 200_000
SHAPES = ((1200, 630), (800, 800), (600, 900), (1600, 400), (120, 90))
"""Sizes of the pictures that stand in for those of which nothing is known."""
INVERTED = """
html { filter: invert(1) hue-rotate(180deg); background: #fff }
img { filter: invert(1) hue-rotate(180deg) }
"""

POSTS = """\
[site]
title = "Posts"
home = "https://posts.example/"
language = "{written}"
timezone = "Europe/Berlin"

[store]
url = "sqlite:///syndicate.db"
{sources}
[[newsletter]]
name = "posts"
title = "Posts of the week"
from = "Posts <news@posts.example>"
footer = "Posts, 1 Long Street, Harbour"
first = {first}
limit = {first}

[delivery]
transport = "maildir:outbox"
"""
SOURCE = """
[[source]]
name = "{kind}"
kind = "{kind}"
path = "posts/**/*.{suffix}"
link = "https://posts.example/{{path}}/"
"""
KINDS = {"md": "markdown", "txt": "text", "html": "html"}


@dataclass(frozen=True)
class PreviewEdition:
    """One letter: its HTML, and where its site keeps pictures."""

    theme: str
    html: str
    images: Path

    def sizes(self) -> dict[str, tuple[int, int]]:
        """How large each picture is shown, as far as the letter says."""
        found = {}
        for tag in re.findall(r"<img\b[^>]*>", self.html):
            said = dict(re.findall(r'\b(src|width|height)="([^"]*)"', tag))
            if said.get("width", "").isdigit() and said.get("height", "").isdigit():
                found[said["src"].replace("&amp;", "&")] = int(said["width"]), int(said["height"])
        return found


def themed(config: str, themes: Iterable[str]) -> str:
    """A config whose newsletter stands there once for each theme, which is at the end of its name."""
    block = re.search(r"^\[\[newsletter\]\]\n.*?(?=^\[(?!newsletter\.)|\Z)", config, re.DOTALL | re.MULTILINE)
    if block is None:
        raise SystemExit("the config has no newsletter")
    plain = re.sub(r"^theme = .*\n", "", block[0], flags=re.MULTILINE)
    each = (
        re.sub(
            r'^name = "(.*)"$', rf'name = "\1-{theme}"\ntheme = "{theme}"', plain, count=1, flags=re.MULTILINE
        )
        for theme in themes
    )
    return config.replace(block[0], "".join(each))


def prepared(folder: Path, site: Path, *, written: str, first: int) -> str:
    """Copy a site, or posts that become one, to where it may be written; give its config."""
    if (folder / "syndicate.toml").is_file():
        shutil.copytree(folder, site)
        return (site / "syndicate.toml").read_text("utf-8")
    shutil.copytree(folder, site / "posts", ignore=shutil.ignore_patterns("README*", "LICENSE*"))
    there = [suffix for suffix in KINDS if any((site / "posts").rglob(f"*.{suffix}"))]
    sources = "".join(SOURCE.format(kind=KINDS[suffix], suffix=suffix) for suffix in there)
    return POSTS.format(written=written, sources=sources, first=first)


def sent(
    folder: Path, themes: Iterable[str], *, language: str = "en", written: str = "en", first: int = 10
) -> Iterator[tuple[str, bytes]]:
    """Send a folder's letter in every theme, to one subscriber.

    Args:
        folder: a site, or posts.
        themes: names of themes.
        language: the subscriber's (BCP 47).
        written: the language of posts that do not say it (BCP 47).
        first: how many posts a letter shows.

    Returns:
        Theme and mail, as it would be handed to a server.
    """
    with tempfile.TemporaryDirectory() as temporary:
        site = Path(temporary) / "site"
        config = themed(prepared(folder, site, written=written, first=first), themes)
        (site / "syndicate.toml").write_text(config, "utf-8")
        people = site / "one.csv"
        people.write_text(f"email,name,language\nada@example.org,Ada Quay,{language}\n", "utf-8")
        with Newsroom.open(site / "syndicate.toml", clock=FixedClock(COMPOSED)) as newsroom:
            newsroom.ingest()
            newsroom.import_subscribers(people)
            for newsletter in newsroom.settings.newsletter:
                newsroom.compose(newsletter.name)
                newsroom.send(newsletter.name)
        for mail in mailbox.Maildir(site / "outbox", create=False):
            yield str(mail["List-ID"]).partition(".")[0].rpartition("-")[2], mail.as_bytes()


def letters(folder: Path, themes: Iterable[str], **wanted: str | int) -> list[PreviewEdition]:
    """The HTML of what `sent` sends."""
    found = []
    for theme, mail in sent(folder, themes, **wanted):  # type: ignore[arg-type]
        body = email.message_from_bytes(mail, policy=policy.default).get_body(("html",))
        assert body is not None
        found.append(PreviewEdition(theme, body.get_content(), folder / "images"))
    return sorted(found, key=lambda letter: letter.theme)


def placeholder(url: str, size: tuple[int, int] | None) -> str:
    """An SVG whose edges and middle can be told, so that a wrong crop shows."""
    digest = hashlib.sha256(url.encode()).digest()
    width, height = size or SHAPES[digest[0] % len(SHAPES)]
    hue = digest[1] * 360 // 256
    radius = min(width, height) * 0.4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<rect width="100%" height="100%" fill="hsl({hue},35%,45%)"/>'
        f'<circle cx="50%" cy="50%" r="{radius}" fill="hsl({hue},35%,62%)"/>'
        f'<rect width="100%" height="100%" fill="none" stroke="hsl({hue},60%,25%)" stroke-width="8"/></svg>'
    )


def serving(letter: PreviewEdition) -> Callable[[Route], None]:
    """Answers every request of a letter's pictures, and no other."""
    sizes = letter.sizes()

    def answer(route: Route) -> None:
        url = route.request.url
        if route.request.resource_type != "image":
            route.abort()
            return
        file = letter.images / Path(urlsplit(url).path).name
        if file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(body=placeholder(url, sizes.get(url)), content_type="image/svg+xml")

    return answer


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium, or the one that the variable CHROMIUM names."""
    program = os.environ.get("CHROMIUM", CHROMIUM)
    if not Path(program).is_file():
        raise SystemExit(f"there is no {program}: apt-get install chromium, or set CHROMIUM")
    browser = playwright.chromium.launch(executable_path=program, args=list(QUIET), timeout=60_000)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def opened(browser: Browser, letter: PreviewEdition, width: int, scheme: str) -> Iterator[Page]:
    """A letter in a browser: `light`, `dark`, `inverted` as some programs do, or `bare` of pictures."""
    size: ViewportSize = {"width": width, "height": HEIGHT}
    context = browser.new_context(viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    try:
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.route("**/*", (lambda route: route.abort()) if scheme == "bare" else serving(letter))
        page.set_content(letter.html, wait_until="load")
        if scheme == "inverted":
            page.add_style_tag(content=INVERTED)
        yield page
    finally:
        context.close()


def sideways(browser: Browser, letter: PreviewEdition) -> list[str]:
    """Where a letter is wider than what it is shown in, with pictures and without."""
    found = []
    for scheme in ("light", "bare"):
        with opened(browser, letter, TRIED[0], scheme) as page:
            for width in TRIED:
                page.set_viewport_size({"width": width, "height": HEIGHT})
                there = page.evaluate("document.documentElement.scrollWidth")
                if there > width:
                    found.append(f"{letter.theme}, {scheme}: {there} pixels wide in a window of {width}")
    return found


def imagemagick(*words: str | Path) -> None:
    """Run `convert`."""
    program = shutil.which("convert") or sys.exit("needs ImageMagick: apt-get install imagemagick")
    subprocess.run([program, *map(str, words)], check=True, timeout=120)


def reduced(picture: Path, file: Path) -> None:
    """Write a picture with 256 colours and without dates, so that it is small, and the same each time."""
    # Gradients without bands, and single colours without noise.
    dither = ("-dither", "FloydSteinberg", "-define", "dither:diffusion-amount=60%")
    exclude = ("-strip", "-define", "png:exclude-chunks=date,time", "-define", "png:compression-level=9")
    imagemagick(picture, *dither, "-colors", "256", *exclude, f"PNG8:{file}")
    if file.stat().st_size > LARGEST:
        raise SystemExit(f"{file} has more than {LARGEST} bytes: show less of the letter")


def pictures(browser: Browser, letter: PreviewEdition, folder: Path) -> None:
    """The top of a letter in every width and scheme: `THEME-WIDTH-SCHEME.png`."""
    with tempfile.TemporaryDirectory() as temporary:
        for name, width in WIDTHS.items():
            for scheme in SCHEMES:
                taken = Path(temporary) / "taken.png"
                with opened(browser, letter, width, scheme) as page:
                    page.screenshot(path=taken)
                reduced(taken, folder / f"{letter.theme}-{name}-{scheme}.png")


def sheets(browser: Browser, letter: PreviewEdition, folder: Path) -> None:
    """The whole of a letter in slices: light and dark in both widths, then inverted and without pictures."""
    with tempfile.TemporaryDirectory() as temporary:
        for title, schemes in {"": ("light", "dark"), "-hard": ("inverted", "bare")}.items():
            columns = []
            for name, width in WIDTHS.items():
                for scheme in schemes:
                    taken = Path(temporary) / f"{name}-{scheme}.png"
                    with opened(browser, letter, width, scheme) as page:
                        tall = min(page.evaluate("document.documentElement.scrollHeight"), SLICE * SLICES)
                        whole = {"x": 0, "y": 0, "width": width, "height": tall}
                        page.screenshot(path=taken, clip=whole, full_page=True)  # type: ignore[arg-type]
                    columns.append(taken)
            beside = (
                "-background",
                "#808080",
                "-gravity",
                "north",
                "-bordercolor",
                "#808080",
                "-border",
                "6x0",
            )
            sheet = folder / f"{letter.theme}{title}-%d.png"
            imagemagick(
                *columns, *beside, "+append", "+repage", "+gravity", "-crop", f"x{SLICE}", "+repage", sheet
            )


def main() -> None:
    """Read the command line, and make what it asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=HARBOUR, help="a site, or posts")
    parser.add_argument(
        "--to", type=Path, help="where contact sheets go; without it, the pictures of the docs are made"
    )
    parser.add_argument("--themes", nargs="+", default=shipped_themes())
    parser.add_argument("--language", default="en", help="the reader's")
    parser.add_argument("--written", default="en", help="the language of posts that do not say it")
    parser.add_argument("--first", type=int, default=10, help="how many posts a letter shows")
    given = parser.parse_args()
    made = letters(
        given.folder, given.themes, language=given.language, written=given.written, first=given.first
    )
    if given.to:
        given.to.mkdir(parents=True, exist_ok=True)
    faults = []
    with sync_playwright() as playwright, launched(playwright) as browser:
        for letter in made:
            faults += sideways(browser, letter)
            if given.to:
                (given.to / f"{letter.theme}.html").write_text(letter.html, "utf-8")
                sheets(browser, letter, given.to)
            else:
                pictures(browser, letter, HERE)
    if faults:
        raise SystemExit("\n".join(faults))


if __name__ == "__main__":
    main()
