"""Checks what receivers demand of the newsletters of a config, by the DNS, the relays and the web pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from ..config import NewsletterSettings, Settings
from ..mail import DkimKey, wire_address
from ..model import Problem, Report
from .address_checks import check_address
from .dns_resolver import Resolver
from .domain_checks import check_dkim, check_dmarc, check_mail_hosts, check_spf
from .relay_checks import changes_signed_headers, check_tls, has_own_return_path
from .unsubscribe_check import UnsubscribeLink, check_one_click


def check_deliverability(
    settings: Settings,
    base: Path,
    resolver: Resolver,
    *,
    keys: Sequence[DkimKey],
    return_path: Callable[[NewsletterSettings], str],
    test_link: Callable[[NewsletterSettings, str], UnsubscribeLink],
    now: datetime,
) -> Report:
    """Return what receivers would find wrong. Nothing is written or sent.

    Args:
        base: the folder of the config.
        keys: those that sign messages.
        return_path: returns the domain of the envelope sender of a newsletter.
        test_link: returns an unsubscribe link that unsubscribes nobody, of a newsletter and below a URL.
        now: UTC.
    """
    problems = [
        *_check_newsletters(settings, resolver, keys, return_path),
        *_check_keys(settings, resolver, keys),
        *_check_addresses(settings, resolver),
        *_check_relays(settings, base, now),
        *_check_links(settings, test_link),
    ]
    return Report(problems=tuple(_without_repetition(problems)))


def _without_repetition(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield each problem for the first of the fields that it concerns."""
    seen = set()
    for each in problems:
        if (each.message, each.hint) not in seen:
            seen.add((each.message, each.hint))
            yield each


def _check_newsletters(
    settings: Settings,
    resolver: Resolver,
    keys: Sequence[DkimKey],
    return_path: Callable[[NewsletterSettings], str],
) -> Iterator[Problem]:
    addresses = [ip_address(each) for each in settings.delivery.addresses]
    replaced = all(has_own_return_path(each.transport) for each in settings.delivery.relays)
    for newsletter in settings.newsletter:
        field = f"newsletter.{newsletter.name}.from"
        domain, envelope = _domain(newsletter.sender.email), return_path(newsletter)
        if not replaced:
            yield from check_spf(resolver, envelope, addresses, field)
        yield from check_dmarc(
            resolver, domain, keys=keys, return_path="" if replaced else envelope, field=field
        )
        yield from check_mail_hosts(resolver, domain, "from", field)
        if newsletter.reply_to:
            field = f"newsletter.{newsletter.name}.reply_to"
            yield from check_mail_hosts(resolver, _domain(newsletter.reply_to.email), "reply_to", field)
        if envelope != domain:
            yield from check_mail_hosts(resolver, envelope, "the return path", "bounces")


def _domain(address: str) -> str:
    return wire_address(address).rpartition("@")[2].lower()


def _check_keys(settings: Settings, resolver: Resolver, keys: Sequence[DkimKey]) -> Iterator[Problem]:
    for number, key in enumerate(keys, 1):
        yield from check_dkim(resolver, key, f"delivery.dkim.{number}")
    if keys and all(key.key_type == "ed25519" for key in keys):
        yield Problem(
            message="all DKIM keys are Ed25519, which Gmail and Outlook.com do not verify",
            field="delivery.dkim",
            hint="add a [[delivery.dkim]] table with an RSA key of 2048 bits",
        )
    if keys and any(changes_signed_headers(each.transport) for each in settings.delivery.relays):
        yield Problem(
            message="a relay replaces Message-ID, which the DKIM keys sign: the signatures break "
            "(Amazon SES and Postmark do so)",
            severity="warning",
            field="delivery.dkim",
            hint="turn on DKIM at the provider, and remove [[delivery.dkim]]",
        )


def _check_addresses(settings: Settings, resolver: Resolver) -> Iterator[Problem]:
    relays = settings.delivery.relays
    if settings.delivery.addresses:
        for each in settings.delivery.addresses:
            yield from check_address(resolver, ip_address(each), "delivery.addresses")
    elif not all(has_own_return_path(each.transport) for each in relays):
        yield Problem(
            message="SPF and PTR were not checked for the addresses that mail is sent from: "
            "they are not known",
            severity="note",
            field="delivery.addresses",
            hint='write them as addresses = ["192.0.2.1"] in [delivery], if the relay is yours',
        )


def _check_relays(settings: Settings, base: Path, now: datetime) -> Iterator[Problem]:
    for each in settings.delivery.relays:
        name = f"delivery.relay.{each.name}" if settings.delivery.relay else "delivery"
        yield from check_tls(each.transport, base, now=now, field=f"{name}.transport")


def _check_links(
    settings: Settings,
    test_link: Callable[[NewsletterSettings, str], UnsubscribeLink],
) -> Iterator[Problem]:
    if not settings.newsletter:
        return
    if settings.web is None:
        yield Problem(
            message="subscribers cannot unsubscribe with one click: the config has no [web]; "
            "Gmail requires it of bulk senders, and Yahoo recommends it",
            field="web",
            hint="add a [web] table with base_url, and run the daemon",
        )
        return
    # The pages are the same for all newsletters.
    link = test_link(settings.newsletter[0], settings.web.base_url)
    yield from check_one_click(link, field="web.base_url")
