"""Sources of articles: one module per kind, the registry of kinds, and the way from record to article."""

from .file_source import FileSource, KnownFiles
from .files import Files, TextFile
from .record_fields import NAMES
from .record_mapping import RecordMapping
from .records import article_from, to_article
from .settings import FetchedSettings, FileSettings, SourceEnvironment, SourceSettings
from .source import FileRead, RawRecord, Source, SourceState, Unchanged, UnchangedFiles

__all__ = [
    "NAMES",
    "FetchedSettings",
    "FileRead",
    "FileSettings",
    "FileSource",
    "Files",
    "KnownFiles",
    "RawRecord",
    "RecordMapping",
    "Source",
    "SourceEnvironment",
    "SourceSettings",
    "SourceState",
    "TextFile",
    "Unchanged",
    "UnchangedFiles",
    "article_from",
    "to_article",
]
