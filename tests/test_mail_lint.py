"""The mail linter: every rule is broken once and kept once, and nothing that comes in makes it fail."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from helpers_mail_lint import ARTICLES, HTML, Case, letter, message
from helpers_text import NASTY, anything
from lint_cases_mail import DIGEST_CASES, MESSAGE_CASES, PIXEL
from syndicate import Article
from syndicate.linters.mail import DEFAULT, RULES, Finding, Place, clients, lint_digest, problems
from syndicate.linters.mail.cascade import applies
from syndicate.linters.mail.colors import BLACK, WHITE, contrast, invert, parse_color
from syndicate.linters.mail.dark_mode import MAX_STYLE_BYTES
from syndicate.linters.mail.message_checks import CLIP_LIMIT, NEAR_LIMIT
from syndicate.linters.mail.stylesheets import matches_of
from syndicate.model import Digest

many = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def rules(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in findings}


def lint(digest: Digest, **more: object) -> tuple[Finding, ...]:
    return lint_digest(digest, articles=ARTICLES, **more)  # type: ignore[arg-type]


def test_a_correct_digest_has_no_findings() -> None:
    assert lint(letter(), message=message(letter())) == ()


@pytest.mark.parametrize("case", DIGEST_CASES, ids=[case.name for case in DIGEST_CASES])
def test_each_rule_is_found_at_its_place_only(case: Case) -> None:
    found = lint(letter(case.part, case.slot, case.bad))
    assert rules(found) == {case.rule}, found
    assert case.path in {finding.place.path for finding in found}
    for finding in found:
        rule = RULES[case.rule]
        assert (finding.severity, finding.fix) == (rule.severity, rule.fix)
        assert finding.message.startswith(rule.message)
        assert len(finding.place.snippet) <= 160
    assert lint(letter(case.part, case.slot, case.good)) == ()


@pytest.mark.parametrize(("rule", "old", "new", "path"), MESSAGE_CASES)
def test_an_incorrect_message(rule: str, old: bytes, new: bytes, path: str) -> None:
    right = message(letter())
    assert old in right
    found = lint(letter(), message=right.replace(old, new, 1))
    assert rules(found) == {rule}, found
    assert path in {finding.place.path for finding in found}


def test_an_article_without_a_link() -> None:
    other = ARTICLES[0].model_copy(update={"link": "https://h.example/elsewhere"})
    found = lint_digest(letter(), articles=(other, ARTICLES[1]))
    assert [(each.rule, each.place.id) for each in found] == [("article-unlinked", "urn:x:1")]
    behind = letter(
        "html", "https://h.example/1?utm_source=mail", "https://go.example/?to=https%3A%2F%2Fh.example%2F1"
    )
    behind = behind.model_copy(
        update={
            "text": behind.text.replace(
                "https://h.example/1?utm_source=mail", "https://go.example/?to=https%3A%2F%2Fh.example%2F1"
            )
        }
    )
    assert lint(behind) == ()


def test_the_boundary_in_the_content() -> None:
    data = message(letter())
    boundary = re.search(rb'boundary="([^"]+)"', data)
    assert boundary
    found = lint(letter(), message=data.replace(b"The last block", b"The --" + boundary[1] + b" block", 1))
    assert "mime-boundary" in rules(found)


def test_an_embedded_image_is_there() -> None:
    digest = letter("html", "@body", PIXEL.replace("https://h.example/i.png", "cid:wall"))
    plain = message(digest)
    assert rules(lint(digest, message=plain)) == {"image-not-embedded"}
    boundary = re.search(rb'boundary="([^"]+)"', plain)
    assert boundary
    # RFC 2387: the HTML and its images in one part.
    html = plain.index(b"--" + boundary[1] + b"\r\nContent-Type: text/html")
    end = plain.rindex(b"--" + boundary[1] + b"--")
    inner = (
        b'--%s\r\nContent-Type: multipart/related; type="text/html"; boundary="rel"\r\n\r\n--rel\r\n'
        % boundary[1]
    )
    image = b"\r\n".join(
        [
            b"",
            b"--rel",
            b"Content-Type: image/png",
            b"Content-ID: <wall>",
            b"Content-Transfer-Encoding: base64",
            b"",
            b"AA==",
            b"--rel--",
            b"",
        ]
    )
    related = plain[:html] + inner + plain[html:end].partition(b"\r\n")[2].rstrip() + image + plain[end:]
    assert lint(digest, message=related) == ()


@pytest.mark.parametrize(
    ("fill", "rule"),
    [
        ("x" * (NEAR_LIMIT - 9_000), None),
        ("x" * (NEAR_LIMIT - 1_000), "size-near"),
        ("x" * CLIP_LIMIT, "size-decoded"),
    ],
)
def test_what_gmail_clips(fill: str, rule: str | None) -> None:
    assert rules(lint(letter("html", "@body", f"<!--{fill}-->"))) == ({rule} if rule else set())


def test_what_gmail_clips_is_measured_as_it_is_sent() -> None:
    digest = letter("html", "@body", f"<p>{'語' * 15_000}</p>")
    assert lint(digest) == ()
    assert rules(lint(digest, message=message(digest))) == {"size-encoded"}


@pytest.mark.parametrize(("part", "rule"), [("html", "html-empty"), ("text", "text-empty")])
def test_an_empty_part(part: str, rule: str) -> None:
    assert rule in rules(lint_digest(letter().model_copy(update={part: " \n"})))


def test_every_rule_has_a_case() -> None:
    elsewhere = {"html-empty", "text-empty", "article-unlinked", "mime-boundary", "image-not-embedded"}
    elsewhere |= {"size-decoded", "size-encoded", "size-near"}
    elsewhere |= {"unsubscribe-link-missing-html", "unsubscribe-link-missing-text"}
    tried = {case.rule for case in DIGEST_CASES} | {each[0] for each in MESSAGE_CASES}
    assert tried | elsewhere == set(RULES)


def test_a_path_finds_its_element_in_a_browser() -> None:
    digest = letter(
        "html", "@body", f"<table role='none'><tr><td>{PIXEL.replace(' alt=', ' x=')}</td></tr></table>"
    )
    (found,) = lint(digest)
    assert found.place == Place(
        line=24, path="(//img)[1]", snippet='<img src="https://h.example/i.png" width="20" x="A wall">'
    )
    # A browser puts the rows of a table into a tbody.
    tree = etree.fromstring(
        digest.html.replace("<tr>", "<tbody><tr>").replace("</tr>", "</tr></tbody>"), etree.HTMLParser()
    )
    (element,) = tree.xpath(found.place.path)
    assert element.get("width") == "20"


def test_findings_are_problems_of_a_report() -> None:
    (problem,) = problems(lint(letter("html", "@body", "<h1>Two</h1>")))
    assert (problem.severity, problem.field, problem.line) == ("error", "(//h1)[2]", 24)
    assert "[heading-h1]" in problem.message


def test_findings_depend_on_the_clients() -> None:
    flex = letter("html", "@body", '<p style="display:flex">a</p>')
    assert lint(flex, clients=["apple-mail/macos", "thunderbird/macos"]) == ()
    (found,) = lint(flex, clients=["outlook/windows"])
    assert "display:flex in Outlook (Windows)" in found.message
    assert set(DEFAULT) <= set(clients())
    with pytest.raises(ValueError, match="no client 'gmail/os'; did you mean gmail/ios"):
        lint(flex, clients=["gmail/os"])


def test_contrast_is_reported_once_per_pair_of_colors() -> None:
    grey = '<p style="color:#999999;background:#ffffff">a</p>'
    found = lint(letter("html", "@body", grey * 30))
    assert [each.rule for each in found].count("contrast-light") == 1


@pytest.mark.parametrize(
    ("style", "bad"),
    [
        ("font-size:24px", False),
        ("font-size:23px", True),
        ("font-size:14pt;font-weight:bold", False),
        ("font-size:14pt", True),
        ("font:bold 14pt/1.2 serif", False),
        ("font-size:1.5em", False),
        ("font-size:smaller", True),
        ("display:none", False),
        ("opacity:0", False),
        ("opacity:0.9;font-size:40px", True),
    ],
)
def test_large_text_needs_less_contrast(style: str, bad: bool) -> None:
    # 3.03:1 on white.
    text = f'<div style="color:#949494;background:#ffffff"><p style="{style}">a</p></div>'
    assert ("contrast-light" in rules(lint(letter("html", "@body", text)))) == bad


@pytest.mark.parametrize(
    ("sheet", "bad"),
    [
        (".w { color: #cccccc }", False),
        (".w { color: #cccccc !important }", True),
        ("#none .w, .page .w { color: #cccccc !important }", True),
        ("b.w { color: #cccccc !important }", False),
        ("p.w:hover { color: #cccccc !important }", False),
        ("@media print { .w { color: #cccccc !important } }", False),
        ("@media screen and (min-width: 520px) { .w { color: #cccccc !important } }", True),
        ("@media (max-width: 519px) { .w { color: #cccccc !important } }", False),
        ("@media not all { .w { color: #cccccc !important } }", False),
        (".w { color: #cccccc !important } .w { color: #333333 !important }", False),
        (".page .w { color: #cccccc !important } .w { color: #333333 !important }", True),
        (".w { color: nonsense !important }", False),
        ("html body div .w { color: #cccccc !important }", True),
        (".w { background: #333333 !important }", True),
        (".w { background-color: transparent }", False),
    ],
)
def test_the_cascade(sheet: str, bad: bool) -> None:
    digest = letter("html", "@body", '<p class="w" style="color:#333333;background-color:#ffffff">a</p>')
    digest = digest.model_copy(update={"html": digest.html.replace("</style>", f"{sheet}</style>", 1)})
    assert ("contrast-light" in rules(lint(digest))) == bad


@pytest.mark.parametrize(("parts", "looked_for"), [(10, True), (11, False), (500, False)])
def test_a_selector_of_many_parts_is_not_evaluated(parts: int, looked_for: bool) -> None:
    for sign in (" ", "~"):
        found = matches_of(sign.join(["*"] * parts))
        assert found and (found[0].find is not None) == looked_for


def test_colors_of_legacy_attributes() -> None:
    old = (
        '<table role="presentation" bgcolor="999999"><tr><td><font color="#888888">a</font></td></tr></table>'
    )
    (found,) = {each.message for each in lint(letter("html", "@body", old)) if each.rule == "contrast-light"}
    assert "#888888 on #999999 is 1.24:1 and must be 4.5:1" in found


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    grey = parse_color("#767676")
    assert grey and contrast(grey, WHITE) == pytest.approx(4.54, abs=0.005)
    assert invert(WHITE) == BLACK
    assert parse_color("hsl(120 100% 25%)") == pytest.approx(parse_color("green"), abs=0.005)
    assert parse_color("url(x)") is None
    assert parse_color("currentcolor") is None


def test_media_queries() -> None:
    assert applies("@media (prefers-color-scheme: dark)", "dark")
    assert not applies("@media (prefers-color-scheme: dark)", "light")
    assert applies("@media only screen and (min-width:520px)", "light")
    assert applies("@media print, screen", "light")
    assert not applies("@media (min-resolution: 2dppx)", "light")
    assert not applies("@nested p", "light")


def test_style_sheets_are_counted_in_bytes() -> None:
    sheet = f"<style>/*{'x' * 8000}*/</style>"
    assert len(sheet) * 2 < MAX_STYLE_BYTES + 100
    assert rules(lint(letter("html", "@head", sheet * 2))) == set()
    assert rules(lint(letter("html", "@head", f"{sheet * 2}<style>/*{'é' * 300}*/</style>"))) == {
        "styles-too-large"
    }


@many
@given(
    st.one_of(st.text(max_size=300), anything),
    st.one_of(st.text(max_size=100), anything),
    st.binary(max_size=200),
)
@example("", "", b"")
@example("<" * 5000, "\x00", b"\x00")
@example("<div>" * 5000, "x" * 5000, b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x--")
@example("<style>" + "a{" * 3000, "", b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\n--a\n")
@example("<style>" + "@media x{" * 3000, "", b"\r")
@example("<p style='" + "calc(" * 3000 + "'>a", "", b"Content-Type: text/html; charset=\xff")
@example("<style>" + ":not(" * 2000 + "a{color:red}", "", b"")
@example("<a href='http://['>x</a><img src='https://['>", "", b"")
@example("<\x01 a=b><a:b:c>x<svg:x/><p style='color:rgb(1e999,0,0);font-size:1e999px;opacity:nan'>x", "", b"")
def test_any_html_can_be_linted(html: str, text: str, data: bytes) -> None:
    digest = Digest.model_construct(subject="s", html=html, text=text, preheader=text)
    for found in lint_digest(
        digest, articles=(Article(id="1", title="T", link="https://h.example/1"),), message=data
    ):
        assert found.rule in RULES
        assert str(found)


@many
@given(
    st.sampled_from(DIGEST_CASES),
    st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from([*NASTY, "<", ">", '"', "{", "}", "@media", ";"])),
        max_size=5,
    ),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_mangled_digest_can_be_linted(
    case: Case, hits: list[tuple[float, str]], start: float, length: float
) -> None:
    digest = letter(case.part, case.slot, case.bad)
    html = digest.html
    for place, nasty in hits:
        spot = int(place * len(html))
        html = html[:spot] + nasty + html[spot:]
    first = int(start * len(html))
    html = html[:first] + html[first + int(length * 80) :]
    for found in lint(digest.model_copy(update={"html": html}), message=HTML.encode()):
        assert str(found)


def test_both_parts_must_unsubscribe() -> None:
    whole = letter()
    for part, change in (
        ("html", {"html": whole.html.replace("unsubscribe%20x", "hello")}),
        ("html", {"html": whole.html.replace(">Unsubscribe<", "> <")}),
        ("text", {"text": whole.text.replace("unsubscribe%20x", "hello")}),
    ):
        changed = whole.model_copy(update=change)
        found = {each.rule: each for each in lint(changed, message=message(changed))}
        assert found[f"unsubscribe-link-missing-{part}"].severity == "error"
        assert found[f"unsubscribe-link-missing-{part}"].place.path == part
        # Without the message nobody knows which link it is.
        assert not any(rule.startswith("unsubscribe") for rule in rules(lint(changed)))
