"""Text that has broken feeds and mails before, and any other."""

from __future__ import annotations

from hypothesis import strategies as st

NASTY = (
    "\x00",
    "\x01\x02",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1f",
    "\x7f",
    "\x85",
    "\ud800",
    "\udfff",
    "\ud83d\ude00",  # a pair of surrogates, as a careless decoder leaves it
    "\ufffe",
    "\uffff",
    "\ufeff",
    "\U0001fffe",
    "\U0010ffff",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "<?xml ?>",
    "&amp;",
    "&#0;",
    "&#xD800;",
    "&nbsp;",
    "<b>",
    "</title>",
    "@body@",
    "\u202eevil\u202c",
    "\u200f",
    "\u200d",
    "👩\u200d👩\u200d👧\u200d👦",
    "𝒳",
    "e\u0301",
    "\u2028",
    "\u2029",
    "\r",
    "\n",
    "\r\n",
    "\t",
    " ",
    "=?utf-8?q?=0A?=",
    "=",
    ".",
    "\n.\n",
    "\nFrom ",
    "العربية",
    "日本語",
)

anything = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.lists(
        st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=()), max_size=5)),
        max_size=8,
    ).map("".join),
    st.sampled_from(NASTY).map(lambda text: text * 300),
)
"""Any text, lone surrogates and control characters included."""

said = anything.filter(lambda text: text.strip(" \t\n\r\f\v") != "")
"""Any text that is not blank."""
