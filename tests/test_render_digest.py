"""Digests: what a mail must satisfy, whatever is written in it, and what is told of a theme that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers_cldr import freeze_cldr, long_date
from helpers_text import anything, said
from syndicate import Article, Author, Newsletter, Tag, render_digest
from syndicate.errors import DigestError, TemplateError
from syndicate.linters.mail import lint_digest
from syndicate.linters.mail.message_checks import CLIP_LIMIT
from syndicate.model import Attachment, Digest, Image
from syndicate.newsletters import Theme, load_theme
from syndicate.newsletters.size_limit import encoded_size
from syndicate.newsletters.themes import shipped_themes
from syndicate.resources import templates
from syndicate.text.illegal_characters import clean_text
from syndicate.text.plain_text import SUMMARY_COLUMNS, summary_text, truncate
from syndicate.text.wrap import WIDTH, display_width, visible_text, wrap

GOLDEN = Path(__file__).parent / "golden" / "digest"
HOME = "https://harbour.example/"
SLOTS = {
    "unsubscribe_url": "SLOTa81UNSUBSCRIBEURLEND",
    "view_url": "SLOTa81VIEWURLEND",
    "preferences_url": "SLOTa81PREFERENCESURLEND",
    "name": "SLOTa81NAMEEND",
}
PAGE = (
    "<mjml><mj-body><mj-section><mj-column>\n<mj-text>{}</mj-text>\n"
    "</mj-column></mj-section></mj-body></mjml>"
)
ACCORDION = (
    "</mj-text><mj-accordion>\n<mj-accordion-element>{}</mj-accordion-element></mj-accordion><mj-text>"
)

visible = said.filter(lambda text: bool(visible_text(clean_text(text))))


def newsletter(**fields: object) -> Newsletter:
    return Newsletter.model_validate(
        {"name": "weekly", "title": "Harbour weekly", "from": "Harbour Post <news@harbour.example>"} | fields
    )


def article(number: int = 1, **fields: object) -> Article:
    return Article(
        **{"id": f"urn:x:{number}", "title": f"Title {number}", "link": f"{HOME}{number}"} | fields
    )


def hand_written() -> list[Article]:
    """Four articles that between them use everything that the default theme shows."""
    return [
        article(
            1,
            title="The harbour wall is mended",
            link=f"{HOME}wall?a=1&b=2",
            section="News",
            authors=(Author(name="Anna Bell"), Author(name="Jon Reed"), Author(email="desk@harbour.example")),
            published=datetime(2026, 9, 12, 9, tzinfo=UTC),
            summary="The last block was lowered into place on Tuesday, under a sky that for once kept still.",
            image=Image(url="https://img.example/wall.jpg?w=1200&h=600", alt='The "new" wall', width=1200),
        ),
        article(
            2,
            title="Mooring fees & the <new> “quiet hours”",
            tags=(Tag(term="council", label="Council"),),
            published=datetime(2026, 9, 10, 23, 30, tzinfo=UTC),
            summary="The council met for five hours. " * 12,
            image=Image(url="https://img.example/council.jpg"),
        ),
        article(3, title="رسالة من الميناء", language="ar", content_html="<p>كل مساء <b>أمشي</b> هناك.</p>"),
        article(4, title="Tides", link=None, summary="High water at 06:12."),
    ]


def hand_made() -> Digest:
    return render_digest(
        newsletter(footer="1 Quay Street, Port Harbour"),
        hand_written(),
        number=12,
        date=datetime(2026, 9, 14, 5, tzinfo=UTC),
        home=HOME,
        timezone="Europe/London",
        more=7,
        slots=SLOTS,
    )


def parsed(digest: Digest) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(digest.html.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))


def titles(digest: Digest) -> list[str]:
    return [squashed(h2.text_content()) for h2 in parsed(digest).iter("h2")]


def squashed(text: str) -> str:
    return re.sub(r"\s", "", text)


def undirected(text: str) -> str:
    return re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069\xad]", "", text)


@pytest.fixture
def theme(tmp_path: Path) -> Callable[[str], Theme]:
    def make(source: str, name: str = "mine.mjml") -> Theme:
        (tmp_path / name).write_text(source, encoding="utf-8")
        return load_theme(name, tmp_path)

    return make


# Which theme


def test_a_digest_is_in_the_theme_of_its_newsletter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A folder of ours here is not asked for: the same input gives the same bytes everywhere.
    (tmp_path / "compact").mkdir()
    (tmp_path / "compact" / "theme.mjml").write_text(PAGE.format("not this one"))
    monkeypatch.chdir(tmp_path)
    made = {
        name: render_digest(newsletter(theme=name), hand_written(), home=HOME).html
        for name in shipped_themes()
    }
    assert set(made) >= {"default", "compact", "longread", "plain"}
    assert len(set(made.values())) == len(made)
    assert render_digest(newsletter(), hand_written(), home=HOME).html == made["default"]
    for name, html in made.items():
        read = load_theme(name)
        assert render_digest(newsletter(theme=name), hand_written(), home=HOME).html == html
        assert render_digest(newsletter(), hand_written(), home=HOME, theme=read).html == html


def test_a_digest_in_a_custom_theme(tmp_path: Path) -> None:
    folder = tmp_path / "themes" / "mine"
    folder.mkdir(parents=True)
    (folder / "theme.mjml").write_text(PAGE.format("In {% include 'part.mjml' %}"), encoding="utf-8")
    (folder / "part.mjml").write_text("my own", encoding="utf-8")
    for name in ("themes/mine", "themes/mine/theme.mjml", str(folder)):
        for base in (tmp_path, str(tmp_path)):
            assert "In my own" in render_digest(newsletter(theme=name), [article()], base=base).html
    (folder / "part.mjml").write_text("another", encoding="utf-8")
    assert "In another" in render_digest(newsletter(theme="themes/mine"), [article()], base=tmp_path).html
    (tmp_path / "compact.mjml").write_text("<mjml>", encoding="utf-8")
    (tmp_path / "compact").mkdir()
    (tmp_path / "compact" / "theme.mjml").write_text(PAGE.format("mine goes before"), encoding="utf-8")
    assert "mine goes before" in render_digest(newsletter(theme="compact"), [article()], base=tmp_path).html


@pytest.mark.parametrize(
    "name",
    [
        "campact",
        "Compact",
        "compact ",
        "themes/none",
        "none.mjml",
        "../compact",
        "a\0b",
        "\ud800",
        "x" * 5000,
    ],
)
@pytest.mark.parametrize("based", [False, True])
def test_a_theme_that_does_not_exist_is_an_error_that_names_it(
    tmp_path: Path, name: str, based: bool
) -> None:
    letter = newsletter().model_copy(update={"theme": name})
    with pytest.raises(TemplateError) as raised:
        render_digest(letter, [article()], base=tmp_path if based else None)
    assert name in str(raised.value)


def test_a_slot_that_does_not_exist_is_an_error_that_names_it(theme: Callable[[str], Theme]) -> None:
    with pytest.raises(
        DigestError, match=r"there is no slot 'unsubscribe' \(did you mean unsubscribe_url\?\)"
    ):
        render_digest(newsletter(), [article()], slots={"unsubscribe": "MARKER"})
    for asked in (
        "{{ slot.unsubscribe }}",
        "{% if slot.unsubscribe %}x{% endif %}",
        "{{ slot['unsubscribe'] }}",
    ):
        with pytest.raises(TemplateError, match="unsubscribe"):
            render_digest(newsletter(), [article()], theme=theme(PAGE.format(asked)))
    with pytest.raises(TypeError, match="colour"):
        render_digest(newsletter(), [article()], colour="red")  # type: ignore[call-arg]


# What it looks like


@pytest.mark.parametrize("kind", ["html", "text"])
def test_golden(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze_cldr(monkeypatch)
    written = (GOLDEN / f"weekly.{kind}").read_text(encoding="utf-8")
    assert getattr(hand_made(), kind) == written


def test_same_input_same_bytes() -> None:
    assert hand_made() == hand_made()


def test_subject_and_preheader() -> None:
    digest = hand_made()
    assert digest.subject == "Harbour weekly: The harbour wall is mended"
    assert digest.preheader == "Mooring fees & the <new> “quiet hours” · رسالة من الميناء · Tides"
    body = parsed(digest).body
    hidden = body[0]
    assert "display:none" in hidden.get("style")
    assert hidden.text_content().startswith(digest.preheader)
    # Blank to the eye for as long as a mail program may show.
    rest = hidden.text_content().removeprefix(digest.preheader)
    assert len(digest.preheader) + rest.count("\u00a0") >= 200
    assert set(rest) == {"\u034f", "\u200c", "\u00a0"}


def test_preheader_without_fresh_titles_is_the_summary() -> None:
    digest = render_digest(newsletter(), [article(summary="High water at six.")])
    assert digest.preheader == "High water at six."


def test_what_every_mail_must_satisfy() -> None:
    digest = hand_made()
    page = parsed(digest)
    assert (page.get("lang"), page.get("dir")) == ("en", "ltr")
    wrapper = page.body.xpath("./div[@role='article']")[0]
    assert (wrapper.get("lang"), wrapper.get("dir")) == ("en", "ltr")
    assert [h1.text_content() for h1 in page.iter("h1")] == ["Harbour weekly"]
    assert page.findtext("head/title") == digest.subject
    assert {table.get("role") for table in page.iter("table")} == {"presentation"}
    assert all(image.get("alt") is not None for image in page.iter("img"))
    assert not list(page.iter("script", "form", "link", "iframe"))
    meta = {tag.get("name"): tag.get("content") for tag in page.iter("meta")}
    assert meta["color-scheme"] == meta["supported-color-schemes"] == "light dark"
    assert "prefers-color-scheme: dark" in digest.html
    urls = [link for _, _, link, _ in page.iterlinks()]
    assert all(url.startswith("https://") or url in SLOTS.values() for url in urls), urls
    assert all(len(style.text) < 8192 for style in page.iter("style") if style.text)
    assert "And 7 more" in page.text_content()
    # A style sheet knows no entities.
    assert not any(re.search(r"&#?\w+;", style.text) for style in page.iter("style") if style.text)


def test_links_have_names_and_pictures_without_words_are_silent() -> None:
    page = parsed(hand_made())
    for link in page.iter("a"):
        spoken = link.get("aria-label") or link.text_content().strip() or "".join(link.xpath(".//img/@alt"))
        assert spoken or link.get("aria-hidden") == "true"
    assert {link.get("aria-label") for link in page.iter("a")} >= {"Read more: The harbour wall is mended"}


def test_only_pictures_by_https() -> None:
    one = article(image=Image(url="http://img.example/a.png", alt="A"))
    assert "img.example" not in render_digest(newsletter(), [one, one]).html


def test_small_pictures_are_not_blown_up() -> None:
    one = article(image=Image(url="https://img.example/icon.png", width=64, height=64))
    assert "icon.png" not in render_digest(newsletter(), [one]).html


def test_right_to_left() -> None:
    articles = [
        article(title="إصلاح الجدار"),
        article(2, title="iPhone: إصلاح الجدار القديم", language="ar-EG"),
        article(3, language="en"),
    ]
    digest = render_digest(newsletter(language="ar"), articles, home=HOME)
    page = parsed(digest)
    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    assert not page.xpath("//*[contains(@style, 'direction:ltr')]")
    assert {cell.get("align") for cell in page.xpath("//td[@align]")} == {"right"}
    assert [h2.get("dir") for h2 in page.iter("h2")] == [None, None, "ltr"]


HEBREW = "עדכון: WordPress 6.5 יצאה לאוויר העולם"


@pytest.mark.parametrize(
    ("around", "title", "attributes"),
    [
        ("en", "Tides", {}),
        ("en", HEBREW, {"lang": "", "dir": "rtl"}),
        ("en", f"WordPress: {HEBREW}", {"lang": "", "dir": "rtl"}),
        ("en", "The word עדכון explained", {}),
        ("en", "17", {}),
        ("he", HEBREW, {}),
        ("he", "17", {}),
        ("he", "Tides", {"lang": "", "dir": "ltr"}),
        ("ar", HEBREW, {}),
    ],
)
def test_the_script_of_an_article_that_names_no_language(
    around: str, title: str, attributes: dict[str, str]
) -> None:
    digest = render_digest(newsletter(language=around), [article(title=title, summary="")])
    heading = next(h2 for h2 in parsed(digest).iter("h2"))
    assert {name: heading.get(name) for name in ("lang", "dir") if name in heading.attrib} == attributes
    line = next(line for line in digest.text.splitlines() if title in line)
    assert line.startswith("\u200f") == title.startswith("WordPress")


def test_settings_of_the_newsletter_override_arguments() -> None:
    own = newsletter(home="https://own.example/", language="fr", timezone="Pacific/Auckland")
    digest = render_digest(own, [article(published=datetime(2026, 9, 10, 23, tzinfo=UTC))], home=HOME)
    assert "https://own.example/" in digest.text
    assert 'lang="fr"' in digest.html
    assert long_date("2026-09-11", "fr") in digest.text


def test_without_home_and_links() -> None:
    digest = render_digest(newsletter(), [article(link=None), article(2, link=None)], more=1)
    assert not list(parsed(digest).iter("a"))
    assert "And 1 more on our site" in digest.text
    assert titles(digest) == ["Title1", "Title2"]


def test_size() -> None:
    many = [
        article(
            n,
            title=f"The harbour wall is mended, winter {n}",
            section="News",
            authors=(Author(name="Anna Bell"),),
            published=datetime(2026, 9, 10, tzinfo=UTC),
            summary="The council met for five hours, and agreed on fees. " * 5,
            image=Image(url=f"https://img.example/{n}.jpg", alt="The wall"),
        )
        for n in range(20)
    ]
    assert len(render_digest(newsletter(), many, home=HOME, slots=SLOTS).html.encode()) < 60_000


def test_summaries_are_dropped_above_the_limit() -> None:
    many = [article(n, summary="Words of some length. " * 40) for n in range(140)]
    digest = render_digest(newsletter(), many)
    assert encoded_size(digest.html) <= CLIP_LIMIT
    assert len(titles(digest)) == 140
    assert len(digest.shortened) > 5
    assert all(each.saved > 100 for each in digest.shortened)
    assert digest.text.count("Words of some") > 10


# What is refused


def test_no_article() -> None:
    with pytest.raises(DigestError, match="weekly: an edition needs an article"):
        render_digest(newsletter(), [])


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "Europe"])
def test_unknown_time_zone(zone: str) -> None:
    with pytest.raises(DigestError, match="there is no time zone"):
        render_digest(newsletter(), [article()], timezone=zone)


# Personal values


def test_markers_are_in_both_parts() -> None:
    digest = hand_made()
    hrefs = [link.get("href") for link in parsed(digest).iter("a")]
    for name in ("unsubscribe_url", "view_url", "preferences_url"):
        assert SLOTS[name] in hrefs
        assert SLOTS[name] in digest.text.splitlines()


def test_parts_without_values_are_left_out() -> None:
    digest = render_digest(newsletter(), [article()], home=HOME)
    for word in ("nsubscribe:", "Unsubscribe", "browser", "Change what"):
        assert word not in digest.html + digest.text


def test_a_marker_in_content_is_refused() -> None:
    with pytest.raises(
        DigestError, match="id urn:x:1: the text contains the marker of the personal value unsubscribe_url"
    ):
        render_digest(newsletter(), [article(summary=f"x{SLOTS['unsubscribe_url']}y")], slots=SLOTS)
    with pytest.raises(DigestError, match="id weekly: the text contains the marker"):
        render_digest(newsletter(footer=SLOTS["name"]), [article()], slots=SLOTS)


@pytest.mark.parametrize("marker", ["", "a b", "{{x}}", "<b>", "é"])
def test_a_marker_is_letters_and_digits(marker: str) -> None:
    with pytest.raises(ValueError, match="ASCII letters and digits"):
        render_digest(newsletter(), [article()], slots={"name": marker})


# The subject


def test_subject_is_one_line_and_not_too_long() -> None:
    template = "{{ edition.number }}\n {{ edition.date | day }}: {{ articles[0].summary }}"
    digest = render_digest(
        newsletter(subject=template),
        [article(summary="two\nlines " + "and more " * 40)],
        number=3,
        date=datetime(2026, 1, 2),
    )
    assert digest.subject.startswith(f"3 {long_date('2026-01-02', 'en_GB')}: two lines and more")
    assert re.search(r" (and|more)…$", digest.subject)
    assert len(digest.subject) <= 150


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ("{{ newsleter.title }}", "'newsleter' is undefined (did you mean newsletter?)"),
        ("{{ articles[0].titel }}", "article has no attribute 'titel' (did you mean title?)"),
        ("{{ articles[5].title }}", "has no element 5"),
        ("{{ newsletter.title", "unexpected end of template"),
        ("{{ articles | nosuch }}", "No filter named 'nosuch'"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{{ newsletter.__class__ }}", "is unsafe"),
        ("{{ range(10**9) | list }}", "Range too big"),
        ("{{ '' }}", "the subject is empty"),
    ],
)
def test_subject_errors(subject: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render_digest(newsletter(subject=subject), [article()])
    assert str(caught.value).startswith("field subject, id weekly: ")
    assert message in str(caught.value)


# Whatever is written


def test_content_is_escaped() -> None:
    title = "{{ 7*7 }} {% raw %} <b>&amp;</b> ]]> <![CDATA[ x ]]> \"q\" 'q' <!-- </mj-text> <mj-raw>"
    digest = render_digest(
        newsletter(title=title, footer=title),
        [article(title=title, summary=title, section=title, authors=(Author(name=title),))],
        home=HOME,
    )
    assert titles(digest) == [squashed(title)]
    assert parsed(digest).text_content().count("{{ 7*7 }}") > 4
    assert title in digest.subject
    assert not list(parsed(digest).iter("b", "mj-raw"))


def test_control_characters_and_overrides_are_contained() -> None:
    digest = render_digest(
        newsletter(), [article(title="a\x00\x1b[31m\x9b1m\u202eevil", authors=(Author(name="\u2067x"),))]
    )
    for part in (digest.subject, digest.html, digest.text):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", part)
        assert part.count("\u202e") == part.count("\u202c")
        assert part.count("\u2067") == part.count("\u2069")


def test_an_invisible_title_without_a_text_is_replaced() -> None:
    articles = [
        article(title="\x01", summary=""),
        article(2, title="\x02", summary="", link=None),
        article(3, title="", summary="", image=Image(url="https://img.example/a.png", alt="A boat")),
        article(
            4,
            title="",
            summary="",
            attachments=(Attachment(url="https://a.example/low%20tide.mp3", media_type="audio/mpeg"),),
        ),
    ]
    digest = render_digest(newsletter(), articles)
    assert titles(digest) == [f"{HOME}1", "Untitled", "Aboat", "lowtide.mp3"]


@pytest.mark.parametrize("theme", ["default", "compact", "longread", "plain"])
@pytest.mark.parametrize("place", [0, 1])
def test_an_untitled_article_is_shown_by_its_text_once(theme: str, place: int) -> None:
    text = "A heron stood on the ramp all morning, and nobody took the ferry until it had flown away."
    articles = [article(1, title="First"), article(2, title="Second")]
    note = article(9, title="", summary=text, content_html=f"<p>{text}</p>")
    articles[place] = note
    digest = render_digest(newsletter(theme=theme), articles, home=HOME)
    assert titles(digest) == [each.title for each in articles if each.title]
    shown = squashed(parsed(digest).text_content())
    # The list of contents of `longread` has its first words.
    assert shown.count(squashed(text)) == 1
    assert [link for link in parsed(digest).iter("a") if link.get("href") == f"{HOME}9"]
    assert squashed(digest.text).count(squashed("A heron stood on the ramp")) == 1
    assert f"{HOME}9" in digest.text.splitlines()
    assert f"{place + 1}." in digest.text.splitlines()
    findings = lint_digest(digest, articles=articles)
    assert not [each for each in findings if each.place.id == note.id or "article-" in each.rule]


def test_the_subject_of_an_edition_with_an_untitled_article_has_its_first_words() -> None:
    own = newsletter(subject="{{ articles[0].title }}")
    note = article(title="", summary="A heron stood on the ramp. Nobody took the ferry until it had flown.")
    digest = render_digest(own, [note])
    assert digest.subject == "A heron stood on the ramp."
    assert digest.preheader.startswith("A heron stood on the ramp. Nobody")


def test_an_untitled_article_that_is_cut_to_its_title_shows_its_first_words() -> None:
    articles = [
        article(number, title="", summary=f"Number {number} " + "of the very many words here " * 12)
        for number in range(300)
    ]
    digest = render_digest(newsletter(), articles)
    assert digest.shortened
    assert any(title.startswith("Number") for title in titles(digest))


def test_subclass_and_naive_date() -> None:
    class Settings(Newsletter):
        extra: dict[str, tuple[str, ...]]

    own = Settings.model_validate(newsletter().model_dump() | {"title": "a\x01b", "extra": {"k": ("v",)}})
    digest = render_digest(own, [article()], date=datetime(2026, 9, 14, 23))
    assert f"No. 1 · {long_date('2026-09-14', 'en_GB')}" in digest.text
    assert digest.text.startswith("==\nab\n==\n")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    stories=st.lists(
        st.tuples(visible, anything, anything, anything),
        min_size=1,
        max_size=4,
    ),
    name=said,
    footer=anything,
)
def test_any_text(stories: list[tuple[str, str, str, str]], name: str, footer: str) -> None:
    articles = [
        Article(
            id=f"urn:x:{number}",
            title=title,
            link=f"{HOME}{number}",
            summary=summary,
            section=section if section.strip() else None,
            authors=(Author(name=author),) if author.strip() else (),
            image=Image(url="https://img.example/a.png", alt=author),
        )
        for number, (title, summary, section, author) in enumerate(stories)
    ]
    digest = render_digest(newsletter(title=name, footer=footer), articles, home=HOME, slots=SLOTS)
    expected = [squashed(clean_text(each.title)) for each in articles]
    assert titles(digest) == expected
    # The text part has no soft hyphens: a terminal shows each.
    text = squashed(digest.text).replace("\xad", "")
    at = 0
    for title, each in zip(expected, articles, strict=True):
        plain = title.replace("\xad", "")
        at = text.index(plain, at) + len(plain)
        assert each.link in digest.text.splitlines()
    assert "\n" not in digest.subject
    assert all(SLOTS[name] in digest.text for name in ("unsubscribe_url", "view_url"))
    for part in (digest.subject, digest.html, digest.text):
        part.encode()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(anything, anything), min_size=1, max_size=4))
def test_any_text_without_a_title(notes: list[tuple[str, str]]) -> None:
    articles = [
        Article(
            id=f"urn:x:{number}",
            link=f"{HOME}{number}",
            summary=summary,
            image=Image(url="https://img.example/a.png", alt=alt),
        )
        for number, (summary, alt) in enumerate(notes)
    ]
    digest = render_digest(newsletter(), articles, home=HOME, slots=SLOTS)
    for number, each in enumerate(articles):
        assert each.link in digest.text.splitlines()
        assert [link for link in parsed(digest).iter("a") if link.get("href") == each.link]
        assert re.search(rf"^\W*{number + 1}\.", digest.text, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "paired"),
    [
        ("a\u202ab\u202c", "a\u202ab\u202c"),
        ("a\u202eb", "a\u202eb\u202c"),
        ("a\u202cb\u2069c", "abc"),
        ("\u2067a\u202eb\u2069c", "\u2067a\u202eb\u2069c"),
        ("\u2066\u202ba", "\u2066\u202ba\u202c\u2069"),
        ("a\x85b\u2028c\x9bd", "a b cd"),
    ],
)
def test_direction_controls_are_paired(text: str, paired: str) -> None:
    assert clean_text(text) == paired


@settings(max_examples=100, deadline=None)
@given(anything)
def test_clean_text_is_idempotent(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    once.encode()


# The text part


@settings(max_examples=150, deadline=None)
@given(st.one_of(anything, st.lists(anything, max_size=5).map(" ".join)).map(clean_text), st.integers(4, 80))
def test_wrap_keeps_every_character(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert squashed(undirected("".join(lines))) == squashed(undirected(text))
    # What is wider stands alone: a line that is too long has no place to break it.
    assert all(display_width(line) <= columns or " " not in line for line in lines)


def test_wrap_by_columns() -> None:
    lines = wrap("最後のブロックは火曜日、珍しく穏やかな空の下で据え付けられた。" * 6)
    assert len(lines) > 4
    assert all(WIDTH - 4 <= display_width(line) <= WIDTH for line in lines[:-1])
    assert not any(line[0] in "、。" for line in lines)
    assert wrap("漢字「引用」漢字", 6) == ["漢字", "「引", "用」漢", "字"]


def test_wrap_does_not_break_links_or_clusters() -> None:
    link = "https://例え.example/" + "長い" * 40
    assert link in wrap(f"See {link} and 日本語 " + "word " * 20)
    family = "👩\u200d👩\u200d👧\u200d👦"
    assert all(line.count("👩") == 2 * line.count("👦") for line in wrap(family * 30, 10))
    assert wrap("한국어는 띄어쓰기를 한다", 12) == ["한국어는", "띄어쓰기를", "한다"]
    assert wrap("") == []
    assert wrap("one two three", 9, indent="   ") == ["one two", "   three"]


def test_lines_of_the_text_part_fit() -> None:
    for line in hand_made().text.splitlines():
        assert display_width(line) <= WIDTH or "://" in line


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("日本", 4),
        ("e\u0301", 1),
        ("ｱ", 1),
        ("👍🏽", 2),
        ("👩\u200d👧", 2),
        ("\u200f", 0),
        ("", 0),
    ],
)
def test_display_width(text: str, columns: int) -> None:
    assert display_width(text) == columns


# Words


def test_truncate() -> None:
    assert truncate("a  b\nc", 10) == "a b c"
    assert truncate("one two three", 9) == "one two…"
    assert truncate("abcdefghij", 5) == "abcd…"
    assert truncate("ab👍🏽cdefgh", 4) == "ab…"
    assert truncate("word \u202eone two three four\u202c five", 18).count("\u202c") == 1


def test_summary_text() -> None:
    assert summary_text("short") == "short"
    assert summary_text(article(summary="", content_html="<p>From <b>the</b> body.</p>")) == "From the body."
    assert summary_text(article(summary="1 < 2 & 3. " * 60)).startswith("1 < 2 & 3. 1 < 2")
    assert len(summary_text("word " * 200)) <= SUMMARY_COLUMNS
    assert summary_text("anything", 0) == ""


# Themes


def test_extending_a_shipped_theme(theme: Callable[[str], Theme]) -> None:
    own = theme(
        '{% extends "default.mjml" %}{% set accent = "#0b5f66" %}'
        "{% block foot %}<p>Quay {{ 1 + 1 }}</p>{% endblock %}"
    )
    digest = render_digest(newsletter(footer="not shown"), [article()], theme=own)
    assert "#0b5f66" in digest.html
    assert "#9a3b12" not in digest.html
    assert "<p>Quay 2</p>" in digest.html
    assert "not shown" not in digest.html


def test_the_theme_of_a_new_site(tmp_path: Path) -> None:
    own = load_theme("init/mine.mjml", templates())
    assert (
        render_digest(newsletter(), [article()], theme=own).html
        == render_digest(newsletter(), [article()]).html
    )


def test_a_theme_can_extend_the_shipped_one_of_its_name(theme: Callable[[str, str], Theme]) -> None:
    own = theme('{% extends "default.mjml" %}{% block foot %}<p>mine</p>{% endblock %}', "default.mjml")
    assert "<p>mine</p>" in render_digest(newsletter(), [article()], theme=own).html


def test_a_folder_with_parts_is_read_whole(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "parts").mkdir(parents=True)
    (folder / "theme.mjml").write_text(
        PAGE.format('{% include "parts/a.mjml" %}{% include ["parts/a.mjml", "no.mjml"] %}')
        + '{% include "no.mjml" ignore missing %}',
        encoding="utf-8-sig",
    )
    (folder / "parts" / "a.mjml").write_text("<p>{{ articles[0].title }}</p>")
    own = load_theme("mine", tmp_path)
    for file in folder.rglob("*.mjml"):
        file.unlink()
    assert "<p>Title 1</p>" in render_digest(newsletter(), [article()], theme=own).html


def test_built_in_by_name(tmp_path: Path) -> None:
    assert load_theme("default").name == "default"
    assert load_theme("default", tmp_path).name == "default"


def test_missing_themes(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"there is no theme defualt \(did you mean default\?"):
        load_theme("defualt", tmp_path)
    (tmp_path / "harbour.mjml").write_text("x")
    with pytest.raises(
        TemplateError, match=r"harbor\.mjml: there is no theme .*did you mean harbour\.mjml\?"
    ):
        load_theme("harbor.mjml", tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(TemplateError, match=r"the folder of a theme needs a file theme\.mjml"):
        load_theme("empty", tmp_path)
    (tmp_path / "latin.mjml").write_bytes(b"<mjml>\n\xe9")
    with pytest.raises(TemplateError, match=r"latin\.mjml:2: the template is not UTF-8"):
        load_theme("latin.mjml", tmp_path)


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("\n{% if %}", 2, "Expected an expression"),
        ("\n\n{{ articles | sumary }}", 3, "No filter named 'sumary'. (did you mean summary?)"),
        ('{% include "no.mjml" %}', 1, "there is no template no.mjml"),
        ('\n{% extends "defalt.mjml" %}', 2, "did you mean default.mjml?"),
        ('{% include "../../secret.mjml" %}', 1, "there is no template"),
        ('{% include "/etc/hostname" %}', 1, "there is no template"),
        ("\n{% extends newsletter.theme %}", 2, "must be a constant"),
        ('{% extends "two.mjml" %}', 1, "extends itself"),
        ('{% extends "default.mjml" %}\n{% block fooot %}x{% endblock %}', 2, "did you mean foot?"),
        (
            '{% extends "default.mjml" %}{% if 1 %}\n{% block fooot %}x{% endblock %}{% endif %}',
            2,
            "default.mjml has no block fooot",
        ),
        ('{% extends "default.mjml" %}\n\n\n<p>Hello</p>', 4, "outside of a block"),
        ('{% extends "default.mjml" %}\n{{ home }}', 2, "put it into a block"),
        ('{% include "../../secret.mjml" %}', 1, "its own folder and the shipped ones"),
    ],
)
def test_load_errors(
    theme: Callable[[str], Theme], tmp_path: Path, source: str, line: int, message: str
) -> None:
    (tmp_path / "two.mjml").write_text('{% extends "mine.mjml" %}')
    with pytest.raises(TemplateError) as caught:
        theme(source)
    told = str(caught.value)
    if message == "extends itself":
        assert told.startswith(f"{tmp_path / 'two.mjml'}:1: mine.mjml extends two.mjml extends mine.mjml")
    else:
        assert told.startswith(f"{tmp_path / 'mine.mjml'}:{line}: ")
        assert message in told


def test_nested_blocks(theme: Callable[[str], Theme]) -> None:
    own = theme(
        '{#- mine -#}\n{% extends "default.mjml" %}\n{% set accent = "#0b5f66" %}\n'
        "{% block foot %}{% block mine %}<p>Mine</p>{% endblock %}{% endblock %}\n"
    )
    assert ">Mine</p>" in render_digest(newsletter(), [article()], theme=own).html


def test_an_empty_theme_is_an_error(theme: Callable[[str], Theme]) -> None:
    with pytest.raises(TemplateError, match=r"mine\.mjml: the theme does not render to an MJML document"):
        render_digest(newsletter(), [article()], theme=theme(""))


def test_a_missing_theme_is_an_error_of_its_setting(tmp_path: Path) -> None:
    with pytest.raises(
        TemplateError, match=r"^field theme: there is no theme defualt \(did you mean default"
    ):
        load_theme("defualt", tmp_path)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\n{{ artcles }}", 3, "'artcles' is undefined (did you mean articles?)"),
        ("{% for a in articles %}\n{{ a.sumary }}{% endfor %}", 3, "did you mean summary?"),
        ("{{ slot.unsubscribe }}", 2, "did you mean unsubscribe_url?"),
        ("{{ articles[0].__class__.__mro__ }}", 2, "sandbox"),
        ("{{ newsletter.where.update({}) }}", 2, "is unsafe"),
        ("{{ newsletter.parse_file('/etc/hostname') }}", 2, "'parse_file' of 'Newsletter' object is unsafe"),
        ("{{ articles[0] | attr('parse_raw') }}", 2, "'parse_raw' of 'Article' object is unsafe"),
        ("{{ palette.model_copy() }}", 2, "'model_copy' of 'Palette' object is unsafe"),
        ("{{ translator.catalogue.install() }}", 2, "'catalogue' of 'Translator' object is unsafe"),
        ("\n{{ 1 / 0 }}", 3, "ZeroDivisionError: division by zero"),
        ("\n{% include ['a.mjml', 'b.mjml'] %}", 3, "there is no template b.mjml"),
        ("<mj-txt>x</mj-txt>", 2, "there is no MJML component mj-txt (did you mean mj-text?)"),
        ("\n<mj-include path='x' />", 3, "{% include"),
        ("<mj-section></mj-section>", 2, "move it to <mj-body> or <mj-wrapper>"),
        ("\n\n<b>x</i></b>", 4, "</i> does not belong here: <b> of"),
        ("{% if articles %}\n<b>\n{% endif %}", 4, "</mj-text> does not belong here: <b> of"),
        ("<a href=x>y</a>", 2, 'write attributes as name="value"'),
        ("\n1 < 2", 3, "a plain < as &lt;"),
        ("\n<!-- a -- b -->", 3, "MJML cannot read this comment"),
        ("\n<!-- a", 3, "MJML cannot read this comment"),
        ("</mj-text></mj-column></mj-section></mj-body></mjml></p>", 2, "no element is open"),
        ("</mj-text>\n<mj-image scr='https://h.example/i.png' />\n<mj-text>", 3, "did you mean src?"),
        (
            ACCORDION.format("<mj-accordion-title />\n<mj-accordion-title />"),
            4,
            "a second mj-accordion-title",
        ),
    ],
)
def test_render_errors(
    theme: Callable[[str], Theme], tmp_path: Path, text: str, line: int, message: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        render_digest(newsletter(), [article()], theme=theme(PAGE.format(text)))
    assert str(caught.value).startswith(f"{tmp_path / 'mine.mjml'}:{line}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "the theme does not render to an MJML document"),
        ("<mjml><mj-body><p>x</p></mj-body></mjml>", "<p> is in <mj-body>, where only MJML can be"),
        ("hello", "the theme does not render to an MJML document"),
        ("<html></html>", "<html> is at the top, where only MJML can be"),
        ("<mj-text>x</mj-text>", "is at the top"),
        ("<mjml><mj-body>", "<mj-body> is never closed"),
        (
            "<mjml><mj-head><mj-style inline='inline'>a{}</mj-style></mj-head></mjml>",
            "mj-style inline is not supported",
        ),
        (
            "<mjml>\n<mj-head><!-- é -->\n<mj-title><b>x</b></mj-title></mj-head><mj-body></mj-body></mjml>",
            "mine.mjml:3: MJML rejects",
        ),
        ("<mjml><mj-body></mj-body></mjml><mjml></mjml>", "MJML rejects the theme"),
        ("<mjml><mj-body><?x y?></mj-body></mjml>", "MJML cannot read"),
        ("<mjml><mj-head></mj-head></mjml>", "there is no mj-body"),
        ("<mjml><mj-head><mj-attributes><mj-body /></mj-attributes></mj-head></mjml>", "there is no mj-body"),
        (
            "<mjml>\n<mj-body></mj-body>\n<mj-body></mj-body></mjml>",
            "mine.mjml:3: <mjml> has a second mj-body",
        ),
    ],
)
def test_invalid_documents(theme: Callable[[str], Theme], source: str, message: str) -> None:
    with pytest.raises(TemplateError, match=re.escape(message)):
        render_digest(newsletter(), [article()], theme=theme(source))


def test_an_error_in_a_partial_has_its_file(theme: Callable[[str], Theme], tmp_path: Path) -> None:
    (tmp_path / "part.mjml").write_text("<p>fine</p>\n<p>{{ articles[0].titel }}</p>")
    own = theme(PAGE.format('{% include "part.mjml" %}'))
    with pytest.raises(TemplateError, match=r"part\.mjml:2: article has no attribute 'titel'"):
        render_digest(newsletter(), [article()], theme=own)
    (tmp_path / "part.mjml").write_text("<p>fine</p>\n<p>fine</p>\n<mj-img />")
    own = theme(PAGE.format('{% include "part.mjml" %}'))
    with pytest.raises(TemplateError, match=r"part\.mjml:3: there is no MJML component mj-img"):
        render_digest(newsletter(), [article()], theme=own)


def test_web_fonts_are_not_linked(theme: Callable[[str], Theme]) -> None:
    own = theme(PAGE.format("x").replace("<mj-text>", '<mj-text font-family="Roboto">'))
    assert "googleapis" not in render_digest(newsletter(), [article()], theme=own).html


# Bodies


def test_bodies_bypass_mjml(theme: Callable[[str], Theme]) -> None:
    own = theme(PAGE.format("{% for a in articles %}<h2>{{ a.title }}</h2>{{ html(a) }}{% endfor %}"))
    bodies = ["<h1>Head</h1><p>a<br>b &amp; <i>c</i> ]]&gt;</p>", "", r"<p>\1 \g&lt;0&gt;</p>"]
    articles = [article(n, content_html=body, summary="a < b") for n, body in enumerate(bodies)]
    html = render_digest(newsletter(), articles, theme=own).html
    assert "<h2>Title 0</h2><h3>Head</h3><p>a<br>b &amp; <i>c</i> ]]&gt;</p>" in html
    assert "<h2>Title 1</h2><p>a &lt; b</p>" in html
    assert r"<p>\1 \g&lt;0&gt;</p>" in html


def test_marks_of_bodies_cannot_be_forged(theme: Callable[[str], Theme]) -> None:
    own = theme(PAGE.format("{% for a in articles %}<p>{{ a.title }}</p>{{ html(a) }}{% endfor %}"))
    forged = ["body0at0end", "body1at0end", "\x020\x02", "\x01mine.mjml:1\x01"]
    articles = [article(n, title=title, content_html=f"<i>{title}</i>") for n, title in enumerate(forged)]
    html = render_digest(newsletter(), articles, theme=own).html
    assert re.findall(r"<p>(.*?)</p><i>(.*?)</i>", html) == [
        ("body0at0end", "body0at0end"),
        ("body1at0end", "body1at0end"),
        ("0", "0"),
        ("mine.mjml:1", "mine.mjml:1"),
    ]


@pytest.mark.parametrize("forged", [r"{{ '\x01a\x01' }}", r"{{ '\x029\x02' }}"])
def test_a_theme_that_forges_marks_is_an_error(theme: Callable[[str], Theme], forged: str) -> None:
    with pytest.raises(TemplateError, match=r"mine\.mjml: the theme writes control characters"):
        render_digest(newsletter(), [article()], theme=theme(PAGE.format(forged)))


def test_a_body_in_the_wrong_place_is_an_error(theme: Callable[[str], Theme]) -> None:
    own = theme(PAGE.format("x").replace("<mj-column>", "<mj-column>{{ html(articles[0]) }}"))
    with pytest.raises(TemplateError, match=r"mine\.mjml:2: there is text in <mj-column>"):
        render_digest(newsletter(), [article(content_html="<p>x</p>")], theme=own)
    own = theme(PAGE.format('<a href="{{ html(articles[0]) }}">x</a>'))
    with pytest.raises(TemplateError, match=r"mine\.mjml:2: MJML cannot read '<a href="):
        render_digest(newsletter(), [article(content_html="<p>x</p>")], theme=own)
