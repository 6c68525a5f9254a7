"""The figures of feeds: one feed beside its peers, and a whole site."""

from __future__ import annotations

from . import single, site


def main() -> None:
    """Print the figures."""
    single.main()
    print()
    site.main()


if __name__ == "__main__":
    main()
