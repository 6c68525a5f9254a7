"""The web pages, over the application itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html
from starlette.testclient import TestClient

from helpers_store import folder_of, tokens_of
from syndicate.errors import StoreError
from syndicate.i18n import translator_for
from syndicate.mail import UNSUBSCRIBE
from syndicate.newsroom import Newsroom
from syndicate.store import SqlStore

CONFIG = """
[site]
title = "The <Harbour> Post"
home = "https://harbour.example/"
base_url = "https://harbour.example/feeds/"

[[source]]
name = "posts"
kind = "markdown"
path = "posts/*.md"
link = "https://harbour.example/{path}/"

[[feed]]
name = "main"

[[newsletter]]
name = "letter"
title = "Harbour & letter"
from = "Harbour Post <news@harbour.example>"

[[newsletter]]
name = "other"
title = "Another"
from = "Harbour Post <news@harbour.example>"

[web]
base_url = "https://letters.harbour.example/"
"""


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "one.md").write_text("---\ntitle: One\ndate: 2026-09-14\n---\nWords.\n")
    (tmp_path / "syndicate.toml").write_text(CONFIG)
    with Newsroom.open(tmp_path / "syndicate.toml") as opened:
        opened.ingest()
        opened.publish()
        assert opened.add_subscriber("ann@example.org").added == 1
        yield opened


@pytest.fixture
def client(newsroom: Newsroom) -> Iterator[TestClient]:
    with TestClient(newsroom.web_app(), follow_redirects=False) as client:
        yield client


def link(newsroom: Newsroom, newsletter: str = "letter") -> str:
    (person,) = newsroom.subscribers()
    return f"/unsubscribe/{tokens_of(newsroom).make(UNSUBSCRIBE, person.id, newsletter)}"


def test_health(client: TestClient) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("main.rss", "application/rss+xml"),
        ("main.atom", "application/atom+xml"),
        ("main.json", "application/feed+json"),
    ],
)
def test_feeds_have_their_media_type_and_get_304(client: TestClient, name: str, kind: str) -> None:
    answer = client.get(f"/feeds/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    again = client.get(f"/feeds/{name}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(f"/feeds/{name}")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    ["/feeds/../syndicate.toml", "/feeds/%2e%2e/syndicate.db", "/feeds/.main.rss", "/feeds/none.rss", "/"],
)
def test_other_files_are_not_served(client: TestClient, newsroom: Newsroom, path: str) -> None:
    (folder_of(newsroom) / "public" / ".main.rss").write_text("a temporary file")
    assert client.get(path).status_code == 404


def test_get_unsubscribes_nobody(client: TestClient, newsroom: Newsroom) -> None:
    for method in ("GET", "HEAD"):
        answer = client.request(method, link(newsroom))
        assert answer.status_code == 200
    page = client.get(link(newsroom)).text
    assert "Harbour &amp; letter" in page
    assert "The &lt;Harbour&gt; Post" in page
    assert newsroom.subscribers("letter")


def test_post_unsubscribes_from_one_newsletter_and_can_be_repeated(
    client: TestClient, newsroom: Newsroom
) -> None:
    for _ in range(2):
        answer = client.post(link(newsroom), content="List-Unsubscribe=One-Click")
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert newsroom.subscribers("letter") == []
    assert len(newsroom.subscribers("other")) == 1
    newsroom.compose("letter")
    assert newsroom.send("letter").accepted == 0
    newsroom.compose("other")
    assert newsroom.send("other").accepted == 1


def test_forged_link_gets_404(client: TestClient, newsroom: Newsroom) -> None:
    good = link(newsroom)
    (person,) = newsroom.subscribers()
    other_purpose = tokens_of(newsroom).make("confirm", person.id, "letter")
    forged = good[:-8] + good[-8:][::-1]
    for wrong in (forged, f"/unsubscribe/{other_purpose}", "/unsubscribe/x"):
        assert client.post(wrong).status_code == 404
        assert client.get(wrong).status_code == 404
    assert newsroom.subscribers("letter")


def test_link_does_not_contain_the_address(newsroom: Newsroom) -> None:
    assert "ann" not in link(newsroom)


def test_link_of_a_removed_subscriber_gets_404(client: TestClient, newsroom: Newsroom) -> None:
    address = link(newsroom)
    assert newsroom.remove_subscriber("Ann@Example.org")
    assert client.post(address).status_code == 404


def test_feeds_exist_after_the_first_publish(tmp_path: Path) -> None:
    (tmp_path / "syndicate.toml").write_text(CONFIG)
    (tmp_path / "posts").mkdir()
    with Newsroom.open(tmp_path / "syndicate.toml") as newsroom, TestClient(newsroom.web_app()) as client:
        assert client.get("/feeds/main.rss").status_code == 404
        newsroom.publish()
        assert client.get("/feeds/main.rss").status_code == 200


@pytest.mark.parametrize("language", ["en", "de", "fr-CA", "es", "pt", "ar", "ja", "nl"])
def test_page_is_in_the_language_of_the_site(
    newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    config = tmp_path / "syndicate.toml"
    config.write_text(CONFIG.replace("[site]\n", f'[site]\nlanguage = "{language}"\n'))
    translator = translator_for(language)
    shown = {"title": "Harbour & letter"}
    with Newsroom.open(config) as translated, TestClient(translated.web_app()) as client:
        pages = {
            "Unsubscribe from %(title)s?": client.get(link(newsroom)),
            "You have unsubscribed from %(title)s": client.post(link(newsroom)),
            "This link is not valid": client.get("/unsubscribe/x"),
        }
        monkeypatch.setattr(SqlStore, "unsubscribe", failing)
        pages["This did not work"] = client.post(link(newsroom))
    for message, answer in pages.items():
        page = html.document_fromstring(answer.text)
        spoken = "en" if language == "nl" else language
        assert dict(page.attrib) == {"lang": spoken, "dir": "rtl" if language == "ar" else "ltr"}
        [heading] = page.cssselect("h1")
        assert heading.text_content() == translator.gettext(message) % shown
        assert page.findtext("head/title") == heading.text_content()
        # Names run their own way inside of a sentence.
        assert [each.text for each in heading.cssselect("bdi")] == ["Harbour & letter"] * ("%" in message)
        assert not page.cssselect("[lang]:not(html)")
    [button] = html.document_fromstring(pages["Unsubscribe from %(title)s?"].text).cssselect("button")
    assert button.text == translator.gettext("Unsubscribe")


def failing(*_: object, **__: object) -> bool:
    raise StoreError("the database is locked")


def test_store_error_gets_503(
    client: TestClient, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = link(newsroom)
    monkeypatch.setattr(SqlStore, "unsubscribe", failing)
    answer = client.post(address, content="List-Unsubscribe=One-Click")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert answer.headers["cache-control"] == "no-store"
    assert "try again" in answer.text
    assert "locked" not in answer.text
    assert newsroom.subscribers("letter")
