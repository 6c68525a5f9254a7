"""Notifies WebSub hubs that feeds changed.

WebSub does not define how (https://www.w3.org/TR/websub/, section 7). Hubs accept what they accepted before
WebSub: a form with `hub.mode=publish` and the address as `hub.url` (PubSubHubbub 0.3, section 7.1), which
some hubs call `hub.topic`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode, urlsplit

import urllib3
from pydantic import TypeAdapter, ValidationError
from urllib3.exceptions import HTTPError, LocationValueError, NewConnectionError, SSLError, TimeoutError  # noqa: A004

from ..errors import Where
from ..model import Problem
from ..model.base import Url

# How many topics a request may contain, for hubs that are known to read all of them. Other hubs read only the
# last one and still answer with success, so that the others would be lost.
_TOPICS_PER_REQUEST = {"pubsubhubbub.appspot.com": 100}
_TEMPORARY_STATUSES = frozenset({408, 425, 429})
# One failure may be the topic's fault; so many in a row are the hub's.
_MAX_FAILURES = 3
_MAX_RESPONSE_BYTES = 1000
_MAX_NAMED_TOPICS = 3
_URL: TypeAdapter[str] = TypeAdapter(Url)


@dataclass(frozen=True, slots=True)
class PingResult:
    """The answer of a hub. Each topic is in one of three groups, in the order given.

    Attributes:
        accepted: topics that the hub accepted.
        pending: topics that it could not accept now; the same ping may succeed later.
        refused: topics that it does not accept; repeating the ping is useless.
        problems: a warning for each cause of pending or refused topics.
    """

    hub: str
    accepted: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a request failed."""

    outcome: Literal["pending", "refused"]
    cause: str
    hint: str


_INVALID_ADDRESS = _Failure(
    "refused", "this is not the address of a hub", "the address begins with https:// or http://"
)


def ping(
    hub: str, topics: Sequence[str], *, agent: str, timeout: float = 10, total_timeout: float = 60
) -> PingResult:
    """Notify a hub that topics changed, so that it fetches and distributes them.

    Never raises for what a hub is or does. After three failures in a row, the other topics are not sent.
    Redirects are not followed: a ping is for the hub that the feed names.

    Args:
        hub: its address, http or https.
        topics: addresses of feeds, as in their self links.
        agent: the User-Agent header.
        timeout: seconds for the connection, and for each pause of the hub.
        total_timeout: seconds after which no further request is made.
    """
    topics = list(dict.fromkeys(topics))
    if not topics:
        return PingResult(hub)
    try:
        address = _URL.validate_python(hub)
    except ValidationError:
        return PingResult(hub, refused=tuple(topics), problems=(_problem(hub, _INVALID_ADDRESS, topics),))
    size = _TOPICS_PER_REQUEST.get(urlsplit(address).hostname or "", 1)
    by_outcome: dict[str, list[str]] = {"accepted": [], "pending": [], "refused": []}
    by_failure: dict[_Failure, list[str]] = {}
    failures_in_row = 0
    deadline = time.monotonic() + total_timeout
    with urllib3.PoolManager(
        1, retries=False, timeout=timeout, headers={"User-Agent": agent, "Accept-Encoding": "identity"}
    ) as pool:
        for start in range(0, len(topics), size):
            batch = topics[start : start + size]
            if time.monotonic() < deadline:
                failure = _post(pool, address, batch, timeout)
            else:
                failure = _Failure(
                    "pending", f"the hub took longer than {total_timeout:g} s", "the hub is slow"
                )
            if failure is None:
                by_outcome["accepted"] += batch
                failures_in_row = 0
                continue
            failures_in_row += 1
            give_up = failures_in_row == _MAX_FAILURES
            if give_up:
                batch = topics[start:]
            by_outcome[failure.outcome] += batch
            by_failure.setdefault(failure, []).extend(batch)
            if give_up:
                break
    return PingResult(
        hub=hub,
        **{outcome: tuple(batch) for outcome, batch in by_outcome.items()},
        problems=tuple(_problem(hub, failure, batch) for failure, batch in by_failure.items()),
    )


def _post(pool: urllib3.PoolManager, hub: str, topics: Sequence[str], timeout: float) -> _Failure | None:
    form = [("hub.mode", "publish"), *(("hub.url", topic) for topic in topics)]
    if len(topics) == 1:
        form.append(("hub.topic", topics[0]))
    try:
        response = pool.request(
            "POST",
            hub,
            body=urlencode(form),
            headers={**pool.headers, "Content-Type": "application/x-www-form-urlencoded"},
            redirect=False,
            preload_content=False,
        )
    except LocationValueError:
        return _INVALID_ADDRESS
    except NewConnectionError as error:
        cause = _single_line(str(error).partition(": ")[2])
        return _Failure("pending", f"no connection: {cause}", "check the hub's address, and that it is up")
    except TimeoutError:
        return _Failure("pending", f"it did not answer within {timeout:g} s", "check that the hub is up")
    except SSLError as error:
        return _Failure(
            "pending", f"no secure connection: {_single_line(str(error))}", "check the hub's certificate"
        )
    except HTTPError as error:
        return _Failure(
            "pending",
            f"the connection broke: {_single_line(str(error))}",
            "check that this is a hub, and that it is up",
        )
    try:
        # The hub's explanation goes into the report. An endless body is not read.
        explanation = _single_line(response.read1(_MAX_RESPONSE_BYTES).decode("utf-8", "replace"))
    except HTTPError:
        explanation = ""
    finally:
        response.close()
    return _failure(response.status, explanation, response.headers.get("Location", ""))


def _failure(status: int, explanation: str, location: str) -> _Failure | None:
    if 200 <= status < 300:
        return None
    cause = f"it answered {status}" + (f": {explanation}" if explanation else "")
    if 300 <= status < 400:
        return _Failure(
            "refused",
            f"it answered {status} and redirects to {_single_line(location) or 'no address'}",
            "redirects are not followed: configure the new address, if it belongs to the hub",
        )
    if status in _TEMPORARY_STATUSES or status >= 500:
        return _Failure("pending", cause, "the hub is busy or broken; the next publish tries again")
    if status in (404, 405, 410):
        return _Failure("refused", cause, "check the hub's address")
    if status in (401, 403):
        return _Failure("refused", cause, "register the site with the hub, if the hub requires it")
    return _Failure("refused", cause, "check that the hub can fetch these addresses")


def _problem(hub: str, failure: _Failure, topics: Sequence[str]) -> Problem:
    names = ", ".join(topics[:_MAX_NAMED_TOPICS])
    if len(topics) > _MAX_NAMED_TOPICS:
        names += f" and {len(topics) - _MAX_NAMED_TOPICS} more"
    return Problem.at(
        Where(field="hubs", id=hub),
        f"the hub was not notified of {names}: {failure.cause}",
        severity="warning",
        hint=failure.hint,
    )


def _single_line(text: str) -> str:
    """Return text that a terminal can show on one line."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line[:200]
