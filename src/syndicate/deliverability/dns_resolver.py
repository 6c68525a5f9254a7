"""Lookups in the DNS, which end in bounded time. Tells what does not exist from what cannot be known now."""

from __future__ import annotations

import time
from typing import Literal, Protocol

from ..errors import ConfigError

RecordType = Literal["A", "AAAA", "MX", "PTR", "TXT"]

_SECONDS, _TOTAL_SECONDS = 5.0, 60.0
_MAX_TIMEOUTS = 2


class LookupFailedError(Exception):
    """The DNS did not say whether there is such a record. The message is the reason."""


class Resolver(Protocol):
    """Looks up DNS records."""

    def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
        """Return the records of a name, sorted, in the form of a zone file. Aliases are followed.

        The strings of a TXT record are joined; host names have no dot at their end.

        Returns:
            Nothing if there is no such name or no such record.

        Raises:
            LookupFailedError: the DNS did not answer, or its answer is not valid.
        """
        ...


class DnsResolver:
    """Asks the DNS servers of the system, or one server. Remembers what it was told.

    After two lookups without an answer, or when the time for all lookups is over, all others fail at once.

    Args:
        server: the IP address of a DNS server, such as `9.9.9.9` or `127.0.0.1:5353`.
        seconds: the time limit of one lookup.
        total_seconds: the time limit of all lookups.

    Raises:
        ConfigError: dnspython is not installed, or `server` is not an address.
    """

    def __init__(
        self,
        server: str | None = None,
        *,
        seconds: float = _SECONDS,
        total_seconds: float = _TOTAL_SECONDS,
    ) -> None:
        try:
            from dns.resolver import NoResolverConfiguration, Resolver
        except ImportError:
            raise ConfigError(
                "checks of the DNS need dnspython", hint="pip install 'syndicate-feeds[mail]'"
            ) from None
        try:
            self._resolver = Resolver(configure=server is None)
            if server is not None:
                host, port = _host_and_port(server)
                self._resolver.nameservers, self._resolver.port = [host], port
        except (ValueError, NoResolverConfiguration):
            raise ConfigError(
                f"not the address of a DNS server: {server}"
                if server is not None
                else "this machine has no DNS servers configured",
                hint="write an IP address, such as --dns-server 9.9.9.9",
            ) from None
        self._seconds, self._remaining = seconds, total_seconds
        self._timeouts = 0
        self._known: dict[tuple[str, RecordType], tuple[str, ...] | LookupFailedError] = {}

    def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
        key = (name.lower().rstrip("."), kind)
        if key not in self._known:
            try:
                self._known[key] = self._lookup(*key)
            except LookupFailedError as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, LookupFailedError):
            raise found
        return found

    def _lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
        from dns.exception import DNSException, Timeout
        from dns.resolver import NXDOMAIN, NoAnswer

        if self._timeouts >= _MAX_TIMEOUTS:
            raise LookupFailedError("the DNS server does not answer")
        if self._remaining <= 0:
            raise LookupFailedError("the DNS server is too slow")
        started = time.monotonic()
        try:
            answer = self._resolver.resolve(f"{name}.", kind, lifetime=self._seconds, search=False)
        except (NXDOMAIN, NoAnswer):
            return ()
        except Timeout:
            self._timeouts += 1
            raise LookupFailedError(
                f"the DNS server did not answer within {self._seconds:g} seconds"
            ) from None
        except DNSException as error:
            raise LookupFailedError(str(error) or type(error).__name__) from None
        finally:
            self._remaining -= time.monotonic() - started
        return tuple(sorted(_to_text(record, kind) for record in answer))


def _host_and_port(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    if not colon or (server.count(":") > 1 and not host.endswith("]")):
        return server.strip("[]"), 53
    return host.strip("[]"), int(port)


def _to_text(record: object, kind: RecordType) -> str:
    from dns.rdtypes.ANY.TXT import TXT

    if isinstance(record, TXT):
        return b"".join(record.strings).decode("utf-8", "replace")
    text = str(record)
    return text.rstrip(".") if kind in ("MX", "PTR") and text != "0 ." else text
