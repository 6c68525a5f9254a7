"""Choosing the subscribers of a segment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, true

from ..model import Segment, Subscriber, SubscriberFilter
from .schema import subscriber, subscriber_tag
from .subscribers import load_details

_PAGE = 1000


def in_segment(segment: SubscriberFilter | None) -> Any:
    """Return the condition that a subscriber is in a segment; of a function nothing, see `chosen_ids`."""
    if not isinstance(segment, Segment):
        return true()
    conditions: list[ColumnElement[bool]] = []
    if segment.tags:
        conditions.append(
            exists().where(
                subscriber_tag.c.subscriber_id == subscriber.c.id, subscriber_tag.c.tag.in_(segment.tags)
            )
        )
    if segment.language:
        language = segment.language.lower()
        column = func.lower(subscriber.c.language)
        # RFC 4647, section 3.3.1: basic filtering.
        conditions.append(or_(column == language, column.startswith(f"{language}-", autoescape=True)))
    if segment.domain:
        conditions.append(subscriber.c.email_key.endswith(f"@{segment.domain}", autoescape=True))
    return and_(true(), *conditions)


def chosen_ids(
    connection: Connection, condition: Any, is_chosen: Callable[[Subscriber], bool]
) -> Iterator[list[str]]:
    """Yield the ids of the subscribers that a function chooses, in pages.

    Args:
        condition: which subscribers the function is asked about.
    """
    page = select(subscriber).where(condition).order_by(subscriber.c.id).limit(_PAGE)
    rows = connection.execute(page).all()
    while rows:
        yield [each.id for each, _ in load_details(connection, rows) if is_chosen(each)]
        rows = connection.execute(page.where(subscriber.c.id > rows[-1].id)).all()
