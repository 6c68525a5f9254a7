"""The screenshot of `syndicate preview` next to this file, from examples/harbour.

    python docs/images/preview.py

Nothing is fetched: the images come from the example. Needs Playwright, Chromium and ImageMagick.
"""

# ruff: noqa: S603   Programs are started by their full path, with our own arguments.

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
CHROMIUM_OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
SIZE = {"width": 1440, "height": 900}
MAX_BYTES = 200_000


def take_screenshot(url: str, file: Path) -> None:
    """Write a screenshot of the preview page."""

    def answer(route: Route) -> None:
        image = HARBOUR / "images" / route.request.url.rpartition("/")[2]
        route.fulfill(path=image) if image.is_file() else route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_OPTIONS])
        page = browser.new_page(viewport=SIZE)
        page.route(lambda address: "127.0.0.1" not in address, answer)
        page.goto(url)
        expect(page.locator("#status")).to_have_text(re.compile("Up to date"))
        for kind in ("phone", "desktop"):
            page.frame_locator(f".{kind} iframe").locator("h1").wait_for()
        page.wait_for_timeout(1000)
        # The status has the time, which differs in each run.
        page.locator("#status").evaluate("(element) => { element.textContent = 'Up to date' }")
        page.screenshot(path=file)
        browser.close()


def main() -> None:
    """Run the preview of the example and write its screenshot."""
    magick = shutil.which("magick") or shutil.which("convert")
    if magick is None:
        sys.exit("ImageMagick is not installed: apt-get install imagemagick")
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "harbour"
        shutil.copytree(HARBOUR, site, ignore=shutil.ignore_patterns("public", "outbox", "*.db*"))
        command = [sys.executable, "-m", "syndicate", "preview", "--port", "0"]
        with subprocess.Popen(command, cwd=site, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            first_line = process.stdout.readline()
            screenshot = Path(folder) / "preview.png"
            try:
                take_screenshot(first_line.split()[-1], screenshot)
            finally:
                process.terminate()
        file = HERE / "preview.png"
        subprocess.run([magick, screenshot, "-strip", "-colors", "256", f"PNG8:{file}"], check=True)
    if file.stat().st_size > MAX_BYTES:
        sys.exit(f"{file.name} has {file.stat().st_size:,} bytes; the limit is {MAX_BYTES:,}")


if __name__ == "__main__":
    main()
