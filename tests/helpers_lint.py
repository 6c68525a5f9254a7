"""Valid documents for the tests of the feed linter, with slots for invalid parts."""

from __future__ import annotations

from typing import NamedTuple

from syndicate.extensions import NAMESPACES

URL = {
    "rss": "https://h.example/f.rss",
    "atom": "https://h.example/f.atom",
    "json": "https://h.example/f.json",
    "rss1": "https://h.example/f.rdf",
    "opml": "https://h.example/list.opml",
}
"""The addresses of the documents."""

_DECLARED = " ".join(
    f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items() if prefix not in ("atom", "gml")
)

RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" {_DECLARED}>
<channel>
<title>T</title>
<link>https://h.example/</link>
<description>D</description>
<atom:link rel="self" type="application/rss+xml" href="https://h.example/f.rss"/>
@head
<item>
<title>One</title>
<link>https://h.example/1</link>
<guid>https://h.example/1</guid>
@item
</item>
<item>
<title>Two</title>
<link>https://h.example/2</link>
<guid>https://h.example/2</guid>
</item>
@foot
</channel>
</rss>
"""

ATOM = f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" {_DECLARED} xml:lang="en">
<id>https://h.example/f.atom</id>
<title>T</title>
<updated>2026-04-04T09:00:00Z</updated>
<author><name>A</name></author>
<link rel="self" type="application/atom+xml" href="https://h.example/f.atom"/>
@head
<entry>
<id>urn:x:1</id>
<title>One</title>
<updated>2026-04-04T09:00:00Z</updated>
<link href="https://h.example/1"/>
@item
</entry>
<entry>
<id>urn:x:2</id>
<title>Two</title>
<updated>2026-04-03T09:00:00Z</updated>
<content type="html">&lt;p&gt;x&lt;/p&gt;</content>
</entry>
@foot
</feed>
"""

JSON = """{
"version": "https://jsonfeed.org/version/1.1",
"title": "T",
"home_page_url": "https://h.example/",
"feed_url": "https://h.example/f.json"@head,
"items": [
{"id": "1", "content_text": "One"@item},
{"id": "2", "content_text": "Two"}
]@foot
}
"""

RSS1 = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:trackback="http://madskills.com/public/xml/rss/module/trackback/">
<channel rdf:about="https://h.example/f.rdf">
<title>T</title>
<link>https://h.example/</link>
<description>D</description>
<items><rdf:Seq><rdf:li rdf:resource="https://h.example/1"/></rdf:Seq></items>
@head
</channel>
<item rdf:about="https://h.example/1">
<title>One</title>
<link>https://h.example/1</link>
@item
</item>
@foot
</rdf:RDF>
"""

OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
<head>
<title>T</title>
@head
</head>
<body>
<outline text="One" title="One" type="rss" xmlUrl="https://h.example/f.rss"/>
@item
</body>
@foot
</opml>
"""

BASES = {"rss": RSS, "atom": ATOM, "json": JSON, "rss1": RSS1, "opml": OPML}
ITUNES = (
    '<itunes:image href="https://h.example/i.jpg"/><itunes:category text="Arts"/>'
    "<itunes:explicit>false</itunes:explicit>"
)
"""The required elements of a podcast."""


def document_with(kind: str, slot: str = "@head", value: str = "") -> bytes:
    """A valid document with a value in a slot, or in place of other text."""
    text = BASES[kind]
    if slot not in ("@head", "@item", "@foot") and text.count(slot) < 1:
        raise AssertionError(f"no {slot!r} in {kind}")
    text = text.replace(slot, value, 1)
    for unused in ("@head", "@item", "@foot"):
        text = text.replace(unused, "")
    return text.encode("utf-8", "surrogatepass")


class Case(NamedTuple):
    """A rule, a document that breaks only this rule, and a similar valid document."""

    rule: str
    kind: str
    slot: str
    bad: str
    good: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.rule}-{self.kind}-{self.path.replace(' ', '')}"
