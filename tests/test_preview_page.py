"""The page of the preview in a browser: what it shows, when it reloads, and which requests it refuses."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from axe_playwright_python.sync_playwright import Axe
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Frame, Locator, Page, expect

from helpers_net import free_port
from helpers_preview import PATIENCE, Preview, chromium, loaded, previewing, until
from helpers_site import MAIN, WEEKLY, cli, configured, source, write
from helpers_web import ask
from syndicate import Newsroom
from syndicate.preview.color_scheme import COLOR_SCHEMES, ColorScheme, emulate_color_scheme

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301"
    "0100c9fe92ef0000000049454e44ae426082"
)
POSTS = source(kind="markdown", path="posts/*.md", more='link = "https://harbour.example/{slug}/"')
THEME = WEEKLY + 'theme = "themes/mine.mjml"\n'
UNBALANCED = '{% extends "default.mjml" %}\n{% block foot %}<p></b></p>{% endblock %}'
PALE = """{% extends "default.mjml" %}
{% block foot %}
<p id="pale" style="color:#eeeeee;background-color:#ffffff">Hardly to be read</p>
{% endblock %}
"""


def post(title: str, day: int, body: str = "Words.", more: str = "") -> str:
    return f"---\ntitle: {title}\ndate: 2026-04-{day:02}\n{more}\n---\n{body}\n"


def site_in(folder: Path, *tables: str) -> Path:
    """Two articles in a newsletter and in a feed; one has an image, the other a script."""
    configured(folder, POSTS, *(tables or (THEME, MAIN)))
    image = "image: {url: https://harbour.example/lamp.png, width: 600, height: 300, alt: A lamp}"
    return write(
        folder,
        {
            "posts/lamp.md": post("The lamp is lit", 4, more=image),
            "posts/nets.md": post("Nets", 3, "<script>parent.document.title = 'ours'</script> Mended."),
            "themes/mine.mjml": '{% extends "default.mjml" %}',
            "people.csv": "email,name,language,newsletters\nute@example.org,Ute,de,weekly\n",
        },
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def running_preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A preview of a site that does not change, with an edition and a subscriber."""
    folder = site_in(tmp_path_factory.mktemp("site"))
    with Newsroom.open(folder / "syndicate.toml") as newsroom:
        newsroom.ingest()
        newsroom.import_subscribers(folder / "people.csv")
        assert newsroom.compose("weekly").edition
    write(folder, {"posts/new.md": post("Something new", 5)})
    with previewing(folder) as preview:
        yield preview


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser page that loads only from this machine; the test fails with an error of its script."""
    with opened(browser) as page:
        yield page


class opened:  # noqa: N801 - reads as a function
    def __init__(self, browser: Browser, **options: Any) -> None:
        options = {"viewport": {"width": 1440, "height": 900}} | options
        self.context = browser.new_context(**options)
        self.errors: list[str] = []

    def __enter__(self) -> Page:
        self.context.set_default_timeout(PATIENCE * 1000)
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        image = {"status": 200, "content_type": "image/png", "body": PIXEL}
        self.context.route(
            lambda url: "127.0.0.1" not in url,
            lambda route: route.fulfill(**image) if route.request.url.endswith("png") else route.abort(),
        )
        return page

    def __exit__(self, *_: object) -> None:
        self.context.close()
        assert not self.errors


def frame(page: Page, kind: str = "desktop") -> Frame:
    """The document in a frame, once it is loaded."""
    element = page.locator(f".{kind} iframe")

    def there() -> bool:
        address = element.get_attribute("src") or ""
        shown = element.evaluate("(frame) => [frame.contentDocument?.URL, frame.contentDocument?.readyState]")
        return str(shown[0]).endswith(address) and shown[1] == "complete"

    until(page, there)
    handle = element.element_handle()
    found = handle.content_frame() if handle else None
    assert found
    return found


def radio(page: Page, name: str) -> Locator:
    """One of the radio buttons above the preview."""
    return page.get_by_role("radio", name=name, exact=True)


def finding(page: Page, rule: str) -> Locator:
    """The first finding of a rule."""
    return (
        page.locator("#findings li")
        .filter(has=page.locator("code", has_text=rule))
        .get_by_role("button")
        .first
    )


def expect_frame_url(page: Page, words: str) -> None:
    """Wait until the URL of the frames contains these words."""
    expect(page.locator(".desktop iframe")).to_have_attribute("src", re.compile(words))


def visit(page: Page, preview: Preview, query: str = "") -> None:
    page.goto(preview.url + query)
    loaded(page)


# --- editions ---------------------------------------------------------------------------------------------


def test_the_page_shows_the_next_edition(running_preview: Preview, page: Page) -> None:
    visit(page, running_preview)
    expect(page.locator(".address")).to_have_text(
        f"Only this machine can open it: 127.0.0.1:{running_preview.port}"
    )
    expect(page.locator("#show option")).to_have_text(["Harbour weekly", "main"])
    expect(page.locator(".subject")).to_contain_text("Harbour weekly: Something new")
    expect(page.locator(".summary")).to_contain_text(
        "From Harbour Post <news@harbour.example> to reader@example.org"
    )
    widths = [frame(page, kind).evaluate("innerWidth") for kind in ("phone", "desktop")]
    assert widths == [375, 700]
    for kind in ("phone", "desktop"):
        assert "Something new" in frame(page, kind).inner_text("body")
        assert "Nets" not in frame(page, kind).inner_text("body"), "the last edition contained it"
    expect(page.locator("#sizes")).to_contain_text("Gmail limit102,400 bytes")
    radio(page, "Phone").check()
    expect(page.locator("iframe")).to_have_count(1)


def test_every_view_of_an_edition(running_preview: Preview, page: Page) -> None:
    visit(page, running_preview)
    radio(page, "Text").check()
    expect(page.locator(".lines.text")).to_contain_text("Something new")
    radio(page, "HTML").check()
    expect(page.locator(".lines li").first).to_contain_text("<!doctype html>")
    radio(page, "Headers").check()
    expect(page.get_by_role("row", name="List-ID")).to_contain_text("<weekly.harbour.example>")
    expect(page.get_by_role("row", name=re.compile("^To"))).to_contain_text("reader@example.org")
    radio(page, "Raw message").check()
    expect(page.locator(".lines")).to_contain_text("Content-Transfer-Encoding: quoted-printable")
    assert "view=message" in page.url
    page.reload()
    loaded(page)
    expect(radio(page, "Raw message")).to_be_checked()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as .eml").click()
    assert download.value.suggested_filename == "weekly-2.eml"
    assert b"Subject: Harbour weekly: Something new" in download.value.path().read_bytes()


def colors_of(page: Page) -> tuple[str, str]:
    """The background of an edition and the colour of its title."""
    shown = frame(page)
    read = "(name) => (element) => getComputedStyle(element)[name]"
    body = shown.eval_on_selector("body", f"({read})('backgroundColor')")
    return str(body), str(shown.eval_on_selector("h1", f"({read})('color')"))


@pytest.mark.parametrize("prefers", ["light", "dark"])
def test_colors_do_not_depend_on_the_browser(
    running_preview: Preview, browser: Browser, prefers: str
) -> None:
    with opened(browser, color_scheme=prefers) as page:
        visit(page, running_preview, "?edition=weekly-1")
        light = colors_of(page)
        assert light == ("rgb(244, 241, 235)", "rgb(29, 27, 24)")
        radio(page, "Dark").check()
        page.wait_for_url("**colors=dark*")
        expect_frame_url(page, "colors=dark")
        assert colors_of(page) == ("rgb(20, 19, 17)", "rgb(241, 238, 232)")
        radio(page, "Inverted").check()
        expect_frame_url(page, "colors=inverted")
        assert colors_of(page) == light, "the dark mode of the edition is ignored"
        filters = frame(page).evaluate(
            "[document.documentElement, document.images[0]].map((each) => getComputedStyle(each).filter)"
        )
        assert filters == ["invert(1) hue-rotate(180deg)"] * 2


def test_images_can_be_off(running_preview: Preview, page: Page) -> None:
    visit(page, running_preview, "?edition=weekly-1")
    seen = "[...document.images].map((each) => [each.naturalWidth > 0, each.alt])"
    assert frame(page).evaluate(seen) == [[True, "A lamp"]]
    page.get_by_label("Images").uncheck()
    expect_frame_url(page, "images=off")
    assert frame(page).evaluate(seen) == [[False, "A lamp"]]


def test_an_edition_runs_no_script_and_opens_links_in_a_new_tab(running_preview: Preview, page: Page) -> None:
    visit(page, running_preview)
    for element in page.locator("iframe").all():
        assert "allow-scripts" not in (element.get_attribute("sandbox") or "")
    answer = ask(running_preview.port, "/edition.html?newsletter=weekly")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    shown = frame(page)
    shown.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"parent.document.title = 1\">')"
    )
    with page.expect_popup() as popup:
        shown.locator("h1 a, h2 a").first.click()
    assert popup.value.url != page.url
    assert page.title() == "Preview: The Harbour Post"


def test_edition_subscriber_and_language_can_be_chosen(running_preview: Preview, page: Page) -> None:
    visit(page, running_preview)
    page.get_by_label("Edition").select_option("weekly-1")
    expect(page.locator(".subject")).to_contain_text("The lamp is lit")
    page.get_by_label("Edition").select_option("")
    page.get_by_label("Language").select_option("fr")
    expect(page.locator("#status")).to_contain_text("Up to date")
    expect_frame_url(page, "language=fr")
    assert frame(page).get_attribute("html", "lang") == "fr"
    page.get_by_label("Language").select_option("ar")
    expect_frame_url(page, "language=ar")
    assert frame(page).get_attribute("html", "dir") == "rtl"
    page.get_by_label("Language").select_option("")
    assert page.locator("#subscribers option").get_attribute("value") == "ute@example.org"
    page.get_by_label("Subscriber").fill("ute@example.org")
    page.get_by_label("Subscriber").press("Enter")
    expect(page.locator(".summary")).to_contain_text("to Ute <ute@example.org>")
    expect_frame_url(page, "ute")
    assert frame(page).get_attribute("html", "lang") == "de"
    page.get_by_label("Subscriber").fill("nobody@example.org")
    page.get_by_label("Subscriber").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("nobody@example.org is not a subscriber")


def test_only_styles_and_media_attributes_are_changed() -> None:
    html = (
        '<html><head><meta name="color-scheme" content="light dark">'
        "<style>@media screen and (PREFERS-color-scheme : dark){p{color:red}}"
        "@media not (prefers-color-scheme:light){p{color:blue}}</style></head><body>"
        '<picture><source media="(prefers-color-scheme: dark)" srcset="d.png"></picture>'
        '<code>@media (prefers-color-scheme: dark)</code><img src="cid:a@b"></body></html>'
    )
    dark = emulate_color_scheme(html, "dark", {"a@b": "data:image/png;base64,AA=="})
    assert "@media screen and (min-width: 0px){" in dark
    assert "@media not (max-width: 0px){" in dark
    assert 'media="(min-width: 0px)"' in dark
    assert "<code>@media (prefers-color-scheme: dark)</code>" in dark, "the text of an article is not changed"
    assert 'src="data:image/png;base64,AA=="' in dark
    assert "color-scheme: dark !important" in dark
    assert dark.endswith("</body></html>")
    light = emulate_color_scheme(html, "light")
    assert "@media screen and (max-width: 0px){" in light
    assert "color-scheme: light !important" in light
    assert "cid:a@b" in light
    assert "color-scheme: light !important" in emulate_color_scheme("<p>No word of dark mode</p>", "dark")


@given(
    st.text(alphabet="<>/styleMEDIA=\"' (prefers-color-scheme: dark)cid:@{}"), st.sampled_from(COLOR_SCHEMES)
)
def test_any_html_is_accepted(html: str, scheme: ColorScheme) -> None:
    assert len(emulate_color_scheme(html, scheme)) > len(html)


# --- feeds ------------------------------------------------------------------------------------------------


def test_every_view_of_a_feed(running_preview: Preview, page: Page) -> None:
    visit(page, running_preview, "?show=feed:main")
    shown = frame(page, "reader")
    assert shown.locator("article h2").all_inner_texts() == ["Something new", "The lamp is lit", "Nets"]
    assert "parent.document" not in shown.content()
    expect(page.locator(".summary")).to_contain_text("3 entries · main.rss")
    for name, start in (("RSS", "<?xml"), ("Atom", "<?xml"), ("JSON Feed", "{")):
        radio(page, name).check()
        expect(page.locator(".lines li").first).to_contain_text(start)
        expect(page.locator(".lines")).to_contain_text("Something new")
    expect(page.locator("#send-section")).to_be_hidden()
    page.get_by_label("Newsletter or feed").select_option("newsletter:weekly")
    expect(page.locator("#send-section")).to_be_visible()


# --- findings ---------------------------------------------------------------------------------------------


def test_findings_show_their_places(browser: Browser, tmp_path: Path) -> None:
    # Without base_url the feed has no self link, which is a finding.
    plain = '[site]\ntitle = "The Harbour Post"\nhome = "https://harbour.example/"\n'
    site_in(tmp_path)
    configured(tmp_path, POSTS, THEME, MAIN, site=plain)
    write(tmp_path, {"themes/mine.mjml": PALE})
    with previewing(tmp_path) as preview, opened(browser) as page:
        visit(page, preview)
        expect(page.locator("#findings-count")).to_contain_text("compose refuses this edition")
        finding(page, "contrast").click()
        shown = frame(page)
        shown.wait_for_selector("[data-outlined]")
        pale = shown.locator("#pale, #pale *, [data-outlined]").filter(has_text="Hardly to be read").first
        assert "solid" in pale.evaluate("(element) => element.style.outline")
        expect(pale).to_be_in_viewport()
        assert "solid" in frame(page, "phone").locator("[data-outlined]").evaluate("(e) => e.style.outline")
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        radio(page, "HTML").check()
        finding(page, "contrast").click()
        expect(page.locator(".lines mark")).to_contain_text("<p")
        expect(page.locator(".lines mark")).to_contain_text("#eeeeee")
        expect(page.locator(".lines mark")).to_be_in_viewport()
        page.get_by_label("Newsletter or feed").select_option("feed:main")
        finding(page, "self").click()
        expect(page.locator(".lines li.highlighted")).to_contain_text("<?xml")


def test_problems_of_one_kind_are_shown_together(browser: Browser, tmp_path: Path) -> None:
    site_in(tmp_path)
    write(tmp_path, {f"posts/bad{number}.md": post("Bad", 5).replace("2026-", "x-") for number in range(40)})
    with previewing(tmp_path) as preview, opened(browser) as page:
        visit(page, preview)
        problems = page.locator("#problems li").filter(has_text="not a date")
        expect(problems).to_have_count(3)
        page.get_by_text("37 more like these").click()
        expect(page.locator("#problems details li")).to_have_count(37)
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


# --- reload -----------------------------------------------------------------------------------------------


def test_the_page_reloads_after_each_change(browser: Browser, tmp_path: Path) -> None:
    site_in(tmp_path)
    good = (tmp_path / "syndicate.toml").read_text("utf-8")
    with previewing(tmp_path) as preview, opened(browser) as page:
        status, alert = page.locator("#status"), page.get_by_role("alert")
        visit(page, preview)
        frame(page).evaluate("scrollTo(0, 120)")
        write(tmp_path, {"posts/new.md": post("Ice in the harbour", 6)})
        expect(status).to_contain_text("posts/new.md changed")
        expect(page.locator(".subject")).to_contain_text("Ice in the harbour")
        assert "Ice in the harbour" in frame(page).inner_text("body")
        until(page, lambda: bool(frame(page).evaluate("scrollY") == 120))

        write(tmp_path, {"themes/mine.mjml": PALE})
        expect(status).to_contain_text("themes/mine.mjml changed")
        expect(page.locator("#findings .severity").first).to_have_text("Error")
        write(
            tmp_path, {"themes/mine.mjml": '{% extends "default.mjml" %}\n{% block foot %}{{ nothing.here }}'}
        )
        expect(alert).to_contain_text("themes/mine.mjml:2")
        expect(alert).to_contain_text("Save the file to reload this page.")
        write(tmp_path, {"themes/mine.mjml": UNBALANCED})
        expect(alert).to_contain_text("<p> of themes/mine.mjml:2 is open")
        write(tmp_path, {"themes/mine.mjml": '{% extends "default.mjml" %}'})
        expect(alert).to_be_hidden()

        write(tmp_path, {"syndicate.toml": good.replace("theme =", "theem =")})
        expect(alert).to_contain_text("syndicate.toml:")
        expect(alert).to_contain_text("Did you mean 'theme'?")
        expect(status).to_contain_text("Error in syndicate.toml")
        expect(page.locator("iframe")).to_have_count(0)
        page.reload()
        expect(alert).to_contain_text("Did you mean 'theme'?")
        (tmp_path / "syndicate.toml").unlink()
        expect(alert.get_by_text("syndicate init makes one", exact=True)).to_be_visible()
        # Editors write a new file and rename it.
        write(tmp_path, {"next.toml": good.replace("Harbour weekly", "Harbour daily")})
        (tmp_path / "next.toml").rename(tmp_path / "syndicate.toml")
        expect(page.locator("#show option").first).to_have_text("Harbour daily")
        expect(alert).to_be_hidden()
        expect(page.locator(".subject")).to_contain_text("Harbour daily: Ice in the harbour")

        (tmp_path / "posts/new.md").unlink()
        expect(page.locator(".subject")).to_contain_text("Harbour daily: The lamp is lit")
        write(tmp_path, {"posts/odd.md": b"\xff\xfe"})
        expect(page.locator("#problems")).to_contain_text("posts/odd.md")
        (tmp_path / "posts/odd.md").unlink()
        expect(page.locator("#problems-section")).to_be_hidden()

        # Another process composes.
        with Newsroom.open(tmp_path / "syndicate.toml") as newsroom:
            newsroom.ingest()
            assert newsroom.compose("weekly").edition
        expect(page.locator("#edition option")).to_have_count(2)
        expect(page.locator(".basis")).to_contain_text("There are no new articles since the last edition")


# --- test copies ------------------------------------------------------------------------------------------


class ReceivedMails:
    """The mails that an SMTP server received."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 taken"


