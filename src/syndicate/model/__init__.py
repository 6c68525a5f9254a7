"""What the parts say to each other: frozen values, no I/O."""

from .article import Article, Attachment, Author, Image, License, Tag
from .base import Frozen, jsonable
from .delivery import OPEN_STATES, Delivery, DeliveryState, Outcome, next_attempt
from .durations import Duration, format_duration, parse_duration
from .feed import FORMATS, MEDIA_TYPES, Facet, Feed, Format, Selector
from .newsletter import Digest, Edition, Mailbox, Missed, Newsletter
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

__all__ = [
    "FORMATS",
    "MEDIA_TYPES",
    "OPEN_STATES",
    "Article",
    "Attachment",
    "Author",
    "ComposeReport",
    "Consent",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Due",
    "Duration",
    "Edition",
    "EditionStatus",
    "Facet",
    "Feed",
    "Format",
    "Frozen",
    "Image",
    "IngestReport",
    "License",
    "Mailbox",
    "Missed",
    "Newsletter",
    "Outcome",
    "Problem",
    "PublishReport",
    "Report",
    "Reports",
    "Run",
    "RunState",
    "ScheduleStatus",
    "Selector",
    "SendReport",
    "Severity",
    "Status",
    "Subscriber",
    "SubscriberState",
    "Tag",
    "format_duration",
    "jsonable",
    "next_attempt",
    "parse_duration",
]
