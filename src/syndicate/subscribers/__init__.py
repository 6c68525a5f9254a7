"""Subscribers: import and export, consent, unsubscribe links."""
