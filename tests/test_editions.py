"""Letters: how an edition is laid out, what its links and bodies become, what gives way when it is long."""

from __future__ import annotations

import re
from binascii import b2a_qp
from html import unescape
from urllib.parse import parse_qs, urlsplit

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from pydantic import ValidationError

from helpers_cldr import long_date
from syndicate import (
    Article,
    Fonts,
    Image,
    ImageSettings,
    Locale,
    Newsletter,
    Palette,
    Tag,
    Tracking,
    render_digest,
)
from syndicate.linters.mail.message_checks import CLIP_LIMIT
from syndicate.newsletters import Theme, load_theme
from syndicate.newsletters.layout import Section, articles_of, lay_out
from syndicate.newsletters.link_tracking import LinkTracker
from syndicate.newsletters.minify import minify, minify_css
from syndicate.newsletters.size_limit import encoded_size
from syndicate.text.email_html import adapt_html
from syndicate.text.sanitize import sanitize

HOME = "https://harbour.example/"


def newsletter(**more: object) -> Newsletter:
    return Newsletter(name="weekly", title="Harbour weekly", sender="news@harbour.example", **more)


def article(number: int = 1, **more: object) -> Article:
    values = {
        "id": f"urn:harbour:{number}",
        "title": f"Title {number}",
        "link": f"{HOME}{number}/",
        "summary": "Words.",
    }
    return Article(**values | more)


def shape(parts: tuple[Section, ...]) -> list[tuple[str, str, list[str]]]:
    return [(part.kind, part.title, [each.id[-1] for each in part.articles]) for part in parts]


# Layout


def test_the_newest_leads() -> None:
    parts = lay_out(newsletter(), [article(n) for n in range(3)])
    assert shape(parts) == [("lead", "", ["0"]), ("articles", "", ["1", "2"])]


def test_no_lead() -> None:
    assert shape(lay_out(newsletter(lead="none"), [article(1), article(2)])) == [("articles", "", ["1", "2"])]
    assert lay_out(newsletter(), []) == ()


def test_the_highest_score_leads_unless_something_is_pinned() -> None:
    three = [article(1), article(2, score=3), article(3, score=9)]
    assert shape(lay_out(newsletter(lead="score"), three))[0] == ("lead", "", ["3"])
    assert shape(lay_out(newsletter(lead="score"), three[:1]))[0] == ("lead", "", ["1"])
    pinned = newsletter(lead="score", pinned=("urn:harbour:2",))
    assert shape(lay_out(pinned, three))[0] == ("lead", "", ["2"])


def test_pins_are_ids_or_links_and_keep_their_order() -> None:
    pinned = newsletter(lead="none", pinned=(f"{HOME}3/", "urn:harbour:2", "urn:nobody"))
    parts = lay_out(pinned, [article(n) for n in range(1, 5)])
    assert shape(parts) == [("articles", "", ["3", "2", "1", "4"])]


def test_groups_follow_the_config_then_the_articles() -> None:
    five = [
        article(1, section="Sport"),
        article(2, section="News"),
        article(3),
        article(4, section="Sport"),
        article(5, section="Arts"),
    ]
    grouped = newsletter(lead="none", group="section", groups=("news", "Weather"))
    assert shape(lay_out(grouped, five)) == [
        ("articles", "news", ["2"]),
        ("articles", "Sport", ["1", "4"]),
        ("articles", "Arts", ["5"]),
        ("articles", "", ["3"]),
    ]


def test_a_tag_of_the_config_wins_over_the_first() -> None:
    both = article(1, tags=(Tag(term="fish"), Tag(term="arts", label="Arts")))
    other = article(2, tags=(Tag(term="fish", label="Fish"),))
    grouped = newsletter(lead="none", group="tag", groups=("Arts",))
    assert shape(lay_out(grouped, [other, both])) == [
        ("articles", "Arts", ["1"]),
        ("articles", "Fish", ["2"]),
    ]


def test_most_read_is_a_section_of_its_own() -> None:
    four = [article(1, score=99), article(2, score=1), article(3, score=5), article(4)]
    assert shape(lay_out(newsletter(most_read=2), four)) == [
        ("lead", "", ["1"]),
        ("articles", "", ["4"]),
        ("most_read", "", ["3", "2"]),
    ]


