"""The preview shows what publish and compose produce, and writes nothing."""

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
from helpers_store import store_of
from syndicate import Newsroom
from syndicate.errors import ConfigError
from syndicate.preview.preview import Preview
from syndicate.preview.serializers import embedded_image_urls
from syndicate.preview.watch_paths import WatchPaths

BY_TAG = '\n[[feed]]\nname = "tag/{tag}"\neach = "tag"\n'
POSTS = source(kind="markdown", path="posts/**/*.md", more='link = "https://harbour.example/{path}/"')
DAY = timedelta(days=1)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301"
    "0100c9fe92ef0000000049454e44ae426082"
)
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


def preview_all(preview: Preview) -> tuple[str, list[str], dict[str, dict[str, bytes]]]:
    """The HTML of the next edition, its articles, and every feed."""
    edition = preview.edition("weekly")
    feeds = {feed.name: dict(preview.feed(feed.name).files) for feed in preview.feeds()}
    return (
        edition.digest.html,
        [each.id for each in edition.articles],
        {name: {str(k): v for k, v in files.items()} for name, files in feeds.items()},
    )


def produce_all(newsroom: Newsroom, folder: Path) -> tuple[str, list[str], dict[str, dict[str, bytes]]]:
    """The same from an ingest, a publish and a compose."""
    assert newsroom.ingest().ok
    assert newsroom.publish().ok
    report = newsroom.compose("weekly")
    assert report.edition
    edition = store_of(newsroom).edition(report.edition)
    assert edition
    feeds: dict[str, dict[str, bytes]] = {}
    for file in (folder / "public").rglob("*.*"):
        if file.suffix in (".rss", ".atom", ".json"):
            name = file.relative_to(folder / "public").with_suffix("").as_posix()
            feeds.setdefault(name, {})[file.suffix[1:]] = file.read_bytes()
    return edition.digest.html, [each.id for each in edition.articles], feeds


