"""What a permanent or final failure says about an address (RFC 3463 and the words that servers use)."""

from __future__ import annotations

import re
from typing import Literal

FailureKind = Literal["hard", "soft", "refused"]
"""`hard`: the address does not exist. `soft`: the mailbox or its server cannot take mail now, such as a full
one. `refused`: the answer is about the sender, the message or a server; it says nothing about the address."""

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")

NO_SUCH_ADDRESS = frozenset({"5.1.1", "5.1.6", "5.1.10"})
"""The codes that say that an address does not exist (RFC 3463, section 3.2, and RFC 7505, section 4.2).

5.1.0 and 5.1.3 do not say so clearly, and 5.1.2 is what a server with a broken DNS resolver says about every
domain."""

# The sender's address, a message that is too large for the mailbox or for the system.
_REFUSED = {(1, 7), (1, 8), (2, 3), (3, 4)}
# Security and policy, content, protocol, the mail system itself.
_REFUSED_SUBJECTS = {3, 5, 6, 7}
# Words with digits, dots or @ are addresses, servers and queue ids.
_WORD = re.compile(r"[^\s<>()\[\]\"',;:=]+")
_KEY_SOURCE, _KEY = 300, 120
# Such as 5.1.351 of Exchange Online; no such code is registered.
_FIRST_PRIVATE_DETAIL = 100
# The detail 0 says "other or undefined": the words say more.
_UNKNOWN_ADDRESS = re.compile(
    r"user (?:is )?unknown|unknown (?:user|recipient|mailbox|account|address)|"
    r"no such (?:user|mailbox|recipient|address|account|person|local user)|"
    r"(?:user|recipient|mailbox|account|address)[^.;:]{0,60}(?:(?:does(?:n't| not)|not) exist|not found|"
    r"not known|no longer exists|is invalid)|invalid (?:recipient|mailbox|user)|"
    r"no mailbox (?:here )?by that name|not a known user|unrouteable address|unknown local.?part|"
    r"address not (?:known|present)|bad destination mailbox|recipnotfound|"
    r"not listed in (?:domino )?directory|doesn't have an? [a-z.]{1,40} account",
    re.IGNORECASE,
)
_FULL = re.compile(r"over ?quota|quota (?:is )?exceeded|mailbox (?:is )?(?:too )?full", re.IGNORECASE)
_POLICY = re.compile(
    r"spam|black.?list|block.?list|\bblocked\b|reputation|\bdnsbl\b|\brbl\b|\bdmarc\b|\bspf\b|\bdkim\b|"
    r"relay(?:ing)? (?:access )?denied|unable to relay|not (?:allowed|permitted) to relay|open relay|"
    r"\bpolicy\b|\b5\.7\.\d|content (?:filter|rejected)|sender (?:address )?(?:rejected|verify failed)|"
    r"virus|too (?:large|big)",
    re.IGNORECASE,
)


def judge_failure(status: str | None, text: str) -> FailureKind:
    """Return what a final failure says about the address.

    Args:
        status: an enhanced status code, if there is one.
        text: the diagnostic of the server, or the start of the bounce.
    """
    if _FULL.search(text):
        return "soft"
    if _POLICY.search(text):
        # Some servers answer 5.1.1 to senders whom they do not like.
        return "refused"
    found = STATUS.fullmatch(status or "")
    if found is None:
        return "hard" if _UNKNOWN_ADDRESS.search(text) else "soft"
    kind, subject, detail = int(found[1]), int(found[2]), int(found[3])
    if found[0] in NO_SUCH_ADDRESS:
        return "hard"
    is_undefined = detail == 0 or detail >= _FIRST_PRIVATE_DETAIL
    if kind == 5 and is_undefined and subject != 7 and _UNKNOWN_ADDRESS.search(text):
        return "hard"
    if (subject, detail) in _REFUSED or subject in _REFUSED_SUBJECTS:
        return "refused"
    return "soft"


def precise_status(status: str | None, diagnostic: str) -> str | None:
    """Return the status code, or that of the diagnostic if it says more: a detail of 0 is "undefined"."""
    given = STATUS.search(status or "")
    if given and given[3] != "0":
        return given[0]
    said = [found for found in STATUS.finditer(diagnostic) if found[3] != "0"]
    best = said[0] if said else given or STATUS.search(diagnostic)
    return best[0] if best else None


def status_in_text(text: str) -> str | None:
    """Return the status code that a text has, best after a reply code such as in `550 5.1.1`."""
    after_reply = re.search(r"\b[45]\d\d[ -]#?([45]\.\d{1,3}\.\d{1,3})\b", text)
    if after_reply:
        return after_reply[1]
    found = STATUS.search(text)
    return found[0] if found else None


def refusal_key(kind: str, status: str | None, diagnostic: str, address: str) -> str:
    """Return a text that is the same for refusals that differ only in address, server and number.

    Args:
        address: of the recipient; servers write it in their answers.
    """
    text = diagnostic.casefold()[:_KEY_SOURCE]
    for part in (address.casefold(), address.casefold().partition("@")[0]):
        if len(part) > 1:
            text = text.replace(part, " ")
    words = [word for word in _WORD.findall(text) if word.isalpha()]
    return " ".join([kind, status or "-", *words])[:_KEY]
