"""The conventions of Jekyll. The links are those that its documentation states."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from helpers_flavours import HOME, post, read_links, read_site, write_site

NAME = "2019-05-06-the-crane.md"


def _link(folder: Path, config: str, *lines: str, path: str = f"_posts/{NAME}") -> str:
    write_site(folder, {"_config.yml": config, path: post("The crane", *lines)})
    (link,) = read_links(folder, "jekyll").values()
    return unquote(link or "").removeprefix(HOME)


@pytest.mark.parametrize(
    ("config", "lines", "link"),
    [
        ("", (), "2019/05/06/the-crane.html"),
        ("permalink: date", ("categories: News Old-Pier",), "news/old-pier/2019/05/06/the-crane.html"),
        ("permalink: pretty", ("category: Old pier",), "old pier/2019/05/06/the-crane/"),
        ("permalink: ordinal", (), "2019/126/the-crane.html"),
        ("permalink: weekdate", (), "2019/W19/Mon/the-crane.html"),
        ("permalink: none", ("categories: [a, b]",), "a/b/the-crane.html"),
        ("permalink: /:year-:i_month-:i_day/:title:output_ext", (), "2019-5-6/the-crane.html"),
        ("permalink: /:slugified_categories/:title/", ("categories: [Old Pier!]",), "old-pier/the-crane/"),
        ("permalink: /blog/:title", (), "blog/the-crane"),
        ("permalink: /:title/index.html", (), "the-crane/"),
        ("permalink: pretty", ("permalink: /x/:title/",), "x/the-crane/"),
        ("permalink: pretty", ("permalink: /about/",), "about/"),
        ("permalink: pretty", ("slug: A Slug",), "2019/05/06/A-Slug/"),
        ("permalink: /:slug/", ("slug: A Slug!",), "a-slug/"),
        ("permalink: pretty", ("date: 2020-01-02 03:04:05 +0000",), "2020/01/02/the-crane/"),
        # A time without a zone is UTC for Ruby's YAML, and then shown in the site's zone.
        ("permalink: pretty\ntimezone: Asia/Tokyo", ("date: 2020-01-02 20:00:00",), "2020/01/03/the-crane/"),
        ("permalink: pretty\ntimezone: Asia/Tokyo", ("date: 2020-01-02",), "2020/01/02/the-crane/"),
        ("permalink: pretty\ntimezone: Asia/Tokyo", (), "2019/05/06/the-crane/"),
        ("url: https://harbour.example\nbaseurl: /blog\npermalink: /:title/", (), "blog/the-crane/"),
        ("baseurl: /blog\npermalink: /:title/", (), "blog/the-crane/"),
        ("url: http://localhost:4000\npermalink: /:title/", (), "the-crane/"),
    ],
)
def test_links(tmp_path: Path, config: str, lines: tuple[str, ...], link: str) -> None:
    assert _link(tmp_path, config, *lines) == link


def test_defaults_of_scopes(tmp_path: Path) -> None:
    config = """
permalink: pretty
defaults:
  - scope: {path: "", type: posts}
    values: {permalink: "/all/:title/"}
  - scope: {path: "_posts/news"}
    values: {permalink: "/news/:title/", author: desk}
  - scope: {path: "", type: pages}
    values: {permalink: "/never/"}
