"""A letter as mail programs show it: light, dark, inverted, without pictures. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

Branding = Literal["light", "dark", "inverted"]
LOOKS: tuple[Branding, ...] = get_args(Branding)

_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style\s*>)", re.DOTALL | re.IGNORECASE)
_MEDIA = re.compile(r"""(<[a-z][^<>]*?\smedia\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_SCHEME = re.compile(r"color-scheme\b[^;}>]*\bdark\b", re.IGNORECASE)
_CID = re.compile(r"(?<=[\"'(=])cid:([^\"')\s>]+)", re.IGNORECASE)
_END = re.compile(r"</body\s*>", re.IGNORECASE)
# True and false in every browser, wherever a media query may have a feature.
_YES, _NO = "(min-width: 0px)", "(max-width: 0px)"
# As mail programs do it that know nothing of a letter's own dark colours: the hues stay, pictures too.
_INVERTED = """
html { background: #fff !important; filter: invert(1) hue-rotate(180deg); min-height: 100%; }
"""
_UPRIGHT = "img { filter: invert(1) hue-rotate(180deg); }\n"


def emulate(
    html: str, look: Branding, pictures: Mapping[str, str] | None = None, *, images: bool = True
) -> str:
    """The HTML part of a letter, made to look the same in every browser, whatever that one prefers.

    Links lead into a new tab. What is added stands at the end, so that no element changes its place.

    Args:
        html: the part, as it is mailed.
        look: `dark` follows the letter's own rules for dark mode, `inverted` those of a program that has
            its own way.
        pictures: addresses of what travels in the mail, by Content-ID.
        images: whether they are to be seen; what is read in place of a picture is inverted as text is.
    """
    dark = look == "dark"
    if pictures:
        html = _CID.sub(lambda found: pictures.get(found[1], found[0]), html)
    able = _SCHEME.search(html) is not None

    def answer(found: re.Match[str]) -> str:
        return _YES if (found[1].lower() == "dark") is dark else _NO

    html = _STYLE.sub(lambda found: found[1] + _PREFERS.sub(answer, found[2]) + found[3], html)
    html = _MEDIA.sub(lambda found: found[1] + _PREFERS.sub(answer, found[2]), html)
    scheme = "dark" if dark and able else "light"
    added = f"\n<style>:root {{ color-scheme: {scheme} !important; }}"
    if look == "inverted":
        added += _INVERTED + (_UPRIGHT if images else "")
    added += '</style><base target="_blank">\n'
    ends = [*_END.finditer(html)]
    place = ends[-1].start() if ends else len(html)
    return html[:place] + added + html[place:]