@given(
    st.lists(
        st.builds(
            article,
            st.integers(0, 6),
            score=st.sampled_from([None, 1.0, 2.0]),
            section=st.sampled_from([None, "News", "Arts"]),
            tags=st.lists(st.builds(Tag, term=st.sampled_from(["a", "b"]))).map(tuple),
        ),
        max_size=8,
    ),
    st.builds(
        newsletter,
        lead=st.sampled_from(["newest", "score", "none"]),
        group=st.sampled_from([None, "section", "tag"]),
        groups=st.sampled_from([(), ("arts",), ("b", "News")]),
        most_read=st.integers(0, 4),
        pinned=st.sampled_from([(), ("urn:harbour:3",), (f"{HOME}2/", "urn:harbour:5")]),
    ),
)
def test_layout_keeps_every_article_and_is_stable(articles: list[Article], letter: Newsletter) -> None:
    parts = lay_out(letter, articles)
    key = repr
    assert sorted(articles_of(parts), key=key) == sorted(articles, key=key)
    assert all(part.articles for part in parts)
    if len({each.id for each in articles}) == len(articles):
        assert lay_out(letter, articles_of(parts)) == parts


# Links


def links(home: str | None = HOME, **tracking: object) -> LinkTracker:
    return LinkTracker(newsletter(tracking=Tracking(**tracking)), 7, home)


def test_links_stay_as_they_are() -> None:
    for url in ("https://harbour.example/a?b=c#d", "mailto:a@b.example", "https://other.example/"):
        assert links()(url) == url
    assert links().pixel == ""


def test_parameters_are_added_to_links_of_the_own_host() -> None:
    own = links(parameters={"utm_source": "{newsletter}", "utm_campaign": "no {number}"})
    assert own("https://www.harbour.example/a?b=c#d") == (
        "https://www.harbour.example/a?b=c&utm_source=weekly&utm_campaign=no+7#d"
    )
    assert own("https://other.example/") == "https://other.example/"
    assert own("https://harbour.example/?utm_source=x").count("utm_source") == 1
    named = links(parameters={"a": "b"}, hosts=("other.example",))
    assert named("https://other.example/") == "https://other.example/?a=b"
    assert named("HTTPS://other.example/") == "https://other.example/?a=b"
    assert named(HOME) == HOME
    assert links(None, parameters={"a": "b"})(HOME) == HOME


@pytest.mark.parametrize("url", ["http://me[you@e.example/", "http://me[you]@e.example/", "http:///way"])
def test_an_address_that_is_not_a_web_page_is_not_tracked(url: str) -> None:
    read = article(content_html=sanitize(f'<a href="{url}">words</a>'))
    digest = render_digest(newsletter(tracking={"parameters": {"a": "b"}}), [read], theme=reading())
    assert "words" in digest.html
    assert url not in digest.html + digest.text


def test_an_invisible_alt_text_is_empty() -> None:
    seen = article(image=Image(url="https://e.example/a.png", alt="\u200b\u2060"))
    page = lxml_html.document_fromstring(render_digest(newsletter(), [seen]).html)
    [picture] = page.iter("img")
    assert picture.get("alt") == ""
    assert picture.getparent().get("aria-hidden") == "true"


