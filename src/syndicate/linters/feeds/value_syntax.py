"""Checks of values: URIs, dates, languages, media types, email addresses, numbers.

Functions that return a rule return the id of the rule that the value breaks; None if it is valid.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from ...model.rfc_grammar import parse_language_tag
from .vocabularies import COMMON_MEDIA, LANGUAGES, MEDIA_TREES, MISNAMED_MEDIA, words

SPACE = " \t\r\n"
"""White space in XML."""

# RFC 3987: the characters of RFC 3986, and all non-ASCII characters. A percent sign starts an escape.
_IRI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*+:[^\x00-\x20<>\"{}|\\^`\x7f%]*+(?:%[0-9A-Fa-f]{2}[^\x00-\x20<>\"{}|\\^`\x7f%]*+)*+"
)
_REFERENCE = re.compile(r"[^\x00-\x20<>\"{}|\\^`\x7f]*+")
_HIERARCHICAL = re.compile(r"(?i:https?|ftps?|wss?):(?!//(?:[^/?#@]*+@)?[^/?#:@])")
_HTTP = re.compile(r"(?i:https?)://[^/?#]")
_CANONICAL = re.compile(
    r"(?:https?://(?:[a-z0-9\-]+\.)*[a-z0-9\-]+/[A-Za-z0-9_~!$&'()*+,;=:@/?#\-]*|urn:uuid:[0-9a-f\-]+)"
)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~\-]")


def is_iri(text: str) -> bool:
    """Return whether the text is an absolute IRI (RFC 3987); an http IRI needs a host."""
    return _IRI.fullmatch(text) is not None and _HIERARCHICAL.match(text) is None


def is_http_url(text: str) -> bool:
    """Return whether the text is an absolute http or https URL."""
    return _HTTP.match(text) is not None and is_iri(text)


def is_reference(text: str) -> bool:
    """Return whether the text is a relative or absolute reference (RFC 3987, section 2.2)."""
    return _REFERENCE.fullmatch(text) is not None


_TAG = re.compile(
    r"(?i:tag):(?:[A-Za-z0-9._\-]+@)?[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?,\d{4}(?:-\d\d(?:-\d\d)?)?:"
    r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2}|[^\x00-\x7f])*+(?:#.*)?"
)
# One character is not enough for a namespace, but private ids such as urn:x:1 are unique as well.
_URN = re.compile(r"(?i:urn):[A-Za-z0-9](?:[A-Za-z0-9\-]{0,30}[A-Za-z0-9])?:\S+")
_UUID = re.compile(r"(?i:urn:uuid:)[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def is_valid_in_its_scheme(text: str) -> bool:
    """Return whether a tag (RFC 4151), URN (RFC 8141) or UUID (RFC 9562) is valid; True for other schemes."""
    scheme = text[:9].lower()
    if scheme.startswith("tag:"):
        return _TAG.fullmatch(text) is not None
    if scheme == "urn:uuid:":
        return _UUID.fullmatch(text) is not None
    return not scheme.startswith("urn:") or _URN.fullmatch(text) is not None


def is_canonical(text: str) -> bool:
    """Return whether an absolute URI is in canonical form (RFC 3986, section 6.2.2 and 6.2.3)."""
    if _CANONICAL.fullmatch(text):
        return True
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    if not text.startswith(parts.scheme + ":"):
        return False  # urlsplit converts the scheme to lower case
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
    r"(?P<zone>[+-]\d{4}|GMT|UT|UTC|Z|EST|EDT|CST|CDT|MST|MDT|PST|PDT|[A-IK-Y])",
    re.ASCII,
)
_COMMENT = re.compile(r"(?:(?<!\s)\s+)?\([^()]*\)")
_MAX_DATE = 200
_NO_SPACE_AFTER_COMMA = re.compile(r",(?!\s)")
_ZONES = frozenset(words("GMT UT UTC EST EDT CST CDT MST MDT PST PDT"))
_MONTHS = {
    name: number
    for number, name in enumerate(words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"), start=1)
}
_DAYS = words("Mon Tue Wed Thu Fri Sat Sun")
# Years that are plausible in a feed.
_FIRST_YEAR, _LAST_YEAR = 1970, 2100


def _with_usual_case(text: str) -> str:
    """Return a date with its names of days, months and zones as they are usually written."""
    return re.sub(
        r"[A-Za-z]{2,}",
        lambda match: match[0].upper() if match[0].upper() in _ZONES else match[0].capitalize(),
        text[:80],
    )


def rfc822(text: str) -> str | None:
    """Check an RFC 822 date, with the four-digit year of RFC 2822; return the rule that it breaks."""
    match = _RFC822.fullmatch(text)
    if match is None and len(text) > _MAX_DATE:
        return "date-rfc822-invalid"
    if match is None:
        usual = _with_usual_case(_COMMENT.sub("", text))
        is_valid = usual != text and rfc822(usual) != "date-rfc822-invalid"
        return "date-form-unusual" if is_valid else "date-rfc822-invalid"
    dow, day, month, year, hour, minute, second, zone = match.groups()
    if len(year) == 2:
        return "date-year-short"
    try:
        parsed = date(int(year), _MONTHS[month], int(day))
    except ValueError:
        return "date-rfc822-invalid"
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 60:
        return "date-rfc822-invalid"
    if zone[0] in "+-" and (int(zone[1:3]) > 23 or int(zone[3:]) > 59):
        return "date-rfc822-invalid"
    if dow and _DAYS[parsed.weekday()] != dow:
        return "date-weekday-wrong"
    if not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        return "date-implausible"
    if zone[0] not in "+-" and zone not in ("GMT", "UT"):
        return "date-zone-name"
    # No time zone of today differs from UTC by other minutes.
    has_odd_minutes = zone[0] in "+-" and zone[3:] not in ("00", "15", "30", "45")
    return "date-form-unusual" if has_odd_minutes or _NO_SPACE_AFTER_COMMA.search(text) else None


_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:(\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_W3CDTF = re.compile(
    r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)?)?", re.ASCII
)


def parse_rfc3339(text: str) -> datetime | None:
    """Return an RFC 3339 date with capital T and Z (RFC 4287, section 3.3); None if it is not valid."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    if match[1] == "60":
        text = f"{text[:17]}59{text[19:]}"  # datetime has no leap seconds
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def rfc3339(text: str) -> str | None:
    """Check an RFC 3339 date; return the rule that it breaks."""
    parsed = parse_rfc3339(text)
    if parsed is None:
        return "date-rfc3339-invalid"
    return None if _FIRST_YEAR <= parsed.year <= _LAST_YEAR else "date-implausible"


