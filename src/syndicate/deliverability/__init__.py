"""What receivers check before they accept mail: DNS records, TLS, unsubscribing. `syndicate check --dns`.

This is the only part that looks names up.
"""

from .deliverability_check import check_deliverability
from .dns_resolver import DnsResolver, LookupFailedError, Resolver

__all__ = ["DnsResolver", "LookupFailedError", "Resolver", "check_deliverability"]
