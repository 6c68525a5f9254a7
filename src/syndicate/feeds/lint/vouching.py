"""Entries that need no second look.

What the linter says of an entry depends on its shape and on its values. Where one entry of a shape was found
in order, another with harmless values is as well; to see that values are harmless takes a tenth of the time.
What cannot be vouched for is linted, so that nothing is said otherwise: a property test.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ..document import Entry
from ..form import FileForm, ImageForm, PersonForm, TagForm
from ..head import Head
from . import values
from .markup import harmless, markup_in
from .values import SPACE

_SAFE = r"[A-Za-z0-9_~!$&'()*+,;=:@/?.\-]*+"
_WEB = re.compile(
    rf"https?://[A-Za-z0-9][A-Za-z0-9.\-]*+(?::[0-9]{{1,5}})?/{_SAFE}(?:%[0-9A-F]{{2}}{_SAFE})*+"
)
_DATE = re.compile(r"(?:19[7-9]|20[0-9])[0-9]-")
# Where the offset begins, from the end: +00:00.
_ZONE = -6
_EARLIEST, _LATEST = 1970, 2100
# A shorter one may be too short for a guid.
_SHORTEST_ID = 12


def vouched(entry: Entry) -> bool:
    """Whether every value of an entry is one that the linter has nothing against in any format."""
    form = entry.form
    rare = (
        form.license,
        form.canonical,
        form.alternates,
        form.discussion,
        form.replies,
        form.origin,
        form.place,
        form.episode,
        form.elements,
        form.files[1:],
    )
    if any(rare) or (form.language and values.language(form.language)):
        return False
    return (
        len(form.id) >= _SHORTEST_ID
        and (_WEB.fullmatch(form.id) is not None or (not form.permalink and values.is_iri(form.id)))
        and values.canonical(form.id)
        and (form.permalink or not form.link or _WEB.fullmatch(form.link) is not None)
        and _plain(form.title)
        and _plain(form.rights)
        and _dated(form.published, form.updated)
        and (form.summary is None or _plain(form.summary))
        and all(map(_person, form.authors))
        and all(map(_tag, form.tags))
        and all(map(_file, form.files))
        and (form.image is None or _image(form.image))
        and harmless(entry.html)
    )


def vouched_head(head: Head) -> bool:
    """Whether what tells the feeds of a family apart is nothing that the linter has anything against."""
    feed = head.feed
    rare = head.page is not None or head.older is not None or head.gone or feed.podcast
    return (
        not rare
        and _plain(feed.title)
        and (not feed.description or _plain(feed.description))
        and (head.updated is None or _EARLIEST < head.updated.year < _LATEST)
    )


def _plain(text: str | None) -> bool:
    """Whether it is plain, or absent."""
    if text is None:
        return True
    return "<" not in text and bool(text.strip(SPACE)) and ("&" not in text or markup_in(text) is None)


def _dated(published: str | None, updated: str | None) -> bool:
    if updated is None or not _DATE.match(updated):
        return False
    if published is None or published == updated:
        return True
    # In one zone texts sort as moments do; what is in two is left to the linter.
    one_zone = published[_ZONE:] == updated[_ZONE:]
    return one_zone and published < updated and _DATE.match(published) is not None


# The same people and tags come again and again.
@lru_cache(maxsize=4000)
def _person(person: PersonForm) -> bool:
    label, name, email, url = person
    return (
        _plain(label)
        and _plain(name)
        and (email is None or values.is_mail(email))
        and (url is None or _WEB.fullmatch(url) is not None)
    )


@lru_cache(maxsize=4000)
def _tag(tag: TagForm) -> bool:
    term, label, scheme = tag
    return _plain(term) and _plain(label) and (scheme is None or _WEB.fullmatch(scheme) is not None)


def _file(file: FileForm) -> bool:
    url, media_type, length, title, _ = file
    return (
        _WEB.fullmatch(url) is not None
        and values.media_type(media_type) is None
        and (length is None or values.is_count(length))
        and _plain(title)
    )


def _image(image: ImageForm) -> bool:
    url, media_type, width, height, alt, credit = image
    return (
        _WEB.fullmatch(url) is not None
        and (media_type is None or values.media_type(media_type) is None)
        and all(each is None or values.is_positive(each) for each in (width, height))
        and _plain(alt)
        and _plain(credit)
    )
