"""HTML pages as a source: the body, and what the page says about itself."""
