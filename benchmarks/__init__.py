"""Figures, as ratios within one run beside a named peer: `make bench`."""