def test_a_test_copy_goes_to_one_address_and_is_no_delivery(browser: Browser, tmp_path: Path) -> None:
    received = ReceivedMails()
    server = Controller(received, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        smtp = f'\n[delivery]\ntransport = "smtp://127.0.0.1:{server.port}?starttls=never"\n'
        site_in(tmp_path, THEME, smtp)
        with Newsroom.open(tmp_path / "syndicate.toml") as newsroom:
            newsroom.import_subscribers(tmp_path / "people.csv")
            before = newsroom.status()
        with previewing(tmp_path) as preview, opened(browser) as page:
            visit(page, preview, "?language=de")
            page.get_by_label("Address").fill("me@example.org")
            page.get_by_role("button", name="Send").click()
            expect(page.locator("#send-result")).to_contain_text(
                "Sent to me@example.org through smtp://127.0.0.1"
            )
            # Valid for a browser, not for a mail server.
            page.get_by_label("Address").fill("me@localhost")
            page.get_by_role("button", name="Send").click()
            expect(page.locator("#send-result")).to_have_class("note bad")
            server.stop()
            page.get_by_label("Address").fill("me@example.org")
            page.get_by_role("button", name="Send").click()
            expect(page.locator("#send-result")).to_contain_text("127.0.0.1")
            expect(page.locator("#send-result")).to_have_class("note bad")
    finally:
        if server.loop.is_running():
            server.stop()
    [(sender, recipients, content)] = received.mails
    assert (sender, recipients) == ("news@harbour.example", ["me@example.org"])
    assert b"To: me@example.org" in content
    assert b"Weiterlesen" in content
    with Newsroom.open(tmp_path / "syndicate.toml") as newsroom:
        after = newsroom.status()
    assert (after.articles, after.subscribers, after.editions) == (0, 1, ())
    assert after == before


# --- access control ---------------------------------------------------------------------------------------


def status(preview: Preview, path: str = "/", method: str = "GET", body: bytes = b"", **headers: str) -> int:
    connection = HTTPConnection("127.0.0.1", preview.port, timeout=PATIENCE)
    try:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, given)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    "path", ["/", "/edition?newsletter=weekly", "/contents", "/events", "/assets/preview.js"]
)
def test_other_host_names_are_refused(running_preview: Preview, path: str) -> None:
    for host in (
        "evil.example",
        f"evil.example:{running_preview.port}",
        "127.0.0.1",
        f"127.0.0.1.evil.example:{running_preview.port}",
    ):
        assert status(running_preview, path, Host=host) == 421, host
    if path != "/events":
        assert status(running_preview, path, Host=f"localhost:{running_preview.port}") == 200
        assert status(running_preview, path) == 200


