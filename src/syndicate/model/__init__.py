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
from .bounce import Bounce, BounceKind, Refusal, Verdict
from .branding import Fonts, ImageSettings, Palette, Tracking
from .custom_element import Element
from .delivery import OPEN_STATES, Delivery, DeliveryState, Outcome
from .delivery_policy import RefusalPolicy, SmtpTimeouts
from .durations import Duration, format_duration, parse_duration
from .explanation import ExplainedFeed, ExplainedField, Explanation
from .feed import FORMATS, MEDIA_TYPES, Facet, Feed, FeedOptions, Format, Selector
from .feed_metadata import FeedMetadata, Tombstone
from .feed_state import ArticleChange, EntryRef, FeedQuery, FeedState, PublishedEntry
from .file_state import FileState
from .held_change import HeldChange
from .incoming_article import IdConflict, IncomingArticle, UpsertResult
from .locale import Locale
from .localization import Localization, LocalizationKey, nearest_localization
from .new_edition import NewEdition
from .newsletter import Digest, Edition, EditionSummary, Mailbox, Missed, Newsletter, Shortened
from .podcast import Episode, Person, Podcast, Transcript
from .quiet_hours import QuietHours, QuietHoursField, parse_quiet_hours
from .rates import Rate, RateField, parse_rate
from .report import (
    AudienceReport,
    BouncesReport,
    BounceStatus,
    ComposeReport,
    DnsRecord,
    Due,
    EditionStatus,
    IngestReport,
    IngestReports,
    Problem,
    PublishReport,
    ReinstateReport,
    Report,
    RetryReport,
    ScheduleStatus,
    SendReport,
    Severity,
    Status,
    SubscribersReport,
    Waiting,
)
from .retry_policy import RetryPolicy
from .run import Run, RunState
from .segment import Segment, SubscriberFilter
from .stored_article import StoredArticle
from .subscriber import (
    PROFILE_FIELDS,
    Consent,
    ImportedSubscriber,
    ImportResult,
    NoMailReason,
    Profile,
    Subscriber,
    SubscriberState,
)
from .subscriber_record import DeliveryRecord, SubscriberRecord, SubscriptionRecord, SuppressionRecord
from .warm_up import WarmUpRamp

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
    "Bounce",
    "BounceKind",
    "BounceStatus",
    "BouncesReport",
    "Comments",
    "ComposeReport",
    "Consent",
    "Delivery",
    "DeliveryRecord",
    "DeliveryState",
    "Digest",
    "DnsRecord",
    "Due",
    "Duration",
    "Edition",
    "EditionStatus",
    "EditionSummary",
    "Element",
    "EntryRef",
    "Episode",
    "ExplainedFeed",
    "ExplainedField",
    "Explanation",
    "Facet",
    "Feed",
    "FeedMetadata",
    "FeedOptions",
    "FeedQuery",
    "FeedState",
    "FileState",
    "Fonts",
    "Format",
    "Frozen",
    "HeldChange",
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
    "NoMailReason",
    "Outcome",
    "Palette",
    "Person",
    "Podcast",
    "Problem",
    "Profile",
    "PublishReport",
    "PublishedEntry",
    "QuietHours",
    "QuietHoursField",
    "Rate",
    "RateField",
    "Refusal",
    "RefusalPolicy",
    "ReinstateReport",
    "Report",
    "RetryPolicy",
    "RetryReport",
    "Run",
    "RunState",
    "ScheduleStatus",
    "Segment",
    "Selector",
    "SendReport",
    "Severity",
    "Shortened",
    "SmtpTimeouts",
    "SourceFeed",
    "Status",
    "StoredArticle",
    "Subscriber",
    "SubscriberFilter",
    "SubscriberRecord",
    "SubscriberState",
    "SubscribersReport",
    "SubscriptionRecord",
    "SuppressionRecord",
    "Tag",
    "Tombstone",
    "Tracking",
    "Transcript",
    "UpsertResult",
    "Verdict",
    "Waiting",
    "WarmUpRamp",
    "format_duration",
    "jsonable",
    "nearest_localization",
    "parse_duration",
    "parse_quiet_hours",
    "parse_rate",
]
