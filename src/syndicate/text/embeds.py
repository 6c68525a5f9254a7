"""Frames, objects and widgets as links to the pages that they show."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote, urlsplit

from .embed_providers import find_embed
from .html_regions import Change, Region, host_of, make_link, shorten_name, web_address, words_of
from .html_tokens import iterate_tags, read_attributes

FRAME_LINK = Change("frame became a link", "frames became links")
FRAME_TEXT = Change("frame became its text", "frames became their text")
FRAME_DROPPED = Change("frame without an address was left out", "frames without an address were left out")
HIDDEN_FRAME = Change("hidden frame was left out", "hidden frames were left out")
EMBED_LINK = Change("embedded object became a link", "embedded objects became links")
EMBED_TEXT = Change("embedded object became its text", "embedded objects became their text")
WIDGET_LINK = Change("widget became a link", "widgets became links")
SCRIPT_DROPPED = Change("script was left out", "scripts were left out")
FORMULA_SCRIPT = Change("formula became text", "formulas became text")

# What sites write as the title of every frame. It says nothing about this one.
_MEANINGLESS_TITLES = re.compile(
    r"(?:(?:youtube|vimeo|spotify|soundcloud|embedded|video|audio|media|wordpress|post|iframe|tiktok|instagram|"
    r"twitter|x|google|maps?|podcast)\b\W*)*(?:(?:embed(?:ded)?|video|audio|media)?\W*(?:player|frame|content|embed)|post)?",
    re.IGNORECASE,
)
_ADDRESSES = (
    *("src", "data-src", "data-lazy-src", "data-litespeed-src", "data-src-cmplz", "data-cookieblock-src"),
    *("data-lazyload", "data-original", "data-url", "data-iframe-src", "data-consent-src"),
)
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_LINK = re.compile(r"<a\b", re.IGNORECASE)


def convert_frame(region: Region) -> str:
    """Return a link to the page of a frame, or what stands in its place for browsers without frames."""
    address = region.address(_ADDRESSES)
    if address and _is_hidden(region):
        region.changes.add(HIDDEN_FRAME, host_of(address))
        return ""
    fallback = _first_link(region.inner, region.base)
    if not address:
        if document := region.attributes.get("srcdoc", ""):
            region.changes.add(FRAME_TEXT)
            return document
        if fallback is None:
            region.changes.add(FRAME_DROPPED)
            return ""
    embed = find_embed(address) if address else None
    page, name = _page_and_name(region, address)
    if fallback and (not address or (embed and embed.page == address)):
        # The page itself, such as the album that a player of Bandcamp plays.
        page, name = fallback[0], region.name if _says_something(region.name) else fallback[1] or name
    region.changes.add(FRAME_LINK, host_of(page))
    return region.link(page, name)


def convert_object(region: Region) -> str:
    """Return an object as an image, as what stands in its place, or as a link."""
    address = region.address(("data", "src", "movie", "code")) or _parameter(region) or _inner_source(region)
    media_type = region.attributes.get("type", "").lower()
    words = words_of(region.inner)
    if media_type.startswith("image/") and address:
        region.changes.add(Change("object became an image", "objects became images"))
        return f'<img src="{_attribute(address)}" alt="{_attribute(region.name or words)}">'
    if _LINK.search(region.inner) or not address:
        inner = region.convert_inner()
        if words or inner.strip():
            region.changes.add(EMBED_TEXT)
        return inner
    page, name = _page_and_name(region, address)
    if words and not region.name:
        name = words
    region.changes.add(EMBED_LINK, host_of(page))
    return region.link(page, name)


def convert_portal(region: Region) -> str:
    """Return a link to the page of a portal, and its content."""
    address = region.address(_ADDRESSES)
    inner = region.convert_inner()
    if not address:
        return inner
    region.changes.add(FRAME_LINK, host_of(address))
    return region.link(*_page_and_name(region, address)) + inner


def _page_and_name(region: Region, address: str) -> tuple[str, str]:
    """Return the page of an embed, and its name: by the author, else by the site, else its host."""
    embed = find_embed(address)
    page = embed.page if embed else address
    name = region.name if _says_something(region.name) else ""
    if embed:
        return page, name or shorten_name(region.caption) or embed.label
    host = host_of(address)
    name = name or _file_name(address)
    return page, f"{name} ({host})" if name else host


def _says_something(title: str) -> bool:
    return bool(title) and not _MEANINGLESS_TITLES.fullmatch(title.strip())


def _file_name(address: str) -> str:
    """Return the name of a file such as `report.pdf`, if the address has one."""
    name = unquote(urlsplit(address).path.rpartition("/")[2])
    return shorten_name(name) if re.fullmatch(r"[^/<>\x00-\x1f]+\.[a-z0-9]{2,5}", name, re.IGNORECASE) else ""


def _is_hidden(region: Region) -> bool:
    sizes = [region.attributes.get(name, "").strip().removesuffix("px") for name in ("width", "height")]
    style = re.sub(r"\s", "", region.attributes.get("style", "").lower())
    return (
        all(size in ("0", "1") for size in sizes) or "display:none" in style or "visibility:hidden" in style
    )


def _first_link(html: str, base: str | None) -> tuple[str, str] | None:
    """Return the address and the words of the first link in a fragment."""
    if not _LINK.search(html):
        return None
    for tag in iterate_tags(html):
        if tag.name == "a" and not tag.is_end:
            address = web_address(read_attributes(tag.attributes).get("href", ""), base)
            if address:
                end = re.compile(r"</a\s*>", re.IGNORECASE).search(html, tag.end)
                return address, words_of(html[tag.end : end.start() if end else len(html)])
    return None


def _parameter(region: Region) -> str:
    """Return the address in a `<param>` of an object."""
    for tag in iterate_tags(region.inner):
        if tag.name == "param":
            values = read_attributes(tag.attributes)
            is_address = values.get("name", "").lower() in ("movie", "src", "url", "filename")
            if is_address and (address := web_address(values.get("value", ""), region.base)):
                return address
    return ""


def _inner_source(region: Region) -> str:
    """Return the address of an `<embed>` or a frame in an object."""
    for tag in iterate_tags(region.inner):
        if tag.name in ("embed", "iframe", "object"):
            values = read_attributes(tag.attributes)
            if address := web_address(values.get("src") or values.get("data") or "", region.base):
                return address
    return ""


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


# Widgets: elements that a script of their site fills

_TEX_TYPES = ("math/tex", "math/asciimath", "text/x-tex")


def convert_script(region: Region) -> str:
    """Return a script that puts something into its place as a link, and drop every other script."""
    attributes = region.attributes
    kind = attributes.get("type", "").lower().partition(";")
    if kind[0].strip() in _TEX_TYPES:
        source = " ".join(unescape(region.inner).split())
        region.changes.add(FORMULA_SCRIPT)
        return f"<code>{_attribute(source)}</code>"
    if "json" in kind[0]:
        return ""
    address = region.address(("src", "data-src"))
    if post := attributes.get("data-telegram-post", "").strip():
        return _widget(region, f"https://t.me/{post.lstrip('/')}")
    if attributes.get("class") == "speakerdeck-embed" and (number := attributes.get("data-id", "")):
        return _widget(region, f"https://speakerdeck.com/player/{number}")
    if re.match(
        r"https?://(?:gist\.github\.com/.+\.js|asciinema\.org/a/.+\.js|datawrapper\.dwcdn\.net/\w+/)", address
    ):
        return _widget(region, address)
    region.changes.add(SCRIPT_DROPPED, host_of(address) if address else "")
    return ""


def _widget(region: Region, address: str) -> str:
    if not (address := web_address(address, region.base)):
        return ""
    page, name = _page_and_name(region, address)
    region.changes.add(WIDGET_LINK, host_of(page))
    return region.link(page, name)


_CUSTOM_ELEMENTS: dict[str, tuple[tuple[str, ...], str]] = {
    "lite-youtube": (("videoid", "video-id"), "https://www.youtube.com/embed/{}"),
    "lite-vimeo": (("videoid", "video-id"), "https://player.vimeo.com/video/{}"),
    "youtube-embed": (("video-id", "videoid", "id"), "https://www.youtube.com/embed/{}"),
    "youtube-video": (("src",), "{}"),
    "vimeo-video": (("src",), "{}"),
    "spotify-audio": (("src",), "{}"),
    "amp-youtube": (("data-videoid",), "https://www.youtube.com/embed/{}"),
    "amp-vimeo": (("data-videoid",), "https://player.vimeo.com/video/{}"),
    "amp-dailymotion": (("data-videoid",), "https://www.dailymotion.com/embed/video/{}"),
    "amp-twitter": (("data-tweetid",), "https://platform.twitter.com/embed/Tweet.html?id={}"),
    "amp-instagram": (("data-shortcode",), "https://www.instagram.com/p/{}/embed"),
    "amp-facebook": (("data-href",), "{}"),
    "amp-gist": (("data-gistid",), "https://gist.github.com/{}.js"),
    "amp-soundcloud": (
        ("data-trackid",),
        "https://w.soundcloud.com/player/?url=https://api.soundcloud.com/tracks/{}",
    ),
    "amp-iframe": (("src",), "{}"),
}
"""Elements that stand for a frame: the attributes with its number or address, and the address."""

CUSTOM_ELEMENTS = frozenset(_CUSTOM_ELEMENTS)


def convert_custom_element(region: Region) -> str:
    """Return a custom element that stands for a frame as a link."""
    names, template = _CUSTOM_ELEMENTS[region.tag.name]
    value = region.first(names)
    address = web_address(template.format(value), region.base) if value else ""
    inner = region.convert_inner()
    if not address:
        return inner
    page, name = _page_and_name(region, address)
    label = re.sub(r"^Play(?: video)?:?\s+", "", region.first(("playlabel", "videotitle")))
    words = words_of(inner)
    name = shorten_name(label or (words if not _LINK.search(inner) else "") or name)
    region.changes.add(WIDGET_LINK, host_of(page))
    return region.link(page, name)


WIDGET_MARKS = (
    *("fb-post", "fb-video", "flourish-embed", "infogram-embed", "typeform-widget"),
    "wp-block-embed__wrapper",
)
"""Classes of divisions that a script fills."""
_QUOTED_POSTS = {
    "twitter-tweet": (),
    "twitter-video": (),
    "instagram-media": ("data-instgrm-permalink",),
    "tiktok-embed": ("cite",),
    "text-post-media": ("data-text-post-permalink",),
    "bluesky-embed": (),
    "reddit-card": (),
    "reddit-embed-bq": (),
    "mastodon-embed": ("data-embed-url",),
    "imgur-embed-pub": (),
}
"""Classes of quotations that a script turns into a post: the attributes with its address."""


def convert_widget(region: Region) -> str | None:
    """Return an empty division that a script would fill as a link; None if it is no such thing."""
    attributes = region.attributes
    classes = attributes.get("class", "").split()
    address = ""
    if "fb-post" in classes or "fb-video" in classes:
        address = attributes.get("data-href", "")
    elif "flourish-embed" in classes and "/" in attributes.get("data-src", ""):
        address = f"https://flo.uri.sh/{attributes['data-src'].partition('?')[0]}/embed"
    elif "infogram-embed" in classes and "data-id" in attributes:
        address = f"https://infogram.com/{attributes['data-id']}"
    elif "wp-block-embed__wrapper" in classes and _ADDRESS.fullmatch(region.inner.strip()):
        return _widget(region, unescape(region.inner.strip()))
    elif "typeform-widget" in classes:
        address = attributes.get("data-url", "")
    if not (address := web_address(address, region.base)):
        return None
    inner = region.convert_inner()
    return inner if _LINK.search(inner) else _widget(region, address) + inner


def convert_quoted_post(region: Region) -> str | None:
    """Return a quoted post with a link to the post if it has none; None if it is an ordinary quotation."""
    kinds = [each for each in region.attributes.get("class", "").split() if each in _QUOTED_POSTS]
    if not kinds:
        return None
    inner = region.convert_inner()
    link = _first_link(inner, region.base)
    address = region.address(_QUOTED_POSTS[kinds[0]])
    if link is None and not address:
        return f"<blockquote>{inner}</blockquote>"
    embed = find_embed(link[0] if link else address)
    if link is None or not words_of(inner):
        page = link[0] if link else embed.page if embed else address
        region.changes.add(WIDGET_LINK, host_of(page))
        name = region.name or (f"Post on {host_of(page)}")
        inner = (inner if words_of(inner) else "") + f"<p>{make_link(page, name)}</p>"
    return f"<blockquote>{inner}</blockquote>"
