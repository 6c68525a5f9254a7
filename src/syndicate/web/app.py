"""The web application: feeds, unsubscribing, health."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..config import REFRESH
from ..errors import SyndicateError
from ..newsroom import Newsroom
from .feeds import Feeds
from .files import Files
from .subscriptions import Subscriptions


def create_app(newsroom: Newsroom) -> Starlette:
    """The pages of a newsroom: `/feeds/…`, `/unsubscribe/TOKEN`, `/health`.

    Args:
        newsroom: open, and kept open for as long as the application runs.
    """

    def health(_: Request) -> Response:
        try:
            newsroom.desk.store.sequence()
        except SyndicateError as error:
            return JSONResponse({"status": "failing", "reason": str(error)}, 503)
        return JSONResponse({"status": "ok"})

    output = Path(newsroom.desk.base, newsroom.settings.site.output)
    refresh = next((each for each in newsroom.settings.schedules() if each.name == REFRESH), None)
    return Starlette(
        routes=[
            Route("/health", health),
            Route("/feeds/{path:path}", Feeds(Files(output), refresh, newsroom.desk.clock)),
            *Subscriptions(newsroom).routes(),
        ]
    )
