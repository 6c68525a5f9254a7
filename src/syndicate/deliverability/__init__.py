"""What receivers check before they accept mail: DNS records, TLS, unsubscribing. `syndicate check --dns`.

This is the only part that looks names up.
"""

from .deliverability_check import check_deliverability
from .dns_resolver import DnsResolver, LookupFailedError, Resolver
from .unsubscribe_check import UnsubscribeLink

__all__ = ["DnsResolver", "LookupFailedError", "Resolver", "UnsubscribeLink", "check_deliverability"]
