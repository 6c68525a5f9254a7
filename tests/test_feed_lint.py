"""The feed linter: every rule is broken once and met once, and no input raises an exception."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from helpers_feeds import FEED, example_articles
from helpers_lint import BASES, URL, Case, document_with
from helpers_text import NASTY
from lint_cases_atom import ATOM_CASES
from lint_cases_more import DOCUMENTS, EXTENSION_CASES, JSON_CASES
from lint_cases_rss import RSS_CASES
from syndicate import lint, to_atom, to_json_feed, to_rss
from syndicate.linters.feeds import RULES, Finding, Place, problems

CASES = [*RSS_CASES, *ATOM_CASES, *EXTENSION_CASES, *JSON_CASES]
many = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def rules(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in findings}


@pytest.mark.parametrize("kind", BASES)
def test_a_valid_document_has_no_findings(kind: str) -> None:
    assert lint(document_with(kind), url=URL[kind]) == ()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_each_rule_is_found_only_where_it_is_broken(case: Case) -> None:
    found = lint(document_with(case.kind, case.slot, case.bad), url=URL[case.kind])
    assert rules(found) == {case.rule}, found
    assert case.path in {finding.place.path for finding in found}
    for finding in found:
        rule = RULES[case.rule]
        assert (finding.severity, finding.fix) == (rule.severity, rule.fix)
        assert finding.message.startswith(rule.message)
        assert finding.place.line is not None or case.path in (
            "",
            "channel",
            "feed",
            "channel / atom:link rel=self",
        )
        if case.slot == "@item" and case.path.startswith(("item ", "entry ")):
            assert finding.place.id in ("https://h.example/1", "urn:x:1", "1")
    assert lint(document_with(case.kind, case.slot, case.good), url=URL[case.kind]) == ()


@pytest.mark.parametrize(("rule", "bad", "good"), DOCUMENTS, ids=[each[0] for each in DOCUMENTS])
def test_rules_about_the_whole_document(rule: str, bad: bytes, good: bytes) -> None:
    assert rules(lint(bad)) == {rule}
    assert lint(good) == ()


def test_every_rule_has_a_case() -> None:
    tested = {case.rule for case in CASES} | {each[0] for each in DOCUMENTS} | set(RULES_WITH_OTHERS)
    assert tested | {"content-type-general", "content-type-wrong", "feed-too-large"} == set(RULES)


RULES_WITH_OTHERS = {
    "itunes-value-too-long": ("@item", "<itunes:subtitle>@</itunes:subtitle>", "x" * 256, "x" * 255),
    "rss-textinput-name": (
        "@head",
        "<textInput><title>T</title><description>D</description><name>@</name><link>urn:ex</link></textInput>",
        "2x",
        "x2",
    ),
}
"""Rules about elements that another rule always reports."""


@pytest.mark.parametrize("rule", RULES_WITH_OTHERS)
def test_rules_about_elements_that_another_rule_reports(rule: str) -> None:
    slot, element, bad, good = RULES_WITH_OTHERS[rule]
    assert rule in rules(lint(document_with("rss", slot, element.replace("@", bad))))
    assert rule not in rules(lint(document_with("rss", slot, element.replace("@", good))))


@pytest.mark.parametrize(
    ("kind", "content_type", "expected"),
    [
        ("rss", "application/rss+xml; charset=utf-8", set()),
        ("rss", "text/xml", {"content-type-general"}),
        ("rss", "text/html", {"content-type-wrong"}),
        ("rss", "", {"content-type-wrong"}),
        ("rss", "application/rss+xml; charset=iso-8859-1", {"xml-encoding", "xml-encoding-mismatch"}),
        ("rss", 'application/rss+xml; charset="x-none"', {"xml-encoding-unknown"}),
        ("rss1", "application/rdf+xml", {"content-type-general"}),
        ("atom", "Application/Atom+XML", set()),
        ("atom", "application/rss+xml", {"content-type-wrong"}),
        ("json", "application/feed+json", set()),
        ("json", "application/json", {"content-type-general"}),
        ("opml", "text/x-opml", set()),
    ],
)
def test_the_content_type_is_compared_with_the_format(
    kind: str, content_type: str, expected: set[str]
) -> None:
    assert rules(lint(document_with(kind), url=URL[kind], content_type=content_type)) == expected


def test_elements_of_rss_1_1_inside_other_elements_are_misplaced() -> None:
    document = b"""<?xml version="1.0" encoding="UTF-8"?>
