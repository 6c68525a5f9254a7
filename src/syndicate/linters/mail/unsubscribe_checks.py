"""Unsubscribing: the headers of the message, and the links in both parts."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import compat32

from ...model.findings import FindingCollector
from .html_tree import Page

_ONE_CLICK = "List-Unsubscribe=One-Click"


def check_unsubscribing(findings: FindingCollector, data: bytes, page: Page, text: str) -> None:
    """Check that the headers and both parts of a message offer to unsubscribe, with the same addresses.

    Args:
        findings: gets what is wrong.
        data: the message.
        page: its parsed HTML part.
        text: its text part.
    """
    message = message_from_bytes(data, policy=compat32)
    header = str(message.get("List-Unsubscribe") or "")
    if "=?" in header:
        findings.add("unsubscribe-header-encoded", "message", snippet=header)
        return
    addresses = re.findall(r"<([^<>]+)>", re.sub(r"\s", "", header))
    if not addresses:
        findings.add("unsubscribe-header-missing", "message", snippet=header)
        return
    post = " ".join(str(message.get("List-Unsubscribe-Post") or "").split())
    if any(address.startswith("https:") for address in addresses) and post != _ONE_CLICK:
        findings.add("unsubscribe-one-click", "message", post)
    links = {
        (element.get("href") or "").strip()
        for element in page.elements
        if element.tag == "a" and page.text(element).strip()
    }
    if links.isdisjoint(addresses):
        findings.add("unsubscribe-link-missing-html", "html")
    if not any(address in text for address in addresses):
        findings.add("unsubscribe-link-missing-text", "text")
