"""The models: which values they accept, and that they are frozen."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.headerregistry import HeaderRegistry

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from helpers_text import anything, said
from syndicate import Article, Attachment, Author, Feed, Newsletter, Problem, Subscriber, Tag
from syndicate.errors import RecordError, Where
from syndicate.model import Mailbox, article_identity, format_duration, jsonable, parse_duration
from syndicate.model.article_identity import host_of, identity, is_uri
from syndicate.model.base import Language, MediaType, Url
from syndicate.model.newsletter import MailboxField

URL = TypeAdapter(Url)
FEED = {"title": "F", "home": "https://harbour.example"}


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("https://harbour.example", "https://harbour.example/"),
        (" https://Harbour.example/a b ", "https://harbour.example/a%20b"),
        ("http://bücher.example:8080/é?q=ü#ö", "http://xn--bcher-kva.example:8080/%C3%A9?q=%C3%BC#%C3%B6"),
        ("https://harbour.example/%C3%A9?a=1&b=2", "https://harbour.example/%C3%A9?a=1&b=2"),
        ("https://[::1]:1/x", "https://[::1]:1/x"),
        ("https://user@harbour.example/", "https://user@harbour.example/"),
        ('https://harbour.example/"<>', "https://harbour.example/%22%3C%3E"),
        ("https://harbour.example/\ufffe", "https://harbour.example/%EF%BF%BE"),
    ],
)
def test_urls_become_uris(given_: str, kept: str) -> None:
    assert URL.validate_python(given_) == kept
    assert URL.validate_python(kept) == kept


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            "",
            "harbour.example",
            "/a",
            "mailto:a@b.example",
            "javascript:alert(1)",
            "https://",
            "ftp://a.example/",
        ),
        *("https://a.example/\n", "https://a.example/\x01x", "https://[bad/", "https://a.example:port/"),
        *("https://a.example/\ud800", "https://a..example.é/"),
        *("https://my..site/", "https://.site/", "https://./", f"https://{'a' * 64}.example/"),
    ],
)
def test_invalid_url_is_rejected(wrong: str) -> None:
    if wrong.strip() == "https://a.example/":
        assert URL.validate_python(wrong) == "https://a.example/"
        return
    with pytest.raises(ValidationError):
        URL.validate_python(wrong)


@settings(max_examples=200, deadline=None)
@given(anything)
def test_url_is_ascii_or_rejected(text: str) -> None:
    try:
        url = URL.validate_python(f"https://harbour.example/{text}")
    except ValidationError:
        return
    assert url.isascii()
    assert url.isprintable()
    assert not set(url) & set(' <>"{}|\\^`')
    assert URL.validate_python(url) == url


@pytest.mark.parametrize(("text", "kept"), [("en", "en"), ("en_US", "en-US"), (" zh-Hant-TW ", "zh-Hant-TW")])
def test_languages(text: str, kept: str) -> None:
    assert TypeAdapter(Language).validate_python(text) == kept


@pytest.mark.parametrize("wrong", ["", "e", "english language", "en-", "en--US", "12"])
def test_invalid_language_is_rejected(wrong: str) -> None:
    with pytest.raises(ValidationError, match="BCP 47"):
        TypeAdapter(Language).validate_python(wrong)


def test_media_types_are_normalized() -> None:
    adapter = TypeAdapter(MediaType)
    assert adapter.validate_python("image/jpg") == "image/jpeg"
    assert adapter.validate_python("Audio/MPEG; codecs=1") == "audio/mpeg"
    for wrong in ("", "audio", "audio/", "a b/c"):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


def test_title_is_a_single_line_and_not_empty() -> None:
    assert Article(id="1", title=" a\r\n\tb  c ").title == "a b c"
    for wrong in ("", " \n\t"):
        with pytest.raises(ValidationError):
            Article(id="1", title=wrong)


def test_values_are_frozen_and_reject_unknown_fields() -> None:
    article = Article(id="1", title="t")
    with pytest.raises(ValidationError):
        article.title = "u"
    with pytest.raises(ValidationError):
        Article(id="1", title="t", titel="u")
    assert article == Article(id="1", title="t")
    assert hash(article) == hash(Article(id="1", title="t"))


def test_author_needs_a_name_or_an_email() -> None:
    with pytest.raises(ValidationError, match="needs a name or an email"):
        Author(url="https://harbour.example/")
    assert Author(email="a@b.example").label == "a@b.example"


@pytest.mark.parametrize("wrong", [-1, "many"])
def test_invalid_length_of_an_attachment_is_rejected(wrong: object) -> None:
    with pytest.raises(ValidationError):
        Attachment(url="https://harbour.example/", media_type="audio/ogg", length=wrong)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_infinite_numbers_are_rejected(number: float) -> None:
    with pytest.raises(ValidationError):
        Article(id="1", title="t", score=number)
    with pytest.raises(ValidationError):
        Attachment(url="https://harbour.example/", media_type="audio/ogg", duration=number)


def test_date_needs_an_offset_and_a_four_digit_year() -> None:
    for wrong in (datetime(2026, 1, 1), datetime(999, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)):
        with pytest.raises(ValidationError):
            Article(id="1", title="t", published=wrong)


def test_dated_and_changed_of_an_article() -> None:
    one, two, three = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3))
    whole = Article(id="1", title="t", published=one, updated=two, ingested=three)
    assert (whole.dated, whole.changed) == (one, two)
    ingested = Article(id="1", title="t", ingested=three)
    assert (ingested.dated, ingested.changed) == (None, None), "that is no date of the article"
    assert Article(id="1", title="t").dated is None


def test_facet_has_each_value_once() -> None:
    article = Article(
        id="1",
        title="t",
        section="S",
        language="en",
        tags=(Tag(term="a"), Tag(term="b"), Tag(term="a", label="A")),
    )
    assert article.facet("tag") == ("a", "b")
    assert article.facet("section") == ("S",)
    assert article.facet("language") == ("en",)
    assert article.facet("author") == ()
    with pytest.raises(ValueError, match="there is no facet"):
        article.facet("title")


@settings(max_examples=50, deadline=None)
@given(said.filter(lambda text: text.isprintable()), st.datetimes(datetime(1000, 1, 3), datetime(9998, 1, 1)))
def test_article_is_the_same_after_json(title: str, moment: datetime) -> None:
    article = Article(id="1", title=title, published=moment.replace(tzinfo=UTC), tags=(Tag(term=title),))
    assert Article.model_validate(json.loads(json.dumps(jsonable(article)))) == article


def test_paths_and_urls_of_a_feed() -> None:
    feed = Feed(**FEED, name="tag/日 本", base_url="https://harbour.example/feeds/")
    assert feed.path("rss") == "tag/日 本.rss"
    assert feed.url("rss") == "https://harbour.example/feeds/tag/%E6%97%A5%20%E6%9C%AC.rss"
    assert Feed(**FEED).url("rss") is None
    with pytest.raises(ValidationError):
        Feed(**FEED, limit=0)


@pytest.mark.parametrize(
    ("text", "name", "email"),
    [
        ("a@b.example", "", "a@b.example"),
        ("Ann <a@b.example>", "Ann", "a@b.example"),
        ("Lee, Ann <a@b.example>", "Lee, Ann", "a@b.example"),
        ('"Ann \\"Boss\\" Lee" <a@b.example>', 'Ann "Boss" Lee', "a@b.example"),
        ("<a@b.example>", "", "a@b.example"),
        ("日本 <a@例え.テスト>", "日本", "a@例え.テスト"),
    ],
)
def test_mailbox_notations(text: str, name: str, email: str) -> None:
    assert TypeAdapter(MailboxField).validate_python(text) == Mailbox(name=name, email=email)


@pytest.mark.parametrize(
    "wrong", ["", "Ann", "Ann <a>", "a@b.example, c@d.example", "a@b.example\nX: x", "@b.example"]
)
def test_invalid_mailbox_is_rejected(wrong: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(MailboxField).validate_python(wrong)


def test_newsletter_needs_a_sender() -> None:
    newsletter = Newsletter(name="n", title="N", **{"from": "Ann <a@b.example>"})
    assert newsletter.sender == Mailbox(name="Ann", email="a@b.example")


@pytest.mark.parametrize(
    "wrong", ["a", "a@", "a b@c.example", "a@b.example\r\nX: x@y.example", "a@b\0.example"]
)
def test_subscriber_with_an_invalid_address_is_rejected(wrong: str) -> None:
    with pytest.raises(ValidationError, match="not an email address"):
        Subscriber(id="1", email=wrong)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90 seconds", timedelta(seconds=90)),
        ("1 minute", timedelta(minutes=1)),
        ("hour", timedelta(hours=1)),
        ("2 DAYS", timedelta(days=2)),
        (" 1 week ", timedelta(weeks=1)),
    ],
)
def test_durations(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span
    assert parse_duration(format_duration(span)) == span


@pytest.mark.parametrize("wrong", ["", "5", "5 m", "-5 minutes", "0 minutes", "1.5 hours", "5 fortnights"])
def test_invalid_duration_is_rejected(wrong: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(wrong)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("https://harbour.example/1", True),
        ("urn:uuid:1", True),
        ("tag:harbour.example,2026:1", True),
        ("7", False),
        ("a b:c", False),
        ("urn:é", False),
        ("urn:", False),
        ("urn:" + "x" * 500, False),
        ("urn:a\n", False),
    ],
)
def test_id_that_a_feed_can_have_as_it_is(text: str, fits: bool) -> None:
    assert is_uri(text) is fits


@settings(max_examples=100, deadline=None)
@given(anything)
def test_identity_is_a_uri_and_always_the_same(text: str) -> None:
    assert is_uri(identity("host", text))
    assert identity("host", text) == identity("host", text)
    assert identity("host", text) != identity("other", text)


def test_error_has_message_place_and_hint() -> None:
    error = RecordError("too long", where=Where("a.md", 3, "title", "7"), hint="shorten it")
    assert str(error) == "a.md:3, field title, id 7: too long (shorten it)"
    assert str(Problem.of(error)) == str(error)
    assert str(Where(line=3)) == "line 3"
    assert str(RecordError("alone")) == "alone"


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("https://harbour.example/100%", "https://harbour.example/100%25"),
        ("https://harbour.example/%zz?%2#%", "https://harbour.example/%25zz?%252#%25"),
        ("https://a_b.example/", "https://a_b.example/"),
    ],
)
def test_percent_sign_that_is_not_an_escape_is_escaped(given_: str, kept: str) -> None:
    assert URL.validate_python(given_) == kept
    assert URL.validate_python(kept) == kept


@pytest.mark.parametrize("host", ["a b.example", "a%20b.example", "<a>.example", 'a".example', "a,b.example"])
def test_invalid_host_is_rejected(host: str) -> None:
    with pytest.raises(ValidationError):
        URL.validate_python(f"https://{host}/")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("https://harbour.example/a%20b?c#d", True),
        ("urn:x:1", True),
        ("tag:harbour.example,2026:7", True),
        ("x:", False),
        ('a:"<b>', False),
        ("x:%zz", False),
        ("x:%4", False),
        ("x:a b", False),
        ("x:ä", False),
        ("http:nowhere", False),
        ("https:///path", False),
        ("7:x", False),
        ("x:" + "y" * 500, False),
    ],
)
def test_uri_syntax(text: str, right: bool) -> None:
    assert is_uri(text) is right


@pytest.mark.parametrize(
    "tag", ["en-a", "e", "en-GB-GB", "de-1901-1901", "en-a-bb-a-cc", "x", "en--GB", "en-"]
)
def test_invalid_language_tags(tag: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Language).validate_python(tag)


@pytest.mark.parametrize(
    "tag", ["en", "zh-Hant-TW", "de-CH-1901", "sl-rozaj-biske", "en-x-dock", "i-klingon"]
)
def test_valid_language_tags(tag: str) -> None:
    assert TypeAdapter(Language).validate_python(tag.replace("-", "_")) == tag


def test_skip_hours_and_skip_days_are_sorted() -> None:
    feed = Feed(**FEED, skip_hours=[23, 0], skip_days=["Sunday", "Monday"])
    assert (feed.skip_hours, feed.skip_days) == ((0, 23), ("Monday", "Sunday"))
    for wrong in ({"skip_hours": [1, 1]}, {"skip_hours": [24]}, {"skip_days": ["Mon"]}):
        with pytest.raises(ValidationError):
            Feed(**FEED, **wrong)


@pytest.mark.parametrize(
    ("mailbox", "text"),
    [
        ("news@example.org", "news@example.org"),
        ("Harbour Post <news@example.org>", "Harbour Post <news@example.org>"),
        ("Post, Harbour <news@example.org>", '"Post, Harbour" <news@example.org>'),
        ('"The \\"Post\\"" <news@example.org>', '"The \\"Post\\"" <news@example.org>'),
    ],
)
def test_mailbox_as_text_is_a_mailbox_of_rfc_5322(mailbox: str, text: str) -> None:
    sender = Newsletter(name="weekly", title="Weekly", sender=mailbox).sender
    assert str(sender) == text
    [parsed] = HeaderRegistry()("From", str(sender)).addresses
    assert (parsed.display_name, parsed.addr_spec) == (sender.name, sender.email)
    assert Newsletter(name="weekly", title="Weekly", sender=str(sender)).sender == sender


_HOST_PIECES = (
    "https://",
    "http://",
    "HTTP://",
    "urn:",
    "www.",
    "www",
    "a",
    "B",
    "-",
    ".",
    "ä",
    ":80",
    "u@",
    "/",
)


@given(
    st.lists(st.sampled_from([*_HOST_PIECES, "?", "#", " ", "\n", "\t", "[", "]", "\\"]), max_size=7).map(
        "".join
    )
)
def test_the_host_is_the_one_that_a_full_parse_finds(url: str) -> None:
    fast = host_of.__wrapped__(url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(article_identity, "_PLAIN_HOST", re.compile("(?!)"))
        assert host_of.__wrapped__(url) == fast
