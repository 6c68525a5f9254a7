"""What the tests with real mail servers share: a Postfix that delivers to a Maildir."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from helpers_postfix import Relay, StartRelay, relay


@pytest.fixture
def start_relay(request: pytest.FixtureRequest) -> Iterator[StartRelay]:
    """Starts Postfix with `main.cf` and `master.cf` of the test's folder; stops it at the end of the test.

    The files have what this scenario needs in addition to the usual settings and services.
    """
    with ExitStack() as stack:

        def start(**settings: str) -> Relay:
            return stack.enter_context(relay(request.path.parent, **settings))

        yield start
