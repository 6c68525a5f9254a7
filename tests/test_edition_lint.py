"""The linter before the door: what it refuses nobody gets, unless a_subscriber says so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from helpers_site import SITE, WEEKLY, cli, configured, opened, source, write
from helpers_text import anything
from syndicate import Article, Newsletter, render_digest
from syndicate.config import load
from syndicate.daemon import Jobs
from syndicate.errors import ConfigError, DigestError
from syndicate.linters.mail import lint_digest
from syndicate.model import Image, Run
from syndicate.newsletters import load_theme
from syndicate.newsroom import Newsroom
from syndicate.text.sanitize import sanitize
from test_compose import posts

NOW = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
MINE = """{% extends "default.mjml" %}
{% block footer %}
{{ super() }}
<mj-section><mj-column><mj-text>
<img src="https://img.example/seal.png" width="40">
</mj-text></mj-column></mj-section>
{% endblock %}
"""


def site(folder: Path, more: str = "", *, theme: str = MINE, tables: str = "") -> Path:
    """A site whose theme has an image without alt."""
    write(folder, {"posts.jsonl": posts({}, {}), "mine.mjml": theme})
    configured(folder, source(), f'{WEEKLY}theme = "mine.mjml"\n{more}', tables, site=SITE)
    return folder


def ready(folder: Path, more: str = "", **how: str) -> Newsroom:
    newsroom = opened(site(folder, more, **how))
    assert newsroom.ingest().ok
    assert newsroom.add_subscriber("ann@example.org").ok
    return newsroom


def outbox(folder: Path) -> int:
    return len([*(folder / "outbox" / "new").glob("*")]) if (folder / "outbox").is_dir() else 0


def test_compose_refuses_an_edition_with_errors_and_consumes_no_article(tmp_path: Path) -> None:
    with ready(tmp_path) as newsroom:
        report = newsroom.compose("weekly")
        assert (report.edition, report.ok) == (None, False)
        refusal, fault = report.problems
        assert refusal.message == "no edition was composed: the linter found 1 error"
        assert "syndicate compose weekly --anyway" in (refusal.hint or "")
        assert "[image-alt]" in fault.message
        assert (fault.file, fault.field, fault.severity) == ("weekly (HTML)", "(//img)[1]", "error")
        assert newsroom.status().editions == ()
        write(tmp_path, {"mine.mjml": '{% extends "default.mjml" %}'})
        mended = newsroom.compose("weekly")
    assert mended.ok
    assert len(mended.articles) == 2


def test_a_finding_with_every_article_is_reported_three_times(tmp_path: Path) -> None:
    many = MINE.replace("<img", '<img src="https://img.example/other.png" width="40">' * 9 + "<img")
    with ready(tmp_path, theme=many) as newsroom:
        report = newsroom.compose("weekly")
    assert report.problems[0].message == "no edition was composed: the linter found 10 errors"
    told = [each.message for each in report.problems[1:]]
    assert len(told) == 3
    assert told[2].endswith(", and 7 more [image-alt]")


def test_compose_with_lint_report_stores_an_edition_with_errors(tmp_path: Path) -> None:
    with ready(tmp_path) as newsroom:
        report = newsroom.compose("weekly", lint="report")
    assert report.ok
    assert report.edition == "weekly-1"
    assert [(each.severity, "image-alt" in each.message) for each in report.problems] == [("warning", True)]


@pytest.mark.parametrize(("lint", "told"), [("report", 1), ("off", 0)])
def test_lint_settings_of_the_newsletter(tmp_path: Path, lint: str, told: int) -> None:
    with ready(tmp_path, f'lint = "{lint}"\n') as newsroom:
        report = newsroom.compose("weekly")
        sent = newsroom.send("weekly")
    assert report.edition
    assert (len(report.problems), len(sent.problems)) == (told, told)
    assert (sent.ok, sent.accepted) == (True, 1)


def test_send_lints_again_and_refuses(tmp_path: Path) -> None:
    with ready(tmp_path) as newsroom:
        newsroom.compose("weekly", lint="report")
        report = newsroom.send("weekly")
        assert (report.ok, report.accepted, report.pending, outbox(tmp_path)) == (False, 0, 0, 0)
        assert report.problems[0].message == "the edition was not sent: the linter found 1 error"
        assert "syndicate send weekly --anyway" in (report.problems[0].hint or "")
        audience = newsroom.audience("weekly")
        assert (audience.ok, audience.pending) == (False, 1)
        assert audience.problems[0].message == "the edition would not be sent: the linter found 1 error"
        assert newsroom.audience("weekly", lint="report").ok
        copy = newsroom.send_test("weekly", "editor@example.org")
        assert (copy.ok, copy.sent_now, outbox(tmp_path)) == (True, 1, 1)
        assert "[image-alt]" in copy.problems[0].message
        sent = newsroom.send("weekly", lint="report")
    assert (sent.ok, sent.accepted, outbox(tmp_path)) == (True, 1, 2)


def test_check_lints_the_next_edition(tmp_path: Path) -> None:
    with opened(site(tmp_path)) as newsroom:
        report = newsroom.check()
    assert [each.file for each in report.problems if "[image-alt]" in each.message] == ["weekly (HTML)"]
    assert not report.ok


WITHOUT_LINK = """{% extends "default.mjml" %}
{% block footer %}<mj-section><mj-column><mj-text><p>Bye</p></mj-text></mj-column></mj-section>{% endblock %}
"""
WEB = '[web]\nbase_url = "https://letters.harbour.example/"\n'
BOUNCES = '[bounces]\naddress = "back@harbour.example"\nmailbox = "maildir:back"\n'


def test_an_edition_that_nobody_can_unsubscribe_from_is_refused(tmp_path: Path) -> None:
    with ready(tmp_path, theme=WITHOUT_LINK, tables=WEB) as newsroom:
        report = newsroom.compose("weekly")
    assert report.edition is None
    assert any("[unsubscribe-link-missing-html]" in each.message for each in report.problems)


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ("", [("warning", "nothing reads these mails")]),
        (BOUNCES, [("note", "cannot unsubscribe with one click")]),
        (WEB, []),
    ],
)
def test_check_reports_how_people_unsubscribe(
    tables: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    with opened(site(tmp_path, tables=tables)) as newsroom:
        found = [each for each in newsroom.check().problems if each.field == "web"]
    assert len(found) == len(expected)
    for problem, (severity, message) in zip(found, expected, strict=True):
        assert problem.severity == severity
        assert message in problem.message


def test_the_daemon_lints(tmp_path: Path) -> None:
    with ready(tmp_path) as newsroom:
        run = Run(id=1, schedule="weekly", slot=NOW, state="running", fence=1)
        with pytest.raises(DigestError, match="no edition was composed: the linter found 1 error"):
            Jobs(newsroom).do(run)
        assert newsroom.status().editions == ()
        write(tmp_path, {"mine.mjml": '{% extends "default.mjml" %}'})
        assert "1 deliveries queued" in Jobs(newsroom).do(run)


def test_the_command_line(tmp_path: Path) -> None:
    site(tmp_path)
    assert cli(tmp_path, "ingest").returncode == 0
    refused = cli(tmp_path, "compose", "weekly")
    assert (refused.returncode, refused.stdout) == (1, "no edition\n")
    assert "error: no edition was composed: the linter found 1 error" in refused.stderr
    assert cli(tmp_path, "compose", "weekly", "--anyway").returncode == 0
    assert cli(tmp_path, "subscribers", "add", "ann@example.org").returncode == 0
    assert cli(tmp_path, "send", "weekly").returncode == 1
    assert cli(tmp_path, "send", "weekly", "--anyway").returncode == 0


def test_the_filled_in_message_is_linted(tmp_path: Path) -> None:
    links = MINE.replace('<img src="https://img.example/seal.png" width="40">', '<a href="@">Leave</a>')
    links = links.replace("@", "{{ slot.unsubscribe_url }}")
    web = '[web]\nbase_url = "https://mail.harbour.example/"\n'
    with ready(tmp_path, theme=links, tables=web) as newsroom:
        report = newsroom.compose("weekly")
    # A marker would be a relative address.
    assert report.ok, report.problems


def test_only_the_named_clients_count(tmp_path: Path) -> None:
    flex = MINE.replace(
        '<img src="https://img.example/seal.png" width="40">', '<p style="display:flex">a</p>'
    )
    with ready(tmp_path, 'clients = ["apple-mail/ios"]\n', theme=flex) as newsroom:
        assert newsroom.compose("weekly").ok


def test_an_unknown_client_is_reported_with_its_line(tmp_path: Path) -> None:
    site(tmp_path, 'clients = ["gmail/os"]\n')
    with pytest.raises(ConfigError, match="did you mean gmail/ios") as raised:
        load(tmp_path / "syndicate.toml")
    assert (raised.value.where.line or 0) > 0


TAGS = (
    *("p", "h1", "h2", "h5", "a", 'a href="https://h.example/y"', 'a href="#x"', "table", "tr", "td", "th"),
    *('img src="https://h.example/i.png"', 'img src="http://h.example/i.png" alt="x"', "ul", "li", "mark"),
    *(
        "blockquote",
        "pre",
        "code",
        "figure",
        "figcaption",
        "details",
        "summary",
        "dl",
        "dt",
        "dd",
        "b",
        "small",
    ),
    *('video src="https://h.example/v.mp4"', "picture", "section", "caption", "svg", "form", "input", "ruby"),
)
pieces = st.one_of(
    anything,
    st.tuples(st.sampled_from(TAGS), anything).map(
        lambda each: f"<{each[0]}>{each[1]}</{each[0].split()[0]}>"
    ),
    st.sampled_from(TAGS).map(lambda tag: f"<{tag}>"),
    st.sampled_from(TAGS).map(lambda tag: f"</{tag.split()[0]}>"),
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@example("longread", [("", ["<mark>", '<a href="https://h.example/y">highlighted</a>'], "", False)], "en")
@given(
    st.sampled_from(["default", "compact", "longread", "plain"]),
    st.lists(
        st.tuples(anything, st.lists(pieces, max_size=8), anything, st.booleans()), min_size=1, max_size=4
    ),
    st.sampled_from(["en", "de", "ar", "ja", "fa"]),
)
def test_shipped_themes_render_any_article_without_errors(
    theme: str, written: list[tuple[str, list[str], str, bool]], language: str
) -> None:
    articles = [
        Article(
            id=f"urn:x:{number}",
            title=title if title.strip() else "x",
            content_html=sanitize("".join(body)),
            summary=summary,
            link=f"https://h.example/{number}" if linked else None,
            image=Image(url="https://h.example/i.png", width=800) if linked else None,
        )
        for number, (title, body, summary, linked) in enumerate(written)
    ]
    newsletter = Newsletter.model_validate({"name": "weekly", "title": "Weekly", "from": "news@h.example"})
    digest = render_digest(
        newsletter, articles, theme=load_theme(theme), home="https://h.example/", language=language
    )
    found = lint_digest(digest, articles=articles)
    assert [each for each in found if each.severity == "error"] == []
