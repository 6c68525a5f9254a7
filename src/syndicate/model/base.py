"""The base class of the models, and the types of their fields."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import quote, urlsplit, urlunsplit

import idna
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

from .rfc_grammar import escape_percent_signs, is_absolute_uri, parse_language_tag


class Frozen(BaseModel):
    """A value: it cannot change, rejects unknown fields, and is compared by content."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


_SPACE = re.compile(r"[ \t\n\r\f\v]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
# RFC 952 does not allow the underscore, but host names with one are in use.
_HOST = re.compile(r"[A-Za-z0-9_.\-]+|\[[0-9A-Fa-f:.]+\]")
_MISNAMED_MEDIA = {"image/jpg": "image/jpeg", "audio/mp3": "audio/mpeg", "text/javascript+xml": "text/xml"}
# ASCII addresses without quotation marks (RFC 5321, section 4.1.2), whose domains are host names.
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_USUAL_EMAIL = re.compile(rf"({_ATEXT}+(?:\.{_ATEXT}+)*)@((?:{_LABEL}\.)+[A-Za-z]{{2,63}})")
_MAX_EMAIL = 254
_SPECIAL_TOP_LEVELS = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)
# RFC 2142: their case has no meaning, and the validation changes it.
_ROLE_NAMES = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)
# RFC 3986, section 2: reserved and unreserved characters, and the percent sign of existing escapes.
_URI_SAFE = "!#$%&'()*+,/:;=?@[]~-._"
# URLs that are normal: a host name in lower case, and neither port, percent sign nor fragment.
_USUAL_URL = re.compile(
    r"https?://(?:[a-z0-9_-]{1,63}\.){1,9}[a-z]{2,63}/[A-Za-z0-9!$&'()*+,/:;=@~._-]*"
    r"(?:\?[A-Za-z0-9!$&'()*+,/:;=?@~._-]+)?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def _collapse_spaces(value: str) -> str:
    # Nearly every line is this already. Tabs and line ends are not printable.
    if value.isprintable() and "  " not in value and value[:1] != " " and value[-1:] != " ":
        return value
    return _SPACE.sub(" ", value).strip(" ")


def _url(value: str) -> str:
    """Return the normalized form of a URL.

    That takes 20 microseconds, a match of the form that nearly all URLs have takes one. Those stay as they
    are.
    """
    value = value.strip()
    return value if _USUAL_URL.fullmatch(value) else normalized_url(value)


def normalized_url(value: str) -> str:
    """Return the normalized form of a URL; raise ValueError if it is not one."""
    if _CONTROL.search(value):
        raise ValueError("a URL cannot hold control characters")
    try:
        parts = urlsplit(value)
        port = parts.port
        host = parts.hostname or ""
    except ValueError as error:
        raise ValueError(f"not a URL: {error}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("not an absolute http(s) URL, such as https://example.org/page")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError as error:
            raise ValueError(f"the host name is not valid: {error}") from None
    elif ":" in host:
        host = f"[{host}]"
    if not _HOST.fullmatch(host):
        raise ValueError("the host name is not valid: only letters, digits, dots and hyphens are allowed")
    if any(not 0 < len(label) <= 63 for label in host.removesuffix(".").split(".")) and ":" not in host:
        raise ValueError("the host name is not valid: each label must have 1 to 63 characters")
    userinfo = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    if port == _DEFAULT_PORTS[parts.scheme]:
        port = None
    netloc = (
        quote(escape_percent_signs(userinfo), safe=_URI_SAFE)
        + host
        + (f":{port}" if port is not None else "")
    )
    try:
        rest = [
            quote(escape_percent_signs(each), safe=_URI_SAFE)
            for each in (parts.path or "/", parts.query, parts.fragment)
        ]
    except UnicodeEncodeError:
        raise ValueError("a URL cannot hold a lone surrogate") from None
    return urlunsplit((parts.scheme, netloc, *rest))


def _uri(value: str) -> str:
    value = value.strip()
    if not is_absolute_uri(value):
        raise ValueError("not a URI, such as https://example.org/page or tag:example.org,2026:page")
    return value


def _language(value: str) -> str:
    value = value.strip().replace("_", "-")
    if parse_language_tag(value) is None:
        raise ValueError("not a BCP 47 language tag, such as en or pt-BR")
    return value


def _media_type(value: str) -> str:
    value = value.partition(";")[0].strip().lower()
    if not _MEDIA_TYPE.fullmatch(value):
        raise ValueError("not a media type, such as audio/mpeg")
    return _MISNAMED_MEDIA.get(value, value)


def _email(value: str) -> str:
    """Return the address with a lower-case domain, as `validate_email` does.

    Validation takes 50 to 100 microseconds, a match of the usual form takes one. Whatever has another form
    is validated.
    """
    value = value.strip()
    match = _USUAL_EMAIL.fullmatch(value) if len(value) <= _MAX_EMAIL else None
    if match is None:
        return validated_email(value)
    local, domain = match[1], match[2].lower()
    if "--" in domain or domain.rpartition(".")[2] in _SPECIAL_TOP_LEVELS or local.lower() in _ROLE_NAMES:
        return validated_email(value)
    return f"{local}@{domain}"


# Many articles have the same authors.
@lru_cache(maxsize=4096)
def validated_email(value: str) -> str:
    """Return the normalized form of an email address; raise ValueError if it is not one."""
    try:
        return validate_email(value.strip(), check_deliverability=False, test_environment=True).normalized
    except (EmailNotValidError, UnicodeError) as error:
        raise ValueError(f"not an email address: {error}") from None


def _require_four_digit_year(value: datetime) -> datetime:
    # Feeds write years with four digits, and a conversion to UTC must stay in the range of `datetime`.
    if not 1000 <= value.year <= 9998:
        raise ValueError("the year must be between 1000 and 9998")
    return value


SingleLine = Annotated[str, AfterValidator(_collapse_spaces)]
"""Text on one line. A run of ASCII white space becomes one space."""

NonEmptyLine = Annotated[SingleLine, StringConstraints(min_length=1)]
"""A single line that is not empty."""

Url = Annotated[str, AfterValidator(_url)]
"""An absolute http or https URL as a URI (RFC 3986): the host in IDNA, other non-ASCII percent-encoded."""

Uri = Annotated[str, AfterValidator(_uri)]
"""A URI of any scheme, not normalized (RFC 3986)."""

Language = Annotated[str, AfterValidator(_language)]
"""A BCP 47 language tag, well-formed (RFC 5646, section 2.2.9); `en_US` is read as `en-US`."""

MediaType = Annotated[str, AfterValidator(_media_type)]
"""A media type without parameters (RFC 6838), common wrong names corrected."""

Email = Annotated[str, AfterValidator(_email)]
"""An email address with a normalized domain. Only its syntax is checked; there is no DNS query."""

ZonedDatetime = Annotated[AwareDatetime, AfterValidator(_require_four_digit_year)]
"""A date and time with its UTC offset."""


def jsonable(value: Frozen) -> dict[str, Any]:
    """Return the value as plain JSON types, without fields that have their default."""
    return value.model_dump(mode="json", exclude_defaults=True)
