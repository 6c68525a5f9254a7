"""What the parts say to each other: frozen values, no I/O."""

from .article import Article
from .base import Frozen, jsonable
from .branding import Fonts, Palette, Pictures, Reader, Tracking
from .delivery import OPEN_STATES, Delivery, DeliveryState, Outcome, next_attempt
from .durations import Duration, format_duration, parse_duration
from .element import Element
from .feed import FORMATS, MEDIA_TYPES, Facet, Feed, Format, Selector, Traits
from .feed_metadata import FeedMetadata, Tombstone
from .localization import Variant, VariantKey, nearest
from .metadata import (
    Alternate,
    Attachment,
    Author,
    Comments,
    Image,
    InReplyTo,
    License,
    Location,
    SourceFeed,
    Tag,
)
from .newsletter import Digest, Edition, EditionKey, Mailbox, Missed, Newsletter, Shortened
from .podcast import Episode, Person, Podcast, Transcript
from .report import (
    AudienceReport,
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
    "Alternate",
    "Article",
    "Attachment",
    "AudienceReport",
    "Author",
    "Comments",
    "ComposeReport",
    "Consent",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Due",
    "Duration",
    "Edition",
    "EditionKey",
    "EditionStatus",
    "Element",
    "Episode",
    "Facet",
    "Feed",
    "FeedMetadata",
    "Fonts",
    "Format",
    "Frozen",
    "Image",
    "InReplyTo",
    "IngestReport",
    "License",
    "Location",
    "Mailbox",
    "Missed",
    "Newsletter",
    "Outcome",
    "Palette",
    "Person",
    "Pictures",
    "Podcast",
    "Problem",
    "PublishReport",
    "Reader",
    "Report",
    "Reports",
    "Run",
    "RunState",
    "ScheduleStatus",
    "Selector",
    "SendReport",
    "Severity",
    "Shortened",
    "SourceFeed",
    "Status",
    "Subscriber",
    "SubscriberState",
    "Tag",
    "Tombstone",
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
