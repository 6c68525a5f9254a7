"""All figures: `python -m benchmarks`."""

from . import digest, dkim, feeds, mail

feeds.main()
print()
mail.main()
print()
dkim.main()
print()
digest.main()
