"""What a preview shows is what comes out, and looking leaves no trace."""

from __future__ import annotations

import re
import sqlite3
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from helpers_http import Page, Site, serving
from helpers_site import MAIN, WEEKLY, StillClock, configured, opened, source, write
from syndicate import Newsroom
from syndicate.dry_run.preview import Preview
from syndicate.errors import ConfigError
from syndicate.preview import serializers as told

BY_TAG = '\n[[feed]]\nname = "tag/{tag}"\neach = "tag"\n'
POSTS = source(kind="markdown", path="posts/**/*.md", more='link = "https://harbour.example/{path}/"')
DAY = timedelta(days=1)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301"
    "0100c9fe92ef0000000049454e44ae426082"
)
# It depends on when an article came in, to the microsecond.
# What withdrawn articles leave in a feed is written when they are withdrawn.
_MARKER = re.compile("SLOT[0-9a-f]{16}")


def post(title: str, day: int, tags: str = "boats", more: str = "", body: str = "Words.") -> str:
    return f"---\ntitle: {title}\ndate: 2026-04-{day:02}\ntags: [{tags}]\n{more}\n---\n{body}\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    configured(tmp_path, POSTS, MAIN, BY_TAG, WEEKLY)
    return write(
        tmp_path,
        {f"posts/{name}.md": post(name, day) for day, name in enumerate(("one", "two", "three"), 3)},
    )


def rows(folder: Path) -> dict[str, list[object]]:
    """Everything in the store."""
    with sqlite3.connect(folder / "syndicate.db") as connection:
        names = [name for (name,) in connection.execute("select name from sqlite_master where type='table'")]
        found: dict[str, list[object]] = {
            name: connection.execute(f"select * from {name}").fetchall() for name in names
        }
    connection.close()
    return found


def looked(preview: Preview) -> tuple[str, list[str], dict[str, dict[str, bytes]]]:
    """The next letter, its articles, and every feed."""
    letter = preview.letter("weekly")
    feeds = {feed.name: dict(preview.feed(feed.name).files) for feed in preview.feeds()}
    return (
        letter.digest.html,
        [each.id for each in letter.articles],
        {name: {str(k): v for k, v in files.items()} for name, files in feeds.items()},
    )


def come_out(newsroom: Newsroom, folder: Path) -> tuple[str, list[str], dict[str, dict[str, bytes]]]:
    """The same, made in earnest."""
    assert newsroom.ingest().ok
    assert newsroom.publish().ok
    report = newsroom.compose("weekly")
    assert report.edition
    edition = newsroom.desk.store.edition(report.edition)
    assert edition
    feeds: dict[str, dict[str, bytes]] = {}
    for file in (folder / "public").rglob("*.*"):
        if file.suffix in (".rss", ".atom", ".json"):
            name = file.relative_to(folder / "public").with_suffix("").as_posix()
            feeds.setdefault(name, {})[file.suffix[1:]] = file.read_bytes()
    return edition.digest.html, [each.id for each in edition.articles], feeds


def edit(folder: Path) -> None:
    write(folder, {"posts/two.md": post("two, told anew", 4, tags="nets")})


def add(folder: Path) -> None:
    write(folder, {"posts/deep/four.md": post("four", 8, tags="tides, boats")})


def remove(folder: Path) -> None:
    (folder / "posts/one.md").unlink()


def rename(folder: Path) -> None:
    (folder / "posts/three.md").rename(folder / "posts/third.md")


def postpone(folder: Path) -> None:
    write(folder, {"posts/three.md": post("three", 29)})


CHANGES = [edit, add, remove, rename, postpone]


