"""The way out for mail: dispatcher, retries, and the transports."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from ..errors import ConfigError, Where
from .dispatcher import Dispatched, Dispatcher, send_one
from .transport import Transport
from .transports.maildir import MaildirTransport
from .transports.smtp import SmtpTransport

__all__ = ["Dispatched", "Dispatcher", "MaildirTransport", "SmtpTransport", "open_transport", "send_one"]

_PORTS = {"smtp": 587, "smtps": 465}
_OPTIONS = {"starttls", "ca", "connections"}


def open_transport(spec: str, base: Path, *, timeout: float = 60.0) -> Transport:
    """The transport that a line of the config names.

    Args:
        spec: `maildir:FOLDER`, or `smtp://user@host:587?starttls=required`, or `smtps://user@host`. The
            password comes from the environment variable SYNDICATE_SMTP_PASSWORD.
        base: what a relative folder or file is relative to.
        timeout: seconds to wait for any one answer of a server.

    Raises:
        ConfigError: it names none.
    """
    scheme, _, rest = spec.partition(":")
    if scheme == "maildir" and rest:
        return MaildirTransport(base / rest)
    if scheme in _PORTS:
        return _smtp(spec, base, timeout)
    raise _wrong(f"no such transport: {spec!r}")


def _smtp(spec: str, base: Path, timeout: float) -> SmtpTransport:
    try:
        parts = urlsplit(spec)
        port = parts.port
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise _wrong(f"not a transport: {error}") from None
    if not parts.hostname:
        raise _wrong("the transport names no host")
    if parts.password:
        raise _wrong("a password does not belong into the config", "set SYNDICATE_SMTP_PASSWORD instead")
    if unknown := set(options) - _OPTIONS:
        raise _wrong(f"unknown option {min(unknown)!r}", f"known: {', '.join(sorted(_OPTIONS))}")
    starttls = options.get("starttls", ["required"])[0]
    if starttls not in ("required", "never"):
        raise _wrong(f"starttls is {starttls!r}", "write required or never")
    connections = options.get("connections", ["4"])[0]
    if not connections.isdigit() or not 1 <= int(connections) <= 100:
        raise _wrong(f"connections is {connections!r}", "write a number from 1 to 100")
    return SmtpTransport(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls="implicit" if parts.scheme == "smtps" else starttls,
        user=unquote(parts.username) if parts.username else None,
        password=os.environ.get("SYNDICATE_SMTP_PASSWORD"),
        ca=str(base / options["ca"][0]) if "ca" in options else None,
        connections=int(connections),
        timeout=timeout,
    )


def _wrong(message: str, hint: str | None = None) -> ConfigError:
    return ConfigError(
        message,
        where=Where(field="delivery.transport"),
        hint=hint or 'write "maildir:outbox" or "smtp://user@host:587?starttls=required"',
    )
