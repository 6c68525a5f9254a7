"""The picture of `syndicate preview` beside this file, from examples/harbour.

    python docs/images/preview.py

Nothing is fetched: the letter's pictures come from the example. Needs Playwright, Chromium and ImageMagick.
"""

# ruff: noqa: S603   Programs are started by the paths at which they were found, with words of our own.

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Route, expect, sync_playwright

HERE = Path(__file__).resolve().parent
HARBOUR = HERE.parents[1] / "examples" / "harbour"
CHROMIUM = "/usr/bin/chromium"
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
SIZE = {"width": 1440, "height": 900}
LARGEST = 200_000


def picture(url: str, to: Path) -> None:
    """Take the picture."""

    def answer(route: Route) -> None:
        file = HARBOUR / "images" / route.request.url.rpartition("/")[2]
        route.fulfill(path=file) if file.is_file() else route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        page = browser.new_page(viewport=SIZE)
        page.route(lambda address: "127.0.0.1" not in address, answer)
        page.goto(url)
        expect(page.locator("#status")).to_have_text(re.compile("Up to date"))
        for kind in ("phone", "desktop"):
            page.frame_locator(f".{kind} iframe").locator("h1").wait_for()
        page.wait_for_timeout(1000)
        # The hour is another one each time.
        page.locator("#status").evaluate("(element) => { element.textContent = 'Up to date' }")
        page.screenshot(path=to)
        browser.close()


def main() -> None:
    """Make it anew."""
    magick = shutil.which("magick") or shutil.which("convert")
    if magick is None:
        sys.exit("ImageMagick is not installed: apt-get install imagemagick")
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "harbour"
        shutil.copytree(HARBOUR, site, ignore=shutil.ignore_patterns("public", "outbox", "*.db*"))
        command = [sys.executable, "-m", "syndicate", "preview", "--port", "0"]
        with subprocess.Popen(command, cwd=site, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            told = process.stdout.readline()
            taken = Path(folder) / "preview.png"
            try:
                picture(told.split()[-1], taken)
            finally:
                process.terminate()
        to = HERE / "preview.png"
        subprocess.run([magick, taken, "-strip", "-colors", "256", f"PNG8:{to}"], check=True)
    if to.stat().st_size > LARGEST:
        sys.exit(f"{to.name} has {to.stat().st_size:,} bytes; the limit is {LARGEST:,}")


if __name__ == "__main__":
    main()
