"""Where article records come from: one file a kind, and the way from record to article."""

from .records import NAMES, Shape, article_from, to_article

__all__ = ["NAMES", "Shape", "article_from", "to_article"]
