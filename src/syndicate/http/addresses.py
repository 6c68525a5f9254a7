"""Which addresses are the world's, and which are this machine's or its neighbours'."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052, section 2.1
_6TO4 = ip_network("2002::/16")  # RFC 3056, section 2
# What the registries of RFC 6890 hold and older versions of Python do not know, and two that are public
# by their number alone: the address at which Azure serves its machines, and relays that nobody should use.
_MORE = tuple(
    ip_network(each)
    for each in (
        *("64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10"),
        *("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24"),
    )
)


def is_public(address: str) -> bool:
    """Whether an address is out in the world: not private, loopback, link-local, multicast or reserved.

    An IPv6 address that stands for an IPv4 one (mapped, NAT64, 6to4) is as public as that one.

    Args:
        address: as the resolver gives it; a zone after `%` is allowed.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(found) if isinstance(found, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    if not found.is_global or found.is_multicast or found.is_reserved or found.is_unspecified:
        return False
    return not any(found in network for network in _MORE if network.version == found.version)


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    return None