"""
    files = {
        "_config.yml": config,
        "_data/authors.yml": "desk: {name: The desk, uri: 'https://desk.example/'}",
        f"_posts/{NAME}": post(),
        "_posts/news/2019-05-07-tide.md": post(),
    }
    write_site(tmp_path, files)
    articles, _ = read_site(tmp_path, {"flavour": "jekyll"})
    assert {key: each.link for key, each in articles.items()} == {
        NAME: f"{HOME}all/the-crane/",
        "news/2019-05-07-tide.md": f"{HOME}news/tide/",
    }
    assert [each.url for each in articles["news/2019-05-07-tide.md"].authors] == ["https://desk.example/"]


def test_which_files_are_posts(tmp_path: Path) -> None:
    write_site(
        tmp_path,
        {
            "_config.yml": "permalink: /:categories/:title/\n"
            "collections: {recipes: {output: true}, staff: {}}",
            f"_posts/{NAME}": post(),
            "harbour/_posts/2019-05-07-tide.md": post(),
            "_posts/no-date.md": post(),
            "_drafts/later.md": post(),
            "_recipes/soup.md": post(),
            "_staff/ada.md": post(),
            "about.md": post(),
        },
    )
    links = read_links(tmp_path, "jekyll", path="**/*.md")
    assert links == {
        f"_posts/{NAME}": f"{HOME}the-crane/",
        "harbour/_posts/2019-05-07-tide.md": f"{HOME}harbour/tide/",
        "_recipes/soup.md": f"{HOME}recipes/soup/",
    }


def test_dates_tags_title_language_and_image(tmp_path: Path) -> None:
    text = (
        "---\ntags: boats old-pier\ncategory: News\nlang: pt_BR\nauthor: Ada Lee\n"
        "image: {path: /a.png, alt: A crane}\n---\nWords.\n"
    )
    write_site(tmp_path, {"_config.yml": "baseurl: /blog\ntimezone: Europe/Lisbon", f"_posts/{NAME}": text})
    (article,) = read_site(tmp_path, {"flavour": "jekyll"})[0].values()
    assert article.published is not None
    assert article.published.isoformat() == "2019-05-06T00:00:00+01:00"
    assert [each.term for each in article.tags] == ["boats", "old-pier", "News"]
    assert (article.title, article.section, article.language) == ("The Crane", "News", "pt-BR")
    assert [each.name for each in article.authors] == ["Ada Lee"]
    assert article.image is not None
    assert (article.image.url, article.image.alt) == (f"{HOME}blog/a.png", "A crane")


def test_liquid_addresses_and_excerpts(tmp_path: Path) -> None:
    text = """First. <!--end-->

[a]({{ site.baseurl }}/a/) [b]({{ '/b/' | relative_url }}) [c]({{ "c.png" | absolute_url }})
[d]({% post_url 2019-05-07-tide %}) [e]({% link _posts/2019-05-07-tide.md %})
[f]({{ site.url }}{{site.baseurl}}/f)
"""
    write_site(
        tmp_path,
        {
            "_config.yml": "baseurl: /blog\nexcerpt_separator: <!--end-->\npermalink: /:title/",
            f"_posts/{NAME}": post(text=text),
            "_posts/2019-05-07-tide.md": post("Tide"),
        },
    )
    article = read_site(tmp_path, {"flavour": "jekyll"})[0][NAME]
    for path in ("a/", "b/", "c.png", "tide/", "f"):
        assert f'href="{HOME}blog/{path}"' in article.content_html, path
    assert article.content_html.count(f"{HOME}blog/tide/") == 2
    assert article.summary == "First."


def test_what_is_not_understood_is_reported(tmp_path: Path) -> None:
    write_site(tmp_path, {"_config.yml": "permalink: /:weather/:title/", f"_posts/{NAME}": post()})
    articles, problems = read_site(tmp_path, {"flavour": "jekyll"})
    assert articles[NAME].link is None
    assert [":weather" in each.message for each in problems] == [True]


def test_a_site_without_posts_has_collections(tmp_path: Path) -> None:
    write_site(
        tmp_path,
        {
            "_config.yml": "collections: {guides: {output: true}, staff: {}}",
            "_guides/de/lamp.md": post(),
            "_staff/ada.md": post(),
            "_includes/note.md": "x",
            "README.md": post(),
        },
    )
    assert read_links(tmp_path, "jekyll") == {"_guides/de/lamp.md": f"{HOME}guides/de/lamp.html"}


def test_without_a_configuration(tmp_path: Path) -> None:
    write_site(tmp_path, {f"_posts/{NAME}": post()})
    assert read_links(tmp_path, "jekyll") == {NAME: f"{HOME}2019/05/06/the-crane.html"}
    assert read_links(tmp_path, "jekyll", link="https://n.example/{slug}") == {
        NAME: "https://n.example/the-crane"
    }
