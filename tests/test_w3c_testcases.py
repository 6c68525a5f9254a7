"""The comparison with test cases of the W3C validator counts what it says it counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.w3c_testcases import events_of_rules, measure, read_cases, read_events

EVENTS = """
class LoggedEvent: pass
class Message(LoggedEvent): pass
class Error(Message): pass
class Warning(Message): pass
class MissingElement(Error): pass
class MissingTitle(MissingElement): pass
class MissingGuid(Warning): pass
class ValidDate(LoggedEvent): pass
"""
CASE = "<!--\n  Description:  x\n  Expect:       {}\n-->\n<rss version='2.0'><channel>{}</channel></rss>"
WHOLE = "<title>T</title><link>http://h.example/</link><description>D</description>"
ITEM = "<item><title>x</title></item>"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "src" / "feedvalidator").mkdir(parents=True)
    (tmp_path / "src" / "feedvalidator" / "logging.py").write_text(EVENTS)
    cases = {
        "found.xml": ("MissingTitle{parent:channel}", ""),
        "missed.xml": ("MissingElement", WHOLE),
        "warned.xml": ("MissingGuid", WHOLE + ITEM),
        "clean.xml": ("!Error", WHOLE),
        "dirty.xml": ("!Error", ""),
        "absent.xml": ("!MissingGuid", WHOLE),
        "present.xml": ("!MissingGuid", WHOLE + ITEM),
        "valid.xml": ("ValidDate", ""),
    }
    (tmp_path / "testcases" / "rss" / "must").mkdir(parents=True)
    for name, (event, channel) in cases.items():
        (tmp_path / "testcases" / "rss" / "must" / name).write_text(CASE.format(event, channel))
    (tmp_path / "testcases" / "rss" / "must" / "nothing.xml").write_text("<rss/>")
    return tmp_path


def test_cases_are_counted_by_what_they_expect(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = read_events(checkout)
    cases = list(read_cases(checkout, events))
    assert {Path(case.name).stem: case.expected for case in cases} == {
        "found": "error",
        "missed": "error",
        "warned": "warning",
        "clean": "clean",
        "dirty": "clean",
        "absent": "absent",
        "present": "absent",
        "valid": "other",
    }
    measure(cases, events, details=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:4] for line in lines[:4]] == [
        ["error", "1", "of", "2"],
        ["warning", "1", "of", "1"],
        ["clean", "1", "of", "2"],
        ["absent", "1", "of", "2"],
    ]
    assert lines[0].endswith("by event 1")
    assert "error: MissingElement (1)" in lines


def test_rules_name_the_events_that_they_stand_for() -> None:
    named = events_of_rules()
    assert "DuplicateValue" in named["rss-guid-duplicate"]
    assert "InvalidPositiveInteger" in named["extension-value-invalid"]
    assert named["podcast-guid-invalid"] == frozenset()
