"""The published half of DKIM keys (RFC 6376, section 3.6.1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DkimRecord:
    """A published key.

    Attributes:
        key: in base64; empty if the key is revoked.
        hashes: accepted algorithms; empty for all.
        is_test: whether receivers are asked to ignore bad signatures.
        is_for_mail: whether the key may sign mail.
    """

    key_type: str
    key: str
    hashes: tuple[str, ...]
    is_test: bool
    is_for_mail: bool


def parse(text: str) -> DkimRecord | None:
    """Return the key of a TXT record, or None if it has none."""
    pairs = [each.partition("=") for each in text.split(";") if each.strip()]
    tags = {name.strip(): "".join(value.split()) for name, _, value in pairs}
    if "p" not in tags or tags.get("v", "DKIM1") != "DKIM1":
        return None
    services = tags.get("s", "*").split(":")
    return DkimRecord(
        key_type=tags.get("k", "rsa"),
        key=tags["p"],
        hashes=tuple(each for each in tags.get("h", "").split(":") if each),
        is_test="y" in tags.get("t", "").split(":"),
        is_for_mail=bool({"*", "email"} & {*services}),
    )
