"""Media RSS: the image, and the fields of files that an enclosure lacks.

Source: Media RSS Specification 1.5.1 (RSS Advisory Board).
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Article, Attachment, Format, Image
from .extension import Extension, XmlElement, xml_element


class Media(Extension):
    """`media:group` for attachments, `media:content` and `media:thumbnail` for the image."""

    name = "media"
    article_fields = ("image", "attachments")
    namespaces = {"media": "http://search.yahoo.com/mrss/"}
    lint_elements = {
        "media": """
            adult ci@group,content 1 text=true|false
            backLink @backLinks * text=url
            backLinks ci@group,content 1
            category ci@group,content * text=filled scheme=iri label=any
            comment @comments * text=any
            comments ci@group,content 1
            community ci@group,content 1
            content i@group * url=url fileSize=positive type=media \
    medium=image|audio|video|document|executable isDefault=true|false \
    expression=sample|full|nonstop bitrate=number framerate=number samplingrate=number \
    channels=count duration=decimal height=count width=count lang=language
            copyright ci@group,content 1 text=any url=url
            credit ci@group,content * text=filled role=any scheme=iri
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
            rating ci@group,content * text=filled scheme=iri
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
    }

    def entry_elements(self, article: Article, format: Format) -> Iterable[XmlElement]:
        files = article.attachments
        timed = any(file.duration is not None for file in files)
        # An RSS item has one enclosure, which has no title. Links in Atom lack only the duration.
        if timed or (format == "rss" and (len(files) > 1 or any(file.title for file in files))):
            yield _group(files)
        if article.image:
            yield from _image(article.image)

    def unsupported_fields(self, article: Article, format: Format) -> Iterable[str]:
        if format == "json" and article.image:
            for name in ("media_type", "width", "height", "alt", "credit"):
                if getattr(article.image, name):
                    yield f"image.{name}"


def _group(files: tuple[Attachment, ...]) -> XmlElement:
    return xml_element(
        "media:group",
        None,
        *(
            xml_element(
                "media:content",
                None,
                *((xml_element("media:title", file.title, type="plain"),) if file.title else ()),
                url=file.url,
                # 0 means unknown (RSS 2.0, enclosure).
                fileSize=_number(file.length or None),
                type=file.media_type,
                duration=None if file.duration is None else str(round(file.duration)),
                isDefault="true" if number == 0 else None,
            )
            for number, file in enumerate(files)
        ),
    )


def _image(image: Image) -> Iterable[XmlElement]:
    width, height = _number(image.width), _number(image.height)
    children = [xml_element("media:description", image.alt, type="plain")] if image.alt else []
    children.append(xml_element("media:thumbnail", url=image.url, width=width, height=height))
    if image.credit:
        children.append(xml_element("media:credit", image.credit))
    yield xml_element(
        "media:content",
        None,
        *children,
        url=image.url,
        type=image.media_type,
        medium="image",
        width=width,
        height=height,
    )


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)
