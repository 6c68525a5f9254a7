"""Links of records that have none, from a template in the config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ..model.slug import slug
from ..text.illegal_characters import repair_text
from .record_problems import RecordProblems


def fill_link_template(
    template: str,
    *,
    values: Mapping[str, Any],
    nameable: Mapping[str, Any],
    computed: Mapping[str, str],
    problems: RecordProblems,
) -> str:
    """Return the link of a record.

    Args:
        template: with `{path}`, `{slug}`, `{date:%Y/%m/%d}` or any field of the record in braces.
        values: of the record, by our names of fields.
        nameable: the record's own fields.
        computed: values that its source computed.

    Raises:
        RecordError: the record lacks what the template asks for.
    """
    variables: dict[str, Any] = {
        **{name: value for name, value in nameable.items() if isinstance(value, str | int)},
        **computed,
        "date": values.get("published") or values.get("updated"),
    }
    own_slug = nameable.get("slug")
    if isinstance(own_slug, str) and own_slug.strip():
        variables["slug"] = own_slug.strip()
    elif "slug" not in computed and (title := str(values.get("title", "")).strip()):
        variables["slug"] = slug(title)
    if "{date" in template and variables["date"] is None:
        raise problems.error("published", "the link template needs a date, and the record has none", None)
    try:
        return template.format_map(
            {
                name: quote(repair_text(value)) if isinstance(value, str) else value
                for name, value in variables.items()
                if name in template
            }
        )
    except KeyError as error:
        raise problems.error(
            "link",
            f"the link template asks for {{{error.args[0]}}}, which the record lacks",
            f"this record has {', '.join(sorted(variables))}",
        ) from None
    except (ValueError, AttributeError, IndexError, TypeError) as error:
        raise problems.error("link", f"the link template cannot be filled: {error}", None) from None
