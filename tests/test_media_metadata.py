"""Attachments whose length, type and duration come from the file or from its server."""

from __future__ import annotations

import io
import json
import random
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpers_http import Page, Site, serving
from helpers_site import MAIN, StillClock, configured, opened, write
from helpers_store import store_of
from syndicate import Attachment
from syndicate.model import IngestReport
from syndicate.sources.media_metadata import read_duration

NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)


def sound(seconds: int = 3) -> bytes:
    """A WAV file of silence."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(1000)
        file.writeframes(bytes(1000 * seconds))
    return out.getvalue()


def mp3(seconds: int) -> bytes:
    """MPEG 1, layer 3, 128 kbit/s, 44.1 kHz, without a header: frames of 417 bytes."""
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    return frame * (seconds * 44100 // 1152)


def record(*attachments: object, number: int = 1) -> str:
    url = f"https://harbour.example/{number}"
    return json.dumps(
        {"id": url, "url": url, "title": "Hour", "date": "2026-01-02", "attachments": attachments}
    )


def config(folder: Path, more: str) -> None:
    configured(folder, f'\n[[source]]\nname = "in"\nkind = "jsonl"\npath = "in.jsonl"\n{more}\n', MAIN)


def ingest(folder: Path, now: datetime = NOW) -> IngestReport:
    with opened(folder, clock=StillClock(now)) as newsroom:
        (part,) = newsroom.ingest().parts
    assert isinstance(part, IngestReport)
    return part


def attachments(folder: Path) -> list[Attachment]:
    with opened(folder, clock=StillClock(NOW)) as newsroom:
        found = store_of(newsroom).articles(now=NOW)
    return [attachment for each in found for attachment in each.article.attachments]


# From files

FOLDERS = 'media_folders = { "https://harbour.example/show/" = "audio" }'


def test_a_local_file_gives_what_the_record_lacks(tmp_path: Path) -> None:
    config(tmp_path, FOLDERS)
    unknown = {"url": "https://harbour.example/show/b%20c.wav?x=1"}
    stated = {"url": "https://harbour.example/show/a.wav", "type": "audio/x-own", "length": 5, "duration": 7}
    zero = {"url": "https://harbour.example/show/a.wav", "type": "audio/wav", "length": 0}
    elsewhere = {"url": "https://elsewhere.example/a.wav", "type": "audio/wav"}
    write(tmp_path, {"audio/a.wav": sound(3), "audio/b c.wav": sound(4)})
    write(tmp_path, {"in.jsonl": record(unknown, stated, zero, elsewhere)})
    assert ingest(tmp_path).problems == ()
    assert [(each.length, each.duration) for each in attachments(tmp_path)] == [
        (len(sound(4)), 4.0),
        (5, 7.0),
        (len(sound(3)), 3.0),
        (None, None),
    ]
    assert attachments(tmp_path)[1].media_type == "audio/x-own"


def test_a_missing_file_costs_its_values_only(tmp_path: Path) -> None:
    config(tmp_path, FOLDERS)
    write(tmp_path, {"audio/a.wav": sound(3), "audio/b.wav": b"RIFF no sound"})
    urls = [f"https://harbour.example/show/{name}.wav" for name in "abc"]
    write(tmp_path, {"in.jsonl": record(*urls)})
    part = ingest(tmp_path)
    assert [(each.length, each.duration) for each in attachments(tmp_path)] == [
        (len(sound(3)), 3.0),
        (13, None),
        (None, None),
    ]
    (note,) = part.problems
    assert note.severity == "note"
    assert "show/c.wav: the file" in note.message
    assert "No such file" in note.message


def test_no_file_outside_the_folder_is_looked_at(tmp_path: Path) -> None:
    config(tmp_path, FOLDERS)
    write(tmp_path, {"audio/a.wav": sound(3), "secret.wav": sound(9)})
    (tmp_path / "audio/link.wav").symlink_to(tmp_path / "secret.wav")
    names = ("../secret.wav", "%2e%2e/secret.wav", "..%2fsecret.wav", "%00", "link.wav", "/etc/hostname")
    write(tmp_path, {"in.jsonl": record(*[f"https://harbour.example/show/{name}" for name in names])})
    ingest(tmp_path)
    assert {each.length for each in attachments(tmp_path)} == {None}
    assert {each.duration for each in attachments(tmp_path)} == {None}


def test_a_file_is_read_again_only_after_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config(tmp_path, FOLDERS)
    write(tmp_path, {"audio/a.wav": sound(3)})
    reads: list[int] = []

    def count(file: io.BufferedReader) -> float | None:
        reads.append(1)
        return read_duration(file)

    monkeypatch.setattr("syndicate.sources.media_metadata.read_duration", count)
    for number in range(3):
        # The record changes, so that it is read again.
        write(
            tmp_path,
            {"in.jsonl": record({"url": "https://harbour.example/show/a.wav", "title": str(number)})},
        )
        ingest(tmp_path)
    assert len(reads) == 1
    write(tmp_path, {"audio/a.wav": sound(8), "in.jsonl": record("https://harbour.example/show/a.wav")})
    ingest(tmp_path)
    assert (len(reads), attachments(tmp_path)[0].duration) == (2, 8.0)


def test_a_file_that_comes_or_changes_after_its_record(tmp_path: Path) -> None:
    config(tmp_path, FOLDERS)
    write(tmp_path, {"in.jsonl": record("https://harbour.example/show/a.wav")})
    now = datetime.now(UTC) + timedelta(hours=1)
    assert len(ingest(tmp_path, now).problems) == 1
    for seconds in (3, 8):
        write(tmp_path, {"audio/a.wav": sound(seconds)})
        assert ingest(tmp_path, now).problems == ()
        [attachment] = attachments(tmp_path)
        assert (attachment.length, attachment.duration) == (len(sound(seconds)), seconds)


def test_durations() -> None:
    assert read_duration(io.BytesIO(sound(5))) == 5.0
    duration = read_duration(io.BytesIO(mp3(20)))
    assert duration
    assert abs(duration - 20) < 0.1
    noise = random.Random(7).randbytes(3_000)
    assert read_duration(io.BytesIO(b"not a sound")) is None
    assert read_duration(io.BytesIO(b"")) is None
    for start in (b"OggS", b"fLaC", b"RIFF....WAVE", b"....ftypM4A ", b"ID3", b"\xff\xfb"):
        read_duration(io.BytesIO(start + noise))


def test_no_more_of_a_file_is_read_than_its_metadata_may_have() -> None:
    class Counted(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            Counted.given += len(data)
            return data

    # Zeros look like an MP3 file whose first frame may come at any place.
    assert read_duration(Counted(b"\xff\xfb" + bytes(20_000_000))) is None
    assert Counted.given < 3_000_000


# From servers


def test_the_server_gives_length_and_type_once(tmp_path: Path) -> None:
    with serving() as site:
        check_requests(tmp_path, site)


def check_requests(folder: Path, site: Site) -> None:
    def serve(title: str) -> None:
        site.pages["/feed"] = Page(feed.replace("TITLE", title).encode())

    feed = f"""<rss version="2.0"><channel><title>t</title><link>{site.root}/</link><item><title>TITLE</title>
        <guid>{site.root}/1</guid><pubDate>Fri, 02 Jan 2026 08:00:00 GMT</pubDate>
        <enclosure url="{site.root}/a"/><enclosure url="{site.root}/gone.mp3"/></item></channel></rss>"""
    serve("a")
    site.pages["/a"] = Page(bytes(1234), headers={"Content-Type": "Audio/MPEG; x=y"})
    configured(
        folder,
        f'''
[[source]]
name = "in"
kind = "feed"
url = "{site.root}/feed"
private = true
delay = 0
media_requests = true
''',
        MAIN,
    )
    part = ingest(folder)
    first, second = attachments(folder)
    assert (first.length, first.media_type, first.duration) == (1234, "audio/mpeg", None)
    assert (second.length, second.media_type) == (None, "audio/mpeg")
    (note,) = part.problems
    assert note.severity == "note"
    assert "the server answered 404" in note.message
    heads = [each.path for each in site.asked if each.method == "HEAD"]
    assert heads == ["/a", "/gone.mp3"]
    serve("b")
    ingest(folder)
    assert [each.path for each in site.asked if each.method == "HEAD"] == heads, (
        "what is known is not asked again"
    )
    site.pages["/gone.mp3"] = Page(bytes(9))
    serve("c")
    assert ingest(folder, NOW + timedelta(days=2)).problems == ()
    assert [each.length for each in attachments(folder)] == [1234, 9], "a failure is tried again the next day"


def test_nobody_is_asked_unless_the_config_says_so(tmp_path: Path) -> None:
    with serving() as site:
        configured(tmp_path, '\n[[source]]\nname = "in"\nkind = "jsonl"\npath = "in.jsonl"\n', MAIN)
        write(tmp_path, {"in.jsonl": record(f"{site.root}/a.mp3")})
        assert ingest(tmp_path).problems == ()
        assert site.asked == []
        config(tmp_path, "media_requests = true")
        (note,) = ingest(tmp_path).problems
        assert "not a public address" in note.message
        assert site.asked == []
