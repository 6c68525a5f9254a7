"""Articles from scraped plain text; see `parse_page.parse_page`."""
