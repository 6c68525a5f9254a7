"""What the parts say to each other: frozen values, no I/O."""

from .article import Article
from .base import Frozen, jsonable
from .delivery import OPEN_STATES, Delivery, DeliveryState, Outcome, next_attempt
from .durations import Duration, format_duration, parse_duration
from .element import Element
from .feed import FORMATS, MEDIA_TYPES, Facet, Feed, Format, Selector, Traits
from .look import Fonts, Palette, Pictures, Reader, Tracking
from .newsletter import Digest, Edition, EditionKey, Mailbox, Missed, Newsletter, Shortened
from .parts import (
    Alternate,
    Attachment,
    Author,
    Discussion,
    Image,
    License,
    Location,
    Origin,
    Reply,
    Tag,
)
from .podcast import Episode, Person, Show, Transcript
from .report import (
    ComposeReport,
    Due,
    EditionStatus,
    IngestReport,
    Problem,
    PublishReport,
    Report,
    Reports,
    ScheduleStatus,
    SendReport,
    Severity,
    Status,
)
from .run import Run, RunState
from .subscriber import Consent, Subscriber, SubscriberState
from .variant import Variant, VariantKey, nearest

__all__ = [
    "FORMATS",
    "MEDIA_TYPES",
    "OPEN_STATES",
    "Alternate",
    "Article",
    "Attachment",
    "Author",
    "ComposeReport",
    "Consent",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Discussion",
    "Due",
    "Duration",
    "Edition",
    "EditionKey",
    "EditionStatus",
    "Element",
    "Episode",
    "Facet",
    "Feed",
    "Fonts",
    "Format",
    "Frozen",
    "Image",
    "IngestReport",
    "License",
    "Location",
    "Mailbox",
    "Missed",
    "Newsletter",
    "Origin",
    "Outcome",
    "Palette",
    "Person",
    "Pictures",
    "Problem",
    "PublishReport",
    "Reader",
    "Reply",
    "Report",
    "Reports",
    "Run",
    "RunState",
    "ScheduleStatus",
    "Selector",
    "SendReport",
    "Severity",
    "Shortened",
    "Show",
    "Status",
    "Subscriber",
    "SubscriberState",
    "Tag",
    "Tracking",
    "Traits",
    "Transcript",
    "Variant",
    "VariantKey",
    "format_duration",
    "jsonable",
    "nearest",
    "next_attempt",
    "parse_duration",
]
