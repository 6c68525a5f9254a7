"""HTML pages from `templates/web`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..i18n import Translator
from ..resources import templates
from ..text.bidi import language_direction


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = FileSystemLoader(templates() / "web")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def render_page(name: str, **values: Any) -> str:
    """Return the page of a template of `templates/web`; every value is escaped."""
    return _environment().get_template(name).render(**values)


def render_translated(name: str, translator: Translator, **values: Any) -> str:
    """Return a page whose messages are in the language of the translator."""
    language = translator.language
    functions = {"_": translator.html, "gettext": translator.gettext}
    direction = language_direction(language)
    return render_page(name, language=language, dir=direction, **functions, **values)