def test_requests_of_other_sites_are_refused(running_preview: Preview) -> None:
    for site in ("cross-site", "same-site"):
        assert status(running_preview, "/contents", Sec_Fetch_Site=site) == 403
        assert (
            status(
                running_preview,
                "/edition.html?newsletter=weekly",
                Sec_Fetch_Site=site,
                Sec_Fetch_Mode="navigate",
            )
            == 403
        )
    assert status(running_preview, "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate") == 200, (
        "a link to the page"
    )
    assert status(running_preview, "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors") == 403


def test_sending_needs_the_token_of_the_page(running_preview: Preview) -> None:
    html = ask(running_preview.port, "/").body.decode()
    found = re.search('name="preview-token" content="([^"]+)"', html)
    assert found
    own, token = f"http://127.0.0.1:{running_preview.port}", found[1]
    body = json.dumps({"newsletter": "weekly", "address": ""}).encode()
    assert status(running_preview, "/send", "POST", body) == 403
    assert status(running_preview, "/send", "POST", body, Origin=own) == 403
    assert status(running_preview, "/send", "POST", body, Origin=own, X_Preview_Token="guess") == 403
    assert status(running_preview, "/send", "POST", body, X_Preview_Token=token) == 403
    assert (
        status(running_preview, "/send", "POST", body, Origin="http://evil.example", X_Preview_Token=token)
        == 403
    )
    assert status(running_preview, "/send", "POST", body, Origin="null", X_Preview_Token=token) == 403
    assert status(running_preview, "/send", "POST", body, Origin=own, X_Preview_Token=token) == 200
    assert status(running_preview, "/send", "POST", b"[", Origin=own, X_Preview_Token=token) == 400
    assert status(running_preview, "/send", "POST", b"[" * 9_000, Origin=own, X_Preview_Token=token) == 400
    assert status(running_preview, "/send", "POST", b"x" * 20_000, Origin=own, X_Preview_Token=token) == 413
    assert status(running_preview, "/send") == 405
    assert status(running_preview, "/assets/page.html") == 404


