"""Rules of platforms, one table a profile."""

from __future__ import annotations

_APPLE = "Apple, podcast RSS feed requirements (podcasters.apple.com/support/823)"
_APPLE_TAGS = "Apple, A Podcaster's Guide to RSS"
_GOOGLE = "Google, technical feed requirements (support.google.com/news/publisher-center/answer/9545420)"
_MSN = "Microsoft, MSN feed item metadata requirements (support.microsoft.com)"
_MSN_FEEDS = "Microsoft, MSN feed specifications (helpcenter.microsoftstart.com/kb/feed-specifications)"
_MSN_HTML = "Microsoft, MSN HTML guidelines and tag restrictions (support.microsoft.com)"
_SMARTNEWS = "SmartNews, SmartFormat specification 2.1 (publishers.smartnews.com)"
_FLIPBOARD = "Flipboard, RSS guidelines (about.flipboard.com/rss-spec)"

APPLE_PODCASTS = (
    ("apple-not-rss", "E", "Apple Podcasts reads only RSS 2.0", "publish the podcast as RSS 2.0", _APPLE),
    ("apple-channel-incomplete", "E", "the podcast lacks an element that Apple requires",
     "add title, description, language, itunes:image, itunes:category and itunes:explicit", _APPLE_TAGS),
    ("apple-episode-incomplete", "E", "the episode lacks an element that Apple requires",
     "add a title and an enclosure", _APPLE_TAGS),
    ("apple-guid-missing", "E", "the episode has no guid", "add a guid that never changes", _APPLE),
    ("apple-enclosure-repeated", "E", "an earlier episode has the same file, and Apple ignores this one",
     "give each episode its own file", _APPLE),
    ("apple-enclosure-type", "E", "Apple Podcasts does not play this type of file",
     "use audio/mpeg, audio/x-m4a, video/mp4, video/x-m4v, video/quicktime or application/pdf", _APPLE_TAGS),
    ("apple-description-too-long", "W", "the description has more than 4,000 bytes", "shorten it",
     _APPLE_TAGS),
    ("apple-url-not-ascii", "W", "the URL of the file contains characters that are not ASCII",
     "rename the file: a to z, A to Z and 0 to 9", _APPLE),
)  # fmt: skip

FLIPBOARD = (
    ("flipboard-channel-incomplete", "W", "the feed lacks an element that Flipboard asks for",
     "add title, link, description and language", _FLIPBOARD),
    ("flipboard-entry-incomplete", "E", "the article lacks an element that Flipboard requires",
     "add title, link, description, date and id", _FLIPBOARD),
    ("flipboard-description-short", "W", "the description has fewer than 300 characters",
     "write an informative summary", _FLIPBOARD),
    ("flipboard-image-missing", "W", "the article has no image", "add one as an enclosure or in the body",
     _FLIPBOARD),
    ("flipboard-image-small", "W", "all images of the article are smaller than 500 pixels",
     "use an image whose shorter side has at least 500 pixels", _FLIPBOARD),
    ("flipboard-few-entries", "W", "the feed has fewer than 20 articles",
     "publish the 20 most recent articles",
     "Flipboard, resubmit an RSS feed (flipboard.helpshift.com)"),
)  # fmt: skip

GOOGLE_NEWS = (
    ("google-feed-too-large", "E", "the feed has more than 2 MB, and Google does not read all of it",
     "publish fewer articles in it", _GOOGLE),
    ("google-entry-too-large", "E", "the article has more than 1 MB", "shorten it, or link to its images",
     _GOOGLE),
    ("google-many-entries", "W", "Google reads 60 new articles at a time", "publish at most 60", _GOOGLE),
    ("google-id-missing", "E", "the article has no id", "add guid to RSS, id to Atom", _GOOGLE),
    ("google-date-missing", "E", "the article has no date, by which Google recognizes changes",
     "add pubDate to RSS, updated to Atom", _GOOGLE),
    ("google-text-missing", "W", "the article has only a summary", "publish the full text", _GOOGLE),
)  # fmt: skip

MSN = (
    ("msn-entry-incomplete", "E", "the article lacks an element that MSN requires",
     "add id, title, date, body and link", _MSN),
    ("msn-title-length", "E", "the title has not between 21 and 150 characters", "write another title", _MSN),
    ("msn-body-element", "W", "the body contains an element that MSN removes",
     "remove style, script, object, embed, param and applet", _MSN_HTML),
    ("msn-image-missing", "W", "the article has no image, so MSN does not publish it automatically",
     "add an image", _MSN_FEEDS),
    ("msn-image-small", "W", "all images of the article have fewer than 720 pixels in width and height",
     "use larger images", _MSN_FEEDS),
)  # fmt: skip

SMARTNEWS = (
    ("smartnews-encoding", "E", "SmartNews reads only UTF-8", "encode the feed in UTF-8", _SMARTNEWS),
    ("smartnews-channel-incomplete", "E", "the feed lacks an element that SmartNews requires",
     "add title, link, description, date and language", _SMARTNEWS),
    ("smartnews-entry-incomplete", "E", "the article lacks an element that SmartNews requires",
     "add id, title, link, date and the full text in content:encoded", _SMARTNEWS),
    ("smartnews-description-long", "W", "the description of the feed has more than 30 characters",
     "shorten it", _SMARTNEWS),
    ("smartnews-logo-missing", "W", "the feed has no snf:logo", "add the logo of the site", _SMARTNEWS),
    ("smartnews-too-large", "W", "the feed has more than 1 MB", "publish fewer articles in it", _SMARTNEWS),
)  # fmt: skip