@pytest.mark.parametrize("before", [False, True], ids=["first", "later"])
@pytest.mark.parametrize(
    "changes", [[], *([each] for each in CHANGES), CHANGES[:4]], ids=lambda changes: len(changes)
)
def test_what_is_shown_is_what_comes_out(
    site: Path, changes: list[Callable[[Path], None]], before: bool
) -> None:
    clock = StillClock()
    with opened(site, clock) as newsroom:
        if before:
            newsroom.ingest()
            newsroom.publish()
            newsroom.compose("weekly")
        for change in changes:
            change(site)
        if before:
            # Something must be new, or there would be no edition.
            write(site, {"posts/late.md": post("late", 9)})
        clock.pass_(timedelta(hours=1))
        preview = newsroom.preview()
        kept = rows(site)
        html, articles, feeds = looked(preview)
        assert rows(site) == kept, "looking leaves no trace"
        made_html, made_articles, made_feeds = come_out(newsroom, site)
        assert articles == made_articles
        assert _MARKER.sub("", html) == _MARKER.sub("", made_html)
        assert set(feeds) <= set(made_feeds), "and the feeds of words that are no more stay, and are empty"
        for name, files in feeds.items():
            assert files == made_feeds[name]


def test_an_archived_feed_is_shown_as_it_comes_out(tmp_path: Path) -> None:
    feed = '[[feed]]\nname = "main"\nlimit = 2\nhistory = "archive"\n'
    configured(tmp_path, POSTS, feed, WEEKLY)
    clock = StillClock()
    with opened(tmp_path, clock) as newsroom:
        preview = newsroom.preview()
        for count, older in ((1, None), (2, None), (3, None), (4, 1), (9, 3)):
            write(tmp_path, {f"posts/{day}.md": post(f"Day {day}", day) for day in range(1, count + 1)})
            clock.pass_(timedelta(hours=1))
            preview.changed()
            assert preview.feed("main").document.metadata.older == older
            _, _, feeds = looked(preview)
            _, _, made = come_out(newsroom, tmp_path)
            assert feeds["main"] == made["main"]
        (tmp_path / "posts/1.md").unlink()
        (tmp_path / "posts/8.md").unlink()
        write(tmp_path, {"posts/2.md": post("Day 2, told anew", 2), "posts/ten.md": post("One more", 9)})
        clock.pass_(timedelta(hours=1))
        preview.changed()
        shown = preview.feed("main")
        assert len(shown.document.metadata.gone) == 1, (
            "what was in the archive is out of this document anyway"
        )
        _, _, feeds = looked(preview)
        _, _, made = come_out(newsroom, tmp_path)
        assert feeds["main"] == made["main"]


def test_there_is_always_something_to_look_at(tmp_path: Path) -> None:
    configured(tmp_path, POSTS, WEEKLY)
    write(tmp_path, {"posts/later.md": post("later", 29)})
    clock = StillClock()
    with opened(tmp_path, clock) as newsroom:
        preview = newsroom.preview()
        assert preview.letter("weekly").shows == "sample"
        clock.pass_(20 * DAY)
        preview.changed()
        assert preview.letter("weekly").shows == "new"
        newsroom.ingest()
        newsroom.compose("weekly")
        preview.changed()
        letter = preview.letter("weekly")
        assert (letter.shows, letter.number) == ("newest", 2)
        assert [each.title for each in letter.articles] == ["later"]


def test_what_the_editor_wants_is_shown_as_it_comes_out(tmp_path: Path) -> None:
    wanted = 'note = "note.md"\npinned = ["https://harbour.example/one/"]\n'
    configured(tmp_path, POSTS, WEEKLY + wanted + 'excluded = ["https://harbour.example/two/"]\n')
    names = ("one", "two", "three")
    write(tmp_path, {f"posts/{name}.md": post(name, day) for day, name in enumerate(names, 3)})
    write(tmp_path, {"note.md": "A *word* before."})
    with opened(tmp_path) as newsroom:
        letter = newsroom.preview().letter("weekly")
        assert [each.title for each in letter.articles] == ["one", "three"]
        assert "A <em>word</em> before." in letter.digest.html
        newsroom.ingest()
        report = newsroom.compose("weekly")
        stored = newsroom.desk.store.edition(report.edition or "")
        assert stored
        assert _MARKER.sub("", stored.digest.html) == _MARKER.sub("", letter.digest.html)
        again = newsroom.preview().letter("weekly")
        assert again.shows == "newest"
        assert [each.title for each in again.articles] == ["one", "three"]


