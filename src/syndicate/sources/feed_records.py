"""The record of an entry of a feed, with the id that it has for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..errors import Where
from ..model.article_identity import identity, is_uri
from ..text.summary import summarize
from .source import RawRecord

# Ids are made from texts of this length: another length would change them.
_DISTINCTIVE_LENGTH = 80

NO_FEED_HINT = "use the URL of a feed, not of a page"


def feed_record(
    fields: Mapping[str, Any],
    own_id: str,
    *,
    title: str,
    body: str,
    date: str | None,
    scope: str,
    where: Where,
) -> RawRecord:
    """Return the record of an entry.

    An id that is a URI is kept. Any other id is unique only within its feed; a globally unique one is made
    from it. An entry without an id is identified by its link, or else by its date and its title, or the
    beginning of its text.

    Args:
        own_id: as the feed has it; empty if it has none.
        title: for the id; empty if it has none.
        body: its text or HTML.
        date: of publication, as the feed has it.
        scope: what identifies the feed in ids that are made.
        where: the place of the entry; gets its id.
    """
    present = {name: value for name, value in fields.items() if value}
    if own_id:
        key = present["id"] = own_id if is_uri(own_id) else identity(scope, own_id)
    elif present.get("link"):
        key = str(present["link"])
    else:
        key = identity(scope, f"{title or summarize(body, _DISTINCTIVE_LENGTH)}\n{date}")
    return RawRecord(present, replace(where, id=own_id) if own_id else where, key)
