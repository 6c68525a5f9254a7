"""`[store]`."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from ..model import Duration
from ..model.base import Frozen, NonEmptyLine


class StoreSettings(Frozen):
    """`[store]`: the database."""

    url: NonEmptyLine = Field(
        default="sqlite:///syndicate.db",
        description="sqlite:///PATH, or postgresql+psycopg://user@host/database",
    )
    wait: Duration = Field(
        default=timedelta(seconds=30), description="how long to wait for another process that writes"
    )
