"""The feed linter against the test cases of the W3C feed validator: `python -m benchmarks.w3c_testcases FOLDER`.

FOLDER is a checkout of the public repository w3c/feedvalidator. Each of its test cases names, in a comment, an event
that its validator reports or does not report. The severity of an event is that of its class in the checkout.

An error case counts as reported if the linter finds an error, a warning case if it finds anything that belongs to the
event. A valid case must have no error. The stricter figure compares the events: the source of each of our rules names
the events of the validator that it stands for.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from syndicate import lint
from syndicate.linters.feeds import RULES

Outcome = Literal["error", "warning", "valid"]

# Namespaces and formats that feeds of today do not use.
EXTINCT = ("gbase/", "opensearch/", "ext/feedsync/", "ext/feedburner/")
_EXPECTED = re.compile(r"<!--\s*Description:.*?Expect:\s*(!?)\s*(\w+)", re.DOTALL)
_MESSAGE = re.compile(r"<!--\s*Description:.*?Message:\s*(!?)\s*(\w+)", re.DOTALL)
_EVENTS_OF_RULE = re.compile(r"\b[A-Z][A-Za-z0-9]+\b")


@dataclass(frozen=True, slots=True)
class TestCase:
    """A document, and the event that it is expected to cause.

    Attributes:
        name: its path below the folder of the test cases.
        expected: the severity of the event; `valid` if the event must not occur or is not a mistake.
        event: the class of the event.
        document: its bytes.
    """

    name: str
    expected: Outcome
    event: str
    document: bytes


@dataclass(frozen=True, slots=True)
class Events:
    """The classes of events of the validator."""

    bases: dict[str, tuple[str, ...]]

    def is_a(self, event: str, other: str) -> bool:
        """Return whether an event is of another class, or of a class derived from it."""
        return event == other or any(self.is_a(base, other) for base in self.bases.get(event, ()))

    def severity(self, event: str) -> Outcome:
        """Return `error` or `warning`; `valid` for information and for events that confirm a value."""
        if self.is_a(event, "Error"):
            return "error"
        return "warning" if self.is_a(event, "Warning") else "valid"


def read_events(checkout: Path) -> Events:
    """Read the classes of events from the source code of the validator, without running it."""
    source = (checkout / "src" / "feedvalidator" / "logging.py").read_text(encoding="utf-8")
    classes = (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    return Events({each.name: tuple(b.id for b in each.bases if isinstance(b, ast.Name)) for each in classes})


def read_cases(checkout: Path, events: Events) -> Iterator[TestCase]:
    """Read the test cases that the validator's own test run reads, as far as they name an event."""
    folder = checkout / "testcases"
    known = {name.lower(): name for name in events.bases}
    for path in sorted((*folder.glob("*/*/*.xml"), *folder.glob("opml/*/*.opml"))):
        document = path.read_bytes()
        text = document.replace(b"\0", b"").decode("latin-1")
        match = _EXPECTED.search(text) or _MESSAGE.search(text)
        if match is None:
            continue
        event = known.get(match[2].lower())
        if event is None:  # `Message: Valid` means that nothing is reported
            event, is_absent = "Message", True
        else:
            is_absent = bool(match[1])
        expected: Outcome = "valid" if is_absent else events.severity(event)
        yield TestCase(str(path.relative_to(folder)), expected, event, document)


def events_of_rules() -> dict[str, frozenset[str]]:
    """Return the events of the validator that the source of each rule names."""
    return {
        rule.id: frozenset(_EVENTS_OF_RULE.findall(rule.source.partition("W3C ")[2]))
        for rule in RULES.values()
    }


def measure(cases: list[TestCase], events: Events, details: bool) -> None:
    """Lint the documents and print how many of the expected outcomes the linter agrees with."""
    named = events_of_rules()
    totals: Counter[str] = Counter()
    reported: Counter[str] = Counter()
    strictly: Counter[str] = Counter()
    missing: defaultdict[str, list[str]] = defaultdict(list)
    for case in cases:
        findings = lint(case.document)
        matching = [
            each
            for each in findings
            if any(events.is_a(name, case.event) for name in named.get(each.rule, ()))
        ]
        has_error = any(each.severity == "error" for each in findings)
        totals[case.expected] += 1
        is_strict = not has_error if case.expected == "valid" else bool(matching)
        is_reported = {"error": has_error, "warning": bool(matching), "valid": not has_error}[case.expected]
        reported[case.expected] += is_reported
        strictly[case.expected] += is_strict
        if not is_reported or (details and not is_strict):
            found = " ".join(sorted({f"{each.severity[0]}:{each.rule}" for each in findings})) or "nothing"
            kind = case.expected if not is_reported else "other rule"
            missing[f"{kind} {case.event}"].append(f"{case.name}: {found}")
    for outcome in ("error", "warning", "valid"):
        agreed, of = reported[outcome], totals[outcome]
        share = f"{agreed / of:.1%}" if of else "-"
        print(f"{outcome:8} {agreed:5} of {of:5} {share:>7}   by event {strictly[outcome]:5}")
    if details:
        for event, names in sorted(missing.items(), key=lambda item: (item[0].split()[0], -len(item[1]))):
            print(f"\n{event}: {len(names)}")
            for name in names:
                print(f"    {name}")


def main() -> None:
    """Parse the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("folder", type=Path, help="a checkout of w3c/feedvalidator")
    parser.add_argument("--details", action="store_true", help="list the cases that the linter misses")
    parser.add_argument("--only", default="", help="only the cases whose path contains this text")
    options = parser.parse_args()
    events = read_events(options.folder)
    cases = [case for case in read_cases(options.folder, events) if options.only in case.name]
    print(f"all {len(cases)} cases")
    measure(cases, events, details=False)
    current = [case for case in cases if not case.name.startswith(EXTINCT)]
    print(f"\nwithout {', '.join(each.rstrip('/') for each in EXTINCT)}: {len(current)} cases")
    measure(current, events, details=options.details)


if __name__ == "__main__":
    main()
