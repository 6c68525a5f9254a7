"""Screenshots of editions in a browser, in every built-in theme.

    python docs/images/editions.py                      the screenshots in this folder, from examples/harbour
    python docs/images/editions.py FOLDER --to SHEETS   contact sheets of a site (syndicate.toml), or of posts

The editions are composed, sent into a Maildir and read from there. Nothing is fetched: images that are not
in `images/` of the site are replaced by placeholders. An edition that needs horizontal scrolling is
reported, and the script fails. Needs Playwright, Chromium and ImageMagick.
"""

# ruff: noqa: S603   ImageMagick is started by its full path, with our own arguments.

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
CHROMIUM_OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
WIDTHS = {"desktop": 700, "phone": 375}
SCHEMES = ("light", "dark")
TESTED_WIDTHS = (320, 375, 412, 480, 519, 520, 600, 700, 1024)
"""Widths at which no edition may need horizontal scrolling."""
HEIGHT = 1000
SLICE, SLICES = 1600, 5
"""Height of a contact sheet, and the number of sheets per edition; the rest of a long edition is left out."""
MAX_BYTES = 200_000
SHAPES = ((1200, 630), (800, 800), (600, 900), (1600, 400), (120, 90))
"""Sizes of placeholders for images of unknown size."""
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
class RenderedEdition:
    """The HTML of an edition, and the folder with the images of its site."""

    theme: str
    html: str
    images: Path

    def image_sizes(self) -> dict[str, tuple[int, int]]:
        """Return width and height of each image for which the HTML has both."""
        sizes = {}
        for tag in re.findall(r"<img\b[^>]*>", self.html):
            attributes = dict(re.findall(r'\b(src|width|height)="([^"]*)"', tag))
            if attributes.get("width", "").isdigit() and attributes.get("height", "").isdigit():
                size = int(attributes["width"]), int(attributes["height"])
                sizes[attributes["src"].replace("&amp;", "&")] = size
        return sizes


def repeat_newsletter(config: str, themes: Iterable[str]) -> str:
    """Return the config with its newsletter once for each theme, with the theme at the end of its name."""
    block = re.search(r"^\[\[newsletter\]\]\n.*?(?=^\[(?!newsletter\.)|\Z)", config, re.DOTALL | re.MULTILINE)
    if block is None:
        raise SystemExit("the config has no newsletter")
    without_theme = re.sub(r"^theme = .*\n", "", block[0], flags=re.MULTILINE)
    newsletters = (
        re.sub(
            r'^name = "(.*)"$',
            rf'name = "\1-{theme}"\ntheme = "{theme}"',
            without_theme,
            count=1,
            flags=re.MULTILINE,
        )
        for theme in themes
    )
    return config.replace(block[0], "".join(newsletters))


def copy_site(folder: Path, site: Path, *, written: str, first: int) -> str:
    """Copy a site, or a folder of posts as a site, to a temporary folder; return its config."""
    if (folder / "syndicate.toml").is_file():
        shutil.copytree(folder, site)
        return (site / "syndicate.toml").read_text("utf-8")
    shutil.copytree(folder, site / "posts", ignore=shutil.ignore_patterns("README*", "LICENSE*"))
    suffixes = [suffix for suffix in KINDS if any((site / "posts").rglob(f"*.{suffix}"))]
    sources = "".join(SOURCE.format(kind=KINDS[suffix], suffix=suffix) for suffix in suffixes)
    return POSTS.format(written=written, sources=sources, first=first)


