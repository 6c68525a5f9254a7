"""From the store to feed files."""