def test_a_stored_edition_is_shown_as_it_was_frozen(site: Path) -> None:
    with opened(site) as newsroom:
        newsroom.ingest()
        newsroom.compose("weekly")
        edit(site)
        write(site, {"themes/mine.mjml": '{% extends "default.mjml" %}'})
        preview = newsroom.preview()
        letter = preview.letter("weekly", edition="weekly-1")
        stored = newsroom.desk.store.edition("weekly-1")
        assert stored
        assert letter.digest == stored.digest
        assert "two, told anew" not in str(letter.parsed().get_body(("html",)))
        assert [each.id for each in preview.editions("weekly")] == ["weekly-1"]
        with pytest.raises(ConfigError, match="has no edition weekly-2"):
            preview.letter("weekly", edition="weekly-2")


def test_a_letter_is_for_somebody_and_in_their_language(site: Path) -> None:
    write(site, {"people.csv": "email,name,language\nute@example.org,Ute,de\n"})
    with opened(site) as newsroom:
        newsroom.import_subscribers(site / "people.csv")
        preview = newsroom.preview()
        letter = preview.letter("weekly", subscriber="UTE@example.org")
        assert letter.parsed()["To"] == "Ute <ute@example.org>"
        assert letter.digest.language == "de"
        assert "Weiterlesen" in letter.digest.html
        assert preview.letter("weekly", subscriber="ute@example.org", language="fr").digest.language == "fr"
        with pytest.raises(ConfigError, match="not a BCP 47 language tag"):
            preview.letter("weekly", language="no language")
        with pytest.raises(ConfigError, match="not among the subscribers"):
            preview.letter("weekly", subscriber="nobody@example.org")
        assert {"en", "de", "ar"} <= set(preview.languages())


def test_a_stored_edition_is_shown_in_the_variant_of_its_reader(site: Path) -> None:
    write(site, {"people.csv": "email,name,language\nute@example.org,Ute,de\n"})
    with opened(site) as newsroom:
        newsroom.import_subscribers(site / "people.csv")
        newsroom.ingest()
        newsroom.compose("weekly")
        preview = newsroom.preview()
        for query in ({"subscriber": "ute@example.org"}, {"language": "de"}):
            letter = preview.letter("weekly", edition="weekly-1", **query)
            assert "Weiterlesen" in letter.digest.html
            assert letter.problems == ()
        french = preview.letter("weekly", edition="weekly-1", language="fr")
        assert "Read more" in french.digest.html
        assert [str(each) for each in french.problems] == ["shown in en: the edition was not made in fr"]


