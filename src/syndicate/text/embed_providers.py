"""Sites whose pages are embedded in articles: what their embeds are called, and where people open them.

An embed's address is not a page for people. A rule turns it into one: a pattern for the address without its
scheme, and the page that it belongs to. To add a site, add a `Provider`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

Query = Mapping[str, str]
Page = str | Callable[[re.Match[str], Query], str | None]
"""A template, `{1}` for the groups of the pattern and `{name}` for values of the query; or a function."""


class Provider(NamedTuple):
    """A site.

    Attributes:
        name: as people know it.
        thing: what is embedded, such as `video`; empty if the name says it.
        hosts: a pattern for all of the host, without `www.`.
        rules: patterns for the path, each with its page; the first one counts.
    """

    name: str
    thing: str
    hosts: str
    rules: tuple[tuple[str, Page], ...] = ()


class Embed(NamedTuple):
    """An embed of a known site: how to call it, and its page."""

    label: str
    page: str


def _value_of(name: str) -> Page:
    """Return a rule for an address that is a value of the query."""
    return lambda _match, query: value if (value := query.get(name, "")).startswith("http") else None


def _without_query(match: re.Match[str], _query: Query) -> str:
    return f"https://{match.string}"


def _youtube(match: re.Match[str], query: Query) -> str | None:
    playlist = query.get("list", "")
    if match[1] == "videoseries" or (match[1] == "playlist" and playlist):
        return f"https://www.youtube.com/playlist?list={_safe(playlist)}" if playlist else None
    if match[1] == "live_stream":
        channel = query.get("channel", "")
        return f"https://www.youtube.com/channel/{_safe(channel)}/live" if channel else None
    start = re.match(r"\d+", query.get("start") or query.get("t") or "")
    return f"https://www.youtube.com/watch?v={match[1]}" + (f"&t={start[0]}s" if start else "")


def _spotify_uri(_match: re.Match[str], query: Query) -> str | None:
    uri = re.fullmatch(r"spotify:(\w+):(\w+)", query.get("uri", ""))
    return f"https://open.spotify.com/{uri[1]}/{uri[2]}" if uri else None


def _soundcloud(_match: re.Match[str], query: Query) -> str | None:
    url = query.get("url", "")
    return url if re.match(r"https?://(?:www\.|m\.|on\.)?soundcloud\.com/", url) else None


def _google_map(_match: re.Match[str], query: Query) -> str | None:
    place = query.get("q") or query.get("query")
    if not place and (named := re.search(r"!1s0x[^!]*!2s([^!]+)", query.get("pb", ""))):
        place = named[1].replace("+", " ")
    if place:
        return f"https://www.google.com/maps/search/?api=1&query={_safe(place)}"
    point = re.search(r"!2d(-?[\d.]+)!3d(-?[\d.]+)", query.get("pb", ""))
    at = f"{point[2]},{point[1]}" if point else query.get("ll") or query.get("center") or ""
    return f"https://www.google.com/maps/search/?api=1&query={_safe(at)}" if at else None


def _google_my_map(_match: re.Match[str], query: Query) -> str | None:
    return f"https://www.google.com/maps/d/viewer?mid={_safe(query['mid'])}" if query.get("mid") else None


def _open_street_map(_match: re.Match[str], query: Query) -> str | None:
    marker = re.fullmatch(r"(-?[\d.]+),(-?[\d.]+)", query.get("marker", ""))
    box = re.fullmatch(r"(-?[\d.]+),(-?[\d.]+),(-?[\d.]+),(-?[\d.]+)", query.get("bbox", ""))
    if marker:
        return (
            f"https://www.openstreetmap.org/?mlat={marker[1]}&mlon={marker[2]}#map=15/{marker[1]}/{marker[2]}"
        )
    if not box:
        return None
    try:
        west, south, east, north = map(float, box.groups())
    except ValueError:
        return None
    width, zoom = abs(east - west), 1
    while width and 360 / 2**zoom > width and zoom < 19:
        zoom += 1
    return f"https://www.openstreetmap.org/#map={zoom}/{(south + north) / 2:.5f}/{(west + east) / 2:.5f}"


def _apple_podcast(match: re.Match[str], query: Query) -> str | None:
    episode = f"?i={_safe(query['i'])}" if "i" in query else ""
    return f"https://podcasts.apple.com/{match.string.partition('/')[2]}{episode}"


def _safe(text: str) -> str:
    return quote(text, safe=",:@-_.~")


_ID = r"([\w-]+)"
_ANY_HOST = r"[\w.-]+"

PROVIDERS: tuple[Provider, ...] = (
    Provider(
        "YouTube",
        "video",
        r"(?:m\.|music\.)?youtube(?:-nocookie)?\.com",
        (
            (rf"(?:embed|v|shorts|live)/{_ID}", _youtube),
            (r"watch$", "https://www.youtube.com/watch?v={v}"),
        ),
    ),
    Provider("YouTube", "video", r"youtu\.be", ((rf"{_ID}$", _youtube),)),
    Provider(
        "Vimeo",
        "video",
        r"(?:player\.)?vimeo\.com",
        (
            (r"video/(\d+)$", lambda match, query: _vimeo(match[1], query.get("h", ""))),
            (r"event/(\d+)/embed(?:/(\w+))?", "https://vimeo.com/event/{1}"),
            (r"(showcase/\d+)/embed", "https://vimeo.com/{1}"),
        ),
    ),
    Provider(
        "Dailymotion",
        "video",
        r"(?:geo\.)?dailymotion\.com",
        (
            (rf"embed/video/{_ID}", "https://www.dailymotion.com/video/{1}"),
            (r"player(?:/\w+)?\.html", "https://www.dailymotion.com/video/{video}"),
        ),
    ),
    Provider(
        "Twitch",
        "video",
        r"(?:player|clips)\.twitch\.tv",
        (
            (r"embed", "https://clips.twitch.tv/{clip}"),
            (
                r"",
                lambda _match, query: (
                    f"https://www.twitch.tv/videos/{_safe(query['video'].removeprefix('v'))}"
                    if "video" in query
                    else None
                ),
            ),
            (r"", "https://www.twitch.tv/{channel}"),
        ),
    ),
    Provider("TED", "talk", r"embed(?:-ssl)?\.ted\.com", ((r"(talks/.+)", "https://www.ted.com/{1}"),)),
    Provider(
        "Internet Archive",
        "recording",
        r"archive\.org",
        ((r"embed/(.+)", "https://archive.org/details/{1}"),),
    ),
    Provider("Odysee", "video", r"odysee\.com", ((r"\$/embed/(.+)", "https://odysee.com/{1}"),)),
    Provider(
        "Streamable", "video", r"streamable\.com", ((rf"(?:[eos]/){_ID}", "https://streamable.com/{1}"),)
    ),
    Provider("Loom", "video", r"loom\.com", ((rf"embed/{_ID}", "https://www.loom.com/share/{1}"),)),
    Provider(
        "Bilibili",
        "video",
        r"player\.bilibili\.com",
        (
            (r"", "https://www.bilibili.com/video/{bvid}"),
            (r"", "https://www.bilibili.com/video/av{aid}"),
        ),
    ),
    Provider(
        "Youku",
        "video",
        r"player\.youku\.com",
        ((r"embed/([\w=]+)", "https://v.youku.com/v_show/id_{1}.html"),),
    ),
    Provider(
        "Tencent Video", "video", r"v\.qq\.com", ((r".*player\.html", "https://v.qq.com/x/page/{vid}.html"),)
    ),
    Provider(
        "Niconico",
        "video",
        r"embed\.nicovideo\.jp",
        ((rf"watch/{_ID}", "https://www.nicovideo.jp/watch/{1}"),),
    ),
    Provider(
        "VK",
        "video",
        r"(?:m\.)?vk(?:video)?\.(?:com|ru)",
        ((r"video_ext\.php", "https://vk.com/video{oid}_{id}"),),
    ),
    Provider("Rutube", "video", r"rutube\.ru", ((rf"play/embed/{_ID}", "https://rutube.ru/video/{1}/"),)),
    Provider("Wistia", "video", r"fast\.wistia\.(?:net|com)"),
    Provider("Rumble", "video", r"rumble\.com"),
    Provider(
        "Spotify",
        "audio",
        r"open\.spotify\.com|embed\.spotify\.com",
        (
            (r"embed(?:-podcast|-legacy)?/(\w+)/(\w+)", "https://open.spotify.com/{1}/{2}"),
            (r"", _spotify_uri),
        ),
    ),
    Provider("SoundCloud", "audio", r"w\.soundcloud\.com", ((r"player", _soundcloud),)),
    Provider(
        "Apple Podcasts",
        "podcast",
        r"embed\.podcasts\.apple\.com",
        ((r".+", _apple_podcast),),
    ),
    Provider(
        "Apple Music", "audio", r"embed\.music\.apple\.com", ((r"(.+)", "https://music.apple.com/{1}"),)
    ),
    Provider("Bandcamp", "audio", r"(?:[\w-]+\.)?bandcamp\.com"),
    Provider(
        "Mixcloud",
        "audio",
        r"(?:player-widget\.)?mixcloud\.com",
        ((r"widget/iframe", lambda _match, query: _mixcloud(query.get("feed", ""))),),
    ),
    Provider(
        "Deezer",
        "audio",
        r"widget\.deezer\.com",
        ((r"widget/\w+/(\w+)/(\d+)", "https://www.deezer.com/{1}/{2}"),),
    ),
    Provider(
        "Transistor",
        "podcast",
        r"share\.transistor\.fm",
        ((rf"e/{_ID}", "https://share.transistor.fm/s/{1}"),),
    ),
    Provider(
        "Spotify for Creators",
        "podcast",
        r"anchor\.fm|podcasters\.spotify\.com",
        (
            (r"([\w-]+)/embed/episodes/(.+)", "https://podcasters.spotify.com/pod/show/{1}/episodes/{2}"),
            (
                r"pod/show/([\w-]+)/embed/episodes/(.+)",
                "https://podcasters.spotify.com/pod/show/{1}/episodes/{2}",
            ),
        ),
    ),
    Provider("X", "post", r"platform\.(?:twitter|x)\.com", ((r"embed/", "https://x.com/i/status/{id}"),)),
    Provider("X", "post", r"twitframe\.com", ((r"show", _value_of("url")),)),
    Provider(
        "Instagram",
        "post",
        r"instagram\.com",
        ((rf"(?:[\w.]+/)?(p|reel|tv)/{_ID}", "https://www.instagram.com/{1}/{2}/"),),
    ),
    Provider(
        "TikTok",
        "video",
        r"tiktok\.com",
        ((r"(?:embed(?:/v\d)?|player/v\d)/(\d+)", "https://www.tiktok.com/@/video/{1}"),),
    ),
    Provider(
        "Facebook",
        "post",
        r"(?:\w+\.)?facebook\.com",
        ((r"plugins/(?:post|video|page)\.php", _value_of("href")),),
    ),
    Provider(
        "LinkedIn",
        "post",
        r"linkedin\.com",
        ((r"embed/(feed/update/[\w:]+)", "https://www.linkedin.com/{1}"),),
    ),
    Provider(
        "Reddit",
        "post",
        r"(?:embed\.reddit|redditmedia|reddit)\.com",
        ((r"(r/.+)", "https://www.reddit.com/{1}"),),
    ),
    Provider(
        "Bluesky",
        "post",
        r"embed\.bsky\.app",
        ((r"embed/([\w:.]+)/app\.bsky\.feed\.post/(\w+)", "https://bsky.app/profile/{1}/post/{2}"),),
    ),
    Provider(
        "Threads",
        "post",
        r"threads\.(?:net|com)",
        ((r"(@[\w.]+/post/[\w-]+)/embed", "https://www.threads.com/{1}"),),
    ),
    Provider("Telegram", "post", r"t\.me", ((r"([\w/]+)", "https://t.me/{1}"),)),
    Provider(
        "Pinterest",
        "pin",
        r"assets\.pinterest\.com",
        ((r"ext/embed", "https://www.pinterest.com/pin/{id}/"),),
    ),
    Provider("Giphy", "picture", r"giphy\.com", ((r"embed/(\w+)", "https://giphy.com/gifs/{1}"),)),
    Provider("Tenor", "picture", r"tenor\.com", ((r"embed/(\w+)", "https://tenor.com/view/{1}"),)),
    Provider("Imgur", "picture", r"imgur\.com", ((r"((?:a/)?\w+)/embed", "https://imgur.com/{1}"),)),
    Provider(
        "Flickr",
        "picture",
        r"(?:embedr\.)?flickr\.com",
        ((r"(photos/.+?)/player", "https://www.flickr.com/{1}/"),),
    ),
    Provider(
        "CodePen",
        "code",
        r"codepen\.io",
        ((rf"{_ID}/embed/(?:preview/)?{_ID}", "https://codepen.io/{1}/pen/{2}"),),
    ),
    Provider(
        "JSFiddle",
        "code",
        r"jsfiddle\.net",
        ((r"((?:\w+/){1,3}?)(?:embedded|embed)", "https://jsfiddle.net/{1}"),),
    ),
    Provider(
        "CodeSandbox",
        "code",
        r"codesandbox\.io",
        ((rf"(?:embed|p/sandbox)/{_ID}", "https://codesandbox.io/s/{1}"),),
    ),
    Provider("StackBlitz", "code", r"stackblitz\.com", ((r".+", _without_query),)),
    Provider("Replit", "code", r"(?:replit|repl)\.(?:com|it)", ((r".+", _without_query),)),
    Provider(
        "Observable", "notebook", r"observablehq\.com", ((r"embed/(.+?)$", "https://observablehq.com/{1}"),)
    ),
    Provider(
        "GitHub gist",
        "",
        r"gist\.github\.com",
        (
            (rf"{_ID}/(\w+?)(?:\.js|\.pibb)?$", "https://gist.github.com/{1}/{2}"),
            (r"(\w+?)\.js", "https://gist.github.com/{1}"),
        ),
    ),
    Provider("asciinema", "recording", r"asciinema\.org", ((rf"a/{_ID}", "https://asciinema.org/a/{1}"),)),
    Provider(
        "Google Maps",
        "",
        r"(?:maps\.)?google\.[a-z.]+",
        (
            (r"maps/d/(?:u/\d+/)?embed", _google_my_map),
            (r"maps/embed|maps/?$|maps/ms|$", _google_map),
        ),
    ),
    Provider("OpenStreetMap", "", r"openstreetmap\.org", ((r"export/embed", _open_street_map),)),
    Provider("uMap", "", r"umap\.openstreetmap\.\w+", ((r".+", _without_query),)),
    Provider(
        "Google Docs",
        "document",
        r"docs\.google\.com|drive\.google\.com",
        (
            (r"viewer", _value_of("url")),
            (r"gview", _value_of("url")),
            (r"(presentation/d/(?:e/)?[\w-]+)/embed", "https://docs.google.com/{1}/pub"),
            (
                r"((?:file|document|spreadsheets|presentation)/d/[\w-]+)/preview",
                lambda match, _: f"https://{match.string.partition('/')[0]}/{match[1]}/view",
            ),
            (r"(?:document|spreadsheets|forms|presentation)/.+", _without_query),
        ),
    ),
    Provider(
        "Datawrapper",
        "chart",
        r"datawrapper\.dwcdn\.net",
        ((r"(\w+)(?:/\d+)?", "https://datawrapper.dwcdn.net/{1}/"),),
    ),
    Provider(
        "Flourish",
        "chart",
        r"flo\.uri\.sh",
        ((r"(visualisation|story)/(\d+)/embed", "https://public.flourish.studio/{1}/{2}/"),),
    ),
    Provider(
        "Infogram", "chart", r"e\.infogr(?:am\.com|\.am)", ((rf"(?:_/)?{_ID}", "https://infogram.com/{1}"),)
    ),
    Provider("Tableau", "chart", r"public\.tableau\.com", ((r"views/.+", _without_query),)),
    Provider("Our World in Data", "chart", r"ourworldindata\.org"),
    Provider(
        "Scribd", "document", r"scribd\.com", ((r"embeds/(\d+)", "https://www.scribd.com/document/{1}"),)
    ),
    Provider("Speaker Deck", "slides", r"speakerdeck\.com"),
    Provider("SlideShare", "slides", r"slideshare\.net"),
    Provider("Figma", "design", r"figma\.com|embed\.figma\.com", ((r"embed", _value_of("url")),)),
    Provider(
        "Miro",
        "board",
        r"miro\.com",
        ((r"app/(?:live-embed|embed)/([\w=-]+)", "https://miro.com/app/board/{1}/"),),
    ),
    Provider(
        "GeoGebra",
        "drawing",
        r"geogebra\.org",
        ((rf"material/(?:iframe|show)/id/{_ID}", "https://www.geogebra.org/m/{1}"),),
    ),
    Provider("Desmos", "graph", r"desmos\.com", ((r"calculator/.+", _without_query),)),
    Provider(
        "Steam",
        "page",
        r"store\.steampowered\.com",
        ((r"widget/(\d+)", "https://store.steampowered.com/app/{1}/"),),
    ),
    Provider(
        "Substack",
        "page",
        r"[\w-]+\.substack\.com",
        ((r"embed$", lambda match, _: f"https://{match.string.partition('/')[0]}/"),),
    ),
    # Any host: the software is known by its paths.
    Provider(
        "Mastodon",
        "post",
        _ANY_HOST,
        (
            (
                r"(@[\w@.-]+/\d+)/embed",
                lambda match, _: f"https://{match.string.partition('/')[0]}/{match[1]}",
            ),
        ),
    ),
    Provider(
        "Mastodon",
        "post",
        _ANY_HOST,
        (
            (
                r"(users/[\w.-]+/statuses/\d+)/embed",
                lambda match, _: f"https://{match.string.partition('/')[0]}/{match[1]}",
            ),
        ),
    ),
    Provider(
        "PeerTube",
        "video",
        _ANY_HOST,
        (
            (
                r"videos/embed/([\w-]{20,})",
                lambda match, _: f"https://{match.string.partition('/')[0]}/w/{match[1]}",
            ),
        ),
    ),
)
"""The first provider with a rule for an address counts. A provider without rules is named only."""


def _vimeo(number: str, secret: str) -> str:
    return f"https://vimeo.com/{number}" + (f"/{_safe(secret)}" if secret else "")


def _mixcloud(path: str) -> str | None:
    show = re.fullmatch(r"(?:https?://(?:www\.)?mixcloud\.com)?(/[\w%./-]+)", path)
    return f"https://www.mixcloud.com{show[1]}" if show else None


@lru_cache(maxsize=1)
def _compiled() -> list[tuple[Provider, re.Pattern[str], list[tuple[re.Pattern[str], Page]]]]:
    return [
        (
            each,
            re.compile(each.hosts),
            [(re.compile(rf"[^/]+/(?:{pattern})"), page) for pattern, page in each.rules],
        )
        for each in PROVIDERS
    ]


def find_embed(address: str) -> Embed | None:
    """Return what is known of an embed by its absolute address; None if its site is not known."""
    parts = urlsplit(address)
    host = (parts.hostname or "").removeprefix("www.")
    place = f"{host}/{parts.path.strip('/')}"
    query = {name: values[0] for name, values in parse_qs(parts.query[:8_000]).items()}
    for provider, hosts, rules in _compiled():
        if not hosts.fullmatch(host):
            continue
        label = f"{provider.name} {provider.thing}".strip()
        for pattern, page in rules:
            match = pattern.match(place)
            if match and (found := _page_of(page, match, query)):
                return Embed(label, found)
        if provider.hosts != _ANY_HOST:
            return Embed(label, address)
    return None


def _page_of(page: Page, match: re.Match[str], query: Query) -> str | None:
    if not isinstance(page, str):
        return page(match, query)
    values = {name: _safe(value) for name, value in query.items()}
    try:
        return page.format(match[0], *match.groups(default=""), **values)
    except (KeyError, IndexError):
        return None
