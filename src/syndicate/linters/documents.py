"""Lint a document of any format that this package knows: RSS, Atom, JSON Feed, OPML or a mail.

Pure: it reads no files and uses no network. For any bytes it returns findings and raises no exception.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..model.findings import Finding, FindingCollector, Rule
from .feeds import RULES as FEED_RULES
from .feeds import lint_feed
from .mail import RULES as MAIL_RULES
from .mail.messages import is_message, lint_message
from .profiles import PROFILE_RULES, PROFILES, check_profile

__all__ = ["PROFILES", "RULES", "DocumentLint", "lint", "lint_document"]

RULES: dict[str, Rule] = {**FEED_RULES, **PROFILE_RULES, **MAIL_RULES}
"""Every rule, by id."""

MAX_BYTES = 64_000_000
"""The size of the largest document that is linted."""

_MOST_PER_RULE = 1_000
# Feeds begin with one of these, in UTF-8 or another encoding.
_FEED_STARTS = (b"<", b"{", b"[", b"\xff\xfe", b"\xfe\xff", b"\0")


@dataclass(frozen=True, slots=True)
class DocumentLint:
    """What is wrong with a document.

    Attributes:
        format: such as `RSS 2.0` or `mail`; empty if it is unknown.
        findings: by line; of each rule at most 1,000.
        counts: how often each rule is broken.
    """

    format: str
    findings: tuple[Finding, ...]
    counts: dict[str, int]

    @property
    def errors(self) -> int:
        """The number of errors, kept or not."""
        return sum(count for rule, count in self.counts.items() if RULES[rule].severity == "error")

    @property
    def warnings(self) -> int:
        """The number of warnings, kept or not."""
        return sum(self.counts.values()) - self.errors

    @property
    def has_error(self) -> bool:
        """Whether any finding is an error."""
        return self.errors > 0

    def errors_only(self) -> DocumentLint:
        """Return the same without warnings."""
        counts = {rule: count for rule, count in self.counts.items() if RULES[rule].severity == "error"}
        return DocumentLint(
            self.format, tuple(each for each in self.findings if each.severity == "error"), counts
        )


def lint(
    document: bytes,
    *,
    url: str | None = None,
    content_type: str | None = None,
    profiles: Sequence[str] = (),
    ignore: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return what is wrong with a document: violations of specifications, and causes of trouble in readers.

    Args:
        document: RSS, Atom, JSON Feed, OPML or a mail, as it is served or sent.
        url: its address, which the self link of a feed must have; None to skip this check.
        content_type: the Content-Type that it is served with; None if unknown.
        profiles: the platforms whose demands a feed must meet too, such as `apple-podcasts`.
        ignore: the ids of rules whose findings are left out.

    Returns:
        One finding for each place that breaks a rule, sorted by line; of each rule at most 1,000.

    Raises:
        ValueError: there is no such profile or rule.
    """
    return lint_document(
        document, url=url, content_type=content_type, profiles=profiles, ignore=ignore
    ).findings


def lint_document(
    document: bytes,
    *,
    url: str | None = None,
    content_type: str | None = None,
    profiles: Sequence[str] = (),
    ignore: Collection[str] = (),
) -> DocumentLint:
    """Return the format of a document and what is wrong with it; see `lint`."""
    for profile in profiles:
        if profile not in PROFILES:
            raise ValueError(f"there is no profile {profile!r}; the profiles are {', '.join(PROFILES)}")
    if unknown := set(ignore) - RULES.keys():
        raise ValueError(f"there is no rule {min(unknown)!r}")
    if not document.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_FEED_STARTS) and is_message(document):
        found = tuple(each for each in lint_message(document[:MAX_BYTES]) if each.rule not in ignore)
        return DocumentLint("mail", found, _count(found))
    findings = FindingCollector(RULES, ignored=ignore, most_per_rule=_MOST_PER_RULE)
    name = lint_feed(findings, document, url, content_type)
    for profile in profiles:
        check_profile(findings, profile, document, name)
    return DocumentLint(name, findings.findings(), dict(findings.counts))


def _count(findings: Sequence[Finding]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in findings:
        counts[each.rule] = counts.get(each.rule, 0) + 1
    return counts
