"""Which deliveries may go now, and through which relay: rates, quotas, warm-up, quiet hours, canary."""
