"""The figures of feeds: one feed beside its peers, and a whole site."""

from __future__ import annotations

import tempfile
from pathlib import Path

from . import single, site


def main() -> None:
    """Print the figures."""
    single.main()
    print()
    site.main(100_000, Path(tempfile.gettempdir(), "syndicate-bench"))


if __name__ == "__main__":
    main()
