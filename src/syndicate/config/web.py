"""`[web]`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from ..model.base import Frozen, NonEmptyLine, Url

_ADDRESS = re.compile(r"\S*:\d+")


def _host_and_port(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError("not an address to listen on; write HOST:PORT, such as 127.0.0.1:8080")
    return text


class WebSettings(Frozen):
    """`[web]`: the daemon's pages: feeds, unsubscribing, health. Needs syndicate-feeds[web]."""

    listen: Annotated[NonEmptyLine, AfterValidator(_host_and_port)] = Field(
        default="127.0.0.1:8080", description="HOST:PORT"
    )
    base_url: Url = Field(description="where people reach it, for the links in mails")
