"""The conventions of Hugo. The links are those that Hugo 0.168 itself gives these pages (`hugo list all`)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from helpers_flavours import post, read_links, read_site, write_site

HOME = "https://site.example/sub/"
CONFIG = """
baseURL = "https://site.example/sub/"
defaultContentLanguage = "en"
timeZone = "Asia/Tokyo"
[languages.en]
languageCode = "en-GB"
[languages.de]
languageCode = "de-DE"
[languages.pt-br]
[permalinks]
notes = "/:year/:month/:day/:slug/"
titles = "/t/:title/"
sect = "/s/:sections[1:]/:contentbasename/"
other = "/o/:yearday-:weekday-:weekdayname/:monthname/:slugorcontentbasename"
[uglyURLs]
ugly = true
[frontmatter]
date = ["date", ":filename", ":default"]
"""
DAY = "date: 2024-03-05"
PAGES: dict[str, tuple[str, str | None]] = {
    "posts/simple.md": (post("Simple", DAY), "posts/simple/"),
    "posts/With Space & Ünï.md": (post("Spaces", DAY), "posts/with-space--ünï/"),
    "posts/UPPER.md": (post("Upper", DAY), "posts/upper/"),
    "posts/slugged.md": (post("Slug", DAY, "slug: My Slug! für"), "posts/my-slug-für/"),
    "posts/bundle/index.md": (post("Bundle", DAY), "posts/bundle/"),
    "posts/bundle/index.de.md": (post("Bündel", DAY), "de/posts/bundle/"),
    "posts/bundle/notes.md": (post("Resource", DAY), None),
    "posts/_index.md": (post("Section"), None),
    "posts/deep/er/page.md": (post("Deep", DAY), "posts/deep/er/page/"),
    "notes/a.md": (
        post("A & b, c/d — “quoted” 日本", "date: 2024-12-31T20:00:00Z"),
        "2024/12/31/a-b-c-d-quoted-日本/",
    ),
    "notes/b.md": (post("B", "date: 2024-12-31T20:00:00", "slug: bee"), "2024/12/31/bee/"),
    "notes/c.de.md": (post("Notiz C", "date: 2024-01-01"), "de/2024/01/01/notiz-c/"),
    "notes/c.md": (post("Note C", "date: 2024-01-01"), "2024/01/01/note-c/"),
    "notes/nodate.md": (post("No date"), "1/01/01/no-date/"),
    "ugly/u.md": (post("Ugly", DAY), "ugly/u.html"),
    "ugly/index2.pt-br.md": (post("Feio", DAY), "pt-br/ugly/index2.html"),
    "dated/2019-05-06-crane.md": (post("Crane"), "dated/crane/"),
    "dated/2019-05-07-late.md": (post("Late", "date: 2020-01-01"), "dated/2019-05-07-late/"),
    "dated/url.md": (post("Url", DAY, "url: /custom/Path/"), "custom/Path/"),
    "dated/url2.md": (post("Url", DAY, "url: custom2/page.html"), "custom2/page.html"),
    "dated/url3.de.md": (post("Url", DAY, "url: /drei/"), "drei/"),
    "dated/url4.de.md": (post("Url", DAY, "url: vier/"), "de/vier/"),
    "dated/url5.md": (post("Url Five", "date: 2020-01-02", "url: /:year/:slug/"), "2020/url-five/"),
    "titles/t1.md": (post("What's new? C++ & C# 100% (ok)", DAY), "t/whats-new-c-c#-100-ok/"),
    "titles/t2.md": (post("  Ça   va -- bien...  ", DAY), "t/ça-va--bien.../"),
    "titles/t3.md": (post("中文 标题", DAY), "t/中文-标题/"),
    "titles/t4.md": (post("naïve/path", DAY), "t/naïve-path/"),
    "sect/a/_index.md": (post("Section"), None),
    "sect/a/b/x.md": (post("X", DAY), "s/a/x/"),
    "sect/a/y.md": (post("Y", DAY), "s/a/y/"),
    "other/q.md": (post("Q", DAY), "o/65-2-tuesday/march/q/"),
    "root.md": (post("Root", DAY), "root/"),
    "hidden/h.md": (post("H", DAY, "headless: true"), None),
    "hidden/l.md": (post("L", DAY, "build: {list: never}"), None),
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write_site(
        tmp_path, {"hugo.toml": CONFIG, **{f"content/{name}": text for name, (text, _) in PAGES.items()}}
    )
    return tmp_path


def test_links_are_those_of_hugo(site: Path) -> None:
    found = {name: unquote(link or "") for name, link in read_links(site, "hugo", HOME).items()}
    assert found == {name: f"{HOME}{link}" for name, (_, link) in PAGES.items() if link is not None}


def test_dates_languages_and_translations(site: Path) -> None:
    articles, _ = read_site(site, {"flavour": "hugo"}, HOME)
    crane = articles["dated/2019-05-06-crane.md"].published
    assert crane is not None
    assert crane.isoformat() == "2019-05-06T00:00:00+09:00"
    assert articles["notes/c.de.md"].language == "de-DE"
    assert articles["ugly/index2.pt-br.md"].language == "pt-br"
    (other,) = articles["posts/bundle/index.md"].alternates
    assert (other.url, other.language) == (f"{HOME}de/posts/bundle/", "de-DE")


def test_a_link_template_wins_over_the_site_but_not_over_the_page(site: Path) -> None:
    links = read_links(site, "hugo", HOME, link="https://new.example/{slug}")
    assert links["posts/simple.md"] == "https://new.example/simple"
    assert links["posts/bundle/index.md"] == "https://new.example/bundle"
    assert links["dated/2019-05-06-crane.md"] == "https://new.example/crane"
    assert links["dated/url.md"] == f"{HOME}custom/Path/"


def test_our_home_decides_the_host(tmp_path: Path) -> None:
    write_site(tmp_path, {"hugo.toml": 'baseURL = "https://old.example/sub/"', "content/posts/a.md": post()})
    articles, problems = read_site(tmp_path, {"flavour": "hugo"})
    assert articles["posts/a.md"].link == "https://harbour.example/posts/a/"
    assert any("https://old.example/sub/" in each.message for each in problems)


@pytest.mark.parametrize("name", ["hugo.yaml", "config.yml", "config.json", "config/_default/hugo.yaml"])
def test_every_place_of_the_configuration(tmp_path: Path, name: str) -> None:
    write_site(tmp_path, {name: '{"baseURL": "https://harbour.example/blog/"}', "content/posts/a.md": post()})
    assert read_links(tmp_path, "hugo") == {"posts/a.md": "https://harbour.example/blog/posts/a/"}


def test_a_folder_for_each_language(tmp_path: Path) -> None:
    config = """
