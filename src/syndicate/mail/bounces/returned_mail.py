"""What a mail that comes back says. Whether it may be believed is decided by its signed return path."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from email.header import decode_header, make_header
from email.message import Message
from itertools import islice
from typing import Literal

from ...errors import ConfigError, Where
from ...text.illegal_characters import repair_characters
from .abuse_report import read_abuse_report
from .delivery_status import read_delivery_status
from .mime_parts import parse_message, text_of
from .status_codes import judge_failure, status_in_text

MAX_SIZE = 1 << 20
"""How many bytes of a mail are read. What is beyond is the message that is returned."""

MailKind = Literal["hard", "soft", "refused", "delayed", "complaint", "unsubscribe", "automatic", "other"]
"""`hard`, `soft` and `refused` are bounces, see `FailureKind`. `delayed` is not final. `automatic` is an
answer of a vacation responder or another program."""

# The recipient of the envelope: the server that delivered the mail writes one of the first, its sender the
# last. Both are equally good, because only the signature counts.
_RECIPIENT_HEADERS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to", "to")
_MAX_RECIPIENTS, _MAX_ADDRESS = 20, 320
_SEPARATORS = re.compile(r'[\s<>(),;:"]+')
_UNSUBSCRIBE = re.compile(r"\s*unsubscribe\s+([a-z2-7]{1,2000})\s*", re.IGNORECASE)
_AUTOMATIC_SUBJECT = re.compile(
    r"(?:re: )?(?:auto(?:matic|mated)?[ :-]*(?:reply|response|antwort)|automatische antwort|"
    r"out of (?:the )?office|abwesen|réponse automatique|respuesta automática|risposta automatica|autosvar|"
    r"on vacation)",
    re.IGNORECASE,
)
_DAEMONS = ("mailer-daemon", "postmaster", "mail-daemon", "maildaemon", "mailadmin")
_TEXT, _EXCERPT, _EXCERPT_LINES, _DIAGNOSTIC = 16_000, 600, 12, 500
_REASON = 2000
# In a bounce of no known format.
_REFUSAL = re.compile(
    r"\b5[05]\d[ -]|\b5\.\d{1,3}\.\d{1,3}\b|(?:user|address|mailbox) unknown", re.IGNORECASE
)
_FLUFL_LINES, _FLUFL_COLUMNS = 600, 300


@dataclass(frozen=True, slots=True)
class ReturnedMail:
    """What a mail says.

    Attributes:
        status: the enhanced status code of a bounce, if it has one.
        diagnostic: what the server said, or the type of a complaint; one line.
        return_paths: addresses that may be the return path of our message.
        unsubscribe_tokens: what may be a token of an unsubscribe link.
        message_id: of the mail itself, if it has one.
        excerpt: the first lines that it has for people.
    """

    kind: MailKind
    status: str | None = None
    diagnostic: str = ""
    return_paths: tuple[str, ...] = ()
    unsubscribe_tokens: tuple[str, ...] = ()
    message_id: str = ""
    excerpt: str = ""


def parse_returned_mail(data: bytes) -> ReturnedMail:
    """Return what a mail says. Whatever it contains, this raises no error about it.

    Raises:
        ConfigError: flufl.bounce is not installed.
    """
    message = parse_message(data[:MAX_SIZE])
    text = text_of(message, _TEXT)
    mail = _read(message, text)
    return replace(
        mail,
        return_paths=(*_recipients(message), *mail.return_paths),
        message_id=str(message.get("message-id", "")).strip()[:500],
        excerpt=_excerpt(text),
    )


def _read(message: Message, text: str) -> ReturnedMail:
    if report := read_abuse_report(message):
        return ReturnedMail(
            "complaint" if report.is_complaint else "other",
            diagnostic=_one_line(report.feedback_type),
            return_paths=report.senders,
            unsubscribe_tokens=report.unsubscribe_tokens,
        )
    if status := read_delivery_status(message):
        kind: MailKind = "other"
        if status.action == "delayed":
            kind = "delayed"
        elif status.action == "failed":
            kind = judge_failure(status.status, status.diagnostic or text[:_REASON])
        return ReturnedMail(kind, status.status, _one_line(status.diagnostic))
    if found := _UNSUBSCRIBE.fullmatch(_subject(message)):
        return ReturnedMail("unsubscribe", unsubscribe_tokens=(found[1].lower(),))
    if _is_automatic(message):
        return ReturnedMail("automatic")
    temporary, permanent = _scan(message)
    if permanent or (not temporary and _is_from_daemon(message) and _REFUSAL.search(text)):
        reason = _reason_in(text)
        code = status_in_text(reason)
        return ReturnedMail(judge_failure(code, reason), code, reason)
    return ReturnedMail("delayed" if temporary else "other")


def _recipients(message: Message) -> list[str]:
    values = [str(value) for name in _RECIPIENT_HEADERS for value in message.get_all(name, [])]
    # Not the parser of the standard library: it recurses into comments. Return paths have no quoted parts.
    words = [word for value in values[:_MAX_RECIPIENTS] for word in _SEPARATORS.split(value)]
    found = (word for word in words if "+" in word and "@" in word and len(word) <= _MAX_ADDRESS)
    return list(islice(dict.fromkeys(found), _MAX_RECIPIENTS))


def _subject(message: Message) -> str:
    raw = str(message.get("subject", ""))
    try:
        return str(make_header(decode_header(raw)))
    except Exception:
        # Encoded words name any codec, and each codec raises what it likes.
        return raw


def _is_automatic(message: Message) -> bool:
    """Return whether a program answered for a person (RFC 3834). Bounces of some servers look the same."""
    if _is_from_daemon(message):
        return False
    submitted = str(message.get("auto-submitted", "no")).strip().lower()
    precedence = str(message.get("precedence", "")).strip().lower()
    return (
        submitted.startswith("auto-replied")
        or precedence == "auto_reply"
        or any(message[name] for name in ("x-autoreply", "x-autorespond", "x-auto-reply"))
        or _AUTOMATIC_SUBJECT.match(_subject(message).strip()) is not None
    )


def _is_from_daemon(message: Message) -> bool:
    senders = f"{message.get('from', '')} {message.get('return-path', '')}".lower()
    return any(name in senders for name in _DAEMONS) or message["x-failed-recipients"] is not None


def _scan(message: Message) -> tuple[bool, bool]:
    """Return whether flufl.bounce finds temporary and permanent failures."""
    try:
        from flufl.bounce import all_failures
    except ImportError:
        raise ConfigError(
            "reading bounces needs flufl.bounce",
            where=Where(field="bounces"),
            hint="pip install 'syndicate-feeds[mail]'",
        ) from None
    # It logs each exception of a detector with a traceback.
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
    _shorten(message)
    try:
        temporary, permanent = all_failures(message)
    except Exception:
        # Its detectors are many, and mail that comes back has every form. What they cannot read is no bounce.
        return False, False
    return bool(temporary), bool(permanent)


def _shorten(message: Message) -> None:
    """Cut texts to lines and lengths for which the patterns of flufl.bounce are quick."""
    for part in message.walk():
        payload = part.get_payload()
        if isinstance(payload, str):
            lines = payload.split("\n", _FLUFL_LINES)[:_FLUFL_LINES]
            part.set_payload("\n".join(line[:_FLUFL_COLUMNS] for line in lines))


def _reason_in(text: str) -> str:
    """Return the line with a reply of a server and the two after it, or the start of the text."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _REFUSAL.search(line):
            return _one_line(" ".join(lines[number : number + 3]))
    return _one_line(text[:_REASON])


def _one_line(text: str) -> str:
    return " ".join(repair_characters(text.replace("\0", "")).split())[:_DIAGNOSTIC]


def _excerpt(text: str) -> str:
    lines = [" ".join(line.split()) for line in repair_characters(text.replace("\0", "")).splitlines()]
    return "\n".join([line for line in lines if line][:_EXCERPT_LINES])[:_EXCERPT]
