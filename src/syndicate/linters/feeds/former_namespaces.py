"""Namespaces that feeds contain and that no extension of syndicate writes: their elements.

The format of a table is that of `syndicate.extensions.Extension.lint_elements`.

Source: Dublin Core terms; the modules of RSS 1.0 (web.resource.org/rss/1.0/modules) and of RSS 2.0
(backend.userland.com); RFC 5023; the robots meta element of HTML.
"""

from __future__ import annotations

from typing import NamedTuple


class FormerNamespace(NamedTuple):
    """A namespace and its elements.

    Attributes:
        prefix: the usual one.
        names: the namespace, and other names of it.
        elements: the table.
    """

    prefix: str
    names: tuple[str, ...]
    elements: str


FORMER_NAMESPACES = (
    FormerNamespace(
        "access",
        ("http://www.bloglines.com/about/specs/fac-1.0",),
        """
        restriction ci 1 relationship!=allow|deny
        """,
    ),
    FormerNamespace(
        "admin",
        ("http://webns.net/mvcb/",),
        """
        errorReportsTo c 1 rdf:resource!=iri
        generatorAgent c 1 rdf:resource!=iri
        """,
    ),
    FormerNamespace(
        "app",
        ("http://www.w3.org/2007/app",),
        """
        accept @collection *
        categories @collection *
        collection ci 1 href!=iri
        control i 1
        draft @control 1 text=yes|no
        edited i 1 text=rfc3339
        """,
    ),
    FormerNamespace(
        "blogChannel",
        ("http://backend.userland.com/blogChannelModule",),
        """
        blogRoll c 1 text=url
        blink c 1 text=url
        changes c 1 text=url
        mySubscriptions c 1 text=url
        """,
    ),
    FormerNamespace(
        "conversationsNetwork",
        ("http://conversationsnetwork.org/rssNamespace-1.0/",),
        """
        image ci 1 text=url
        introMilliseconds ci 1 text=count
        ratingAverage i 1 text=decimal
        ratingCount i 1 text=count
        ratingIndividual i 1 text=positive
        ratingTimestamp i 1 text=rfc3339
        """,
    ),
    FormerNamespace(
        "dcterms",
        ("http://purl.org/dc/terms/",),
        """
        abstract ci *
        accessRights ci *
        accrualMethod ci *
        accrualPeriodicity ci *
        accrualPolicy ci *
        alternative ci *
        audience ci *
        available ci *
        bibliographicCitation ci *
        conformsTo ci *
        contributor ci *
        coverage ci *
        created ci 1 text=date
        creator ci *
        date ci *
        dateAccepted ci *
        dateCopyrighted ci *
        dateSubmitted ci *
        description ci *
        educationLevel ci *
        extent ci *
        format ci *
        hasFormat ci *
        hasPart ci *
        hasVersion ci *
        identifier ci *
        instructionalMethod ci *
        isFormatOf ci *
        isPartOf ci *
        isReferencedBy ci *
        isReplacedBy ci *
        isRequiredBy ci *
        isVersionOf ci *
        issued ci 1 text=date
        language ci *
        license ci *
        mediator ci *
        medium ci *
        modified ci 1 text=date
        provenance ci *
        publisher ci *
        references ci *
        relation ci *
        replaces ci *
        requires ci *
        rights ci *
        rightsHolder ci *
        source ci *
        spatial ci *
        subject ci *
        tableOfContents ci *
        temporal ci *
        title ci *
        type ci *
        valid ci *
        """,
    ),
    FormerNamespace(
        "ev",
        ("http://purl.org/rss/1.0/modules/event/",),
        """
        enddate i 1 text=localdate
        location i 1
        organizer i 1
        startdate i 1 text=localdate
        type i 1
        """,
    ),
    FormerNamespace(
        "geourl",
        ("http://geourl.org/rss/module/",),
        """
        latitude ci 1 text=latitude
        longitude ci 1 text=longitude
        """,
    ),
    FormerNamespace(
        "icbm",
        ("http://postneo.com/icbm", "http://postneo.com/icbm/"),
        """
        latitude ci 1 text=latitude
        longitude ci 1 text=longitude
        """,
    ),
    FormerNamespace(
        "pingback",
        ("http://madskills.com/public/xml/rss/module/pingback/",),
        """
        server i 1 text=url
        target i 1 text=url
        """,
    ),
    FormerNamespace(
        "trackback",
        ("http://madskills.com/public/xml/rss/module/trackback/",),
        """
        about i * text=link
        ping i 1 text=link
        """,
    ),
    FormerNamespace(
        "xhtml",
        ("http://www.w3.org/1999/xhtml",),
        """
        meta ci * name!=robots content!=robots
        """,
    ),
)
"""Each namespace."""
