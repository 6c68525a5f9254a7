"""`[[newsletter]]`."""

from __future__ import annotations

from pydantic import field_validator

from ..model import Newsletter
from .field_types import ScheduleText, Zone


class NewsletterSettings(Newsletter):
    """`[[newsletter]]`."""

    timezone: Zone | None = None
    schedule: ScheduleText | None = Newsletter.model_fields["schedule"]  # type: ignore[assignment]

    @field_validator("clients")
    @classmethod
    def _known_clients(cls, clients: tuple[str, ...]) -> tuple[str, ...]:
        if clients:
            # Imported here: the table is large, and few configs have this key.
            from ..linters.mail.clients import check_names

            check_names(clients)
        return clients