def edit(folder: Path) -> None:
    write(folder, {"posts/two.md": post("two, rewritten", 4, tags="nets")})


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
def test_the_preview_shows_what_is_produced(
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
            # Without a new article there would be no edition.
            write(site, {"posts/late.md": post("late", 9)})
        clock.pass_(timedelta(hours=1))
        preview = newsroom.preview()
        stored = rows(site)
        html, articles, feeds = preview_all(preview)
        assert rows(site) == stored, "the preview writes nothing"
        made_html, made_articles, made_feeds = produce_all(newsroom, site)
        assert articles == made_articles
        assert _MARKER.sub("", html) == _MARKER.sub("", made_html)
        assert set(feeds) <= set(made_feeds), "feeds of removed tags stay and are empty"
        for name, files in feeds.items():
            assert files == made_feeds[name]


def test_an_archived_feed_is_shown_as_it_is_published(tmp_path: Path) -> None:
    feed = '[[feed]]\nname = "main"\nlimit = 2\nhistory = "archive"\n'
    configured(tmp_path, POSTS, feed, WEEKLY)
    clock = StillClock()
    with opened(tmp_path, clock) as newsroom:
        preview = newsroom.preview()
        for count, older in ((1, None), (2, None), (3, None), (4, 1), (9, 3)):
            write(tmp_path, {f"posts/{day}.md": post(f"Day {day}", day) for day in range(1, count + 1)})
            clock.pass_(timedelta(hours=1))
            preview.refresh()
            assert preview.feed("main").document.metadata.older == older
            _, _, feeds = preview_all(preview)
            _, _, made = produce_all(newsroom, tmp_path)
            assert feeds["main"] == made["main"]
        (tmp_path / "posts/1.md").unlink()
        (tmp_path / "posts/8.md").unlink()
        write(tmp_path, {"posts/2.md": post("Day 2, rewritten", 2), "posts/ten.md": post("One more", 9)})
        clock.pass_(timedelta(hours=1))
        preview.refresh()
        shown = preview.feed("main")
        assert len(shown.document.metadata.tombstones) == 1, "an archived article is not in this document"
        _, _, feeds = preview_all(preview)
        _, _, made = produce_all(newsroom, tmp_path)
        assert feeds["main"] == made["main"]


def test_an_edition_is_shown_even_if_nothing_is_new(tmp_path: Path) -> None:
    configured(tmp_path, POSTS, WEEKLY)
    write(tmp_path, {"posts/later.md": post("later", 29)})
    clock = StillClock()
    with opened(tmp_path, clock) as newsroom:
        preview = newsroom.preview()
        assert preview.edition("weekly").basis == "sample"
        clock.pass_(20 * DAY)
        preview.refresh()
        assert preview.edition("weekly").basis == "new"
        newsroom.ingest()
        newsroom.compose("weekly")
        preview.refresh()
        edition = preview.edition("weekly")
        assert (edition.basis, edition.number) == ("newest", 2)
        assert [each.title for each in edition.articles] == ["later"]


def test_pins_exclusions_and_note_are_shown(tmp_path: Path) -> None:
    wanted = 'note = "note.md"\npinned = ["https://harbour.example/one/"]\n'
    configured(tmp_path, POSTS, WEEKLY + wanted + 'excluded = ["https://harbour.example/two/"]\n')
    names = ("one", "two", "three")
    write(tmp_path, {f"posts/{name}.md": post(name, day) for day, name in enumerate(names, 3)})
    write(tmp_path, {"note.md": "A *word* before."})
    with opened(tmp_path) as newsroom:
        edition = newsroom.preview().edition("weekly")
        assert [each.title for each in edition.articles] == ["one", "three"]
        assert "A <em>word</em> before." in edition.digest.html
        newsroom.ingest()
        report = newsroom.compose("weekly")
        stored = store_of(newsroom).edition(report.edition or "")
        assert stored
        assert _MARKER.sub("", stored.digest.html) == _MARKER.sub("", edition.digest.html)
        again = newsroom.preview().edition("weekly")
        assert again.basis == "newest"
        assert [each.title for each in again.articles] == ["one", "three"]


def test_a_stored_edition_is_shown_unchanged(site: Path) -> None:
    with opened(site) as newsroom:
        newsroom.ingest()
        newsroom.compose("weekly")
        edit(site)
        write(site, {"themes/mine.mjml": '{% extends "default.mjml" %}'})
        preview = newsroom.preview()
        edition = preview.edition("weekly", edition="weekly-1")
        stored = store_of(newsroom).edition("weekly-1")
        assert stored
        assert edition.digest == stored.digest
        assert "two, rewritten" not in str(edition.parse_message().get_body(("html",)))
        assert [each.id for each in preview.editions("weekly")] == ["weekly-1"]
        with pytest.raises(ConfigError, match="has no edition weekly-2"):
            preview.edition("weekly", edition="weekly-2")


def test_an_edition_is_shown_for_a_subscriber_in_their_language(site: Path) -> None:
    write(site, {"people.csv": "email,name,language\nute@example.org,Ute,de\n"})
    with opened(site) as newsroom:
        newsroom.import_subscribers(site / "people.csv")
        preview = newsroom.preview()
        edition = preview.edition("weekly", subscriber="UTE@example.org")
        assert edition.parse_message()["To"] == "Ute <ute@example.org>"
        assert edition.digest.language == "de"
        assert "Weiterlesen" in edition.digest.html
        assert preview.edition("weekly", subscriber="ute@example.org", language="fr").digest.language == "fr"
        with pytest.raises(ConfigError, match="not a BCP 47 language tag"):
            preview.edition("weekly", language="no language")
        with pytest.raises(ConfigError, match="is not a subscriber"):
            preview.edition("weekly", subscriber="nobody@example.org")
        assert {"en", "de", "ar"} <= set(preview.languages())


def test_a_stored_edition_is_shown_in_the_localization_of_the_subscriber(site: Path) -> None:
    write(site, {"people.csv": "email,name,language\nute@example.org,Ute,de\n"})
    with opened(site) as newsroom:
        newsroom.import_subscribers(site / "people.csv")
        newsroom.ingest()
        newsroom.compose("weekly")
        preview = newsroom.preview()
        for query in ({"subscriber": "ute@example.org"}, {"language": "de"}):
            edition = preview.edition("weekly", edition="weekly-1", **query)
            assert "Weiterlesen" in edition.digest.html
            assert edition.problems == ()
        french = preview.edition("weekly", edition="weekly-1", language="fr")
        assert "Read more" in french.digest.html
        assert [str(each) for each in french.problems] == ["shown in en: the edition was not composed in fr"]


@pytest.fixture
def image_server(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server of images over TLS; editions embed no images without it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with serving(lambda plain: context.wrap_socket(plain, server_side=True)) as found:
        yield found


def test_embedded_images_are_fetched_once_and_shown(tmp_path: Path, image_server: Site) -> None:
    image_server.pages["/lamp.png"] = Page(PIXEL)
    home = f"https://localhost:{image_server.port}"
    configured(tmp_path, POSTS, WEEKLY + "images = { embed = true, private = true }\n")
    image = "image: {url: %s, width: 600, height: 300, alt: A lamp}"
    write(tmp_path, {"posts/lamp.md": post("lamp", 4, more=image % f"{home}/lamp.png")})
    write(tmp_path, {"posts/gone.md": post("gone", 3, more=image % f"{home}/gone.png")})
    with opened(tmp_path) as newsroom:
        preview = newsroom.preview()
        edition = preview.edition("weekly")
        [data] = embedded_image_urls(edition.parse_message()).values()
        assert data == f"data:image/png;base64,{b64encode(PIXEL).decode()}"
        image_server.pages.clear()
        preview.refresh()
        assert preview.edition("weekly").message == edition.message
        assert "the image is not embedded" in str(edition.problems[0])


def test_links_of_a_preview_unsubscribe_nobody(site: Path) -> None:
    with (site / "syndicate.toml").open("a") as config:
        config.write('\n[web]\nbase_url = "https://harbour.example/"\n')
    with opened(site) as newsroom:
        newsroom.add_subscriber("ute@example.org")
        edition = newsroom.preview().edition("weekly", subscriber="ute@example.org")
        link = str(edition.parse_message()["List-Unsubscribe"]).partition(">")[0]
        token = link.rpartition("/")[2]
        assert len(token) > 20
        assert newsroom.unsubscribe(token) is None
        assert [each.state for each in newsroom.subscribers("weekly")] == ["confirmed"]


def test_the_articles_of_an_unreadable_source_stay(site: Path) -> None:
    with opened(site) as newsroom:
        newsroom.ingest()
        (site / "posts/two.md").write_bytes(b"\xff\xfe broken")
        (site / "posts/one.md").unlink()
        preview = newsroom.preview()
        titles = {each.title for each in preview.edition("weekly").articles}
        assert titles == {"one", "two", "three"}, (
            "as after an ingest: if one file is unreadable, no article is withdrawn"
        )
        assert [each.severity for each in preview.unsaved_articles().problems] == ["error"]
        assert "two.md" in str(preview.unsaved_articles().problems[0])
        (site / "posts").rename(site / "elsewhere")
        preview.refresh()
        assert {each.title for each in preview.edition("weekly").articles} == titles
        assert "no such folder" in str(preview.unsaved_articles().problems[0])


def test_files_are_read_again_after_a_refresh(site: Path) -> None:
    with opened(site) as newsroom:
        preview = newsroom.preview()
        before = preview.unsaved_articles()
        edit(site)
        assert preview.unsaved_articles() is before
        preview.refresh()
        assert "two, rewritten" in [each.title for each in preview.unsaved_articles().articles]


def test_other_sources_come_from_the_store(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"feed.py": 'def records():\n    yield {"title": "From Python", "url": "https://a.example/"}\n'},
    )
    table = '\n[[source]]\nname = "python"\nkind = "python"\nfunction = "feed:records"\n'
    configured(tmp_path, table, MAIN, WEEKLY)
    with opened(tmp_path) as newsroom:
        preview = newsroom.preview()
        assert preview.edition("weekly").basis == "sample"
        assert len(preview.feed("main").document.entries) == 0
        newsroom.ingest()
        preview.refresh()
        assert [each.title for each in preview.edition("weekly").articles] == ["From Python"]
        assert len(preview.feed("main").document.entries) == 1


def test_unknown_names_are_errors(site: Path) -> None:
    with opened(site) as newsroom:
        preview = newsroom.preview()
        with pytest.raises(ConfigError, match="there is no newsletter 'monthly'"):
            preview.edition("monthly")
        with pytest.raises(ConfigError, match="there is no feed 'tag/none'"):
            preview.feed("tag/none")


def test_only_files_that_change_the_preview_are_watched(tmp_path: Path) -> None:
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
        watched = WatchPaths.from_settings(newsroom.settings, site)
    assert {path.relative_to(site).as_posix() for path in watched.folders()} == {
        *(".", "posts", "posts/deep", "notes", "themes", "themes/parts"),
    }
    wanted = ["posts/new.md", "posts/deep/er/a.md", "news.jsonl", "notes/week.md", "themes/parts/foot.mjml"]
    assert all(watched.affects(site / path) for path in wanted)
    others = [
        "posts/a.txt",
        "other.jsonl",
        "notes/other.md",
        "public/x.rss",
        "syndicate.db-wal",
        "themes/.x.swp",
    ]
    assert not any(watched.affects(site / path) for path in others)


def test_a_preview_makes_no_database(site: Path) -> None:
    before = sorted(site.rglob("*"))
    with opened(site) as newsroom:
        preview_all(newsroom.preview())
        assert newsroom.preview().store_state() == (0, 1)
    assert sorted(site.rglob("*")) == before


def test_a_preview_follows_a_database_that_another_process_makes(site: Path) -> None:
    with opened(site) as newsroom:
        preview = newsroom.preview()
        state = preview.store_state()
        assert preview.edition("weekly").number == 1
        with opened(site) as other:
            other.ingest()
            other.compose("weekly")
        assert preview.store_state() != state
        assert preview.edition("weekly").number == 2
        assert [each.id for each in preview.editions("weekly")] == ["weekly-1"]
