"""What sanitizing would lose: frames, late images, formulas, drawings, forms and widgets."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from helpers_text import anything
from syndicate.text.article_html import read_article_html
from syndicate.text.conversion import convert_html
from syndicate.text.embed_providers import PROVIDERS, find_embed
from syndicate.text.sanitize import sanitize

PLACEHOLDER = '<img src="data:image/gif;base64,R0"'
BASE = "https://harbour.example/2026/ferry/"
many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def body(html: str) -> str:
    return read_article_html(html, BASE).html


def note(html: str) -> str:
    return "; ".join(read_article_html(html, BASE).notes)


@pytest.mark.parametrize(
    ("address", "page"),
    [
        (
            "//www.youtube-nocookie.com/embed/aB3-_x?rel=0&start=75",
            "https://www.youtube.com/watch?v=aB3-_x&t=75s",
        ),
        ("https://www.youtube.com/embed/videoseries?list=PL1", "https://www.youtube.com/playlist?list=PL1"),
        ("https://player.vimeo.com/video/76?h=8f&title=0", "https://vimeo.com/76/8f"),
        ("https://open.spotify.com/embed/episode/4rO?utm_source=x", "https://open.spotify.com/episode/4rO"),
        (
            "https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/ada/sea&color=f00",
            "https://soundcloud.com/ada/sea",
        ),
        ("https://platform.twitter.com/embed/Tweet.html?id=20&theme=dark", "https://x.com/i/status/20"),
        ("https://sea.example/@ada/109/embed", "https://sea.example/@ada/109"),
        ("https://www.instagram.com/reel/Cx_1/embed/captioned/", "https://www.instagram.com/reel/Cx_1/"),
        ("https://www.tiktok.com/embed/v2/71", "https://www.tiktok.com/@/video/71"),
        ("https://codepen.io/ada/embed/preview/abC?height=300", "https://codepen.io/ada/pen/abC"),
        ("https://gist.github.com/ada/0a1b.js?file=x.py", "https://gist.github.com/ada/0a1b"),
        (
            "https://www.google.com/maps/embed?pb=!1m18!1m3!1d9!2d4.89!3d52.37!2m3!3m2!1m2!1s0x4:0x2!2sOld+Port!5e0",
            "https://www.google.com/maps/search/?api=1&query=Old%20Port",
        ),
        (
            "https://www.google.com/maps/embed/v1/place?key=K&q=Old+Port",
            "https://www.google.com/maps/search/?api=1&query=Old%20Port",
        ),
        (
            "https://maps.google.com/maps?q=Pier+4&output=embed",
            "https://www.google.com/maps/search/?api=1&query=Pier%204",
        ),
        (
            "https://www.openstreetmap.org/export/embed.html?bbox=4.8,52.3,4.9,52.4&layer=mapnik&marker=52.37,4.89",
            "https://www.openstreetmap.org/?mlat=52.37&mlon=4.89#map=15/52.37/4.89",
        ),
        (
            "https://embed.podcasts.apple.com/us/podcast/sea/id12?i=34",
            "https://podcasts.apple.com/us/podcast/sea/id12?i=34",
        ),
        ("https://datawrapper.dwcdn.net/aBc12/3/", "https://datawrapper.dwcdn.net/aBc12/"),
        (
            "https://docs.google.com/document/d/e/2PACX-1v/pub?embedded=true",
            "https://docs.google.com/document/d/e/2PACX-1v/pub",
        ),
        (
            "https://docs.google.com/presentation/d/e/2P/embed?start=false",
            "https://docs.google.com/presentation/d/e/2P/pub",
        ),
        ("https://drive.google.com/file/d/1A/preview", "https://drive.google.com/file/d/1A/view"),
        ("https://player.bilibili.com/player.html?bvid=BV1x&page=1", "https://www.bilibili.com/video/BV1x"),
        ("https://tube.example/videos/embed/9c9de5e8-0a1e-484a-b099-e80766180a6d", None),
        ("https://video.example/embed/k42", "https://video.example/embed/k42"),
    ],
)
def test_a_frame_becomes_a_link_to_the_page_that_people_open(address: str, page: str | None) -> None:
    page = page or "https://tube.example/w/9c9de5e8-0a1e-484a-b099-e80766180a6d"
    clean = body(f'<p>Words</p><iframe src="{address.replace("&", "&amp;")}" title="Leaving port"></iframe>')
    link = lxml_html.fragment_fromstring(clean, create_parent=True).find(".//a")
    assert link is not None
    assert link.get("href") == page
    assert (link.text or "").startswith("Leaving port")
    assert "<iframe" not in clean


def test_every_rule_of_a_provider_can_be_read() -> None:
    for provider in PROVIDERS:
        re.compile(provider.hosts)
        for pattern, _ in provider.rules:
            re.compile(pattern)


@many
@given(anything)
def test_any_address_of_a_frame_is_safe(text: str) -> None:
    value = text.replace("&", "&amp;").replace('"', "&quot;")
    for prefix in ("", "https://", "https://www.youtube.com/embed/", "https://www.google.com/maps/embed?pb="):
        clean = body(f'<iframe src="{prefix}{value}"></iframe>')
        for href in re.findall(r'href="([^"]*)"', clean):
            assert href.startswith(("https://", "http://"))
    find_embed("https://maps.google.com/?" + re.sub(r"[^ -~]", "", text))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        # Names
        ('<iframe src="https://youtu.be/x" title="YouTube video player"></iframe>', ">YouTube video</a>"),
        ('<iframe src="https://v.example/e"></iframe>', ">v.example</a>"),
        (
            (
                '<figure><iframe src="https://v.example/e"></iframe>'
                "<figcaption>A <i>calm</i> sea</figcaption></figure>"
            ),
            '">A calm sea (v.example)</a><figcaption>A <i>calm</i> sea</figcaption></figure>',
        ),
        (
            (
                '<iframe src="https://bandcamp.com/EmbeddedPlayer/album=1/"><a href="https://ada.bandcamp.com/album/sea">'
                "Sea by Ada</a></iframe>"
            ),
            '<a href="https://ada.bandcamp.com/album/sea">Sea by Ada</a>',
        ),
        ('<iframe srcdoc="&lt;p&gt;In it&lt;/p&gt;"></iframe>', "<p>In it</p>"),
        ('<iframe data-src="https://v.example/e" src="about:blank"></iframe>', 'href="https://v.example/e"'),
        # Objects
        (
            '<object data="a.pdf" type="application/pdf"><p>The <b>report</b></p></object>',
            f'<a href="{BASE}a.pdf">The report</a>',
        ),
        ('<object data="b.png" type="image/png">A boat</object>', f'<img src="{BASE}b.png" alt="A boat">'),
        (
            '<object><param name="movie" value="https://www.youtube.com/v/x"><embed src="https://www.youtube.com/v/x">',
            'href="https://www.youtube.com/watch?v=x"',
        ),
        ('<embed src="sound.mp3">', f'<a href="{BASE}sound.mp3">sound.mp3 (harbour.example)</a>'),
        # Widgets
        ('<script src="https://gist.github.com/ada/1.js"></script>', 'href="https://gist.github.com/ada/1"'),
        ('<lite-youtube videoid="x" playlabel="Play: Low tide"></lite-youtube>', ">Low tide</a>"),
        ('<amp-youtube data-videoid="x"></amp-youtube>', "watch?v=x"),
        (
            (
                '<blockquote class="twitter-tweet"><p>Hello</p>&mdash; Ada <a href="https://x.com/a/status/1">Now</a>'
                "</blockquote><script async src=https://platform.x.com/widgets.js></script>"
            ),
            '<blockquote><p>Hello</p>— Ada <a href="https://x.com/a/status/1">Now</a></blockquote>',
        ),
        (
            (
                '<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/A/?u=1">'
                "</blockquote>"
            ),
            'href="https://www.instagram.com/p/A/"',
        ),
        (
            '<div class="fb-post" data-href="https://www.facebook.com/a/posts/1"></div>',
            "facebook.com/a/posts/1",
        ),
        (
            '<div class="wp-block-embed__wrapper">\nhttps://www.youtube.com/watch?v=x\n</div>',
            '<a href="https://www.youtube.com/watch?v=x">YouTube video</a>',
        ),
        # Images
        ('<img src="data:image/gif;base64,R0" data-src="a.jpg" alt="A">', f'<img src="{BASE}a.jpg" alt="A">'),
        ('<img data-srcset="a.jpg 400w, b.jpg 800w" alt="A">', f'<img src="{BASE}b.jpg" alt="A" srcset='),
        ('<img srcset="a.jpg 1x, b.jpg 2x">', f'src="{BASE}b.jpg"'),
        ('<img src="blank.gif" data-original="a.jpg">', f'src="{BASE}a.jpg"'),
        ('<img src="a.jpg" data-original="zoom.jpg">', f'src="{BASE}a.jpg"'),
        ('<img src="data:image/gif;base64,R0" alt="A boat">', "<em>A boat</em>"),
        (
            '<picture><source data-srcset="a.webp 1x"><img src="data:image/gif;base64,R0" alt="A"></picture>',
            f'<img src="{BASE}a.webp" alt="A">',
        ),
        # Formulas and drawings
        ('<math alttext="x^2"><msup><mi>x</mi><mn>2</mn></msup></math>', "<code>x^2</code>"),
        ("<p>So <math><msup><mi>x</mi><mn>2</mn></msup></math>.</p>", "<p>So x².</p>"),
        ("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac></math>", "(a + b)/2"),
        ("<math><msqrt><mi>n</mi></msqrt><mo>≤</mo><mroot><mi>n</mi><mn>3</mn></mroot></math>", "√n ≤ ³√n"),
        ("<math><munderover><mo>∑</mo><mn>0</mn><mi>n</mi></munderover><mi>k</mi></math>", "∑₀ⁿ k"),
        (
            (
                "<math><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr>"
                "<mtr><mtd><mn>0</mn></mtd><mtd><mn>1</mn></mtd></mtr></mtable></math>"
            ),
            "[1, 0; 0, 1]",
        ),
        (
            (
                '<math><semantics><mi>E</mi><annotation encoding="application/x-tex">{\\displaystyle E=m^{2}}'
                "</annotation></semantics></math>"
            ),
            "<code>E=m^{2}</code>",
        ),
        ('<script type="math/tex">\\frac{a}{b}</script>', "<code>\\frac{a}{b}</code>"),
        ('<svg role="img"><title>Tides</title><desc>High at nine</desc><path/></svg>', "Tides: High at nine"),
        ('<svg aria-label="Tides"><path/></svg>', "Tides"),
        ("<svg width=400><text>Mon</text><text>Tue</text></svg>", "Mon, Tue"),
        ('<svg width="400" height="300"><path/></svg>', f'<a href="{BASE}">Drawing</a>'),
        ('<svg><image xlink:href="c.png"/></svg>', f'<img src="{BASE}c.png"'),
        # Forms
        (
            "<form><label>Our news<input></label><button>Go</button></form>",
            f'<a href="{BASE}">Our news</a>',
        ),
        ("<form><p>Long text</p><input name=e><input type=submit value=Send></form>", "<p>Long text</p>"),
        ("<form><input type=hidden name=x><p>All of the page</p></form>", "<p>All of the page</p>"),
        ("<ul><li><input type=checkbox checked disabled>done</ul>", "<li>☑ done</li>"),
        ('<map><area href="n" alt="North"></map>', f'<a href="{BASE}n">North</a>'),
        # Kept
        ("<x-card><p>Card</p></x-card>", "<p>Card</p>"),
        ("<template><p>In it</p></template>", "<p>In it</p>"),
        (
            "<details><summary>More</summary>Words</details>",
            "<details><summary>More</summary>Words</details>",
        ),
        ('<portal src="https://v.example/p"></portal>', 'href="https://v.example/p"'),
        ('<base href="https://cdn.example/x/"><img src="a.png">', 'src="https://cdn.example/x/a.png"'),
        (
            '<noscript><a href="https://polls.example/1">Vote</a></noscript>',
            '<a href="https://polls.example/1">Vote</a>',
        ),
    ],
)
def test_something_is_left(html: str, expected: str) -> None:
    assert expected in body(f"<p>Before</p>{html}<p>After</p>")
    assert "After" in body(f"<p>Before</p>{html}<p>After</p>")


@pytest.mark.parametrize(
    "html",
    [
        f'{PLACEHOLDER} data-src="a.jpg" alt="A"><noscript><img src="a.jpg" alt="A"></noscript>',
        f'<noscript><img src="a.jpg" alt="A"></noscript>{PLACEHOLDER} data-src="a.jpg" alt="A">',
        f'{PLACEHOLDER} alt="A"><noscript><img src="a.jpg" alt="A"></noscript>',
        '<img data-src="a-300x200.jpg" alt="A"><noscript><img src="a.jpg" alt="A"></noscript>',
        '<p><img data-lazy-src="a.jpg" class="lazy"></p><noscript><img src="/2026/ferry/a.jpg"></noscript>',
    ],
)
def test_a_late_image_and_its_twin_are_one_image(html: str) -> None:
    clean = body(html)
    assert clean.count("<img") == 1
    assert re.search(rf'src="{BASE}a(-300x200)?\.jpg"', clean)
    assert "<em>" not in clean


@pytest.mark.parametrize(
    "html",
    [
        '<noscript>Please turn on JavaScript to see <a href="https://c.example/">comments</a></noscript>',
        '<noscript><img width="1" height="1" src="https://stats.example/p.gif"></noscript>',
        '<iframe src="https://stats.example/ns.html" width="0" height="0"></iframe>',
        '<svg aria-hidden="true"><text>x</text></svg>',
        '<svg viewBox="0 0 24 24"><path/></svg>',
        '<script type="application/ld+json">{"a": "b"}</script>',
    ],
)
def test_what_nobody_sees_is_left_out(html: str) -> None:
    assert body(f"<p>Before</p>{html}") == "<p>Before</p>"


def test_a_formula_is_there_once() -> None:
    katex = (
        '<span class="katex"><span class="katex-mathml"><math><semantics><mi>E</mi>'
        '<annotation encoding="application/x-tex">E=mc^2</annotation></semantics></math></span>'
        '<span class="katex-html" aria-hidden="true"><span class="mord">E=m</span></span></span>'
    )
    assert body(f"<p>So {katex}.</p>") == "<p>So <code>E=mc^2</code>.</p>"
    assert note(katex) == "1 formula became text"
    mathjax = (
        '<span class="MathJax_Preview">x</span><span class="MathJax"><span>x</span></span>'
        '<script type="math/tex">x^2</script>'
    )
    assert body(f"<p>{mathjax}</p>") == "<p><code>x^2</code></p>"
    wikipedia = (
        '<span class="mwe-math-element"><span><math alttext="{\\displaystyle x}"><mi>x</mi></math></span>'
        '<img src="https://w.example/x.svg" alt="x"></span>'
    )
    assert body(wikipedia) == "x"
    assistive = "<mjx-assistive-mml><math><mi>x</mi></math></mjx-assistive-mml>"
    mathjax3 = f"<mjx-container><mjx-math>x</mjx-math>{assistive}</mjx-container>"
    assert body(f"<p>{mathjax3}</p>") == "<p>x</p>"


def test_media_keep_their_poster_and_get_a_link() -> None:
    clean = body(
        '<video poster="p.jpg" autoplay><source src="low%20tide.mp4" type="video/mp4">Old browser.</video>'
    )
    assert f'poster="{BASE}p.jpg"' in clean
    assert f'<source src="{BASE}low%20tide.mp4" type="video/mp4">' in clean
    assert f'<a href="{BASE}low%20tide.mp4">low tide.mp4</a></video>' in clean
    own = '<audio src="a.mp3" controls><a href="a.mp3">Listen</a></audio>'
    assert body(own).count("<a ") == 1
    assert "Listen" in body(own)
    assert f'<a href="{BASE}"><img src="{BASE}p.jpg"' in body('<video poster="p.jpg" src="blob:x"></video>')


def test_galleries_keep_every_picture_and_caption() -> None:
    pictures = "".join(
        f'<figure class="wp-block-image"><img src="data:image/gif;base64,R0" data-src="{n}.jpg" alt="{n}">'
        f"<noscript><img src='{n}.jpg' alt='{n}'></noscript><figcaption>Caption {n}</figcaption></figure>"
        for n in range(5)
    )
    clean = body(f'<figure class="wp-block-gallery">{pictures}<figcaption>All</figcaption></figure>')
    assert re.findall(r"<img src=\"[^\"]*/(\d)\.jpg\"", clean) == [*"01234"]
    assert re.findall(r"<figcaption>([^<]*)", clean) == [*(f"Caption {n}" for n in range(5)), "All"]


def test_one_note_counts_everything() -> None:
    html = (
        '<iframe src="https://www.youtube.com/embed/x"></iframe><iframe src="https://video.example/k"></iframe>'
        "<svg><title>Tides</title></svg>"
    )
    assert note(html) == "2 frames became links (youtube.com, video.example), 1 drawing became text"
    assert note("<p>Plain</p>") == ""


PLAIN = [
    "<p>",
    "</p>",
    "<a href='x'>",
    "</a>",
    "<img src='a.png' alt='x'>",
    "<ul><li>",
    "</ul>",
    "<b>",
    "data ",
]


@many
@given(st.lists(st.sampled_from([*PLAIN, "class='a'", "iframe", "one "]), max_size=60))
def test_ordinary_posts_stay_as_they_are(pieces: list[str]) -> None:
    html = "".join(pieces)
    converted = convert_html(html, BASE)
    assert (converted.html, converted.note) == (html, "")
    assert read_article_html(html, BASE).html == sanitize(html, BASE)


CONSTRUCTS = [
    *(
        "<iframe src=//v.example/e>",
        "</iframe>",
        "<noscript>",
        "</noscript>",
        "<svg>",
        "</svg>",
        "<math>",
        "</math>",
    ),
    *("<mfrac>", "<mi>x", "<object data=x>", "</object>", "<video src=v>", "</video>", "<form>", "</form>"),
    *(
        "<input type=checkbox>",
        "<img data-src=a>",
        "<script>",
        "</script>",
        "<picture>",
        "</picture>",
        "<!--",
        "-->",
    ),
    *(
        "<span class=katex>",
        "</span>",
        "<figure>",
        "</figure>",
        "<figcaption>",
        "</figcaption>",
        "<template>",
        "'",
    ),
    *("</template>", "<blockquote class=twitter-tweet>", "</blockquote>", "onload=x", ">", '"', "words "),
]


@many
@given(st.lists(st.sampled_from(CONSTRUCTS), max_size=60))
def test_any_mixture_is_safe_and_clean(pieces: list[str]) -> None:
    clean = body("".join(pieces))
    assert sanitize(clean, BASE) == clean
    assert not re.search(r"<(?:iframe|script|svg|math|form|object|input)\b", clean)


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ('<a href="https://a.example/x^y|z">a</a>', '<a href="https://a.example/x%5Ey%7Cz">a</a>'),
        (
            '<a href="/q?a={b}&amp;c=\\d`">a</a>',
            '<a href="https://harbour.example/q?a=%7Bb%7D&amp;c=%5Cd%60">a</a>',
        ),
        ("<img src='/a b^.png' alt=\"a\">", '<img src="https://harbour.example/a%20b%5E.png" alt="a">'),
        ('<a href=" https://a.example/ü%5E#{x} ">a</a>', '<a href="https://a.example/ü%5E#%7Bx%7D">a</a>'),
        ('<img srcset="/a^.png 2x" alt="a">', '<img srcset="https://harbour.example/a%5E.png 2x" alt="a">'),
    ],
)
def test_addresses_have_only_the_characters_of_a_uri(html: str, clean: str) -> None:
    # RFC 3986, appendix A. Letters that are not ASCII stay: they are valid in IRIs.
    assert sanitize(html, "https://harbour.example/") == clean
    assert sanitize(clean, "https://harbour.example/") == clean
