"""`syndicate lint`: arguments, output, exit codes; files, URLs, standard input; every format."""

from __future__ import annotations

import json
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from helpers_http import Page, serving
from helpers_lint import BASES, document_with
from helpers_terminal import run_in_terminal
from syndicate import lint
from syndicate.cli import app
from syndicate.linters.documents import RULES, lint_document
from syndicate.linters.feeds import RULES as FEED_RULES
from syndicate.linters.mail import RULES as MAIL_RULES
from syndicate.linters.profiles import PROFILE_RULES

ESCAPE = "\x1b"
many = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["lint", *words], input=stdin)


def run_json(*words: str, stdin: bytes | None = None) -> tuple[int, dict[str, Any]]:
    result = run(*words, "--json", stdin=stdin)
    return result.exit_code, json.loads(result.stdout)


def write(name: str, document: bytes) -> str:
    Path(name).write_bytes(document)
    return name


GOOD = document_with("rss")
BAD = document_with("rss", "@head", "<ttl>x</ttl>")
WITH_WARNING = document_with("rss", "@head", "<language>en-UK</language>")


def mail(html: str = "<p>x</p>") -> bytes:
    message = EmailMessage()
    message["From"] = "a@h.example"
    message["Subject"] = "Weekly"
    message.set_content("x")
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


@pytest.mark.parametrize(
    ("document", "code"), [(GOOD, 0), (WITH_WARNING, 0), (BAD, 1)], ids=["clean", "warning", "error"]
)
def test_the_exit_code_says_whether_there_is_an_error(document: bytes, code: int) -> None:
    assert run(write("feed.rss", document)).exit_code == code
    assert run("-", stdin=document).exit_code == code


def test_a_finding_is_a_line_with_file_line_severity_message_and_rule() -> None:
    lines = run(write("feed.rss", BAD)).stdout.splitlines()
    assert lines == [
        "feed.rss:8: error: ttl is not a number of minutes: x [rss-ttl-invalid]",
        "    channel / ttl",
        "    > <ttl>x</ttl>",
        "    fix: write a whole number above 0",
        "feed.rss: RSS 2.0: 1 error, 0 warnings",
    ]


def test_a_clean_document_is_one_line() -> None:
    assert run(write("feed.rss", GOOD)).stdout == "feed.rss: RSS 2.0: no problems found\n"


@pytest.mark.parametrize(
    ("document", "format_name"),
    [
        *((document_with(kind), name) for kind, name in zip(BASES, ("RSS 2.0", "Atom 1.0", "JSON Feed 1.1",
                                                                     "RSS 1.0", "OPML 2.0"), strict=True)),
        (document_with("rss").replace(b'version="2.0"', b'version="0.91"'), "RSS 0.91"),
        (document_with("rss").decode().replace("UTF-8", "UTF-16").encode("utf-16"), "RSS 2.0"),
        (mail(), "mail"),
        (b"From a@h.example Fri Apr  3 08:30:00 2026\n" + mail(), "mail"),
        (b"Dear all: hello\n", None),
        (b"<html><p>x</html>", None),
        (b"", None),
    ],
)  # fmt: skip
def test_the_format_is_recognized_by_the_content(document: bytes, format_name: str | None) -> None:
    _, output = run_json(write("a.txt", document))
    assert output["documents"][0]["format"] == format_name


def test_several_documents_have_a_line_each_and_a_sum() -> None:
    result = run(write("a.rss", GOOD), write("b.rss", BAD))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-3:] == [
        "a.rss: RSS 2.0: no problems found",
        "b.rss: RSS 2.0: 1 error, 0 warnings",
        "2 documents: 1 error, 0 warnings",
    ]


def test_json_is_one_document_with_all_findings() -> None:
    items = "".join(f"<item><title>{n}</title><link>https://h.example/{n}</link></item>" for n in range(50))
    code, output = run_json(write("a.rss", document_with("rss", "@foot", items)), write("b.rss", BAD))
    assert code == 1
    assert (output["ok"], output["errors"], output["warnings"]) == (False, 1, 50)
    first, second = output["documents"]
    assert (first["name"], first["format"], first["counts"]) == ("a.rss", "RSS 2.0", {"rss-guid-missing": 50})
    assert len(first["findings"]) == 50
    assert second["findings"][0]["rule"] == "rss-ttl-invalid"
    assert second["findings"][0]["place"]["line"] == 8


