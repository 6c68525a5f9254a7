"""Who gets what: import, export, consent, unsubscribe."""