# --- accessibility ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefers", ["light", "dark"])
def test_axe_finds_nothing(running_preview: Preview, browser: Browser, prefers: str) -> None:
    with opened(browser, color_scheme=prefers) as page:
        for query in ("", "?view=text", "?view=headers", "?show=feed:main", "?subscriber=nobody"):
            visit(page, running_preview, query)
            results = Axe().run(page)
            assert results.violations_count == 0, results.generate_report()


def test_the_keyboard_is_sufficient(running_preview: Preview, page: Page) -> None:
    visit(page, running_preview)
    names = []
    line = (
        "(element) => [element, element.nextElementSibling].map((e) => e && getComputedStyle(e).outlineStyle)"
    )
    for _ in range(8):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        names.append(focused.evaluate("(element) => element.name || element.id"))
        assert {"solid", "auto"} & set(focused.evaluate(line)), names[-1]
    assert names == ["show", "edition", "subscriber", "language", "view", "width", "colors", "images"]
    radio(page, "Mail").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".lines.text")).to_be_visible()
    expect(radio(page, "Text")).to_be_focused()


def test_it_fits_a_narrow_window(running_preview: Preview, browser: Browser) -> None:
    with opened(browser, viewport={"width": 400, "height": 800}) as page:
        for query in ("", "?view=html", "?view=headers", "?show=feed:main"):
            visit(page, running_preview, query)
            assert page.evaluate("document.documentElement.scrollWidth") <= 400, query
        visit(page, running_preview)
        assert frame(page, "phone").evaluate("innerWidth") == 375


