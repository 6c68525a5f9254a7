"""Registered names, as tables: languages, media types, link relations, podcast categories and roles."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


LANGUAGES = frozenset(
    words(
        "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da "
        "de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz "
        "ia id ie ig ii ik in io is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la "
        "lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj "
        "om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv "
        "sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
    )
)
"""Two-letter primary subtags of the IANA language subtag registry (ISO 639-1)."""

COUNTRIES = frozenset(
    words(
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
        "BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
        "EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW "
        "GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY "
        "KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV "
        "MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
        "QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG "
        "TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM "
        "ZW"
    )
)
"""Country codes of ISO 3166-1."""

MISNAMED_MEDIA = {
    "application/rss": "application/rss+xml",
    "application/json+chapters": "application/json",
    "application/x-gzip": "application/gzip",
    "application/x-pdf": "application/pdf",
    "application/x-zip-compressed": "application/zip",
    "application/srt": "application/x-subrip",
    "audio/m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "audio/mpeg3": "audio/mpeg",
    "audio/mpg": "audio/mpeg",
    "audio/x-m4a": "audio/mp4",
    "audio/x-mp3": "audio/mpeg",
    "audio/x-mpeg": "audio/mpeg",
    "audio/x-ogg": "audio/ogg",
    "audio/x-wav": "audio/vnd.wave",
    "image/ico": "image/vnd.microsoft.icon",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/svg": "image/svg+xml",
    "image/x-icon": "image/vnd.microsoft.icon",
    "image/x-png": "image/png",
    "text/json": "application/json",
    "text/srt": "application/x-subrip",
    "text/x-markdown": "text/markdown",
    "text/x-vtt": "text/vtt",
    "video/m4v": "video/mp4",
    "video/mov": "video/quicktime",
    "video/x-m4v": "video/mp4",
    "video/x-mp4": "video/mp4",
}
"""Unregistered names of media types, and the registered ones."""
# The podcast namespace uses these for files without a registered media type.
COMMON_MEDIA = frozenset(
    words(
        "application/json+chapters application/srt application/x-subrip text/srt "
        "application/x-bittorrent application/x-mpegurl"
    )
)
MEDIA_TREES = frozenset(
    words("application audio example font haptics image message model multipart text video")
)
"""The top-level media types (RFC 6838, RFC 9695)."""

RELATIONS = frozenset(
    words(
        "about acl alternate amphtml appendix apple-touch-icon archives author blocked-by bookmark "
        "canonical chapter cite-as collection contents convertedfrom copyright create-form current "
        "derivedfrom describedby describes disclosure dns-prefetch duplicate edit edit-form edit-media "
        "enclosure external first glossary help hosts hub icon index intervalafter item last latest- "
        "version license linkset manifest mask-icon me memento micropub modulepreload monitor monitor- "
        "group next next-archive nofollow noopener noreferrer opener openid2.provider original p3pv1 "
        "payment pingback preconnect predecessor-version prefetch preload prerender prev prev-archive "
        "preview previous privacy-policy profile publication related replies restconf ruleinput search "
        "section self service service-desc service-doc service-meta sip-trunking-capability sponsored "
        "start status stylesheet subsection successor-version sunset tag terms-of-service timegate "
        "timemap type ugc up version-history via webmention working-copy working-copy-of"
    )
)
"""Link relations that IANA registers and a feed can use, with `index` and `hub` (WebSub)."""

FORMER_CATEGORIES = frozenset(
    f"{parent} > {name}" if name else parent
    for parent, names in {
        "Arts": "",
        "Audio Blogs": "",
        "Business": "Business News;Management & Marketing;Shopping",
        "Education": "Education Technology;Higher Education;K-12;Training",
        "Family": "",
        "Food": "",
        "Games & Hobbies": "Automotive;Aviation;Hobbies;Other Games;Video Games",
        "Government & Organizations": "Local;National;Non-Profit;Regional",
        "Health": "Alternative Health;Fitness & Nutrition;Self-Help;Sexuality;Diet & Nutrition;Fitness",
        "International": "",
        "Movies & Television": "",
        "News & Politics": "",
        "Politics": "",
        "Public Radio": "",
        "Religion & Spirituality": "Other",
        "Science & Medicine": "Medicine;Natural Sciences;Social Sciences",
        "Society & Culture": "History",
        "Sports & Recreation": "Amateur;College & High School;Outdoor;Professional",
        "TV & Film": "",
        "Talk Radio": "",
        "Technology": "Gadgets;Tech News;Podcasting;Software How-To;Computers;Developers;"
        "Information Technology",
        "Transportation": "",
        "Travel": "",
    }.items()
    for name in ("", *filter(None, names.split(";")))
)
"""Categories of Apple's earlier lists, of 2005 and 2012."""

PODCAST_GROUPS: dict[str, frozenset[str]] = {
    name: frozenset(roles.split(";"))
    for name, roles in {
        "creative direction": "director;assistant director;executive producer;senior producer;producer;"
        "associate producer;development producer;creative director",
        "cast": "host;co-host;guest host;guest;voice actor;narrator;announcer;reporter",
        "writing": "author;editorial director;co-writer;writer;songwriter;guest writer;story editor;"
        "managing editor;script editor;script coordinator;researcher;editor;fact checker;translator;"
        "transcriber;logger;guest",
        "audio production": "studio coordinator;technical director;technical manager;audio engineer;"
        "remote recording engineer;post production engineer",
        "audio post-production": "audio editor;sound designer;foley artist;composer;theme music;"
        "music production;music contributor",
        "administration": "production coordinator;booking coordinator;production assistant;content manager;"
        "marketing manager;sales representative;sales manager",
        "visuals": "graphic designer;cover art designer",
        "community": "social media manager",
        "misc.": "consultant;intern",
        "video production": "camera operator;lighting designer;camera grip;assistant camera",
        "video post-production": "editor;assistant editor",
    }.items()
}
"""Groups and roles of the podcast taxonomy, in lower case."""
PODCAST_ROLES = frozenset().union(*PODCAST_GROUPS.values())

PODCAST_MEDIUMS = frozenset(
    words("podcast music video film audiobook newsletter blog publisher course mixed")
)
"""Values of `podcast:medium`; each can end in `L` for a list."""

HTML_ELEMENTS = frozenset(
    words(
        "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big "
        "blink blockquote body br button canvas caption center cite code col colgroup command data "
        "datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font "
        "footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input "
        "ins isindex kbd keygen label legend li link listing main map mark marquee menu menuitem meta "
        "meter multicol nav nobr noembed noframes noscript object ol optgroup option output p param "
        "picture plaintext portal pre progress q rb rp rt rtc ruby s samp script search section "
        "select slot small source spacer span strike strong style sub summary sup table tbody td "
        "template textarea tfoot th thead time title tr track tt u ul var video wbr xmp"
    )
)
"""The elements of HTML, with the obsolete ones."""

HTML_TAGS = (
    "a|abbr|acronym|address|article|aside|audio|b|big|blockquote|body|br|button|caption|center|cite|code|dd|del|"
    "details|dfn|div|dl|dt|em|embed|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|"
    "input|ins|kbd|label|li|link|main|mark|meta|nav|object|ol|p|picture|pre|q|s|samp|script|section|select|small|"
    "source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|tfoot|th|thead|tr|tt|u|ul|var|"
    "video|wbr"
)
"""A pattern of the elements of HTML that occur in text that should be plain."""
