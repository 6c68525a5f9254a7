"""Unsubscribing by link: a page for people, one click for mail programs (RFC 8058)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ..config import SiteSettings
from ..errors import StoreError
from ..i18n import translator_for
from .page_templates import render_translated

_log = logging.getLogger(__name__)


class Subscriptions:
    """`/unsubscribe/TOKEN`: POST unsubscribes. GET shows a button only, because link scanners use GET.

    Both callables take a token and return the title of its newsletter, or None for a wrong token.
    """

    def __init__(
        self,
        site: SiteSettings,
        *,
        newsletter_of_link: Callable[[str], str | None],
        unsubscribe: Callable[[str], str | None],
    ) -> None:
        self._site = site
        self._newsletter_of_link = newsletter_of_link
        self._unsubscribe = unsubscribe

    def routes(self) -> list[Route]:
        """Return the routes of this part."""
        return [Route("/unsubscribe/{token}", self.respond, methods=["GET", "HEAD", "POST"])]

    async def respond(self, request: Request) -> Response:
        """Answer a request for the page, or the click. A second click gets the same answer as the first."""
        commit = request.method == "POST"
        headers = {"cache-control": "no-store"}
        title, failed = None, False
        try:
            answer = self._unsubscribe if commit else self._newsletter_of_link
            title = await run_in_threadpool(answer, request.path_params["token"])
        except StoreError as error:
            _log.error("unsubscribing failed: %s", error)
            failed = True
            headers["retry-after"] = "60"
        html = render_translated(
            "unsubscribe.html",
            translator_for(self._site.language),
            site=self._site.title,
            home=self._site.home,
            title=title,
            done=commit,
            failed=failed,
        )
        return HTMLResponse(html, 503 if failed else 200 if title else 404, headers=headers)