def send_editions(
    folder: Path, themes: Iterable[str], *, language: str = "en", written: str = "en", first: int = 10
) -> Iterator[tuple[str, bytes]]:
    """Compose an edition in every theme and send it to one subscriber.

    Args:
        folder: a site, or a folder of posts.
        themes: names of themes.
        language: the language of the subscriber (BCP 47).
        written: the language of posts without one (BCP 47).
        first: the number of posts in the edition.

    Returns:
        Theme and message of each edition.
    """
    with tempfile.TemporaryDirectory() as temporary:
        site = Path(temporary) / "site"
        config = repeat_newsletter(copy_site(folder, site, written=written, first=first), themes)
        (site / "syndicate.toml").write_text(config, "utf-8")
        subscribers = site / "subscriber.csv"
        subscribers.write_text(f"email,name,language\nada@example.org,Ada Quay,{language}\n", "utf-8")
        with Newsroom.open(site / "syndicate.toml", clock=FixedClock(COMPOSED)) as newsroom:
            newsroom.ingest()
            newsroom.import_subscribers(subscribers)
            for newsletter in newsroom.settings.newsletter:
                newsroom.compose(newsletter.name)
                newsroom.send(newsletter.name)
        for mail in mailbox.Maildir(site / "outbox", create=False):
            yield str(mail["List-ID"]).partition(".")[0].rpartition("-")[2], mail.as_bytes()


def render_editions(folder: Path, themes: Iterable[str], **options: str | int) -> list[RenderedEdition]:
    """Return the HTML of the editions that `send_editions` sends, by theme."""
    editions = []
    for theme, mail in send_editions(folder, themes, **options):  # type: ignore[arg-type]
        body = email.message_from_bytes(mail, policy=policy.default).get_body(("html",))
        assert body is not None
        editions.append(RenderedEdition(theme, body.get_content(), folder / "images"))
    return sorted(editions, key=lambda edition: edition.theme)


def placeholder(url: str, size: tuple[int, int] | None) -> str:
    """Return an SVG with visible edges and centre, so that a wrong crop is visible."""
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


def image_server(edition: RenderedEdition) -> Callable[[Route], None]:
    """Return a handler that answers requests for images of the edition and refuses all others."""
    sizes = edition.image_sizes()

    def answer(route: Route) -> None:
        url = route.request.url
        if route.request.resource_type != "image":
            route.abort()
            return
        file = edition.images / Path(urlsplit(url).path).name
        if file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(body=placeholder(url, sizes.get(url)), content_type="image/svg+xml")

    return answer


