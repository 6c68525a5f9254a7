"""SPF (RFC 7208): which addresses may send for a domain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal

from .dns_resolver import LookupFailedError, Resolver

Result = Literal["pass", "fail", "softfail", "neutral", "unknown"]
Address = IPv4Address | IPv6Address

MAX_LOOKUPS, MAX_VOID_LOOKUPS = 10, 2
"""RFC 7208, section 4.6.4."""
_MOST_COUNTED = 40

_RESULTS: dict[str, Result] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_TERM = re.compile(
    r"(?P<qualifier>[+?~-]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)"
    r"(?::(?P<value>[^/\s]+))?(?P<length>/\d{1,3})?(?P<length6>//\d{1,3})?",
    re.IGNORECASE,
)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>\S*)", re.IGNORECASE)
_LAST_TERM = re.compile(r"[+?~-]?all|redirect=.*", re.IGNORECASE)
_NEEDS_VALUE = {"include", "ip4", "ip6", "exists"}


class SpfError(Exception):
    """The record is not valid, or needs too much: receivers ignore it (permerror). The message says why."""


@dataclass(frozen=True, slots=True)
class Term:
    """A mechanism or `redirect`, such as `include:_spf.example.org`."""

    qualifier: str
    name: str
    value: str = ""
    length: int | None = None
    length6: int | None = None


def find_records(texts: Sequence[str]) -> list[str]:
    """Return those TXT records that are SPF records."""
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def parse(record: str) -> list[Term]:
    """Return the terms of a record, in their order; `redirect` comes last.

    Raises:
        SpfError: a term is not valid.
    """
    terms, redirects = [], []
    for text in record.split()[1:]:
        if (modifier := _MODIFIER.fullmatch(text)) is not None:
            if modifier["name"].lower() == "redirect":
                redirects.append(Term("+", "redirect", modifier["value"]))
            continue
        match = _TERM.fullmatch(text)
        if match is None or (match["name"].lower() in _NEEDS_VALUE and not match["value"]):
            raise SpfError(f"{text!r} is not a term of SPF")
        name, value = match["name"].lower(), match["value"] or ""
        length = int(match["length"][1:]) if match["length"] else None
        length6 = int(match["length6"][2:]) if match["length6"] else None
        if name in ("ip4", "ip6"):
            _network(name, value, length, text)
        terms.append(Term(match["qualifier"] or "+", name, value, length, length6))
    if len(redirects) > 1:
        raise SpfError("there is more than one redirect=")
    # Nothing after `all` counts (section 5.1).
    end = next((number for number, term in enumerate(terms, 1) if term.name == "all"), None)
    return [*terms, *redirects] if end is None else terms[:end]


def _network(name: str, value: str, length: int | None, text: str) -> object:
    try:
        network = ip_network(f"{value}/{length}" if length is not None else value, strict=False)
    except ValueError:
        raise SpfError(f"{text!r} has no valid address") from None
    if network.version != (4 if name == "ip4" else 6):
        raise SpfError(f"{text!r} has an address of the other version")
    return network


@dataclass
class SpfEvaluation:
    """Evaluates the record of a domain for several addresses, and counts the lookups of the whole record.

    Attributes:
        lookups: of terms that look something up, also those after the one that matches.
        void_lookups: of them, those that found nothing.
        expensive: the domains of `include` and `redirect`, each with the lookups that it costs.
    """

    resolver: Resolver
    addresses: Sequence[Address]
    lookups: int = 0
    void_lookups: int = 0
    expensive: list[tuple[str, int]] = field(default_factory=list)

    def evaluate(self, domain: str, record: str) -> dict[Address, Result]:
        """Return the result for each address. `unknown`: a macro, or a lookup that failed.

        Raises:
            SpfError: receivers ignore the record.
        """
        results: dict[Address, Result] = {}
        for term in parse(record):
            before = self.lookups
            matches = self._match(domain, term)
            if term.name in ("include", "redirect"):
                self.expensive.append((term.value, self.lookups - before))
            for address, result in matches.items():
                results.setdefault(address, result)
        return {address: results.get(address, "neutral") for address in self.addresses}

    def _match(self, domain: str, term: Term) -> dict[Address, Result]:
        """Return the addresses that a term matches, each with the result."""
        result = _RESULTS[term.qualifier]
        if term.name == "all":
            return dict.fromkeys(self.addresses, result)
        if term.name in ("ip4", "ip6"):
            network = ip_network(
                f"{term.value}/{term.length}" if term.length is not None else term.value, strict=False
            )
            return {
                each: result for each in self.addresses if each.version == network.version and each in network
            }
        self._count()
        target = term.value or domain
        if "%" in target:
            return dict.fromkeys(self.addresses, "unknown")
        if term.name in ("include", "redirect"):
            return self._match_other_record(target, term, result)
        try:
            return self._match_hosts(target, term, result)
        except LookupFailedError:
            return dict.fromkeys(self.addresses, "unknown")

    def _match_other_record(self, target: str, term: Term, result: Result) -> dict[Address, Result]:
        try:
            records = find_records(self.resolver.lookup(target, "TXT"))
        except LookupFailedError:
            return dict.fromkeys(self.addresses, "unknown")
        if len(records) != 1:
            what = "has no SPF record" if not records else "has more than one SPF record"
            raise SpfError(f"{target}, in {term.name}, {what}")
        inner = self.evaluate(target, records[0])
        if term.name == "redirect":
            return inner
        # Only a pass of the included record matches (section 5.2).
        return {
            address: result if found == "pass" else "unknown"
            for address, found in inner.items()
            if found in ("pass", "unknown")
        }

    def _match_hosts(self, target: str, term: Term, result: Result) -> dict[Address, Result]:
        if term.name == "ptr":
            return dict.fromkeys(self.addresses, "unknown")
        if term.name == "exists":
            found = self.resolver.lookup(target, "A")
            self._count_void(found)
            return dict.fromkeys(self.addresses, result) if found else {}
        hosts = [target]
        if term.name == "mx":
            exchanges = self.resolver.lookup(target, "MX")
            self._count_void(exchanges)
            if len(exchanges) > MAX_LOOKUPS:
                raise SpfError(f"{target} has more than {MAX_LOOKUPS} MX hosts, in mx")
            hosts = [each.split()[-1] for each in exchanges if each != "0 ."]
        networks = []
        for host in hosts:
            ipv4, ipv6 = self.resolver.lookup(host, "A"), self.resolver.lookup(host, "AAAA")
            if term.name == "a":
                self._count_void((*ipv4, *ipv6))
            networks += [ip_network(f"{each}/{_or(term.length, 32)}", strict=False) for each in ipv4]
            networks += [ip_network(f"{each}/{_or(term.length6, 128)}", strict=False) for each in ipv6]
        return {
            each: result
            for each in self.addresses
            if any(each.version == network.version and each in network for network in networks)
        }

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > _MOST_COUNTED:
            raise SpfError(f"it needs more than {_MOST_COUNTED} DNS lookups, or includes itself")

    def _count_void(self, found: Sequence[str]) -> None:
        self.void_lookups += not found


def _or(length: int | None, default: int) -> int:
    return default if length is None else min(length, default)


def add_addresses(record: str, addresses: Sequence[Address]) -> str:
    """Return a record that allows more addresses, before its last term."""
    terms = [f"ip{each.version}:{each}" for each in addresses]
    words = record.split()
    at = next((number for number, word in enumerate(words) if _LAST_TERM.fullmatch(word)), len(words))
    return " ".join([*words[:at], *terms, *words[at:]])


def parse_addresses(addresses: Sequence[str]) -> list[Address]:
    """Return IP addresses; they are valid."""
    return [ip_address(each) for each in addresses]