def test_redirect_and_pixel_are_off_by_default() -> None:
    told = links(
        parameters={"a": "ü&"},
        redirect="https://count.example/?n={number}&to={url}",
        pixel="https://count.example/p.gif?n={newsletter}-{number}",
    )
    there = urlsplit(told(f"{HOME}1/?x=1&y=2"))
    assert there.netloc == "count.example"
    assert parse_qs(there.query) == {"n": ["7"], "to": [f"{HOME}1/?x=1&y=2&a=%C3%BC%26"]}
    assert told("tel:123") == "tel:123"
    assert 'src="https://count.example/p.gif?n=weekly-7"' in told.pixel
    letter = newsletter(tracking=Tracking(pixel="https://count.example/p.gif?n={number}&x=1"))
    html = render_digest(letter, [article()], number=7).html
    assert html.count("count.example") == 1
    assert 'src="https://count.example/p.gif?n=7&amp;x=1"' in html[-200:]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"redirect": "https://count.example/"}, "redirect needs {url}"),
        ({"pixel": "/p.gif"}, "pixel"),
        ({"parameters": "utm"}, "parameters"),
    ],
)
def test_settings_of_tracking_are_checked(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Tracking.model_validate(settings)


def test_both_parts_have_the_same_links() -> None:
    letter = newsletter(tracking=Tracking(parameters={"utm_medium": "email"}))
    one = article(content_html=f'<p><a href="{HOME}2/">x</a></p>')
    digest = render_digest(letter, [one], home=HOME, more=3, theme=reading())
    for part in (digest.html, digest.text):
        assert f"{HOME}1/?utm_medium=email" in part
        assert f"{HOME}2/?utm_medium=email" in part
        assert f"{HOME}?utm_medium=email" in part


def test_personal_links_are_never_changed() -> None:
    letter = newsletter(tracking=Tracking(redirect="https://count.example/?to={url}"))
    slots = {"unsubscribe_url": "SLOTAEND"}
    digest = render_digest(letter, [article()], slots=slots, home=HOME)
    assert 'href="SLOTAEND"' in digest.html
    assert "\nSLOTAEND\n" in digest.text


# ImageSettings, palette, fonts


def test_a_proxy_address_has_image_and_width() -> None:
    letter = newsletter(images=ImageSettings(proxy="https://img.example/?u={url}&w={width}"))
    one = article(image=Image(url=f"{HOME}a b.jpg?x=1", width=1200, height=600))
    html = render_digest(letter, [one]).html
    wanted = "https://img.example/?u=https%3A%2F%2Fharbour.example%2Fa%2520b.jpg%3Fx%3D1&amp;w=600"
    assert wanted in html
    assert 'width="600" height="300"' in html


def test_an_image_without_https_is_shown_through_a_proxy_only() -> None:
    body = '<p>Words</p><img src="http://harbour.example/b.png" alt="A ship">'
    one = article(image=Image(url="http://harbour.example/a.png", alt="The quay"), content_html=body)
    for theme in ("default", "longread"):
        html = render_digest(newsletter(), [one], theme=load_theme(theme)).html
        assert "<img" not in html
        assert ("<em>A ship</em>" in html) == (theme == "longread")
    letter = newsletter(images=ImageSettings(proxy="https://img.example/?u={url}&w={width}"))
    html = render_digest(letter, [one], theme=load_theme("longread")).html
    shown = ["http%3A%2F%2Fharbour.example%2Fa.png", "http%3A%2F%2Fharbour.example%2Fb.png"]
    assert [f"https://img.example/?u={url}&amp;w=600" in html for url in shown] == [True, True]


def test_image_addresses_of_the_caller() -> None:
    one = article(image=Image(url=f"{HOME}a.jpg", width=1200, height=600))
    html = render_digest(
        newsletter(), [one], image_address=lambda url, width: f"cid:{width}@harbour.example"
    ).html
    assert 'src="cid:600@harbour.example"' in html


def test_proxy_and_embedding_exclude_each_other() -> None:
    with pytest.raises(ValidationError, match="exclude each other"):
        ImageSettings(proxy="https://img.example/{url}", embed=True)
    with pytest.raises(ValidationError, match="proxy needs"):
        ImageSettings(proxy="https://img.example/")


def test_palette_and_fonts_come_from_the_config() -> None:
    letter = newsletter(
        palette=Palette(accent="#0b5f66", dark_accent="#7fd4dc"), fonts=Fonts(text="Verdana, sans-serif")
    )
    html = render_digest(letter, [article()]).html
    assert "#0b5f66" in html
    assert "#7fd4dc" in html
    assert "Verdana, sans-serif" in html
    with pytest.raises(ValidationError):
        Palette(accent="teal")
    assert Fonts(text="Georgia, 'Times New Roman', serif").text
    for text in ("x;} body{display:none", "Arial, 'Times New Roman, serif"):
        with pytest.raises(ValidationError):
            Fonts(text=text)


# Languages


def test_messages_and_dates_have_the_locale() -> None:
    late = article(published="2026-09-10T23:30:00Z", language=None)
    reader = Locale(language="de-AT", timezone="Pacific/Auckland")
    digest = render_digest(newsletter(language="en"), [late], locale=reader)
    day = long_date("2026-09-11", "de_AT")
    assert day in unescape(digest.html)
    assert day in digest.text
    assert digest.language == "de-AT"
    page = lxml_html.document_fromstring(digest.html)
    assert page.get("lang") == "de-AT"
    assert {h2.get("lang") for h2 in page.iter("h2")} == {"en"}


def test_a_language_without_a_catalogue_is_the_newsletters() -> None:
    reader = Locale(language="tlh", timezone="Mars/Base")
    own = render_digest(newsletter(language="fr"), [article()])
    assert render_digest(newsletter(language="fr"), [article()], locale=reader) == own
    assert own.language == "fr"
    page = lxml_html.document_fromstring(render_digest(newsletter(language="tlh"), [article()]).html)
    assert page.get("lang") == "tlh"
    assert "en" in {each.get("lang") for each in page.iter("p")}


# Bodies


def changed(html: str) -> str:
    return adapt_html(
        html,
        change_link=lambda url: f"{url}?l",
        image_address=lambda url, width: f"{url}?w={width}",
        width=600,
    )


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("", ""),
        ("a &lt; b <b>c</b> d", "a &lt; b <b>c</b> d"),
        ("<h1>a</h1><h4>b</h4><h2>c</h2>", "<h3>a</h3><h4>b</h4><h4>c</h4>"),
        ("<h5>a</h5><h2>b</h2><h3>c</h3>", "<h3>a</h3><h3>b</h3><h4>c</h4>"),
        ('<p id="x" class="y">a<a href="#x">b</a>c</p>', "<p>abc</p>"),
        ('<a href="https://e.example/">b</a>', '<a href="https://e.example/?l">b</a>'),
        ('<a href="mailto:a@b.example">b</a>', '<a href="mailto:a@b.example">b</a>'),
        (
            "<section><figure>a<figcaption>b</figcaption></figure></section>",
            '<div><div class="fig">a<div class="cap">b</div></div></div>',
        ),
        (
            '<img src="https://e.example/a.png" width="1200" height="300" id="i" srcset="x 2x">',
            '<img src="https://e.example/a.png?w=600" alt="" width="600" height="150" style="FILL600px;END">',
        ),
        (
            '<img src="https://e.example/a.png" alt=" a  b ">',
            '<img src="https://e.example/a.png?w=600" alt="a b" width="600" style="width:auto;LATER">',
        ),
        ('a<img src="http://e.example/a.png" alt="A ship">b', "a<em>A ship</em>b"),
        ('a<img src="http://e.example/a.png">b', "ab"),
        ('a<mark lang="fr">b</mark>', 'a<b lang="fr">b</b>'),
        (
            '<video src="https://e.example/tide%20clock.mp4"><p>no</p></video> end',
            '<a href="https://e.example/tide%20clock.mp4?l">tide clock.mp4</a> end',
        ),
        (
            '<audio><source src="https://e.example/a.mp3"><a href="#">x</a></audio>',
            '<a href="https://e.example/a.mp3?l">a.mp3</a>',
        ),
        ("<video>none</video>rest", "rest"),
        (
            '<video src="https://e.example/a%00%02%0Ab.mp4"></video>',
            '<a href="https://e.example/a%00%02%0Ab.mp4?l">a b.mp4</a>',
        ),
        ('<video src="http://me[you@e.example/a"></video>rest', "rest"),
        ('<a href="HTTPS://E.example/">b</a>', '<a href="HTTPS://E.example/?l">b</a>'),
        (
            "<a href='https://e.example/'><video src='https://e.example/v'></video>x</a>",
            '<a href="https://e.example/?l">vx</a>',
        ),
        ("over<wbr>all", "overall"),
        (
            '<picture><source srcset="https://e.example/>"><img src="https://e.example/a.png" width="9">',
            '<img src="https://e.example/a.png?w=9" alt="" width="9" style="FILL9px;END">',
        ),
        ("a<!-- b -->c<iframe>d</iframe>e", "ace"),
        (
            '<p title="<!--[if mso]><b>">a</p><p title="<!-- &quot;> -->">b</p>',
            """<p title="&lt;! --[if mso]&gt;&lt;b&gt;">a</p><p title='&lt;! -- "&gt; --&gt;'>b</p>""",
        ),
    ],
)
def test_bodies_are_adapted(body: str, wanted: str) -> None:
    assert changed(body) == wanted.replace("FILL", "width:100%;max-width:").replace(
        "END", "height:auto"
    ).replace("LATER", "max-width:100%;height:auto")


