"""Where article records come from: one file a kind, and the way from record to article."""

from .records import NAMES, RecordMapping, article_from, to_article

__all__ = ["NAMES", "RecordMapping", "article_from", "to_article"]
