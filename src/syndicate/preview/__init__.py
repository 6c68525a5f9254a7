"""The page of `syndicate preview`: feeds and editions as they would be now. Needs `syndicate[web]`."""
