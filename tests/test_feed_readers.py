"""Feed readers that people use, over the real application: nothing comes twice, and nothing for nothing."""

from __future__ import annotations

import email
import email.policy
import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import pytest
import reader
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from helpers_net import free_port, program
from helpers_site import MAIN, configured, source
from helpers_web import Served, serving
from syndicate import Newsroom

PATIENCE = 300.0


def run(folder: Path, *command: str) -> str:
    """Run a program as a user of its own would, whose home is a folder."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "XDG_RUNTIME_DIR": str(folder),
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


class Newsboat:
    """Newsboat, without its screen; what it shows is in its cache."""

    SHOWS_CHANGES = True
    # Its first look writes the tag to a row that is not there yet, in some versions.
    SECOND_LOOK: ClassVar[set[int]] = {200, 304}

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        (folder / "urls").write_text(f"{url}\n")
        (folder / "config").write_text("error-log errors\n")
        self._program = program("newsboat", "newsboat")

    def look(self) -> None:
        run(self._folder, self._program, "-u", "urls", "-C", "config", "-c", "cache.db", "-x", "reload")
        errors = self._folder / "errors"
        assert not errors.exists() or not errors.read_text()

    def titles(self) -> list[str]:
        with closing(sqlite3.connect(self._folder / "cache.db")) as cache:
            return [title for (title,) in cache.execute("select title from rss_item where deleted = 0")]

    def close(self) -> None:
        """It ends by itself."""


class Mailbox:
    """Keeps the subjects of what it accepts."""

    def __init__(self) -> None:
        self.subjects: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.subjects.append(str(message["Subject"]))
        return "250 2.0.0 taken"


class Rss2email:
    """rss2email, which makes a mail of each article; what it shows is in the mailbox."""

    SHOWS_CHANGES = False
    SECOND_LOOK: ClassVar[set[int]] = {304}

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._mailbox = Mailbox()
        port = free_port()
        self._server = Controller(self._mailbox, hostname="127.0.0.1", port=port)
        self._server.start()
        (folder / "r2e.cfg").write_text(
            "[DEFAULT]\nto = ada@example.org\nfrom = r2e@example.org\nforce-from = True\nverbose = warning\n"
            f"email-protocol = smtp\nsmtp-server = 127.0.0.1\nsmtp-port = {port}\n"
        )
        self._r2e("add", "harbour", url)

    def _r2e(self, *words: str) -> None:
        r2e = program("r2e", "rss2email")
        said = run(self._folder, r2e, "-c", "r2e.cfg", "-d", "r2e.json", *words)
        assert not said, said

    def look(self) -> None:
        self._r2e("run")

    def titles(self) -> list[str]:
        return list(self._mailbox.subjects)

    def close(self) -> None:
        self._server.stop()


class Library:
    """The reader library, on which people build readers of their own."""

    SHOWS_CHANGES = True
    SECOND_LOOK: ClassVar[set[int]] = {304}

    def __init__(self, folder: Path, url: str) -> None:
        self._reader = reader.make_reader(str(folder / "reader.db"))
        self._reader.add_feed(url)

    def look(self, *, impatient: bool = True) -> None:
        for result in self._reader.update_feeds_iter(scheduled=not impatient):
            assert not isinstance(result.value, Exception), result.value

    def titles(self) -> list[str]:
        return [entry.title or "" for entry in self._reader.get_entries()]

    def close(self) -> None:
        self._reader.close()


class Site:
    """A site whose posts are written while people read it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._posts: dict[str, tuple[str, str]] = {}
        configured(folder, source(), MAIN)
        self._write()
        self.newsroom = Newsroom.open(folder / "syndicate.toml")

    def write(self, key: str, title: str, words: str) -> None:
        """Write or change a post, and publish."""
        self._posts[key] = title, words
        self._write()
        assert self.newsroom.ingest().ok
        assert self.newsroom.publish().ok

    def _write(self) -> None:
        lines = [
            json.dumps(
                {
                    "id": key,
                    "url": f"https://harbour.example/{key}/",
                    "title": title,
                    "text": words,
                    "date": f"2026-01-{number:02}T08:00:00Z",
                }
            )
            for number, (key, (title, words)) in enumerate(self._posts.items(), 1)
        ]
        (self._folder / "posts.jsonl").write_text("\n".join(lines))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("no_proxy", "*")
    (tmp_path / "site").mkdir()
    site = Site(tmp_path / "site")
    with site.newsroom:
        yield site


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    with serving(site.newsroom.web_app()) as served:
        yield served


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        (Newsboat, "rss"),
        (Newsboat, "atom"),
        (Rss2email, "rss"),
        (Rss2email, "atom"),
        (Library, "rss"),
        (Library, "atom"),
        (Library, "json"),  # the others cannot read JSON Feed
    ],
)
def test_reader_shows_each_article_once_and_uses_conditional_requests(
    site: Site,
    served: Served,
    tmp_path: Path,
    kind: type[Newsboat | Rss2email | Library],
    form: str,
) -> None:
    path = f"/feeds/main.{form}"
    (tmp_path / "home").mkdir()
    person = kind(tmp_path / "home", f"{served.url}{path}")
    try:
        site.write("ferry", "The night ferry", "It sails at ten.")
        site.write("tide", "Tides & <weather>", "High water at noon.")
        person.look()
        assert sorted(person.titles()) == ["The night ferry", "Tides & <weather>"]

        before = len(served.statuses(path))
        for _ in range(3):
            person.look()
        second, *others = served.statuses(path)[before:]
        assert second in kind.SECOND_LOOK
        assert set(others) == {304}

        site.write("ferry", "The night ferry is late", "It sails at eleven.")
        person.look()
        assert served.statuses(path)[-1] == 200
        ferry = "The night ferry is late" if kind.SHOWS_CHANGES else "The night ferry"
        assert sorted(person.titles()) == sorted([ferry, "Tides & <weather>"])

        site.write("seeds", "Seed library", "Take one, bring one.")
        person.look()
        assert sorted(person.titles()) == sorted([ferry, "Seed library", "Tides & <weather>"])

        # Publishing what has not changed is no change.
        site.newsroom.publish(full=True)
        before = len(served.statuses(path))
        person.look()
        assert set(served.statuses(path)[before:]) == {304}
        assert len(person.titles()) == 3
    finally:
        person.close()


def test_reader_that_caches_does_not_ask_before_the_next_slot(
    site: Site, served: Served, tmp_path: Path
) -> None:
    site.write("ferry", "The night ferry", "It sails at ten.")
    with closing(Library(tmp_path, f"{served.url}/feeds/main.rss")) as person:
        for _ in range(3):
            person.look(impatient=False)
        assert person.titles() == ["The night ferry"]
    assert served.statuses("/feeds/main.rss") == [200]
