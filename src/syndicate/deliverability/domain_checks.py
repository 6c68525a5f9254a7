"""The DNS records of a domain that mail is from: SPF, DKIM, DMARC, and hosts that take its mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address

from ..mail import DkimKey
from ..model import Problem
from . import dkim_records, dmarc, spf
from .dns_resolver import LookupFailedError, Resolver

BULK = "Gmail, Yahoo and Outlook.com require it of bulk senders"
_MAX_COVERED = 5


def unknown(what: str, error: LookupFailedError, field: str) -> Problem:
    """Return the problem of something that the DNS did not say."""
    return Problem(
        message=f"{what} could not be checked: {error}",
        severity="warning",
        field=field,
        hint="check the DNS of this machine, and run the check again",
    )


def check_spf(
    resolver: Resolver, domain: str, addresses: Sequence[IPv4Address | IPv6Address], field: str
) -> Iterator[Problem]:
    """Check the SPF record of the domain of the return path.

    Args:
        addresses: those that mail is sent from, if they are known.
        field: of the config, for the problems.
    """
    try:
        records = spf.find_records(resolver.lookup(domain, "TXT"))
    except LookupFailedError as error:
        yield unknown(f"SPF of {domain}", error, field)
        return
    if not records:
        terms = " ".join(f"ip{each.version}:{each}" for each in addresses) or "mx"
        yield Problem(
            message=f"{domain} has no SPF record; {BULK}",
            field=field,
            hint=f'publish at {domain} the TXT record "v=spf1 {terms} -all", '
            "with include: of your mail provider if you have one",
        )
        return
    if len(records) > 1:
        yield Problem(
            message=f"{domain} has {len(records)} SPF records, so that none of them counts",
            field=field,
            hint=f"publish only one: join the terms of {' and '.join(map(repr, records))}",
        )
        return
    yield from _check_spf_record(resolver, domain, records[0], addresses, field)


def _check_spf_record(
    resolver: Resolver,
    domain: str,
    record: str,
    addresses: Sequence[IPv4Address | IPv6Address],
    field: str,
) -> Iterator[Problem]:
    evaluation = spf.SpfEvaluation(resolver, addresses)
    try:
        results = evaluation.evaluate(domain, record)
    except spf.SpfError as error:
        yield Problem(
            message=f"the SPF record of {domain} is not valid: {error}",
            field=field,
            hint=f"correct the TXT record {record!r} at {domain}",
        )
        return
    if evaluation.lookups > spf.MAX_LOOKUPS:
        costs = ", ".join(f"{name} {count}" for name, count in evaluation.expensive)
        yield Problem(
            message=f"the SPF record of {domain} needs {evaluation.lookups} DNS lookups; "
            f"with more than {spf.MAX_LOOKUPS} it does not count",
            field=field,
            hint="remove an include: that you do not need, or replace it by its ip4: and ip6: terms"
            + (f" (lookups: {costs})" if costs else ""),
        )
    if evaluation.void_lookups > spf.MAX_VOID_LOOKUPS:
        yield Problem(
            message=f"{evaluation.void_lookups} names in the SPF record of {domain} do not exist; "
            f"with more than {spf.MAX_VOID_LOOKUPS} it does not count",
            field=field,
            hint=f"remove them from the TXT record {record!r}",
        )
    yield from _check_last_term(domain, record, field)
    refused = [each for each, result in results.items() if result in ("fail", "softfail", "neutral")]
    if refused:
        names = ", ".join(map(str, refused[:_MAX_COVERED]))
        yield Problem(
            message=f"the SPF record of {domain} does not allow {names}, which mail is sent from",
            field=field,
            hint=f'publish at {domain} the TXT record "{spf.add_addresses(record, refused)}"',
        )


def _check_last_term(domain: str, record: str, field: str) -> Iterator[Problem]:
    last = spf.parse(record)[-1:]
    if last and last[0].name == "all" and last[0].qualifier == "+":
        yield Problem(
            message=f"the SPF record of {domain} allows everybody to send for it (+all)",
            field=field,
            hint=f'publish at {domain} the TXT record "{record.replace("+all", "-all")}"',
        )
    elif not last or last[0].name not in ("all", "redirect") or last[0].qualifier == "?":
        terms = [word for word in record.split() if word.lower() != "?all"]
        yield Problem(
            message=f"the SPF record of {domain} says nothing about other senders",
            severity="warning",
            field=field,
            hint=f'publish at {domain} the TXT record "{" ".join([*terms, "-all"])}"',
        )


def check_dkim(resolver: Resolver, key: DkimKey, field: str) -> Iterator[Problem]:
    """Check that the public half of a key is published."""
    name, expected = key.record_name, dkim_records.parse(key.record)
    assert expected is not None
    publish = f'publish at {name} the TXT record "{key.record}"'
    try:
        records = resolver.lookup(name, "TXT")
    except LookupFailedError as error:
        yield unknown(f"the DKIM key at {name}", error, field)
        return
    published = [each for each in map(dkim_records.parse, records) if each is not None]
    if not published:
        what = "is no DKIM key" if records else "does not exist"
        yield Problem(
            message=f"the TXT record at {name} {what}, so that no signature is valid; {BULK}",
            field=field,
            hint=publish,
        )
        return
    if len(published) > 1:
        yield Problem(
            message=f"{name} has {len(published)} DKIM keys; receivers use any one of them",
            field=field,
            hint=f'keep only the TXT record "{key.record}"',
        )
        return
    [found] = published
    if not found.key:
        yield Problem(
            message=f"the DKIM key at {name} is revoked: its p= is empty", field=field, hint=publish
        )
    elif (found.key_type, found.key) != (expected.key_type, expected.key):
        yield Problem(message=f"the DKIM key at {name} is not the one that signs", field=field, hint=publish)
    elif not found.is_for_mail or (found.hashes and "sha256" not in found.hashes):
        yield Problem(
            message=f"the DKIM record at {name} does not allow the signatures of mail",
            field=field,
            hint=publish,
        )
    elif found.is_test:
        yield Problem(
            message=f"the DKIM record at {name} is marked as a test (t=y), so that receivers may ignore it",
            severity="warning",
            field=field,
            hint=publish,
        )


def check_dmarc(
    resolver: Resolver, domain: str, *, keys: Sequence[DkimKey], return_path: str, field: str
) -> Iterator[Problem]:
    """Check the DMARC policy of the domain of From, and that something is aligned with it.

    Args:
        keys: those that sign.
        return_path: the domain of the envelope sender; empty if a provider replaces it.
    """
    try:
        policy = dmarc.find_policy(resolver, domain)
    except dmarc.DmarcError as error:
        yield Problem(message=f"{error}; {BULK}", field=field, hint=_publish_policy(domain))
        return
    except LookupFailedError as error:
        yield unknown(f"DMARC of {domain}", error, field)
        return
    if policy is None:
        yield Problem(
            message=f"{domain} has no DMARC record; {BULK}", field=field, hint=_publish_policy(domain)
        )
        return
    if policy.policy == "none":
        yield Problem(
            message=f"the DMARC policy of {domain} is none: others can still send in its name",
            severity="note",
            field=field,
            hint="when the reports show that all your mail passes, change it to p=quarantine, then p=reject",
        )
    yield from _check_reports(resolver, policy, field)
    yield from _check_alignment(resolver, domain, policy, keys, return_path, field)


def _publish_policy(domain: str) -> str:
    return (
        f'publish at _dmarc.{domain} the TXT record "v=DMARC1; p=none; rua=mailto:dmarc@{domain}", '
        "with an address that you read"
    )


def _check_reports(resolver: Resolver, policy: dmarc.DmarcPolicy, field: str) -> Iterator[Problem]:
    if not policy.reports:
        yield Problem(
            message=f"the DMARC record of {policy.domain} asks for no reports, so nobody sees what fails",
            severity="warning",
            field=field,
            hint=f'publish at _dmarc.{policy.domain} the TXT record "{policy.record.rstrip("; ")}; '
            f'rua=mailto:dmarc@{policy.domain}"',
        )
    for address in policy.reports:
        receiver = address.rpartition("@")[2].lower()
        name = f"{policy.domain}._report._dmarc.{receiver}"
        try:
            if dmarc.is_aligned(resolver, policy.domain, receiver, is_strict=False):
                continue
            accepts = any(each.startswith("v=DMARC1") for each in resolver.lookup(name, "TXT"))
        except LookupFailedError as error:
            yield unknown(f"the record at {name}", error, field)
            continue
        if not accepts:
            # RFC 9990, section 4.
            yield Problem(
                message=f"{address} gets no DMARC reports: {receiver} does not say that it accepts them",
                severity="warning",
                field=field,
                hint=f'publish at {name} the TXT record "v=DMARC1"',
            )


def _check_alignment(
    resolver: Resolver,
    domain: str,
    policy: dmarc.DmarcPolicy,
    keys: Sequence[DkimKey],
    return_path: str,
    field: str,
) -> Iterator[Problem]:
    try:
        by_dkim = any(
            dmarc.is_aligned(resolver, domain, key.domain, is_strict=policy.strict_dkim) for key in keys
        )
        by_spf = return_path != "" and dmarc.is_aligned(
            resolver, domain, return_path, is_strict=policy.strict_spf
        )
    except LookupFailedError as error:
        yield unknown(f"DMARC alignment of {domain}", error, field)
        return
    if keys and not by_dkim:
        yield Problem(
            message=f"no DKIM key is aligned with {domain}"
            + (", because its DMARC record has adkim=s" if policy.strict_dkim else ""),
            severity="warning" if by_spf else "error",
            field=field,
            hint=f'add a [[delivery.dkim]] table with domain = "{domain}", and publish its key',
        )
    if not keys:
        others = "" if policy.strict_dkim else ", or a domain above or below it"
        yield Problem(
            message=f"the config has no DKIM key, so the relay has to sign with d={domain}{others}; "
            "that cannot be checked here",
            severity="note" if by_spf or return_path == "" else "warning",
            field="delivery.dkim",
            hint="send a test to a mailbox of yours and look for dkim=pass and dmarc=pass in its "
            "Authentication-Results",
        )


def check_mail_hosts(resolver: Resolver, domain: str, what: str, field: str) -> Iterator[Problem]:
    """Check that a domain takes mail: replies and bounces come back to it.

    Args:
        what: the domain is of, such as `from`.
    """
    try:
        exchanges = resolver.lookup(domain, "MX")
        hosts = [each.split()[-1] for each in exchanges] or [domain]
        if "0 ." in exchanges:
            yield Problem(
                message=f"{domain} takes no mail (null MX), so that nobody can reply to {what}",
                field=field,
                hint="use an address that takes mail; Outlook.com requires it of bulk senders",
            )
            return
        missing = [
            each for each in hosts if not (resolver.lookup(each, "A") or resolver.lookup(each, "AAAA"))
        ]
    except LookupFailedError as error:
        yield unknown(f"MX of {domain}", error, field)
        return
    if not exchanges and missing:
        yield Problem(
            message=f"{domain} does not exist, or takes no mail: it has neither MX nor an address",
            field=field,
            hint=f"publish an MX record at {domain}; many servers refuse mail from a domain without one",
        )
    elif not exchanges:
        yield Problem(
            message=f"{domain} has no MX record, so that mail goes to its web server",
            severity="warning",
            field=field,
            hint=f"publish an MX record at {domain} that names the server for its mail",
        )
    elif missing:
        yield Problem(
            message=f"MX hosts of {domain} do not exist: {', '.join(missing)}",
            severity="error" if len(missing) == len(hosts) else "warning",
            field=field,
            hint=f"correct the MX records of {domain}, or publish addresses for these hosts",
        )
