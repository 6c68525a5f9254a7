"""Exports of publishing services, one module each. WordPress has a module of its own beside this package."""
