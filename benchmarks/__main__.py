"""All figures: `python -m benchmarks`."""

from . import digest, feeds, mail

feeds.main()
print()
mail.main()
print()
digest.main()
