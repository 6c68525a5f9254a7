"""The extensions as tables: where an element may stand, how often, and what it and its attributes hold.

A line is `name places count [text=kind] [attribute=kind ...]`. Places: `c` channel or feed, `i` item or
entry, `@` and parents within the same extension. Count: `1` or `*`. `attribute!=kind` must be there.

Sources: Media RSS 1.5.1; Apple's podcast requirements; the podcast namespace 1.0; Dublin Core 1.1; the RSS
1.0 modules content, syndication and slash; RFC 4685, 5005 and 6721; GeoRSS Simple; W3C Basic Geo; the
Creative Commons RSS modules.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .namespaces import NAMESPACES
from .value_checks import Kind, kind

_TABLES = {
    "at": """
        deleted-entry c * ref!=iri when!=rfc3339
        by @deleted-entry 1
        comment @deleted-entry 1
    """,
    "cc": "license ci *",
    "content": "encoded ci 1",
    "creativeCommons": "license ci * text=url",
    "dc": """
        contributor ci * text=filled
        coverage ci * text=filled
        creator ci * text=filled
        date ci 1 text=date
        description ci 1 text=filled
        format ci * text=filled
        identifier ci * text=filled
        language ci 1 text=language
        publisher ci * text=filled
        relation ci * text=filled
        rights ci 1 text=filled
        source ci * text=filled
        subject ci * text=filled
        title ci 1 text=filled
        type ci * text=filled
    """,
    "fh": """
        archive c 1 text=empty
        complete c 1 text=empty
    """,
    "geo": """
        Point ci 1
        lat ci@Point 1 text=latitude
        long ci@Point 1 text=longitude
        alt ci@Point 1 text=number
    """,
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
    "itunes": """
        applepodcastsverify c 1 text=filled
        author ci 1 text=filled
        block ci 1 text=yes
        category c@category * text!=filled
        complete c 1 text=yes
        duration i 1 text=duration
        email @owner 1 text=mail
        episode i 1 text=positive
        episodeType i 1 text=full|trailer|bonus
        explicit ci 1 text=explicit
        image ci 1 href!=picture
        keywords ci 1
        name @owner 1 text=filled
        new-feed-url c 1 text=url
        order i 1 text=count
        owner c 1
        season i 1 text=positive
        subtitle ci 1
        summary ci 1 text=upto4000
        title ci 1 text=filled
        type c 1 text=episodic|serial
    """,
    "media": """
        adult ci@group,content 1 text=true|false
        backLink @backLinks * text=url
        backLinks ci@group,content 1
        category ci@group,content * text=filled scheme=any label=any
        comment @comments * text=any
        comments ci@group,content 1
        community ci@group,content 1
        content i@group * url=url fileSize=count type=media medium=image|audio|video|document|executable \
isDefault=true|false expression=sample|full|nonstop bitrate=number framerate=number samplingrate=number \
channels=count duration=decimal height=count width=count lang=language
        copyright ci@group,content 1 text=any url=url
        credit ci@group,content * text=filled role=any scheme=any
        description ci@group,content 1 text=any type=plain|html
        embed ci@group,content 1 url!=url height=count width=count
        group i *
        hash ci@group,content * text=filled algo=md5|sha-1
        keywords ci@group,content 1 text=any
        license ci@group,content * text=any type=media href=url
        location ci@group,content * text=any description=any start=time end=time
        param @embed * text=any name!=filled
        peerLink ci@group,content * type=media href!=url
        player ci@group,content 1 url!=url height=count width=count
        price ci@group,content * text=any type=rent|purchase|package|subscription info=url \
price=decimal currency=any
        rating ci@group,content * text=filled scheme=any
        response @responses * text=url
        responses ci@group,content 1
        restriction ci@group,content * text=any relationship!=allow|deny type=country|uri|sharing
        rights ci@group,content 1 text=any status!=userCreated|official
        scene @scenes *
        sceneDescription @scene 1 text=any
        sceneEndTime @scene 1 text=time
        sceneStartTime @scene 1 text=time
        sceneTitle @scene 1 text=any
        scenes ci@group,content 1
        starRating @community 1 average=decimal count=count min=count max=count
        statistics @community 1 views=count favorites=count
        status ci@group,content 1 text=any state!=active|blocked|deleted reason=any
        subTitle ci@group,content * type!=media lang!=language href!=url
        tags @community 1 text=any
        text ci@group,content * text=any type=plain|html lang=language start=time end=time
        thumbnail ci@group,content * url!=url height=count width=count time=time
        title ci@group,content 1 text=any type=plain|html
    """,
    "podcast": """
        alternateEnclosure i * type!=media length=count bitrate=number height=count lang=language \
