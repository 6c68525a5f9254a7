"""The IP addresses that mail is sent from: PTR, and its confirmation by the addresses of its name."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from ..model import Problem
from .dns_resolver import LookupFailedError, Resolver
from .domain_checks import unknown


def check_address(resolver: Resolver, address: IPv4Address | IPv6Address, field: str) -> Iterator[Problem]:
    """Check that an address has a name, and that the name has the address."""
    ask = "ask your hosting provider to set the PTR record to a name of your own, and publish its address"
    try:
        names = resolver.lookup(address.reverse_pointer, "PTR")
        confirmed = [name for name in names if address in _addresses(resolver, name)]
    except LookupFailedError as error:
        yield unknown(f"PTR of {address}", error, field)
        return
    if not names:
        yield Problem(
            message=f"{address} has no PTR record; Gmail and Yahoo require one of all senders",
            field=field,
            hint=ask,
        )
    elif not confirmed:
        kind = "A" if address.version == 4 else "AAAA"
        yield Problem(
            message=f"the PTR record of {address} is {names[0]}, which does not have this address; "
            "Gmail and Yahoo require that it does",
            field=field,
            hint=f"publish at {names[0]} the {kind} record {address}, or correct the PTR record",
        )
    elif all(_is_generic(name, address) for name in confirmed):
        yield Problem(
            message=f"the PTR record of {address} is {confirmed[0]}, a name that is made of the address",
            severity="warning",
            field=field,
            hint=ask,
        )


def _addresses(resolver: Resolver, name: str) -> set[IPv4Address | IPv6Address]:
    return {ip_address(each) for each in (*resolver.lookup(name, "A"), *resolver.lookup(name, "AAAA"))}


def _is_generic(name: str, address: IPv4Address | IPv6Address) -> bool:
    """Return whether a name is made of its address, such as `static.10.2.0.192.provider.example`."""
    if address.version == 6:
        return address.exploded.replace(":", "") in name.replace("-", "").replace(".", "")
    parts = str(address).split(".")
    return any(separator.join(order) in name for separator in ".-" for order in (parts, parts[::-1]))
