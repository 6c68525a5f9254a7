"""The daemon's log: lines for people on a terminal, JSON for machines elsewhere; always on stderr."""

from __future__ import annotations

import logging
import sys

import structlog


def configure() -> None:
    """Set logging up for this process."""
    people = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer()
            if people
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # The clock's own words about its jobs are of no use to anybody.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
