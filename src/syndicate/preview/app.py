"""The application of the preview: one page, its data, and the documents that it shows in frames."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, cast

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ..dry_run.preview import DRAFT, Preview, PreviewEdition, ShownFeed
from ..errors import ConfigError, SyndicateError
from ..resources import templates
from ..text.bidi import language_direction
from ..web.pages import render_page
from . import serializers as told
from .access_control import Guard
from .broadcaster import Broadcaster, watch
from .color_scheme import LOOKS, Branding, emulate
from .session import PreviewSession

_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Nothing in a letter or a feed runs, whatever got into it. The frame has the same origin all the same: the
# page must be able to point at a place in it.
_FRAMED = (
    "default-src 'none'; img-src {images}; style-src 'unsafe-inline' https:; font-src https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
_ASSETS = {"preview.css": "text/css", "preview.js": "text/javascript", "views.js": "text/javascript"}
_MOST = 10_000


def create_preview(house: PreviewSession, bell: Broadcaster, *, port: int, token: str) -> Starlette:
    """The preview of a config.

    Args:
        house: its newsroom.
        bell: tells open pages of changes; the application rings it as long as it runs.
        port: on which it is served.
        token: known to the page alone; what it sends carries it.
    """
    stop = asyncio.Event()

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(watch(house, bell, stop))
        try:
            yield
        finally:
            stop.set()
            bell.end()
            await task

    pages = _Pages(house, bell, port, token)
    return Starlette(
        routes=[
            Route("/", pages.front),
            Route("/assets/{name}", pages.asset),
            Route("/events", pages.events),
            Route("/contents", pages.contents),
            Route("/letter", pages.letter),
            Route("/letter.html", pages.letter_shown),
            Route("/letter.eml", pages.letter_file),
            Route("/feed", pages.feed),
            Route("/feed.html", pages.feed_shown),
            Route("/send", pages.send, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, port=port, token=token)],
        lifespan=life,
    )


class _Pages:
    def __init__(self, house: PreviewSession, bell: Broadcaster, port: int, token: str) -> None:
        self._house = house
        self._bell = bell
        self._port = port
        self._token = token

    def front(self, _: Request) -> Response:
        html = render_page(
            "preview/page.html",
            token=self._token,
            address=f"127.0.0.1:{self._port}",
            config=self._house.config.name,
        )
        return HTMLResponse(html, headers={"content-security-policy": _PAGE})

    def asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _ASSETS:
            return Response(status_code=404)
        return FileResponse(templates() / "web" / "preview" / name, media_type=_ASSETS[name])

    async def events(self, _: Request) -> Response:
        async def lines() -> AsyncIterator[str]:
            # A page that was cut off learns at once whether it missed something.
            yield _event("now", {"generation": self._house.generation})
            async for what in self._bell.hear():
                said = {"generation": self._house.generation, "what": what}
                yield _event("change", said) if what else ": still there\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream")

    async def contents(self, _: Request) -> Response:
        def answer() -> dict[str, Any]:
            with self._house.asked() as (newsroom, preview):
                return told.contents(newsroom, preview)

        return await self._json(answer)

    async def letter(self, request: Request) -> Response:
        return await self._json(lambda: told.letter(self._letter(request.query_params)))

    async def feed(self, request: Request) -> Response:
        base = self._house.config.parent
        return await self._json(lambda: told.feed(self._feed(request.query_params), base))

    async def letter_shown(self, request: Request) -> Response:
        asked = request.query_params
        look = cast(Branding, asked.get("look") if asked.get("look") in LOOKS else "light")
        images = asked.get("images") != "off"

        def answer() -> str:
            message = self._letter(asked).parsed()
            return emulate(told.part(message, "html"), look, told.pictures(message), images=images)

        return await self._framed(answer, images=images)

    async def letter_file(self, request: Request) -> Response:
        try:
            letter = await run_in_threadpool(self._letter, request.query_params)
        except SyndicateError as error:
            return Response(f"{error}\n", 422, media_type="text/plain")
        name = "".join(char if char.isascii() and char.isalnum() else "-" for char in letter.newsletter.name)
        return Response(
            letter.message,
            media_type="message/rfc822",
            headers={"content-disposition": f'attachment; filename="{name}-{letter.number}.eml"'},
        )

    async def feed_shown(self, request: Request) -> Response:
        asked = request.query_params

        def answer() -> str:
            shown = self._feed(asked)
            if asked.get("as") == "page":
                return (shown.page or b"").decode()
            return _as_read(shown, asked.get("look") == "dark")

        return await self._framed(answer, images=asked.get("images") != "off")

    async def send(self, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST:
                return Response(status_code=413)
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict) or not all(isinstance(value, str) for value in asked.values()):
            return Response(status_code=400)

        def answer() -> dict[str, Any]:
            letter = self._letter(asked)
            to = asked.get("to", "").strip()
            if not to:
                raise ConfigError("to whom?", hint="type the address that this is to go to")
            with self._house.asked() as (newsroom, preview):
                report = preview.send_test(letter, to)
                if report.problems:
                    return {"error": told.told(report.problems[0], newsroom.desk.base)}
                return {"to": to, "transport": newsroom.settings.delivery.transport}

        return await self._json(answer)

    def _letter(self, asked: Any) -> PreviewEdition:
        key = tuple(asked.get(name) or "" for name in ("newsletter", "edition", "subscriber", "language"))
        newsletter, edition, subscriber, language = key

        def make(preview: Preview) -> PreviewEdition:
            return preview.letter(
                newsletter,
                edition=edition or DRAFT,
                subscriber=subscriber or None,
                language=language or None,
            )

        return self._house.made(("letter", *key), make)

    def _feed(self, asked: Any) -> ShownFeed:
        name = asked.get("feed") or ""
        return self._house.made(("feed", name), lambda preview: preview.feed(name))

    async def _json(self, answer: Callable[[], dict[str, Any]]) -> Response:
        """An answer, or the mistake that stands in its way; the page shows either."""

        def careful() -> dict[str, Any]:
            generation = self._house.generation
            try:
                found = answer()
            except SyndicateError as error:
                found = told.mistake(error, self._house.config.parent)
            return {"generation": generation, **found}

        return JSONResponse(await run_in_threadpool(careful))

    async def _framed(self, answer: Callable[[], str], *, images: bool) -> Response:
        policy = _FRAMED.format(images="https: http: data:" if images else "'none'")
        headers = {"content-security-policy": policy}
        try:
            return HTMLResponse(await run_in_threadpool(answer), headers=headers)
        except SyndicateError:
            # The page says what is wrong; a second telling would only be in its way.
            return HTMLResponse("<!doctype html><title>Nothing to show</title>", 422, headers=headers)


def _event(name: Literal["now", "change"], data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _as_read(shown: ShownFeed, dark: bool) -> str:
    """A feed as a reader shows it: titles, authors, dates, and as much of each article as the feed has."""
    feed = shown.feed
    return render_page(
        "preview/reader.html",
        feed=feed,
        dark=dark,
        direction=language_direction,
        entries=[
            {
                "id": each.id,
                "title": each.title,
                "link": each.article.link,
                "language": each.article.language or feed.language or "",
                "authors": [author.label for author in each.authors],
                "date": each.published or each.updated,
                "summary": each.summary,
                # Sanitised at ingest, and the frame runs nothing.
                "html": Markup(each.html),  # noqa: S704
                "attachments": each.article.attachments,
            }
            for each in shown.document.entries
        ],
    )
