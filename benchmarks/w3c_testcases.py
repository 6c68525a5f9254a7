"""The feed linter against the test cases of the W3C feed validator.

Run `python -m benchmarks.w3c_testcases FOLDER`. FOLDER is a checkout of the public repository
w3c/feedvalidator. Each of its test cases names, in a comment, an event that its validator reports or does
not report. The severity of an event is that of its class in the checkout.

- An `error` case is reported if the linter finds an error.
- A `warning` case is reported if the linter finds something that belongs to the event.
- A `clean` case names `!Error` or `!Message`: it must have no error.
- An `absent` case names another event that must not occur: nothing that belongs to it may be found.

The column "by event" counts an error case only if a finding belongs to the event: the source of each rule
names the events that it stands for. Cases that name a valid value say nothing about the rest of their
document. With `--validator` the validator of the checkout runs on each document, and the documents in
which it finds no error are compared.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from syndicate import lint
from syndicate.linters.feeds import RULES
from syndicate.linters.feeds.vocabularies import words

Outcome = Literal["error", "warning", "clean", "absent", "other"]

# Namespaces and formats that feeds of today do not use.
EXTINCT = ("gbase/", "opensearch/", "ext/feedsync/", "ext/feedburner/")
# The rule about values of extensions stands for more events than its source names.
_EVENTS_OF_VALUES = words(
    "InvalidInteger InvalidPositiveInteger InvalidNonNegativeInteger InvalidFloat InvalidYesNo "
    "InvalidYesNoClean InvalidNPTTime InvalidUpdatePeriod InvalidCountryCode "
    "InvalidCommaSeparatedIntegers InvalidISO8601DateTime InvalidCreditRole InvalidMediaExpression "
    "InvalidMediaHash InvalidMediaMedium InvalidMediaRating InvalidMediaRestriction "
    "InvalidMediaRestrictionRel InvalidMediaRestrictionType InvalidMediaTextType "
    "InvalidAccessRestrictionRel InvalidItunesEpisodeType InvalidItunesChannelType InvalidMetaName "
    "InvalidMetaContent"
)
_EXPECTED = re.compile(r"<!--\s*Description:.*?Expect:\s*(!?)\s*(\w+)", re.DOTALL)
_MESSAGE = re.compile(r"<!--\s*Description:.*?Message:\s*(!?)\s*(\w+)", re.DOTALL)
_EVENTS_OF_RULE = re.compile(r"\b[A-Z][A-Za-z0-9]+\b")


@dataclass(frozen=True, slots=True)
class TestCase:
    """A document, and the event that it is expected to cause.

    Attributes:
        name: its path below the folder of the test cases.
        expected: what kind of case it is; `other` if its event is no mistake.
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
        """Return `error` or `warning`; `other` for information and for events that confirm a value."""
        if self.is_a(event, "Error"):
            return "error"
        return "warning" if self.is_a(event, "Warning") else "other"


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
        event = known.get(match[2].lower(), "Message")  # `Message: Valid`: nothing is reported
        expected: Outcome = events.severity(event)
        if match[1] or event == "Message":
            expected = "clean" if event in ("Error", "Message") else "absent"
        yield TestCase(str(path.relative_to(folder)), expected, event, document)


def events_of_rules() -> dict[str, frozenset[str]]:
    """Return the events of the validator that the source of each rule names."""
    events = {
        rule.id: frozenset(_EVENTS_OF_RULE.findall(rule.source.partition("W3C ")[2]))
        for rule in RULES.values()
    }
    of_values = events["extension-value-invalid"].union(_EVENTS_OF_VALUES)
    return events | {"extension-value-invalid": of_values}


