"""The limits of fields, which real articles never reach."""

from __future__ import annotations

from pydantic import Field

from ..model.base import Frozen


class FieldLimits(Frozen):
    """`limits` of a source: characters of texts, and numbers of values.

    What is longer is shortened or left out, and reported; see `FieldTexts`.
    """

    title: int = Field(default=1000, ge=20, description="characters of a title")
    name: int = Field(default=1000, ge=20, description="characters of a name, and of any other short text")
    tag: int = Field(default=1000, ge=20, description="characters of a tag or a section")
    link: int = Field(default=8000, ge=100, description="characters of a URL")
    alt: int = Field(default=5000, ge=20, description="characters of the description of an image")
    summary: int = Field(default=20_000, ge=20, description="characters of a summary")
    body: int = Field(default=5_000_000, ge=1000, description="characters of the body")
    tags: int = Field(default=100, ge=1, description="number of tags")
    authors: int = Field(default=100, ge=1, description="number of authors")
    others: int = Field(
        default=100, ge=1, description="number of attachments, alternates, persons, and so on"
    )
