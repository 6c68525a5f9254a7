"""What platforms demand of a feed beyond its format: a profile for each."""

from __future__ import annotations

from ...model.findings import FindingCollector, Rule

PROFILE_RULES: dict[str, Rule] = {}
PROFILES: dict[str, str] = {}


def check_profile(findings: FindingCollector, profile: str, document: bytes, format_name: str) -> None:
    pass
