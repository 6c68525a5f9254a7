"""Rules for unsubscribing: the headers of the message, and the links in both parts."""

from __future__ import annotations

RULES = (
    ("unsubscribe-header-missing", "E", "the message has no List-Unsubscribe header with an address",
     "add the header with an https and a mailto address", "RFC 2369, section 3.2; RFC 8058, section 3.1"),
    ("unsubscribe-header-encoded", "E", "List-Unsubscribe has an encoded word, which no mail program reads",
     "fold the header between its addresses, and encode nothing", "RFC 2047, section 5; RFC 2369, section 2"),
    ("unsubscribe-one-click", "W", "mail programs cannot unsubscribe with one click",
     "add the header List-Unsubscribe-Post: List-Unsubscribe=One-Click", "RFC 8058, section 3.1"),
    ("unsubscribe-link-missing-html", "E", "no link of the HTML part unsubscribes",
     "show slot.unsubscribe_url as a link in the theme", "Gmail and Yahoo, requirements for bulk senders"),
    ("unsubscribe-link-missing-text", "E", "the text part has no address that unsubscribes",
     "show the unsubscribe address in the text part", "Gmail and Yahoo, requirements for bulk senders"),
)  # fmt: skip
"""Id, E for error or W for warning, what is wrong, how to fix it, source."""
