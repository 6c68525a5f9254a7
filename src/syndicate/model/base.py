"""What the models have in common: frozen, closed, and the small types their fields are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self
from urllib.parse import quote, urlsplit, urlunsplit

import idna
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

from .grammar import escaped, is_absolute, language_tag


class Frozen(BaseModel):
    """A value: it cannot change, refuses fields it does not know, and compares by content."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    _defaults: ClassVar[dict[str, Any]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls._defaults = {
            name: field.get_default(call_default_factory=True)
            for name, field in cls.model_fields.items()
            if not field.is_required() and not field.default_factory_takes_validated_data
        }

    @classmethod
    def unchecked(cls, values: Mapping[str, Any]) -> Self:
        """The value with these fields, of which the caller knows that they are right.

        As pydantic's `model_construct`, which looks up every default each time and takes six times as long.
        """
        self = cls.__new__(cls)
        set_ = object.__setattr__
        set_(self, "__dict__", {**cls._defaults, **values})
        set_(self, "__pydantic_fields_set__", set(values))
        set_(self, "__pydantic_extra__", None)
        set_(self, "__pydantic_private__", None)
        return self


_SPACE = re.compile(r"[ \t\n\r\f\v]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
# An underscore is in no host name of RFC 952, and in some that are in use.
_HOST = re.compile(r"[A-Za-z0-9_.\-]+|\[[0-9A-Fa-f:.]+\]")
_MISNAMED_MEDIA = {"image/jpg": "image/jpeg", "audio/mp3": "audio/mpeg", "text/javascript+xml": "text/xml"}
# RFC 3986 section 2: reserved and unreserved characters, and the percent sign of what is encoded already.
_URI_SAFE = "!#$%&'()*+,/:;=?@[]~-._"


_DEFAULT_PORTS = {"http": 80, "https": 443}


def _one_line(value: str) -> str:
    return _SPACE.sub(" ", value).strip(" ")


def _url(value: str) -> str:
    value = value.strip()
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
        raise ValueError("the host name is not valid: it has letters, digits, dots and hyphens")
    if any(not 0 < len(label) <= 63 for label in host.removesuffix(".").split(".")) and ":" not in host:
        raise ValueError("the host name is not valid: between dots there must be 1 to 63 characters")
    login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    if port == _DEFAULT_PORTS[parts.scheme]:
        port = None
    netloc = quote(escaped(login), safe=_URI_SAFE) + host + (f":{port}" if port is not None else "")
    try:
        behind = (parts.path or "/", parts.query, parts.fragment)
        rest = [quote(escaped(each), safe=_URI_SAFE) for each in behind]
    except UnicodeEncodeError:
        raise ValueError("a URL cannot hold a lone surrogate") from None
    return urlunsplit((parts.scheme, netloc, *rest))


def _uri(value: str) -> str:
    value = value.strip()
    if not is_absolute(value):
        raise ValueError("not a URI, such as https://example.org/page or tag:example.org,2026:page")
    return value


def _language(value: str) -> str:
    value = value.strip().replace("_", "-")
    if language_tag(value) is None:
        raise ValueError("not a BCP 47 language tag, such as en or pt-BR")
    return value


def _media_type(value: str) -> str:
    value = value.partition(";")[0].strip().lower()
    if not _MEDIA_TYPE.fullmatch(value):
        raise ValueError("not a media type, such as audio/mpeg")
    return _MISNAMED_MEDIA.get(value, value)


# The same few authors come with every article, and validating one address takes 100 microseconds.
@lru_cache(maxsize=4096)
def _email(value: str) -> str:
    try:
        return validate_email(value.strip(), check_deliverability=False, test_environment=True).normalized
    except (EmailNotValidError, UnicodeError) as error:
        raise ValueError(f"not an email address: {error}") from None


def _plausible(value: datetime) -> datetime:
    # Feeds write four digits, and moving to UTC must not leave what datetime can hold.
    if not 1000 <= value.year <= 9998:
        raise ValueError("a date must lie between the years 1000 and 9998")
    return value


Line = Annotated[str, AfterValidator(_one_line)]
"""Text on one line: runs of ASCII white space become one space."""

NonEmptyLine = Annotated[Line, StringConstraints(min_length=1)]
"""A line that is not empty."""

Url = Annotated[str, AfterValidator(_url)]
"""An absolute http or https URL, as a URI (RFC 3986): IDNA host, other non-ASCII percent-encoded."""

Uri = Annotated[str, AfterValidator(_uri)]
"""A URI of any scheme, as it is (RFC 3986)."""

Language = Annotated[str, AfterValidator(_language)]
"""A BCP 47 language tag, well-formed (RFC 5646, section 2.2.9); `en_US` is read as `en-US`."""

MediaType = Annotated[str, AfterValidator(_media_type)]
"""A media type without parameters (RFC 6838), common misnomers mended."""

Email = Annotated[str, AfterValidator(_email)]
"""An email address with its domain normalised; syntax only, nothing is looked up."""

When = Annotated[AwareDatetime, AfterValidator(_plausible)]
"""A moment with its zone."""


def jsonable(value: Frozen) -> dict[str, Any]:
    """The value as plain JSON types, without fields that hold their default."""
    return value.model_dump(mode="json", exclude_defaults=True)
