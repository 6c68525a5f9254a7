"""From sources to the store, and what an ingest would bring."""
