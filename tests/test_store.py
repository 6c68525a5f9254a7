"""The store keeps every promise of its port, on both databases."""

from __future__ import annotations

from syndicate.testing import StoreSuite


class TestStore(StoreSuite):
    """The fixture `store` is in `conftest.py`."""