def test_deeply_nested_text_is_kept() -> None:
    for depth in (300, 3000):
        inner = '<img src="https://e.example/a.png">deep'
        html = changed(sanitize("<blockquote>" * depth + inner + "</blockquote>" * depth + "<p>after</p>"))
        assert "deep</blockquote>" in html
        assert html.endswith("</blockquote><p>after</p>")


MARKUP = st.lists(
    st.sampled_from(
        [
            *(
                "<p>",
                "</p>",
                "<h1>",
                "</h1>",
                "<h4>",
                "</h4>",
                "<ul><li>",
                "</li></ul>",
                "<table><tr><td>",
                "</table>",
            ),
            *(
                "<a href='https://e.example/'>",
                "<a href='#x'>",
                "</a>",
                "<img src='https://e.example/i.png'>",
            ),
            *("<video src='https://e.example/v'>", "</video>", "<picture>", "</picture>", "<pre>", "</pre>"),
            *(
                "words ",
                "&amp;",
                "<",
                "&lt;b",
                "<!--",
                "-->",
                "\n",
                "漢字",
                "<script>",
                "</script>",
                "<svg>",
                "</svg>",
            ),
        ]
    ),
    max_size=25,
).map("".join)


@given(MARKUP)
def test_any_body_can_be_adapted(body: str) -> None:
    html = changed(sanitize(body))
    strict = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = strict.parseFragment(html)
    wrong = {code for _, code, _ in strict.errors} - {"expected-closing-tag-but-got-eof"}
    assert not wrong & {"unexpected-end-tag", "unexpected-end-tag-implies-table-voodoo", "end-tag-too-early"}
    names = {each.tag for each in tree.iter() if isinstance(each.tag, str)}
    assert not names & {"video", "audio", "picture", "source", "script", "svg", "h1", "h2", "iframe"}
    assert all(each.get("alt") is not None and each.get("width") for each in tree.iter("img"))
    assert all(each.get("href", "").startswith("https://") for each in tree.iter("a"))


