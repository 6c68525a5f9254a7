"""Exports of Ghost, Substack and Medium."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_flavours import HOME, read_site, write_site
from syndicate.model import Problem
from syndicate.sources.exports.archive import Export
from syndicate.sources.exports.ghost import read_ghost
from syndicate.sources.exports.ghost_documents import lexical_to_html, mobiledoc_to_html
from syndicate.sources.files import TextFile


def _zip(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


# Ghost


def _post(number: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "uuid": f"uuid-{number}",
        "title": f"Post {number}",
        "slug": f"post-{number}",
        "html": f"<p>Words of {number}.</p>",
        "type": "post",
        "status": "published",
        "visibility": "public",
        "published_at": "2024-03-05T08:30:00.000Z",
        "updated_at": "2024-04-05 08:30:00",
        **fields,
    }


def _ghost(*posts: dict[str, Any], **tables: Any) -> str:
    return json.dumps({"db": [{"meta": {"version": "5.80.0"}, "data": {"posts": posts, **tables}}]})


def test_ghost(tmp_path: Path) -> None:
    first = _post(
        "1",
        html='<p><a href="__GHOST_URL__/post-2/">x</a><img src="__GHOST_URL__/content/b.png" alt="B"></p>',
        feature_image="__GHOST_URL__/content/a.png",
        custom_excerpt="In short.",
        canonical_url="https://elsewhere.example/x",
    )
    hidden = [
        _post("2", status="draft"),
        _post("3", visibility="members"),
        _post("4", visibility="paid"),
        _post("5", status="sent"),
    ]
    export = _ghost(
        first,
        *hidden,
        _post("6", type="page"),
        tags=[
            {"id": "t1", "name": "Boats"},
            {"id": "t2", "name": "#internal"},
            {"id": "t3", "name": "Pier", "visibility": "public"},
        ],
        posts_tags=[
            {"post_id": "1", "tag_id": "t3", "sort_order": 1},
            {"post_id": "1", "tag_id": "t1", "sort_order": 0},
            {"post_id": "1", "tag_id": "t2", "sort_order": 2},
        ],
        users=[
            {"id": "u1", "name": "Ada Lee", "email": "ada@secret.example", "website": "https://ada.example/"}
        ],
        posts_authors=[{"post_id": "1", "author_id": "u1", "sort_order": 0}],
        posts_meta=[{"post_id": "1", "feature_image_alt": "A crane"}],
    )
    write_site(tmp_path, {"ghost.json": export})
    articles, problems = read_site(tmp_path, {"kind": "ghost", "path": "ghost.json"})
    (article,) = articles.values()
    assert article.link == f"{HOME}post-1/"
    assert article.canonical == "https://elsewhere.example/x"
    assert (article.summary, article.section) == ("In short.", "Boats")
    assert [each.term for each in article.tags] == ["Boats", "Pier"]
    assert [(each.name, each.email, each.url) for each in article.authors] == [
        ("Ada Lee", None, "https://ada.example/")
    ]
    assert article.image is not None
    assert (article.image.url, article.image.alt) == (f"{HOME}content/a.png", "A crane")
    assert f'href="{HOME}post-2/"' in article.content_html
    assert f'src="{HOME}content/b.png"' in article.content_html
    assert article.published is not None
    assert article.published.isoformat() == "2024-03-05T08:30:00+00:00"
    assert article.updated is not None
    assert article.updated.isoformat() == "2024-04-05T08:30:00+00:00"
    (note,) = problems
    assert (
        note.message
        == "posts that are not public were left out: 1 draft, 1 for members, 1 for paid, 1 only mailed"
    )


def test_ghost_pages_old_exports_and_link_templates(tmp_path: Path) -> None:
    old = {
        "id": 7,
        "title": "Old",
        "slug": "old",
        "page": 0,
        "author_id": 1,
        "html": "<p>Words.</p>",
        "published_at": 1426078349156,
        "image": "/content/a.png",
    }
    data = {
        "data": {
            "posts": [old, {**old, "id": 8, "slug": "about", "page": 1}],
            "users": [{"id": 1, "name": "Ada"}],
        }
    }
    write_site(tmp_path, {"ghost.json": json.dumps(data)})
    table = {"kind": "ghost", "path": "*.json", "types": ["post", "page"], "link": "https://n.example/{slug}"}
    articles, _ = read_site(tmp_path, table)
    assert {each.link for each in articles.values()} == {"https://n.example/old", "https://n.example/about"}
    first = next(iter(articles.values()))
    assert first.published is not None
    assert first.published.year == 2015
    assert [each.name for each in first.authors] == ["Ada"]


@pytest.mark.parametrize("text", ["{", "[]", '{"db": []}', '{"data": {"posts": 1}}', "[" * 100_000])
def test_what_is_no_ghost_export_is_reported(tmp_path: Path, text: str) -> None:
    write_site(tmp_path, {"ghost.json": text})
    articles, problems = read_site(tmp_path, {"kind": "ghost", "path": "ghost.json"})
    assert not articles
    assert [bool(each.hint) for each in problems] == [True]


def test_ghost_documents() -> None:
    lexical = {
        "root": {
            "children": [
                {
                    "type": "extended-heading",
                    "tag": "h2",
                    "children": [{"type": "extended-text", "text": "A & b"}],
                },
                {
                    "type": "paragraph",
                    "children": [
                        {"type": "text", "text": "bold", "format": 1},
                        {"type": "linebreak"},
                        {
                            "type": "link",
                            "url": "https://x.example/?a=1&b",
                            "children": [{"type": "text", "text": "x"}],
                        },
                    ],
                },
                {"type": "list", "listType": "number", "children": [{"type": "listitem", "children": []}]},
                {"type": "image", "src": "a.png", "alt": "A", "caption": "Words"},
                {"type": "markdown", "markdown": "*x*"},
                {"type": "bookmark", "url": "https://b.example/", "metadata": {"title": "B"}},
                {"type": "codeblock", "code": "1 < 2"},
                {"type": "html", "html": "<hr>"},
            ]
        }
    }
    html = lexical_to_html(json.dumps(lexical))
    for part in (
        "<h2>A &amp; b</h2>",
        "<strong>bold</strong><br>",
        '<a href="https://x.example/?a=1&amp;b">x</a>',
        "<ol><li></li></ol>",
        "<figcaption>Words</figcaption>",
        "<em>x</em>",
        '<a href="https://b.example/">B</a>',
        "1 &lt; 2",
    ):
        assert part in html, part
    mobiledoc = {
        "cards": [["markdown", {"markdown": "*x*"}], ["image", {"src": "a.png"}]],
        "atoms": [["soft-return", "", {}]],
        "markups": [["em"], ["a", ["href", "https://x.example/"]]],
        "sections": [
            [1, "p", [[0, [], 0, "a < b "], [0, [0, 1], 1, "em"], [1, [], 0, 0], [0, [], 1, "end"]]],
            [3, "ul", [[[0, [], 0, "one"]]]],
            [10, 0],
            [10, 1],
            [10, 9],
        ],
    }
    html = mobiledoc_to_html(json.dumps(mobiledoc))
    assert '<p>a &lt; b <em><a href="https://x.example/">em</a><br>end</em></p>' in html
    assert "<ul><li>one</li></ul>" in html
    assert "<em>x</em>" in html
    assert 'src="a.png"' in html


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(("root", "children", "type", "text", "sections", "cards", "markups", "id")), inner
        )
    ),
    max_leaves=20,
)


@given(VALUES)
@settings(deadline=None)
def test_any_document_has_html(value: Any) -> None:
    text = json.dumps(value)
    assert isinstance(lexical_to_html(text), str)
    assert isinstance(mobiledoc_to_html(text), str)


@given(
    st.dictionaries(
        st.sampled_from(("id", "title", "html", "tags", "status", "type", "published_at")), VALUES
    )
)
@settings(deadline=None)
def test_any_ghost_post_can_be_read(post: dict[str, Any]) -> None:
    list(read_ghost(TextFile(Path("g.json"), "g.json", _ghost(post, users=[post], tags=[post])), home=HOME))


# Substack

SUBSTACK = {
    "posts.csv": (
        "post_id,post_date,is_published,email_sent_at,inbox_sent_at,type,audience,title,subtitle,podcast_url\n"
        '1.the-crane,2024-03-05T08:30:00.000Z,true,,,newsletter,everyone,"The crane, sold",In short,\n'
        "2.secret,2024-03-06T08:30:00.000Z,true,,,newsletter,only_paid,Secret,,\n"
        "3.draft,,false,,,newsletter,everyone,Draft,,\n"
        "4.talk,2024-03-07T08:30:00.000Z,true,,,podcast,everyone,Talk,,https://cdn.example/talk.mp3\n"
        "5.lost,2024-03-08T08:30:00.000Z,true,,,newsletter,everyone,Lost,,\n"
    ),
    "posts/1.the-crane.html": "<p>Words.</p>",
    "posts/2.secret.html": "<p>Secret.</p>",
    "posts/3.draft.html": "<p>Draft.</p>",
    "posts/4.talk.html": "<p>Talk.</p>",
    "posts/1.the-crane.delivers.csv": "email\nada@secret.example\n",
    "email_list.harbour.csv": "email\nada@secret.example\n",
}


@pytest.mark.parametrize("place", ["export.zip", "export", "export/posts.csv"])
def test_substack(tmp_path: Path, place: str) -> None:
    files = (
        {"export.zip": _zip(SUBSTACK)}
        if place.endswith(".zip")
        else {f"export/{k}": v for k, v in SUBSTACK.items()}
    )
    write_site(tmp_path, files)
    articles, problems = read_site(tmp_path, {"kind": "substack", "path": place})
    assert {key: each.link for key, each in articles.items()} == {
        "1.the-crane": f"{HOME}p/the-crane",
        "4.talk": f"{HOME}p/talk",
    }
    crane = articles["1.the-crane"]
    assert (crane.title, crane.summary) == ("The crane, sold", "In short")
    assert crane.published is not None
    assert [each.url for each in articles["4.talk"].attachments] == ["https://cdn.example/talk.mp3"]
    assert sorted(each.severity for each in problems) == ["error", "note"]
    assert any("1 drafts, 1 for only paid" in each.message for each in problems)
    assert "secret.example" not in repr((articles, problems))


# Medium

MEDIUM = """<!DOCTYPE html><html><head><title>The crane</title></head><body><article class="h-entry">
<header><h1 class="p-name">The crane</h1></header>
<section data-field="subtitle" class="p-summary">In short</section>
<section data-field="body" class="e-content">
<h3 class="graf graf--h3 graf--title">The crane</h3>
<p class="graf">It was <strong>sold</strong>.</p><img class="graf-image" src="https://cdn.example/a.jpg"></section>
<footer><p>By <a href="https://medium.com/@ada" class="p-author h-card">Ada Lee</a> on
<a href="https://medium.com/p/0123456789ab"><time
 class="dt-published" datetime="2024-03-05T08:30:00.000Z">March</time></a>.</p>
