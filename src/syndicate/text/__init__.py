"""HTML and plain text: sanitize, convert, shorten, wrap. Pure."""
