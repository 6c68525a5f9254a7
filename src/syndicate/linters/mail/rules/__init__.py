"""Every rule of the mail linter, by its id."""

from __future__ import annotations

from ....model.findings import Rule
from . import appearance as looks
from . import clients, message, structure
from . import part_comparison as parts

RULES: dict[str, Rule] = {
    name: Rule(id=name, severity="error" if kind == "E" else "warning", message=what, fix=how, source=whence)
    for table in (parts.TABLE, message.TABLE, structure.TABLE, looks.TABLE, clients.TABLE)
    for name, kind, what, how, whence in table
}
"""Each id to its rule, in the order of the reference."""
