"""Formulas (MathML, KaTeX, MathJax) as text that people can read."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from .html_regions import Change, Region
from .html_tokens import iterate_tags
from .markup_tree import Node, parse_markup

FORMULA_TEXT = Change("formula became text", "formulas became text")

_SUPERSCRIPTS = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_SUBSCRIPTS = str.maketrans("0123456789+-−=()aeijmnopx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑᵢⱼₘₙₒₚₓ")
_SUPERSCRIPT_CHARS = frozenset("0123456789+-−=()ni")
_SUBSCRIPT_CHARS = frozenset("0123456789+-−=()aeijmnopx")
_SPACED = frozenset("=≠<>≤≥≪≫≈≃≅≡∼∝+−-±∓×÷⋅·∗∈∉∋⊂⊆⊃⊇∪∩∧∨→←↔⇒⇐⇔↦⟶⟹:∣|")
_ACCENTS = {
    **dict.fromkeys("¯‾ˉ_", "\u0304"),
    **dict.fromkeys("^ˆ", "\u0302"),
    **dict.fromkeys("~˜∼", "\u0303"),
    **dict.fromkeys("→⃗", "\u20d7"),
    "˙": "\u0307",
    ".": "\u0307",
    "¨": "\u0308",
}
_INVISIBLE = str.maketrans("", "", "\u2061\u2062\u2063\u2064\u200b")
_LARGE_OPERATORS = frozenset("∑∏∫∬∭∮⋃⋂⋁⋀∐")
_TEX_WRAPPER = re.compile(r"\{?\\(?:displaystyle|textstyle)\b\s*(.*?)\}?\s*", re.DOTALL)
_HIDDEN = frozenset({"annotation", "annotation-xml", "mphantom", "script", "style"})
_END_OF_MATH = re.compile(r"</math\b", re.IGNORECASE)
_SIGN = re.compile(r"^ ([+−±∓-]) ")
_MARGIN = re.compile(r" {2,}")


def convert_math(region: Region) -> str:
    """Return a formula as its description, its TeX or its characters, the first of these that it has."""
    root = parse_markup(region.inner)
    source = _tex(region.first(("alttext", "aria-label"))) or _annotation(root)
    text = source or format_math(root)
    if not text:
        return ""
    region.changes.add(FORMULA_TEXT)
    written = escape(text, quote=False)
    if source and re.search(r"[\\^_{}]", source):
        written = f"<code>{written}</code>"
    is_display = region.attributes.get("display") == "block" or "display" in region.attributes.get("mode", "")
    return f"<p>{written}</p>" if region.is_block else f" {written} " if is_display else written


def convert_formula(region: Region, *, has_source: bool) -> str | None:
    """Return a formula that KaTeX or MathJax drew, once; None if the element is something else.

    Args:
        has_source: whether the text has the sources of such formulas in scripts.
    """
    classes = region.attributes.get("class", "").split()
    if region.tag.name == "mjx-container" or {"katex", "mwe-math-element"} & {*classes}:
        if formula := _formula_in(region, region.inner):
            return convert_math(formula)
        label = region.first(("aria-label", "data-tex", "data-latex"))
        return _as_text(region, label) if label else None
    if not any(each.startswith("MathJax") for each in classes):
        return None
    if has_source:
        return ""
    markup = region.attributes.get("data-mathml") or region.inner
    formula = _formula_in(region, markup)
    return convert_math(formula) if formula else None


def _as_text(region: Region, text: str) -> str:
    region.changes.add(FORMULA_TEXT)
    return escape(" ".join(text.split()), quote=False)


def _formula_in(region: Region, markup: str) -> Region | None:
    """Return the first MathML in markup."""
    for tag in iterate_tags(markup):
        if tag.name == "math" and not tag.is_end:
            end = _END_OF_MATH.search(markup, tag.end)
            inner = markup[tag.end : end.start() if end else len(markup)]
            return replace(region, tag=tag, inner=inner, is_block=False)
    return None


def _annotation(root: Node) -> str:
    for node in root.descendants():
        if node.name == "annotation" and "tex" in node.attributes.get("encoding", "").lower():
            return _tex(node.text)
    return ""


def _tex(text: str) -> str:
    """Return TeX on one line, without the braces of a wrapper."""
    text = " ".join(text.split())
    wrapped = _TEX_WRAPPER.fullmatch(text)
    return wrapped[1].strip() if wrapped else text


def format_math(node: Node) -> str:
    """Return MathML as one line of text."""
    return _MARGIN.sub(" ", _row(node)).strip()


def _row(node: Node) -> str:
    text = "".join(
        each.translate(_INVISIBLE).strip() if isinstance(each, str) else _format(each)
        for each in node.content
    )
    return _SIGN.sub(r"\1", text)


def _format(node: Node) -> str:
    if node.name in _HIDDEN:
        return ""
    formatter = _FORMATTERS.get(node.name)
    return formatter(node) if formatter else _row(node)


def _operator(node: Node) -> str:
    text = node.text.translate(_INVISIBLE)
    if text in _SPACED or (len(text) > 1 and text.isalpha()):
        return f" {text} "
    return f"{text} " if text == "," else text


def _grouped(node: Node | None) -> str:
    """Return a part in parentheses unless it is a single thing."""
    text = _format(node).strip() if node else ""
    is_single = len(text) <= 1 or text.isalnum() or re.fullmatch(r"\([^()]*\)|[\d.,]+|√\w+", text)
    return text if is_single else f"({text})"


def _part(node: Node, index: int) -> Node | None:
    children = [each for each in node.children if each.name not in _HIDDEN]
    return children[index] if index < len(children) else None


def _text_of_part(node: Node, index: int) -> str:
    part = _part(node, index)
    return _format(part).strip() if part else ""


def _fraction(node: Node) -> str:
    if node.attributes.get("linethickness", "").strip().startswith("0"):
        return f"({_text_of_part(node, 0)} over {_text_of_part(node, 1)})"
    return f"{_grouped(_part(node, 0))}/{_grouped(_part(node, 1))}"


def _raised(text: str) -> str:
    if not text or text in ("′", "″", "‴", "'", "*", "†", "∗"):
        return text
    return text.translate(_SUPERSCRIPTS) if set(text) <= _SUPERSCRIPT_CHARS else f"^{_bracketed(text)}"


def _lowered(text: str) -> str:
    if not text:
        return text
    return text.translate(_SUBSCRIPTS) if set(text) <= _SUBSCRIPT_CHARS else f"_{_bracketed(text)}"


def _bracketed(text: str) -> str:
    return text if len(text) == 1 or text.isalnum() else f"({text})"


def _superscript(node: Node) -> str:
    return _base(node) + _raised(_text_of_part(node, 1))


def _subscript(node: Node) -> str:
    return _base(node) + _lowered(_text_of_part(node, 1)) + _gap(node)


def _both_scripts(node: Node) -> str:
    return _base(node) + _lowered(_text_of_part(node, 1)) + _raised(_text_of_part(node, 2)) + _gap(node)


def _base(node: Node) -> str:
    base = _text_of_part(node, 0)
    return base if len(base) <= 1 or re.fullmatch(r"\w+|.*\)|\w\W", base) else f"({base})"


def _gap(node: Node) -> str:
    return (
        " "
        if _text_of_part(node, 0) in _LARGE_OPERATORS
        or (_text_of_part(node, 0).isalpha() and len(_text_of_part(node, 0)) > 1)
        else ""
    )


def _over(node: Node) -> str:
    base, mark = _text_of_part(node, 0), _text_of_part(node, 1)
    if accent := _ACCENTS.get(mark):
        return base + accent if len(base) == 1 else f"{base}{mark}"
    return _superscript(node)


def _under(node: Node) -> str:
    return _text_of_part(node, 0) if _text_of_part(node, 1) in "_¯⏟" else _subscript(node)


def _root(node: Node) -> str:
    index = _text_of_part(node, 1)
    return (
        f"{_raised(index) if index and set(index) <= _SUPERSCRIPT_CHARS else ''}√{_grouped(_part(node, 0))}"
    )


def _square_root(node: Node) -> str:
    inner = Node("mrow", content=node.content)
    return f"√{_grouped(inner)}"


def _table(node: Node) -> str:
    rows = [
        ", ".join(_format(cell).strip() for cell in row.children)
        for row in node.children
        if row.name in ("mtr", "mlabeledtr", "tr")
    ]
    return f"[{'; '.join(rows)}]" if len(rows) > 1 or any("," in row for row in rows) else "".join(rows)


def _fenced(node: Node) -> str:
    separators = node.attributes.get("separators", ",").strip()
    separator = f"{separators[0]} " if separators else ""
    inner = separator.join(_format(each).strip() for each in node.children)
    return f"{node.attributes.get('open', '(')}{inner}{node.attributes.get('close', ')')}"


def _first(node: Node) -> str:
    return _text_of_part(node, 0)


def _scripts(node: Node) -> str:
    before, after = _split_scripts([each for each in node.children if each.name not in _HIDDEN][1:])
    return f"{_pairs(before)}{_base(node)}{_pairs(after)}"


def _split_scripts(scripts: list[Node]) -> tuple[list[Node], list[Node]]:
    for index, each in enumerate(scripts):
        if each.name == "mprescripts":
            return scripts[index + 1 :], scripts[:index]
    return [], scripts


def _pairs(scripts: list[Node]) -> str:
    texts = ["" if each.name == "none" else _format(each).strip() for each in scripts]
    return "".join(_lowered(text) if index % 2 == 0 else _raised(text) for index, text in enumerate(texts))


_FORMATTERS = {
    "mo": _operator,
    "mi": lambda node: node.text.translate(_INVISIBLE),
    "mn": lambda node: node.text,
    "mtext": lambda node: f" {node.text} " if len(node.text) > 1 else node.text,
    "ms": lambda node: f'"{node.text}"',
    "mspace": lambda _node: " ",
    "mfrac": _fraction,
    "msup": _superscript,
    "msub": _subscript,
    "msubsup": _both_scripts,
    "munderover": _both_scripts,
    "mover": _over,
    "munder": _under,
    "msqrt": _square_root,
    "mroot": _root,
    "mtable": _table,
    "mfenced": _fenced,
    "mmultiscripts": _scripts,
    "semantics": _first,
    "maction": _first,
}