def test_a_rule_that_is_broken_a_thousand_times_is_shown_three_times() -> None:
    items = "".join(f"<item><title>{n}</title><link>https://h.example/</link></item>\n" for n in range(5000))
    name = write("a.rss", document_with("rss", "@foot", items))
    lines = run(name).stdout.splitlines()
    assert sum("[rss-guid-missing]" in line for line in lines) == 4
    assert "a.rss: ... and 4997 more [rss-guid-missing], from line 23 on; --verbose lists them" in lines
    assert lines[-1] == "a.rss: RSS 2.0: 0 errors, 5000 warnings"
    assert len(run(name, "--verbose").stdout.splitlines()) > 2000


def test_warnings_and_rules_can_be_left_out() -> None:
    name = write("a.rss", document_with("rss", "@head", "<ttl>x</ttl><language>en-UK</language>"))
    assert "region-unregistered" not in run(name, "--severity", "error").stdout
    left_out = run(name, "--ignore", "rss-ttl-invalid")
    assert left_out.exit_code == 0
    assert "region-unregistered" in left_out.stdout
    assert run(name, "--ignore", "rss-ttl-invalid,region-unregistered").stdout.endswith("no problems found\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Missing argument"),
        (["no.xml"], "there is no file no.xml"),
        (["h.example/feed.xml"], "write https://h.example/feed.xml"),
        (["."], "is a folder"),
        (["feed.rss", "--ignore", "rss-guid-mising"], "did you mean rss-guid-missing?"),
        (["feed.rss", "--for", "apple"], "the profiles are apple-podcasts"),
        (["feed.rss", "--severity", "note"], "note"),
        (["feed.rss", "--nothing"], "--nothing"),
    ],
)
def test_wrong_usage_is_said_with_code_2(words: list[str], said: str) -> None:
    write("feed.rss", GOOD)
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.split())


def test_no_config_is_needed_and_a_broken_one_does_not_matter() -> None:
    write("syndicate.toml", b"not toml [[[")
    assert run(write("feed.rss", GOOD)).exit_code == 0


def test_a_url_is_compared_with_its_self_link_and_content_type() -> None:
    with serving() as site:
        own = GOOD.replace(b"https://h.example/f.rss", f"{site.root}/feed.rss".encode())
        site.pages["/feed.rss"] = Page(own, headers={"Content-Type": "application/rss+xml"})
        site.pages["/moved.rss"] = Page(status=301, headers={"Location": "/feed.rss"})
        site.pages["/other.rss"] = Page(own, headers={"Content-Type": "text/html"})
        assert run(f"{site.root}/feed.rss").exit_code == 0
        code, output = run_json(f"{site.root}/moved.rss")
        assert (code, output["documents"][0]["url"]) == (0, f"{site.root}/feed.rss")
        code, output = run_json(f"{site.root}/other.rss")
        assert (code, set(output["documents"][0]["counts"])) == (
            1,
            {"self-link-mismatch", "content-type-wrong"},
        )
        assert all(each.headers["user-agent"].startswith("syndicate/") for each in site.asked)
        assert run(f"feed:{site.root}/feed.rss").exit_code == 0


def test_the_charset_of_the_server_is_used() -> None:
    with serving() as site:
        body = document_with("rss", "@head", "<ttl>café</ttl>").replace(b' encoding="UTF-8"', b"")
        header = {"Content-Type": "application/rss+xml; charset=windows-1252"}
        site.pages["/f"] = Page(body.decode().encode("windows-1252"), headers=header)
        _, output = run_json(f"{site.root}/f", "--ignore", "self-link-mismatch")
        assert set(output["documents"][0]["counts"]) == {"rss-ttl-invalid", "xml-encoding"}
        assert any("café" in each["message"] for each in output["documents"][0]["findings"])


def test_what_cannot_be_reached_ends_with_3_and_the_others_are_linted() -> None:
    with serving() as site:
        site.pages["/gone"] = Page(b"", 410)
        result = run(f"{site.root}/gone", write("feed.rss", BAD))
    assert result.exit_code == 3
    assert "the server answered 410" in result.stderr
    assert "[rss-ttl-invalid]" in result.stdout
    assert result.stdout.splitlines()[-1] == "1 document: 1 error, 0 warnings; 1 not read"
    code, output = run_json("http://127.0.0.1:9/feed")
    assert (code, output["ok"]) == (3, False)
    assert "no connection" in output["documents"][0]["error"]


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:9/x", "http://10.0.0.1/", "http://[::1]:9/", "file:///etc/passwd"]
)
def test_a_redirect_leads_to_no_private_address_that_was_not_typed(target: str) -> None:
    with serving() as site:
        site.pages["/f"] = Page(status=302, headers={"Location": target})
        result = run(f"{site.root}/f")
    assert result.exit_code == 3
    assert "not a public address" in result.stderr or "URL" in result.stderr or "http" in result.stderr
    assert "private = true" not in result.stderr


