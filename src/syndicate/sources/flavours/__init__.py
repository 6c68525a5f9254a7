"""Flavours: the conventions of site generators, one module each."""

from .flavour import Conventions, Flavour, Page
from .names import EXPORTS, FlavourName
from .reader import FlavouredParser, FlavouredSource
from .registry import FLAVOURS, default_patterns, open_flavour

__all__ = [
    "EXPORTS",
    "FLAVOURS",
    "Conventions",
    "Flavour",
    "FlavourName",
    "FlavouredParser",
    "FlavouredSource",
    "Page",
    "default_patterns",
    "open_flavour",
]
