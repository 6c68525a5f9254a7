"""Access to the page: only browsers on this machine, and no other sites."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN_HEADER = "x-preview-token"  # noqa: S105 - the name of a header
_HOSTS = ("127.0.0.1", "localhost")
_SAME_SITE = {"same-origin", "none"}
_SECURITY_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


class AccessControl:
    """ASGI middleware that refuses requests which do not come from the page itself.

    A request whose `Host` is another name is refused: the name may be resolved to this machine for a moment
    (DNS rebinding). A page of another site cannot read responses, but it could make the server render or
    send editions. Browsers state where a request comes from (`Sec-Fetch-Site`, W3C Fetch Metadata;
    `Origin`, RFC 6454), and a request that changes something needs a token that only the page has.

    Args:
        port: the port of the server.
        token: the token of the page.
    """

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}" for name in _HOSTS} | ({*_HOSTS} if port == 80 else set())
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with security headers on the response, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if refusal := self._refuse(scope, headers):
            await refusal(scope, receive, send)
            return

        async def send_with_headers(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                known = list(message.get("headers", ()))  # type: ignore[call-overload]
                names = {name for name, _ in known}
                known += [
                    (k.encode(), v.encode()) for k, v in _SECURITY_HEADERS.items() if k.encode() not in names
                ]
                message["headers"] = known
            await send(message)

        await self._app(scope, receive, send_with_headers)  # type: ignore[arg-type]

    def _refuse(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "").lower()
        if headers.getlist("host") != [headers.get("host")] or host not in self._hosts:
            message = "Only this machine can open this page, as 127.0.0.1 or localhost.\n"
            return PlainTextResponse(message, 421, _SECURITY_HEADERS)
        # A link on another site may open the page.
        is_visit = scope["path"] == "/" and headers.get("sec-fetch-mode") == "navigate"
        if headers.get("sec-fetch-site", "none") not in _SAME_SITE and not is_visit:
            return PlainTextResponse("Other sites cannot use this page.\n", 403, _SECURITY_HEADERS)
        if scope["method"] in ("GET", "HEAD"):
            return None
        is_same_origin = headers.get("origin", "").lower() == f"http://{host}"
        token = headers.get(TOKEN_HEADER, "")
        if not is_same_origin or not hmac.compare_digest(token.encode(), self._token.encode()):
            message = "Only the page itself can send this request. Reload the page.\n"
            return PlainTextResponse(message, 403, _SECURITY_HEADERS)
        return None
