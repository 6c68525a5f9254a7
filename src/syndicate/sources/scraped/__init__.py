"""Articles from scraped plain text: `page.parse_page` with the `rules.Rules` of a source."""