<Channel xmlns="http://purl.org/net/rss1.1#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" rdf:about="https://h.example/f">
<title>T</title><link>https://h.example/</link><description>D</description>
<items rdf:parseType="Collection"><item><title>x</title><link>https://h.example/1</link>@</item></items></Channel>"""
    assert rules(lint(document.replace(b"@", b""))) == {"feed-obsolete-format"}
    inner = b"<dc:creator><title>x</title></dc:creator>"
    assert rules(lint(document.replace(b"@", inner))) == {"feed-obsolete-format", "rss-element-misplaced"}


def test_a_document_of_more_than_64_megabytes_is_not_parsed() -> None:
    assert rules(lint(document_with("rss") + b" " * 64_000_000)) == {"feed-too-large"}


def test_a_finding_has_a_place() -> None:
    bad = document_with("rss", "<guid>https://h.example/2</guid>", "<guid>https://h.example/1</guid>")
    (found,) = lint(bad, url=URL["rss"])
    assert found.place == Place(line=18, path="item 2 / guid", id="https://h.example/1")
    assert str(found).startswith("line 18, item 2 / guid: an earlier item has the same guid")
    (json,) = lint(document_with("json", '"id": "2"', '"id": "1"'), url=URL["json"])
    assert json.place == Place(line=8, path="item 2 / id", id="1")
    (entry,) = lint(document_with("atom", "@item", "<content src='https://h.example/1' type='audio/mpeg'/>"))
    assert entry.place == Place(line=9, path="entry 1", id="urn:x:1")


def test_findings_are_problems_of_a_report() -> None:
    found = lint(document_with("rss", "<guid>https://h.example/2</guid>", "<guid>https://h.example/1</guid>"))
    (problem,) = problems(found)
    assert (problem.severity, problem.field, problem.id) == ("error", "item 2 / guid", "https://h.example/1")
    assert problem.line == 18
    assert "[rss-guid-duplicate]" in problem.message
    assert problem.hint == RULES["rss-guid-duplicate"].fix


def test_without_an_address_the_self_link_is_not_compared() -> None:
    assert lint(document_with("rss")) == ()
    assert rules(lint(document_with("rss"), url="https://h.example/other.rss")) == {"self-link-mismatch"}
    relative = document_with("atom", 'href="https://h.example/f.atom"', 'href="/f.atom"')
    assert rules(lint(relative)) == {"link-href-relative"}


def test_long_details_are_shortened() -> None:
    (found,) = lint(document_with("rss", "@head", f"<ttl>{'x' * 5000}</ttl>"))
    assert len(found.message) < 300


