"""Leaving a newsletter by link: a page for people, one click for mail programs (RFC 8058)."""

from __future__ import annotations

import logging

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ..errors import StoreError
from ..newsroom import Newsroom
from .pages import page

_log = logging.getLogger(__name__)


class Subscriptions:
    """`/unsubscribe/TOKEN`: POST leaves; GET only shows a button, since link scanners follow links."""

    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom

    def routes(self) -> list[Route]:
        """The routes of this part."""
        return [Route("/unsubscribe/{token}", self.unsubscribe, methods=["GET", "HEAD", "POST"])]

    async def unsubscribe(self, request: Request) -> Response:
        """Answer a request for the page, or the click itself; a second click is as good as the first."""
        commit = request.method == "POST"
        token = request.path_params["token"]
        headers = {"cache-control": "no-store"}
        title, failed = None, False
        try:
            answer = self._newsroom.unsubscribe if commit else self._newsroom.newsletter_of_link
            title = await run_in_threadpool(answer, token)
        except StoreError as error:
            _log.error("an unsubscribe link could not be answered: %s", error)
            failed = True
            headers["retry-after"] = "60"
        html = page(
            "unsubscribe.html",
            site=self._newsroom.settings.site.title,
            home=self._newsroom.settings.site.home,
            language=self._newsroom.settings.site.language,
            title=title,
            done=commit,
            failed=failed,
        )
        return HTMLResponse(html, 503 if failed else 200 if title else 404, headers=headers)
