"""Who may ask: browsers on this machine, about this page, and nobody through somebody else's page."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN = "x-preview-token"  # noqa: S105 - the name of a header
_NAMES = ("127.0.0.1", "localhost")
_OWN = {"same-origin", "none"}
_ALWAYS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


class Guard:
    """Refuses whatever does not come from the page itself.

    A name that leads to this machine only for a moment (DNS rebinding) is none of ours, so its `Host` is
    refused. A page of another site cannot read what is here, but it could have letters rendered, or sent:
    browsers say where a request comes from (`Sec-Fetch-Site`, W3C Fetch Metadata; `Origin`, RFC 6454), and a
    request that changes something needs a word that only the page knows.

    Args:
        app: what is guarded.
        port: where it listens.
        token: the word.
    """

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}" for name in _NAMES} | ({*_NAMES} if port == 80 else set())
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with a refusal."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if refusal := self._refusal(scope, headers):
            await refusal(scope, receive, send)
            return

        async def careful(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                known = list(message.get("headers", ()))  # type: ignore[call-overload]
                names = {name for name, _ in known}
                known += [(k.encode(), v.encode()) for k, v in _ALWAYS.items() if k.encode() not in names]
                message["headers"] = known
            await send(message)

        await self._app(scope, receive, careful)  # type: ignore[arg-type]

    def _refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "").lower()
        if headers.getlist("host") != [headers.get("host")] or host not in self._hosts:
            return PlainTextResponse("This page is for this machine only, by its own name.\n", 421, _ALWAYS)
        # A link to the page, from wherever, shows the page.
        visit = scope["path"] == "/" and headers.get("sec-fetch-mode") == "navigate"
        if headers.get("sec-fetch-site", "none") not in _OWN and not visit:
            return PlainTextResponse("Not for pages of other sites.\n", 403, _ALWAYS)
        if scope["method"] in ("GET", "HEAD"):
            return None
        own = headers.get("origin", "").lower() == f"http://{host}"
        if not own or not hmac.compare_digest(headers.get(TOKEN, "").encode(), self._token.encode()):
            return PlainTextResponse("Only the page itself may ask for this. Load it again.\n", 403, _ALWAYS)
        return None
