"""The conventions of Zola, Docusaurus, Astro, Eleventy, Pelican and Obsidian, and what all flavours share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_flavours import HOME, post, read_links, read_site, write_site
from syndicate import Newsroom
from syndicate.sources.flavours import FLAVOURS, Page, open_flavour
from syndicate.sources.flavours.site import Site

DAY = "date: 2024-03-05"


def _below_home(links: dict[str, str | None]) -> dict[str, str | None]:
    return {key: link and link.removeprefix(HOME) for key, link in links.items()}


# Zola

ZOLA = 'base_url = "https://harbour.example"\ndefault_language = "en"\n[languages.fr]\n'


def test_zola(tmp_path: Path) -> None:
    write_site(
        tmp_path,
        {
            "config.toml": ZOLA,
            "content/_index.md": post("Section"),
            "content/blog/_index.md": post("Section"),
            "content/blog/2024-03-05-the-crane.md": post(),
            "content/blog/2024-03-05T08:30:00Z-tide.md": post(),
            "content/blog/2024-03-05.md": post(),
            "content/blog/2024-03-05_bundle/index.md": post("Bundle", "extra: {image: hero.jpg}"),
            "content/blog/2024-03-05_bundle/index.fr.md": post("Paquet"),
            "content/blog/Été à Paris.md": post("Summer", DAY),
            "content/blog/own.md": post("Own", DAY, "slug: My Slug"),
            "content/blog/path.md": post("Path", DAY, "path: some/where"),
            "content/blog/日本.md": post("Japan", DAY),
            "content/blog/undated.md": post("Undated"),
        },
    )
    articles, problems = read_site(tmp_path, {"flavour": "zola"})
    assert _below_home({key.removeprefix("blog/"): each.link for key, each in articles.items()}) == {
        "2024-03-05-the-crane.md": "blog/the-crane/",
        "2024-03-05T08:30:00Z-tide.md": "blog/tide/",
        "2024-03-05.md": "blog/2024-03-05/",
        "2024-03-05_bundle/index.md": "blog/bundle/",
        "2024-03-05_bundle/index.fr.md": "fr/blog/bundle/",
        "Été à Paris.md": "blog/ete-a-paris/",
        "own.md": "blog/my-slug/",
        "path.md": "some/where/",
        "日本.md": None,
    }
    assert any("Latin letters" in each.message for each in problems)
    bundle = articles["blog/2024-03-05_bundle/index.md"]
    assert bundle.image is not None
    assert bundle.image.url == f"{HOME}blog/bundle/hero.jpg"
    assert [(each.url, each.language) for each in bundle.alternates] == [(f"{HOME}fr/blog/bundle/", "fr")]
    assert articles["blog/2024-03-05-the-crane.md"].published is not None


def test_zola_taxonomies_and_internal_links(tmp_path: Path) -> None:
    page = """+++
