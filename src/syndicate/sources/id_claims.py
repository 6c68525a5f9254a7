"""The home of a record, and how strong it makes the record's claim to an id or a link.

Anybody can state a home in a feed. It counts only if the config says nothing, and never against a source
that may be at home there.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass

from ..model.article_identity import Standing, host_of, named_host


@dataclass(frozen=True, slots=True)
class Home:
    """The hosts that a record is at home on.

    Attributes:
        configured: from the config.
        stated: from the record's document.
        is_own: whether the record is the publisher's own, not another publisher's.
    """

    configured: Collection[str] = ()
    stated: Collection[str] = ()
    is_own: bool = False

    def id_standing(self, identifier: str, link: str | None) -> Standing:
        """Return how strong the claim to an id is. To an id that names no host, all claims are equal.

        The link then proves nothing: every record has a link on its own host.
        """
        host = named_host(identifier)
        return self._standing(host, link) if host else Standing.POSSIBLE

    def link_standing(self, link: str | None) -> Standing:
        """Return how strong the claim to a link is."""
        return self._standing(host_of(link) if link else None, link)

    def _standing(self, host: str | None, link: str | None) -> Standing:
        if host is None:
            return Standing.POSSIBLE if self.is_own else Standing.STRANGER
        if host in self.configured:
            return Standing.CONFIGURED
        # An IP address is where the record was fetched from, but not a home.
        has_configured_home = any(map(_is_domain, self.configured))
        if host in self.stated:
            return Standing.POSSIBLE if has_configured_home else Standing.STATED
        known = {*self.configured, *self.stated} if has_configured_home else set(self.stated)
        is_home_unknown = not known and link is not None and host_of(link) == host
        if self.is_own or is_home_unknown or any(_are_related(host, each) for each in known):
            return Standing.POSSIBLE
        return Standing.STRANGER


def hosts(urls: Collection[str | None]) -> frozenset[str]:
    """Return the hosts of URLs. Entries that are not URLs are skipped."""
    return frozenset(host for url in urls if url and (host := host_of(url)))


def _is_domain(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host
    return False


def _are_related(one: str, other: str) -> bool:
    return one.endswith(f".{other}") or other.endswith(f".{one}")
