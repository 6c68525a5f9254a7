"""Wrong letters, each with its right twin."""

from __future__ import annotations

from helpers_mail_lint import FILL, HTML, TEXT, Case

B, S, D = "@body", "@style", "@dark"
PIXEL = '<img src="https://h.example/i.png" width="20" alt="A wall">'
LINK = '<a style="color:#0044cc" href="https://h.example/1?utm_source=mail"'
_DARK = HTML[HTML.index("@media") : HTML.index("</style>")]
_FIRST = HTML[HTML.index("<h2>") : HTML.index("<p>The last")]
_WRAPPER = '<div class="page" lang="en" dir="ltr"'
_H2 = "The wall is mended</a></h2>"
_STORY = TEXT[TEXT.index("1. The") : TEXT.index("@story")]
_WIDE = "日本語の長い一行。" * 5


PARTS_CASES = [
    Case("character-illegal", "text", "@story", "a\x07b", "a b", "text"),
    Case("character-illegal", "html", B, "<p>\x85a</p>", "<p>a</p>", "html"),
    Case("article-missing-html", "html", _H2, "The wall</a></h2>", _H2, "(//body)[1]"),
    Case("article-missing-html", "html",
         _FIRST, _FIRST.replace("h2>", "p>"), _FIRST.replace("h2>", "b><h2>", 1)
         .replace("</h2>", "</h2></b>"), "(//body)[1]"),
    Case("article-missing-text", "text", "1. The wall is mended", "1. The wall", "1. The wall is  mended",
         "text"),
    Case("article-order", "text", TEXT,
         TEXT.replace(_STORY, "").replace("Unsubscribe:", f"{_STORY}\nUnsubscribe:"), TEXT, "(//h2)[2]"),
    Case("article-link-missing", "text",
         "https://h.example/1?utm_source=mail", "", "https://h.example/1?utm_source=mail",
         "(//a)[1]"),
    Case("link-html-only", "html", B, f"<p>{LINK.replace('/1', '/3')}>The tide</a></p>",
         f"<p>{LINK}>The wall is mended</a></p>", "(//a)[2]"),
    Case("link-text-only", "text", "@end", "https://h.example/3", "https://h.example/1?utm_source=mail",
         "text"),
    Case("link-text-only", "text", "@end", "[1] https://h.example/3", "See https://h.example/3.", "text"),
    Case("text-line-long", "text", "@story", "word " * 20, f"{'word ' * 14}", "text"),
    Case("text-line-long", "text", "@story", f"> {'word ' * 20}", f">     {'word ' * 20}", "text"),
    Case("text-line-long", "text", "@story", f"{_WIDE} a", _WIDE[:36], "text"),
]  # fmt: skip