def test_a_small_window_leaves_room_for_the_edition(running_preview: Preview, browser: Browser) -> None:
    with opened(browser, viewport={"width": 375, "height": 700}) as page:
        visit(page, running_preview)
        assert frame(page, "phone").evaluate("innerHeight") > 500


# --- the command ------------------------------------------------------------------------------------------


def test_ctrl_c_stops_it_while_a_page_is_open(browser: Browser, tmp_path: Path) -> None:
    site_in(tmp_path)
    with previewing(tmp_path) as preview, opened(browser) as page:
        visit(page, preview)
        code, output = preview.interrupt()
        assert code == 0
        assert preview.first_output.splitlines()[-1] == "Only this machine can open it. Press Ctrl-C to stop."
        assert output == "The preview has stopped.\n"
        expect(page.locator("#status")).to_contain_text("Is syndicate preview still running?")


def test_the_preview_makes_no_database(tmp_path: Path) -> None:
    site_in(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with previewing(tmp_path) as preview:
        for path in ("/contents", "/edition?newsletter=weekly", "/feed?feed=main"):
            response = json.loads(ask(preview.port, path).body)
            assert "error" not in response, path
        assert sorted(tmp_path.rglob("*")) == before
        assert preview.interrupt()[0] == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_a_database_of_an_older_version_is_reported_until_it_is_upgraded(tmp_path: Path) -> None:
    site_in(tmp_path)
    with Newsroom.open(tmp_path / "syndicate.toml") as newsroom:
        newsroom.ingest()
    database = tmp_path / "syndicate.db"
    version = set_schema_version(database, "0003")
    with previewing(tmp_path) as preview:
        assert "older version" in preview.first_output
        error = json.loads(ask(preview.port, "/contents").body)["error"]
        assert "older version" in error["message"]
        assert set_schema_version(database, version) == "0003"
        end = time.monotonic() + PATIENCE
        while "error" in json.loads(ask(preview.port, "/contents").body):
            assert time.monotonic() < end
            time.sleep(0.1)


def set_schema_version(database: Path, version: str) -> str:
    """Change the version that a database states, and return the previous one."""
    with sqlite3.connect(database) as connection:
        [(previous,)] = connection.execute("SELECT version_num FROM alembic_version")
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
    connection.close()
    return str(previous)


def test_a_port_in_use_is_reported_with_a_fix(running_preview: Preview, tmp_path: Path) -> None:
    site_in(tmp_path)
    done = cli(tmp_path, "preview", "--port", str(running_preview.port))
    assert done.returncode == 3
    assert (
        f"cannot listen on 127.0.0.1:{running_preview.port}: Address already in use (--port 0" in done.stderr
    )
    assert "--port 0 uses a free port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_extra_is_reported(tmp_path: Path) -> None:
    site_in(tmp_path)
    done = cli(tmp_path, "preview", program="import sys; sys.modules['watchfiles'] = None")
    assert done.returncode == 2
    assert "the preview needs watchfiles" in done.stderr
    assert "pip install 'syndicate-feeds[web]'" in done.stderr


def test_a_missing_config_is_reported(tmp_path: Path) -> None:
    done = cli(tmp_path, "preview")
    assert done.returncode == 2
    assert "there is no config (syndicate init makes one)" in done.stderr


def test_an_invalid_config_is_shown_on_the_page(tmp_path: Path) -> None:
    write(tmp_path, {"syndicate.toml": "[site]\ntitle = \n"})
    with previewing(tmp_path) as preview:
        found = json.loads(ask(preview.port, "/contents").body)
        assert found["error"]["file"] == "syndicate.toml"
        assert found["error"]["line"] == 2