title=upto32 rel=upto32 codecs=any default=true|false
        block c * text=yes|no id=token
        chapters i@liveItem 1 url!=url type!=media
        chat ci@liveItem 1 text=any server!=filled protocol!=filled accountId=any space=any embedUrl=url
        contentLink @liveItem * text=filled href!=url
        episode i@liveItem 1 text=decimal display=upto32
        funding c * text=upto128 url!=url
        guid c 1 text=uuid
        image ci@liveItem * text=any href!=url alt=any aspect-ratio=any width=count height=count \
type=media purpose=any
        images ci@liveItem 1 srcset!=filled
        integrity @alternateEnclosure 1 type!=sri|pgp-signature value!=filled
        license ci@liveItem 1 text=upto128 url=url
        liveItem c * status!=pending|live|ended start!=rfc3339 end=rfc3339
        location ci@liveItem * text=upto128 geo=geo osm=osm rel=subject|creator country=country
        locked c 1 text=yes|no owner=mail
        medium c 1 text=medium
        person ci@liveItem * text=upto128 role=role group=group img=url href=url
        podping c 1 usesPodping=true|false
        podroll c 1
        publisher c 1
        remoteItem c@podroll,publisher,valueTimeSplit * feedGuid!=uuid feedUrl=url itemGuid=any \
medium=medium title=any
        season i@liveItem 1 text=count name=upto128
        socialInteract i@liveItem * protocol!=filled uri=iri accountId=any accountUrl=url priority=count
        soundbite i * text=any startTime!=decimal duration!=decimal
        source @alternateEnclosure * uri!=iri contentType=media
        trailer c * text=filled url!=url pubdate!=rfc822 length=count type=media season=count
        transcript i@liveItem * url!=url type!=media language=language rel=any
        txt ci@liveItem * text=upto4000 purpose=upto128
        updateFrequency c 1 text=upto128 complete=true|false dtstart=any rrule=any
        value ci@liveItem * type!=filled method!=filled suggested=decimal
        valueRecipient @value,valueTimeSplit * name=any customKey=any customValue=any type!=filled \
address!=filled split!=count fee=true|false
        valueTimeSplit @value * startTime!=decimal duration!=decimal remoteStartTime=decimal \
remotePercentage=count
    """,
    "slash": """
        comments i 1 text=count
        department i 1 text=filled
        hit_parade i 1 text=counts
        section i 1 text=filled
    """,
    "sy": """
        updateBase c 1 text=date
        updateFrequency c 1 text=positive
        updatePeriod c 1 text=hourly|daily|weekly|monthly|yearly
    """,
    "thr": """
        in-reply-to i * ref!=iri href=iri type=media source=iri
        total i 1 text=count
    """,
    "wfw": """
        comment i 1 text=url
        commentRss i 1 text=url
    """,
}


@dataclass(frozen=True, slots=True)
class Spec:
    """One element of an extension. `inside` are the elements of the same extension that may hold it."""

    name: str
    channel: bool
    item: bool
    inside: frozenset[str]
    once: bool
    text: Kind | None = None
    needed: tuple[str, ...] = ()
    attributes: dict[str, Kind] = field(default_factory=dict)


def _spec(prefix: str, line: str) -> Spec:
    name, places, count, *values = line.split()
    here, _, inside = places.partition("@")
    attributes: dict[str, str] = {}
    needed = []
    text = None
    for value in values:
        key, _, wanted = value.partition("=")
        if key.endswith("!"):
            key = key[:-1]
            needed.append(key)
        elif key == "text":
            text = wanted
            continue
        attributes[key] = wanted
    return Spec(
        name=f"{prefix}:{name}",
        channel="c" in here,
        item="i" in here,
        inside=frozenset(filter(None, inside.split(","))),
        once=count == "1",
        text=kind(text) if text else None,
        needed=tuple(needed),
        attributes={key: kind(wanted) for key, wanted in attributes.items()},
    )


SPECS = {
    f"{{{NAMESPACES[prefix]}}}{spec.name.partition(':')[2]}": spec
    for prefix, table in _TABLES.items()
    for spec in (_spec(prefix, line) for line in table.replace("\\\n", "").strip().splitlines())
}
"""Each element that is known, as lxml names it."""

# The namespace's page counts as its own name, and Creative Commons had an older one.
for _tag, _known in list(SPECS.items()):
    if _known.name.startswith("podcast:"):
        _page = "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"
        SPECS[f"{{{_page}}}{_known.name[8:]}"] = _known
SPECS["{http://web.resource.org/cc/}license"] = SPECS[f"{{{NAMESPACES['cc']}}}license"]
KNOWN = frozenset(tag.rpartition("}")[0] + "}" for tag in SPECS)
"""Namespaces, in braces, whose elements are all in the table."""
