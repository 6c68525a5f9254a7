"""Payments to the people of a podcast while it is played (Podcasting 2.0, `podcast:value`)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from ..base import NonEmptyLine
from .element import Amount, PodcastElement, Several
from .links import RemoteItem
from .media import Seconds


class ValueRecipient(PodcastElement):
    """Who gets a part of a payment (Podcasting 2.0, `podcast:valueRecipient`).

    Attributes:
        address: as its `type` has it, such as a Lightning address for `lnaddress`.
        split: the number of shares.
        custom_key, custom_value: are sent with the payment.
        fee: whether the share is taken from the whole before the others.
    """

    type: NonEmptyLine
    address: NonEmptyLine
    split: int = Field(ge=0)
    name: NonEmptyLine | None = None
    custom_key: NonEmptyLine | None = None
    custom_value: NonEmptyLine | None = None
    fee: bool | None = None


class ValueTimeSplit(PodcastElement):
    """Other recipients for a part of an episode (Podcasting 2.0, `podcast:valueTimeSplit`).

    Attributes:
        start, duration: in seconds.
        remote_start: seconds in the remote item.
        remote_percentage: what the recipients of the remote item get.
        recipients: they get the payment; or `remote_item`, whose own recipients get it.
    """

    other_names = (
        "start_time=start remote_start_time=remote_start value_recipient=recipients "
        "value_recipients=recipients"
    )

    start: Seconds
    duration: float = Field(gt=0, allow_inf_nan=False)
    remote_start: Seconds | None = None
    remote_percentage: int | None = Field(default=None, ge=0, le=100)
    recipients: Annotated[tuple[ValueRecipient, ...], Several] = ()
    remote_item: RemoteItem | None = None

    @model_validator(mode="after")
    def _require_one_kind(self) -> Self:
        if bool(self.recipients) == (self.remote_item is not None):
            raise ValueError("a time split needs recipients or a remote_item, and not both")
        return self


class Value(PodcastElement):
    """How listeners pay while they listen (Podcasting 2.0, `podcast:value`).

    Attributes:
        type: of the payment, such as `lightning`.
        method: of the transport, such as `keysend` or `lnaddress`.
        suggested: an amount, as a decimal number.
    """

    other_names = (
        "value_recipient=recipients value_recipients=recipients value_time_split=time_splits "
        "value_time_splits=time_splits"
    )

    type: NonEmptyLine
    method: NonEmptyLine
    suggested: Amount | None = None
    recipients: Annotated[tuple[ValueRecipient, ...], Several, Field(min_length=1)]
    time_splits: Annotated[tuple[ValueTimeSplit, ...], Several] = ()
