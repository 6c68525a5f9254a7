"""Metadata of podcasts and their episodes: Apple's podcast tags and Podcasting 2.0."""

from .categories import CATEGORIES
from .channel import Podcast, Trailer, UpdateFrequency
from .credits import Person, Place
from .element import PodcastElement
from .episode import Episode, Live
from .links import Chat, ContentLink, Funding, RemoteItem, SocialInteract, Txt
from .media import AlternateEnclosure, Chapter, Integrity, MediaSource, PodcastImage, Soundbite, Transcript
from .payments import Value, ValueRecipient, ValueTimeSplit

__all__ = [
    "CATEGORIES",
    "AlternateEnclosure",
    "Chapter",
    "Chat",
    "ContentLink",
    "Episode",
    "Funding",
    "Integrity",
    "Live",
    "MediaSource",
    "Person",
    "Place",
    "Podcast",
    "PodcastElement",
    "PodcastImage",
    "RemoteItem",
    "SocialInteract",
    "Soundbite",
    "Trailer",
    "Transcript",
    "Txt",
    "UpdateFrequency",
    "Value",
    "ValueRecipient",
    "ValueTimeSplit",
]
