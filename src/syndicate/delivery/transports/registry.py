"""The registry of transports: from the scheme of `delivery.transport` to what opens the transport."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import resolve_name

from ...errors import ConfigError
from ...model import SmtpTimeouts
from ..transport import Transport
from .transport_url import PASSWORD_VARIABLE, TransportUrl

ENTRY_POINTS = "syndicate.transports"
"""The entry point group of other packages. A name is a scheme; a value is a callable that takes a
`TransportUrl` and returns a `Transport`."""

_PACKAGE = __name__.rpartition(".")[0]
# Names instead of imports: a command loads only the transport that it uses.
_BUILT_IN = {
    "lmtp": f"{_PACKAGE}.lmtp:LmtpTransport.from_url",
    "lmtp+unix": f"{_PACKAGE}.lmtp:LmtpTransport.from_url",
    "maildir": f"{_PACKAGE}.maildir:MaildirTransport.from_url",
    "sendmail": f"{_PACKAGE}.sendmail:SendmailTransport.from_url",
    "ses": f"{_PACKAGE}.ses:SesTransport.from_url",
    "smtp": f"{_PACKAGE}.smtp:SmtpTransport.from_url",
    "smtps": f"{_PACKAGE}.smtp:SmtpTransport.from_url",
}


def open_transport(
    text: str,
    base: Path,
    *,
    timeouts: SmtpTimeouts | None = None,
    field: str = "delivery.transport",
    password_variable: str = PASSWORD_VARIABLE,
) -> Transport:
    """Return the transport that `delivery.transport` or a relay names.

    Args:
        text: such as `maildir:FOLDER` or `smtp://user@host:587?starttls=required`.
        base: the folder that relative paths are relative to.
        timeouts: how long to wait for a server; those of RFC 5321 if absent.
        field: where in the config the text is, for errors.
        password_variable: the environment variable with the password.

    Raises:
        ConfigError: there is no such transport, or one of its options is wrong.
    """
    url = TransportUrl(text, base, timeouts or SmtpTimeouts(), field, password_variable)
    return _find(url)(url)


def _find(url: TransportUrl) -> Callable[[TransportUrl], Transport]:
    if url.scheme in _BUILT_IN:
        built_in: Callable[[TransportUrl], Transport] = resolve_name(_BUILT_IN[url.scheme])
        return built_in
    for entry_point in entry_points(group=ENTRY_POINTS, name=url.scheme):
        try:
            installed: Callable[[TransportUrl], Transport] = entry_point.load()
        except Exception as error:
            # The module of another package may raise anything.
            raise url.error(
                f"the transport {url.scheme} cannot be imported from {entry_point.value}: {error}",
                "correct or uninstall the package that provides it",
            ) from None
        return installed
    raise _unknown(url)


def _unknown(url: TransportUrl) -> ConfigError:
    schemes = sorted({*_BUILT_IN, *entry_points(group=ENTRY_POINTS).names})
    return url.error(f"there is no transport {url.scheme!r}", f"known transports: {', '.join(schemes)}")
