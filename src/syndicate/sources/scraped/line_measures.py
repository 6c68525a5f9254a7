"""Measures of a line of scraped text, and its form for comparison, in any language.

Lines are compared folded: without case, accents and width variants, so that one spelling in a table matches
all the ways in which a page may write it (`ΣΧΟΛΙΑ` and `Σχόλια`, `İndir` and `INDIR`, `１２` and `12`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Characters without a width: byte order mark, word joiners, text directions.
_INVISIBLE = dict.fromkeys(
    map(ord, "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\u00ad")
)
_SPACES = re.compile(r"[ \t\f\v\x1c-\x1f\x85\u2028\u2029]+")

SPACES_BEFORE = r"(?:(?<!\s)\s+)?"
"""White space, if any, in an expression. Unlike after `\\s*`, a search tries a run of spaces once only."""


def normalize_spaces(text: str) -> str:
    """Return a line without its margins, with one space per run of white space except no-break spaces."""
    return _SPACES.sub(" ", text).strip().strip("\ufeff\u200b\u200e\u200f\u2060").strip()


@lru_cache(maxsize=8192)
def _fold_char(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    parts = unicodedata.normalize("NFKD", char).casefold()
    kept = "".join(c for c in parts if unicodedata.category(c) != "Mn")
    return kept.replace("ı", "i").translate(_INVISIBLE)


def fold(text: str) -> str:
    """Return the text for comparison, with its punctuation."""
    return "".join(map(_fold_char, text))


def fold_with_positions(text: str) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its characters, its position in `text`."""
    parts: list[str] = []
    positions: list[int] = []
    for position, char in enumerate(text):
        folded = _fold_char(char)
        parts.append(folded)
        positions.extend([position] * len(folded))
    positions.append(len(text))
    return "".join(parts), positions


# Names that are the same in every language. The tables write `@` for them.
_NETWORKS = (
    "facebook|fb|twitter|x|instagram|linkedin|linked in|whatsapp|telegram|pinterest|reddit|youtube|tiktok|"
    "tumblr|threads|bluesky|mastodon|messenger|facebook messenger|snapchat|flipboard|xing|vk|vkontakte|"
    "odnoklassniki|ok ru|viber|line|wechat|weibo|sina weibo|qq|qzone|kakaotalk|kakao|naver|band|hatena|"
    "google news|google plus|google|rss|pocket|digg|stumbleupon|buffer|skype|signal|discord|spotify|"
    "apple podcasts|google play|app store|truth social|gab|koo|sharethis|addthis|"
    "вконтакте|одноклассники|телеграм|телеграм канал|фейсбук|твиттер|вотсап|whats app|"
    "微信|微博|新浪微博|朋友圈|豆瓣|知乎|qq空间|فيسبوك|تويتر|واتساب|تيليجرام|انستغرام|לינקדאין|פייסבוק|"
    "טוויטר|וואטסאפ|フェイスブック|ツイッター|はてなブックマーク|はてブ|ライン|카카오톡|카카오스토리|페이스북|"
    "트위터|네이버|밴드|फेसबुक|ट्विटर|व्हाट्सएप"
)


def _alternatives(phrases: str) -> str:
    return "|".join(sorted((re.escape(fold(phrase)) for phrase in phrases.split("|")), key=len, reverse=True))


# Names that languages inflect: `na Facebooku`, `Facebookissa`, `в Телеграме`.
_INFLECTED = (
    r"(?:facebook|twitter|instagram|linkedin|whatsapp|telegram|pinterest|youtube|tiktok)[a-z]{0,4}|"
    r"(?:телеграм|фейсбук|твиттер|инстаграм|вотсап|ватсап|вконтакт|одноклассник)[а-яієїґ]{0,3}|"
    r"ב?(?:פייסבוק|טוויטר|וואטסאפ|טלגרם|אינסטגרם)"
)
_NETWORK = re.compile(rf"(?<![a-z0-9])(?:{_INFLECTED}|{_alternatives(_NETWORKS)})(?![a-z0-9])")
_NUMBER = re.compile(r"\d[\d ]*(?:(?<= )|(?<=\d) ?(?:k|m|mio|mil|tsd|tys|тыс|млн|万|億|千|萬|만|천)\b)?")


