"""Whether a value is what it should be: addresses, dates, languages, media types, numbers."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from ...model.grammar import parse_language_tag
from .vocabularies import AGREED_MEDIA, LANGUAGES, MEDIA_TREES, MISNAMED_MEDIA, words

SPACE = " \t\r\n"
"""White space as XML has it."""

# RFC 3987: what RFC 3986 allows, and everything beyond ASCII. A percent sign must begin an escape.
_IRI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*+:[^\x00-\x20<>\"{}|\\^`\x7f%]*+(?:%[0-9A-Fa-f]{2}[^\x00-\x20<>\"{}|\\^`\x7f%]*+)*+"
)
_REFERENCE = re.compile(r"[^\x00-\x20<>\"{}|\\^`\x7f]*+")
_HIERARCHICAL = re.compile(r"(?i:https?|ftps?|wss?):(?!//[^/?#:@])")
_WEB = re.compile(r"(?i:https?)://[^/?#]")
_CANONICAL = re.compile(
    r"(?:https?://(?:[a-z0-9\-]+\.)*[a-z0-9\-]+/[A-Za-z0-9_~!$&'()*+,;=:@/?#\-]*|urn:uuid:[0-9a-f\-]+)"
)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~\-]")


def is_iri(text: str) -> bool:
    """Whether the text is an absolute IRI (RFC 3987); a web address needs a host."""
    return _IRI.fullmatch(text) is not None and _HIERARCHICAL.match(text) is None


def is_web(text: str) -> bool:
    """Whether the text is a full http or https address."""
    return _WEB.match(text) is not None and is_iri(text)


def is_reference(text: str) -> bool:
    """Whether the text could be a relative or absolute reference (RFC 3987, section 2.2)."""
    return _REFERENCE.fullmatch(text) is not None


def canonical(text: str) -> bool:
    """Whether an absolute address is in its normal form (RFC 3986, section 6.2.2 and 6.2.3)."""
    if _CANONICAL.fullmatch(text):
        return True
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    if not text.startswith(parts.scheme + ":"):
        return False  # urlsplit makes the scheme small
    for escape in _ESCAPE.findall(text):
        if escape != escape.upper() or _UNRESERVED.fullmatch(chr(int(escape, 16))):
            return False
    if parts.scheme not in ("http", "https"):
        return True
    host = parts.netloc.rpartition("@")[2]
    default = {"http": 80, "https": 443}[parts.scheme]
    segments = parts.path.split("/")
    return (
        bool(parts.path)
        and host == host.lower()
        and port != default
        and not host.endswith(":")
        and "." not in segments
        and ".." not in segments
    )


_RFC822 = re.compile(
    r"(?:(?P<dow>Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s*,\s*)?(?P<day>\d{1,2})\s+"
    r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+(?P<year>\d{4}|\d{2})\s+"
    r"(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\s+"
    r"(?P<zone>[+-]\d{4}|GMT|UT|UTC|Z|EST|EDT|CST|CDT|MST|MDT|PST|PDT)",
    re.ASCII,
)
_MONTHS = {
    name: number
    for number, name in enumerate(words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"), start=1)
}
_DAYS = words("Mon Tue Wed Thu Fri Sat Sun")
# A feed is newer than the oldest computer clock, and a person who reads it is not from the next century.
_EARLIEST, _LATEST = 1970, 2100


def rfc822(text: str) -> str | None:
    """The rule that an RFC 822 date with RFC 2822's four-digit year breaks; None if it is right."""
    match = _RFC822.fullmatch(text)
    if match is None:
        return "date-rfc822-invalid"
    dow, day, month, year, hour, minute, second, zone = match.groups()
    if len(year) == 2:
        return "date-year-short"
    try:
        that = date(int(year), _MONTHS[month], int(day))
    except ValueError:
        return "date-rfc822-invalid"
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 60:
        return "date-rfc822-invalid"
    if zone[0] in "+-" and (int(zone[1:3]) > 23 or int(zone[3:]) > 59):
        return "date-rfc822-invalid"
    if dow and _DAYS[that.weekday()] != dow:
        return "date-weekday-wrong"
    if not _EARLIEST <= that.year <= _LATEST:
        return "date-implausible"
    return "date-zone-name" if zone[0] not in "+-" and zone not in ("GMT", "UT") else None


