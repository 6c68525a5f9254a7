"""All figures: `python -m benchmarks`."""

from . import feeds, mail

feeds.main()
print()
mail.main()
