"""Discussions: where people talk about an entry, and what it answers.

Source: RFC 4685 (Atom Threading); wfw:commentRss (the CommentAPI) and slash:comments in RSS, as readers
know them.
"""

from __future__ import annotations

from lxml import etree

from .base import NAMESPACES, EntryExtension, FeedExtension, child


class ThreadsEntry(EntryExtension):
    """`replies` links, `thr:in-reply-to`, `thr:total`; `comments`, `wfw:commentRss`, `slash:comments`."""

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Add to an item."""
        talk = self.form.discussion
        if talk:
            if talk.url:
                child(item, "comments", talk.url)
            if talk.feed:
                child(item, "wfw:commentRss", talk.feed)
            if talk.said:
                child(item, "slash:comments", talk.said)
        return item

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Add to an entry."""
        for reply in self.form.replies:
            child(entry, "thr:in-reply-to", ref=reply.id, href=reply.url)
        talk = self.form.discussion
        if talk:
            number = f"{{{NAMESPACES['thr']}}}count"
            for url, kind in ((talk.url, "text/html"), (talk.feed, talk.feed_type)):
                if url:
                    link = child(entry, "link", rel="replies", href=url, type=kind)
                    if talk.said:
                        link.set(number, talk.said)
            if talk.said:
                child(entry, "thr:total", talk.said)
        return entry


class ThreadsRss(FeedExtension):
    """Declares the namespaces of RSS."""

    prefixes = ("wfw", "slash")


class ThreadsAtom(FeedExtension):
    """Declares the namespace of Atom."""

    prefixes = ("thr",)
