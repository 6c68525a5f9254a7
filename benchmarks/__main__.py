"""All figures: `python -m benchmarks`."""

from . import feedgen_site, mail, single

single.main()
print()
feedgen_site.main()
print()
mail.main()
