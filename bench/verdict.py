"""How often use relative to need is called established where it is in proportion (size), and where it is not (power).

Run: python bench/verdict.py; the table is written to bench/verdict.md. The test suite runs the same with a few draws.
"""

from pathlib import Path

import numpy as np
import pandas as pd

import bereik

MEASURES = ["special_schools", "survey_distress", "special_primary_education"]  # two of school, one of a survey
CHANCE = 0.05  # standard error of the log of a ratio: use and need together
HEAD = """# How often use relative to need is called established

Made by `python bench/verdict.py`; {draws:,} draws a row. Need is of another place: its ratio differs from that of the region
by an error on the log, correlated between measures; a standard error of {chance} for chance is added. The rule takes 0.30 for
the place (t with 3 degrees of freedom). Where the error of the place is 0 the need is that of the region itself, and the rule
adds nothing. Size is the share of draws called established where the true ratio is 1, power where it is 0.7. With one measure
nothing is established. With the need of another place the power is nil: only a ratio below 0.38 or above 2.6 could be
established. The last rows are of places that differ more than the rule takes. All shares in percent.

| measures | correlation of places | error of place | true ratio | established below 1 | established above 1 | points one way |
| --: | --: | --: | --: | --: | --: | --: |
"""


def drawn(draws, measures, correlation, place, true, seed=1):
    """Draw ratios of use to need, one question a draw, with the columns of `specifications`."""
    generator = np.random.default_rng(seed)
    common, own = generator.normal(size=(draws, 1)), generator.normal(size=(draws, measures))
    error = place * (np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own)
    value = true * np.exp(error + CHANCE * generator.normal(size=(draws, measures))).ravel()
    half = np.exp(1.959964 * CHANCE)
    index = pd.MultiIndex.from_product([[f"region {n}" for n in range(draws)], MEASURES[:measures]])
    table = pd.DataFrame({"value": value, "lower": value / half, "upper": value * half}, index=index)
    table = table.rename_axis(["region", "indicator"]).reset_index()
    about = {"origin": "niet_westers", "year": "2017", "form": "with_residence", "measure": "reach_ratio"}
    about |= {"need_place": "there"} if place else {}
    about |= {
        "population_group": "youths",
        "ages_of_need": "4-19",
        "ages_of_use": "0-22",
        "ages_of_population": "0-22",
        "origin_scheme": "migratieachtergrond",
        "population_used": "residents_0_22",
    }
    about |= {"numerator": 1.0, "denominator": 1.0, "confidence": 0.95, "relative_to": "nederlands"}
    bounds = {"lower_rounding": table["value"], "upper_rounding": table["value"]}
    table = table.assign(need_place=table["region"])
    return table.assign(**about, **bounds, status="shown", synthetic=True, source="simulation")


def study(draws, designs=None):
    """Give for each design the share of draws called established, below and above 1, and of those that point one way."""
    sizes = [(measures, rho, 0.3, 1.0) for measures in (1, 2, 3) for rho in (0, 0.5, 1)]
    sizes += [(measures, 0, 0.0, 1.0) for measures in (1, 2, 3)]
    power = [(measures, 0.5, place, 0.7) for measures in (2, 3) for place in (0.0, 0.3)]
    wider = [(measures, rho, place, 1.0) for measures in (2, 3) for rho in (0, 1) for place in (0.45, 0.6)]
    for measures, correlation, place, true in designs or [*sizes, *power, *wider]:
        ranges = bereik.range_over_choices(drawn(draws, measures, correlation, place, true))
        words = ranges.loc[ranges["measure"] == "range_over_choices", ["verdict", "side"]].agg(" ".join, axis=1)
        below, above = (100 * (words == f"established {side} 1").mean() for side in ("below", "above"))
        yield measures, correlation, place, true, below, above, 100 * words.str.startswith("points").mean()


def main(draws=1_000):
    """Write the table."""
    cells = ([f"{cell:.1f}" if at > 3 else f"{cell:g}" for at, cell in enumerate(row)] for row in study(draws))
    rows = ["| " + " | ".join(row) + " |" for row in cells]
    head = HEAD.format(draws=draws, chance=CHANCE)
    Path(__file__).with_suffix(".md").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
