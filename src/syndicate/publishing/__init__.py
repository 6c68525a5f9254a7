"""Publishes feeds: from the articles in the store to files in the output folder."""
