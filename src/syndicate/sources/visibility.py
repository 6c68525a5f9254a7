"""Whether a record is public: drafts, scheduled and private posts, posts for members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .field_names import normalize_name

_YES = frozenset({"true", "yes", "on", "1", "y"})
_NO = frozenset({"false", "no", "off", "0", "n"})

# Each name as `normalize_name` returns it.
_PUBLIC_FLAGS = frozenset(
    {"published", "ispublished", "publish", "public", "ispublic", "visible", "isvisible", "listed"}
)
_HIDDEN_FLAGS = frozenset(
    {
        *("draft", "isdraft", "drafts", "hidden", "ishidden", "unlisted", "private", "isprivate"),
        *("membersonly", "subscribersonly", "deleted", "isdeleted", "trashed", "excludefromfeed"),
        *("eleventyexcludefromcollections", "headless"),
    }
)
_STATES = frozenset({"status", "poststatus", "state", "publishstatus", "publicationstatus", "workflowstate"})
_AUDIENCES = frozenset({"visibility", "audience", "access"})
# Hugo: `build: { list: never }`.
_BUILD = "build"

VISIBILITY_NAMES = _PUBLIC_FLAGS | _HIDDEN_FLAGS | _STATES | _AUDIENCES | {_BUILD}
"""The names of fields that say whether a record is public, as `normalize_name` returns them."""

_DRAFT_STATES = frozenset(
    {
        *("draft", "drafts", "autodraft", "wip", "workinprogress", "inprogress", "review", "inreview"),
        *("pending", "pendingreview", "inherit", "unpublished", "notpublished", "idea"),
    }
)
_HIDDEN_STATES = frozenset(
    {"private", "trash", "trashed", "deleted", "archived", "hidden", "unlisted", "skip"}
)
_WAITING_STATES = frozenset({"scheduled", "future"})
_RESTRICTED = frozenset(
    {
        *(
            "members",
            "membersonly",
            "paid",
            "paidmembers",
            "paidmembersonly",
            "onlypaid",
            "onlyfree",
            "founding",
        ),
        *("tiers", "subscribers", "subscribersonly", "premium", "private", "password", "protected"),
        *("hidden", "unlisted", "internal", "restricted", "draft", "none", "nobody"),
    }
)


class HiddenBy(NamedTuple):
    """Why a record is not public: the field that says so, and a message."""

    field: str
    message: str


def read_flag(value: Any) -> bool | None:
    """Return what a yes or a no in any spelling means; None for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | str):
        word = str(value).strip().casefold()
        return True if word in _YES else False if word in _NO else None
    return None


def find_hidden(fields: Mapping[str, Any], *, has_date: bool) -> HiddenBy | None:
    """Return the field that says that a record is not public; None if it is public.

    Args:
        fields: of the record.
        has_date: whether it has a publication date, for which a scheduled record waits.
    """
    for own_name, value in fields.items():
        name = normalize_name(own_name)
        if name not in VISIBILITY_NAMES or value is None:
            continue
        if name in _HIDDEN_FLAGS:
            hidden = read_flag(value) is True
        elif name in _PUBLIC_FLAGS:
            hidden = read_flag(value) is False or normalize_name(value) in _DRAFT_STATES
        elif name in _STATES:
            state = normalize_name(value)
            if state in _WAITING_STATES and not has_date:
                return HiddenBy(own_name, "scheduled without a date, left out")
            hidden = state in _DRAFT_STATES or state in _HIDDEN_STATES
        elif name == _BUILD:
            listing = value.get("list") if isinstance(value, Mapping) else None
            hidden = read_flag(listing) is False or listing == "never"
        else:
            hidden = normalize_name(value) in _RESTRICTED
        if hidden:
            return HiddenBy(own_name, _describe(name, own_name, value))
    return None


def _describe(name: str, own_name: str, value: Any) -> str:
    word = normalize_name(value)
    is_draft = name in ("draft", "isdraft", "drafts") or word in _DRAFT_STATES
    if is_draft or name in _PUBLIC_FLAGS:
        return "a draft, left out"
    return f"not public, left out: {own_name} is {str(value).lower():.40}"
