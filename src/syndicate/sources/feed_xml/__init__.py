"""RSS and Atom documents: decoded, parsed entry by entry, and their elements as fields of records."""
