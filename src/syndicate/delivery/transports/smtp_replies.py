"""Replies of an SMTP server, and what each means for a delivery: pure functions."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from ...mail.bounces import NO_SUCH_ADDRESS, judge_failure
from ...model import Outcome
from ...text.illegal_characters import repair_characters

Phase = Literal["reset", "mail", "rcpt", "data", "final"]
"""What a reply answers: RSET, MAIL, RCPT, DATA, or the end of the message."""

About = Literal["recipient", "sender", "server"]

CLOSING = 421
"""The server closes the connection (RFC 5321, section 3.8)."""
START_INPUT = 354
"""The server waits for the message (RFC 5321, section 3.3)."""

_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?!\S)")
_SUBJECTS: dict[int, About] = {
    1: "recipient",  # address
    2: "recipient",  # mailbox
    3: "server",  # mail system
    4: "server",  # network and routing
    5: "server",  # protocol
    6: "sender",  # content
    7: "sender",  # security and policy
}
# Exceptions to the subject: a sender's address (RFC 3463, section 3.2), a message that is too big for the
# system (section 3.4), a mailbox or domain with a new owner (RFC 7293, section 14).
_DETAILS: dict[tuple[int, int], About] = {
    (1, 7): "sender",
    (1, 8): "sender",
    (3, 4): "sender",
    (7, 17): "recipient",
    (7, 18): "recipient",
}
# Codes without an enhanced status code. 552: the message is too big; 554 to a recipient is usually "relay
# access denied"; 530 to 538 are about authentication.
_CODES: dict[int, About] = {
    421: "server",
    **dict.fromkeys((500, 501, 502, 503, 504, 451, 452, 454, 455, 521), "server"),
    **dict.fromkeys((530, 534, 535, 538, 552, 554, 555), "sender"),
}
_MAX_DETAIL = 500


class Reply(NamedTuple):
    """A reply.

    Attributes:
        code: from 200 to 599.
        text: of all lines, joined by spaces.
    """

    code: int
    text: str

    @property
    def status(self) -> str | None:
        """The enhanced status code at the beginning of the text (RFC 2034)."""
        found = _STATUS.match(self.text)
        return found[0] if found else None

    def __str__(self) -> str:
        return f"{self.code} {single_line(self.text)}".rstrip()


def single_line(text: str) -> str:
    """Return a text that every database can store: one line, valid characters, at most 500 of them."""
    return " ".join(repair_characters(text.replace("\0", "")).split())[:_MAX_DETAIL]


def classify(phase: Phase, reply: Reply) -> Outcome:
    """Return what a reply means for the delivery.

    The code decides between temporary and permanent (RFC 5321, section 4.2.1), the enhanced status code whom
    the reply is about (RFC 3463).
    """
    status, detail = reply.status, single_line(reply.text)
    if reply.code < 400:
        return Outcome(state="accepted", code=reply.code, status=status, detail=detail)
    about = _about(phase, reply.code, status)
    is_permanent = reply.code >= 500
    return Outcome(
        state="failed" if is_permanent else "deferred",
        code=reply.code,
        status=status,
        about=about,
        detail=detail,
        # Some servers answer 5.1.1 to senders whom they do not like, and say so in words.
        suppress=is_permanent
        and phase != "mail"
        and status in NO_SUCH_ADDRESS
        and judge_failure(status, detail) == "hard",
        # A server that closes the connection may do so because of this mail.
        attempted=phase != "mail" or reply.code == CLOSING or _is_about_size(reply.code),
    )


def _is_about_size(code: int) -> bool:
    """Return whether a reply to MAIL can be about the SIZE of the message (RFC 1870, section 6)."""
    return code in (452, 552)


def _about(phase: Phase, code: int, status: str | None) -> About:
    if status:
        _, subject, detail = map(int, status.split("."))
        about = _DETAILS.get((subject, detail)) or _SUBJECTS.get(subject)
        if about:
            return "sender" if phase == "mail" and about == "recipient" else about
    if code in _CODES:
        return _CODES[code]
    return "recipient" if phase == "rcpt" else "sender"
