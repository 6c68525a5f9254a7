"""Metadata of podcasts and their episodes: Apple's podcast tags and Podcasting 2.0."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field, field_validator

from .article_metadata import Author
from .base import Frozen, Language, MediaType, NonEmptyLine, SingleLine, Url

CATEGORIES: dict[str, tuple[str, ...]] = {
    "Arts": ("Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"),
    "Business": ("Careers", "Entrepreneurship", "Investing", "Management", "Marketing", "Non-Profit"),
    "Comedy": ("Comedy Interviews", "Improv", "Stand-Up"),
    "Education": ("Courses", "How To", "Language Learning", "Self-Improvement"),
    "Fiction": ("Comedy Fiction", "Drama", "Science Fiction"),
    "Government": (),
    "History": (),
    "Health & Fitness": (
        *("Alternative Health", "Fitness", "Medicine"),
        *("Mental Health", "Nutrition", "Sexuality"),
    ),
    "Kids & Family": ("Education for Kids", "Parenting", "Pets & Animals", "Stories for Kids"),
    "Leisure": (
        *("Animation & Manga", "Automotive", "Aviation", "Crafts"),
        *("Games", "Hobbies", "Home & Garden", "Video Games"),
    ),
    "Music": ("Music Commentary", "Music History", "Music Interviews"),
    "News": (
        *("Business News", "Daily News", "Entertainment News", "News Commentary"),
        *("Politics", "Sports News", "Tech News"),
    ),
    "Religion & Spirituality": (
        *("Buddhism", "Christianity", "Hinduism", "Islam"),
        *("Judaism", "Religion", "Spirituality"),
    ),
    "Science": (
        *("Astronomy", "Chemistry", "Earth Sciences", "Life Sciences", "Mathematics"),
        *("Natural Sciences", "Nature", "Physics", "Social Sciences"),
    ),
    "Society & Culture": (
        "Documentary",
        *("Personal Journals", "Philosophy", "Places & Travel", "Relationships"),
    ),
    "Sports": (
        *("Baseball", "Basketball", "Cricket", "Fantasy Sports", "Football", "Golf", "Hockey"),
        *("Rugby", "Running", "Soccer", "Swimming", "Tennis", "Volleyball", "Wilderness", "Wrestling"),
    ),
    "Technology": (),
    "True Crime": (),
    "TV & Film": ("After Shows", "Film History", "Film Interviews", "Film Reviews", "TV Reviews"),
}
"""The current categories of Apple Podcasts with their subcategories (podcasters.apple.com, article 1691)."""


class Transcript(Frozen):
    """The transcript of an episode (Podcasting 2.0, `podcast:transcript`)."""

    url: Url
    media_type: MediaType
    language: Language | None = None
    captions: bool = Field(
        default=False, description="whether it has times, so that it can be shown as captions"
    )


class Person(Frozen):
    """A person in an episode (Podcasting 2.0, `podcast:person`). Roles come from the Podcast Taxonomy."""

    name: NonEmptyLine
    role: NonEmptyLine | None = None
    group: NonEmptyLine | None = None
    url: Url | None = None
    image: Url | None = None


class Episode(Frozen):
    """The metadata of an episode. Its audio is the first attachment of the article.

    Attributes:
        number: of the episode within its season, from 1.
        season: from 1.
        kind: `trailer` and `bonus` belong to a season or an episode.
        explicit: whether it is unsuitable for children; None means the same as the podcast.
        chapters: the URL of the chapters as JSON.
        persons: hosts and guests.
    """

    number: int | None = Field(default=None, ge=1)
    season: int | None = Field(default=None, ge=1)
    kind: Literal["full", "trailer", "bonus"] | None = None
    explicit: bool | None = None
    transcripts: tuple[Transcript, ...] = ()
    chapters: Url | None = None
    persons: tuple[Person, ...] = ()


class Podcast(Frozen):
    """The metadata of a podcast. The RSS of its feed has Apple's and Podcasting 2.0's elements.

    Attributes:
        categories: from Apple's list; `Arts > Books` for a subcategory.
        explicit: whether it is unsuitable for children.
        author: the author of the feed if absent.
        owner: the contact for podcast directories; needs an email.
        kind: players show an `episodic` podcast from the newest episode, a `serial` one from the first.
        image: square, 1400 to 3000 pixels; the image of the feed if absent.
        locked: whether other platforms must not import it.
        guid: permanent; computed from the URL of the RSS if absent (Podcasting 2.0, `podcast:guid`).
        funding: a web page where listeners can pay.
        funding_text: the text of the link to it.
        complete: whether there will be no more episodes.
    """

    categories: tuple[NonEmptyLine, ...] = ()
    explicit: bool = False
    author: NonEmptyLine | None = None
    owner: Author | None = None
    kind: Literal["episodic", "serial"] | None = None
    image: Url | None = None
    locked: bool | None = None
    guid: UUID | None = None
    funding: Url | None = None
    funding_text: SingleLine = "Support the show"
    medium: Literal["podcast", "music", "video", "film", "audiobook", "newsletter", "blog"] | None = None
    complete: bool = False

    @field_validator("categories")
    @classmethod
    def _require_known_categories(cls, categories: tuple[str, ...]) -> tuple[str, ...]:
        for each in categories:
            top, _, sub = (part.strip() for part in each.partition(">"))
            if top not in CATEGORIES:
                raise ValueError(f"{top!r} is not a category of Apple's; known: {', '.join(CATEGORIES)}")
            if sub and sub not in CATEGORIES[top]:
                known = ", ".join(CATEGORIES[top]) or "none"
                raise ValueError(f"{sub!r} is not a subcategory of {top}; known: {known}")
        return categories

    @field_validator("owner")
    @classmethod
    def _require_owner_email(cls, owner: Author | None) -> Author | None:
        if owner is not None and owner.email is None:
            raise ValueError("the owner of a podcast needs an email")
        return owner
