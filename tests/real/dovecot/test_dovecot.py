"""Bounces are read from a real IMAP server: TLS, flags, folders, and what is reported if it does not work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers_dovecot import PASSWORD, ImapServer, dovecot

from helpers_bounces import dsn, plain, vacation
from helpers_site import WEEKLY, configured, opened, source, write
from syndicate import ConfigError, MailboxError
from syndicate.delivery.bounces import imap_mailbox
from syndicate.delivery.bounces.imap_mailbox import ImapMailbox
from syndicate.delivery.bounces.mailbox_url import MailboxUrl
from syndicate.mail.bounces import MAX_SIZE


@pytest.fixture(scope="module")
def running() -> Iterator[ImapServer]:
    with dovecot() as server:
        yield server


@pytest.fixture
def server(running: ImapServer, monkeypatch: pytest.MonkeyPatch) -> ImapServer:
    """The server, with an empty INBOX."""
    monkeypatch.setenv("SYNDICATE_BOUNCES_PASSWORD", PASSWORD)
    with running.client() as client:
        _, (count, *_) = client.select("INBOX")
        if int(count or 0):
            client.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
            client.expunge()
    return running


def url(server: ImapServer, scheme: str = "imaps", name: str = "INBOX", **options: str) -> str:
    port = server.imaps if scheme == "imaps" else server.imap
    given = "&".join(f"{key}={value}" for key, value in ({"ca": str(server.ca)} | options).items() if value)
    return f"{scheme}://bounces@127.0.0.1:{port}/{name}?{given}"


def mailbox(text: str) -> ImapMailbox:
    return ImapMailbox.from_url(MailboxUrl(text, Path()))


def site(folder: Path, mailbox_url: str) -> str:
    """Make a site that reads the mailbox, and send an edition. Return the return path of a delivery."""
    record = {"id": "1", "title": "One", "link": "https://harbour.example/1", "content_html": "<p>Tide</p>"}
    write(folder, {"posts.jsonl": json.dumps(record) + "\n"})
    table = f'\n[bounces]\naddress = "bounces@news.example"\nmailbox = "{mailbox_url}"\n'
    configured(folder, source(), f'{WEEKLY}lint = "off"\n', table)
    with opened(folder) as newsroom:
        newsroom.ingest()
        for number in range(11):
            newsroom.add_subscriber(f"reader{number}@reader.example")
        newsroom.compose("weekly", lint="report")
        newsroom.send("weekly", lint="report")
    mail = next((folder / "outbox" / "new").iterdir()).read_text(encoding="utf-8")
    return mail.partition("\n")[0].removeprefix("Return-Path: <").rstrip(">")


def test_bounces_are_read_and_marked_as_seen(server: ImapServer, tmp_path: Path) -> None:
    path = site(tmp_path, url(server))
    server.deliver(dsn(path), plain("ada@news.example", "Hello!"), vacation(path, precedence="auto_reply"))
    with opened(tmp_path) as newsroom:
        report = newsroom.process_bounces()
        assert report.problems == ()
        assert (report.read, report.hard, report.automatic, report.ignored, report.suppressed) == (
            3,
            1,
            1,
            1,
            1,
        )
        assert server.flags() == [{"\\Seen"}, {"\\Seen", "\\Flagged"}, {"\\Seen"}], "nothing is deleted"
        assert newsroom.process_bounces().read == 0


def test_starttls(server: ImapServer) -> None:
    server.deliver(dsn("x@y.example"))
    with mailbox(url(server, "imap")) as box:
        [mail] = box.unseen()
        box.mark_seen(mail.key, needs_attention=False)
    assert server.flags() == [{"\\Seen"}]


def test_reading_does_not_mark(server: ImapServer) -> None:
    server.deliver(dsn("x@y.example"))
    with mailbox(url(server)) as box:
        assert len(list(box.unseen())) == 1
    assert server.flags() == [set()], (
        "a process that is killed before it has recorded the mail reads it again"
    )


def test_read_mail_is_moved_to_a_folder(server: ImapServer) -> None:
    server.deliver(folder="Processed")
    server.deliver(*(dsn("x@y.example") for _ in range(3)))
    with mailbox(url(server, folder="Processed")) as box:
        for mail in box.unseen():
            box.mark_seen(mail.key, needs_attention=False)
    assert server.flags() == []
    assert server.flags("Processed") == [{"\\Seen"}] * 3


def test_server_without_move_gets_a_copy(server: ImapServer) -> None:
    server.deliver(folder="Copies")
    server.deliver(dsn("x@y.example"))
    with mailbox(url(server, folder="Copies")) as box:
        box._can_move = False
        for mail in box.unseen():
            box.mark_seen(mail.key, needs_attention=False)
        assert list(box.unseen()) == []
    assert server.flags() == [{"\\Seen"}]
    assert len(server.flags("Copies")) == 1


def test_many_mails_in_several_windows(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_mailbox, "_WINDOW", 4)
    server.deliver(folder="Many")
    numbers = [f"{number:02}" for number in range(11)]
    server.deliver(*(plain("x@y.example", "x", subject=number) for number in numbers))
    with mailbox(url(server, folder="Many")) as box:
        read = []
        for mail in box.unseen():
            read.append(mail.data.partition(b"subject: ")[2][:2].decode())
            box.mark_seen(mail.key, needs_attention=False)
    assert sorted(read) == numbers
    assert len(server.flags("Many")) == 11


def test_only_the_first_megabyte_of_a_mail_is_fetched(server: ImapServer) -> None:
    server.deliver(plain("x@y.example", "tide\n" * (MAX_SIZE // 4)))
    with mailbox(url(server)) as box:
        [mail] = box.unseen()
    assert len(mail.data) == MAX_SIZE


def test_mailbox_with_a_space_and_quotes_in_its_name(server: ImapServer) -> None:
    server.deliver(dsn("x@y.example"), folder='"The \\"Bounces\\""')
    with mailbox(url(server, name="The%20%22Bounces%22")) as box:
        assert len(list(box.unseen())) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Nowhere"}, "create the folder"),
        ({"ca": ""}, "valid certificate"),
        ({"scheme": "imap", "ca": ""}, "valid certificate"),
    ],
    ids=["no such folder", "certificate that nobody knows", "likewise with STARTTLS"],
)
def test_what_does_not_work_is_said(server: ImapServer, change: dict[str, str], message: str) -> None:
    with pytest.raises(MailboxError, match=message), mailbox(url(server, **change)):
        pass


def test_wrong_password_is_said(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNDICATE_BOUNCES_PASSWORD", "wrong")
    with pytest.raises(MailboxError, match="SYNDICATE_BOUNCES_PASSWORD") as caught, mailbox(url(server)):
        pass
    assert "wrong" not in str(caught.value)


def test_missing_target_folder_is_said_and_the_mail_stays(server: ImapServer) -> None:
    server.deliver(dsn("x@y.example"))
    with mailbox(url(server, folder="Nowhere")) as box:
        [mail] = box.unseen()
        with pytest.raises(MailboxError, match="create the folder"):
            box.mark_seen(mail.key, needs_attention=False)
    assert server.flags() == [{"\\Seen"}]


def test_no_server_is_said(server: ImapServer) -> None:
    gone = url(server).replace(str(server.imaps), "1")
    with pytest.raises(MailboxError, match=r"127\.0\.0\.1:1 cannot be used"), mailbox(gone):
        pass


def test_unreadable_authority_is_said(server: ImapServer, tmp_path: Path) -> None:
    with pytest.raises((MailboxError, ConfigError)), mailbox(url(server, ca=str(tmp_path / "none.pem"))):
        pass
