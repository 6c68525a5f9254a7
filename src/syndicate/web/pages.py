"""HTML pages from `templates/web`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..resources import templates


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = FileSystemLoader(templates() / "web")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def render_page(name: str, **values: Any) -> str:
    """Return the page of a template; every value is escaped."""
    return _environment().get_template(name).render(**values)
