"""Which IP addresses are public, and not of this machine or its network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052, section 2.1
_6TO4 = ip_network("2002::/16")  # RFC 3056, section 2
# Entries of the registries of RFC 6890 that older versions of Python do not know. Also two special addresses
# that count as global: Azure's platform service, and the 6to4 relays (RFC 7526).
_SPECIAL = tuple(
    ip_network(each)
    for each in (
        *("64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10"),
        *("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24"),
    )
)


def is_public(address: str) -> bool:
    """Return whether an address is public: not private, loopback, link-local, multicast or reserved.

    An IPv6 address that contains an IPv4 one (mapped, NAT64, 6to4) is as public as that one.

    Args:
        address: from the resolver; may have a zone after `%`.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    embedded = _embedded_ipv4(parsed) if isinstance(parsed, IPv6Address) else None
    if embedded is not None:
        return is_public(str(embedded))
    if not parsed.is_global or parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified:
        return False
    return not any(parsed in network for network in _SPECIAL if network.version == parsed.version)


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    return None
