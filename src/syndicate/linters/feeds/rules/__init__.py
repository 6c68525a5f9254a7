"""The rules of the feed linter, by id."""

from __future__ import annotations

from ....model.findings import Rule
from . import atom, common, extensions, jsonfeed, opml, rss, rss1

RULES: dict[str, Rule] = {
    rule_id: Rule(
        id=rule_id,
        severity="error" if severity == "E" else "warning",
        message=message,
        fix=fix,
        source=source,
    )
    for table in (
        *(common.TABLE, rss.TABLE, rss1.TABLE, atom.TABLE, extensions.TABLE, jsonfeed.TABLE, opml.TABLE),
    )
    for rule_id, severity, message, fix, source in table
}
"""Each rule, in the order of the reference."""
