"""`syndicate preview` as a process of its own, and a browser to look at it with."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from helpers_site import environment

QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PATIENCE = 300
expect.set_options(timeout=PATIENCE * 1000)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.fail("chromium is not installed, and this test drives it: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET, timeout=PATIENCE * 1000)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Preview:
    """A preview that runs: where, its process, and what it told first."""

    url: str
    process: subprocess.Popen[str]
    told: str

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])

    def interrupt(self) -> tuple[int, str]:
        """Ctrl-C; the exit code, and what was told since."""
        self.process.send_signal(signal.SIGINT)
        told, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, told


@contextmanager
def previewing(folder: Path, *options: str, **more: str) -> Iterator[Preview]:
    """Run `syndicate preview` in a folder, on a free port."""
    command = [sys.executable, "-m", "syndicate", "preview", "--port", "0", *options]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        assert process.stdout
        told = ""
        try:
            # To the last line: what is read ahead here, `communicate` does not see.
            while not told.endswith("Ctrl-C ends it.\n"):
                line = process.stdout.readline()
                assert line, f"it ended: {told}"
                told += line
            found = re.search(r"http://127\.0\.0\.1:\d+/", told)
            assert found, told
            yield Preview(found[0], process, told)
        finally:
            if process.poll() is None:
                process.kill()


def loaded(page: Page) -> None:
    """Wait until the page shows something, and says so."""
    expect(page.locator("#status")).to_have_text(re.compile("^(Up to date|Reloaded|Mistake|Nothing to show)"))


def until(page: Page, check: Callable[[], bool]) -> None:
    """Wait until something is so. The page's own policy forbids to have it wait for that itself."""
    end = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < end, "it did not come to pass"
        page.wait_for_timeout(50)
