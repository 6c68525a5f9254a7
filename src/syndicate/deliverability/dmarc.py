"""DMARC (RFC 9989): the policy of a domain, and which other domains are aligned with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .dns_resolver import Resolver

_VERSION = re.compile(r"v\s*=\s*DMARC1\s*(;|$)")
_MAX_LABELS = 7
"""RFC 9989, section 4.10: the tree walk jumps to this many labels."""


class DmarcError(Exception):
    """Receivers ignore the record. The message says why."""


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """A published policy.

    Attributes:
        domain: where it was found: the domain itself, or one above it.
        policy: for the domain that was asked for: `p`, or `sp` if it was found above.
        reports: the addresses of `rua`.
        strict_dkim, strict_spf: whether only the domain of From itself is aligned.
    """

    domain: str
    record: str
    policy: str
    reports: tuple[str, ...]
    strict_dkim: bool
    strict_spf: bool


def find_records(resolver: Resolver, domain: str) -> list[str]:
    """Return the DMARC records of exactly this domain.

    Raises:
        LookupFailedError: see `Resolver`.
    """
    return [each for each in resolver.lookup(f"_dmarc.{domain}", "TXT") if _VERSION.match(each)]


def find_policy(resolver: Resolver, domain: str) -> DmarcPolicy | None:
    """Return the policy for a domain: its own, or that of the nearest domain above it.

    A policy that a registry publishes for all domains below it (`psd=y`) does not count: many receivers do
    not apply it.

    Raises:
        DmarcError: the record is not valid.
        LookupFailedError: see `Resolver`.
    """
    for name in _tree(domain):
        records = find_records(resolver, name)
        if len(records) > 1:
            raise DmarcError(f"there are {len(records)} DMARC records at _dmarc.{name}; only one may exist")
        if records:
            policy = _parse(records[0], name, is_own=name == domain)
            if policy is not None:
                return policy
    return None


def is_aligned(resolver: Resolver, domain: str, other: str, *, is_strict: bool) -> bool:
    """Return whether mail from `domain` passes DMARC by a signature or return path of `other`.

    Raises:
        LookupFailedError: see `Resolver`.
    """
    if domain == other or is_strict:
        return domain == other
    if f".{domain}".endswith(f".{other}") or f".{other}".endswith(f".{domain}"):
        return True
    return _organizational_domain(resolver, domain) == _organizational_domain(resolver, other)


def _organizational_domain(resolver: Resolver, domain: str) -> str:
    """Return the domain whose subdomains are aligned with each other (RFC 9989, section 4.10.2)."""
    found = below = domain
    for name in _tree(domain):
        for record in find_records(resolver, name):
            owner = _tags(record).get("psd")
            if owner == "y" and name != domain:
                return below
            found = name
            if owner == "n":
                return found
        below = name
    return found


def _tree(domain: str) -> list[str]:
    labels = domain.split(".")
    names = [domain]
    first = max(1, len(labels) - _MAX_LABELS)
    # A policy of a top-level domain has psd=y, so one label is not asked for.
    names += [".".join(labels[start:]) for start in range(first, len(labels) - 1)]
    return names


def _tags(record: str) -> dict[str, str]:
    pairs = (each.partition("=") for each in record.split(";"))
    return {name.strip().lower(): value.strip() for name, equals, value in pairs if equals}


def _parse(record: str, domain: str, *, is_own: bool) -> DmarcPolicy | None:
    tags = _tags(record)
    if tags.get("psd") == "y":
        return None
    policy = tags.get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        raise DmarcError(
            f"the DMARC record at _dmarc.{domain} has "
            + (f"p={policy}, which is no policy" if policy else "no p=")
        )
    below = tags.get("sp", policy).lower()
    reports = tuple(
        each.strip()[7:].partition("!")[0]
        for each in tags.get("rua", "").split(",")
        if each.strip().lower().startswith("mailto:")
    )
    return DmarcPolicy(
        domain=domain,
        record=record,
        policy=policy if is_own else below,
        reports=reports,
        strict_dkim=tags.get("adkim") == "s",
        strict_spf=tags.get("aspf") == "s",
    )
