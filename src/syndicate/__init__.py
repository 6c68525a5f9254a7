"""Article records in; feeds and newsletters out, on time, to everyone, never twice.

Three levels of use, each complete without the next:

1. Functions: `to_rss`, `to_atom`, `to_json_feed`, `render_digest`, over articles in memory.
2. `Newsroom.open("syndicate.toml")`: `ingest()`, `publish()`, `compose()`, `send()`.
3. The daemon, `syndicate run`: the same by the clock.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

__version__ = "0.1.0"


@cache
def _homes() -> dict[str, str]:
    """The module that defines each public name, as the stub `__init__.pyi` imports it."""
    import ast
    from importlib.resources import files

    stub = ast.parse(files(__name__).joinpath("__init__.pyi").read_text(encoding="utf-8"))
    imports = (node for node in stub.body if isinstance(node, ast.ImportFrom))
    return {alias.name: f".{node.module}" for node in imports for alias in node.names}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import syndicate` loads nothing else (PEP 562)."""
    if name == "__all__":
        return sorted(_homes())
    if name.startswith("_") or name not in _homes():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_homes()[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*sorted(_homes()), "__all__", "__version__"]