@contextmanager
def launch_browser(playwright: Playwright) -> Iterator[Browser]:
    """Start the Chromium of the system, or the one in the variable CHROMIUM."""
    program = os.environ.get("CHROMIUM", CHROMIUM)
    if not Path(program).is_file():
        raise SystemExit(f"there is no {program}: apt-get install chromium, or set CHROMIUM")
    browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_OPTIONS), timeout=60_000)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def open_edition(browser: Browser, edition: RenderedEdition, width: int, scheme: str) -> Iterator[Page]:
    """Open an edition: `light`, `dark`, `inverted` as some mail programs do, or `bare` without images."""
    size: ViewportSize = {"width": width, "height": HEIGHT}
    context = browser.new_context(viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    try:
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.route("**/*", (lambda route: route.abort()) if scheme == "bare" else image_server(edition))
        page.set_content(edition.html, wait_until="load")
        if scheme == "inverted":
            page.add_style_tag(content=INVERTED)
        yield page
    finally:
        context.close()


def find_overflow(browser: Browser, edition: RenderedEdition) -> list[str]:
    """Return where the edition is wider than the window, with and without images."""
    overflow = []
    for scheme in ("light", "bare"):
        with open_edition(browser, edition, TESTED_WIDTHS[0], scheme) as page:
            for width in TESTED_WIDTHS:
                page.set_viewport_size({"width": width, "height": HEIGHT})
                actual = page.evaluate("document.documentElement.scrollWidth")
                if actual > width:
                    overflow.append(f"{edition.theme}, {scheme}: {actual} pixels wide in a window of {width}")
    return overflow


def imagemagick(*arguments: str | Path) -> None:
    """Run `convert`."""
    program = shutil.which("convert") or sys.exit("needs ImageMagick: apt-get install imagemagick")
    subprocess.run([program, *map(str, arguments)], check=True, timeout=120)


def write_png(screenshot: Path, file: Path) -> None:
    """Write a screenshot with 256 colours and without dates, so that it is small and reproducible."""
    # Smooth gradients, and no noise in plain areas.
    dither = ("-dither", "FloydSteinberg", "-define", "dither:diffusion-amount=60%")
    exclude = ("-strip", "-define", "png:exclude-chunks=date,time", "-define", "png:compression-level=9")
    imagemagick(screenshot, *dither, "-colors", "256", *exclude, f"PNG8:{file}")
    if file.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{file} has more than {MAX_BYTES} bytes: show less of the edition")


def write_screenshots(browser: Browser, edition: RenderedEdition, folder: Path) -> None:
    """Write the top of an edition in every width and scheme: `THEME-WIDTH-SCHEME.png`."""
    with tempfile.TemporaryDirectory() as temporary:
        for name, width in WIDTHS.items():
            for scheme in SCHEMES:
                screenshot = Path(temporary) / "screenshot.png"
                with open_edition(browser, edition, width, scheme) as page:
                    page.screenshot(path=screenshot)
                write_png(screenshot, folder / f"{edition.theme}-{name}-{scheme}.png")


def write_contact_sheets(browser: Browser, edition: RenderedEdition, folder: Path) -> None:
    """Write a whole edition in slices: light and dark in both widths, then inverted and without images."""
    with tempfile.TemporaryDirectory() as temporary:
        for title, schemes in {"": ("light", "dark"), "-hard": ("inverted", "bare")}.items():
            columns = []
            for name, width in WIDTHS.items():
                for scheme in schemes:
                    screenshot = Path(temporary) / f"{name}-{scheme}.png"
                    with open_edition(browser, edition, width, scheme) as page:
                        height = min(page.evaluate("document.documentElement.scrollHeight"), SLICE * SLICES)
                        clip = {"x": 0, "y": 0, "width": width, "height": height}
                        page.screenshot(path=screenshot, clip=clip, full_page=True)  # type: ignore[arg-type]
                    columns.append(screenshot)
            layout = (
                "-background",
                "#808080",
                "-gravity",
                "north",
                "-bordercolor",
                "#808080",
                "-border",
                "6x0",
            )
            sheet = folder / f"{edition.theme}{title}-%d.png"
            imagemagick(
                *columns, *layout, "+append", "+repage", "+gravity", "-crop", f"x{SLICE}", "+repage", sheet
            )


def main() -> None:
    """Read the arguments and write the screenshots."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=HARBOUR, help="a site, or a folder of posts")
    parser.add_argument(
        "--to",
        type=Path,
        help="write contact sheets to this folder; without it, write the screenshots of the docs",
    )
    parser.add_argument("--themes", nargs="+", default=shipped_themes())
    parser.add_argument("--language", default="en", help="the language of the subscriber")
    parser.add_argument("--written", default="en", help="the language of posts without one")
    parser.add_argument("--first", type=int, default=10, help="the number of posts in an edition")
    arguments = parser.parse_args()
    editions = render_editions(
        arguments.folder,
        arguments.themes,
        language=arguments.language,
        written=arguments.written,
        first=arguments.first,
    )
    if arguments.to:
        arguments.to.mkdir(parents=True, exist_ok=True)
    overflow = []
    with sync_playwright() as playwright, launch_browser(playwright) as browser:
        for edition in editions:
            overflow += find_overflow(browser, edition)
            if arguments.to:
                (arguments.to / f"{edition.theme}.html").write_text(edition.html, "utf-8")
                write_contact_sheets(browser, edition, arguments.to)
            else:
                write_screenshots(browser, edition, HERE)
    if overflow:
        raise SystemExit("\n".join(overflow))


if __name__ == "__main__":
    main()
