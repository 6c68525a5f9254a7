"""The domains that limits are kept for."""

from __future__ import annotations

import idna

from ...model import Delivery


def domain_of(delivery: Delivery) -> str:
    """Return the domain that a delivery goes to, in ASCII and lower case."""
    return domain_of_address(delivery.email)


def domain_of_address(address: str) -> str:
    """Return the domain of an address, in ASCII and lower case."""
    domain = address.rpartition("@")[2].lower()
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain
