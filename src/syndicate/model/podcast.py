"""What a podcast adds to a feed and to its articles: Apple's podcast tags and Podcasting 2.0."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field, field_validator

from .base import Frozen, Language, Line, MediaType, NonEmptyLine, Url
from .metadata import Author

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
"""Apple Podcasts categories in force, with their subcategories (podcasters.apple.com, article 1691)."""


class Transcript(Frozen):
    """The words of an episode as a file (Podcasting 2.0, `podcast:transcript`)."""

    url: Url
    media_type: MediaType
    language: Language | None = None
    captions: bool = Field(default=False, description="whether it has times, to show as captions")


class Person(Frozen):
    """Somebody heard in an episode (Podcasting 2.0, `podcast:person`); roles are of the Podcast Taxonomy."""

    name: NonEmptyLine
    role: NonEmptyLine | None = None
    group: NonEmptyLine | None = None
    url: Url | None = None
    image: Url | None = None


class Episode(Frozen):
    """An article as an episode of a podcast. Its audio is the article's first attachment.

    Attributes:
        number: of the episode, within its season.
        season: counted from 1.
        kind: `trailer` and `bonus` belong to a season or an episode.
        explicit: whether children should not hear it; none for what the podcast says.
        transcripts: files with its words.
        chapters: where its chapters are, as JSON.
        persons: who is heard.
    """

    number: int | None = Field(default=None, ge=1)
    season: int | None = Field(default=None, ge=1)
    kind: Literal["full", "trailer", "bonus"] | None = None
    explicit: bool | None = None
    transcripts: tuple[Transcript, ...] = ()
    chapters: Url | None = None
    persons: tuple[Person, ...] = ()


class Podcast(Frozen):
    """A feed as a podcast: its RSS carries Apple's and Podcasting 2.0's elements.

    Attributes:
        categories: of Apple's list; `Arts > Books` for a subcategory.
        explicit: whether children should not hear it.
        author: who makes it; the feed's author if absent.
        owner: whom directories write to; needs an email.
        kind: `episodic` shows the newest first, `serial` from the beginning.
        image: square, 1400 to 3000 pixels; the feed's image if absent.
        locked: whether other platforms may not import it.
        guid: what identifies it for ever; if absent, worked out from the address of the RSS as the
            specification says (Podcasting 2.0, `podcast:guid`).
        funding: where listeners can pay.
        funding_text: what to call that.
        medium: podcast, music, video, film, audiobook, newsletter, blog.
        complete: whether no further episode will come.
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
    funding_text: Line = "Support the show"
    medium: Literal["podcast", "music", "video", "film", "audiobook", "newsletter", "blog"] | None = None
    complete: bool = False

    @field_validator("categories")
    @classmethod
    def _in_force(cls, categories: tuple[str, ...]) -> tuple[str, ...]:
        for each in categories:
            top, _, sub = (part.strip() for part in each.partition(">"))
            if top not in CATEGORIES:
                raise ValueError(f"{top!r} is no category of Apple's; known are {', '.join(CATEGORIES)}")
            if sub and sub not in CATEGORIES[top]:
                known = ", ".join(CATEGORIES[top]) or "none"
                raise ValueError(f"{sub!r} is no subcategory of {top}; known are {known}")
        return categories

    @field_validator("owner")
    @classmethod
    def _reachable(cls, owner: Author | None) -> Author | None:
        if owner is not None and owner.email is None:
            raise ValueError("the owner of a podcast needs an email")
        return owner