def _is_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char) == "Mc"


@lru_cache(maxsize=256)
def _separator(char: str) -> str:
    return char if _is_word(char) else " "


def _words_in(text: str) -> str:
    return " ".join("".join(map(_separator, fold(text))).split())


def comparison_key(text: str) -> str:
    """Return the words of a line: folded, without punctuation, `#` for numbers, `@` for social networks."""
    names = _NETWORK.sub(" @ ", _words_in(text))
    return " ".join(_NUMBER.sub(" # ", names).split())


def phrase_key(phrase: str) -> str:
    """Return the same for a phrase of a table, which already has `#` and `@`."""
    parts = re.split("([#@])", phrase)
    return " ".join(part if part in "#@" else comparison_key(part) for part in parts if part.strip())


@lru_cache(maxsize=16384)
def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def width(text: str) -> int:
    """Return the width of the text in columns; a Chinese character has two."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af]")


def count_words(text: str) -> int:
    """Return the number of words; in scripts without spaces, two characters count as one word."""
    wide = len(_WIDE.findall(text))
    return wide // 2 + len(_WIDE.sub(" ", text).split()) if wide else len(text.split())


_QUOTES = "\"'”’»›«‹“‘」』〉》＂＇"
_CLOSERS = _QUOTES + ")]}）】］〕*"
_STOPS = ".!?…。！？｡．؟۔।॥።։။។๚༎‼⁉⁇"
# The end of a sentence and the beginning of the next one.
_INNER = re.compile(r"[.!?…؟۔।॥።։;;][\"'”’»)\]]*\s+[^\W\d_a-z]|[。！？｡．][」』）]*(?=[^\s」』）])")
_OPENERS = "\"'“‘„‚«‹»›「『〈《"


def ends_sentence(text: str) -> bool:
    """Return whether the line ends as a sentence or a quotation does."""
    bare = text.rstrip(_CLOSERS + " \u00a0")
    if bare and bare[-1] in _STOPS:
        return True
    if text and text[-1] in _QUOTES:
        # A quotation that is the whole line, or follows a comma or colon, is not a heading.
        return text[0] in _OPENERS or bool(re.search(r"[,:،，：][\s\u00a0]*[\"“‘„‚«‹»「『]", text))
    return False


def ends_in_colon(text: str) -> bool:
    """Return whether the line is text that ends in a colon, before a list or a quotation."""
    return text[-1:] in (":", "：") and (width(text) >= 50 or _INNER.search(text) is not None)


def count_sentences(text: str) -> int:
    """Return the approximate number of sentences; 0 if the line does not end as a sentence."""
    return 1 + len(_INNER.findall(text)) if ends_sentence(text) else 0


_LABEL = re.compile(rf"{SPACES_BEFORE}[:：|｜>»›→▶]+\s*|(?<!\s)\s+[–—-]+\s+|】\s*|］\s*")


def split_label(text: str) -> tuple[str, str]:
    """Return the text before the first colon, bar or dash, and the text after it."""
    found = _LABEL.search(text[:80])
    return (text[: found.start()], text[found.end() :].strip()) if found else (text, "")


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern for a whole line, in which `*` stands for any text, also for none.

    Matching takes one pass per fixed part, so that no pattern of a user makes a long page slow.
    """

    parts: tuple[str, ...]

    @classmethod
    def of(cls, pattern: str) -> Glob:
        """Return the pattern of a text that is folded like the lines."""
        return cls(tuple(pattern.split("*")))

    def matches(self, line: str) -> bool:
        """Return whether the pattern matches the whole line, which is folded."""
        first, *rest = self.parts
        if not rest:
            return line == first
        # `read on *` also matches `read on` alone.
        if not line.startswith(first) and line != first.rstrip():
            return False
        *middle, last = rest
        if last and not line.endswith(last):
            return False
        end = len(line) - len(last)
        position = min(len(first), len(line))
        for part in middle:
            found = line.find(part, position, end)
            if found < 0:
                return False
            position = found + len(part)
        return position <= end or line == first.rstrip()
