# ruff: noqa: E501 - the lines of documents are as long as they are
"""WordPress exports as a source."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers_site import MAIN, configured, opened, write
from syndicate import Article, Problem
from syndicate.model import IngestReport
from syndicate.sources import RecordMapping, to_article
from syndicate.sources.character_references import RepairedFile
from syndicate.sources.source import RawRecord
from syndicate.sources.wordpress import read_export
from syndicate.sources.wordpress_html import to_html
from syndicate.sources.wordpress_shortcodes import Shortcodes

AUTHOR = """<wp:author><wp:author_id>1</wp:author_id><wp:author_login>ada</wp:author_login>
<wp:author_email>ada@quay.example</wp:author_email>
<wp:author_display_name><![CDATA[Ada Quay]]></wp:author_display_name>
<wp:author_first_name/><wp:author_last_name/></wp:author>"""


def item(number: int = 118, **fields: str) -> str:
    """An item with these children; a double underscore stands for the colon of a prefix."""
    known = {
        "title": "The lamp is lit",
        "link": f"https://quay.example/{number}/",
        "dc__creator": "<![CDATA[ada]]>",
        "guid": f"https://quay.example/?p={number}",
        "content__encoded": "<![CDATA[<!-- wp:paragraph --><p>At last.</p><!-- /wp:paragraph -->]]>",
        "excerpt__encoded": "<![CDATA[]]>",
        "wp__post_id": str(number),
        "wp__post_date": "2026-11-20 08:30:00",
        "wp__post_date_gmt": "2026-11-20 07:30:00",
        "wp__post_modified_gmt": "2026-11-21 07:30:00",
        "wp__post_name": "lamp",
        "wp__status": "publish",
        "wp__post_type": "post",
        "wp__post_password": "",
        **fields,
    }
    more = known.pop("more", "")
    inner = "".join(
        f"<{name.replace('__', ':')}>{text}</{name.replace('__', ':')}>" for name, text in known.items()
    )
    return f"<item>{inner}{more}</item>"


def export(*items: str, version: str = "1.2", authors: str = AUTHOR, doctype: str = "") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8" ?>{doctype}
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/{version}/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/{version}/"><channel><title>Quay</title><language>en-GB</language>
<wp:wxr_version>{version}</wp:wxr_version>{authors}{"".join(items)}</channel></rss>"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export.xml"


def read(file: Path, text: str | bytes, *types: str) -> list[RawRecord | Problem]:
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(read_export(file, types or ("post",)))


def article(file: Path, *items: str, version: str = "1.2", authors: str = AUTHOR) -> Article:
    (raw,) = read(file, export(*items, version=version, authors=authors))
    assert isinstance(raw, RawRecord), raw
    incoming, problems = to_article(raw, RecordMapping())
    assert incoming, problems
    assert problems == []
    return incoming.article


def titles(found: list[RawRecord | Problem]) -> list[object]:
    return [each.fields["title"] for each in found if isinstance(each, RawRecord)]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_a_post(file: Path, version: str) -> None:
    more = (
        '<category domain="category" nicename="news"><![CDATA[News]]></category>'
        '<category domain="post_tag" nicename="light"><![CDATA[Light]]></category>'
        '<category domain="post_format" nicename="aside"><![CDATA[Aside]]></category>'
    )
    found = article(file, item(excerpt__encoded="In short.", more=more), version=version)
    assert (found.id, found.title, found.summary) == (
        "https://quay.example/?p=118",
        "The lamp is lit",
        "In short.",
    )
    assert found.link == "https://quay.example/118/"
    assert found.content_html == "<p>At last.</p>"
    assert [(each.name, each.email) for each in found.authors] == [("Ada Quay", None)], (
        "addresses stay at home"
    )
    assert [each.term for each in found.tags] == ["News", "Light"]
    assert (found.section, found.language) == ("News", "en-GB")
    assert found.published == datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
    assert found.updated == datetime(2026, 11, 21, 7, 30, tzinfo=UTC)


def test_the_slug_can_make_a_link(file: Path) -> None:
    (raw,) = read(file, export(item(link="")))
    assert isinstance(raw, RawRecord)
    incoming, _ = to_article(raw, RecordMapping(link="https://quay.example/{slug}/"))
    assert incoming
    assert incoming.article.link == "https://quay.example/lamp/"


def test_posts_that_are_not_public_are_left_out(file: Path) -> None:
    states = ["draft", "private", "pending", "trash", "auto-draft", "inherit", "future"]
    items = [item(number, title=state, wp__status=state) for number, state in enumerate(states)]
    found = read(
        file, export(*items, item(50, title="secret", wp__post_password="word"), item(51, title="open"))
    )
    assert titles(found) == ["future", "open"]
    note = found[-1]
    assert isinstance(note, Problem)
    assert note.severity == "note"
    assert "1 draft" in note.message
    assert "1 with a password" in note.message


def test_pages_by_choice(file: Path) -> None:
    text = export(
        item(1, title="a"), item(2, title="b", wp__post_type="page"), item(3, wp__post_type="nav_menu_item")
    )
    assert titles(read(file, text)) == ["a"]
    assert titles(read(file, text, "page")) == ["b"]
    assert titles(read(file, text, "post", "page")) == ["a", "b"]


def test_files_come_from_wherever_they_are_in_the_export(file: Path) -> None:
    def meta(key: str, value: str) -> str:
        pair = f"<wp:meta_key>{key}</wp:meta_key><wp:meta_value><![CDATA[{value}]]></wp:meta_value>"
        return f"<wp:postmeta>{pair}</wp:postmeta>"

    def attachment(number: int, name: str, parent: int, more: str = "") -> str:
        return item(
            number,
            title=name,
            wp__post_type="attachment",
            wp__status="inherit",
            wp__post_parent=str(parent),
            wp__attachment_url=f"https://quay.example/{name}",
            more=more,
        )

    enclosure = meta("enclosure", "https://quay.example/cast.mp3\r\n1234\r\naudio/mpeg\r\na:1:{}")
    found = article(
        file,
        attachment(7, "plan.pdf", 118),
        item(118, more=meta("_thumbnail_id", "9") + enclosure),
        attachment(8, "inline.png", 118),
        attachment(9, "lamp.jpg", 0, meta("_wp_attachment_image_alt", "The lamp")),
    )
    assert found.image
    assert (found.image.url, found.image.alt) == ("https://quay.example/lamp.jpg", "The lamp")
    assert [(each.url, each.media_type, each.length) for each in found.attachments] == [
        ("https://quay.example/cast.mp3", "audio/mpeg", 1234),
        ("https://quay.example/plan.pdf", "application/pdf", None),
    ]


def test_dates(file: Path) -> None:
    zero = "0000-00-00 00:00:00"
    assert article(file, item(wp__post_date_gmt=zero)).published == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert article(file, item(wp__post_date_gmt=zero, wp__post_date=zero)).published is None


def test_an_author_who_is_not_listed_is_known_by_login(file: Path) -> None:
    assert article(file, item(), authors="").authors[0].name == "ada"


# The body


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\nTwo.\nThree.", "<p>One.</p>\n<p>Two.<br>\nThree.</p>"),
        ("One.\r\n\r\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        (
            "One.\n\n<h2>Two</h2>\n\n<ul>\n<li>a</li>\n</ul>",
            "<p>One.</p>\n<h2>Two</h2>\n<ul>\n<li>a</li>\n</ul>",
        ),
        ("<pre>a\n\nb</pre>\n\nOne.", "<pre>a\n\nb</pre>\n<p>One.</p>"),
        ("<strong>One</strong>\n\nTwo", "<p><strong>One</strong></p>\n<p>Two</p>"),
        ("<p>One.</p>\n\nTwo", "<p>One.</p>\n\nTwo"),
        (
            "<!-- wp:list --><ul><li>a</li></ul>\n\n<!-- /wp:list -->",
            "<!-- wp:list --><ul><li>a</li></ul>\n\n<!-- /wp:list -->",
        ),
        ("[gallery ids='1,2']\n\nOne.", "<p>One.</p>"),
        (
            "[caption id='a' width='3']<a href='b'><img src='c'></a> The lamp[/caption]",
            "<figure><a href='b'><img src='c'></a><figcaption>The lamp</figcaption></figure>",
        ),
        (
            "[embed]https://v.example/1[/embed]",
            '<p><a href="https://v.example/1">https://v.example/1</a></p>',
        ),
        (
            '[audio mp3="https://v.example/1.mp3"][/audio]',
            '<audio src="https://v.example/1.mp3" controls></audio>',
        ),
        ("Seen in [1] and [this].", "<p>Seen in [1] and [this].</p>"),
        ("", ""),
    ],
)
def test_bodies(text: str, html: str) -> None:
    assert to_html(text).strip() == html


@given(st.text(alphabet="[]captionembdgly /=<>img\n\"'p\0x", max_size=80))
def test_any_body_keeps_its_words(text: str) -> None:
    assert isinstance(to_html(f"first {text} last"), str)
    assert "last" in to_html(f"first {text} last") or "<" in text or "[" in text


# Broken exports


@pytest.mark.parametrize(
    "text", ["<rss version='2.0'><channel><item><title>a</title></item></channel></rss>", "<html/>"]
)
def test_files_that_are_not_exports(file: Path, text: str) -> None:
    (problem,) = read(file, text)
    assert isinstance(problem, Problem)
    assert problem.message == "this is not a WordPress export"


def test_an_export_that_breaks_off_says_where(file: Path) -> None:
    text = export(item(1), item(2))
    found = read(file, text[: text.rindex("<item>") + 20])
    problem = found[-1]
    assert isinstance(problem, Problem)
    assert "broken XML" in problem.message
    assert problem.severity == "error"
    assert problem.line
    assert problem.file == str(file)


def test_control_characters_cost_no_post(file: Path) -> None:
    warning, *found = read(file, export(item(1, title="a\x08\x0b"), item(2, title="b")))
    assert isinstance(warning, Problem)
    assert warning.severity == "warning"
    assert titles(found) == ["a", "b"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_end_in_problems(file: Path, data: bytes) -> None:
    for each in read(file, data):
        assert isinstance(each, Problem)


def test_nothing_is_read_through_an_entity(file: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush", encoding="utf-8")
    doctype = f"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file://{tmp_path}/secret'><!ENTITY e 'lol'>]>"
    found = read(file, export(item(title="A &x; B", content__encoded="&x;"), doctype=doctype))
    assert "hush" not in str(found)
    levels = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    bomb = f"<!DOCTYPE rss [<!ENTITY e0 'lol'>{levels}]>"
    assert len(str(read(file, export(item(title="&e11;"), doctype=bomb)))) < 10_000


def test_a_large_export_is_not_held_in_memory(file: Path) -> None:
    body = f"<![CDATA[<p>{'words ' * 20_000}</p>]]>"
    with file.open("w", encoding="utf-8") as out:
        head, tail = export("\0").split("\0")
        out.write(head)
        for number in range(400):
            out.write(item(number, content__encoded=body))
        out.write(tail)
    assert file.stat().st_size > 45_000_000
    # The parser's memory is not Python's: the process as a whole is measured.
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from syndicate.sources.wordpress import read_export\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak(); count = sum(1 for _ in read_export(Path(sys.argv[1])))\n"
        "print(count, peak() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, file], capture_output=True, text=True, check=True, timeout=120
    )
    count, kilobytes = map(int, done.stdout.split())
    assert count == 400
    assert kilobytes < 25_000


# As a source


def test_ids_stay_and_missing_posts_are_withdrawn(tmp_path: Path) -> None:
    configured(
        tmp_path,
        '\n[[source]]\nname = "in"\nkind = "wordpress"\npath = "*.xml"\ntypes = ["post", "page"]\n',
        MAIN,
    )

    def ingest(*items: str) -> tuple[int, int, int, int]:
        write(tmp_path, {"export.xml": export(*items)})
        with opened(tmp_path) as newsroom:
            (part,) = newsroom.ingest().parts
        assert isinstance(part, IngestReport)
        return part.new, part.changed, part.unchanged, part.withdrawn

    assert ingest(item(1), item(2, wp__post_type="page")) == (2, 0, 0, 0)
    assert ingest(item(1, link="https://quay.example/moved/"), item(2, wp__post_type="page")) == (0, 1, 1, 0)
    assert ingest(item(1, link="https://quay.example/moved/")) == (0, 0, 1, 1)


@pytest.mark.parametrize(
    "reference", ["&#1;", "&#x1;", "&#xFFFE;", "&#xD800;", "&#x110000;", "&#0000000000001;"]
)
def test_an_illegal_reference_costs_nothing_else(file: Path, reference: str) -> None:
    items = [item(number, title=f"Lamp{reference} &amp;#1; {number}") for number in range(1, 120)]
    problem, *records = read(file, export(*items))
    assert isinstance(problem, Problem)
    assert (problem.severity, problem.message) == (
        "warning",
        "characters that XML does not allow were removed",
    )
    found = [str(each.fields["title"]) for each in records if isinstance(each, RawRecord)]
    mark = "" if reference.strip("&#;x0") == "1" else "\ufffd"
    assert found == [f"Lamp{mark} &#1; {number}" for number in range(1, 120)]


@pytest.mark.parametrize("size", [*range(1, 40), 10_000])
def test_a_reference_is_found_across_chunks_of_any_size(size: int) -> None:
    text = "<a>b&#1;\x01c &amp; &lt;&#xFFFE;d &#65;&#x41; e&&#2;&#3;</a>&#4;&" + "y" * 100 + "&#000000005;&#6"
    clean = RepairedFile(BytesIO(text.encode()))
    pieces = list(iter(lambda: clean.read(size), b""))
    whole = "<a>bc &amp; &lt;&#xFFFD;d &#65;&#x41; e&</a>&" + "y" * 100
    assert b"".join(pieces).decode() == whole
    assert clean.read(size) == b""


# Shortcodes


IMAGE = {"url": "https://quay.example/1.jpg", "media_type": "image/jpeg", "title": "One", "alt": "A <pier>"}
FILES = {
    "1": {**IMAGE, "caption": "At dawn"},
    "2": {
        "url": "https://quay.example/2.png",
        "media_type": "image/png",
        "title": "",
        "alt": "",
        "caption": "",
    },
    "3": {
        "url": "https://quay.example/3.mp3",
        "media_type": "audio/mpeg",
        "title": "Song",
        "alt": "",
        "caption": "",
    },
}


class Library:
    """Some files, of which the first two belong to post 7."""

    def files_with(self, numbers: Sequence[str]) -> list[Mapping[str, str]]:
        return [FILES[each] for each in numbers if each in FILES]

    def attached_files(self, post: str) -> list[Mapping[str, str]]:
        return [FILES["1"], FILES["2"], FILES["3"]] if post == "7" else []


PIER = '<figure><img src="https://quay.example/1.jpg" alt="A &lt;pier&gt;"><figcaption>At dawn</figcaption></figure>'
TWO = '<figure><img src="https://quay.example/2.png" alt=""></figure>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ('[gallery ids="2,1,99"]', f"{TWO}\n{PIER}"),
        ("[gallery]", f"{PIER}\n{TWO}"),
        ('[playlist ids="3"]', '<ul><li><a href="https://quay.example/3.mp3">Song</a></li></ul>'),
        (
            "[youtube abc_1]",
            '<p><a href="https://www.youtube.com/watch?v=abc_1">YouTube video</a></p>',
        ),
        (
            "[youtube=https://www.youtube.com/watch?v=a&amp;t=1]",
            '<p><a href="https://www.youtube.com/watch?v=a&amp;t=1">YouTube video</a></p>',
        ),
        ("[vimeo 7]", '<p><a href="https://vimeo.com/7">Vimeo video</a></p>'),
        ("https://v.example/1", '<p><a href="https://v.example/1">https://v.example/1</a></p>'),
        (
            "[video mp4='https://v.example/1.mp4' poster='https://v.example/1.jpg'][/video]",
            '<video src="https://v.example/1.mp4" poster="https://v.example/1.jpg" controls></video>',
        ),
        (
            "[code lang='py']a [gallery] &lt;b> <i>[/code]",
            "<pre><code>a [gallery] &lt;b&gt; &lt;i&gt;</code></pre>",
        ),
        (
            '[caption caption="The lamp"]<img src="c">[/caption]',
            '<figure><img src="c"><figcaption>The lamp</figcaption></figure>',
        ),
        (
            "[caption]<img src='c'> [wp_caption]x[/wp_caption][/caption]",
            "<figure><img src='c'><figcaption>x</figcaption></figure>",
        ),
        ("[caption]<img src='c'>", "<p><img src='c'></p>"),
        ("[[gallery]] and [/caption]", "<p>[gallery] and</p>"),
        ('[contact-form-7 id="1"]', ""),
        ('a [su_box title="T"]b[/su_box] c', "<p>a b c</p>"),
        (
            "a [sic] [x=5] [note that y = 'z'] row[first_row] [/usr/bin]",
            "<p>a [sic] [x=5] [note that y = 'z'] row[first_row] [/usr/bin]</p>",
        ),
        ("<code>[my_own]</code>", "<p><code>[my_own]</code></p>"),
        (
            '<!-- wp:embed --><div class="w">\nhttps://v.example/1\n</div>',
            '<!-- wp:embed --><div class="w">\n<a href="https://v.example/1">https://v.example/1</a>\n</div>',
        ),
    ],
)
def test_shortcodes(text: str, html: str) -> None:
    assert to_html(text, Shortcodes(Library()), "7").strip() == html


def test_unknown_shortcodes_are_counted() -> None:
    shortcodes = Shortcodes()
    to_html("[a_b][a_b x=1][c d='e']f[/c] [g]", shortcodes)
    assert shortcodes.unknown == {"a_b": 2, "c": 1}


def test_unknown_shortcodes_are_reported_once_a_file(file: Path) -> None:
    body = "<![CDATA[One [my_form id='1'] two.]]>"
    *records, note = read(file, export(item(1, content__encoded=body), item(2, content__encoded=body)))
    assert len(records) == 2
    assert isinstance(note, Problem)
    assert note.severity == "note"
    assert "2 [my_form]" in note.message


@given(st.text(alphabet="[]/=\"' \n<>abc_", max_size=60).map(lambda text: text.replace("caption", "")))
def test_any_shortcodes_end(text: str) -> None:
    assert isinstance(to_html(text), str)


@pytest.mark.parametrize(
    "piece", ["[caption]<img>", '[a "', "[a '\"", "[code][caption]", "<pre>", "[[", "[x_y="]
)
def test_a_body_of_one_repeated_piece_ends(piece: str) -> None:
    # A thousand times longer than what took minutes.
    assert isinstance(to_html(piece * 20_000), str)


def test_files_come_with_their_posts(file: Path) -> None:
    attachment = item(
        9,
        title="Pier",
        wp__post_type="attachment",
        wp__status="inherit",
        wp__post_parent="118",
        wp__attachment_url="https://quay.example/pier.jpg",
        excerpt__encoded="At dawn",
    )
    records = read(file, export(item(118, content__encoded="[gallery]"), attachment))
    assert isinstance(records[0], RawRecord)
    assert "pier.jpg" in records[0].fields["content_html"]
    assert "At dawn" in records[0].fields["content_html"]


def test_a_namespace_that_is_not_declared_costs_what_comes_after_the_fault(file: Path) -> None:
    text = export(item()).replace('xmlns:dc="http://purl.org/dc/elements/1.1/"', "")
    assert "xmlns:dc" not in text
    *_, problem = read(file, text)
    assert isinstance(problem, Problem)
    assert "broken XML" in problem.message