def reading() -> Theme:
    return load_theme("longread")


# What gives way


def test_bodies_are_shortened_before_summaries_and_the_longest_first() -> None:
    long = "<p>Words of some length.</p>" * 4500
    short = "<p>Words of some length.</p>" * 100
    three = [article(1, content_html=short), article(2, content_html=long), article(3, content_html=short)]
    digest = render_digest(newsletter(), three, theme=reading())
    assert [each.id for each in digest.shortened] == ["urn:harbour:2"]
    assert digest.shortened[0].saved > 60_000
    assert encoded_size(digest.html) < CLIP_LIMIT
    assert digest.html.count("<p>Words of some length.</p>") == 200
    # The text part tells as much of each article as the HTML part.
    assert digest.text.count("Words of some length.") == 200


def test_the_lead_is_shortened_last() -> None:
    long, longer = ("<p>Words of some length.</p>" * many for many in (2000, 2500))
    three = [article(1, content_html=longer), article(2, content_html=long), article(3, content_html=long)]
    digest = render_digest(newsletter(), three, theme=reading())
    assert [each.id for each in digest.shortened] == ["urn:harbour:2", "urn:harbour:3"]


def test_an_edition_within_the_limit_is_not_shortened() -> None:
    digest = render_digest(newsletter(), [article(content_html="<p>All.</p>")], theme=reading())
    assert digest.shortened == ()
    assert "<p>All.</p>" in digest.html


def test_the_encoded_size_of_japanese_counts() -> None:
    many = [article(n, content_html="<p>港の灯台がまた灯りました。</p>" * 60) for n in range(20)]
    digest = render_digest(newsletter(language="ja"), many, theme=reading())
    assert len(digest.html.encode()) < CLIP_LIMIT
    assert len(b2a_qp(digest.html.encode(), istext=True)) < CLIP_LIMIT
    assert digest.shortened


# Fewer bytes


def test_conditional_comments_stay_byte_for_byte() -> None:
    conditional = '<!--[if mso | IE]><table  width="1">\n<tr>  <td style="a:b;"><![endif]-->'
    revealed = "<!--[if !mso]><!-->  <i>  x</i><!--<![endif]-->"
    html = f"<p>  a\n b </p>{conditional}<!-- gone -->{revealed}<pre>  a\n b</pre>"
    assert minify(html) == (
        f"<p> a b </p>{conditional}<!--[if !mso]><!--> <i> x</i><!--<![endif]--><pre>  a\n b</pre>"
    )


def test_values_keep_their_semicolons() -> None:
    assert minify('<a href="https://e.example/?a&amp;" style="color:red;">a\u00a0 b</a>') == (
        '<a href="https://e.example/?a&amp;" style="color:red">a\u00a0 b</a>'
    )


def test_comments_in_strings_and_strings_in_comments_of_css() -> None:
    css = """a { content: "/* x */" } /* don't */ b { content: '"' } /* isn't */"""
    assert minify_css(css) == """a{content:"/* x */"}b{content:'"'}"""


def test_style_sheets() -> None:
    css = """
    /* note */ .a > p , .b { color : red; font-family: "A  B", 'C'; background: url(a b) }
    @media (prefers-color-scheme: dark) { p :first-child { margin: 0 0 ; } }
    """
    assert minify_css(css) == (
        """.a>p,.b{color:red;font-family:"A  B",'C';background: url(a b)}"""
        "@media (prefers-color-scheme: dark){p :first-child{margin:0 0}}"
    )


@given(MARKUP)
def test_minified_html_looks_the_same(body: str) -> None:
    html = f"<html><body>{sanitize(body)}</body></html>"

    def seen(document: str) -> list[str]:
        tree = lxml_html.document_fromstring(document)
        return re.sub(r"\s+", " ", tree.text_content()).split()

    assert seen(minify(html)) == seen(html)
    assert minify(minify(html)) == minify(html)
