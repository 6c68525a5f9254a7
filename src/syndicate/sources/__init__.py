"""Sources of articles: one module per kind, the registry of kinds, and the way from record to article."""

from .files import Files, FileSource, TextFile
from .record_fields import NAMES
from .record_mapping import RecordMapping
from .records import article_from, to_article
from .settings import FetchedSettings, FileSettings, SourceEnvironment, SourceSettings
from .source import RawRecord, Source, SourceState, Unchanged

__all__ = [
    "NAMES",
    "FetchedSettings",
    "FileSettings",
    "FileSource",
    "Files",
    "RawRecord",
    "RecordMapping",
    "Source",
    "SourceEnvironment",
    "SourceSettings",
    "SourceState",
    "TextFile",
    "Unchanged",
    "article_from",
    "to_article",
]
