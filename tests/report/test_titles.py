"""The title of each figure is a finding: a rule recomputes it from the numbers that the picture was drawn from."""

import json
import re
from statistics import NormalDist

import pandas as pd

from bereik.codelists.names import LANGUAGES
from bereik.tables import rounded

LESS, MORE = "(minder|less|fewer)", "(vaker|meer|hoger|more|higher)"
NOT_SURE = "(niet zeker|Zeker is het niet|not certain|not for certain)"
NOT_FIGURES = r"(elke|every) 1[.,]000|per 100\b|\b20\d\d(/'\d\d)?|\d+-\d+"  # bases, years and ages
YEAR, PLACE, SCHEME = (
    r"\b20\d\d",
    "Haaglanden|Ne(d|th)erland|Gravenhage|The Hague|regio",
    "(indeling tot|classification until) 2022",
)
WIDER = NormalDist().inv_cdf(1 - 0.05 / 2 / 8) / NormalDist().inv_cdf(0.975)  # Bonferroni, for eight municipalities
LAST = "period == period.max()"
WITHOUT = "form == 'without_residence'"
HERE = f"region == 'Haaglanden' and {WITHOUT}"
C = f"{WITHOUT} and origin == 'example_c'"


def side(rows, nothing=1):
    """Less or more, when every interval lies on that side."""
    return LESS if (rows["upper"] < nothing).all() else MORE if (rows["lower"] > nothing).all() else "not clear"


def no_number(rows):
    return side(rows), []


def ratio(rows):
    return side(rows), rows["value"]


def lowest_and_highest(rows):
    return "", [rows["value"].min(), rows["value"].max()]


def choices(rows):
    less = LESS if (rows["value"] < 1).all() else "open"
    return less if side(rows) == LESS else f"(?=.*{NOT_SURE}).*{less}", [len(rows)]


def forms(rows):
    value = rows.set_index(["measure", "origin"])["value"]
    return side(rows.query("per == 'ratio'")), value["form_share"][["niet_westers", "nederlands"]]


def use(rows):
    here, there = (rows.query(f"region == '{name}'").iloc[0] for name in ("Haaglanden", "Nederland"))
    return f"{here['period']}.*{MORE}" if here["lower"] > there["upper"] else "not clear", [
        here["value"],
        there["value"],
    ]


def by_year(rows):
    clear = (rows["upper"] < 1).groupby(rows["term"]).agg(["sum", "count"])
    none = clear["sum"]["surinamese_antillean"] == 0
    return f"{LESS}.*(geen jaar|no year)" if none else "some years", clear.loc["other_non_western"]


def by_third(rows):
    first, last = (rows[rows["third"] == third] for third in ("smallest", "largest"))
    return LESS if last["upper"].max() < first["lower"].min() else "not clear", []


def shortfalls(rows):
    return LESS, [(rows["value"] - WIDER * (rows["value"] - rows["lower"]) > 0).sum(), len(rows)]


def before_and_after(rows):
    lower = rows.set_index(["nonresponse", "scale"])["lower"]
    clear = lower["complete pairs"] > 0
    hangs = (lower["worst case"][clear] <= 0).all()
    return f"{MORE}.*(hangt af|depends)" if hangs else MORE, [clear.sum(), len(clear)]


def placebo(rows):
    changes = rows.set_index("region")["value"].abs()
    many = (changes >= changes["Haaglanden"]).sum()
    return "(niet opvallend|not change remarkably)" if many > 0.05 * len(rows) else "", [many, len(rows)]


def ties(rows):
    share = rows.set_index("wave")["value"]
    return MORE if share["after"] > share["before"] else LESS, share[["after", "before"]]


