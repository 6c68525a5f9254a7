"""Every rule of the linter, by its id."""

from __future__ import annotations

from ....model.findings import Rule
from . import atom, common, extensions, jsonfeed, rss

RULES: dict[str, Rule] = {
    name: Rule(id=name, severity="error" if kind == "E" else "warning", message=what, fix=how, source=whence)
    for table in (common.TABLE, rss.TABLE, atom.TABLE, extensions.TABLE, jsonfeed.TABLE)
    for name, kind, what, how, whence in table
}
"""Each id to its rule, in the order of the reference."""