def test_entities_are_not_expanded() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 9))
    text = (
        document_with("rss")
        .decode()
        .replace("<rss", f'<!DOCTYPE rss [<!ENTITY e0 "xxxx">{bomb}]><rss a="&e8;"', 1)
    )
    assert rules(lint(text.encode())) == {"xml-entity-declared"}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        *((name, "xml-encoding") for name in ("utf-16", "utf-16-le", "iso-8859-1", "windows-1252")),
        *((name, "xml-encoding-rare") for name in ("utf-32", "iso-8859-2", "koi8-r", "windows-1251")),
        *((name, "xml-encoding-rare") for name in ("shift_jis", "euc-jp", "euc-kr", "gb18030", "big5")),
    ],
)
def test_documents_in_other_encodings_are_reported_and_checked(name: str, rule: str) -> None:
    samples = {"shift_jis": "日本", "euc-jp": "日本", "euc-kr": "한국", "gb18030": "中国", "big5": "中國"}
    title = samples.get(name, "Прага" if name in ("koi8-r", "windows-1251") else "x")
    text = document_with("rss", "@head", f"<ttl>{title}</ttl>").decode()
    declared = text.replace('encoding="UTF-8"', f'encoding="{name}"')
    findings = lint(declared.encode(name))
    assert rules(findings) == {rule, "rss-ttl-invalid"}
    assert any(finding.message.endswith(f": {title}") for finding in findings)
    assert [finding.place.line for finding in findings] == [1, 8]
    as_header = lint(
        text.replace(' encoding="UTF-8"', "").encode(name), content_type=f"text/xml; charset={name}"
    )
    assert rules(as_header) - {rule, "content-type-general"} == {"rss-ttl-invalid"}


def test_bytes_of_another_encoding_are_reported_with_their_line_and_the_rest_is_checked() -> None:
    document = document_with("rss", "@head", "<ttl>caf\u00e9</ttl>").decode().encode("windows-1252")
    findings = lint(document)
    assert [(each.rule, each.place.line) for each in findings] == [
        ("xml-invalid-bytes", 8),
        ("rss-ttl-invalid", 8),
    ]


@pytest.mark.parametrize("label", ["zlib", "rot13", "punycode", "utf-7", "unicode_escape", "idna", "hex"])
def test_codecs_of_python_that_are_no_encodings_are_unknown(label: str) -> None:
    document = document_with("rss").replace(b"UTF-8", label.encode())
    assert rules(lint(document)) == {"xml-encoding-unknown"}


@many
@given(st.binary(max_size=300))
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"{")
@example(b"[" * 200_000)
@example(b'{"items":' + b"[" * 200_000)
@example(b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + b"9" * 5000 + b"]}")
@example(b"<" * 5000)
@example(b"<a>" * 5000)
def test_any_bytes_return_findings(body: bytes) -> None:
    assert lint(body)
    assert lint(b"<rss version='2.0'>" + body)
    assert lint(b'{"version": ' + body)


@many
@given(
    st.sampled_from(sorted(BASES)),
    st.sampled_from(CASES),
    st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from([*NASTY, "<", ">", '"', "{", "}", "item", "\x00"])),
        max_size=4,
    ),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_damaged_feed_raises_nothing(
    kind: str, case: Case, hits: list[tuple[float, str]], start: float, length: float
) -> None:
    text = document_with(case.kind, case.slot, case.bad).decode("utf-8", "surrogatepass")
    for place, nasty in hits:
        spot = int(place * len(text))
        text = text[:spot] + nasty + text[spot:]
    first = int(start * len(text))
    text = text[:first] + text[first + int(length * 80) :]
    for finding in lint(text.encode("utf-8", "surrogatepass"), url=URL[kind]):
        assert finding.rule in RULES
        assert str(finding)


@many
@given(st.text(max_size=60), st.sampled_from(['<a href="', "<img src='", "<p ", "<!--", "<svg ", "&lt;"]))
def test_any_body_raises_nothing(text: str, start: str) -> None:
    json = document_with("json", "@item", ', "content_html": "x"').replace(b'"x"', b"%s")
    for finding in lint(json % _quoted(start + text)):
        assert finding.rule in RULES


def _quoted(text: str) -> bytes:
    import json

    return json.dumps(text).encode()


MAKERS = {"rss": to_rss, "atom": to_atom, "json": to_json_feed}


@pytest.mark.parametrize("kind", MAKERS)
def test_documents_of_this_package_are_valid(kind: str) -> None:
    found = lint(MAKERS[kind](FEED, example_articles()), url=FEED.url(kind))
    assert rules(found) <= {"rss-item-link-missing"}