def w3cdtf(text: str) -> str | None:
    """Check a W3C date, which can be only a year; return the rule that it breaks."""
    if not _W3CDTF.fullmatch(text):
        return "date-w3cdtf-invalid"
    complete = f"{text}-01-01"[:10] if len(text) <= 10 else text
    try:
        parsed = datetime.fromisoformat(complete.replace(":60Z", ":59Z"))
    except ValueError:
        return "date-w3cdtf-invalid"
    return None if _FIRST_YEAR <= parsed.year <= _LAST_YEAR else "date-implausible"


_LOCAL_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)


def is_local_date(text: str) -> bool:
    """Return whether the text is a W3C date of a day, with or without time and zone."""
    if not _LOCAL_DATE.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_before(one: datetime, other: datetime) -> bool:
    """Return whether one date is earlier than the other; False at the limits of datetime."""
    try:
        return one.astimezone(UTC) < other.astimezone(UTC)
    except OverflowError:
        return False


@lru_cache(maxsize=256)
def language(tag: str) -> str | None:
    """Check a language tag (BCP 47); return the rule that it breaks."""
    parts = parse_language_tag(tag)
    if parts is None:
        return "language-invalid"
    primary, region = parts
    if len(primary) == 2 and primary not in LANGUAGES:
        return "language-unregistered"
    if len(primary) >= 4:
        return "language-unregistered"
    return "region-unregistered" if region == "uk" else None


_MEDIA_TYPE = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+\-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+\-]{0,126}"
    r"(?:\s*;\s*[A-Za-z0-9!#$&^_.+\-]+=(?:[^\s\";]+|\"[^\"]*\"))*+",
    re.ASCII,
)


@lru_cache(maxsize=256)
def media_type(text: str) -> tuple[str, str] | None:
    """Check a media type (RFC 6838); return the rule that it breaks, and a detail."""
    if not _MEDIA_TYPE.fullmatch(text):
        return "media-type-invalid", text
    name = text.partition(";")[0].strip().lower()
    if name in COMMON_MEDIA:
        return None
    if registered := MISNAMED_MEDIA.get(name):
        return "media-type-misnamed", f"{name}, registered as {registered}"
    tree, _, subtype = name.partition("/")
    if tree not in MEDIA_TREES or subtype.startswith("x-"):
        return "media-type-unregistered", name
    return None


_EMAIL = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+")
_CONTACT = re.compile(r"(\S+)(?:\s+\((.*)\))?", re.DOTALL)
_ADDRESS_INSIDE = re.compile(r"[A-Za-z0-9._+\-]@[A-Za-z0-9]")


def is_email(text: str) -> bool:
    """Return whether the text looks like an email address; the domain can be non-ASCII (RFC 6531)."""
    return _EMAIL.fullmatch(text) is not None


def rss_person(text: str) -> str | None:
    """Check a person in RSS, `mail (Name)`; return the rule that it breaks."""
    match = _CONTACT.fullmatch(text)
    if match is None or not is_email(match[1]):
        is_outside_comment = contains_address(text.partition("(")[0])
        return "rss-contact-form" if is_outside_comment else "rss-contact-invalid"
    return None if (match[2] or "").strip() else "rss-contact-name-missing"


def contains_address(text: str) -> bool:
    """Return whether an email address occurs in the text."""
    return _ADDRESS_INSIDE.search(text.replace("%40", "@")) is not None


def is_count(text: str) -> bool:
    """Return whether the text is a whole number, 0 or more."""
    return text.isascii() and text.isdigit()


def is_positive(text: str) -> bool:
    """Return whether the text is a whole number above 0."""
    return is_count(text) and text.strip("0") != ""
