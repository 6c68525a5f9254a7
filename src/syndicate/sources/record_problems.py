"""The problems of one record, with file, line and field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..errors import RecordError, Where
from ..model import Problem, Severity
from .source import RawRecord

REPAIRED = "characters that no feed may contain were removed"
CONVERSION_HINT = "syndicate ingest --explain ID shows the article step by step"


class RecordProblems:
    """Collects the problems of one record.

    Attributes:
        own_names: our name of a field, to the name that the record has for it.
        id: the id in the record, once it is known.
    """

    def __init__(self, record: RawRecord, problems: list[Problem]) -> None:
        self._record = record
        self._problems = problems
        self.own_names: dict[str, str] = {}
        self.id: Any = None

    def error(self, name: str | None, message: str, hint: str | None, path: str | None = None) -> RecordError:
        """Return the error that refuses the record.

        Args:
            name: our name of the field.
            path: of the value within the field, such as `authors.2.name`.
        """
        return RecordError(message, where=self._where(name, path), hint=hint)

    def report(
        self,
        name: str | None,
        message: str,
        severity: Severity,
        path: str | None = None,
        *,
        hint: str | None = None,
    ) -> None:
        """Add a problem that does not refuse the record; see `error`."""
        self._problems.append(Problem.at(self._where(name, path), message, severity=severity, hint=hint))

    def note(self, own_name: str, message: str, *, hint: str | None = None) -> None:
        """Add a note about a field that has no name of ours.

        Args:
            own_name: the record's name of the field.
        """
        where = self._where_own(own_name, own_name)
        self._problems.append(Problem.at(where, message, severity="note", hint=hint))

    def _where(self, name: str | None, path: str | None = None) -> Where:
        own_name = self.own_names.get(name or "", name or "")
        return self._where_own(own_name, path.replace(name or "", own_name, 1) if path else own_name)

    def _where_own(self, own_name: str, own_path: str) -> Where:
        record = self._record
        line = record.lines.get(own_name.partition(".")[0], record.where.line)
        return replace(
            record.where,
            line=line,
            field=own_path or None,
            id=str(self.id) if self.id else record.where.id,
        )
