"""Shortcodes that show something of another site: a link to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from .tags import Tag

_ID = re.compile(r"[\w@.:-]{1,200}")
_YOUTUBE_ID = re.compile(r"(?:[?&]v=|youtu\.be/|/embed/|/shorts/|/live/)([\w-]{6,20})")


def _id(tag: Tag, *names: str) -> str:
    value = tag.argument(*names, "id", "code", "key").strip()
    return value if _ID.fullmatch(value) else ""


def _url(tag: Tag, *names: str) -> str:
    value = tag.argument("url", "link", "href", "src", *names).strip()
    return value if re.match(r"https?://\S+\Z", value) else ""


def _simple(template: str, *names: str) -> Callable[[Tag], str]:
    def address(tag: Tag) -> str:
        if url := _url(tag):
            return url
        value = _id(tag, *names)
        return template.replace("{}", quote(value, safe="@:.-_~")) if value else ""

    return address


def _youtube(tag: Tag) -> str:
    given = tag.argument("id", "videoid", "video_id", "video", "url", "src", "v", "code", "youtubeid").strip()
    found = _YOUTUBE_ID.search(given)
    identifier = found[1] if found else given if re.fullmatch(r"[\w-]{1,60}", given) else ""
    if not identifier:
        return given if given.startswith("https://") and not re.search(r"\s", given) else ""
    seconds = tag.argument("start", "t", position=None)
    return f"https://www.youtube.com/watch?v={identifier}" + (f"&t={seconds}s" if seconds.isdigit() else "")


def _post_on_x(tag: Tag) -> str:
    if url := _url(tag, "tweet"):
        return url
    user, identifier = tag.argument("user", position=None), _id(tag, "tweet_id", "tweetid")
    if not user and len(tag.values) > 1:
        user, identifier = tag.values[0], tag.values[1]
    if not identifier.isdigit():
        return ""
    return f"https://x.com/{quote(user.lstrip('@') or 'i')}/status/{identifier}"


def _gist(tag: Tag) -> str:
    given = [each for each in tag.values if _ID.fullmatch(each.replace("/", ""))]
    if url := _url(tag):
        return url
    user, identifier = tag.named.get("user", ""), _id(tag, "gist") if not given else given[0]
    if len(given) > 1 and "/" not in given[0]:
        user, identifier = given[0], given[1]
    path = identifier if "/" in identifier or not user else f"{user}/{identifier}"
    return f"https://gist.github.com/{quote(path.strip('/'))}" if path else ""


def _mastodon(tag: Tag) -> str:
    host = tag.argument("host", "instance", "server", position=None)
    user, identifier = tag.argument("user", position=None), tag.argument("id", position=None)
    if host and user and identifier.isdigit():
        return f"https://{quote(host)}/@{quote(user.lstrip('@'))}/{identifier}"
    return _url(tag)


def _codepen(tag: Tag) -> str:
    user = tag.argument("user", "username", position=None) or (tag.values[0] if len(tag.values) > 1 else "")
    identifier = _id(tag, "hash", "slug")
    if len(tag.values) > 1:
        identifier = tag.values[1]
    return _url(tag) or (
        f"https://codepen.io/{quote(user)}/pen/{quote(identifier)}" if user and identifier else ""
    )


def _spotify(tag: Tag) -> str:
    kind = tag.argument("type", position=None) or (tag.values[0] if len(tag.values) > 1 else "")
    identifier = tag.values[1] if len(tag.values) > 1 else _id(tag)
    if kind and identifier:
        return f"https://open.spotify.com/{quote(kind)}/{quote(identifier)}"
    return _url(tag)


_YOUTUBE = ("YouTube video", _youtube)
_X = ("X post", _post_on_x)

_EMBEDS: dict[str, tuple[str, Callable[[Tag], str]]] = {
    **dict.fromkeys(
        ("youtube", "youtubelite", "liteyoutube", "yt", "youtubeplayer", "youtubeembed"), _YOUTUBE
    ),
    **dict.fromkeys(("embedyoutube", "youtubevideo", "youtubeenhanced", "ytvideo"), _YOUTUBE),
    **dict.fromkeys(("tweet", "twitter", "x", "xsimple", "twittersimple", "tweetsimple", "embedtweet"), _X),
    **dict.fromkeys(
        ("vimeo", "vimeosimple", "vimeoenhanced"), ("Vimeo video", _simple("https://vimeo.com/{}"))
    ),
    **dict.fromkeys(
        ("instagram", "instagramsimple"), ("Instagram post", _simple("https://www.instagram.com/p/{}/"))
    ),
    "gist": ("GitHub Gist", _gist),
    "codepen": ("CodePen", _codepen),
    "mastodon": ("Mastodon post", _mastodon),
    "toot": ("Mastodon post", _mastodon),
    "bluesky": ("Bluesky post", _url),
    "spotify": ("Spotify audio", _spotify),
    "soundcloud": ("SoundCloud audio", _simple("https://api.soundcloud.com/tracks/{}", "track")),
    "bilibili": ("Bilibili video", _simple("https://www.bilibili.com/video/{}")),
    "asciinema": ("Terminal recording", _simple("https://asciinema.org/a/{}")),
    "speakerdeck": ("Speaker Deck slides", _url),
    "slideshare": ("SlideShare slides", _url),
    "jsfiddle": ("JSFiddle code", _simple("https://jsfiddle.net/{}/")),
    "codesandbox": ("CodeSandbox", _simple("https://codesandbox.io/s/{}")),
    "stackblitz": ("StackBlitz", _simple("https://stackblitz.com/edit/{}")),
    "tiktok": ("TikTok video", _url),
    "reddit": ("Reddit post", _url),
    "twitch": ("Twitch video", _simple("https://www.twitch.tv/videos/{}")),
    "dailymotion": ("Dailymotion video", _simple("https://www.dailymotion.com/video/{}")),
    "loom": ("Loom video", _simple("https://www.loom.com/share/{}")),
    "iframe": ("Embedded page", _url),
    "embed": ("Embedded page", _url),
}


def normalized(name: str) -> str:
    """Return a name of a tag without what differs between sites: case, separators, folder and ending."""
    base = name.rpartition("/")[2].lower()
    return re.sub(r"[-_]", "", base.removesuffix(".html").removesuffix(".md").removesuffix(".liquid"))


def embed_link(name: str, tag: Tag) -> str | None:
    """Return a Markdown link for an embed; None if the tag is not one, or has no usable address."""
    known = _EMBEDS.get(normalized(name))
    if known is None:
        return None
    label, address = known
    url = address(tag)
    title = tag.argument("title", position=None)
    title = re.sub(r"[\[\]\\\n]", " ", title).strip()
    return f"[{f'{title} ({label})' if title else label}](<{url}>)" if url else None
