"""What `syndicate check` says about `[bounces]`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from ...config import BounceSettings
from ...errors import SyndicateError
from ...model import Problem
from .mailbox import open_mailbox
from .mailbox_url import LISTENERS, MailboxUrl


def check_bounces(settings: BounceSettings | None, base: Path) -> Iterator[Problem]:
    """Yield what would keep bounces from being read. The mailbox is opened, and nothing is marked."""
    if settings is None:
        return
    is_listener = MailboxUrl(settings.mailbox, base).scheme in LISTENERS
    for name in ("flufl.bounce", *(("aiosmtpd",) if is_listener else ())):
        if not _is_installed(name):
            yield Problem(
                message=f"reading bounces needs {name}",
                field="bounces",
                hint="pip install 'syndicate-feeds[mail]'",
            )
    try:
        mailbox = open_mailbox(settings.mailbox, base)
        if mailbox is not None:
            with mailbox as opened:
                next(opened.unseen(), None)
    except SyndicateError as error:
        yield Problem.of(error)


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        # Its parent is missing.
        return False
