"""A letter for the mail linter's tests: whole and right, with slots for what is wrong."""

from __future__ import annotations

from typing import NamedTuple

from syndicate import Article
from syndicate.mail import compile_message
from syndicate.model import Digest, Mailbox, Newsletter

ARTICLES = (
    Article(id="urn:x:1", title="The wall is mended", link="https://h.example/1"),
    Article(id="urn:x:2", title="Fees & “quiet hours”", link="https://h.example/2?a=1"),
)

HTML = """<!doctype html>
<html lang="en" dir="ltr">
<head>
<title>Harbour weekly</title>
<meta name="color-scheme" content="light dark">
<style>
.page { color: #222222 }
@style
@media (prefers-color-scheme: dark) {
.page { background-color: #111111 !important; color: #eeeeee !important }
.page a { color: #99ccff !important }
@dark
}
</style>
@head
</head>
<body style="margin:0">
<div style="display:none">@preheaderThe wall, and fees@fill</div>
<div class="page" lang="en" dir="ltr" style="background-color:#ffffff;color:#222222">
<h1>Harbour weekly</h1>
<table role="presentation" width="600"><tr><td>
<h2><a style="color:#0044cc" href="https://h.example/1?utm_source=mail">The wall is mended</a></h2>
<p>The last block was lowered into place.</p>
@body
<h2><a style="color:#0044cc" href="https://h.example/2?a=1&amp;utm_source=mail">
Fees &amp; “quiet hours”</a></h2>
<p>The council met for <b>five</b> hours.</p>
</td></tr></table>
<p><a style="color:#0044cc" href="mailto:desk@h.example?subject=unsubscribe%20x">Unsubscribe</a></p>
@foot
</div>
</body>
</html>
"""

TEXT = """Harbour weekly
==============
@top

1. The wall is mended
---------------------
The last block was lowered into place.

https://h.example/1?utm_source=mail
@story

2. Fees & “quiet
   hours”
----------------
https://h.example/2?a=1&utm_source=mail

Unsubscribe:
mailto:desk@h.example?subject=unsubscribe%20x
@end
"""

FILL = "\u034f\u200c\u00a0" * 100
SLOTS = (
    *("@style", "@dark", "@head", "@preheader", "@fill", "@body", "@foot"),
    *("@top", "@story", "@end"),
)


def letter(part: str = "html", slot: str = "@body", value: str = "") -> Digest:
    """A right letter with something put into a slot, or in place of other text."""
    parts = {"html": HTML, "text": TEXT}
    if part in parts:
        if slot not in parts[part]:
            raise AssertionError(f"no {slot!r} in the {part} part")
        parts[part] = parts[part].replace(slot, value, 1)
    for left in SLOTS:
        for name in parts:
            parts[name] = parts[name].replace(left, FILL if left == "@fill" else "")
    return Digest(
        subject="Harbour weekly: The wall is mended",
        html=parts["html"],
        text=parts["text"],
        preheader="The wall, and fees",
    )


def message(digest: Digest) -> bytes:
    """The letter as it is sent."""
    sender = Mailbox(email="news@h.example", name="Harbour")
    compiled = compile_message(Newsletter(name="weekly", title="Weekly", sender=sender), digest, slots={})
    return compiled.fill(
        {
            "to": "ann@h.example",
            "message_id": "<x@h.example>",
            "date": "Mon, 14 Sep 2026 05:00:00 +0000",
            "list_unsubscribe": "<https://h.example/x>,\r\n <mailto:desk@h.example?subject=unsubscribe%20x>",
            "feedback_id": "weekly-1:weekly:harbour-example",
            "list_unsubscribe_post": "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        }
    )


class Case(NamedTuple):
    """A rule, a letter that breaks it and nothing else, and one that is nearly the same and right."""

    rule: str
    part: str
    slot: str
    bad: str
    good: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.rule}-{self.part}-{self.path.replace(' ', '')}"
