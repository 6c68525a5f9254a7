"""The checks of each platform."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ...model.findings import FindingCollector
from .feed_view import EntryView, FeedView, ImageView

Check = Callable[[FindingCollector, FeedView, str], None]

_APPLE_CHANNEL = ("title", "description", "language", "itunes:image", "itunes:category", "itunes:explicit")
_APPLE_TYPES = frozenset(
    (
        *("audio/mpeg", "audio/mp3", "audio/x-m4a", "audio/mp4", "audio/m4a"),
        *("video/mp4", "video/x-m4v", "video/quicktime", "application/pdf"),
    )
)
_APPLE_DESCRIPTION = 4_000
_FLIPBOARD_CHANNEL = ("title", "link", "description", "language")
_FLIPBOARD_DESCRIPTION, _FLIPBOARD_PIXELS, _FLIPBOARD_ENTRIES = 300, 500, 20
_GOOGLE_FEED, _GOOGLE_ENTRY, _GOOGLE_ENTRIES = 2_000_000, 1_000_000, 60
_MSN_TITLE = range(21, 151)
_MSN_PIXELS = 720
_MSN_REMOVED = frozenset(("style", "script", "object", "embed", "param", "applet"))
_SMARTNEWS_CHANNEL = ("title", "link", "description", "date", "language")
_SMARTNEWS_DESCRIPTION, _SMARTNEWS_FEED = 30, 1_000_000


def check_apple_podcasts(findings: FindingCollector, feed: FeedView, format_name: str) -> None:
    """Check a podcast for Apple Podcasts."""
    if format_name != "RSS 2.0":
        findings.add("apple-not-rss", "", format_name, 1)
    _require_fields(findings, feed, "apple-channel-incomplete", _APPLE_CHANNEL)
    if len(feed.fields.get("description", "").encode("utf-8", "replace")) > _APPLE_DESCRIPTION:
        findings.add("apple-description-too-long", "channel / description")
    files: set[str] = set()
    for entry in feed.entries:
        if not entry.title:
            _add(findings, entry, "apple-episode-incomplete", "title")
        if not entry.id:
            _add(findings, entry, "apple-guid-missing")
        if not entry.enclosures:
            _add(findings, entry, "apple-episode-incomplete", "enclosure")
            continue
        enclosure = entry.enclosures[0]
        if enclosure.url in files:
            _add(findings, entry, "apple-enclosure-repeated", enclosure.url)
        files.add(enclosure.url)
        if enclosure.media_type.lower() not in _APPLE_TYPES:
            _add(findings, entry, "apple-enclosure-type", enclosure.media_type)
        if not enclosure.url.isascii():
            _add(findings, entry, "apple-url-not-ascii", enclosure.url)


def check_flipboard(findings: FindingCollector, feed: FeedView, _format_name: str) -> None:
    """Check a feed for Flipboard."""
    _require_fields(findings, feed, "flipboard-channel-incomplete", _FLIPBOARD_CHANNEL)
    if len(feed.entries) < _FLIPBOARD_ENTRIES:
        findings.add("flipboard-few-entries", "", str(len(feed.entries)))
    for entry in feed.entries:
        _require(findings, entry, "flipboard-entry-incomplete", ("title", "link", "summary", "date", "id"))
        if entry.summary and len(entry.summary) < _FLIPBOARD_DESCRIPTION and not entry.body:
            _add(findings, entry, "flipboard-description-short", f"length {len(entry.summary)}")
        if not entry.images:
            _add(findings, entry, "flipboard-image-missing")
        elif _all_smaller(entry.images, _FLIPBOARD_PIXELS, min):
            _add(findings, entry, "flipboard-image-small")


def check_google_news(findings: FindingCollector, feed: FeedView, _format_name: str) -> None:
    """Check a feed for Google News."""
    if feed.size > _GOOGLE_FEED:
        findings.add("google-feed-too-large", "", f"{feed.size / 1e6:.1f} MB")
    if len(feed.entries) > _GOOGLE_ENTRIES:
        findings.add("google-many-entries", "", str(len(feed.entries)))
    for entry in feed.entries:
        if entry.size > _GOOGLE_ENTRY:
            _add(findings, entry, "google-entry-too-large", f"{entry.size / 1e6:.1f} MB")
        if not entry.id:
            _add(findings, entry, "google-id-missing")
        if not entry.date:
            _add(findings, entry, "google-date-missing")
        if not entry.body:
            _add(findings, entry, "google-text-missing")


def check_msn(findings: FindingCollector, feed: FeedView, _format_name: str) -> None:
    """Check a feed for MSN."""
    for entry in feed.entries:
        _require(findings, entry, "msn-entry-incomplete", ("id", "title", "date", "link"))
        if not entry.body and not entry.summary:
            _add(findings, entry, "msn-entry-incomplete", "body")
        if entry.title and len(entry.title) not in _MSN_TITLE:
            _add(findings, entry, "msn-title-length", f"length {len(entry.title)}")
        if removed := sorted(_MSN_REMOVED & entry.body_tags):
            _add(findings, entry, "msn-body-element", ", ".join(removed))
        if not entry.images:
            _add(findings, entry, "msn-image-missing")
        elif _all_smaller(entry.images, _MSN_PIXELS, max):
            _add(findings, entry, "msn-image-small")


def check_smartnews(findings: FindingCollector, feed: FeedView, _format_name: str) -> None:
    """Check a feed for SmartNews."""
    if feed.encoding != "UTF-8":
        findings.add("smartnews-encoding", "", feed.encoding, 1)
    _require_fields(findings, feed, "smartnews-channel-incomplete", _SMARTNEWS_CHANNEL)
    if len(feed.fields.get("description", "")) > _SMARTNEWS_DESCRIPTION:
        findings.add("smartnews-description-long", "channel / description")
    if not feed.fields.get("snf:logo"):
        findings.add("smartnews-logo-missing", "channel")
    if feed.size > _SMARTNEWS_FEED:
        findings.add("smartnews-too-large", "", f"{feed.size / 1e6:.1f} MB")
    for entry in feed.entries:
        _require(findings, entry, "smartnews-entry-incomplete", ("id", "title", "link", "date", "body"))


def _add(findings: FindingCollector, entry: EntryView, rule: str, detail: str = "") -> None:
    findings.add(rule, f"entry {entry.number}", detail, entry.line, entry=entry.id or None)


def _require_fields(findings: FindingCollector, feed: FeedView, rule: str, names: Iterable[str]) -> None:
    for name in names:
        if not feed.fields.get(name):
            findings.add(rule, "channel", name)


def _require(findings: FindingCollector, entry: EntryView, rule: str, names: Iterable[str]) -> None:
    for name in names:
        if not getattr(entry, name):
            _add(findings, entry, rule, name)


def _all_smaller(images: list[ImageView], pixels: int, side: Callable[[int, int], int]) -> bool:
    """Return whether every image states its size and is smaller; `side` chooses which side counts."""
    return all(
        image.width is not None and image.height is not None and side(image.width, image.height) < pixels
        for image in images
    )
