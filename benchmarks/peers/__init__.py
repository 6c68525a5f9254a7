"""The ways that are measured side by side, each as its own documentation has it.

A way in Python is a module with `VERSIONS`, `prepare(records)`, which is not measured, and
`make(prepared, kinds)`, which is: the documents of one feed as UTF-8, `rss` and `atom` as asked for.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeedMetadata:
    """What a feed says about itself, alike for all ways."""

    title: str = "The Harbour Post"
    home: str = "https://harbour.example/"
    description: str = "News from the waterfront"
    rss: str = "https://harbour.example/feeds/main.rss"
    atom: str = "https://harbour.example/feeds/main.atom"
