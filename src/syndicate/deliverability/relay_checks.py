"""TLS of the relays: offered, with a valid certificate that does not expire soon."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

from ..model import Problem

_SECONDS = 10.0
_EXPIRES_SOON = timedelta(days=14)
_PORTS = {"smtp": 587, "smtps": 465}
# Amazon SES replaces Message-ID and Date; Postmark replaces Message-ID unless X-PM-KeepID is set.
_OWN_MESSAGE_ID = ("amazonaws.com", "postmarkapp.com")
_OWN_RETURN_PATH = ("amazonaws.com", "mailgun.org", "postmarkapp.com", "sendgrid.net")


def has_own_return_path(transport: str) -> bool:
    """Return whether a provider replaces the return path of each message by one of its own domain."""
    parts = urlsplit(transport)
    host = parts.hostname or ""
    return parts.scheme == "ses" or any(host.endswith(f".{each}") for each in _OWN_RETURN_PATH)


def changes_signed_headers(transport: str) -> bool:
    """Return whether a provider replaces headers that DKIM keys of the config sign."""
    parts = urlsplit(transport)
    host = parts.hostname or ""
    return parts.scheme == "ses" or any(host.endswith(f".{each}") for each in _OWN_MESSAGE_ID)


def check_tls(transport: str, base: Path, *, now: datetime, field: str) -> Iterator[Problem]:
    """Check the TLS of an SMTP server. Other transports have none.

    Args:
        transport: as in the config; valid.
        base: the folder that paths are relative to.
    """
    parts = urlsplit(transport)
    if parts.scheme not in _PORTS:
        return
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    name = f"{parts.hostname}:{parts.port or _PORTS[parts.scheme]}"
    wants_tls = parts.scheme == "smtps" or options.get("starttls", "required") == "required"
    if not wants_tls:
        if not _is_local(parts.hostname or ""):
            yield Problem(
                message=f"mail goes to {name} without TLS, readable for everybody on the way",
                field=field,
                hint="remove starttls=never",
            )
        return
    try:
        context = ssl.create_default_context()
        if "ca" in options:
            context.load_verify_locations(base / options["ca"])
        expires = _certificate_end(parts, context)
    except ssl.SSLCertVerificationError as error:
        yield Problem(
            message=f"the certificate of {name} is not valid: {error.verify_message}",
            field=field,
            hint="correct the certificate of the server, or write the host name that it is for",
        )
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        yield Problem(
            message=f"TLS of {name} could not be checked: {error}",
            severity="warning",
            field=field,
            hint="check host and port, and that the server is up",
        )
    else:
        yield from _check_end(name, expires, now, field)


def _check_end(name: str, expires: datetime | None, now: datetime, field: str) -> Iterator[Problem]:
    if expires is None:
        yield Problem(
            message=f"{name} does not offer STARTTLS",
            field=field,
            hint="turn on TLS in the server, or use one that has it",
        )
    elif expires - now < _EXPIRES_SOON:
        yield Problem(
            message=f"the certificate of {name} expires in {(expires - now).days} days, "
            f"on {expires:%Y-%m-%d}; then no mail is sent",
            severity="warning",
            field=field,
            hint="renew it",
        )


def _certificate_end(parts: SplitResult, context: ssl.SSLContext) -> datetime | None:
    """Return when the certificate of a server expires (UTC); None if the server offers no STARTTLS."""
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    with closing(_open(parts.scheme, host, port, context)) as client:
        if parts.scheme == "smtp":
            client.ehlo_or_helo_if_needed()
            if not client.has_extn("starttls"):
                return None
            client.starttls(context=context)
        assert isinstance(client.sock, ssl.SSLSocket)
        certificate = client.sock.getpeercert() or {}
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)


def _open(scheme: str, host: str, port: int, context: ssl.SSLContext) -> smtplib.SMTP:
    # With a name, smtplib looks up none.
    name = socket.gethostname()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=_SECONDS, context=context)
    return smtplib.SMTP(host, port, local_hostname=name, timeout=_SECONDS)


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
