"""Where a record is at home, and how good that makes its right to an id or a link.

What a feed says of itself anybody can say. It counts where the config says nothing, and never against one
that may be at home there.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass

from ..model.identity import Standing, host_of, named_host


@dataclass(frozen=True, slots=True)
class Home:
    """What is known of where a record comes from.

    Attributes:
        configured: the hosts that the config names for it.
        stated: the hosts that its document gives as its own.
        own: whether it is one of the publisher's own records, and not what somebody else publishes.
    """

    configured: Collection[str] = ()
    stated: Collection[str] = ()
    own: bool = False

    def by_id(self, identifier: str, link: str | None) -> Standing:
        """The standing towards an id; where it names no host, the same for everybody.

        What the link names says nothing about such an id: anybody has links at home.
        """
        host = named_host(identifier)
        return self._standing(host, link) if host else Standing.POSSIBLE

    def by_link(self, link: str | None) -> Standing:
        """The standing towards a link."""
        return self._standing(host_of(link) if link else None, link)

    def _standing(self, host: str | None, link: str | None) -> Standing:
        if host is None:
            return Standing.POSSIBLE if self.own else Standing.STRANGER
        if host in self.configured:
            return Standing.CONFIGURED
        # An address without a name is where it was fetched from, and nobody's home.
        placed = any(map(_is_name, self.configured))
        if host in self.stated:
            return Standing.POSSIBLE if placed else Standing.STATED
        known = {*self.configured, *self.stated} if placed else set(self.stated)
        unknown = not known and link is not None and host_of(link) == host
        if self.own or unknown or any(_is_related(host, each) for each in known):
            return Standing.POSSIBLE
        return Standing.STRANGER


def hosts(urls: Collection[str | None]) -> frozenset[str]:
    """The hosts of some addresses; those that are none are passed over."""
    return frozenset(host for url in urls if url and (host := host_of(url)))


def _is_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host
    return False


def _is_related(one: str, other: str) -> bool:
    return one.endswith(f".{other}") or other.endswith(f".{one}")
