"""All rules of the mail linter by id."""

from __future__ import annotations

from ....model.findings import Rule
from . import appearance, clients, message, part_comparison, structure, unsubscribing

RULES: dict[str, Rule] = {
    name: Rule(id=name, severity="error" if kind == "E" else "warning", message=wrong, fix=fix, source=source)
    for module in (part_comparison, message, unsubscribing, structure, appearance, clients)
    for name, kind, wrong, fix, source in module.RULES
}
"""Rules by id, in the order of the reference."""
