"""An edition that is about to be stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .localization import Localization
from .newsletter import Edition
from .stored_article import StoredArticle


@dataclass(frozen=True, slots=True)
class NewEdition:
    """An edition to be stored.

    Attributes:
        shown: the articles that it contains.
        counted: articles that it counts but does not contain ("and 12 more").
        sequence: the store's sequence before the articles were selected, so that later articles do not
            count as seen. None if no article can have been added since.
        held: articles that do not count as seen.
        images: the images that are embedded in its messages, by name.
    """

    edition: Edition
    shown: Sequence[StoredArticle]
    counted: Sequence[StoredArticle] = ()
    sequence: int | None = None
    held: Sequence[StoredArticle] = ()
    localizations: Sequence[Localization] = ()
    images: Mapping[str, bytes] = field(default_factory=dict)
