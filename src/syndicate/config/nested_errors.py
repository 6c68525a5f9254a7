"""Validation errors as pydantic takes them back, to be reported together with others."""

from __future__ import annotations

from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from ..model.validation_messages import describe_error

# The loader of the config adds hints to these.
_REPORTED_BY_TYPE = ("missing", "extra_forbidden", "literal_error")


def own_error(message: str) -> PydanticCustomError:
    """Return an error with our own message."""
    return PydanticCustomError("config", "{message}", {"message": message})


def as_details(error: ErrorDetails, *prefix: int | str) -> InitErrorDetails:
    """Return an error that was raised, at its place below another one."""
    kind = error["type"] if error["type"] in _REPORTED_BY_TYPE else own_error(describe_error(error))
    return InitErrorDetails(
        type=kind, loc=(*prefix, *error["loc"]), input=error["input"], ctx=error.get("ctx", {})
    )
