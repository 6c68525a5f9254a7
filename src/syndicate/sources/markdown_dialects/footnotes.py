"""Footnotes: at the end of the text, with links there and back.

The ids are those of Hugo and kramdown, so that a link works on the article's own page too.
"""

from __future__ import annotations

import re

from .source_map import Ranges, map_source

_START = "<!--footnotes-->"
_INLINE = re.compile(
    r"\^\[(?<!\\\^\[)((?:[^\[\]\n]|\[[^\[\]\n]{0,300}\](?:\([^()\s]{0,1000}\))?){1,3000})\](?!\()"
)
_REFERENCE = re.compile(r'<sup class="footnote-reference"><a href="#([^"]*)">(\d+)</a></sup>')
_DEFINITION = re.compile(
    r'<div class="footnote-definition" id="([^"]*)"><sup class="footnote-definition-label">(\d+)</sup>\n?'
)
_LAST_PARAGRAPH = re.compile(r"</p>\s*\Z")


def move_footnotes(text: str) -> str:
    """Return the text with its definitions of footnotes at the end.

    Pandoc's footnotes in the text, `^[text]`, become definitions. Definitions in lists and quotes stay there.
    """
    if "^[" in text:
        text = _name_inline_footnotes(text)
    definitions = sorted(map_source(text).footnotes) if "]:" in text else []
    if not definitions:
        return text
    parts = []
    position = 0
    for start, end in definitions:
        parts.append(text[position:start])
        position = end
    parts += [text[position:], f"\n\n{_START}\n\n"]
    parts += [text[start:end].rstrip("\n") + "\n\n" for start, end in definitions]
    return "".join(parts)


def _name_inline_footnotes(text: str) -> str:
    matches = list(_INLINE.finditer(text))
    if not matches:
        return text
    source_map = map_source(text)
    code = Ranges([*source_map.code(), *source_map.math()])
    parts: list[str] = []
    notes: list[str] = []
    position = 0
    for number, match in enumerate(matches, 1):
        if match.start() not in code:
            parts += (text[position : match.start()], f"[^in-text-{number}]")
            notes.append(f"\n\n[^in-text-{number}]: {match[1]}")
            position = match.end()
    return "".join((*parts, text[position:], *notes))


def finish_footnotes(html: str) -> str:
    """Return the HTML of the parser with a list of the footnotes at its end, and links there and back."""
    if 'class="footnote-' not in html:
        return html.replace(_START, "")
    counts: dict[str, int] = {}

    def refer(match: re.Match[str]) -> str:
        number = match[2]
        count = counts[number] = counts.get(number, 0) + 1
        return f'<sup id="{_reference_id(number, count)}"><a href="#fn:{number}">{number}</a></sup>'

    html = _REFERENCE.sub(refer, html)
    text, _, notes = html.partition(_START)
    text = _DEFINITION.sub(lambda match: f'<div id="fn:{match[2]}"><sup>{match[2]}</sup> ', text)
    parts = _DEFINITION.split(notes)[1:]
    if not parts:
        return text
    items = sorted(
        (int(number), note.rstrip().removesuffix("</div>"))
        for number, note in zip(parts[1::3], parts[2::3], strict=True)
    )
    first = items[0][0]
    start = f' start="{first}"' if first != 1 else ""
    listed = "\n".join(
        f'<li id="fn:{number}">\n{_with_back_links(note.strip(), number, counts.get(str(number), 0))}\n</li>'
        for number, note in items
    )
    return f"{text.rstrip()}\n<hr />\n<ol{start}>\n{listed}\n</ol>\n"


def _reference_id(number: str | int, count: int) -> str:
    return f"fnref:{number}" if count == 1 else f"fnref{count - 1}:{number}"


def _with_back_links(note: str, number: int, references: int) -> str:
    links = "".join(
        f' <a href="#{_reference_id(number, count)}">↩{count if count > 1 else ""}</a>'
        for count in range(1, min(references, 20) + 1)
    )
    match = _LAST_PARAGRAPH.search(note, max(0, len(note) - 20))
    return f"{note[: match.start()]}{links}</p>" if match else f"{note}{links}"