_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:(\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_W3CDTF = re.compile(
    r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)?)?", re.ASCII
)


def moment(text: str) -> datetime | None:
    """The moment that an RFC 3339 date names, T and Z in capitals (RFC 4287, 3.3); None if it is none."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    if match[1] == "60":
        text = f"{text[:17]}59{text[19:]}"  # a leap second, which datetime does not know
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def rfc3339(text: str) -> str | None:
    """The rule that an RFC 3339 date breaks; None if it is right."""
    that = moment(text)
    if that is None:
        return "date-rfc3339-invalid"
    return None if _EARLIEST <= that.year <= _LATEST else "date-implausible"


def w3cdtf(text: str) -> str | None:
    """The rule that a W3C date breaks, which may be as short as a year; None if it is right."""
    if not _W3CDTF.fullmatch(text):
        return "date-w3cdtf-invalid"
    whole = f"{text}-01-01"[:10] if len(text) <= 10 else text
    try:
        that = datetime.fromisoformat(whole.replace(":60Z", ":59Z"))
    except ValueError:
        return "date-w3cdtf-invalid"
    return None if _EARLIEST <= that.year <= _LATEST else "date-implausible"


def before(one: datetime, other: datetime) -> bool:
    """Whether the one is earlier, near the ends of the calendar as well."""
    try:
        return one.astimezone(UTC) < other.astimezone(UTC)
    except OverflowError:
        return False


@lru_cache(maxsize=256)
def language(tag: str) -> str | None:
    """The rule that a language tag breaks (BCP 47); None if it is right."""
    parts = parse_language_tag(tag)
    if parts is None:
        return "language-invalid"
    primary, region = parts
    if len(primary) == 2 and primary not in LANGUAGES:
        return "language-unregistered"
    if len(primary) >= 4 or region == "uk":
        return "language-unregistered"
    return None


_MEDIA_TYPE = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+\-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+\-]{0,126}"
    r"(?:\s*;\s*[A-Za-z0-9!#$&^_.+\-]+=(?:[^\s\";]+|\"[^\"]*\"))*+",
    re.ASCII,
)


@lru_cache(maxsize=256)
def media_type(text: str) -> tuple[str, str] | None:
    """The rule that a media type breaks (RFC 6838), and a word on it; None if it is right."""
    if not _MEDIA_TYPE.fullmatch(text):
        return "media-type-invalid", text
    name = text.partition(";")[0].strip().lower()
    if name in AGREED_MEDIA:
        return None
    if meant := MISNAMED_MEDIA.get(name):
        return "media-type-misnamed", f"{name}, which is {meant}"
    tree, _, sub = name.partition("/")
    if tree not in MEDIA_TREES or sub.startswith("x-"):
        return "media-type-unregistered", name
    return None


_MAIL = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+")
_CONTACT = re.compile(r"(\S+)(?:\s+\((.*)\))?", re.DOTALL)


def is_mail(text: str) -> bool:
    """Whether the text looks like a mail address; a domain that is not ASCII is one as well (RFC 6531)."""
    return _MAIL.fullmatch(text) is not None


def contact(text: str) -> str | None:
    """The rule that a person in RSS breaks, who is written `mail (Name)`; None if it is right."""
    match = _CONTACT.fullmatch(text)
    if match is None or not is_mail(match[1]):
        return "rss-contact-invalid"
    return None if (match[2] or "").strip() else "rss-contact-name-missing"


def is_count(text: str) -> bool:
    """Whether the text is a whole number, nought included."""
    return text.isascii() and text.isdigit()


def is_positive(text: str) -> bool:
    """Whether the text is a whole number above nought."""
    return is_count(text) and text.strip("0") != ""
