"""The segment of a newsletter: conditions, or a Python function."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from ..errors import ConfigError, Where
from ..model import Newsletter, Subscriber, SubscriberFilter


def segment_of(newsletter: Newsletter, folder: Path) -> SubscriberFilter | None:
    """Return the segment of a newsletter. None if all its subscribers get it.

    Args:
        folder: of the config; modules in it are found.

    Raises:
        ConfigError: there is no such function. The function that is returned raises it too, if the one that
            the config names fails.
    """
    segment = newsletter.segment
    if segment is None or segment.function is None:
        return segment
    name = segment.function
    function = _find_function(newsletter, name, folder)

    def is_chosen(subscriber: Subscriber) -> bool:
        try:
            return bool(function(subscriber))
        except Exception as error:  # The function is the user's and can raise anything.
            raise ConfigError(
                f"the function {name!r} failed: {type(error).__name__}: {error}",
                where=Where(field="newsletter.segment", id=newsletter.name),
                hint="correct the function; nothing was changed",
            ) from error

    return is_chosen


def _find_function(newsletter: Newsletter, name: str, folder: Path) -> Callable[[Subscriber], object]:
    where = Where(field="newsletter.segment", id=newsletter.name)
    module_name, _, function_name = name.partition(":")
    if (path := str(folder.resolve())) not in sys.path:
        sys.path.insert(0, path)
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except Exception as error:  # The module is the user's and can raise anything while it is imported.
        raise ConfigError(
            f"there is no function {name!r}: {type(error).__name__}: {error}",
            where=where,
            hint="write module:function; the module can be in the folder of the config",
        ) from None
    if not callable(function):
        raise ConfigError(f"{name!r} is not a function", where=where)
    return function  # type: ignore[no-any-return]
