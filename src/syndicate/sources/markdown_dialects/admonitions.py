"""Notes, tips and warnings: quotes that begin with their title in bold.

GitHub's alerts and Obsidian's callouts (`> [!NOTE]`), containers of Docusaurus, VuePress, Quarto and MyST
(`:::note`), those of Python-Markdown (`!!! note`), and MyST's fenced directives.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from textwrap import dedent

from .edits import Edit, apply_edits
from .source_map import Ranges, map_source

_ALERT = re.compile(
    r"^([ \t>]*>[ \t]*)\[!([A-Za-z][\w-]{0,30})(?:\|[^\]\n]{0,100})?\][+-]?[ \t]*([^\n]*)$", re.MULTILINE
)
_CONTAINER = re.compile(r"^([ \t>]*)(:{3,})[ \t]*([^\n]*)$", re.MULTILINE)
_INDENTED = re.compile(
    r"^([ \t]{0,12})(?:!!!|\?\?\?\+?|===)[ \t]+(?:([A-Za-z][\w-]{0,30})((?:[ \t][^\n\"]*)?)"
    r"(?:\"([^\n\"]*)\")?|\"([^\n\"]+)\")[ \t]*$",
    re.MULTILINE,
)
_DIRECTIVE = re.compile(r"\{([A-Za-z][\w:-]{0,40})\}[ \t]*([^\n]*)\Z")
_OPTION = re.compile(r"[ \t]*:[\w-]+:[^\n]*(?:\n|\Z)")
_ATTRIBUTES = re.compile(r"\{[^{}\n]*\}")
_LABEL = re.compile(r"\[([^\[\]\n]*)\]")
_TITLE_ATTRIBUTE = re.compile(r"title=\"([^\"\n]*)\"")

_TITLED = frozenset(
    {
        *("abstract", "admonition", "attention", "bug", "caution", "check", "danger", "details", "done"),
        *("error", "example", "failure", "faq", "help", "hint", "important", "info", "information"),
        *("missing", "note", "question", "quote", "cite", "seealso", "success", "summary", "tip", "tldr"),
        *("todo", "topic", "versionadded", "versionchanged", "deprecated", "warning", "warn"),
    }
)
"""The names of containers that are notes. Others, such as `columns`, only arrange their content."""
_WORDLESS = frozenset({"admonition", "details", "topic", "quote", "cite"})
_CODE_DIRECTIVES = frozenset(
    {"code", "code-block", "code-cell", "sourcecode", "parsed-literal", "literalinclude"}
)
_IMAGE_DIRECTIVES = frozenset({"image", "figure"})
_SILENT_DIRECTIVES = frozenset({"toctree", "contents", "index", "tableofcontents"})
_MAX_DEPTH = 12


def rewrite_admonitions(text: str, marks: bytes) -> str:
    """Return the text with admonitions as quotes. Those in code stay as they are.

    Args:
        text: Markdown.
        marks: the punctuation of the text.
    """
    if b"```{" in marks or b"~~~{" in marks:
        text = _rewrite_directives(text)
    if b">[!" in marks:
        text = _rewrite_alerts(text)
    if b":::" in marks:
        text = _rewrite_containers(text)
    if b"!!!" in marks or b"???" in marks or b'\n==="' in marks:
        text = _rewrite_indented(text)
    return text


def quote_admonition(kind: str, title: str | None, body: str) -> str:
    """Return a quote: the title in bold, and the text. Without a title, the kind is the title."""
    heading = (title or "").strip()
    if not heading and kind.lower() not in _WORDLESS:
        heading = kind.replace("-", " ").replace("_", " ").capitalize()
    lines = [*([f"**{heading}**", ""] if heading else []), *body.strip("\n").split("\n")]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _rewrite_alerts(text: str) -> str:
    matches = list(_ALERT.finditer(text))
    if not matches:
        return text
    code = Ranges(map_source(text).code())
    edits: list[Edit] = []
    for match in matches:
        prefix, kind, title = match[1], match[2], match[3].strip()
        if match.start() in code or match.end(1) in code:
            continue
        name = title or kind.capitalize()
        edits.append((match.start(), match.end(), f"{prefix}**{name}**\n{prefix.rstrip()}"))
    return apply_edits(text, edits)


def _rewrite_containers(text: str) -> str:
    """A line of colons with a name opens a container; one without closes the last that is open."""
    matches = list(_CONTAINER.finditer(text))
    if not matches:
        return text
    code = Ranges(map_source(text).code())
    matches = [match for match in matches if match.start(2) not in code]
    places = [match.start() for match in matches]
    closings = [not match[3].strip(" \t:") for match in matches]
    # Of each open container: the width of its indentation, and what its lines begin with.
    open_containers: list[tuple[int, str]] = []
    remaining = sum(closings)
    lines: list[str] = []
    position = 0
    for line in text.split("\n"):
        index = bisect_left(places, position)
        is_fence = index < len(places) and places[index] == position
        position += len(line) + 1
        prefix = "".join(each for _, each in open_containers)
        if not is_fence:
            lines.append((prefix + _without_indent(line, open_containers[-1][0])) if prefix else line)
        elif closings[index]:
            remaining -= 1
            if open_containers:
                open_containers.pop()
            lines.append("".join(each for _, each in open_containers).rstrip())
        else:
            lines.append(prefix.rstrip())
            match = matches[index]
            kind, title = _container_name(match[3])
            is_note = kind in _TITLED and ">" not in match[1] and len(open_containers) < _MAX_DEPTH
            if remaining > len(open_containers):
                own = ("" if prefix else match[1]) + "> " if is_note else ""
                open_containers.append((len(match[1]), own))
                prefix += own
            if heading := title or (kind.capitalize() if kind in _TITLED - _WORDLESS else ""):
                lines += [f"{prefix}**{heading}**", prefix.rstrip()]
    return "\n".join(lines)


def _without_indent(line: str, width: int) -> str:
    return line[len(line[:width]) - len(line[:width].lstrip(" ")) :]


def _container_name(text: str) -> tuple[str, str]:
    """Return the kind and the title of `note Title`, `note[Title]`, `{note} Title`, `{.callout-note}`."""
    text = text.strip().rstrip(":").strip()
    attribute = _TITLE_ATTRIBUTE.search(text)
    title = attribute[1] if attribute else ""
    if text.startswith("{"):
        inner, _, rest = text[1:].partition("}")
        words = [
            word.lstrip(".").removeprefix("callout-") for word in inner.split() if not word.startswith("#")
        ]
        kind = words[0].lower() if words else ""
        return kind, title or (rest.strip() if kind in _TITLED else "")
    text = _ATTRIBUTES.sub("", text)
    if not text.isascii() and not re.match(r"[\w-]+(?:[\s\[]|\Z)", text, re.ASCII):
        # The names of containers are ASCII: these are words.
        return "", text
    kind = re.split(r"[\s\[]", text, maxsplit=1)[0]
    rest = text[len(kind) :].strip()
    label = _LABEL.fullmatch(rest)
    kind = kind.lower().removeprefix("callout-")
    return kind, title or (label[1] if label else rest if kind in _TITLED else "")


def _rewrite_indented(text: str, depth: int = 0) -> str:
    matches = list(_INDENTED.finditer(text)) if depth < _MAX_DEPTH else []
    if not matches:
        return text
    code = Ranges(map_source(text).code())
    edits: list[Edit] = []
    end = 0
    for match in matches:
        if match.start() < end or match.end(1) in code:
            continue
        indent = len(match[1].expandtabs(4))
        body, end = _indented_body(text, match.end(), indent)
        if not body.strip() and match[0].lstrip().startswith("==="):
            continue
        body = _rewrite_indented(dedent(body.expandtabs(4)), depth + 1)
        title = match[4] if match[4] is not None else match[5]
        quoted = quote_admonition("" if match[2] is None else match[2], title, body)
        quoted = "\n".join(match[1] + line for line in quoted.split("\n"))
        edits.append((match.start(), end, f"\n{quoted}\n\n"))
    return apply_edits(text, edits)


def _indented_body(text: str, position: int, indent: int) -> tuple[str, int]:
    """Return the lines after a position that are blank or indented more than by `indent`, and their end."""
    start = end = min(position + 1, len(text))
    place = start
    while place < len(text):
        line_end = text.find("\n", place)
        line_end = len(text) if line_end < 0 else line_end + 1
        line = text[place:line_end].expandtabs(4)
        if line.strip():
            if len(line) - len(line.lstrip()) < indent + 2:
                break
            end = line_end
        place = line_end
    return text[start:end], end


def _rewrite_directives(text: str) -> str:
    """Rewrite MyST's fenced directives, and the cells of Quarto and R Markdown."""
    edits: list[Edit] = []
    for block in map_source(text).fenced_code:
        match = _DIRECTIVE.match(block.info.strip())
        lines = text[block.start : block.end].split("\n")
        has_end = len(lines) > 1 and bool(lines[-1].strip()) and not lines[-1].strip(" \t>`~")
        if match is None:
            if block.info.strip().startswith("{"):
                words = block.info.strip(" {}").replace(",", " ").split()
                language = words[0].lstrip(".") if words else ""
                lines[0] = lines[0].partition("{")[0] + language
                edits.append((block.start, block.end, "\n".join(lines)))
            continue
        name, argument = match[1].lower(), match[2].strip()
        body = dedent("\n".join(lines[1:-1] if has_end else lines[1:]))
        before = text[text.rfind("\n", 0, block.start) + 1 : block.start]
        replacement = _directive(name, argument, body, lines[0])
        if before.isspace():
            replacement = replacement.replace("\n", "\n" + before)
        edits.append((block.start, block.end, f"{replacement}\n"))
    return apply_edits(text, edits)


def _directive(name: str, argument: str, body: str, opening: str) -> str:
    options_end = 0
    while option := _OPTION.match(body, options_end):
        options_end = option.end()
    options, content = body[:options_end], body[options_end:]
    if name in _TITLED:
        if argument and name not in _WORDLESS and name.startswith(("version", "deprecated")):
            argument = f"{name.capitalize()} {argument}"
        return quote_admonition(name, argument, content)
    if name in _IMAGE_DIRECTIVES:
        alt = re.search(r":alt:[ \t]*([^\n]*)", options)
        image = f"![{alt[1] if alt else ''}](<{argument}>)"
        return f"{image}\n\n{content}" if content.strip() else image
    if name in _SILENT_DIRECTIVES:
        return ""
    language = argument.split()[0] if name in _CODE_DIRECTIVES and argument else name
    if name in _CODE_DIRECTIVES or name in ("math", "mermaid") or "-" not in name:
        fence = re.match(r"[ \t>]*(`+|~+)", opening)
        mark = fence[1] if fence else "```"
        code = "\n".join(line for line in content.split("\n") if not line.startswith("#| "))
        return f"{mark}{language if name != 'math' else ''}\n{code.strip(chr(10))}\n{mark}"
    return content
