"""Rules for the message: MIME structure, encodings, lines, size."""

from __future__ import annotations

RULES = (
    ("mime-structure", "E", "the message does not offer plain text first and then HTML",
     "use multipart/alternative with text/plain, then text/html or multipart/related",
     "RFC 2046, section 5.1.4"),
    ("mime-charset", "E", "a part does not declare UTF-8", "add charset=utf-8",
     "RFC 2045, section 5.2; RFC 2046, section 4.1.2"),
    ("mime-encoding", "E", "a part is neither quoted-printable nor base64",
     "encode it, so that no server has to", "RFC 2045, section 6"),
    ("mime-encoded-line", "E", "an encoded line has more than 76 characters",
     "end it with a soft line break", "RFC 2045, sections 6.7 and 6.8"),
    ("mime-line-long", "E", "a line has more than 998 bytes", "fold it, or encode the part",
     "RFC 5322, section 2.1.1"),
    ("mime-line-end", "E", "a line ends with CR or LF alone", "end every line with CRLF",
     "RFC 5322, section 2.3"),
    ("mime-nul", "E", "the message contains a NUL", "remove it",
     "RFC 5322, section 4; RFC 2045, section 2.7"),
    ("mime-boundary", "E", "the boundary occurs in the content, where it would end the part",
     "use another boundary", "RFC 2046, section 5.1.1"),
    ("image-not-embedded", "E", "no part of the message has the Content-ID of this image",
     "embed the image, or show it from an https address", "RFC 2392, section 2"),
    ("size-decoded", "E", "the HTML is so large that Gmail clips the message",
     "show fewer articles (limit), or shorter ones", "Gmail, measured: email-bugs 41"),
    ("size-encoded", "E", "the encoded HTML is so large that Gmail clips the message",
     "show fewer articles (limit), or shorter ones; text that is not Latin triples in quoted-printable",
     "Gmail, measured: email-bugs 41"),
    ("size-near", "W", "the HTML is almost so large that Gmail clips the message",
     "show fewer articles (limit), or shorter ones", "Gmail, measured: email-bugs 41"),
)  # fmt: skip
"""Id, E for error or W for warning, what is wrong, how to fix it, source."""