STRUCTURE_CASES = [
    Case("html-unbalanced", "html", B, "<div><p>Words</p>", "<div><p>Words</p></div>", ""),
    Case("html-unbalanced", "html", B, "<p>Words</p></div>", "<p>Words<p>Words</p>", ""),
    Case("mjml-unrendered", "html", B, "<mj-text>Words</mj-text>", "<p>Words</p>", "(//mj-text)[1]"),
    Case("language-missing", "html", '<html lang="en"', "<html", '<html lang="en"', "(//html)[1]"),
    Case("language-missing", "html", _WRAPPER, _WRAPPER.replace(' lang="en"', ""), _WRAPPER, "(//div)[2]"),
    Case("direction-missing", "html", _WRAPPER, _WRAPPER.replace(' dir="ltr"', ""), _WRAPPER, "(//div)[2]"),
    Case("heading-h1", "html", "<h1>Harbour weekly</h1>", "<p>Harbour weekly</p>",
         "<h1>Harbour weekly</h1>", "(//body)[1]"),
    Case("heading-h1", "html", B, "<h1>Two</h1>", "<h2>Two</h2>", "(//h1)[2]"),
    Case("heading-skipped", "html", B, "<h4>Two</h4>", "<h3>Two</h3><h4>Three</h4>", "(//h4)[1]"),
    Case("heading-empty", "html", B, "<h3>\u200b </h3>", f"<h3>{PIXEL}</h3>", "(//h3)[1]"),
    Case("table-role", "html", B, "<table><tr><td>a</td></tr></table>",
         "<table><tr><th>a</th></tr></table>", "(//table)[2]"),
    Case("table-role", "html", B, "<table><tr><td><table><caption>x</caption></table></td></tr></table>",
         '<table role="none"><tr><td><table><caption>x</caption></table></td></tr></table>', "(//table)[2]"),
    Case("image-alt", "html", B, PIXEL.replace(' alt="A wall"', ""), PIXEL.replace("A wall", ""),
         "(//img)[1]"),
    Case("image-link-alt", "html", B, f"<p>{LINK}>{PIXEL.replace('A wall', '')}</a></p>",
         f'<p>{LINK} aria-hidden="true">{PIXEL.replace("A wall", "")}</a></p>', "(//img)[1]"),
    Case("image-width", "html", B, PIXEL.replace(' width="20"', ""), PIXEL, "(//img)[1]"),
    Case("image-address", "html", B, PIXEL.replace("https:", "http:"), PIXEL, "(//img)[1]"),
    Case("image-address", "html", B, PIXEL.replace("https://h.example/i.png", "data:image/png;base64,AA"),
         PIXEL.replace("https://h.example/i.png", "cid:wall@h.example"), "(//img)[1]"),
    Case("image-address", "html", B, PIXEL.replace("https://h.example/i.png", ""), PIXEL, "(//img)[1]"),
    Case("link-empty", "html", B, f"<p>{LINK}>\u200c </a></p>",
         f'<p>{LINK} aria-label="The wall is mended"> </a></p>', "(//a)[2]"),
    Case("link-vague", "html", B, f"<p>{LINK}>Click here!</a></p>",
         f'<p>{LINK} aria-label="The wall is mended">Read more</a></p>', "(//a)[2]"),
    Case("link-vague", "html", B, f"<p>{LINK}>続きを読む →</a></p>", "<p>続きを読む</p>", "(//a)[2]"),
    Case("link-ambiguous", "html", B, f"<p>{LINK}>Unsubscribe</a></p>", f"<p>{LINK}>The wall</a></p>",
         "(//a)[4]"),
    Case("address-relative", "html", B, '<blockquote cite="/x">a</blockquote>',
         '<blockquote cite="https://h.example/x">a</blockquote>', "(//blockquote)[1]"),
    Case("address-relative", "html", B, '<p><a href="SLOTx" style="color:#0044cc">Slots</a></p>',
         "<p>Slots</p>",
         "(//a)[2]"),
    Case("address-script", "html", B, '<p><a href=" java&#10;script:x" style="color:#0044cc">a</a></p>',
         "<p>javascript:x</p>", "(//a)[2]"),
    Case("html-active", "html", B, "<script>x</script>", "<p>script</p>", "(//script)[1]"),
    Case("html-active", "html", "@head", '<meta http-equiv="Refresh" content="0;url=https://h.example/">',
         '<meta http-equiv="content-type" content="text/html">', "(//meta)[2]"),
    Case("address-file", "html", B, '<p><a href="FILE:///srv/a.pdf" style="color:#0044cc">The plan</a></p>',
         '<p><a href="mailto:desk@h.example" style="color:#0044cc">The desk</a></p>', "(//a)[2]"),
    Case("html-form", "html", B, "<form><p>a</p></form>", "<p>a</p>", "(//form)[1]"),
    Case("html-event-handler", "html", B, '<p onclick="x()">a</p>', "<p>a</p>", "(//p)[2]"),
    Case("stylesheet-external", "html", "@head", '<link rel="stylesheet" href="https://h.example/x.css">', "",
         "(//link)[1]"),
    Case("stylesheet-external", "html", "<style>", '<style>@import "https://h.example/x.css";', "<style>",
         "(//style)[1]"),
]  # fmt: skip

_INK = "background-color:#ffffff;color:#222222"
_RULE = "p.a{margin:0}"
_HIDDEN = '<div style="display:none">@preheaderThe wall, and fees@fill</div>'
_LARGE = "font-size:24px"
_META = '<meta name="color-scheme" content="light dark">'

