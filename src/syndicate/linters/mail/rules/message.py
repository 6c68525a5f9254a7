"""Rules for the message: its structure, its encodings, its lines, its size."""

from __future__ import annotations

TABLE = (
    ("mime-structure", "E", "the message does not offer plain text first and then HTML",
     "write multipart/alternative: text/plain, then text/html, or multipart/related with it",
     "RFC 2046, section 5.1.4"),
    ("mime-charset", "E", "a part does not say that it is in UTF-8", "write charset=utf-8",
     "RFC 2045, section 5.2; RFC 2046, section 4.1.2"),
    ("mime-encoding", "E", "a part is neither in quoted-printable nor in base64",
     "encode it, so that no server on the way has to", "RFC 2045, section 6"),
    ("mime-encoded-line", "E", "an encoded line has more than 76 characters",
     "end it with a soft line break", "RFC 2045, sections 6.7 and 6.8"),
    ("mime-line-long", "E", "a line has more than 998 bytes", "fold it, or encode the part",
     "RFC 5322, section 2.1.1"),
    ("mime-line-end", "E", "a line ends with CR or LF alone", "write CRLF throughout",
     "RFC 5322, section 2.3"),
    ("mime-nul", "E", "the message holds a NUL", "take it out", "RFC 5322, section 4; RFC 2045, section 2.7"),
    ("mime-boundary", "E", "the boundary occurs in the content, where it would end the part",
     "choose another one", "RFC 2046, section 5.1.1"),
    ("image-not-embedded", "E", "no part of the message has the Content-ID of this image",
     "embed the image, or show it from an https address", "RFC 2392, section 2"),
    ("size-decoded", "E", "the HTML is so large that Gmail clips the letter",
     "show fewer articles (limit), or shorter ones", "Gmail, measured: email-bugs 41"),
    ("size-sent", "E", "the HTML as it is sent is so large that Gmail clips the letter",
     "show fewer articles (limit), or shorter ones; scripts but Latin grow threefold in quoted-printable",
     "Gmail, measured: email-bugs 41"),
    ("size-near", "W", "the HTML is nearly so large that Gmail clips the letter",
     "show fewer articles (limit), or shorter ones", "Gmail, measured: email-bugs 41"),
)  # fmt: skip
"""The rules: id, E for error or W for warning, message, fix, source."""
