"""Mail that comes back: read from a mailbox or taken by a listener, recorded, and acted on."""
