"""An edition as mail programs show it: light, dark, inverted, without images. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

ColorScheme = Literal["light", "dark", "inverted"]
COLOR_SCHEMES: tuple[ColorScheme, ...] = get_args(ColorScheme)

_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style\s*>)", re.DOTALL | re.IGNORECASE)
_MEDIA = re.compile(r"""(<[a-z][^<>]*?\smedia\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_SUPPORTS_DARK = re.compile(r"color-scheme\b[^;}>]*\bdark\b", re.IGNORECASE)
_CID = re.compile(r"(?<=[\"'(=])cid:([^\"')\s>]+)", re.IGNORECASE)
_END = re.compile(r"</body\s*>", re.IGNORECASE)
# Media features that are true and false in every browser.
_TRUE, _FALSE = "(min-width: 0px)", "(max-width: 0px)"
# Some mail programs ignore the dark mode of the mail: they invert its colours and keep hues and images.
_INVERT_PAGE = """
html { background: #fff !important; filter: invert(1) hue-rotate(180deg); min-height: 100%; }
"""
_KEEP_IMAGES = "img { filter: invert(1) hue-rotate(180deg); }\n"


def emulate_color_scheme(
    html: str, scheme: ColorScheme, images: Mapping[str, str] | None = None, *, show_images: bool = True
) -> str:
    """Return the HTML part of an edition so that it looks the same whatever colours the browser prefers.

    Links open in a new tab. Additions are at the end, so that the paths of elements stay valid.

    Args:
        scheme: `dark` applies the dark mode of the edition, `inverted` inverts the colours.
        images: the URLs of embedded images by Content-ID.
        show_images: if false, the alternative text of images is inverted like all text.
    """
    if images:
        html = _CID.sub(lambda match: images.get(match[1], match[0]), html)
    supports_dark = _SUPPORTS_DARK.search(html) is not None

    def decide(match: re.Match[str]) -> str:
        return _TRUE if (match[1].lower() == "dark") is (scheme == "dark") else _FALSE

    html = _STYLE.sub(lambda match: match[1] + _PREFERS.sub(decide, match[2]) + match[3], html)
    html = _MEDIA.sub(lambda match: match[1] + _PREFERS.sub(decide, match[2]), html)
    css_scheme = "dark" if scheme == "dark" and supports_dark else "light"
    added = f"\n<style>:root {{ color-scheme: {css_scheme} !important; }}"
    if scheme == "inverted":
        added += _INVERT_PAGE + (_KEEP_IMAGES if show_images else "")
    added += '</style><base target="_blank">\n'
    ends = [*_END.finditer(html)]
    offset = ends[-1].start() if ends else len(html)
    return html[:offset] + added + html[offset:]