<p><a href="https://medium.com/@ada/the-crane-0123456789ab"
 class="p-canonical">Canonical link</a></p></footer>
</article></body></html>"""
MEDIUM_FILES = {
    "README.html": "<p>Your data</p>",
    "posts/2024-03-05_The-Crane-0123456789ab.html": MEDIUM,
    "posts/draft_Later-0123456789ac.html": MEDIUM,
    "claps/claps-0001.html": "<ul></ul>",
    "copy/posts/2024-03-05_The-Crane-0123456789ab.html": MEDIUM,
}


@pytest.mark.parametrize("place", ["medium.zip", "medium", "medium/posts/*.html"])
def test_medium(tmp_path: Path, place: str) -> None:
    files = (
        {"medium.zip": _zip(MEDIUM_FILES)}
        if place.endswith(".zip")
        else {f"medium/{k}": v for k, v in MEDIUM_FILES.items()}
    )
    write_site(tmp_path, files)
    articles, problems = read_site(tmp_path, {"kind": "medium", "path": place})
    (article,) = articles.values()
    assert article.link == "https://medium.com/@ada/the-crane-0123456789ab"
    assert (article.title, article.summary) == ("The crane", "In short")
    assert article.published is not None
    assert article.published.isoformat() == "2024-03-05T08:30:00+00:00"
    assert [(each.name, each.url) for each in article.authors] == [("Ada Lee", "https://medium.com/@ada")]
    assert article.image is not None
    assert article.image.url == "https://cdn.example/a.jpg"
    assert "<h3" not in article.content_html
    assert "<strong>sold</strong>" in article.content_html
    assert [each.message for each in problems] == ["posts that are not public were left out: 1 drafts"]
    moved, _ = read_site(tmp_path, {"kind": "medium", "path": place, "link": "https://n.example/{slug}"})
    assert [each.link for each in moved.values()] == ["https://n.example/the-crane-0123456789ab"]


@pytest.mark.parametrize("kind", ["ghost", "substack", "medium"])
def test_titles_of_exports_are_plain(tmp_path: Path, kind: str) -> None:
    title = "Use &amp; and <b>x</b>"
    rows = SUBSTACK["posts.csv"].replace('"The crane, sold"', f'"{title}"')
    page = MEDIUM.replace('p-name">The crane', f'p-name">{escape(title)}')
    files = {
        "ghost": _ghost(_post("1", title=title, html="<p>x</p>")),
        "substack": _zip({**SUBSTACK, "posts.csv": rows}),
        "medium": _zip({"posts/2024-03-05_The-Crane-0123456789ab.html": page}),
    }
    write_site(tmp_path, {"export.json" if kind == "ghost" else "export.zip": files[kind]})
    articles, _ = read_site(tmp_path, {"kind": kind, "path": "export.*"})
    assert title in {each.title for each in articles.values()}


# Archives


@pytest.mark.parametrize("kind", ["substack", "medium"])
@pytest.mark.parametrize("data", [b"no archive", _zip({"other.txt": "x"})])
def test_what_is_no_export_is_reported(tmp_path: Path, kind: str, data: bytes) -> None:
    write_site(tmp_path, {"export.zip": data})
    articles, problems = read_site(tmp_path, {"kind": kind, "path": "export.zip"})
    assert not articles
    assert problems
    assert all(each.severity == "error" and each.hint for each in problems)


def test_an_archive_that_expands_without_end_is_cut_off(tmp_path: Path) -> None:
    bomb = {f"posts/2024-03-05_{n}-0123456789{n:02}.html": b"\0" * 3_000_000 for n in range(20)}
    path = tmp_path / "bomb.zip"
    path.write_bytes(_zip({"posts/a.html": "<p>a</p>", "posts/large.html": b"a" * 2_000_000, **bomb}))
    found = list(Export(path, 4_000_000, 10_000_000).read((".html",)))
    assert sum(len(each.data) for each in found if not isinstance(each, Problem)) <= 10_000_000
    assert isinstance(found[-1], Problem)
    assert "more than 10 MB" in found[-1].message
    found = list(Export(path, 1_000_000, 10_000_000).read(("posts/a.html", "posts/large.html")))
    assert [isinstance(each, Problem) for each in found] == [False, True]


def test_names_that_lead_out_of_an_archive_write_nothing(tmp_path: Path) -> None:
    path = tmp_path / "in" / "export.zip"
    path.parent.mkdir()
    path.write_bytes(_zip({"../../out.html": "x", "/abs.html": "y"}))
    assert len(list(Export(path, 1000, 1000).read((".html",)))) == 2
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == ["export.zip"]


@settings(max_examples=60, deadline=None)
@given(position=st.integers(0, 900), byte=st.integers(0, 255))
def test_any_broken_archive_is_reported(
    tmp_path_factory: pytest.TempPathFactory, position: int, byte: int
) -> None:
    data = bytearray(_zip(MEDIUM_FILES))
    data[position % len(data)] = byte
    path = tmp_path_factory.getbasetemp() / "broken.zip"
    path.write_bytes(bytes(data))
    list(Export(path, 100_000, 1_000_000).read((".html",)))


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ({"flavour": "ghost"}, "ghost"),
        ({"flavour": "ghost", "kind": "json"}, "ghost"),
        ({"flavour": "substack", "kind": "csv"}, "substack"),
        ({"flavour": "medium", "kind": "html"}, "medium"),
        ({"flavour": "wordpress"}, "wordpress"),
        ({"flavour": "hugo"}, "markdown"),
        ({"flavour": "auto"}, "markdown"),
    ],
)
def test_a_flavour_chooses_the_kind(table: dict[str, str], kind: str) -> None:
    from pydantic import TypeAdapter

    from syndicate.sources.registry import AnySource

    source = TypeAdapter(AnySource).validate_python({"name": "a", "path": "x", **table})
    assert source.kind == kind
