"""The text part: lines, links, directions, and whole articles as text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from helpers_cldr import freeze_cldr
from helpers_text import anything, said
from syndicate import Article, Author, Newsletter, render_digest
from syndicate.i18n import translator_for
from syndicate.newsletters import load_theme
from syndicate.newsletters.layout import articles_of, lay_out
from syndicate.newsletters.text_part import text_part
from syndicate.text.bidi import first_direction, isolate, paragraph_direction
from syndicate.text.footnotes import Footnotes
from syndicate.text.html_to_text import to_lines
from syndicate.text.illegal_characters import clean_text
from syndicate.text.plain_text import SUMMARY_COLUMNS, EditionHeader, clean_strings, summary_text
from syndicate.text.sanitize import sanitize
from syndicate.text.wrap import WIDTH, display_width, wrap

GOLDEN = Path(__file__).parent / "golden" / "digest"
HOME = "https://harbour.example/"
SLOTS = {
    "unsubscribe_url": "SLOTa81UNSUBSCRIBEURLEND",
    "view_url": "SLOTa81VIEWURLEND",
    "preferences_url": "SLOTa81PREFERENCESURLEND",
}
CONTROLS = "[\u200e\u200f\u202a-\u202e\u2066-\u2069]"
LTR, RTL = "\u200e", "\u200f"


def newsletter(**fields: object) -> Newsletter:
    return Newsletter.model_validate(
        {"name": "weekly", "title": "Harbour weekly", "from": "news@harbour.example"} | fields
    )


def article(number: int = 1, **fields: object) -> Article:
    return Article(
        **{"id": f"urn:x:{number}", "title": f"Title {number}", "link": f"{HOME}{number}"} | fields
    )


def text_of(letter: Newsletter, articles: list[Article], *, theme: str = "longread", **more: object) -> str:
    return render_digest(
        letter,
        articles,
        number=1234,
        date=datetime(2026, 9, 14, 5, tzinfo=UTC),
        home=HOME,
        slots=SLOTS,
        theme=load_theme(theme),
        **more,
    ).text


# What it looks like

WALL = """
<p>The wall was built by <a href="https://en.example/rennie?a=1&amp;b=2">John Rennie</a> in 1817, and has been
<em>mended</em> three times since, as <a href="https://harbour.example/archive">our archive</a> tells.
It weighs 10<sup>6</sup> tonnes.</p>
<h2>What was done</h2>
<ul><li>The last block was lowered into place on Tuesday, under a sky that for once kept still.</li>
<li>Mortar:<ol start="9"><li>lime</li>
<li>sand, of which <a href="https://harbour.example/archive">the archive</a> tells too</li></ol></li></ul>
<blockquote><p>It will stand another two hundred years, if the sea lets it, and no ferry drives into it.</p>
<p>— Anna Bell</p></blockquote>
<pre><code class="language-python">def tide(hour):
\treturn 2.1 * math.cos(2 * math.pi * hour / 12.42)  # metres above the datum, on a calm day
</code></pre>
<h3>Costs</h3>
<table><tr><th>What</th><th>Planned</th><th>Paid</th></tr><tr><td>Stone</td><td>£12,000</td><td>£14,500</td></tr>
<tr><td>Labour and <a href="https://e.example/lime">lime</a></td><td>£3,000</td><td>£900</td></tr></table>
<table><tr><th>Who</th><th>Said</th></tr><tr><td>Jon Reed, harbour master</td>
<td>It is done, and it is done well, which is more than anybody can say of the last time.</td></tr>
<tr><td>Anna Bell</td><td>Yes.</td></tr></table>
<figure><img src="https://img.example/wall.jpg" alt="The wall at low water">
<figcaption>The wall, seen from the pier.</figcaption></figure>
<dl><dt>Lime</dt><dd>What holds it together.</dd></dl><hr>
<p>See <a href="https://harbour.example/photos/">harbour.example/photos</a>.<br>
Write to <a href="mailto:desk@harbour.example">desk@harbour.example</a>.</p>
"""


def whole(links: str = "notes") -> str:
    return text_of(
        newsletter(group="section", most_read=1, text_links=links, footer="1 Quay Street, Port Harbour"),
        [
            article(
                1,
                title="The harbour wall is mended",
                section="News",
                content_html=sanitize(WALL),
                authors=(Author(name="Anna Bell"),),
                published="2026-09-12T09:00:00Z",
            ),
            article(2, title="Mooring fees", section="Council", summary="The council met. " * 9),
            article(3, title="رسالة من الميناء", language="ar", content_html="<p>كل مساء <b>أمشي</b>.</p>"),
            article(4, title="Tides", score=4, link=None, summary="High water at 06:12."),
        ],
        more=7,
        note='<p>Dear readers, this week <a href="https://harbour.example/party">we celebrate</a>.</p>',
    )


def arabic() -> str:
    return text_of(
        newsletter(title="رسالة الميناء", language="ar", text_links="inline", footer="شارع المرفأ 1"),
        [
            article(
                1,
                title="إصلاح جدار الميناء",
                section="أخبار",
                authors=(Author(name="Anna Bell"), Author(name="Jon Reed")),
                published="2026-09-12T09:00:00Z",
                content_html=sanitize(
                    "<p>أعلنت هيئة الميناء أن John Rennie هو الذي بنى الجدار في عام 1817، وأن "
                    '<a href="https://harbour.example/archive">أرشيفنا</a> يروي القصة كاملة، راجع '
                    "https://harbour.example/ar/ لمزيد من التفاصيل.</p><ul><li>الحجر والرمل وما إلى ذلك من "
                    "مواد البناء التي استعملت في إصلاح الجدار القديم</li>"
                    "<li>WordPress 6.5 هو ما نستعمله</li></ul>"
                    "<blockquote><p>سيبقى مئتي عام أخرى.</p></blockquote>"
                ),
            ),
            article(2, title="WordPress تطلق إصدارا", summary="أطلقت WordPress إصدارا جديدا من نظامها. " * 6),
            article(3, title="Mooring fees", language="en", summary="The council met."),
        ],
        more=12,
    )


def japanese() -> str:
    return text_of(
        newsletter(title="港だより", language="ja", footer="港町1-2-3"),
        [
            article(
                1,
                title="防波堤の修理が完了、二百年ぶりの大工事に港の人々も安堵の表情を見せた一日となった",
                authors=(Author(name="山田太郎"),),
                published="2026-09-12T09:00:00Z",
                content_html=sanitize(
                    "<p>最後のブロックは火曜日、珍しく穏やかな空の下で据え付けられた。「これで安心です」と港長は"
                    '語った。<a href="https://harbour.example/archive">記録</a>によれば、前回の修理は1817年。'
                    "詳細はhttps://harbour.example/ja/をご覧ください。</p><ul><li>石材とモルタルは地元の業者が提供し、"
                    "作業には延べ百二十人が参加した。👩\u200d👩\u200d👧\u200d👦も見学に訪れた。</li><li>費用</li></ul>"
                    "<table><tr><th>項目</th><th>予算</th></tr><tr><td>石材</td><td>12,000円</td></tr>"
                    "<tr><td>人件費</td><td>900円</td></tr></table>"
                ),
            ),
            article(2, title="係留料の値上げ", summary="市議会は五時間にわたり議論した。" * 20),
        ],
        more=12,
    )


@pytest.mark.parametrize("made", [whole, arabic, japanese])
def test_golden(made: object, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze_cldr(monkeypatch)
    written = (GOLDEN / f"{made.__name__}.text").read_text(encoding="utf-8")
    assert made() == written


def test_text_of_one_direction_has_no_controls() -> None:
    text = text_of(newsletter(), [article(1, content_html=sanitize(WALL), authors=(Author(name="Ä Ö"),))])
    assert not re.search(CONTROLS, text + japanese())


def test_inline_links() -> None:
    text = whole("inline")
    assert "built by John Rennie <https://en.example/rennie?a=1&b=2> in" in text
    assert text.count("https://harbour.example/archive") == 1
    assert "[1]" not in text
    assert "as our archive\n<https://harbour.example/archive> tells" in text


# Whole articles


def lines_of(html: str, columns: int = WIDTH, links: str = "notes") -> list[str]:
    return to_lines(html, Footnotes(links), columns=columns)


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("", []),
        ("<p></p> <!-- x -->", []),
        ("a<br>b<br><br>c", ["a", "b", "", "c"]),
        ("<p>a</p>tail<p>b</p>", ["a", "", "tail", "", "b"]),
        ("<h3>Title</h3><h4>漢字</h4>", ["Title", "~~~~~", "", "漢字", "...."]),
        ("<ul><li>a<li><p>b</p></ul>", ["- a", "- b"]),
        ("<ul><li><p>a</p><p>b</p></li><li>c</li></ul>", ["- a", "", "  b", "", "- c"]),
        ("<ol reversed><li>a<li>b</ol>", ["2. a", "1. b"]),
        ("<ol start=x><li>a<li value=10>b<li>c</ol>", [" 1. a", "10. b", "11. c"]),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", ["- a", "  - b"]),
        ("<ul>x<li>a</li>y<ul><li>b</li></ul></ul>", ["x", "", "- a", "y", "  - b"]),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", ["> a", ">", "> > b"]),
        ("<pre>\n  a\n\n\tb  \n</pre>", ["      a", "", "        b"]),
        ("<blockquote><pre>a</pre></blockquote>", [">     a"]),
        ("<pre>a<br>b</pre>", ["    a", "    b"]),
        ("a<hr>b", ["a", "", "* * *", "", "b"]),
        ("m<sup>2</sup> H<sub>2</sub>O 1<sup>st</sup>", ["m² H₂O 1st"]),
        ("<q>a</q> <img alt='A  ship' src=x><img src=x>", ["“a” [A ship]"]),
        ("<script>x</script><style>y</style>a", ["a"]),
        ("<b>x<p>a</p>y</b>z", ["x", "", "a", "", "yz"]),
        ("soft\xadhyphen", ["softhyphen"]),
        ("<dl><dt>a</dt><dd>b</dd><dd>c</dd></dl>", ["a", "  b", "  c"]),
    ],
)
def test_bodies(html: str, wanted: list[str]) -> None:
    assert lines_of(html) == wanted


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<table><tr><td>alone</td></tr></table>", ["alone"]),
        (
            "<table><tr><th>a<th>b</tr><tr><td>long<td>1</tr><tr><td>x<td>10</tr></table>",
            ["a      b", "----  --", "long   1", "x     10"],
        ),
        (
            "<table><tr><td colspan=3>a<td>b<tr><td rowspan=2>c<td>d<td>e<td>f<tr><td>g</table>",
            ["a        b", "c  d  e  f", "   g"],
        ),
        (
            "<table><tr><td>a<td><ul><li>b</ul><td>c</table>",
            ["a", "", "- b", "", "c"],
        ),
        (
            "<table><caption>Fish</caption><tr><td>漢字<td>x</tr><tr><td>a<td>y</tr></table>",
            ["Fish", "", "漢字  x", "a     y"],
        ),
        (
            f"<table><tr><th>Name<th>Link</tr><tr><td>a<td>https://e.example/{'x' * 30}</tr></table>",
            ["Name: a", "Link:", f"  https://e.example/{'x' * 30}"],
        ),
    ],
)
def test_tables(html: str, wanted: list[str]) -> None:
    assert lines_of(html, 40) == wanted


def test_wide_columns_are_narrowed() -> None:
    rows = "<tr><th>a<th>b</tr>" + f"<tr><td>{'one two ' * 6}<td>{'three ' * 9}</tr><tr><td>x<td>y</tr>"
    lines = lines_of(f"<table>{rows}</table>", 50)
    assert max(map(display_width, lines)) <= 50
    assert lines[1] == f"{'-' * 24}  {'-' * 24}"
    assert lines[-2:] == ["", f"x{' ' * 25}y"]


@pytest.mark.parametrize(
    ("html", "notes", "inline"),
    [
        ('<a href="https://e.example/">a</a>', ["a [1]"], ["a <https://e.example/>"]),
        ('<a href="https://e.example/"> a </a>b', ["a [1] b"], ["a <https://e.example/> b"]),
        ('<a href="https://e.example/a b">a</a>', ["a [1]"], ["a <https://e.example/a%20b>"]),
        ('<a href="https://e.example/">e.example</a>', ["https://e.example/"], ["https://e.example/"]),
        ('<a href="mailto:a@e.example">a@e.example</a>', ["a@e.example"], ["a@e.example"]),
        ('<a href="mailto:a@e.example">Anna</a>', ["Anna [1]"], ["Anna <mailto:a@e.example>"]),
        ('<a href="#x">a</a><a>b</a><a href="javascript:x">c</a>', ["abc"], ["abc"]),
        ('<a href="https://e.example/"><img src=x></a>', ["[1]"], ["<https://e.example/>"]),
        (
            '<a href="https://e.example/"><h3>a</h3><p>b</p></a>',
            ["a", "~", "", "b", "", "[1]"],
            ["a", "~", "", "b", "", "<https://e.example/>"],
        ),
        (
            '<pre>x <a href="https://e.example/">y</a></pre>',
            ["    x y [1]"],
            ["    x y <https://e.example/>"],
        ),
    ],
)
def test_links_of_bodies(html: str, notes: list[str], inline: list[str]) -> None:
    assert lines_of(html) == notes
    assert lines_of(html, links="inline") == inline


def test_a_footnote_number_stays_with_its_link() -> None:
    for columns in range(10, 40):
        lines = lines_of('<p>the words of a <a href="https://e.example/">link</a>、漢字</p>' * 2, columns)
        assert not any(line.startswith("[") for line in lines)


def test_the_link_of_the_article_is_not_a_footnote() -> None:
    text = text_of(newsletter(), [article(content_html=f'<p><a href="{HOME}1">Here</a> it is.</p>')])
    assert text.count(f"{HOME}1\n") == 1
    assert "Here it is." in text


def test_deep_bodies() -> None:
    for tag in ("div", "blockquote", "ul><li", "b", "table><tr><td"):
        html = f"<{tag}>" * 400 + "word"
        assert "word" in " ".join(lines_of(html))
        assert max(map(display_width, lines_of(html))) <= WIDTH


# Directions


def test_lines_have_the_direction_of_their_paragraph() -> None:
    text = "كتبت Anna Bell Writer Extraordinaire Something مقالة " * 9
    lines = wrap(text)
    assert {first_direction(line) for line in lines} == {"rtl"}
    assert any(line.startswith(RTL) for line in lines)
    lines = wrap("She said سلام لكم يا أهل الميناء كلكم to us " * 9)
    assert {first_direction(line) for line in lines} == {"ltr"}
    assert any(line.startswith(LTR) for line in lines)


@pytest.mark.parametrize(
    ("text", "wanted", "way"),
    [
        ("NATO تعلن", "rtl", "rtl"),
        ("NATO تعلن", None, "ltr"),
        ("سلام means peace", "ltr", "ltr"),
        ("Only English", "rtl", "ltr"),
        ("123", "rtl", "ltr"),
        ("\u2067سلام\u2069 abc", None, "ltr"),
    ],
)
def test_paragraph_direction(text: str, wanted: str | None, way: str) -> None:
    assert paragraph_direction(text, wanted) == way


def test_names_of_the_other_direction_are_isolated() -> None:
    assert isolate("Anna", "ltr") == "Anna"
    assert isolate("Anna", "rtl") == "\u2068Anna\u2069"
    assert isolate("أنا", "ltr") == "\u2068أنا\u2069"
    assert isolate("12", "rtl") == "12"
    text = text_of(newsletter(title="رسالة"), [article(authors=(Author(name="أنا"),))])
    assert "By \u2068أنا\u2069" in text
    assert "subscribed to \u2068رسالة\u2069." in text


def test_an_override_ends_with_its_line() -> None:
    lines = wrap("word " * 12 + "\u202e" + "evil " * 30 + "\u202c good", preferred="ltr")
    for line in lines:
        assert line.count("\u202e") == line.count("\u202c")
    assert "\u202e" not in lines[-1][lines[-1].index("good") :]


def test_a_directed_paragraph_in_html() -> None:
    lines = lines_of('<p dir="rtl">abc سلام</p><p lang="ar">abc سلام</p><p lang="en">سلام abc</p>')
    assert lines == [f"{RTL}abc سلام", "", f"{RTL}abc سلام", "", f"{LTR}سلام abc"]


# Summaries


def test_a_summary_is_measured_in_columns() -> None:
    assert summary_text("漢字" * 100) == "漢字" * 69 + "漢" + "…"
    assert summary_text("あ。" * 100) == "あ。" * 70
    assert len(summary_text("word " * 100)) in range(270, SUMMARY_COLUMNS + 1)
    assert summary_text("漢" * 140) == "漢" * 140
    body = article(summary="", content_html=f"<p>{'漢字。' * 200}</p>")
    assert summary_text(body) == "漢字。" * 46


@given(st.one_of(anything, st.text(max_size=300)), st.integers(1, 300))
def test_a_summary_fits(text: str, limit: int) -> None:
    assert display_width(summary_text(text, limit)) <= limit


# Whatever is written

MARKUP = st.lists(
    st.one_of(
        st.sampled_from(
            "<p>|</p>|<h2>|</h2>|"  # noqa: SIM905 - as a list it is a page long
            "<ul>|<ol start='8'>|<li>|</li>|</ul>|</ol>|<table>|<tr>|<td>|<th rowspan='2'>"
            "|<dd>|"
            "</table>|<pre>|</pre>|<br>|<hr>|<blockquote>|</blockquote>|<b>|</b>|<sup>2</sup>|<dl>|<dt>|"
            "<a href='https://e.example/a?b=c'>|<a href='https://e.example/漢字'>|</a>|<p dir='rtl'>|<!--|"
            "-->|"
            "<img src='https://e.example/i.png' alt='ship'>|words |漢字、かな。|العربية |&#29;|&#x202e;|"
            "https://e.example/x ".split("|")
        ),
        st.sampled_from(["\t", "\n", "x" * 90]),
        anything,
    ),
    max_size=20,
).map("".join)


def ordered(text: str) -> str:
    return re.sub(rf"{CONTROLS}|\s", "", text)


def undirected(text: str) -> str:
    return re.sub(CONTROLS, "", text)


def assert_balanced(line: str) -> None:
    still_open: list[str] = []
    for char in line:
        if char in "\u2066\u2067\u2068":
            still_open.append("isolate")
        elif char in "\u202a\u202b\u202d\u202e":
            still_open.append("embedding")
        elif char == "\u2069":
            while still_open.pop() != "isolate":
                pass
        elif char == "\u202c":
            assert still_open.pop() == "embedding"
    assert not still_open


def assert_well_set(text: str) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", text)
    text.encode()
    for line in text.split("\n"):
        assert_balanced(line)
        words = undirected(line).lstrip("> -0123456789.")
        code = "    " in undirected(line).removesuffix(words)
        words = words.split(" ")
        assert display_width(line) <= WIDTH or len(words) == 1 or code or "[" in line


@settings(max_examples=150, deadline=None)
@given(MARKUP, st.sampled_from(["notes", "inline"]))
@example("&#29;0", "notes")
@example("<h2>&#x202e;", "notes")
@example("<p>&#x200b;<p>a", "notes")
@example("<ul><!---->", "notes")
def test_any_body_becomes_text(html: str, links: str) -> None:
    notes = Footnotes(links)
    lines = to_lines(html, notes)
    assert lines == to_lines(html, Footnotes(links))
    text = "\n".join(lines)
    assert not text.startswith("\n")
    assert not text.endswith("\n")
    assert_well_set("\n".join([*lines, *notes.lines()]))


ARTICLES = st.lists(
    st.builds(
        article,
        st.integers(1, 9),
        title=said.filter(lambda text: clean_text(text).strip()),
        section=st.sampled_from([None, "News", "أخبار"]),
        summary=anything,
        content_html=MARKUP.map(sanitize),
        language=st.sampled_from([None, "ar", "ja", "en"]),
        authors=st.lists(st.builds(Author, name=said), max_size=2).map(tuple),
        link=st.sampled_from([None, f"{HOME}a?b=c", f"{HOME}漢字"]),
        score=st.sampled_from([None, 1.0]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda each: each.id,
)


@settings(max_examples=150, deadline=None)
@given(
    ARTICLES,
    st.builds(
        newsletter,
        language=st.sampled_from([None, "ar", "en"]),
        group=st.sampled_from([None, "section"]),
        most_read=st.integers(0, 1),
        text_links=st.sampled_from(["notes", "inline"]),
    ),
    st.sampled_from(["en", "ar", "ja"]),
    st.booleans(),
)
def test_any_edition(articles: list[Article], letter: Newsletter, language: str, bodies: bool) -> None:
    articles = [clean_strings(each) for each in articles]
    parts = lay_out(letter, articles)

    def made() -> str:
        return text_part(
            letter,
            parts,
            edition=EditionHeader(3, None, 12),
            translator=translator_for(language),
            zone=UTC,
            archive=HOME,
            home=HOME,
            slot=dict.fromkeys(SLOTS, "SLOTEND"),
            with_body={each.id for each in articles} if bodies else (),
        )

    text = made()
    assert text == made()
    assert_well_set(text)
    place = 0
    squeezed = ordered(text)
    lines = {undirected(line) for line in text.split("\n")}
    for each in articles_of(parts):
        title = ordered(each.title.replace("\xad", ""))
        found = squeezed.find(title, place)
        assert found >= 0
        place = found + len(title)
        assert each.link is None or each.link in lines
        if bodies:
            body = lxml_html.fragment_fromstring(each.content_html, create_parent="div")
            for link in body.iter("a"):
                href = link.get("href", "")
                if href.startswith("https://") and link.text_content().strip():
                    assert href in undirected(text)
