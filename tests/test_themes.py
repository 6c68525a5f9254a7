"""Our themes: sound whatever an edition holds, colours that can be read, what people may change."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import html5lib
import pytest
from lxml import html as lxml_html

from syndicate import Article, Author, Image, Locale, Newsletter, render_digest
from syndicate.cli import app
from syndicate.cli.scaffold import copy_theme, create_site
from syndicate.errors import ConfigError, TemplateError
from syndicate.i18n import shipped_catalogues
from syndicate.linters.mail import lint_digest
from syndicate.linters.mail.colors import Color, contrast, parse_color
from syndicate.model import Digest
from syndicate.newsletters import Theme, load_theme
from syndicate.newsletters.size_limit import encoded_size
from syndicate.newsletters.theme_contrast import readable_on
from syndicate.newsletters.themes import shipped_themes

OURS = ["compact", "default", "longread", "plain"]
HOME = "https://harbour.example/"
SLOTS = {"unsubscribe_url": "SLOTUNSUBSCRIBE", "view_url": "SLOTVIEW", "preferences_url": "SLOTPREFERENCES"}
BODY = (
    "<h1>Stone</h1><p>It is <a href='https://x.example/'>mended</a>.</p><h3>Work</h3>"
    "<pre><code>a\n  b</code></pre><figure><img src='https://x.example/w.png' width='1200' height='600'>"
    "<figcaption>The wall</figcaption></figure>"
    "<blockquote><p>Good.</p></blockquote><table><tr><th>a</th><td>b</td></tr></table>"
)


def article(number: int, **more: object) -> Article:
    values: dict[str, object] = {
        "id": f"urn:harbour:{number}",
        "title": f"Story {number}",
        "link": f"{HOME}{number}/",
        "summary": "The last block was lowered into place on Tuesday. " * 4,
        "authors": (Author(name="Anna Bell"),),
        "published": datetime(2026, 9, 12, tzinfo=UTC),
        "content_html": BODY,
    }
    return Article.model_validate(values | more)


def image(number: int, **more: object) -> Image:
    return Image(url=f"https://img.example/{number}.jpg", alt=f"Picture {number}", **more)


CASES: dict[str, tuple[dict[str, object], list[Article], dict[str, object]]] = {
    "one": ({}, [article(1)], {}),
    "bare": (
        {},
        [Article(id="urn:x:1", title="Story 1"), Article(id="urn:x:2", title="Story 2")],
        {"more": 1},
    ),
    "pictures": (
        {},
        [article(n, image=image(n, width=1200, height=800)) for n in range(4)],
        {"home": HOME},
    ),
    "pictures of unknown size": ({}, [article(n, image=image(n)) for n in range(3)], {}),
    "twenty": ({}, [article(n, image=image(n)) for n in range(20)], {"home": HOME, "slots": SLOTS}),
    "sections": (
        {"group": "section"},
        [article(n, section=(None, "News", "Ports")[n % 3]) for n in range(7)],
        {"note": "<h1>Dear readers</h1><p>It was long.</p>"},
    ),
    "most read": ({"most_read": 3, "lead": "none"}, [article(n, score=n) for n in range(6)], {"more": 12}),
    "right to left": (
        {"language": "ar", "title": "رسالة الميناء", "footer": "١ شارع الرصيف", "group": "section"},
        [article(1, title="جدار"), article(2, section="أخبار"), article(3, language="en", section="أخبار")],
        {"note": "<p>أعزاءنا</p>", "home": HOME, "slots": SLOTS, "more": 4},
    ),
    "mixed": ({}, [article(1), article(2, title="جدار", language="ar", image=image(2))], {"home": HOME}),
}


def newsletter(**fields: object) -> Newsletter:
    return Newsletter.model_validate(
        {"name": "weekly", "title": "Harbour weekly", "from": "news@harbour.example"} | fields
    )


def rendered(theme: str | Theme, case: str, **fields: object) -> Digest:
    settings, articles, more = CASES[case]
    return render_digest(
        newsletter(**settings | fields),
        articles,
        number=12,
        date=datetime(2026, 9, 14, tzinfo=UTC),
        theme=load_theme(theme) if isinstance(theme, str) else theme,
        **more,  # type: ignore[arg-type]
    )


def parsed(digest: Digest) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(digest.html.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))


@pytest.fixture
def mine(tmp_path: Path) -> Callable[[str], Theme]:
    def make(source: str) -> Theme:
        (tmp_path / "mine.mjml").write_text(source, encoding="utf-8")
        return load_theme("mine.mjml", tmp_path)

    return make


def test_the_shipped_themes() -> None:
    assert shipped_themes() == OURS


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("theme", OURS)
def test_shipped_themes_are_valid(theme: str, case: str) -> None:
    digest = rendered(theme, case)
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    parser.parse(digest.html)
    assert [code for _, code, _ in parser.errors] == []
    page = parsed(digest)
    levels = [int(heading.tag[1]) for heading in page.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert all(image.get("alt") is not None and image.get("width") for image in page.iter("img"))
    assert {
        table.get("role")
        for table in page.iter("table")
        if not table.xpath("ancestor::*[starts-with(@class, 'b')]")
    } == {"presentation"}
    headings = [heading.text_content() for heading in page.iter("h2", "h3")]
    titles = [heading for heading in headings if heading in {each.title for each in CASES[case][1]}]
    assert titles == [each.title for each in _shown(case)]
    assert all(len(style.text or "") < 8192 for style in page.iter("style"))


def _shown(case: str) -> list[Article]:
    _, articles, _ = CASES[case]
    if case == "most read":
        scored = sorted(articles, key=lambda each: -(each.score or 0))
        return [each for each in articles if each not in scored[:3]] + scored[:3]
    if case == "sections":
        return [articles[at] for at in (0, 1, 4, 2, 5, 3, 6)]
    return articles


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("theme", OURS)
def test_the_linter_finds_nothing(theme: str, case: str) -> None:
    digest = rendered(theme, case)
    html = re.sub("SLOT([A-Z]+)", r"https://harbour.example/\1/?t=1", digest.html)
    text = re.sub("SLOT([A-Z]+)", r"https://harbour.example/\1/?t=1", digest.text)
    findings = lint_digest(digest.model_copy(update={"html": html, "text": text}), articles=CASES[case][1])
    assert [str(each) for each in findings] == []


@pytest.mark.parametrize("language", sorted({*shipped_catalogues(), "en", "pt-BR", "he", "zh-Hans"}))
@pytest.mark.parametrize("theme", OURS)
def test_every_language(theme: str, language: str) -> None:
    settings, articles, more = CASES["most read"]
    digest = render_digest(
        newsletter(**settings),
        articles,
        theme=load_theme(theme),
        locale=Locale(language=language),
        **more,  # type: ignore[arg-type]
    )
    page = parsed(digest)
    english = language in ("en", "he", "zh-Hans")
    assert ("Most read" in page.text_content()) is english
    assert page.get("dir") == ("rtl" if language == "ar" else "ltr")
    if language == "ar":
        # English titles are in their own language, direction and place.
        assert {h.get("dir") for h in page.iter("h1", "h2", "h3") if "Story" in h.text_content()} == {"ltr"}
        assert "padding-left:20px" not in "".join(page.xpath("//td/@style"))


@pytest.mark.parametrize("mode", ["", "dark_"])
@pytest.mark.parametrize("theme", OURS)
def test_custom_colors_are_checked(mine: Callable[[str], Theme], theme: str, mode: str) -> None:
    names = [mode + name for name in ("page", "sheet", "ink", "soft", "accent")]
    shown = "{% block foot %}<p>" + ";".join(f"{{{{ {name} }}}}" for name in names) + "</p>{% endblock %}"
    html = rendered(mine(f'{{% extends "{theme}.mjml" %}}{shown}'), "one").html
    found = re.search(r">(#\w{6}(?:;#\w{6}){4})<", html)
    assert found
    read = {name: parse_color(text) for name, text in zip(names, found[1].split(";"), strict=True)}
    papers, inks = names[:2], names[2:]
    for ink in inks:
        for paper in papers:
            one, other = read[ink], read[paper]
            assert one
            assert other
            assert contrast(one, other) >= 4.5, (ink, paper)


@pytest.mark.parametrize("theme", OURS)
def test_dark_styles(theme: str) -> None:
    digest = rendered(theme, "one", palette={"dark_ink": "#ededed", "dark_page": "#010203"})
    sheets = [style.text for style in parsed(digest).iter("style") if style.text]
    media = next(sheet for sheet in sheets if "prefers-color-scheme:dark" in sheet.replace(" ", ""))
    assert "#010203" in media
    assert "#ededed" in media
    assert any("[data-ogsc]" in sheet and "#ededed" in sheet for sheet in sheets)


@pytest.mark.parametrize("theme", OURS)
def test_colours_and_fonts_come_from_the_config_then_from_a_theme_that_extends(
    mine: Callable[[str], Theme], theme: str
) -> None:
    own = mine(
        f'{{% extends "{theme}.mjml" %}}{{% set accent = "#0b5f66" %}}{{% set ink = "#101112" %}}'
        '{% set font = "Verdana,sans-serif" %}{% block foot %}<p>Quay 1</p>{% endblock %}'
    )
    html = rendered(own, "bare", home=HOME).html
    assert "#0b5f66" in html
    assert "#101112" in html
    assert "font-family:Verdana,sans-serif" in html
    assert "<p>Quay 1</p>" in html
    html = rendered(
        own, "bare", home=HOME, palette={"accent": "#7a0055"}, fonts={"text": "Optima, serif"}
    ).html
    assert "#7a0055" in html
    assert "#0b5f66" not in html
    assert "#101112" in html
    assert "font-family:Optima, serif" in html
    assert "Verdana" not in html


def test_an_accent_has_a_tint_for_dark_mode(mine: Callable[[str], Theme]) -> None:
    dark, paper = "#8fd0d6", parse_color("#1f1d1a")
    assert dark in rendered("default", "one", palette={"accent": "#0b5f66", "dark_accent": dark}).html
    own = mine('{% extends "default.mjml" %}{% set accent = "#0b5f66" %}')
    for html in (rendered("default", "one", palette={"accent": "#0b5f66"}).html, rendered(own, "one").html):
        found = re.search(r"\.page \.k,\.page \.b a\{color:(#\w{6})", html)
        assert found
        tint = parse_color(found[1])
        assert tint
        assert paper
        assert found[1] != "#f0a375"
        assert contrast(tint, paper) >= 4.5


def test_readable_on() -> None:
    assert readable_on("#ffffff", "#000000") == "#ffffff"
    assert readable_on("#8fd0d6", "#ffffff") == "#ffffff"
    tint = parse_color(readable_on("#000080", "#101010"))
    assert isinstance(tint, Color)
    assert tint.blue > tint.red


@pytest.mark.parametrize("block", ["masthead", "note", "lead", "rows", "most_read", "more", "footer", "foot"])
@pytest.mark.parametrize("theme", OURS)
def test_blocks(mine: Callable[[str], Theme], theme: str, block: str) -> None:
    inner = (
        "<p>mine</p>"
        if block == "foot"
        else ("<mj-section><mj-column><mj-text><p>mine</p></mj-text></mj-column></mj-section>")
    )
    own = mine(f'{{% extends "{theme}.mjml" %}}{{% block {block} %}}{inner}{{% endblock %}}')
    articles = [article(n, score=n) for n in range(5)]
    html = render_digest(
        newsletter(most_read=2), articles, theme=own, more=3, note="<p>Dear</p>", home=HOME
    ).html
    assert html.count("<p>mine</p>") == 1


def test_longread_shows_bodies_and_titles_of_the_others() -> None:
    page = parsed(rendered("longread", "one"))
    assert page.xpath("//div[@class='b']//pre")
    assert not page.xpath("//*[contains(text(), 'Also in this edition')]")
    page = parsed(rendered("longread", "pictures"))
    assert len(page.xpath("//div[@class='b']//blockquote")) == 4
    listed = page.xpath("//*[contains(text(), 'Also in this edition')]/following-sibling::p")
    assert [each.text_content() for each in listed] == ["Story 1", "Story 2", "Story 3"]
    page = parsed(rendered("longread", "bare"))
    assert not page.xpath("//div[@class='b']")


def test_plain_and_compact_show_no_image() -> None:
    for theme in ("plain", "compact"):
        assert not list(parsed(rendered(theme, "twenty")).iter("img"))


def test_the_lead_has_a_large_image_only_if_the_image_is_large() -> None:
    for width, wide in ((1200, True), (320, False)):
        one = article(1, image=image(1, width=width, height=width // 2))
        images = list(parsed(render_digest(newsletter(), [one])).iter("img"))
        assert [image.get("width") for image in images] == (["600"] if wide else [])
        assert [image.get("height") for image in images] == (["300"] if wide else [])


@pytest.mark.parametrize("theme", ["default", "compact", "plain"])
def test_twenty_articles_are_small(theme: str) -> None:
    assert encoded_size(rendered(theme, "twenty").html) < 60_000


# Copies


@pytest.mark.parametrize("name", OURS)
def test_a_copied_theme_is_complete_and_looks_the_same(tmp_path: Path, name: str) -> None:
    written = create_site(tmp_path, name)
    assert f'theme = "themes/{name}"' in (tmp_path / "syndicate.toml").read_text(encoding="utf-8")
    copied = load_theme(f"themes/{name}", tmp_path)
    assert {Path(file) for file in copied.files.values()} <= set(written)
    assert rendered(copied, "sections") == rendered(name, "sections")


def test_init_copies_a_theme_into_an_existing_site(tmp_path: Path) -> None:
    create_site(tmp_path)
    config = (tmp_path / "syndicate.toml").read_text(encoding="utf-8")
    assert 'theme = "themes/mine.mjml"' in config
    first = copy_theme(tmp_path, "plain")
    (tmp_path / "themes" / "plain" / "theme.mjml").write_text("changed", encoding="utf-8")
    (tmp_path / "themes" / "plain" / "partials" / "macros.mjml").unlink()
    assert copy_theme(tmp_path, "plain") == [tmp_path / "themes" / "plain" / "partials" / "macros.mjml"]
    assert (tmp_path / "themes" / "plain" / "theme.mjml").read_text(encoding="utf-8") == "changed"
    assert len(first) == 5
    assert (tmp_path / "syndicate.toml").read_text(encoding="utf-8") == config


def test_init_with_an_unknown_theme(tmp_path: Path) -> None:
    for make in (create_site, copy_theme):
        with pytest.raises(
            TemplateError, match=r"no theme plane to copy \(known: compact, default, longread"
        ):
            make(tmp_path, "plane")
        assert not list(tmp_path.iterdir())
    create_site(tmp_path)
    with pytest.raises(ConfigError, match="add --theme NAME"):
        create_site(tmp_path)


def test_init_says_what_to_change(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    run = CliRunner()
    assert run.invoke(app, ["init", str(tmp_path), "--theme", "compact"]).exit_code == 0
    told = run.invoke(app, ["init", str(tmp_path), "--theme", "plain"])
    assert told.exit_code == 0
    assert 'theme = "themes/plain"' in told.output
    again = run.invoke(app, ["init", str(tmp_path), "--theme", "plain"])
    assert "nothing was written" in again.output
    assert run.invoke(app, ["init", str(tmp_path), "--theme", "nope"]).exit_code == 2


@pytest.mark.parametrize("theme", OURS)
def test_thunderbird_has_a_separate_dark_style_sheet(theme: str) -> None:
    """As Thunderbird 153 reads it: no at-rule counts, and colours stay only in a rule within a rule."""
    newsletter = Newsletter(name="weekly", title="Harbour weekly", sender="news@harbour.example")
    page = render_digest(newsletter, [article(1)], theme=load_theme(theme)).html
    (own,) = re.findall(r'<style media="\(prefers-color-scheme: dark\)">(.*?)</style>', page)
    for_all = re.search(r"@media \(prefers-color-scheme: dark\)\{body\{[^}]*\}(.*?\})\}", page)
    assert for_all
    assert own.startswith(".moz-text-html{")
    assert own.removeprefix(".moz-text-html{").replace("&.moz-text-html ", "") == for_all[1] + "}"
    # Whoever reads a rule within a rule as one that stands alone does not find what it is for.
    assert all(
        each.strip().startswith("&.moz-text-html ")
        for selectors in re.findall(r"([^{}]+)\{", own.removeprefix(".moz-text-html{"))
        for each in selectors.split(",")
    )
    # Outlook for Windows, whose engine knows no `media`, never sees it.
    assert (
        f'<!--[if !mso]><!--><style media="(prefers-color-scheme: dark)">{own}</style><!--<![endif]-->'
        in page
    )


@pytest.mark.parametrize("link", ["theme.mjml", "parts/extra.mjml", "locales/de.po", "parts"])
def test_a_link_that_leads_out_of_the_folder_of_a_theme_is_refused(tmp_path: Path, link: str) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "site" / "mine"
    for path in (outside, folder / "locales", *([folder / "parts"] if link != "parts" else [])):
        path.mkdir(parents=True)
    main = '{% extends "default.mjml" %}{% block foot %}{% include "parts/extra.mjml" %}{% endblock %}'
    (folder / "theme.mjml").write_text(main)
    (outside / "extra.mjml").write_text("heron-73")
    if link != "parts":
        (folder / "parts" / "extra.mjml").write_text("words")
        assert load_theme(str(folder)).files["parts/extra.mjml"] == str(folder / "parts" / "extra.mjml")
    (folder / link).unlink(missing_ok=True)
    (folder / link).symlink_to(outside / "extra.mjml" if link != "parts" else outside)
    with pytest.raises(TemplateError, match="outside of the folder of the theme") as caught:
        load_theme(str(folder))
    assert "heron-73" not in str(caught.value)


def test_a_link_inside_of_the_folder_of_a_theme_and_to_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "main.mjml").write_text('{% extends "default.mjml" %}')
    (tmp_path / "shared" / "theme.mjml").symlink_to("main.mjml")
    (tmp_path / "mine").symlink_to("shared")
    assert load_theme("mine", tmp_path).name == "mine"