[en]
contentDir = "content/english"
languageCode = "en-us"
[ja]
contentDir = "content/japanese"
"""
    write_site(
        tmp_path,
        {
            "config/_default/hugo.toml": "defaultContentLanguageInSubdir = true",
            "config/_default/languages.toml": config,
            "config/_default/permalinks.toml": 'posts = "/:filename/"',
            "content/english/posts/a.md": post(),
            "content/japanese/posts/a.md": post("日記"),
            "content/other/b.md": post("No language"),
        },
    )
    articles, _ = read_site(tmp_path, {"flavour": "hugo"})
    assert {each.link for each in articles.values()} == {
        "https://harbour.example/en/a/",
        "https://harbour.example/ja/a/",
    }
    assert articles["english/posts/a.md"].alternates[0].url == "https://harbour.example/ja/a/"


@pytest.mark.parametrize(
    ("lines", "url", "alt"),
    [
        (("image: hero.jpg",), "posts/one/hero.jpg", None),
        (("images: [hero.jpg, other.jpg]",), "posts/one/hero.jpg", None),
        (("cover: {image: hero.jpg, alt: A crane, relative: true}",), "posts/one/hero.jpg", "A crane"),
        (("featured_image: /img/a.png",), "img/a.png", None),
        (("params: {banner: img/a.png}",), "img/a.png", None),
        (("cover: {image: 'https://cdn.example/a.png'}",), "https://cdn.example/a.png", None),
        (("featured: true",), "posts/one/my-cover.webp", None),
        ((), "posts/one/my-cover.webp", None),
    ],
)
def test_images(tmp_path: Path, lines: tuple[str, ...], url: str, alt: str | None) -> None:
    write_site(
        tmp_path,
        {
            "hugo.toml": "",
            "content/posts/one/index.md": post("One", *lines, text="![A boat](boat.png)"),
            "content/posts/one/hero.jpg": b"",
            "content/posts/one/my-cover.webp": b"",
        },
    )
    articles, _ = read_site(tmp_path, {"flavour": "hugo"})
    article = articles["posts/one/index.md"]
    assert article.image is not None
    assert article.image.url == (url if "://" in url else f"https://harbour.example/{url}")
    assert article.image.alt == (alt or "")
    assert "https://harbour.example/posts/one/boat.png" in article.content_html


def test_taxonomies_authors_and_names_in_any_case(tmp_path: Path) -> None:
    page = """+++
