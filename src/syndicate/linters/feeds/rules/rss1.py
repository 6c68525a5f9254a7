"""Rules for RSS 0.90, 1.0 and 1.1."""

from __future__ import annotations

TABLE = (
    ("rss1-element-missing", "E", "a required element is missing",
     "a channel needs title, link, description and items; an item needs title and link",
     "RSS 1.0, section 5; W3C MissingElement, MissingTitle, MissingLink, MissingDescription"),
    ("rss1-about-missing", "E", "the element has no rdf:about", "add rdf:about with its address",
     "RSS 1.0, section 5; W3C MissingAttribute"),
    ("rss1-about-invalid", "E", "the address is not an absolute URI",
     "add scheme and host, and percent-encode other characters",
     "RSS 1.0, section 4; W3C InvalidLink, InvalidUriChar"),
    ("rss1-about-repeated", "E", "two elements have the same rdf:about", "give each article its own address",
     "RSS 1.0, section 5; W3C DuplicateValue"),
    ("rss1-items-invalid", "E", "items does not contain an rdf:Seq of rdf:li",
     "write <items><rdf:Seq><rdf:li rdf:resource=\"...\"/></rdf:Seq></items>",
     "RSS 1.0, section 5.3.5; W3C MissingElement, UndefinedElement"),
    ("rss1-resource-missing", "E", "the element has no rdf:resource",
     "add rdf:resource with the rdf:about that it means", "RSS 1.0, section 5.3; W3C MissingAttribute"),
    ("rss1-item-not-found", "W", "the table of contents names an item that is not in the document",
     "use the rdf:about of the item", "RSS 1.0, section 5.3.5"),
    ("rss1-mixed-content", "E", "the element contains both text and elements, which is not RDF",
     "escape the markup, or write rdf:parseType=\"Literal\"", "RDF/XML; W3C InvalidRDF"),
)  # fmt: skip
"""The rules: id, E for error or W for warning, message, fix, source."""