RULES = {  # stem: which rows the title is about, and what it may say of them: words, and the numbers in its order
    "01_forms_by_origin": (f"form == 'protection' and {LAST} and origin != 'westers'", forms),
    "01_per_head": (f"{HERE} and origin == 'met_migratieachtergrond'", no_number),
    "01_use_over_time": (LAST, use),
    "02_ratio_by_region": (
        "form == 'protection' and measure == 'form_share_ratio' and status == 'shown'",
        lambda rows: (f"(alle|all) .*{MORE}" if (rows["value"] > 1).all() else "not all", [len(rows)]),
    ),
    "03_need_by_country": (
        "indicator.str.contains('primary') and origin not in ['nederlands', 'niet_westers']",
        lowest_and_highest,
    ),
    "03_need_by_indicator": ("origin == 'niet_westers'", lambda rows: (MORE, [(rows["lower"] > 1).sum(), len(rows)])),
    "03_special_primary_education": (f"region.str.endswith('Gravenhage') and {LAST}", lowest_and_highest),
    "04_choice_ranges": (f"{HERE} and measure == 'reach_ratio'", choices),
    "04_use_beside_need": (f"{HERE} and measure == 'reach_ratio'", choices),
    "05_observed_expected": (
        "status == 'shown'",
        lambda rows: (f"{LESS}.*(meer|more)", [(rows["upper"] < 1).sum(), (rows["lower"] > 1).sum()]),
    ),
    "05_share_by_year": ("measure == 'rate_ratio'", by_year),
    "06_referrers_by_municipality": ("referrer == 'via_gp' and area_kind == 'municipality'", lowest_and_highest),
    "06_referrers_by_third": ("referrer == 'via_gp'", by_third),
    "07_crude_and_equal_severity_synthetic": (f"{C} and measure == 'rate_ratio_at_equal_severity'", ratio),
    "07_shortfall_by_municipality_synthetic": ("status == 'shown'", shortfalls),
    "07_use_by_severity_synthetic": (f"{C} and measure == 'rate_ratio_at_equal_severity'", ratio),
    "08_by_informant_synthetic": (C, no_number),
    "08_decomposition_synthetic": (
        f"{C} and band == 'all' and component == 'rate'",
        lambda rows: (f"{side(rows, 0)}.*\N{MINUS SIGN}\\d", rows["value"].abs()),
    ),
    "08_tipping_point_synthetic": (
        f"{C} and measure == 'tipping_point'",
        lambda rows: (f"{LESS}.*(te hoog|too high)" if (rows["value"] < 0).all() else "", 100 * rows["value"].abs()),
    ),
    "09_before_and_after_synthetic": ("network == 'all networks'", before_and_after),
    "10_placebo_distribution": ("form == 'youth_care' and measure == 'change_in_percent'", placebo),
    "11_ties_synthetic": ("measure == 'share_crossing'", ties),
}


def test_every_figure_has_a_title_that_its_numbers_bear(project):
    figures = json.loads((project / "figures" / "data" / "manifest.json").read_text(encoding="utf-8"))
    assert {figure["stem"] for figure in figures} == set(RULES)
    for figure in figures:
        where, rule = RULES[figure["stem"]]
        table = pd.read_csv(project / "figures" / figure["files"]["csv"], dtype={"period": str})
        words, numbers = rule(table.query(where))
        for language, point in zip(LANGUAGES, (",", "."), strict=True):
            title = figure["texts"][language]["title"]
            told = re.findall(rf"\d+(?:\{point}\d+)?", re.sub(NOT_FIGURES, "", title))
            decimals = [len(one.partition(point)[2]) for one in told]
            expected = [f"{rounded(float(one)):.{many}f}" for one, many in zip(numbers, decimals, strict=True)]
            assert [one.replace(",", ".") for one in told] == expected, title
            assert re.search(words, title, re.IGNORECASE), title
            drawn = " ".join(figure["texts"][language][name] for name in ("title", "subtitle", "source"))
            about = [YEAR, PLACE] + [SCHEME] * bool({"origin", "term", "share"} & set(table))
            assert figure["synthetic"] or [one for one in about if not re.search(one, drawn)] == [], drawn