Title = "T"
Date = "2024-03-05"
Tags = ["a", "b"]
Categories = ["C"]
Author = "ada"
+++
Words.
"""
    write_site(
        tmp_path,
        {
            "hugo.toml": "",
            "data/authors/ada.toml": 'name = "Ada Lee"\nurl = "https://ada.example/"\n',
            "content/posts/a.md": page,
        },
    )
    article = read_site(tmp_path, {"flavour": "hugo"})[0]["posts/a.md"]
    assert [each.term for each in article.tags] == ["a", "b", "C"]
    assert (article.section, article.title) == ("C", "T")
    assert [(each.name, each.url) for each in article.authors] == [("Ada Lee", "https://ada.example/")]


def test_references_become_links(tmp_path: Path) -> None:
    text = '[A]({{< ref "other.md" >}}), [B]({{% relref "/notes/deep" %}}), [C]({{< ref "gone.md" >}})'
    write_site(
        tmp_path,
        {
            "hugo.toml": '[permalinks]\nnotes = "/n/:slug/"',
            "content/posts/a.md": post("A", text=text),
            "content/posts/other.md": post("Other"),
            "content/notes/deep/index.md": post("Deep", "slug: deeper"),
        },
    )
    html = read_site(tmp_path, {"flavour": "hugo"})[0]["posts/a.md"].content_html
    assert 'href="https://harbour.example/posts/other/"' in html
    assert 'href="https://harbour.example/n/deeper/"' in html


def test_content_in_a_repository_of_its_own(tmp_path: Path) -> None:
    write_site(tmp_path, {"2026/11/lamp.md": post("Lamp"), "2026/_index.md": post("2026")})
    links = read_links(tmp_path, "hugo", path="**/*.md")
    assert links == {"2026/11/lamp.md": "https://harbour.example/2026/11/lamp/"}


def test_what_is_not_understood_is_reported(tmp_path: Path) -> None:
    write_site(
        tmp_path, {"hugo.toml": '[permalinks]\nposts = "/:weather/:slug/"', "content/posts/a.md": post("A")}
    )
    articles, problems = read_site(tmp_path, {"flavour": "hugo"})
    assert any(":weather" in each.message and each.hint for each in problems)
    assert articles["posts/a.md"].title == "A"


def test_a_broken_configuration_is_reported(tmp_path: Path) -> None:
    write_site(tmp_path, {"hugo.toml": "baseURL = ", "content/posts/a.md": post("A")})
    articles, problems = read_site(tmp_path, {"flavour": "hugo"})
    assert [each.file for each in problems] == [str(tmp_path / "hugo.toml")]
    assert articles["posts/a.md"].link == "https://harbour.example/posts/a/"
