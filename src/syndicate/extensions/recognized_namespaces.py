"""Namespaces of other publishers' feeds that syndicate does not write; the linter knows their elements.

Source: W3C Basic Geo; the Creative Commons RSS modules; the RSS 1.0 module syndication.
"""

from __future__ import annotations

from .extension import Extension


class BasicGeo(Extension):
    """W3C Basic Geo, and GML, whose elements the linter does not check."""

    lint_only = True
    name = "basic_geo"
    namespaces = {
        "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
        "gml": "http://www.opengis.net/gml",
    }
    lint_elements = {
        "geo": """
            Point ci 1
            lat ci@Point 1 text=latitude
            long ci@Point 1 text=longitude
            alt ci@Point 1 text=number
        """,
    }


class CreativeCommons(Extension):
    """The licence of a feed or an item."""

    lint_only = True
    name = "creative_commons"
    namespaces = {
        "cc": "http://creativecommons.org/ns#",
        "creativeCommons": "http://backend.userland.com/creativeCommonsRssModule",
    }
    namespace_aliases = {"http://web.resource.org/cc/": "cc"}
    lint_elements = {
        "cc": "license ci *",
        "creativeCommons": "license ci * text=url",
    }


class Syndication(Extension):
    """How often a feed changes."""

    lint_only = True
    name = "syndication"
    namespaces = {"sy": "http://purl.org/rss/1.0/modules/syndication/"}
    lint_elements = {
        "sy": """
            updateBase c 1 text=date
            updateFrequency c 1 text=positive
            updatePeriod c 1 text=hourly|daily|weekly|monthly|yearly
        """,
    }
