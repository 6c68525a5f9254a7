"""The transports: one module each, and the registry that finds them by the scheme of `delivery.transport`."""
