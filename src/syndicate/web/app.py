"""The web application: feeds, unsubscribing, health."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..config import SiteSettings
from ..errors import SyndicateError
from ..scheduling import Schedule
from ..scheduling.system_clock import Clock
from .feed_routes import Feeds
from .published_files import PublishedFiles
from .unsubscribe_routes import Subscriptions


def create_app(
    site: SiteSettings,
    *,
    output: Path,
    refresh: Schedule | None,
    clock: Clock,
    ping: Callable[[], None],
    newsletter_of_link: Callable[[str], str | None],
    unsubscribe: Callable[[str], str | None],
) -> Starlette:
    """Return the application with `/feeds/...`, `/unsubscribe/TOKEN` and `/health`.

    Args:
        output: the folder of the published files.
        refresh: when feeds may change; None if nobody knows.
        ping: raises StoreError if the database does not answer.
        newsletter_of_link, unsubscribe: see `Subscriptions`.
    """

    def health(_: Request) -> Response:
        try:
            ping()
        except SyndicateError as error:
            return JSONResponse({"status": "failing", "reason": str(error)}, 503)
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/health", health),
            Route("/feeds/{path:path}", Feeds(PublishedFiles(output), refresh, clock)),
            *Subscriptions(site, newsletter_of_link=newsletter_of_link, unsubscribe=unsubscribe).routes(),
        ]
    )
