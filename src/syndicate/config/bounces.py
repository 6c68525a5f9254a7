"""`[bounces]`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from ..model import Duration
from ..model.base import Email, Frozen, NonEmptyLine

# With "+" and the token of a return path, the local part has at most 64 octets (RFC 5321, section 4.5.3.1.1).
_MAX_LOCAL_PART = 18
_LONGEST_PERIOD = timedelta(days=1)


def _base_of_return_paths(address: str) -> str:
    local_part = address.rpartition("@")[0]
    if not local_part.isascii() or len(local_part) > _MAX_LOCAL_PART:
        raise ValueError(
            f"the part before @ must have at most {_MAX_LOCAL_PART} ASCII characters: "
            "a token is appended to it; write bounces@example.org"
        )
    return address


def _often_enough(period: timedelta) -> timedelta:
    if period > _LONGEST_PERIOD:
        raise ValueError("read the mailbox at least once a day; write 5 minutes")
    return period


class BounceSettings(Frozen):
    """`[bounces]`: bounces, complaints and unsubscribe mails. Needs syndicate-feeds[mail]."""

    address: Annotated[Email, AfterValidator(_base_of_return_paths)] = Field(
        description="where mail comes back; mail to bounces+ANYTHING@example.org must arrive there too"
    )
    mailbox: NonEmptyLine = Field(
        description="maildir:FOLDER, imaps://user@host/INBOX, imap://user@host/INBOX?starttls=required, "
        "lmtp://127.0.0.1:2424 or smtp://127.0.0.1:2525; the password is in SYNDICATE_BOUNCES_PASSWORD",
    )
    every: Annotated[Duration, AfterValidator(_often_enough)] = Field(
        default=timedelta(minutes=5), description="how often the daemon reads the mailbox"
    )
    soft: int = Field(default=5, ge=1, le=1000, description="so many temporary failures suppress an address")
    within: Duration = Field(
        default=timedelta(days=30), description="how close together these failures must be"
    )
