"""Which findings open the page: chosen by rule from the tables that a run made, never picked by hand.

A finding is firm when a whole table decides it: the interval (and the bounds of rounding) lies on one side of 1, two
intervals do not overlap, or the verdict over all choices is *decided*. What the same rule leaves undecided is said too.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from bereik.codelists.names import capital, format_number, group_name, in_terms_order, label
from bereik.report.places import clear_side
from bereik.report.room import read_processed, report_words
from bereik.texts.say import side_of_one

__all__ = ["page_findings"]

_PILOT = "Haaglanden"
_Found = tuple[bool, str, str]  # firm or not, the notebook that shows it, the sentence


def page_findings(language: str, folder: Path | str | None = None) -> list[dict[str, Any]]:
    """Write the sentences that open the page, from the tables beside the figures.

    Parameters
    ----------
    language : {"nl", "en"}
        The language of the sentences.
    folder : path, optional
        The folder with the figures; `figures_folder` by default.

    Returns
    -------
    list of dict
        ``firm`` (true: decided; false: an open question), ``notebook`` (two digits, where it is shown) and ``sentence``. A
        table that the run did not make, or that is synthetic, gives no sentence.

    Raises
    ------
    UnknownNameError
        When the language is neither nl nor en.

    Notes
    -----
    Each rule looks at all rows of its kind in the latest year: every origin and form, every choice, every region. The rule of
    *decided* over choices is that of `choice_verdicts`. No sentence says why.

    Examples
    --------
    >>> page_findings("en", "no_such_folder/figures")
    []
    """
    words = report_words("page", language)["findings"]
    rules: dict[Callable[..., list[_Found]], tuple[str, ...]] = {
        _use_beside_country: ("use_of_youth_care",),
        _forms_by_origin: ("forms_of_care_by_region", "forms_of_care_region_among_regions"),
        _region_among_regions: ("forms_of_care_by_region", "forms_of_care_region_among_regions"),
        _use_relative_to_need: ("use_relative_to_need_verdicts", "use_relative_to_need"),
        _neighbourhoods: ("neighbourhoods_share_by_choice",),
        _pilot: ("pilot_difference_in_differences",),
    }
    found: list[_Found] = []
    for rule, names in rules.items():
        tables = [read_processed(name, folder) for name in names]
        real = [
            table[(table["status"] == "shown") & ~table["synthetic"].astype(bool)]
            for table in tables
            if table is not None
        ]
        if len(real) == len(names) and not any(table.empty for table in real):
            found += rule(words, language, *real)
    return [{"firm": firm, "notebook": notebook, "sentence": capital(sentence)} for firm, notebook, sentence in found]


def _forms_by_origin(words: dict[str, str], language: str, forms: pd.DataFrame, among: pd.DataFrame) -> list[_Found]:
    """Compare the share of each form between origins, in the region, in the latest year."""
    rows = _own_ratios(forms, among)
    found: list[_Found] = []
    for origin in reversed(in_terms_order(rows["origin"])):
        own = rows[rows["origin"] == origin].set_index("form")
        sides = {form: _side(own.loc[form]) for form in in_terms_order(own.index)}
        about = {"year": own["period"].iloc[0], "region": own["region"].iloc[0], "group": group_name(origin, language)}
        about["others"] = group_name(own["relative_to"].iloc[0], language)
        for side in ("above", "below", "undecided"):
            chosen = [_item(words, "form", own.loc[form], language) for form in sides if sides[form] == side]
            if chosen:
                sentence = words[f"forms_{side}"].format(forms=_listed(chosen, words["and"]), **about)
                found.append((side != "undecided", "02", sentence))
    return found


def _region_among_regions(
    words: dict[str, str], language: str, forms: pd.DataFrame, among: pd.DataFrame
) -> list[_Found]:
    """Say for how many forms the region lies within the spread of the other regions."""
    own = _own_ratios(forms, among)[["origin", "form", "value"]]
    bands = among[among["measure"] == "prediction_band"].merge(own, on=["origin", "form"], suffixes=("_band", ""))
    within = int(bands["value"].between(bands["lower"], bands["upper"]).sum())
    about = {"within": within, "forms": len(bands), "year": among["period"].iloc[0], "region": among["region"].iloc[0]}
    about["group"] = _listed([group_name(origin, language) for origin in in_terms_order(bands["origin"])], words["and"])
    key = "region_among_regions" if within == len(bands) else "region_exception"
    return [(True, "02", words[key].format(**about))] if len(bands) else []


def _use_beside_country(words: dict[str, str], language: str, use: pd.DataFrame) -> list[_Found]:
    """Compare use by all youths in the region with that in the country, in the latest whole year."""
    use = use[(use["period_kind"] == "year") & (use["measure"] == "use_rate")]
    latest = use[use["period"] == use["period"].max()].set_index("region_kind")
    if not {"jeugdregio", "country"} <= set(latest.index):
        return []
    here, there = latest.loc["jeugdregio"], latest.loc["country"]
    side = clear_side(here, there)
    about = {
        "year": here["period"], "region": here["region"], "country": label(there["region"], language),
        "value": format_number(here["value"], language, 1), "other": format_number(there["value"], language, 1),
    }  # fmt: skip
    return [(side != "same", "01", words[f"use_{side}"].format(**about))]


def _use_relative_to_need(
    words: dict[str, str], language: str, verdicts: pd.DataFrame, points: pd.DataFrame
) -> list[_Found]:
    """Say which forms of care are decidedly in, above or below proportion to need, and for which it is undecided."""
    rows = verdicts[(verdicts["choice"] == "all choices") & (verdicts["form"] != "protection")]
    years = sorted(points["year"].astype(str).unique())
    span = years[0] if len(years) == 1 else f"{years[0]}-{years[-1]}"
    found: list[_Found] = []
    for origin in reversed(in_terms_order(rows["origin"])):
        own = rows[rows["origin"] == origin].set_index("form")
        about = {"years": span, "region": own["region"].iloc[0], "group": group_name(origin, language)}
        undecided: dict[str, list[str]] = {"need": [], "police": []}
        for form in in_terms_order(own.index):
            row = own.loc[form]
            kind = "police" if form == "probation" else "need"
            if row["verdict"] == "decided":
                key = f"{kind}_{'above' if row['side'] == 'above 1' else 'below'}"
                numbers = {end: format_number(row[end], language, 2) for end in ("lower", "upper")}
                named = {"form": label(form, language), "choices": int(row["denominator"])}
                found.append((True, "04", words[key].format(**numbers, **named, **about)))
            else:
                side = words[f"side_{row['side'].removesuffix(' 1').replace(' ', '_')}"]
                undecided[kind].append(_item(words, f"{kind}_range", row, language, side=side))
        for kind, forms in undecided.items():
            if forms:
                found.append(
                    (False, "04", words[f"{kind}_undecided"].format(forms=_listed(forms, words["and"]), **about))
                )
    return found


def _neighbourhoods(words: dict[str, str], language: str, choices: pd.DataFrame) -> list[_Found]:
    """Say whether use goes with the origin of the residents at equal circumstances, over all choices."""
    sides = [side_of_one(row["lower"], row["upper"]) for _, row in choices.iterrows()]
    decided = len(set(sides)) == 1 and sides[0] != "undecided"
    about = {
        "below": sides.count("below"), "above": sides.count("above"), "choices": len(sides),
        "year": choices["period"].max(), "group": group_name(choices["term"].iloc[0], language),
    }  # fmt: skip
    about["background"] = label(choices["term"].iloc[0], language)
    return [
        (decided, "05", words[f"neighbourhoods_{sides[0]}" if decided else "neighbourhoods_undecided"].format(**about))
    ]


def _pilot(words: dict[str, str], language: str, changes: pd.DataFrame) -> list[_Found]:
    """Say on how many outcomes the region of the pilot stands out among the regions; an effect stays an open question."""
    own = changes[(changes["measure"] == "placebo_p") & (changes["region"] == _PILOT)]
    years = re.search(r"(\d{4}-\d{4}) to (\d{4}-\d{4})", " ".join(own["method"]))
    if years is None:
        return []
    about = {
        "region": _PILOT, "out": int((own["value"] <= 0.05).sum()), "outcomes": len(own),
        "regions": int(own["denominator"].max()), "before": years[1], "after": years[2],
    }  # fmt: skip
    return [(False, "10", words["pilot"].format(**about))]


def _own_ratios(forms: pd.DataFrame, among: pd.DataFrame) -> pd.DataFrame:
    """Give the ratios of shares of the run's own region in its latest year."""
    rows = forms[(forms["measure"] == "form_share_ratio") & (forms["region"] == among["region"].iloc[0])]
    return rows[rows["period"] == rows["period"].max()]


def _side(row: pd.Series) -> str:
    """Give the side of 1 on which the interval and the bounds of rounding lie."""
    sides = {side_of_one(row["lower"], row["upper"]), side_of_one(row["lower_rounding"], row["upper_rounding"])}
    return sides.pop() if len(sides) == 1 else "undecided"


def _item(words: dict[str, str], key: str, row: pd.Series, language: str, **about: str) -> str:
    """Write the numbers of one form of care."""
    numbers = {name: format_number(row[name], language, 2) for name in ("value", "lower", "upper")}
    return words[key].format(form=label(row.name, language), **numbers, **about)


def _listed(names: list[str], joined: str) -> str:
    *first, last = names
    return f"{', '.join(first)} {joined} {last}" if first else last