def measure(cases: list[TestCase], events: Events, details: bool) -> None:
    """Lint the documents and print how many of the expected outcomes the linter agrees with."""
    named = events_of_rules()
    totals: Counter[str] = Counter()
    reported: Counter[str] = Counter()
    by_event: Counter[str] = Counter()
    missing: defaultdict[str, list[str]] = defaultdict(list)
    for case in cases:
        findings = lint(case.document)
        is_found = any(
            events.is_a(name, case.event) for each in findings for name in named.get(each.rule, ())
        )
        has_error = any(each.severity == "error" for each in findings)
        agrees = {
            "error": has_error,
            "warning": is_found,
            "clean": not has_error,
            "absent": not is_found,
            "other": True,
        }[case.expected]
        totals[case.expected] += 1
        reported[case.expected] += agrees
        by_event[case.expected] += is_found
        if not agrees or (details and case.expected == "error" and not is_found):
            found = " ".join(sorted({f"{each.severity}:{each.rule}" for each in findings})) or "nothing"
            kind = "error by another rule" if agrees else case.expected
            missing[f"{kind}: {case.event}"].append(f"{case.name}: {found}")
    for outcome in ("error", "warning", "clean", "absent"):
        agreed, of = reported[outcome], totals[outcome]
        share = f"{agreed / of:.1%}" if of else "-"
        strict = f"   by event {by_event[outcome]}" if outcome == "error" else ""
        print(f"{outcome:8} {agreed:5} of {of:5} {share:>7}{strict}")
    if details:
        for event, names in sorted(missing.items()):
            print(f"\n{event} ({len(names)})")
            for name in names:
                print(f"    {name}")


_RUN_VALIDATOR = """
import json, sys
sys.path.insert(0, sys.argv[1])
import feedvalidator
from feedvalidator.logging import Error
for line in sys.stdin:
    path = line.rstrip()
    document = open(path, "rb").read()
    events = feedvalidator.validateString(document, fallback="UTF-8", base="http://www.feedvalidator.org/")
    errors = {type(each).__name__ for each in events["loggedEvents"] if isinstance(each, Error)}
    print(json.dumps(sorted(errors)))
"""


def compare_with_validator(checkout: Path, cases: list[TestCase], details: bool) -> None:
    """Run the validator of the checkout, and print in how many documents both find an error, or none."""
    names = "".join(f"{checkout / 'testcases' / case.name}\n" for case in cases)
    run = [sys.executable, "-c", _RUN_VALIDATOR, str(checkout / "src")]
    done = subprocess.run(run, input=names, capture_output=True, text=True, check=True)
    both: Counter[tuple[bool, bool]] = Counter()
    different: list[str] = []
    for case, line in zip(cases, done.stdout.splitlines(), strict=True):
        theirs = json.loads(line)
        ours = sorted({each.rule for each in lint(case.document) if each.severity == "error"})
        both[bool(theirs), bool(ours)] += 1
        if bool(theirs) != bool(ours):
            different.append(f"{case.name}: theirs {', '.join(theirs) or '-'}; ours {', '.join(ours) or '-'}")
    print("\ndocuments, compared with a run of the validator:")
    print(f"errors in both      {both[True, True]:5}     only in the validator {both[True, False]:5}")
    print(f"errors in neither   {both[False, False]:5}     only in the linter    {both[False, True]:5}")
    if details:
        print("\n".join(f"    {each}" for each in different))


def main() -> None:
    """Parse the arguments and measure."""
    parser = argparse.ArgumentParser(
        description="The feed linter against the test cases of the W3C feed validator."
    )
    parser.add_argument("folder", type=Path, help="a checkout of w3c/feedvalidator")
    parser.add_argument("--details", action="store_true", help="list the cases that the linter misses")
    parser.add_argument("--only", default="", help="only the cases whose path contains this text")
    parser.add_argument("--validator", action="store_true", help="also run the validator of the checkout")
    options = parser.parse_args()
    events = read_events(options.folder)
    cases = [case for case in read_cases(options.folder, events) if options.only in case.name]
    print(f"all {len(cases)} cases")
    measure(cases, events, details=False)
    current = [case for case in cases if not case.name.startswith(EXTINCT)]
    print(f"\nwithout {', '.join(each.rstrip('/') for each in EXTINCT)}: {len(current)} cases")
    measure(current, events, details=options.details)
    if options.validator:
        compare_with_validator(options.folder, current, options.details)


if __name__ == "__main__":
    main()
