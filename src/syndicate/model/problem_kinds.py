"""Problems of one kind together, so that a thousand bad records do not hide the one bad feed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .report import Problem, Severity

# Quoted values and numbers differ between problems of one kind.
_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


def kind_of(problem: Problem) -> str:
    """Return a text that is equal for problems of one kind: those with the same severity and the same fix."""
    return f"{problem.severity}: {_VALUE.sub('', problem.hint or problem.message)}"


def group_by_kind(problems: Iterable[Problem]) -> list[list[Problem]]:
    """Return the problems of each kind, in their order; errors first, then warnings, then notes."""
    groups: dict[str, list[Problem]] = {}
    for problem in problems:
        groups.setdefault(kind_of(problem), []).append(problem)
    return sorted(groups.values(), key=lambda group: _ORDER[group[0].severity])
