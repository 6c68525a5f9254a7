"""The page of `syndicate preview`: feeds and editions as of now. Needs `syndicate-feeds[web]`."""