LOOKS_CASES = [
    Case("contrast-light", "html", _INK, _INK.replace("#222222", "#777777"),
         _INK.replace("#222222", "#767676"), "(//p)[1]"),
    Case("contrast-light", "html", _INK, _INK.replace("#222222", "#22222299"),
         _INK.replace("#222222", "#222222cc"), "(//p)[1]"),
    Case("contrast-dark", "html", "color: #eeeeee !important", "color: #6f6f6f !important",
         "color: #808080 !important", "(//p)[1]"),
    Case("contrast-dark", "html", D, ".page h1 { color: #555555 !important }",
         ".page h1 { color: #666666 !important }", "(//h1)[1]"),
    Case("contrast-dark", "html", D, ".page b { color: #777777 }",
         "b { color: #777777 } .page b { color: #eee }", "(//b)[1]"),
    Case("contrast-inverted", "html", B, '<p style="color:#ffffff;background:#0000ff">a</p>',
         '<p style="color:#ffffff;background:#000099">a</p>', "(//p)[2]"),
    Case("contrast-image", "html", B,
         '<p style="color:#222222;background:#ffffff url(https://h.example/i.png)">a</p>',
         '<p style="color:#222222;background:#ffffff">a</p>', "(//p)[2]"),
    Case("background-missing", "html", "</body>", f'<p style="color:#767676;{_LARGE}">a</p></body>',
         f'<p style="color:#767676;{_LARGE};background:#ffffff">a</p></body>', "(//p)[4]"),
    Case("preheader-missing", "html", _HIDDEN, "", _HIDDEN, "(//h1)[1]"),
    Case("preheader-missing", "html", "@preheader", "Other ", "", "(//div)[1]"),
    Case("preheader-visible", "html", _HIDDEN, _HIDDEN.replace(' style="display:none"', ""), _HIDDEN,
         "(//div)[1]"),
    Case("preheader-short", "html", "@fill", "", FILL, "(//div)[1]"),
    Case("color-scheme-missing", "html", _META, "", _META, "(//head)[1]"),
    Case("dark-styles-missing", "html", _DARK, "", _DARK, "(//head)[1]"),
    Case("styles-too-large", "html", "@head", f"<style>{_RULE * 430}</style>" * 3,
         f"<style>{_RULE * 430}</style>" * 2, "(//style)[1]"),
    Case("style-large", "html", S, _RULE * 640, _RULE * 600, "(//style)[1]"),
    Case("style-in-body", "html", B, "<style>p{margin:0}</style>", "", "(//style)[2]"),
    Case("style-nested-at-rule", "html", S, "@media screen { @media (max-width:9px) { p { margin:0 } } }",
         "@media screen and (max-width:9px) { p { margin:0 } }", "(//style)[1]"),
    Case("style-invalid", "html", S, "p { margin }", "p { margin: 0 }", "(//style)[1]"),
    Case("style-invalid", "html", S, "p:: { margin: 0 }", "p::selection { margin: 0 }", "(//style)[1]"),
]  # fmt: skip

_BORDER = "border:1px solid oklch(50% 0.1 20)"
CLIENT_CASES = [
    Case("client-content-lost", "html", B, '<p style="display:flex">a</p>', '<p style="display:block">a</p>',
         "(//p)[2]"),
    Case("client-content-lost", "html", B, f'<p style="{_BORDER}">a</p>',
         f'<p style="border:1px solid #222222;{_BORDER}">a</p>', "(//p)[2]"),
    Case("client-content-lost", "html", S, "p { position: absolute }",
         "@media (max-width: 9px) { p { position: absolute } }", "(//style)[1]"),
    Case("client-content-lost", "html", B, '<video src="https://h.example/v"></video>', "", "(//video)[1]"),
    Case("client-unsupported", "html", B, '<p style="float:left">a</p>', '<p style="text-align:left">a</p>',
         "(//p)[2]"),
    Case("client-unsupported", "html",
         S, "p ~ p { text-align: left }", "p ~ p { margin: 0 }", "(//style)[1]"),
    Case("client-unsupported", "html", B, '<p><a style="color:#0044cc" href="#top">To the top</a></p>', "",
         "(//a)[2]"),
    Case("client-image-format", "html", B, PIXEL.replace("png", "webp?x"), PIXEL, "(//img)[1]"),
]  # fmt: skip

DIGEST_CASES = [*PARTS_CASES, *STRUCTURE_CASES, *LOOKS_CASES, *CLIENT_CASES]
"""Each with a part of a digest that is wrong."""

_ADDRESSES = b"<https://h.example/x>,\r\n <mailto:desk@h.example?subject=unsubscribe%20x>"
_QP = b"Content-Transfer-Encoding: quoted-printable"
MESSAGE_CASES = [
    ("mime-structure", b"multipart/alternative", b"multipart/mixed", "message"),
    ("mime-structure", b"Content-Type: text/plain", b"Content-Type: text/enriched", "message"),
    ("mime-charset", b"charset=utf-8", b"charset=us-ascii", "message / text/plain"),
    ("mime-encoding", _QP, b"Content-Transfer-Encoding: 8bit", "message / text/plain"),
    ("mime-encoded-line", b"Harbour weekly\r\n", b"Harbour weekly" * 8 + b"\r\n", "message / text/plain"),
    ("mime-line-long", b"MIME-Version", b"X-Long: " + b"x" * 998 + b"\r\nMIME-Version", "message"),
    ("mime-line-end", b"\r\nMIME-Version", b"\nMIME-Version", "message"),
    ("mime-line-end", b"lowered into", b"lowered\rinto", "message"),
    ("mime-nul", b"Precedence: bulk", b"Precedence: bu\0lk", "message"),
    ("unsubscribe-header-missing", b"List-Unsubscribe: ", b"X-List-Unsubscribe: ", "message"),
    ("unsubscribe-header-missing", _ADDRESSES, b"desk@h.example", "message"),
    ("unsubscribe-header-encoded", _ADDRESSES, b"=?utf-8?q?=3Chttps=3A?=", "message"),
    ("unsubscribe-one-click", b"List-Unsubscribe-Post: ", b"X-Post: ", "message"),
    ("unsubscribe-one-click", b"=One-Click", b"=one-click", "message"),
]
"""What is wrong, the bytes that are put in another's place, and where it is found."""
