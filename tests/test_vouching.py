"""The gate says of every entry what the linter says, also of those that it only vouches for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.content import repair
from syndicate.feeds import SPELLERS, entry_of, head_of
from syndicate.feeds.lint.vouching import vouched
from syndicate.model import FORMATS, Article, Attachment, Author, Feed, Frozen, Image, Tag
from syndicate.publishing.gate import Gate, head_faults

FEED = Feed(title="Posts", home="https://example.org/", base_url="https://example.org/feeds/")

NASTY = [
    "Plain", "Tom & Jerry", "1 < 2", "<b>bold</b>", "&amp;", "&#8217;", "a<br>b", "\u00a0", "\u2028",
    "\x85", "ẞß",
    "]]>", '"quoted"', "'", "x" * 300, "0", "&copy 2026", "<", "&", "</p>", "\ud7ff", "🚢",
    "a\u200bb", "<!--",
]  # fmt: skip
ADDRESSES = [
    "https://example.org/a", "https://example.org/a?b=1&amp=2", "https://example.org/%7Ea",
    "https://example.org/%e2",
    "https://example.org:443/a", "http://example.org", "https://EXAMPLE.org/a",
    "https://example.org/a/../b",
    "https://example.org/a b", "https://example.org/(x)", "https://example.org/'x'",
    "https://example.org/#a",
    "https://user@example.org/a", "https://[::1]/a", "https://example.org/é", "https://example.org/a?b=<c>",
    "https://x/",
]  # fmt: skip
IDS = [
    *ADDRESSES, "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a", "tag:example.org,2026:1", "7", "urn:x:y",
    "a:b",    "URN:x:yyyyyyyyyyyy",
]  # fmt: skip
BODIES = [
    "", "<p>Well.</p>", "<script>x()</script>", '<a href="/x">x</a>', '<p onclick="x()">x</p>',
    "<p", "plain",
    '<img src="https://example.org/a.png" alt="A &amp; B">', "<style>p{}</style>",
    '<a href="javascript:x">x</a>',
    "<p>]]></p>", "<P STYLE='position:fixed'>x</P>", "&amp;lt;", '<a href="https://example.org/">x</a>',
]  # fmt: skip
lines = (st.sampled_from(NASTY) | st.text(max_size=20)).map(repair).filter(lambda text: bool(text.strip()))
moments = st.sampled_from(
    [0, 1, 1_000_000_000, 1_800_000_000, 4_200_000_000, 30_000_000_000, -1_000_000]
).map(lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
addresses = st.sampled_from(ADDRESSES)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """Articles as a store gives them back, with values that rules are about."""
    seldom = st.integers(0, 3).map(lambda number: number == 0)

    def maybe(some: st.SearchStrategy[object]) -> object:
        return draw(some) if draw(seldom) else None

    def often(plain: str, some: st.SearchStrategy[str]) -> str:
        return draw(some) if draw(seldom) else plain

    values: dict[str, object] = {
        "id": often("https://example.org/posts/1", st.sampled_from(IDS)),
        "title": often("A title", lines),
        "link": often("https://example.org/posts/1", addresses),
        "summary": often("", lines),
        "content_html": often("<p>Well.</p>", st.sampled_from(BODIES)),
        "authors": tuple(
            Author.unchecked({"name": often("Ann", lines), "email": email, "url": maybe(addresses)})
            for email in draw(
                st.lists(st.sampled_from([None, "a@example.org", "a b@example.org"]), max_size=2)
            )
        ),
        "tags": tuple(
            Tag.unchecked({"term": often("Boats", lines), "label": maybe(lines), "scheme": maybe(addresses)})
            for _ in range(draw(st.integers(0, 2)))
        ),
        "section": maybe(lines),
        "language": maybe(st.sampled_from(["en", "de-AT", "xx", "en-UK", "abcde"])),
        "published": maybe(moments),
        "updated": draw(moments),
        "rights": often("", lines),
    }
    if draw(seldom):
        values["image"] = Image.unchecked(
            {
                "url": draw(addresses),
                "media_type": maybe(st.sampled_from(["image/png", "image/jpg", "x/y"])),
                "width": maybe(st.integers(0, 3)),
                "height": maybe(st.integers(0, 3)),
                "alt": often("", lines),
                "credit": often("", lines),
            }
        )
    if draw(seldom):
        kinds = st.sampled_from(["audio/mpeg", "audio/mp3", "a/b", "application/x-foo"])
        values["attachments"] = (
            Attachment.unchecked(
                {
                    "url": draw(addresses),
                    "media_type": draw(kinds),
                    "length": maybe(st.integers(0, 9)),
                    "title": maybe(lines),
                    "duration": maybe(st.floats(0, 9000)),
                }
            ),
        )
    return Article.unchecked(values)


def twin(article: Article) -> Article:
    """An article of the same shape with nothing wrong in it."""
    one, other = "https://example.org/posts/1", "https://example.org/posts/2"
    changes: dict[str, object] = {
        "id": one,
        "title": "A title",
        "link": article.link and (one if article.link == article.id else other),
        "summary": article.summary and "A summary",
        "content_html": article.content_html and "<p>Well.</p>",
        "authors": tuple(plain(each, name="Ann", email="a@example.org", url=one) for each in article.authors),
        "tags": tuple(
            plain(each, term=f"Tag {n}", label="It", scheme=one) for n, each in enumerate(article.tags)
        ),
        "section": article.section and "A section",
        "language": article.language and "en",
        "rights": article.rights and "All mine",
        "image": article.image
        and plain(article.image, url=one, media_type="image/png", width=3, height=3, alt="It", credit="Ann"),
        "attachments": tuple(
            plain(each, url=other, media_type="audio/mpeg", length=9, title="It")
            for each in article.attachments
        ),
    }
    dated = datetime(2026, 1, 1, tzinfo=UTC)
    changes |= {"updated": dated, "published": article.published and dated}
    return article.model_copy(update=changes)


def plain(value: Frozen, **plainly: object) -> Frozen:
    # What is not there stays away: that is the shape.
    there = {name: each for name, each in plainly.items() if getattr(value, name) not in (None, "")}
    return value.model_copy(update=there)


@settings(max_examples=800, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(articles())
def test_nothing_is_vouched_for_that_the_linter_would_speak_of(article: Article) -> None:
    gate = Gate()
    for each in (twin(article), article):
        entry = entry_of(FEED, each, [], legal=True)
        bodies = {kind: SPELLERS[kind].entry(entry) for kind in FORMATS}
        # A gate that has seen nothing yet lints.
        assert gate.entry(entry, bodies) == Gate().entry(entry, bodies)


@settings(max_examples=200, deadline=None)
@given(lines, lines | st.just(""), st.sampled_from(["tag/a", "Ä/b c", "x%y", "a&b"]), st.none() | moments)
def test_no_head_is_vouched_for_that_the_linter_would_speak_of(
    title: str, description: str, name: str, updated: datetime | None
) -> None:
    gate = Gate()
    dated = updated and datetime(2026, 1, 1, tzinfo=UTC)
    usual = FEED.model_copy(update={"description": description and "All of it"})
    own = usual.model_copy(update={"title": title, "description": description, "name": name})
    for feed, moment in ((usual, dated), (own, updated)):
        head = head_of(feed, moment)
        frames = {kind: SPELLERS[kind].frame(head) for kind in FORMATS}
        found = gate.heads(head, frames)
        assert found == Gate().heads(head, frames)


def test_an_ordinary_head_is_looked_at_once() -> None:
    gate = Gate()
    head = head_of(FEED, None)
    assert gate.heads(head, {kind: SPELLERS[kind].frame(head) for kind in FORMATS}) == []
    other = FEED.model_copy(update={"title": "Others", "name": "tag/others"})
    assert gate.heads(head_of(other, None), {"rss": (b"<", b"", b"")}) == []


def test_an_ordinary_entry_is_vouched_for() -> None:
    article = Article(
        id="https://example.org/posts/1",
        title="Tom & Jerry: a review",
        link="https://example.org/posts/1",
        summary="Boats & tides.",
        content_html='<p>Well, <a href="https://example.org/?a=1&amp;b=2">so</a>.</p>',
        authors=(Author(name="Ann", email="ann@example.org"),),
        tags=(Tag(term="Boats"),),
        section="News",
        published=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert vouched(entry_of(FEED, article, []))
    gate = Gate()
    entry = entry_of(FEED, article, [])
    assert gate.entry(entry, {kind: SPELLERS[kind].entry(entry) for kind in FORMATS}) == {}
    # Of what is known to be in order not even the bytes are looked at.
    assert gate.entry(entry, dict.fromkeys(FORMATS, b"<")) == {}


def test_what_the_linter_finds_names_the_entry_and_no_line() -> None:
    article = Article(
        id="7", title="A", content_html="<script>x()</script>", updated=datetime(2026, 1, 1, tzinfo=UTC)
    )
    entry = entry_of(FEED, article, [])
    faults = Gate().entry(entry, {kind: SPELLERS[kind].entry(entry) for kind in FORMATS})
    for kind, field in (
        ("rss", "item / description"),
        ("atom", "entry / content"),
        ("json", "item / content_html"),
    ):
        (problem,) = [each for each in faults[kind] if "html-script" in each.message]
        assert (problem.field, problem.line, problem.id) == (field, None, entry.id)


def test_a_head_is_looked_at_without_entries() -> None:
    frame = (b"<?xml version='1.0'?><rss version='2.0'><channel>\n", b"\n", b"\n</channel></rss>")
    assert any("rss-channel-incomplete" in each.message for each in head_faults(frame, None))
