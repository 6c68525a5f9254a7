"""Articles from scraped plain text."""

from .page import Dropped, Page, parse_page
from .rules import DEFAULT, Rules

__all__ = ["DEFAULT", "Dropped", "Page", "Rules", "parse_page"]
