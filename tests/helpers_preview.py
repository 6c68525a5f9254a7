"""`syndicate preview` as a process, and a browser that opens its page."""

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
    """A running preview: its URL, its process, and the output of its start."""

    url: str
    process: subprocess.Popen[str]
    first_output: str

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and the output since the start."""
        self.process.send_signal(signal.SIGINT)
        output, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output


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
        output = ""
        try:
            # Read up to the last line: `communicate` does not return what is buffered here.
            while not output.endswith("Press Ctrl-C to stop.\n"):
                line = process.stdout.readline()
                assert line, f"it ended: {output}"
                output += line
            found = re.search(r"http://127\.0\.0\.1:\d+/", output)
            assert found, output
            yield Preview(found[0], process, output)
        finally:
            if process.poll() is None:
                process.kill()


def loaded(page: Page) -> None:
    """Wait until the page has loaded what it shows."""
    expect(page.locator("#status")).to_have_text(
        re.compile("^(Up to date|Reloaded|Error in|Nothing to show)")
    )


def until(page: Page, check: Callable[[], bool]) -> None:
    """Wait until a check succeeds. The content security policy forbids a wait inside the page."""
    end = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < end, "the check did not succeed in time"
        page.wait_for_timeout(50)
