"""The files that an import understands: our own, and the exports of other products. Only data.

To add a product, add a `FileFormat` to `FORMATS`. Column names are in lower case. What a product exports is
taken from its documentation or from code that reads its exports; `source` says from which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..model import PROFILE_FIELDS

COLUMNS = (
    "email",
    *PROFILE_FIELDS,
    "newsletters",
    "state",
    "unsubscribed",
    "tags",
    "consent_at",
    "consent_how",
    "consent_text",
    "consent_ip",
    "consent_note",
)
"""The columns of our own CSV files. An import needs only `email`.

`newsletters` and `unsubscribed` are names separated by spaces; a name with a space is quoted. `tags` are
separated by commas.
"""

REMOVED = "removed"
"""The state, in an export, of an address whose subscriber was removed."""

HASH_PREFIX = "hmac-sha256:"
"""How the cell `email` of a removed address begins; the id of the key and the hash follow."""

EMAIL_COLUMNS = (
    "email",
    "email address",
    "email_address",
    "e-mail",
    "e-mail address",
    "emailaddress",
    "mail",
)
"""The names of a column with addresses."""

STATES: Mapping[str, str] = {
    "": "",
    **dict.fromkeys(("confirmed", "subscribed", "active", "enabled", "regular", "premium"), ""),
    **dict.fromkeys(("pending", "unconfirmed", "unactivated", "nonsubscribed", "non-subscribed"), "pending"),
    **dict.fromkeys(("unsubscribed", "cancelled", "canceled", "opted out", "opt-out"), "unsubscribed"),
    **dict.fromkeys(("bounced", "bounce", "cleaned", "undeliverable", "invalid", "hard bounced"), "bounce"),
    **dict.fromkeys(("complained", "complaint", "spam", "spam complaint"), "complaint"),
    **dict.fromkeys(("suppressed", "blocklisted", "blacklisted", "blocked"), "suppressed"),
    REMOVED: REMOVED,
    "deleted": REMOVED,
}
"""What the words of all products mean: "" for a confirmed subscriber, `pending`, or a `NoMailReason`.

