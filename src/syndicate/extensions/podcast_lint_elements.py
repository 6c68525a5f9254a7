"""What the linter knows of the elements of podcasts; the form is that of `Extension.lint_elements`."""

from __future__ import annotations

ITUNES = """
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
    keywords ci 1 text=keywords
    name @owner 1 text=filled
    new-feed-url c 1 text=url
    order i 1 text=count
    owner c 1
    season i 1 text=positive
    subtitle ci 1 text=itunes255
    summary ci 1 text=itunes4000
    title ci 1 text=filled
    type c 1 text=episodic|serial
"""

PODCAST = """
    alternateEnclosure i * type!=media length=count bitrate=number height=count lang=language \
    title=upto32 rel=upto32 codecs=any default=true|false
    block c * text=yes|no id=token
    chapters i 1 url!=url type!=media
    chat ci 1 text=any server!=filled protocol!=filled accountId=any space=any embedUrl=url
    contentLink i * text=filled href!=iri
    episode i 1 text=decimal display=upto32
    funding ci * text=upto128 url!=url
    guid c 1 text=uuid
    image ci * text=any href!=url alt=any aspect-ratio=any width=count height=count \
    type=media purpose=any
    images ci 1 srcset!=filled
    integrity @alternateEnclosure 1 type!=sri|pgp-signature value!=filled
    license ci 1 text=upto128 url=url
    liveItem c * status!=pending|live|ended start!=rfc3339 end=rfc3339
    location ci * text=upto128 geo=geo osm=osm rel=subject|creator country=country
    locked c 1 text=yes|no owner=mail
    medium c 1 text=medium
    person ci * text=upto128 role=role group=group img=url href=url
    podping c 1 usesPodping=true|false
    podroll c 1
    publisher c 1
    remoteItem c@podroll,publisher,valueTimeSplit * feedGuid!=uuid feedUrl=url itemGuid=any \
    medium=medium title=any
    season i 1 text=count name=upto128
    socialInteract ci * protocol!=filled uri=iri accountId=any accountUrl=url priority=count
    soundbite i * text=any startTime!=decimal duration!=decimal
    source @alternateEnclosure * uri!=iri contentType=media
    trailer c * text=filled url!=url pubdate!=rfc822 length=count type=media season=count
    transcript i * url!=url type!=media language=language rel=any
    txt ci * text=upto4000 purpose=upto128
    updateFrequency c 1 text=upto128 complete=true|false dtstart=any rrule=any
    value ci * type!=filled method!=filled suggested=decimal
    valueRecipient @value,valueTimeSplit * name=any customKey=any customValue=any type!=filled \
    address!=filled split!=count fee=true|false
    valueTimeSplit @value * startTime!=decimal duration!=decimal remoteStartTime=decimal \
    remotePercentage=count
"""

SIMPLE_CHAPTERS = """
    chapters i 1 version=any
    chapter @chapters * start!=time title!=filled href=url image=url
"""
