"""What platforms demand of a feed beyond its format: a profile for each, from their public documentation."""

from __future__ import annotations

from ...model.findings import FindingCollector, Rule
from . import platforms, rules
from .feed_view import view_of

__all__ = ["PROFILES", "PROFILE_RULES", "check_profile"]

PROFILES = {
    "apple-podcasts": platforms.check_apple_podcasts,
    "flipboard": platforms.check_flipboard,
    "google-news": platforms.check_google_news,
    "msn": platforms.check_msn,
    "smartnews": platforms.check_smartnews,
}
"""The check of each profile, by its name."""

PROFILE_RULES = {
    rule_id: Rule(
        id=rule_id,
        severity="error" if severity == "E" else "warning",
        message=message,
        fix=fix,
        source=source,
    )
    for table in (rules.APPLE_PODCASTS, rules.FLIPBOARD, rules.GOOGLE_NEWS, rules.MSN, rules.SMARTNEWS)
    for rule_id, severity, message, fix, source in table
}
"""The rules of all profiles, by id."""


def check_profile(findings: FindingCollector, profile: str, document: bytes, format_name: str) -> None:
    """Check a feed for a platform; a document that is no feed, or cannot be parsed, is not checked.

    Args:
        findings: receives the findings.
        profile: the name of the platform.
        document: the feed, as it is served.
        format_name: the name of its format, such as `RSS 2.0`.
    """
    feed = view_of(document, format_name)
    if feed is not None:
        findings.path = ""
        PROFILES[profile](findings, feed, format_name)
