"""Unsubscribing with one click (RFC 8058): what a mail program sends, and what must come back."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError, NameResolutionError, SSLError

from ..model import Problem

_SECONDS = 10.0
_REDIRECTS = {301, 302, 303, 307, 308}
_HINTS = {
    401: "the web server must not ask for a login below /unsubscribe/",
    403: "the web server must let POST requests from mail programs through",
    404: "check that base_url leads to the daemon, and that it has the same store or SYNDICATE_SECRET",
    405: "the web server must pass POST requests on to the daemon",
    413: "the web server must accept small request bodies",
    502: "start the daemon: syndicate run",
    503: "read the log of the daemon; its database does not answer",
}


@dataclass(frozen=True, slots=True)
class UnsubscribeLink:
    """An unsubscribe link that unsubscribes nobody.

    Attributes:
        is_valid: False if no key for links exists yet, so that the link cannot be signed.
    """

    url: str
    is_valid: bool


def check_one_click(link: UnsubscribeLink, *, field: str) -> Iterator[Problem]:
    """Send the POST of a mail program, and check the answer."""
    if not link.url.startswith("https:"):
        yield Problem(
            message="mail programs offer unsubscribing with one click for https links only, "
            "and base_url is http; Gmail requires it of bulk senders",
            field=field,
            hint="put a web server with TLS in front of the daemon, and write its https address",
        )
        return
    try:
        status, location = _post(link.url)
    except SSLError as error:
        yield Problem(
            message="unsubscribing with one click fails: "
            f"{_host(link.url)} has no valid certificate: {error}",
            field=field,
            hint="correct the certificate of the web server",
        )
        return
    except NameResolutionError:
        yield Problem(
            message="unsubscribing with one click could not be checked: "
            f"the address of {_host(link.url)} cannot be found",
            severity="warning",
            field=field,
            hint="check the DNS of this machine and the host in base_url",
        )
        return
    except HTTPError as error:
        yield Problem(
            message=f"unsubscribing with one click fails: {_host(link.url)} does not answer: {error}",
            field=field,
            hint="start the daemon, and check the web server in front of it",
        )
        return
    if status in _REDIRECTS:
        yield Problem(
            message=f"unsubscribing with one click fails: {_host(link.url)} redirects to {location}, "
            "and mail programs do not follow",
            field=field,
            hint="write the address that it redirects to as base_url",
        )
    elif status == 404 and not link.is_valid:
        yield Problem(
            message="unsubscribing with one click was not checked to its end: "
            "the store had no key for links yet",
            severity="note",
            field=field,
            hint="check again: the daemon has made the key now, unless it has another store",
        )
    elif status != 200:
        yield Problem(
            message=f"unsubscribing with one click fails: {_host(link.url)} answers {status} to the POST",
            field=field,
            hint=_HINTS.get(status, "read the logs of the daemon and of the web server in front of it"),
        )


def _post(link: str) -> tuple[int, str]:
    context = ssl.create_default_context()
    with PoolManager(ssl_context=context, timeout=Timeout(_SECONDS), retries=False) as pool:
        response = pool.request(
            "POST",
            link,
            body=b"List-Unsubscribe=One-Click",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            redirect=False,
            preload_content=False,
        )
        response.close()
        return response.status, response.headers.get("location", "")


def _host(link: str) -> str:
    # Without the token, which is valid.
    return link.partition("/unsubscribe/")[0]
