"""Read a mailbox, and decide what follows from what was in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager

from ...errors import MailboxError
from ...model import BouncesReport, Problem
from .bounce_processor import BounceProcessor
from .mailbox import Mailbox


def process_mailbox(
    processor: BounceProcessor,
    mailbox: AbstractContextManager[Mailbox] | None,
    *,
    stop: Callable[[], bool],
) -> BouncesReport:
    """Process the unseen mails of a mailbox, then decide. If the mailbox fails, decide about the others.

    A mail is recorded before it is marked as seen. If the process is killed in between, the mail is read
    again and recognised.

    Raises:
        ConfigError: flufl.bounce is not installed.
        StoreError: the database failed.
    """
    counts: Counter[str] = Counter()
    problems: list[Problem] = []
    if mailbox is not None:
        try:
            with mailbox as opened:
                for mail in opened.unseen():
                    if stop():
                        break
                    result = processor.process(mail.data)
                    opened.mark_seen(mail.key, needs_attention=result == "ignored")
                    counts["read"] += 1
                    counts[result] += 1
        except MailboxError as error:
            problems.append(Problem.of(error))
    decisions = processor.decide()
    return BouncesReport(
        **counts,
        suppressed=decisions.suppressed + counts["complaints"],
        reinstated=decisions.reinstated,
        problems=(*problems, *decisions.problems),
        external_failure=bool(problems),
    )