title = "T"
date = 2024-03-05
[taxonomies]
tags = ["a"]
categories = ["C"]
+++
[x](@/blog/own.md#part)
"""
    write_site(
        tmp_path,
        {"config.toml": ZOLA, "content/a.md": page, "content/blog/own.md": post("Own", DAY, "slug: other")},
    )
    article = read_site(tmp_path, {"flavour": "zola"})[0]["a.md"]
    assert [each.term for each in article.tags] == ["a", "C"]
    assert f'href="{HOME}blog/other/#part"' in article.content_html


# Docusaurus


def test_docusaurus(tmp_path: Path) -> None:
    config = """
const edit = {url: `https://github.com/${org}`};
export default {
  // url: 'https://wrong.example',
  url: 'https://harbour.example',
  baseUrl: "/docs/",
  trailingSlash: true,
  i18n: { defaultLocale: 'en', locales: ['en', 'fr'] },
  presets: [['classic', { blog: { path: './news', routeBasePath: 'updates' } }]],
};
"""
    write_site(
        tmp_path,
        {
            "docusaurus.config.js": config,
            "news/authors.yml": "ada: {name: Ada Lee, url: 'https://ada.example/', image_url: /ada.png}",
            "news/tags.yml": "pier: {label: Old pier, permalink: /pier}",
            "news/2024-03-05-crane.md": post(
                "A", "authors: [ada]", "tags: [pier, other, {label: Third, permalink: /t}]"
            ),
            "news/2024/03/06/tide.md": post("B"),
            "news/2024-03-07-bundle/index.mdx": post("C", "image: ./a.png"),
            "news/plain.md": post("D", DAY, "slug: own-slug"),
            "news/root.md": post("E", DAY, "slug: /at-root", "image: /img/a.png"),
            "news/hidden.md": post("F", "unlisted: true"),
            "news/_part.mdx": "Only a part.",
            "i18n/fr/docusaurus-plugin-content-blog/2024-03-05-crane.md": post("A, en français"),
        },
    )
    patterns = ["news/**/*.md*", "i18n/**/*.md"]
    articles, problems = read_site(tmp_path, {"flavour": "docusaurus", "path": patterns})
    assert _below_home({key: each.link for key, each in articles.items()}) == {
        "2024-03-05-crane.md": "docs/updates/2024/03/05/crane/",
        "2024/03/06/tide.md": "docs/updates/2024/03/06/tide/",
        "2024-03-07-bundle/index.mdx": "docs/updates/2024/03/07/bundle/",
        "plain.md": "docs/updates/own-slug/",
        "root.md": "docs/updates/at-root/",
        "fr/docusaurus-plugin-content-blog/2024-03-05-crane.md": "docs/fr/updates/2024/03/05/crane/",
    }
    crane = articles["2024-03-05-crane.md"]
    assert [each.term for each in crane.tags] == ["Old pier", "other", "Third"]
    assert [(each.name, each.url) for each in crane.authors] == [("Ada Lee", "https://ada.example/")]
    assert articles["2024-03-07-bundle/index.mdx"].image is None
    assert any("Docusaurus gives new names" in each.message for each in problems)
    image = articles["root.md"].image
    assert image is not None
    assert image.url == f"{HOME}docs/img/a.png"


@pytest.mark.parametrize("mark", ["<!-- truncate -->", "{/* truncate */}", "<!--truncate-->"])
def test_docusaurus_truncates(tmp_path: Path, mark: str) -> None:
    text = f"First.\n\n{mark}\n\nSecond."
    write_site(tmp_path, {"docusaurus.config.js": "", "blog/2024-03-05-a.md": post(text=text)})
    (article,) = read_site(tmp_path, {"flavour": "docusaurus"})[0].values()
    assert article.summary == "First."
    assert "truncate" not in article.content_html
    assert "Second." in article.content_html


# Astro

ASTRO = {"astro.config.mjs": "export default defineConfig({ site: 'https://harbour.example', base: '/b' })"}


@pytest.mark.parametrize(
    ("page", "source", "link"),
    [
        ("src/pages/news/[...slug].astro", "await getCollection('blog')", "b/news/my-first-post/"),
        ("src/pages/[id]/index.astro", 'getCollection<"x">("blog", filter)', "b/my-first-post/"),
        ("src/pages/blog/[...slug].astro", "await ourOwnFunction()", "b/blog/my-first-post/"),
        (
            "src/pages/[year]/[month]/[day]/[slug].astro",
            "getCollection('blog')",
            "b/2024/03/05/my-first-post/",
        ),
        ("src/pages/tags/[tag].astro", "nothing", None),
    ],
)
def test_astro_finds_the_page_of_a_collection(
    tmp_path: Path, page: str, source: str, link: str | None
) -> None:
    write_site(
        tmp_path,
        {**ASTRO, page: source, "src/content/blog/My First Post!.md": post("T", "pubDate: 2024-03-05")},
    )
    articles, problems = read_site(tmp_path, {"flavour": "astro"})
    (article,) = articles.values()
    assert article.link == (link and f"{HOME}{link}")
    assert article.published is not None
    assert any("links are not known" in each.message for each in problems) is (link is None)


def test_astro_collections_of_the_config(tmp_path: Path) -> None:
    config = """
const notes = defineCollection({ loader: glob({ pattern: "**/*.md", base: "./data/words" }) });
const other = defineCollection({ schema: z.object({}) });
export const collections = { 'blog': notes, other };
"""
    write_site(
        tmp_path,
        {
            **ASTRO,
            "src/content.config.ts": config,
            "src/pages/w/[...slug].astro": 'getCollection("blog")',
            "data/words/one/index.md": post(
                "T", DAY, "heroImage: '../../assets/a.png'", "updatedDate: 2024-04-05"
            ),
            "data/words/slugged.md": post("T", DAY, "slug: own/slug", "heroImage: /a.png"),
            "data/words/_hidden.md": post("T", DAY),
        },
    )
    articles, problems = read_site(tmp_path, {"flavour": "astro"})
    assert _below_home({key: each.link for key, each in articles.items()}) == {
        "one/index.md": "b/w/one/",
        "slugged.md": "b/w/own/slug/",
    }
    assert articles["one/index.md"].image is None
    assert articles["one/index.md"].updated is not None
    assert any("Astro gives new names" in each.message for each in problems)
    image = articles["slugged.md"].image
    assert image is not None
    assert image.url == f"{HOME}b/a.png"


# Eleventy


@pytest.mark.parametrize(
    ("data", "lines", "link"),
    [
        ({}, (), "posts/2024-03-05-the-crane/"),
        ({"posts/posts.json": '{"permalink": "/blog/{{ page.fileSlug }}/"}'}, (), "blog/the-crane/"),
        (
            {"posts/posts.11tydata.json": '{"permalink": "{{ page.filePathStem }}.html"}'},
            (),
            "posts/the-crane.html",
        ),
        (
            {
                "posts/posts.11tydata.js": "module.exports = {"
                "permalink: 'x/{{ title | slugify }}/index.html' };"
            },
            (),
            "x/a-post/",
        ),
        (
            {
                "posts/posts.11tydata.js": "export default {\n permalink: function({page}) {\n"
                " return `/w/${ page.fileSlug }/`\n } }"
            },
            (),
            "w/the-crane/",
        ),
        (
            {
                "posts/posts.11tydata.js": "export default { permalink: "
                "(data) => `/a/${data.page.fileSlug}/` }"
            },
            (),
            "a/the-crane/",
        ),
        (
            {},
            ("permalink: '/{{ page.date | date: \"%Y/%m/%d\" }}/{{ page.fileSlug }}/'",),
            "2024/03/05/the-crane/",
        ),
        ({"posts/2024-03-05-the-crane.json": '{"permalink": "/own/"}'}, (), "own/"),
        (
            {"posts/posts.json": '{"permalink": "/blog/{{ page.fileSlug }}/"}'},
            ("permalink: /front/",),
            "front/",
        ),
        ({"posts/posts.json": '{"permalink": "/{{ title | ourFilter }}/"}'}, (), None),
        ({"posts/posts.11tydata.js": "export default { permalink: compute }"}, (), None),
    ],
)
def test_eleventy_permalinks(
    tmp_path: Path, data: dict[str, str], lines: tuple[str, ...], link: str | None
) -> None:
    write_site(
        tmp_path, {"eleventy.config.js": "", "posts/2024-03-05-the-crane.md": post("A post", *lines), **data}
    )
    articles, problems = read_site(tmp_path, {"flavour": "eleventy"})
    (article,) = articles.values()
    assert article.link == (link and f"{HOME}{link}")
    assert bool(problems) is (link is None)
    assert article.published is not None


def test_eleventy_input_folder_data_and_images(tmp_path: Path) -> None:
    write_site(
        tmp_path,
        {
            "eleventy.config.js": "export default function (c) {\n"
            "return { dir: { input: './src', data: 'data' } } }",
            "src/data/metadata.json": '{"url": "https://harbour.example/x/", "author": {"name": "Ada Lee"}}',
            "src/posts/posts.json": '{"tags": "posts", "permalink": "/b/{{ page.fileSlug }}/"}',
            "src/posts/crane/index.md": post("A", DAY, "tags: [boats, posts]", "image: hero.jpg"),
            "src/posts/crane/hero.jpg": b"",
            "src/posts/gone.md": post("B", "permalink: false"),
            "src/_includes/part.md": post("C"),
        },
    )
    articles, _ = read_site(tmp_path, {"flavour": "eleventy"})
    assert list(articles) == ["crane/index.md"]
    article = articles["crane/index.md"]
    assert article.link == f"{HOME}x/b/crane/"
    assert [each.term for each in article.tags] == ["boats"]
    assert [each.name for each in article.authors] == ["Ada Lee"]
    assert article.image is not None
    assert article.image.url == f"{HOME}x/b/crane/hero.jpg"


# Pelican


@pytest.mark.parametrize(
    ("config", "head", "link"),
    [
        ("", "Title: Ça va? C++ & more", "ca-va-c-more.html"),
        ("ARTICLE_URL = 'b/{date:%Y}/{date:%m}/{slug}/'", "Title: The crane", "b/2024/03/the-crane/"),
        (
            "ARTICLE_URL = '{category}/{slug}.html'",
            "Title: The crane\nCategory: Old Pier",
            "old-pier/the-crane.html",
        ),
        ("ARTICLE_URL = '{category}/{slug}/'", "Title: The crane", "news/the-crane/"),
        ("SLUGIFY_SOURCE = 'basename'", "Title: The crane", "2024-03-05-file.html"),
        (r"FILENAME_METADATA = r'(?P<date>\d{4}-\d{2}-\d{2})-(?P<slug>.*)'", "Title: The crane", "file.html"),
        ("", "Title: The crane\nSlug: own", "own.html"),
        ("", "Title: The crane\nLang: fr", "the-crane-fr.html"),
        ("", "Title: The crane\nurl: some/where/", "some/where/"),
        ("", "Title: 日本", None),
        ("SITEURL = 'https://harbour.example/x'", "Title: The crane", "x/the-crane.html"),
        ("ARTICLE_URL = compute()", "Title: The crane", "the-crane.html"),
    ],
)
def test_pelican_links(tmp_path: Path, config: str, head: str, link: str | None) -> None:
    write_site(
        tmp_path,
        {
            "pelicanconf.py": f"DEFAULT_LANG = 'en'\nTIMEZONE = 'Europe/Rome'\n{config}",
            "content/news/2024-03-05-file.md": f"{head}\nDate: 2024-03-05 23:30\nTags: a, b\n\nWords.\n",
        },
    )
    (found,) = read_links(tmp_path, "pelican").values()
    assert found == (link and f"{HOME}{link}")


def test_pelican_fields_and_addresses(tmp_path: Path) -> None:
    text = """Title: The crane
Date: 2024-03-05 23:30
Category: Pier
Tags: boats, old pier
Authors: Ada Lee; Bo Ek

[a]({static}/files/a.pdf) ![b]({attach}b.png) [c]({filename}other.md) [d]({filename}/pages/about.md)
"""
    write_site(
        tmp_path,
        {
            "pelicanconf.py": "TIMEZONE = 'Europe/Rome'\nARTICLE_URL = 'x/{slug}/'\nPATH = 'content'",
            "publishconf.py": "from pelicanconf import *\nSITEURL = 'https://harbour.example'",
            "content/news/crane.md": text,
            "content/news/other.md": "Title: Other\nDate: 2024-01-01\n\nWords.\n",
            "content/pages/about.md": "Title: About\n\nWords.\n",
        },
    )
    articles, _ = read_site(tmp_path, {"flavour": "pelican"})
    assert sorted(articles) == ["news/crane.md", "news/other.md"]
    article = articles["news/crane.md"]
    assert article.published is not None
    assert article.published.isoformat() == "2024-03-05T23:30:00+01:00"
    assert [each.term for each in article.tags] == ["boats", "old pier", "Pier"]
    assert [each.name for each in article.authors] == ["Ada Lee", "Bo Ek"]
    for address in ("files/a.pdf", "x/the-crane/b.png", "x/other/"):
        assert f'"{HOME}{address}"' in article.content_html, address


def test_pelican_settings_are_never_run(tmp_path: Path) -> None:
    write_site(
        tmp_path,
        {
            "pelicanconf.py": "open('ran', 'w')\nARTICLE_URL = '{slug}/' if open('ran', 'w') else ''",
            "content/a.md": "Title: A\nDate: 2024-01-01\n\nWords.\n",
        },
    )
    read_links(tmp_path, "pelican")
    assert not list(tmp_path.rglob("ran"))


# Obsidian


def test_obsidian(tmp_path: Path) -> None:
    text = """See [[Old Pier|the pier]], [[Old Pier#Cranes]], [[Nowhere]] and
![[boat.png|300]] ![[tide.mp3]]. %%Hidden%%

```
[[Old Pier]] stays
```
"""
    write_site(
        tmp_path,
        {
            ".obsidian/templates.json": '{"folder": "Forms"}',
            "Notes/The Crane.md": post(
                "", "aliases: [Crane]", "tags: [boats, '#pier/old']", "created: 2024-03-05", text=text
            ).replace("title: ''\n", ""),
            "Notes/Old Pier.md": post("", "permalink: pier", "cover: '[[boat.png]]'").replace(
                "title: ''\n", ""
            ),
            "Notes/2024-03-06.md": "A day.\n",
            "Notes/Private.md": post("P", "publish: false"),
            "Forms/Form.md": "A form.\n",
            "Files/boat.png": b"",
            "Files/tide.mp3": b"",
        },
    )
    articles, _ = read_site(tmp_path, {"flavour": "obsidian"})
    assert _below_home({key: each.link for key, each in articles.items()}) == {
        "Notes/The Crane.md": "Notes/The+Crane",
        "Notes/Old Pier.md": "pier",
        "Notes/2024-03-06.md": "Notes/2024-03-06",
    }
    crane = articles["Notes/The Crane.md"]
    assert (crane.title, [each.term for each in crane.tags]) == ("The Crane", ["boats", "pier/old"])
    html = crane.content_html
    assert f'<a href="{HOME}pier">the pier</a>' in html
    assert f'src="{HOME}Files/boat.png"' in html
    assert f'href="{HOME}Files/tide.mp3"' in html
    assert "[[Nowhere]]" not in html
    assert "Hidden" not in html
    assert "[[Old Pier]] stays" in html
    assert articles["Notes/2024-03-06.md"].published is not None
    image = articles["Notes/Old Pier.md"].image
    assert image is not None
    assert image.url == f"{HOME}Files/boat.png"


# What all flavours share

SHOWN_BY = {
    "jekyll": {"_config.yml": "title: X", "_posts/2024-03-05-a.md": post()},
    "hugo": {"config.toml": 'baseURL = "/"', "content/posts/a.md": post("A", DAY)},
    "zola": {"config.toml": 'base_url = "/"', "content/posts/a.md": post("A", DAY)},
    "eleventy": {".eleventy.js": "", "posts/a.md": post("A", DAY)},
    "astro": {"astro.config.ts": "", "src/content/blog/a.md": post("A", DAY)},
    "docusaurus": {"docusaurus.config.ts": "", "blog/2024-03-05-a.md": post()},
    "pelican": {"pelicanconf.py": "", "content/a.md": post("A", DAY)},
    "obsidian": {".obsidian/app.json": "{}", "a.md": post("A", DAY)},
}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_auto_recognises_the_generator_and_says_so(tmp_path: Path, flavour: str) -> None:
    write_site(tmp_path, SHOWN_BY[flavour])
    named, _ = read_site(tmp_path, {"flavour": flavour})
    articles, problems = read_site(tmp_path, {"flavour": "auto", "path": "."})
    assert articles == named
    assert len(articles) == 1
    (note,) = [each for each in problems if "recognised" in each.message]
    assert (note.severity, note.hint) == ("note", f'write flavour = "{flavour}" to fix it')


def test_auto_without_a_generator(tmp_path: Path) -> None:
    write_site(tmp_path, {"notes/a.md": post("A", DAY)})
    articles, problems = read_site(tmp_path, {"flavour": "auto", "path": "notes"})
    assert list(articles) == ["a.md"]
    assert [each.severity for each in problems] == ["warning"]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_users_own_config_wins(tmp_path: Path, flavour: str) -> None:
    write_site(tmp_path, SHOWN_BY[flavour])
    articles, _ = read_site(tmp_path, {"flavour": flavour, "link": "https://own.example/{slug}"})
    (article,) = articles.values()
    assert article.link is not None
    assert article.link.startswith("https://own.example/a")


def test_without_a_flavour_nothing_changes(tmp_path: Path) -> None:
    write_site(tmp_path, SHOWN_BY["jekyll"])
    articles, problems = read_site(tmp_path, {"path": "_posts/*.md", "link": "https://own.example/{slug}"})
    assert {each.link for each in articles.values()} == {"https://own.example/2024-03-05-a"}
    assert problems == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "date",
        "slug",
        "url",
        "permalink",
        "path",
        "tags",
        "tag",
        "categories",
        "category",
        "authors",
        "author",
        "image",
        "cover",
        "images",
        "header",
        "draft",
        "title",
        "lang",
        "taxonomies",
        "extra",
        "params",
        "build",
        "publish",
        "aliases",
        "unlisted",
        "pubDate",
        "created",
    ]
)


@pytest.mark.parametrize("flavour", FLAVOURS)
@settings(max_examples=60, deadline=None)
@given(fields=st.dictionaries(NAMES, VALUES, max_size=6), name=st.text(min_size=1, max_size=20))
def test_any_front_matter_has_conventions(
    tmp_path_factory: pytest.TempPathFactory, flavour: str, fields: dict[str, Any], name: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / f"any-{flavour}"
    if not folder.exists():
        write_site(folder, SHOWN_BY[flavour])
    site = Site(folder, HOME)
    opened = open_flavour(flavour, folder, site)
    file = next(folder / each for each in SHOWN_BY[flavour] if each.endswith("a.md"))
    path = file.with_name(f"{name.replace('/', '-').replace(chr(0), '-')}.md")
    opened.is_post(path)
    assert opened.prepare(path, name).count("\n") == name.count("\n")
    for each in (file, path):
        found = opened.conventions(Page(each, fields))
        assert found is None or found.link is None or "://" in found.link


@pytest.mark.parametrize("flavour", FLAVOURS)
@settings(max_examples=25, deadline=None)
@given(config=st.dictionaries(st.text(max_size=12), VALUES, max_size=4), text=st.text(max_size=200))
def test_any_configuration_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, flavour: str, config: dict[str, Any], text: str
) -> None:
    folder = tmp_path_factory.mktemp("site")
    for name in SHOWN_BY[flavour]:
        content = text if name.endswith((".py", ".js", ".ts", ".toml")) else json.dumps(config)
        write_site(folder, {name: content.encode("utf-8", "replace")})
    open_flavour(flavour, folder, Site(folder, HOME))


def test_a_change_of_the_sites_configuration_changes_the_links(tmp_path: Path) -> None:
    source = '[[source]]\nname = "posts"\nflavour = "hugo"\npath = "."\n'
    config = f'[site]\ntitle = "T"\nhome = "{HOME}"\n{source}'
    write_site(
        tmp_path,
        {
            "syndicate.toml": config,
            "hugo.toml": '[permalinks]\nposts = "/:year/:slug/"',
            "content/posts/a.md": post("A", DAY),
        },
    )

    def counts() -> list[tuple[int, int, int]]:
        with Newsroom.open(tmp_path / "syndicate.toml") as newsroom:
            return [(each.new, each.changed, each.unchanged) for each in newsroom.ingest().parts]

    assert counts() == [(1, 0, 0)]
    assert counts() == [(0, 0, 1)]
    (tmp_path / "hugo.toml").write_text('[permalinks]\nposts = "/blog/:slug/"')
    assert counts() == [(0, 1, 0)]


def test_pelican_titles_without_a_slug_are_reported_once(tmp_path: Path) -> None:
    files = {f"content/{n}.md": f"Title: Маяк {n}\nDate: 2026-11-0{n}\n\nText.\n" for n in (1, 2)}
    write_site(tmp_path, {"pelicanconf.py": "PATH = 'content'\n", **files})
    articles, problems = read_site(tmp_path, {"flavour": "pelican"})
    assert [each.link for each in articles.values()] == [None, None]
    assert [(each.severity, "Slug" in str(each.hint)) for each in problems] == [("warning", True)]
