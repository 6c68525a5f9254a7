"""GeoRSS-Simple: where it happened (OGC 17-002r1)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ..model import Article, Format
from .extension import Extension, XmlElement, xml_element


class GeoRss(Extension):
    """`georss:point` and `georss:featurename`, from `Article.location`."""

    name = "georss"
    article_fields = ("location",)
    namespaces = {"georss": "http://www.georss.org/georss"}
    lint_elements = {
        "georss": """
            point ci * text=point
            line ci * text=line
            polygon ci * text=polygon
            box ci * text=box
            circle ci * text=any
            where ci *
            elev ci 1 text=number
            floor ci 1 text=number
            radius ci 1 text=number
            featurename ci 1 text=filled
            featuretypetag ci 1 text=filled
            relationshiptag ci 1 text=filled
        """,
    }

    def entry_elements(self, article: Article, format: Format) -> Iterable[XmlElement]:
        location = article.location
        if location is None:
            return
        # Readers of coordinates do not expect an exponent.
        latitude, longitude = (f"{Decimal(str(each)):f}" for each in (location.latitude, location.longitude))
        yield xml_element("georss:point", f"{latitude} {longitude}")
        if location.name:
            yield xml_element("georss:featurename", location.name)

    def unsupported_fields(self, article: Article, format: Format) -> Iterable[str]:
        return ("location",) if format == "json" and article.location else ()