def test_no_colours_and_no_control_characters_of_the_document_reach_a_pipe() -> None:
    evil = document_with("rss", "@head", "<ttl>\\u202e\x7f&#x9b;31mred</ttl>")
    output = run(write("a\x1b[31m.rss", evil)).output
    assert ESCAPE not in output
    assert "\x7f" not in output
    assert "\x9b" not in output


@pytest.mark.parametrize("columns", [30, 100])
def test_a_terminal_has_colours_and_may_be_narrow(tmp_path: Path, columns: int) -> None:
    write("feed.rss", document_with("rss", "@head", f"<ttl>{'x' * 400}</ttl>"))
    code, received = run_in_terminal(tmp_path, "lint", "feed.rss", columns=columns)
    assert code == 1
    assert ESCAPE in received
    excerpt = next(line for line in received.splitlines() if "> <ttl>" in line)
    assert excerpt.count("x") < columns


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    import subprocess
    import sys

    items = "<item/>" * 3000
    write("feed.rss", document_with("rss", "@foot", items))
    command = f"{sys.executable} -m syndicate lint --verbose feed.rss | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_a_mail_is_checked_by_the_rules_for_mail() -> None:
    code, output = run_json(write("letter.eml", mail('<img src="http://h.example/i.png">')))
    assert code == 1
    counts = output["documents"][0]["counts"]
    assert {"image-alt", "unsubscribe-header-missing"} <= set(counts)
    assert "mime-line-end" not in counts, "the file has the line ends of Unix"
    assert set(counts) <= set(MAIL_RULES)


def test_a_mail_of_plain_text_needs_no_html() -> None:
    message = EmailMessage()
    message["From"] = "a@h.example"
    message.set_content("x")
    assert not {"html-empty", "mime-structure"} & {each.rule for each in lint(message.as_bytes())}


def test_rules_of_feeds_mail_and_platforms_have_different_ids() -> None:
    assert len(RULES) == len(FEED_RULES) + len(MAIL_RULES) + len(PROFILE_RULES)


def test_unknown_profiles_and_rules_are_refused_in_python() -> None:
    with pytest.raises(ValueError, match="no profile 'apple'"):
        lint(GOOD, profiles=["apple"])
    with pytest.raises(ValueError, match="no rule 'x'"):
        lint(GOOD, ignore=["x"])


def test_of_each_rule_at_most_a_thousand_findings_are_kept() -> None:
    result = lint_document(document_with("rss", "@foot", "<item/>" * 1500))
    assert result.counts["rss-item-empty"] == 1500
    assert sum(each.rule == "rss-item-empty" for each in result.findings) == 1000
    assert result.errors == 1500


@many
@given(
    st.sampled_from([*(document_with(kind) for kind in BASES), mail()]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), max_size=6),
    st.floats(0, 1),
)
def test_a_damaged_document_raises_nothing(
    document: bytes, flips: list[tuple[float, int]], end: float
) -> None:
    damaged = bytearray(document)
    for place, bit in flips:
        damaged[int(place * (len(damaged) - 1))] ^= 1 << bit
    for each in lint(bytes(damaged[: int(end * len(damaged)) + 1]), url="https://h.example/f"):
        assert each.rule in RULES


@many
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"Subject: x\n\n", b"<rss>", b"\xff\xfe<\0", b"From x\n"])
)
def test_any_bytes_raise_nothing(body: bytes, start: bytes) -> None:
    for each in lint(start + body, content_type="text/xml; charset=" + repr(body), profiles=["msn"]):
        assert each.rule in RULES


@pytest.mark.parametrize(
    "document",
    [
        b"<rss><channel>" + b"<a>" * 100_000,
        b"<opml version='2.0'><body>"
        + b"<outline text='x'>" * 3_000
        + b"</outline>" * 3_000
        + b"</body></opml>",
        document_with("rss", "@item", "<itunes:category text='x'>" * 1500 + "</itunes:category>" * 1500),
        document_with("atom", "@item", "<source>" * 1500 + "</source>" * 1500),
        document_with("rss", "@item", f"<description>{'&lt;ul>&lt;li>' * 20_000}</description>"),
        document_with("rss", "@foot", "<title><![CDATA[a]]><b/></title>" * 5_000),
        document_with("rss", "@item", f"<pubDate>{'(' * 50_000}</pubDate>"),
        document_with("rss", "@item", f"<author>{'a' * 100_000}</author>"),
        b"Subject: x\nContent-Type: multipart/mixed; boundary=a\n\n" + b"--a\n" * 20_000,
        b"{" * 100_000,
    ],
    ids=range(10),
)
def test_depth_and_repetition_end(document: bytes) -> None:
    assert all(each.rule in RULES for each in lint(document))
