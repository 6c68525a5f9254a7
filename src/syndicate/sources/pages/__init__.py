"""HTML pages as a source: the body, and what the page says about itself."""

from .article_page import read_page
from .source import PageSource

__all__ = ["PageSource", "read_page"]
