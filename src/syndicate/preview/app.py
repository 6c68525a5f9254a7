"""The web application of the preview: one page, its data, and the documents that it shows in frames."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Literal, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ..errors import ConfigError, SyndicateError
from ..resources import templates
from ..text.bidi import language_direction
from . import serializers
from .access_control import AccessControl
from .broadcaster import Broadcaster
from .color_scheme import COLOR_SCHEMES, ColorScheme, emulate_color_scheme
from .edition_preview import NEXT, EditionPreview
from .file_watcher import watch
from .preview import FeedPreview, Preview
from .session import PreviewSession

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# No script in an edition or a feed runs. The frame still has the origin of the page, because the page
# scrolls to elements in it and outlines them.
_FRAME_POLICY = (
    "default-src 'none'; img-src {images}; style-src 'unsafe-inline' https:; font-src https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
_ASSETS = {"preview.css": "text/css", "preview.js": "text/javascript", "views.js": "text/javascript"}
_MAX_BODY = 10_000


def create_app(session: PreviewSession, broadcaster: Broadcaster, *, port: int, token: str) -> Starlette:
    """Return the web application of a preview.

    Args:
        broadcaster: announces changes to open pages while the application runs.
        port: the port on which it is served.
        token: only the page has it; requests that change something contain it.
    """
    stop = asyncio.Event()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(watch(session, broadcaster, stop))
        try:
            yield
        finally:
            stop.set()
            broadcaster.close()
            await task

    handlers = _Handlers(session, broadcaster, port, token)
    return Starlette(
        routes=[
            Route("/", handlers.page),
            Route("/assets/{name}", handlers.asset),
            Route("/events", handlers.events),
            Route("/contents", handlers.contents),
            Route("/edition", handlers.edition),
            Route("/edition.html", handlers.edition_html),
            Route("/edition.eml", handlers.edition_eml),
            Route("/feed", handlers.feed),
            Route("/feed.html", handlers.feed_html),
            Route("/send", handlers.send, methods=["POST"]),
        ],
        middleware=[Middleware(AccessControl, port=port, token=token)],
        lifespan=lifespan,
    )


class _Handlers:
    def __init__(self, session: PreviewSession, broadcaster: Broadcaster, port: int, token: str) -> None:
        self._session = session
        self._broadcaster = broadcaster
        self._port = port
        self._token = token

    def page(self, _: Request) -> Response:
        html = _render(
            "page.html",
            token=self._token,
            address=f"127.0.0.1:{self._port}",
        )
        return HTMLResponse(html, headers={"content-security-policy": _PAGE_POLICY})

    def asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _ASSETS:
            return Response(status_code=404)
        return FileResponse(templates() / "web" / "preview" / name, media_type=_ASSETS[name])

    async def events(self, _: Request) -> Response:
        async def lines() -> AsyncIterator[str]:
            # A page that was disconnected learns from the generation whether it missed a change.
            yield _event("connected", {"generation": self._session.generation})
            async for changed in self._broadcaster.listen():
                data = {"generation": self._session.generation, "changed": changed}
                yield _event("change", data) if changed else ": heartbeat\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream")

    async def contents(self, _: Request) -> Response:
        return await self._json(lambda: serializers.contents_to_json(self._session.preview()))

    async def edition(self, request: Request) -> Response:
        base = self._session.config.parent
        query = request.query_params
        return await self._json(lambda: serializers.edition_to_json(self._edition(query), base))

    async def feed(self, request: Request) -> Response:
        base = self._session.config.parent
        return await self._json(lambda: serializers.feed_to_json(self._feed(request.query_params), base))

    async def edition_html(self, request: Request) -> Response:
        query = request.query_params
        scheme = cast(ColorScheme, query.get("colors") if query.get("colors") in COLOR_SCHEMES else "light")
        show_images = query.get("images") != "off"

        def render() -> str:
            message = self._edition(query).parse_message()
            html = serializers.part_of(message, "html")
            images = serializers.embedded_image_urls(message)
            return emulate_color_scheme(html, scheme, images, show_images=show_images)

        return await self._frame(render, show_images=show_images)

    async def edition_eml(self, request: Request) -> Response:
        try:
            edition = await run_in_threadpool(self._edition, request.query_params)
        except SyndicateError as error:
            return Response(f"{error}\n", 422, media_type="text/plain")
        name = "".join(c if c.isascii() and c.isalnum() else "-" for c in edition.newsletter.name)
        return Response(
            edition.message,
            media_type="message/rfc822",
            headers={"content-disposition": f'attachment; filename="{name}-{edition.number}.eml"'},
        )

    async def feed_html(self, request: Request) -> Response:
        query = request.query_params

        def render() -> str:
            feed = self._feed(query)
            if query.get("as") == "page":
                return (feed.page or b"").decode()
            return _render_feed_reader(feed, is_dark=query.get("colors") == "dark")

        return await self._frame(render, show_images=query.get("images") != "off")

    async def send(self, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_BODY:
                return Response(status_code=413)
        try:
            values = json.loads(body)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            return Response(status_code=400)

        def send() -> dict[str, Any]:
            address = values.get("address", "").strip()
            if not address:
                raise ConfigError("the address is missing", hint="enter the address to send the copy to")
            preview = self._session.preview()
            report = preview.send_test(self._edition(values), address)
            if report.problems:
                return {"error": serializers.problem_to_json(report.problems[0], preview.base)}
            return {"address": address, "transport": preview.settings.delivery.transports}

        return await self._json(send)

    def _edition(self, query: Mapping[str, str]) -> EditionPreview:
        newsletter, edition, subscriber, language = key = tuple(
            query.get(name) or "" for name in ("newsletter", "edition", "subscriber", "language")
        )

        def render(preview: Preview) -> EditionPreview:
            return preview.edition(
                newsletter,
                edition=edition or NEXT,
                subscriber=subscriber or None,
                language=language or None,
            )

        return self._session.cached(("edition", *key), render)

    def _feed(self, query: Mapping[str, str]) -> FeedPreview:
        name = query.get("feed") or ""
        return self._session.cached(("feed", name), lambda preview: preview.feed(name))

    async def _json(self, produce: Callable[[], dict[str, Any]]) -> Response:
        """Return the produced values, or the error that prevents them, which the page shows."""

        def produce_or_report() -> dict[str, Any]:
            generation = self._session.generation
            try:
                values = produce()
            except SyndicateError as error:
                values = serializers.error_to_json(error, self._session.config.parent)
            return {"generation": generation, **values}

        return JSONResponse(await run_in_threadpool(produce_or_report))

    async def _frame(self, render: Callable[[], str], *, show_images: bool) -> Response:
        policy = _FRAME_POLICY.format(images="https: http: data:" if show_images else "'none'")
        headers = {"content-security-policy": policy}
        try:
            return HTMLResponse(await run_in_threadpool(render), headers=headers)
        except SyndicateError:
            # The page itself shows the error.
            return HTMLResponse("<!doctype html><title>Nothing to show</title>", 422, headers=headers)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    loader = FileSystemLoader(templates() / "web" / "preview")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def _render(template: str, **values: Any) -> str:
    return _templates().get_template(template).render(**values)


def _event(name: Literal["connected", "change"], data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _render_feed_reader(preview: FeedPreview, *, is_dark: bool) -> str:
    """Return a page that shows a feed as a feed reader would: titles, authors, dates, and the content."""
    feed = preview.feed
    return _render(
        "reader.html",
        feed=feed,
        is_dark=is_dark,
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
                # Sanitised by ingest, and no script runs in the frame.
                "html": Markup(each.html),  # noqa: S704
                "attachments": each.article.attachments,
            }
            for each in preview.document.entries
        ],
    )