A word that is missing here is never taken for consent: the row is rejected.
"""

_YES_IS_MAILED = {
    "true": "",
    "1": "",
    "yes": "",
    "": "",
    "false": "unsubscribed",
    "0": "unsubscribed",
    "no": "unsubscribed",
}
YES_IS_NOT_MAILED = {
    "false": "",
    "0": "",
    "no": "",
    "": "",
    "true": "unsubscribed",
    "1": "unsubscribed",
    "yes": "unsubscribed",
}


@dataclass(frozen=True)
class FileFormat:
    """The columns of one product's files.

    Attributes:
        name: for `--from`.
        title: of the product.
        warning: what an import of a file does not see.
        known_by: a file is of this product if it has all columns of one of these sets.
        columns: the product's column names, best first, by our name. `first_name` and `last_name` are joined.
        states: for each column that says whether a subscriber gets mail: what its words mean.
        no_mail_dates: columns with the date of an unsubscription or bounce. A date in the cell means that the
            address gets no mail.
        no_mail_columns: a file that has the column at all lists only addresses that get no mail.
        source: where the columns are documented.
    """

    name: str
    title: str
    known_by: Sequence[frozenset[str]]
    columns: Mapping[str, Sequence[str]]
    states: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    no_mail_dates: Mapping[str, str] = field(default_factory=dict)
    no_mail_columns: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    warning: str = ""


IMPORT_STATE = "import_state"
"""A column that every format reads, with words of `STATES`; the file of `--rejects` has it."""

SEVERITY: Sequence[str] = ("complaint", "suppressed", "removed", "unsubscribed", "bounce", "pending", "")
"""The worst meaning first. A bounce can be undone without the owner of the address."""

NO_MAIL_FILE_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("unsubscribed", "unsubscribe", "unsubscribes", "unsubscribers"), "unsubscribed"),
    **dict.fromkeys(
        ("unsubscriptions", "unsubs", "unsub", "not subscribed", "un subscribed"), "unsubscribed"
    ),
    **dict.fromkeys(("optout", "optouts", "opt out", "opt outs", "opted out"), "unsubscribed"),
    **dict.fromkeys(("cancelled", "canceled"), "unsubscribed"),
    **dict.fromkeys(("nonsubscribed", "non subscribed", "unconfirmed"), "pending"),
    **dict.fromkeys(("cleaned", "bounced", "bounces", "undeliverable"), "bounce"),
    **dict.fromkeys(("complained", "complaint", "complaints", "complainers"), "complaint"),
    **dict.fromkeys(("suppressed", "suppression", "suppressions", "blocked"), "suppressed"),
    **dict.fromkeys(("blocklist", "blocklisted", "blacklist", "blacklisted"), "suppressed"),
    **dict.fromkeys(("block list", "black list", "do not mail", "do not email", "dnc"), "suppressed"),
}
"""What a file lists whose name has one of these words."""

OTHER_FILE_NAMES = ("subscribed", "active", "confirmed", "without", "except", "excluding", "not", "no", "non")
"""If the name of a file has one of these words too, it does not say what the file lists."""


def _known(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(names.split(",")) for names in sets)


# Mailchimp's files of unsubscribed and cleaned addresses have these columns. No other file has, so they count
# in every CSV file.
_MAILCHIMP_NO_MAIL = {"unsub_time": "unsubscribed", "clean_time": "bounce"}

CSV = FileFormat(
    name="csv",
    title="CSV",
    known_by=(),
    columns={
        **{name: (name,) for name in COLUMNS if name != "state"},
        "email": EMAIL_COLUMNS,
        "name": ("name", "full name"),
        "first_name": ("first_name", "first name"),
        "last_name": ("last_name", "last name"),
        "timezone": ("timezone", "time zone"),
    },
    states=dict.fromkeys(
        ("state", "status", "subscription status", "subscription_status", "email status"), STATES
    ),
    no_mail_dates={
        **dict.fromkeys(
            ("unsubscribed_at", "unsubscribed at", "unsubscribe date", "unsubscribe_date"), "unsubscribed"
        ),
        **_MAILCHIMP_NO_MAIL,
    },
    no_mail_columns=_MAILCHIMP_NO_MAIL,
    source="docs/how-to/subscribers.md",
)

PLAIN = FileFormat(name="plain", title="plain list", known_by=(), columns={"email": ("email",)})

FORMATS: Sequence[FileFormat] = (
    FileFormat(
        name="mailchimp",
        title="Mailchimp",
        known_by=_known("member_rating,optin_time", "leid,euid", "unsub_time", "clean_time"),
        columns={
            "email": ("email address", "email"),
            "name": ("name", "full name"),
            "first_name": ("first name",),
            "last_name": ("last name",),
            "language": ("language",),
            "timezone": ("timezone",),
            "tags": ("tags",),
            "consent_at": ("confirm_time", "optin_time"),
            "consent_ip": ("confirm_ip", "optin_ip"),
            "consent_text": ("source",),
        },
        states={"status": STATES},
        no_mail_dates=_MAILCHIMP_NO_MAIL,
        no_mail_columns=_MAILCHIMP_NO_MAIL,
        source="https://github.com/TryGhost/migrate: packages/mg-mailchimp-members, its test files",
    ),
    FileFormat(
        name="substack",
        title="Substack",
        known_by=_known("active_subscription,email_disabled", "email_disabled,created_at"),
        columns={"email": ("email",), "name": ("name",), "consent_at": ("created_at",)},
        states={"email_disabled": YES_IS_NOT_MAILED},
        source="https://github.com/TryGhost/migrate: packages/mg-substack-members-csv",
    ),
    FileFormat(
        name="ghost",
        title="Ghost",
        known_by=_known("subscribed_to_emails"),
        columns={
            "email": ("email",),
            "name": ("name",),
            "tags": ("labels",),
            "consent_at": ("created_at",),
        },
        states={"subscribed_to_emails": _YES_IS_MAILED},
        no_mail_dates={"deleted_at": REMOVED},
        source="https://github.com/TryGhost/Ghost: ghost/members-csv, the columns of the export",
    ),
    FileFormat(
        name="listmonk",
        title="listmonk",
        known_by=_known("uuid,email,attributes,status"),
        columns={"email": ("email",), "name": ("name",), "consent_at": ("created_at",)},
        # A disabled subscriber gets no mail until an operator enables them.
        states={"status": {**STATES, "disabled": "pending"}},
        warning="an export of listmonk does not say who has unsubscribed from a list; export the "
        "unsubscribed of the list too, name that file unsubscribed.csv, and import it",
        source="https://github.com/knadh/listmonk: cmd/subscribers.go, the header of the export",
    ),
    FileFormat(
        name="beehiiv",
        title="beehiiv",
        known_by=_known("email,status,tier", "email,status,utm_source", "email,status,unsubscribed_at"),
        columns={
            "email": ("email",),
            "name": ("name",),
            "first_name": ("first name", "first_name"),
            "last_name": ("last name", "last_name"),
            "tags": ("tags",),
            "consent_at": ("created_at", "subscribed_at"),
            "consent_text": ("referring_site", "acquisition_source", "utm_source"),
        },
        states={
            "status": {
                **STATES,
                "inactive": "unsubscribed",
                "validating": "pending",
                "needs_attention": "pending",
            }
        },
        no_mail_dates={"unsubscribed_at": "unsubscribed"},
        source="https://github.com/TryGhost/migrate: packages/mg-beehiiv-members; "
        "https://www.beehiiv.com/support/article/12428610562327: unsubscribed ones are inactive",
    ),
    FileFormat(
        name="buttondown",
        title="Buttondown",
        known_by=_known(
            "email_address,type",
            "email_address,creation_date",
            "email,creation_date",
            "email,subscriber_type",
        ),
        columns={
            "email": ("email_address", "email"),
            "name": ("name", "metadata.name"),
            "tags": ("tags",),
            "consent_at": ("creation_date", "created_at"),
            "consent_ip": ("ip_address",),
            "consent_text": ("referrer_url", "source"),
        },
        states={
            name: {
                **STATES,
                **dict.fromkeys(("gifted", "trialed", "paused", "past_due", "churned", "churning"), ""),
                **dict.fromkeys(("unpaid", "upcoming", "spammy"), "pending"),
            }
            for name in ("type", "subscriber_type")
        },
        no_mail_dates={"unsubscription_date": "unsubscribed", "undeliverability_date": "bounce"},
        source="https://github.com/buttondown/openapi: Subscriber and SubscriberType",
    ),
    FileFormat(
        name="kit",
        title="Kit",
        known_by=_known(
            "email,first_name,created_at,status",
            "email,first_name,created_at,state",
            "email_address,first_name,created_at,state",
        ),
        columns={
            "email": ("email", "email_address"),
            "first_name": ("first_name",),
            "last_name": ("last_name",),
            "tags": ("tags",),
            "consent_at": ("created_at",),
            "consent_text": ("referrer",),
        },
        # Inactive ones have not confirmed; cold ones only have not opened mail for a while.
        states={name: {**STATES, "inactive": "pending", "cold": ""} for name in ("status", "state")},
        source="https://developers.kit.com/api-reference/subscribers/list-subscribers: the fields and states",
    ),
    CSV,
    PLAIN,
)
"""All formats, in the order in which they are recognised."""

NAMES = tuple(each.name for each in FORMATS)
"""The names for `--from`, apart from `auto`."""
