"""Frozen values without I/O, which all other parts use."""

from .article import Article
from .article_metadata import (
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
from .base import Frozen, jsonable
from .branding import Fonts, ImageSettings, Palette, Tracking
from .custom_element import Element
from .delivery import OPEN_STATES, Delivery, DeliveryState, Outcome
from .durations import Duration, format_duration, parse_duration
from .feed import FORMATS, MEDIA_TYPES, Facet, Feed, FeedOptions, Format, Selector
from .feed_metadata import FeedMetadata, Tombstone
from .feed_state import ArticleChange, EntryRef, FeedQuery, FeedState, PublishedEntry
from .incoming_article import IdConflict, IncomingArticle, UpsertResult
from .locale import Locale
from .localization import Localization, LocalizationKey, nearest_localization
from .new_edition import NewEdition
from .newsletter import Digest, Edition, EditionSummary, Mailbox, Missed, Newsletter, Shortened
from .podcast import Episode, Person, Podcast, Transcript
from .report import (
    AudienceReport,
    ComposeReport,
    Due,
    EditionStatus,
    IngestReport,
    IngestReports,
    Problem,
    PublishReport,
    Report,
    ScheduleStatus,
    SendReport,
    Severity,
    Status,
    SubscribersReport,
)
from .retry_policy import RetryPolicy
from .run import Run, RunState
from .stored_article import StoredArticle
from .subscriber import (
    PROFILE_FIELDS,
    Consent,
    ImportedSubscriber,
    ImportResult,
    Profile,
    Refusal,
    Subscriber,
    SubscriberState,
)

__all__ = [
    "FORMATS",
    "MEDIA_TYPES",
    "OPEN_STATES",
    "PROFILE_FIELDS",
    "Alternate",
    "Article",
    "ArticleChange",
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
    "EditionStatus",
    "EditionSummary",
    "Element",
    "EntryRef",
    "Episode",
    "Facet",
    "Feed",
    "FeedMetadata",
    "FeedOptions",
    "FeedQuery",
    "FeedState",
    "Fonts",
    "Format",
    "Frozen",
    "IdConflict",
    "Image",
    "ImageSettings",
    "ImportResult",
    "ImportedSubscriber",
    "InReplyTo",
    "IncomingArticle",
    "IngestReport",
    "IngestReports",
    "License",
    "Locale",
    "Localization",
    "LocalizationKey",
    "Location",
    "Mailbox",
    "Missed",
    "NewEdition",
    "Newsletter",
    "Outcome",
    "Palette",
    "Person",
    "Podcast",
    "Problem",
    "Profile",
    "PublishReport",
    "PublishedEntry",
    "Refusal",
    "Report",
    "RetryPolicy",
    "Run",
    "RunState",
    "ScheduleStatus",
    "Selector",
    "SendReport",
    "Severity",
    "Shortened",
    "SourceFeed",
    "Status",
    "StoredArticle",
    "Subscriber",
    "SubscriberState",
    "SubscribersReport",
    "Tag",
    "Tombstone",
    "Tracking",
    "Transcript",
    "UpsertResult",
    "format_duration",
    "jsonable",
    "nearest_localization",
    "parse_duration",
]
