"""RSS and Atom of 1,000 entries with 3 KB of HTML each, beside bare feedgen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedgen.feed import FeedGenerator

from syndicate import Article, Author, Feed, Tag, to_atom, to_rss

from .measuring import seconds

COUNT = 1000
LINK = "<a href='https://harbour.example/x?a=1&amp;b=2'>waiting</a>"
PARAGRAPH = f"<p>The boats lay at the quay, {LINK} &amp; still.</p>\n"
HTML = PARAGRAPH * (3000 // len(PARAGRAPH) + 1)
START = datetime(2026, 1, 1, tzinfo=UTC)

FEED = Feed(
    name="main",
    title="The Harbour Post",
    home="https://harbour.example/",
    description="News from the waterfront",
    language="en",
    base_url="https://harbour.example/feeds/",
    limit=COUNT,
)


def articles() -> list[Article]:
    """A thousand articles, made outside the measured time."""
    return [
        Article(
            id=f"https://harbour.example/{number}",
            title=f"Article {number} & more",
            link=f"https://harbour.example/{number}",
            summary="Boats, and what they wait for.",
            content_html=HTML,
            authors=(Author(name="Ann Lee", email="ann@harbour.example"),),
            tags=(Tag(term="boats"), Tag(term="tides")),
            published=START + timedelta(hours=number),
        )
        for number in range(COUNT)
    ]


def bare(given: list[Article]) -> tuple[bytes, bytes]:
    """The same feed as feedgen's own documentation would have it."""
    generator = FeedGenerator()
    generator.id(FEED.home)
    generator.title(FEED.title)
    generator.description(FEED.description)
    generator.language("en")
    generator.link(href="https://harbour.example/feeds/main.rss", rel="self")
    generator.link(href=FEED.home, rel="alternate")
    for article in given:
        entry = generator.add_entry(order="append")
        entry.id(article.id)
        entry.title(article.title)
        entry.link(href=article.link)
        entry.summary(article.summary)
        entry.content(article.content_html, type="html")
        for author in article.authors:
            entry.author({"name": author.name, "email": author.email})
        for tag in article.tags:
            entry.category(term=tag.term)
        entry.published(article.published)
        entry.updated(article.published)
    return generator.rss_str(), generator.atom_str()


def main() -> None:
    """Print the figures."""
    given = articles()
    best = seconds(
        {
            "feedgen": lambda: bare(given),
            "syndicate": lambda: (to_rss(FEED, given), to_atom(FEED, given)),
        }
    )
    print(f"RSS and Atom of {COUNT} entries with {len(HTML)} bytes of HTML")
    print(f"  bare feedgen  {best['feedgen'] * 1000:8.1f} ms")
    print(f"  syndicate     {best['syndicate'] * 1000:8.1f} ms")
    ratio = best["syndicate"] / best["feedgen"]
    print(f"  syndicate takes {ratio:.2f} of feedgen's time (target: at most 1)")
