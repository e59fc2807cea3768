"""The title of each figure is a finding: a rule recomputes it from the numbers that the picture was drawn from."""

import json
import re
from statistics import NormalDist

import numpy as np
import pandas as pd

from bereik.codelists.names import LANGUAGES
from bereik.tables import rounded

# which figure; its rows that the title is about; what must hold for all of them; so what it says; its numbers, in its order
RULES = r"""
01_forms_by_origin; form == 'protection' and measure == 'form_share' and origin != 'westers' and @LAST; @APART; @MORE; @TWO
01_per_head; region == 'Haaglanden' and @WITHOUT and origin == 'met_migratieachtergrond'; upper < 1; @LESS;
12_use_over_time; region in ['Haaglanden', 'Nederland'] and @LAST; @APART; @MORE; @TWO
02_ratio_by_region; form == 'protection' and measure == 'form_share_ratio' and @SHOWN; value > 1; (alle|all) .*@MORE; len(value)
03_need_by_country; indicator.str.contains('primary') and origin not in ['nederlands', 'niet_westers']; True; ; @ENDS
03_need_by_indicator; origin == 'niet_westers'; value > 1; @MORE; (lower > 1).sum(), len(value)
03_special_primary_education; region.str.contains('Gravenhage') and @LAST; True; ; @ENDS
04_choice_ranges; @WITHOUT and measure == 'reach_ratio'; (value < 1) & (upper > 1); (?=.*@UNSURE).*@LESS; len(value)
04_use_beside_need; @WITHOUT and measure == 'reach_ratio'; (value < 1) & (upper > 1); (?=.*@UNSURE).*@LESS; len(value)
05_observed_expected; @SHOWN; True; @LESS.*@MORE; (upper < 1).sum(), (lower > 1).sum()
05_share_by_year; term != 'westers'; (upper > 1) | @THESE; @LESS.*(geen jaar|no year); (@THESE & (upper < 1)).sum(), @THESE.sum()
06_referrers_by_municipality; referrer == 'via_gp' and area_kind == 'municipality'; True; ; @ENDS
06_referrers_by_third; referrer == 'via_gp'; lower[third == 'smallest'].min() > upper[third == 'largest'].max(); @LESS;
07_crude_and_equal_severity_synthetic; @C and measure == 'rate_ratio_at_equal_severity'; upper < 1; @LESS; value.min()
07_shortfall_by_municipality_synthetic; @SHOWN; True; @LESS; (value > @WIDER * (value - lower)).sum(), len(value)
07_use_by_severity_synthetic; @C and measure == 'rate_ratio_at_equal_severity'; upper < 1; @LESS; value.min()
08_by_informant_synthetic; @C; upper < 1; @LESS;
08_decomposition_synthetic; @C and band == 'all' and component == 'rate'; upper < 0; @LESS.*−\d; -value.min()
08_tipping_point_synthetic; @C and measure == 'tipping_point'; value < 0; @LESS.*(te hoog|too high); -100 * value.min()
09_before_and_after_synthetic; @SHOWN; (nonresponse != 'worst case') | (lower <= 0); @MORE.*(hangt af|depends); @CLEAR
10_placebo_distribution; form == 'youth_care' and measure == 'change_in_percent'; @LARGE.mean() > 0.05; (niet op|not ch); @MANY
11_ties_synthetic; measure == 'share_crossing'; value.iloc[1] > value.iloc[0]; @MORE; @TWO
"""
SHORT = {"LESS": "(minder|less|fewer)", "MORE": "(vaker|meer|hoger|more|higher)"}
SHORT |= {"UNSURE": "(niet zeker|niet[.]|not .*certain)", "TWO": "value.iloc[1], value.iloc[0]"}
SHORT |= {"LAST": "period == period.max()", "WITHOUT": "form == 'without_residence'", "SHOWN": "status == 'shown'"}
SHORT |= {"C": f"{SHORT['WITHOUT']} and origin == 'example_c'", "APART": "lower.iloc[1] > upper.iloc[0]"}
SHORT |= {"ENDS": "value.min(), value.max()", "THESE": "(term == 'other_non_western')"}
SHORT |= {"CLEAR": "((nonresponse == 'complete pairs') & (lower > 0)).sum(), scale.nunique()"}
SHORT |= {"LARGE": "(abs(value) >= abs(value[region == 'Haaglanden'].iloc[0]))"}
SHORT |= {"MANY": f"{SHORT['LARGE']}.sum(), len(value)"}
z = NormalDist().inv_cdf
SHORT["WIDER"] = f"{z(1 - 0.05 / 2 / 8) / z(0.975)}"  # limits for eight municipalities together (Bonferroni)
NOT_FIGURES = r"(elke|every) 1[.,]000|per 100\b|\b20\d\d(/'\d\d)?|\d+-\d+"  # bases, years and ages
YEAR, PLACE = r"\b20\d\d", "Haaglanden|Ne(d|th)erland|Gravenhage|The Hague|regio"
SCHEME = "(indeling tot|classification until) 2022"


def test_every_figure_has_a_title_that_its_numbers_bear_and_says_of_whom_where_and_when(project):
    figures = json.loads((project / "figures" / "data" / "manifest.json").read_text(encoding="utf-8"))
    lines = re.sub(r"@(\w+)", lambda match: SHORT[match[1]], RULES).strip().splitlines()
    rules = {stem: rule for stem, *rule in ([part.strip() for part in line.split(";")] for line in lines)}
    assert {figure["stem"] for figure in figures} == set(rules)
    for figure in figures:
        where, holds, words, numbers = rules[figure["stem"]]
        table = pd.read_csv(project / "figures" / figure["files"]["csv"], dtype={"period": str})
        rows = dict(table.query(where))
        assert len(rows["value"]), figure["stem"]
        assert np.all(eval(holds, rows)), figure["stem"]  # noqa: S307 a rule of this file
        values = np.atleast_1d(eval(numbers or "()", rows))  # noqa: S307
        for language, point in zip(LANGUAGES, (",", "."), strict=True):
            texts = figure["texts"][language]
            told = re.findall(rf"\d+(?:\{point}\d+)?", re.sub(NOT_FIGURES, "", texts["title"]))
            decimals = [len(one.partition(point)[2]) for one in told]
            expected = [f"{rounded(float(one)):.{many}f}" for one, many in zip(values, decimals, strict=True)]
            assert [one.replace(",", ".") for one in told] == expected, texts["title"]
            assert re.search(words, texts["title"], re.IGNORECASE), texts["title"]
            drawn = " ".join(texts[name] for name in ("title", "subtitle", "source"))
            about = [YEAR, PLACE] + [SCHEME] * bool({"origin", "term", "share"} & set(table))
            assert figure["synthetic"] or all(re.search(one, drawn) for one in about), drawn
