"""The Content-Type that a document is served with."""

from __future__ import annotations

from ...model.findings import FindingCollector

_XML = ("application/xml", "text/xml")
# Format to the media type of its own, and to those that also let readers recognize it.
_MEDIA_TYPES = {
    "RSS": ("application/rss+xml", (*_XML, "application/rdf+xml")),
    "Atom": ("application/atom+xml", _XML),
    "JSON": ("application/feed+json", ("application/json",)),
    "OPML": ("text/x-opml", (*_XML, "text/x-opml+xml", "application/opml+xml", "text/opml")),
}


def check_content_type(findings: FindingCollector, content_type: str, format_name: str) -> None:
    """Check the Content-Type of a document.

    Args:
        findings: receives the findings.
        content_type: the header; empty if the server sends none.
        format_name: the name of the format, such as `RSS 2.0`.
    """
    own, others = _MEDIA_TYPES.get(format_name.partition(" ")[0], ("", ()))
    if not own:
        return
    given = content_type.partition(";")[0].strip().lower()
    findings.path = ""
    if given in others:
        findings.add("content-type-general", "Content-Type", f"{given}, not {own}")
    elif given != own:
        findings.add("content-type-wrong", "Content-Type", f"{given or 'none'}, not {own}")
