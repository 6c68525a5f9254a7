"""HTML pages and sitemaps as sources."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers_http import Page, Site, serving
from helpers_site import MAIN, StillClock, configured, opened, write
from helpers_store import store_of, utc_now
from syndicate import Article, Problem
from syndicate.errors import Where
from syndicate.model import IngestReport
from syndicate.sources import RecordMapping, to_article
from syndicate.sources.pages.article_page import read_page
from syndicate.sources.sitemap import read_sitemap
from syndicate.sources.source import RawRecord

URL = "https://harbour.example/news/lamp/"

BODY = """<nav><a href="/">Home</a> <a href="/about">About us</a></nav><main><article>
<h1>The lamp is lit</h1>
<p>After two years of work the lamp of the old lighthouse was lit on Friday evening, and
<a href="../people/ada">Ada Quay</a> turned the key before a crowd.</p>
<h2>Why it took so long</h2>
<p>The lens had to be ground again by <em>hand</em>, which nobody has done for
<strong>forty</strong> years here.</p>
<ul><li>First the lens, which weighs more than a ton</li>
<li>Then the clockwork, see <a href="/clock">it</a></li></ul>
<h3>What is next</h3><ol><li>The harbour wall</li><li>The old crane on the northern quay</li></ol>
<figure><img src="img/lamp.jpg" alt="The lamp"></figure>
<blockquote><p>It is brighter than I remember it to be, said the keeper of the light.</p></blockquote>
<p>Run <code>make light</code> and see for yourself what it does in the dark of the evening.</p>
<script>alert(1)</script>
<p onclick="alert(2)"><img src=x onerror=alert(3)> Nobody was hurt on that evening.</p>
</article></main><footer>Copyright 2026 <a href="/imprint">Imprint</a></footer>"""

LINKED = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebSite", "name": "Harbour"},
        {"@type": "Person", "@id": "#ada", "name": "Ada Quay", "url": "https://harbour.example/ada/"},
        {
            "@type": ["NewsArticle"],
            "headline": "The lamp is lit &amp; bright",
            "datePublished": "2026-11-20T08:30:00+01:00",
            "dateModified": "2026-11-21T08:30:00+01:00",
            "author": [{"@id": "#ada"}],
            "keywords": "boats, light",
            "articleSection": ["News"],
            "image": {"@type": "ImageObject", "url": "https://harbour.example/lamp", "caption": "Lamp"},
            "inLanguage": "en-GB",
            "description": "The lamp burns again.",
        },
    ],
}

GRAPH = """<meta property="og:title" content="From the graph">
<meta property="og:description" content="In short.">
<meta property="article:published_time" content="2026-11-19T08:30:00Z"><meta name="author" content="Bo Ek">
<meta property="article:tag" content="tides"><meta property="article:section" content="Sea">
<meta property="og:image" content="/og.jpg"><meta name="readers" content="12">"""

ENTRY = """<div class="h-entry"><span class="p-name">The micro lamp</span>
<a class="p-author h-card" href="/ada">Ada Quay</a>
<time class="dt-published" datetime="2026-11-18T08:30:00Z">x</time>
<span class="p-category">micro</span></div>"""


def html(head: str = "", body: str = BODY, lang: str = "en") -> str:
    top = f"<!doctype html><html lang='{lang}'><head><title>Lamp | Harbour</title>{head}</head>"
    return f"{top}<body>{body}</body></html>"


def linked(value: Any) -> str:
    return f"<script type='application/ld+json'>{json.dumps(value)}</script>"


def raw(page: str | bytes, url: str | None = URL, **more: Any) -> RawRecord | Problem:
    data = page.encode() if isinstance(page, str) else page
    return read_page(data, where=Where(file="p"), key="k", url=url, **more)


def article(page: str | bytes, url: str | None = URL, **more: Any) -> Article:
    record = raw(page, url, **more)
    assert isinstance(record, RawRecord), record
    incoming, problems = to_article(record, RecordMapping(source="s", base="https://harbour.example/"))
    assert incoming, problems
    assert problems == []
    return incoming.article


# The body


def test_the_body_keeps_its_structure() -> None:
    found = article(html())
    text = found.content_html
    for part in (
        *("<h2>Why it took so long</h2>", "<h3>What is next</h3>", "<strong>forty</strong>"),
        *(
            "<ul><li>First the lens",
            "<ol><li>The harbour wall</li>",
            "<blockquote>",
            "<code>make light</code>",
        ),
        '<a href="https://harbour.example/news/people/ada">Ada Quay</a>',
        '<a href="https://harbour.example/clock">it</a>',
        'src="https://harbour.example/news/lamp/img/lamp.jpg"',
    ):
        assert part in text, part
    assert "#picture" not in text
    for part in ("Imprint", "About us", "alert", "onerror", "<h1>"):
        assert part not in text, part
    assert found.title == "The lamp is lit"
    assert found.language == "en"
    assert found.link == URL


@pytest.mark.parametrize(
    ("image", "address"),
    [
        ('<img src="/photo?id=7">', "https://harbour.example/photo?id=7"),
        ('<img src="data:image/gif;base64,R0" data-src="/late.png">', "https://harbour.example/late.png"),
        ('<img srcset="small.jpg 300w, large.jpg 900w">', "https://harbour.example/news/lamp/small.jpg"),
        ('<img src="">', None),
        ('<img src="data:image/gif;base64,R0">', None),
        ("<img>", None),
    ],
)
def test_images_that_pages_load_in_their_own_ways(image: str, address: str | None) -> None:
    text = article(
        html("", BODY.replace("<blockquote>", f"<p>{image} Some words beside it.</p><blockquote>"))
    )
    assert "Some words beside it." in text.content_html
    if address:
        assert f'src="{address}"' in text.content_html
    else:
        assert text.content_html.count("<img") == 2


def test_a_base_element_is_honoured() -> None:
    found = article(html('<base href="https://cdn.example/x/">'))
    assert 'src="https://cdn.example/x/img/lamp.jpg"' in found.content_html


@pytest.mark.parametrize(
    ("encoding", "head", "charset"),
    [
        ("utf-8", "", None),
        ("iso-8859-1", "<meta charset='iso-8859-1'>", None),
        ("iso-8859-1", "", "iso-8859-1"),
        ("utf-16", "", None),
        ("shift_jis", "<meta http-equiv='Content-Type' content='text/html; charset=shift_jis'>", None),
    ],
)
def test_encodings(encoding: str, head: str, charset: str | None) -> None:
    words = "灯台に灯" if encoding == "shift_jis" else "Über das Licht"
    page = html(head, BODY.replace("The lamp is lit", words).replace("Nobody", words))
    found = article(page.encode(encoding), charset=charset)
    assert words in found.content_html


# What pages say of themselves


def test_fields_from_json_ld_come_first() -> None:
    found = article(html(GRAPH + linked(LINKED), ENTRY + BODY))
    assert found.title == "The lamp is lit & bright"
    assert found.published == datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
    assert found.updated == datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
    assert [(each.name, each.url) for each in found.authors] == [("Ada Quay", "https://harbour.example/ada/")]
    assert [each.term for each in found.tags] == ["boats", "light"]
    assert (found.section, found.language, found.summary) == ("News", "en-GB", "The lamp burns again.")
    assert found.image
    assert (found.image.url, found.image.alt) == ("https://harbour.example/lamp", "Lamp")


def test_then_those_of_the_graph() -> None:
    found = article(html(GRAPH, ENTRY + BODY))
    assert (found.title, found.summary, found.section) == ("From the graph", "In short.", "Sea")
    assert found.published == datetime(2026, 11, 19, 8, 30, tzinfo=UTC)
    assert [each.name for each in found.authors] == ["Bo Ek"]
    assert [each.term for each in found.tags] == ["tides"]
    assert found.image
    assert found.image.url == "https://harbour.example/og.jpg"


def test_then_those_of_microformats() -> None:
    found = article(html("", ENTRY + BODY))
    assert found.title == "The micro lamp"
    assert found.published == datetime(2026, 11, 18, 8, 30, tzinfo=UTC)
    assert [(each.name, each.url) for each in found.authors] == [("Ada Quay", "https://harbour.example/ada")]
    assert [each.term for each in found.tags] == ["micro"]


def test_any_meta_can_be_a_field() -> None:
    record = raw(html(GRAPH))
    assert isinstance(record, RawRecord)
    incoming, _ = to_article(record, RecordMapping(fields={"score": "meta.readers"}))
    assert incoming
    assert incoming.article.score == 12


def test_a_date_that_cannot_be_read_gives_way() -> None:
    wrong = {"@type": "Article", "headline": "A", "datePublished": "last week"}
    assert article(html(GRAPH + linked(wrong))).published == datetime(2026, 11, 19, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "script",
    [
        *("{broken", "[]", "null", '"text"', "[" * 50_000, '{"@type": 7}', '{"@type": "Article"}'),
        '{"@type": "Article", "author": 7, "image": [[]], "keywords": 9, "headline": {}, "inLanguage": []}',
        '{"@graph": {"@type": "Article", "author": {"@id": "#x"}, "datePublished": 2026}}',
    ],
)
def test_invalid_json_ld_is_skipped(script: str) -> None:
    page = html(f"{GRAPH}<script type='application/ld+json'>{script}</script>")
    assert article(page).title == "From the graph"


def test_among_several_articles_that_of_the_page_counts() -> None:
    several = [
        {"@type": "Article", "headline": name, "url": f"https://harbour.example/{name}/"} for name in "ab"
    ]
    assert article(html(linked(several)), url="https://harbour.example/b/").title == "b"


@pytest.mark.parametrize(
    ("canonical", "link", "elsewhere"),
    [
        ("https://harbour.example/lamp/", "https://harbour.example/lamp/", None),
        ("/lamp/", "https://harbour.example/lamp/", None),
        ("https://www.harbour.example/lamp/", "https://www.harbour.example/lamp/", None),
        ("https://quay.example/lamp/", URL, "https://quay.example/lamp/"),
        ("javascript:alert(1)", URL, None),
        ("http://[::1", URL, None),
    ],
)
def test_where_a_page_lives(canonical: str, link: str, elsewhere: str | None) -> None:
    found = article(html(f'<link rel="canonical" href="{canonical}">'))
    assert (found.link, found.canonical) == (link, elsewhere)


# Pages without an article


@pytest.mark.parametrize(
    "page", ["", " ", "<html></html>", "<html><body></body></html>", "<!-- x -->", b"\x00"]
)
def test_no_article(page: str | bytes) -> None:
    problem = raw(page)
    assert isinstance(problem, Problem)
    assert (problem.severity, problem.file) == ("error", "p")
    assert problem.hint


@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_any_bytes_end_in_a_record_or_a_problem(data: bytes) -> None:
    assert isinstance(raw(data), RawRecord | Problem)


_SCRAPS = st.lists(
    st.sampled_from(
        [
            *(
                "<p>Words of a paragraph that is long enough to be one.</p>",
                "<h2>",
                "</h2>",
                "<ul><li>",
                "<table><tr>",
            ),
            *(
                "<img src='x'>",
                "<a href='//['>x</a>",
                "<base href='http://['>",
                "<meta property='og:image' content='//['>",
            ),
            *(
                "<div class='h-entry'>",
                "</div>",
                "<time class='dt-published'>x</time>",
                "<article>",
                "&#0;",
                "\ud7ff",
            ),
            *(
                linked({"@type": "Article", "author": [None, {}]}),
                "<link rel=canonical href='http://a:b/'>",
                "<pre><code>\n",
            ),
        ]
    ),
    max_size=15,
)


@given(_SCRAPS)
def test_any_page_ends_in_an_article_or_a_problem(scraps: list[str]) -> None:
    record = raw("<title>t</title>" + "".join(scraps))
    if isinstance(record, RawRecord):
        to_article(record, RecordMapping(base="https://harbour.example/"))
    else:
        assert "cannot be read" not in record.message


# As sources


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def source(folder: Path, kind: str, *urls: str, more: str = "") -> Path:
    table = f'\n[[source]]\nname = "in"\nkind = "{kind}"\nurl = {json.dumps(urls)}\n'
    configured(folder, f"{table}private = true\ndelay = 0\n{more}\n", MAIN)
    return folder


def ingest(folder: Path, clock: StillClock | None = None) -> IngestReport:
    with opened(folder, clock) as newsroom:
        (part,) = newsroom.ingest().parts
    assert isinstance(part, IngestReport)
    return part


def stored(folder: Path) -> dict[str, Article]:
    with opened(folder) as newsroom:
        found = store_of(newsroom).articles(now=utc_now() + timedelta(days=365))
    return {each.article.title: each.article for each in found}


def numbers(report: IngestReport) -> tuple[int, int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.withdrawn, report.refused


def page(title: str, **headers: str) -> Page:
    date = "<meta property='article:published_time' content='2026-04-01T08:00:00Z'>"
    text = html(date, BODY.replace("The lamp is lit", title))
    return Page(text.encode(), headers={"Content-Type": "text/html; charset=utf-8", **headers})


def test_pages_by_url(site: Site, tmp_path: Path) -> None:
    source(
        tmp_path, "html", f"{site.root}/a", f"{site.root}/old", f"{site.root}/gone", f"{site.root}/file.pdf"
    )
    site.pages |= {
        "/a": page("A", ETag='"1"'),
        "/b": page("B"),
        "/old": Page(status=301, headers={"Location": "/b"}),
        "/file.pdf": Page(b"%PDF", headers={"Content-Type": "application/pdf"}),
    }
    report = ingest(tmp_path)
    assert numbers(report) == (2, 0, 0, 0, 2)
    assert [each.file for each in report.problems] == [f"{site.root}/gone", f"{site.root}/file.pdf"]
    articles = stored(tmp_path)
    assert articles["A"].link == f"{site.root}/a"
    assert articles["B"].link == f"{site.root}/b"
    before = articles["A"].id
    assert numbers(ingest(tmp_path)) == (0, 0, 2, 0, 2)
    site.pages["/a"] = page("A, changed", ETag='"2"')
    assert numbers(ingest(tmp_path)) == (0, 1, 1, 0, 2)
    assert stored(tmp_path)["A, changed"].id == before


def test_a_page_that_is_taken_out_is_withdrawn_if_the_list_is_complete(site: Site, tmp_path: Path) -> None:
    site.pages |= {"/a": page("A", ETag='"1"'), "/b": page("B", ETag='"1"')}
    source(tmp_path, "html", f"{site.root}/a", f"{site.root}/b", more="complete = true")
    assert ingest(tmp_path).new == 2
    source(tmp_path, "html", f"{site.root}/a", more="complete = true")
    assert numbers(ingest(tmp_path)) == (0, 0, 1, 1, 0)
    assert set(stored(tmp_path)) == {"A"}


def test_pages_from_files(tmp_path: Path) -> None:
    more = 'link = "https://harbour.example/{path}/"'
    configured(tmp_path, f'\n[[source]]\nname = "in"\nkind = "html"\npath = "in/**/*.html"\n{more}\n')
    write(tmp_path, {"in/a/lamp.html": html(), "in/b.html": "<p></p>"})
    report = ingest(tmp_path)
    assert numbers(report) == (1, 0, 0, 0, 1)
    assert stored(tmp_path)["The lamp is lit"].link == "https://harbour.example/a/lamp/"


# Sitemaps


def listing(site: Site, *pages: tuple[str, str | None]) -> bytes:
    urls = "".join(
        f"<url><loc>{site.root}{path}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>"
        for path, day in pages
    )
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()


def index(*maps: str) -> bytes:
    inner = "".join(f"<sitemap><loc>{each}</loc></sitemap>" for each in maps)
    return (
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</sitemapindex>'.encode()
    )


def test_only_changed_pages_of_a_sitemap_are_fetched(site: Site, tmp_path: Path) -> None:
    source(tmp_path, "sitemap", f"{site.root}/sitemap.xml", more="complete = true")
    site.pages |= {"/a": page("A"), "/b": page("B"), "/c": page("C")}
    days = [("/a", "2026-11-01"), ("/b", "2026-11-02")]
    site.pages["/sitemap.xml"] = Page(listing(site, *days, ("/none", "2026-11-03")))
    clock = StillClock()
    report = ingest(tmp_path, clock)
    assert numbers(report) == (2, 0, 0, 0, 1)
    assert site.paths() == ["/sitemap.xml", "/none", "/b", "/a"], "the newest first"
    site.asked.clear()
    assert numbers(ingest(tmp_path, clock)) == (0, 0, 2, 0, 0)
    assert site.paths() == ["/sitemap.xml"]
    site.asked.clear()
    site.pages["/a"] = page("A, new")
    site.pages["/sitemap.xml"] = Page(listing(site, ("/a", "2026-11-09"), ("/c", None)))
    assert numbers(ingest(tmp_path, clock)) == (1, 1, 0, 1, 0)
    assert site.paths() == ["/sitemap.xml", "/a", "/c"]
    assert set(stored(tmp_path)) == {"A, new", "C"}
    site.asked.clear()
    clock.pass_(timedelta(hours=25))
    ingest(tmp_path, clock)
    assert site.paths() == ["/sitemap.xml", "/c"], "a page without a lastmod is asked for once a day"


def test_a_sitemap_that_is_out_of_reach_forgets_nothing(site: Site, tmp_path: Path) -> None:
    source(tmp_path, "sitemap", f"{site.root}/sitemap.xml", more="complete = true")
    site.pages |= {"/a": page("A"), "/sitemap.xml": Page(listing(site, ("/a", "2026-11-01")))}
    ingest(tmp_path)
    site.pages["/sitemap.xml"] = Page(b"", 500)
    assert numbers(ingest(tmp_path)) == (0, 0, 0, 0, 1)
    site.pages["/sitemap.xml"] = Page(listing(site, ("/a", "2026-11-01")))
    site.asked.clear()
    assert numbers(ingest(tmp_path)) == (0, 0, 1, 0, 0)
    assert site.paths() == ["/sitemap.xml"]


def test_a_page_that_failed_for_now_is_tried_again(site: Site, tmp_path: Path) -> None:
    source(tmp_path, "sitemap", f"{site.root}/sitemap.xml")
    site.pages |= {"/a": Page(b"", 500), "/sitemap.xml": Page(listing(site, ("/a", "2026-11-01")))}
    assert numbers(ingest(tmp_path)) == (0, 0, 0, 0, 1)
    site.pages["/a"] = page("A")
    assert ingest(tmp_path).new == 1


def test_a_limit_and_patterns(site: Site, tmp_path: Path) -> None:
    source(tmp_path, "sitemap", f"{site.root}/sitemap.xml", more='limit = 2\ninclude = "*/news/*"')
    names = [f"/news/{number}" for number in range(5)]
    site.pages |= {name: page(name) for name in names}
    site.pages["/sitemap.xml"] = Page(
        listing(site, ("/about", None), *((name, "2026-11-01") for name in names))
    )
    for left in (3, 1):
        report = ingest(tmp_path)
        assert report.new == 2
        assert f"{left} more pages wait" in report.problems[-1].message
    assert ingest(tmp_path).new == 1
    assert "/about" not in site.paths()


def test_an_index_and_gzip(site: Site, tmp_path: Path) -> None:
    source(tmp_path, "sitemap", f"{site.root}/index.xml")
    maps = [
        f"{site.root}/one.xml.gz",
        f"{site.root}/two.txt",
        f"{site.root}/index.xml",
        f"{site.root}/none.xml",
    ]
    site.pages |= {"/a": page("A"), "/b": page("B"), "/index.xml": Page(index(*maps))}
    site.pages["/one.xml.gz"] = Page(gzip.compress(listing(site, ("/a", None))))
    site.pages["/two.txt"] = Page(f"{site.root}/b\nhttps://elsewhere.example/\n".encode())
    report = ingest(tmp_path)
    assert numbers(report) == (2, 0, 0, 0, 1)
    assert [each.severity for each in report.problems] == ["error", "warning"]
    assert "on other hosts" in report.problems[-1].message


def test_a_check_tries_a_few_pages(site: Site, tmp_path: Path) -> None:
    source(tmp_path, "sitemap", f"{site.root}/sitemap.xml")
    names = [f"/{number}" for number in range(9)]
    site.pages |= {name: page(name) for name in names}
    site.pages["/sitemap.xml"] = Page(listing(site, *((name, None) for name in names)))
    with opened(tmp_path) as newsroom:
        newsroom.check()
    assert len(site.paths()) == 1 + 3
    assert ingest(tmp_path).new == 9


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a sitemap"),
        (b"<html><body>x</body></html>", "is empty"),
        (b"<urlset><url><loc>https://a.example/</loc></url><url>", "broken XML"),
        (b"\x1f\x8b broken", "broken gzip"),
        (gzip.compress(bytes(60_000_000), mtime=0), "larger than 50 MB"),
        (gzip.compress(b"<urlset/>", mtime=0)[:-9], "broken gzip"),
    ],
)
def test_broken_sitemaps(data: bytes, message: str) -> None:
    _, _, problem = read_sitemap(data, "https://a.example/sitemap.xml")
    assert problem
    assert message in problem.message


def test_no_entities_in_sitemaps(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://a.example/hush", encoding="utf-8")
    text = f"<!DOCTYPE u [<!ENTITY x SYSTEM 'file://{secret}'>]><urlset><url><loc>&x;</loc></url></urlset>"
    assert "hush" not in str(read_sitemap(text.encode(), "s"))
    levels = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    bomb = f"<!DOCTYPE u [<!ENTITY e0 'lol'>{levels}]><urlset><url><loc>&e11;</loc></url></urlset>"
    assert len(str(read_sitemap(bomb.encode(), "s"))) < 1000


@given(
    st.one_of(st.binary(max_size=200), st.text(alphabet="<>/urlsetocmap&; x\n", max_size=100).map(str.encode))
)
def test_any_bytes_end_in_a_list(data: bytes) -> None:
    maps, pages, problem = read_sitemap(data, "s")
    assert maps or pages or problem
