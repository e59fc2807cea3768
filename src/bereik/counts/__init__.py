"""Count tables: of persons, on any engine (`persons`), and of what is published (`published`)."""

from bereik.counts.published import implied_population as implied_population
from bereik.counts.published import youth_counts as youth_counts
