"""Telling WebSub hubs that feeds changed.

WebSub itself leaves open how (https://www.w3.org/TR/websub/, section 7). What hubs take is what they took
before it: a form with `hub.mode=publish` and the address as `hub.url` (PubSubHubbub 0.3, section 7.1), which
some call `hub.topic`.
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

# How many topics a request may carry, where it is known that the hub reads them all. One that reads only the
# last of several answers that all is well, and the others would be lost without a word.
_SEVERAL = {"pubsubhubbub.appspot.com": 100}
_LATER = frozenset({408, 425, 429})
# One failure may be about the topic; so many in a row are about the hub.
_ENOUGH = 3
_READ = 1000
_NAMED = 3
_ADDRESS: TypeAdapter[str] = TypeAdapter(Url)


@dataclass(frozen=True, slots=True)
class Pinged:
    """What a hub made of a ping: each topic is in one of three lots, in the order asked.

    Attributes:
        hub: its address.
        done: topics that the hub took.
        pending: topics that it could not take now; the same ping may do later.
        refused: topics that it will not take; the same ping again changes nothing.
        problems: why topics are pending or refused: a warning for each cause.
    """

    hub: str
    done: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _No:
    """Why a request did not do."""

    lot: Literal["pending", "refused"]
    cause: str
    hint: str


_NO_ADDRESS = _No("refused", "this is no address of a hub", "it begins with https:// or http://")


def ping(hub: str, topics: Sequence[str], *, agent: str, timeout: float = 10, patience: float = 60) -> Pinged:
    """Tell a hub that topics changed, so that it fetches them and passes them on.

    It never raises for what a hub is or does. One that has failed three times in a row is not asked any more.
    Redirects are not followed: a ping is for the hub that the feed names.

    Args:
        hub: its address, http or https.
        topics: addresses of feeds, as their self links say them.
        agent: who asks, for the User-Agent header.
        timeout: seconds for the connection, and for each silence of the hub.
        patience: seconds after which no further request is made.
    """
    asked = list(dict.fromkeys(topics))
    if not asked:
        return Pinged(hub)
    try:
        address = _ADDRESS.validate_python(hub)
    except ValidationError:
        return Pinged(hub, refused=tuple(asked), problems=(_problem(hub, _NO_ADDRESS, asked),))
    size = _SEVERAL.get(urlsplit(address).hostname or "", 1)
    lots: dict[str, list[str]] = {"done": [], "pending": [], "refused": []}
    causes: dict[_No, list[str]] = {}
    failures = 0
    end = time.monotonic() + patience
    with urllib3.PoolManager(
        1, retries=False, timeout=timeout, headers={"User-Agent": agent, "Accept-Encoding": "identity"}
    ) as pool:
        for start in range(0, len(asked), size):
            lot = asked[start : start + size]
            no = _tell(pool, address, lot, timeout) if time.monotonic() < end else _slow(patience)
            if no is None:
                lots["done"] += lot
                failures = 0
                continue
            failures += 1
            over = failures == _ENOUGH
            if over:
                lot = asked[start:]
            lots[no.lot] += lot
            causes.setdefault(no, []).extend(lot)
            if over:
                break
    return Pinged(
        hub=hub,
        **{name: tuple(lot) for name, lot in lots.items()},
        problems=tuple(_problem(hub, no, lot) for no, lot in causes.items()),
    )


def _tell(pool: urllib3.PoolManager, hub: str, topics: Sequence[str], timeout: float) -> _No | None:
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
        return _NO_ADDRESS
    except NewConnectionError as error:
        cause = _plain(str(error).partition(": ")[2])
        return _No("pending", f"no connection: {cause}", "is the hub up, and its address right?")
    except TimeoutError:
        return _No("pending", f"it did not answer within {timeout:g} s", "is the hub up?")
    except SSLError as error:
        return _No("pending", f"no secure connection: {_plain(str(error))}", "is its certificate in order?")
    except HTTPError as error:
        return _No("pending", f"the connection broke: {_plain(str(error))}", "is this a hub, and is it up?")
    try:
        # What a hub says is read for the person who must mend it, and never to its end.
        said = _plain(response.read1(_READ).decode("utf-8", "replace"))
    except HTTPError:
        said = ""
    finally:
        response.close()
    return _verdict(response.status, said, response.headers.get("Location", ""))


def _verdict(status: int, said: str, location: str) -> _No | None:
    if 200 <= status < 300:
        return None
    cause = f"it answered {status}" + (f": {said}" if said else "")
    if 300 <= status < 400:
        hint = "redirects are not followed: name the new address, if it is the hub's own"
        return _No("refused", f"it answered {status} and points to {_plain(location) or 'nowhere'}", hint)
    if status in _LATER or status >= 500:
        return _No("pending", cause, "the hub is busy or broken; later it may do")
    if status in (404, 405, 410):
        return _No("refused", cause, "is this the address of a hub?")
    if status in (401, 403):
        return _No("refused", cause, "some hubs must be asked first whether they serve a site")
    return _No("refused", cause, "can the hub fetch these addresses?")


def _slow(patience: float) -> _No:
    return _No("pending", f"{patience:g} s were not enough to tell it everything", "the hub is slow")


def _problem(hub: str, no: _No, topics: Sequence[str]) -> Problem:
    named = ", ".join(topics[:_NAMED])
    if more := len(topics) - _NAMED if len(topics) > _NAMED else 0:
        named += f" and {more} more"
    return Problem.at(
        Where(field="hubs", id=hub),
        f"the hub has not been told of {named}: {no.cause}",
        severity="warning",
        hint=no.hint,
    )


def _plain(text: str) -> str:
    """A line that can be shown on a terminal."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line[:200]
