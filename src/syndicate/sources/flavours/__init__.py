"""Flavours: the conventions of site generators, one module each."""

from .flavour import Conventions, Flavour, Page
from .reader import FlavouredParser, FlavouredSource
from .registry import EXPORTS, FLAVOURS, FlavourName, default_patterns, open_flavour

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