@pytest.fixture
def pictures(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server of pictures; mails show none that come without TLS."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with serving(lambda plain: context.wrap_socket(plain, server_side=True)) as found:
        yield found


def test_pictures_that_travel_are_fetched_once_and_shown(tmp_path: Path, pictures: Site) -> None:
    pictures.pages["/lamp.png"] = Page(PIXEL)
    home = f"https://localhost:{pictures.port}"
    configured(tmp_path, POSTS, WEEKLY + "images = { embed = true, private = true }\n")
    picture = "image: {url: %s, width: 600, height: 300, alt: A lamp}"
    write(tmp_path, {"posts/lamp.md": post("lamp", 4, more=picture % f"{home}/lamp.png")})
    write(tmp_path, {"posts/gone.md": post("gone", 3, more=picture % f"{home}/gone.png")})
    with opened(tmp_path) as newsroom:
        preview = newsroom.preview()
        letter = preview.letter("weekly")
        [data] = told.pictures(letter.parsed()).values()
        assert data == f"data:image/png;base64,{b64encode(PIXEL).decode()}"
        pictures.pages.clear()
        preview.changed()
        assert preview.letter("weekly").message == letter.message
        assert "the image is not embedded" in str(letter.problems[0])


def test_links_of_a_preview_take_nobody_off_a_list(site: Path) -> None:
    with (site / "syndicate.toml").open("a") as config:
        config.write('\n[web]\nbase_url = "https://harbour.example/"\n')
    with opened(site) as newsroom:
        newsroom.add_subscriber("ute@example.org")
        letter = newsroom.preview().letter("weekly", subscriber="ute@example.org")
        link = str(letter.parsed()["List-Unsubscribe"]).partition(">")[0]
        token = link.rpartition("/")[2]
        assert len(token) > 20
        assert newsroom.unsubscribe(token) is None
        assert [each.state for each in newsroom.subscribers("weekly")] == ["confirmed"]


def test_a_source_that_cannot_be_read_keeps_what_it_gave(site: Path) -> None:
    with opened(site) as newsroom:
        newsroom.ingest()
        (site / "posts/two.md").write_bytes(b"\xff\xfe broken")
        (site / "posts/one.md").unlink()
        preview = newsroom.preview()
        titles = {each.title for each in preview.letter("weekly").articles}
        assert titles == {"one", "two", "three"}, (
            "as after an ingest: one is unreadable, so none is withdrawn"
        )
        assert [each.severity for each in preview.drafts().problems] == ["error"]
        assert "two.md" in str(preview.drafts().problems[0])
        (site / "posts").rename(site / "elsewhere")
        preview.changed()
        assert {each.title for each in preview.letter("weekly").articles} == titles
        assert "no such folder" in str(preview.drafts().problems[0])


def test_files_are_looked_at_again_when_told(site: Path) -> None:
    with opened(site) as newsroom:
        preview = newsroom.preview()
        before = preview.drafts()
        edit(site)
        assert preview.drafts() is before
        preview.changed()
        assert "two, told anew" in [each.title for each in preview.drafts().articles]


def test_other_sources_come_from_the_store(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"feed.py": 'def records():\n    yield {"title": "From Python", "url": "https://a.example/"}\n'},
    )
    table = '\n[[source]]\nname = "python"\nkind = "python"\nfunction = "feed:records"\n'
    configured(tmp_path, table, MAIN, WEEKLY)
    with opened(tmp_path) as newsroom:
        preview = newsroom.preview()
        assert preview.letter("weekly").shows == "sample"
        assert len(preview.feed("main").document.entries) == 0
        newsroom.ingest()
        preview.changed()
        assert [each.title for each in preview.letter("weekly").articles] == ["From Python"]
        assert len(preview.feed("main").document.entries) == 1


def test_unknown_names_are_told(site: Path) -> None:
    with opened(site) as newsroom:
        preview = newsroom.preview()
        with pytest.raises(ConfigError, match="there is no newsletter 'monthly'"):
            preview.letter("monthly")
        with pytest.raises(ConfigError, match="there is no feed 'tag/none'"):
            preview.feed("tag/none")


def test_it_is_known_which_files_matter(tmp_path: Path) -> None:
    site = configured(
        tmp_path,
        POSTS,
        source("news", path="news.jsonl"),
        WEEKLY + 'theme = "themes/mine.mjml"\nnote = "notes/week.md"\n',
    ).parent.resolve()
    write(
        site,
        {"posts/deep/a.md": post("a", 3), "news.jsonl": "", "notes/week.md": "Hello", "public/x.rss": ""},
    )
    write(site, {"themes/mine.mjml": "<mjml></mjml>", "themes/parts/foot.mjml": "", "posts/.git/x.md": ""})
    with opened(site) as newsroom:
        watched = newsroom.preview().watched()
    assert {path.relative_to(site).as_posix() for path in watched.folders()} == {
        *(".", "posts", "posts/deep", "notes", "themes", "themes/parts"),
    }
    wanted = ["posts/new.md", "posts/deep/er/a.md", "news.jsonl", "notes/week.md", "themes/parts/foot.mjml"]
    assert all(watched.wants(site / path) for path in wanted)
    others = [
        "posts/a.txt",
        "other.jsonl",
        "notes/other.md",
        "public/x.rss",
        "syndicate.db-wal",
        "themes/.x.swp",
    ]
    assert not any(watched.wants(site / path) for path in others)
