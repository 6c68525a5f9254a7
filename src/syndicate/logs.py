"""The log of the daemon, on stderr: readable lines on a terminal, JSON elsewhere."""

from __future__ import annotations

import logging
import os
import sys

import structlog


def configure() -> None:
    """Set up logging for this process."""
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer(colors=not os.environ.get("NO_COLOR"))
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # APScheduler logs every wake-up.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
