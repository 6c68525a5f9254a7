"""The linter's idea of how a letter looks, beside a browser's."""

from __future__ import annotations

from pathlib import Path
from shutil import which
from typing import Any

import pytest

from syndicate.linters.mail.cascade import ComputedStyles, Scheme, TextStyle
from syndicate.linters.mail.colors import Color, parse_color
from syndicate.linters.mail.html_tree import Page
from syndicate.linters.mail.stylesheets import read_sheets
from test_html_checker import letters

ODD = """<!doctype html><html lang="en"><head><meta name="color-scheme" content="light dark"><style>
:root { color-scheme: light dark }
p.a, .b > b { color: #123456 } #one { color: rgb(10 20 30) } p#one.a { color: hsl(200 50% 40%) !important }
.c { font: bold 20px/1.2 serif; color: red; color: nonsense } .c small { font-size: smaller }
td:first-child { background: #eeeeee url(https://h.example/i.png) } [lang=de] { color: teal }
@media (prefers-color-scheme: dark) { p { color: white !important } .a, .c { background-color: #222 } }
@media print { * { color: lime !important } } @media (min-width: 700px) { .w { color: navy } }
.w::before { color: lime } .w:hover { color: lime } a:link { color: olive }
</style></head><body bgcolor="#fafafa" text="#333333">
<p class="a" id="one" style="color:#ff0000">One <b>two</b></p>
<p class="b"><b>three</b> <i style="color:inherit">four</i></p>
<div class="c">Big <small>small</small> <font color="#00aa00">old</font></div>
<table role="presentation" bgcolor="ddeeff"><tr>
<td>1</td><td><span class="w">2</span></td></tr></table>
<h2>Title <a href="https://h.example/">link</a></h2><mark>Marked</mark>
<p lang="de" style="font-size:1.5em">Fünf</p>
<div style="color:#808080;background:#000"><div style="background:transparent">Six</div>
<strong>Seven</strong></div>
</body></html>"""

SEEN = """() => {
  const ground = (each) => {
    for (; each; each = each.parentElement) {
      const found = getComputedStyle(each).backgroundColor;
      if (found !== "rgba(0, 0, 0, 0)") return found;
    }
    return "";
  };
  const tags = {};
  return [...document.querySelectorAll("*")].map((each) => {
    const tag = each.tagName.toLowerCase();
    tags[tag] = (tags[tag] || 0) + 1;
    const style = getComputedStyle(each);
    const words = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    return {path: `(//${tag})[${tags[tag]}]`, words: words && each.checkVisibility(), ink: style.color,
            ground: ground(each), size: parseFloat(style.fontSize), weight: parseInt(style.fontWeight)};
  }).filter((each) => each.words && !/style|script|title/.test(each.path));
}"""


@pytest.fixture(scope="module")
def browser() -> Any:
    from playwright.sync_api import sync_playwright

    program = which("chromium")
    if program is None:
        pytest.fail("a browser is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        yield chromium
        chromium.close()


def near(one: Color | None, other: str) -> bool:
    """Whether two colours are the same but for rounding."""
    found = parse_color(other) if other else None
    if one is None or found is None:
        return one is None and found is None
    return all(abs(a - b) <= 1.01 / 255 for a, b in zip(one, found, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_and_sizes_are_those_of_a_browser(browser: Any, tmp_path: Path, scheme: Scheme) -> None:
    odd = tmp_path / "odd.html"
    odd.write_text(ODD, encoding="utf-8")
    context = browser.new_context(viewport={"width": 1024, "height": 800}, color_scheme=scheme, offline=True)
    tab = context.new_page()
    compared = 0
    for file in [odd, *letters(tmp_path)]:
        text = file.read_text(encoding="utf-8")
        page = Page(text)
        looks = ComputedStyles(page, read_sheets(page), scheme, schemes=True)
        by_path: dict[str, TextStyle] = {page.path(each): looks.of[each] for each in page.elements}
        tab.set_content(text)
        for each in tab.evaluate(SEEN):
            look = by_path[each["path"]]
            told = (file.name, each, look)
            # Where nobody has set a colour it is the client's own.
            assert look.color is None or near(look.color, each["ink"]), told
            assert near(look.background, each["ground"]), told
            assert look.size == pytest.approx(each["size"], abs=0.5), told
            assert look.weight == each["weight"], told
            assert not look.hidden, told
            compared += 1
    context.close()
    assert compared > 300
