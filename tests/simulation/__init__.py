"""The simulation of delivery: the real dispatcher, SMTP transport and ledger in a world that misbehaves."""
