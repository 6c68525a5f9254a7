"""An element of a namespace that syndicate knows nothing of."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from .base import Filled, Frozen

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$")]
"""An XML name without a colon; ASCII only, as all namespaces in use for feeds have them."""

_TAKEN = {"xml", "xmlns", "atom", "content", "dc", "media", "itunes", "podcast", "georss", "slash", "wfw"}


class Element(Frozen):
    """An element of the publisher's own, for feeds and for articles in them.

    RSS and Atom write it as `<prefix:name …>text</prefix:name>` with its namespace declared on it
    (Namespaces in XML 1.0; RFC 4287, section 6). JSON Feed writes the text, or an object of attributes
    and text, under `_prefix` (JSON Feed 1.1, "Extensions").

    Attributes:
        namespace: the URI that makes the name the publisher's own.
        prefix: what stands for it in the document.
        name: the element.
        text: plain text; may be empty.
        attributes: without a namespace.
    """

    namespace: Filled = Field(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$")
    prefix: Name
    name: Name
    text: str = ""
    attributes: dict[Name, str] = Field(default_factory=dict)

    @field_validator("prefix")
    @classmethod
    def _free(cls, prefix: str) -> str:
        if prefix.lower() in _TAKEN or prefix.lower().startswith("xml"):
            raise ValueError(f"the prefix {prefix!r} is taken; choose one of your own")
        return prefix
