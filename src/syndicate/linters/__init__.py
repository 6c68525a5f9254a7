"""Linters for feeds and for mail."""
