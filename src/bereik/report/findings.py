"""The sentences of the page: the answer of its first screen, and what is established, points one way, or is open."""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from bereik.codelists.names import in_terms_order
from bereik.data.load import load
from bereik.report.shared import read_processed
from bereik.texts.say import Told, told_by

_AMONG_REGIONS = ("forms_of_care_by_region", "forms_of_care_region_among_regions")
_VERDICTS = ("use_relative_to_need_verdicts", "use_relative_to_need")
_FINDINGS = {  # how the keys of the sentences begin, with the notebook's number, and the tables that decide
    "page_04": _VERDICTS,
    "page_05": ("neighbourhoods_share_by_year",),
    "page_02": _AMONG_REGIONS,
    "page_01": ("use_of_youth_care",),
    "page_10": ("pilot_difference_in_differences",),
}
LEAD = {"page_lead": ("what_do_we_know",)}  # the answer of the first screen
PILOT = {"page_pilot": ("pilot_difference_in_differences",)}
_GROUP = "niet_westers"  # the group that the first screen is about
_SURE = ("established", "one way", "open")


def page_findings(language: str, folder: Path) -> list[dict[str, Any]]:
    """Write the sentences that open the page, from the tables beside the figures.

    Parameters
    ----------
    language : {"nl", "en"}
        The language of the sentences.
    folder : pathlib.Path
        The folder with the figures.

    Returns
    -------
    list of dict
        ``sure`` (established, one way, or open) and ``sentence``. A table that the run did not make, or that is synthetic,
        gives no sentence.

    Notes
    -----
    A finding is established when a whole table decides it: the interval (and the bounds of rounding) lies on one side of 1, two
    intervals do not overlap, or the verdict over all measures is *established*. What the same rule leaves open is said too.
    Each rule looks at all rows of its kind in the latest year: every origin and form, every choice, every region. The rule of
    *established* is that of `range_over_choices`. No sentence says why.

    Examples
    --------
    >>> page_findings("en", Path("no_such_folder/figures"))
    []
    """
    return [{"sure": told.sure, "sentence": told.words("text", language)} for told in _told(_FINDINGS, folder)]


def findings_by_certainty(language: str, folder: Path) -> dict[str, list[str]]:
    """Sort the sentences of `page_findings`, whose parameters these are: established, one way, open.

    Examples
    --------
    >>> findings_by_certainty("en", Path("no_such_folder/figures"))
    {'established': [], 'one way': [], 'open': []}
    """
    said = page_findings(language, folder)
    return {sure: [row["sentence"] for row in said if row["sure"] == sure] for sure in _SURE}


def page_sentences(part: Mapping[str, tuple[str, ...]], language: str, folder: Path) -> list[str]:
    """Write the sentences of one part of the first screen, on the group that the page is about.

    Examples
    --------
    >>> page_sentences({"page_pilot": ("use_of_youth_care",)}, "en", Path("no_such_folder/figures"))
    []
    """
    return [told.words("text", language) for told in _told(part, folder, [_GROUP])]


def _told(starts: Mapping[str, tuple[str, ...]], folder: Path, groups: Sequence[str] = ()) -> list[Told]:
    """Give the sentences of these keys, each once, for every group and form of their tables or for these groups."""
    said: dict[str, Told] = {}
    for start, names in starts.items():
        tables = [read_processed(name, folder) for name in names]
        real = [one[(one["status"] == "shown") & ~one["synthetic"].astype(bool)] for one in tables if one is not None]
        if len(real) < len(names) or any(one.empty for one in real):
            continue
        rows, who = _asked(real)
        named = (rows[0].get(name, pd.Series(dtype="str")).dropna() for name in ("origin", "form"))
        origins, forms = (in_terms_order(codes) or [""] for codes in named)
        for group, form in product(groups or reversed(origins), forms):
            for told in told_by(start, *rows, **who, group=group, form=form):
                said.setdefault(told.words("text", "en"), told)
    return [*said.values()]


def _asked(tables: list[pd.DataFrame]) -> tuple[list[pd.DataFrame], dict[str, str]]:
    """Give the rows that the sentences pick from, and what the tables are about."""
    rows, last = tables[0], tables[-1]
    who = {"region": str(last["region"].iloc[0]) if "region" in last else ""}
    who["last_year"] = last_year_by_origin()
    if "prediction_band" in set(last["measure"]):
        here = rows[(rows["region"] == who["region"]) & (rows["period"] == rows["period"].max())]
        ratios = here[here["measure"] == "form_share_ratio"]
        beside = ratios[["origin", "form", "value"]].rename(columns={"value": "ratio"})
        bands = last[last["measure"] == "prediction_band"].merge(beside, on=["origin", "form"])
        return [here, bands], who | {"year": str(here["period"].max())}
    years = sorted(last.get("year", last.get("period", pd.Series([""]))).dropna().astype("str").unique())
    before, _, after = str(rows["period"].iloc[0]).partition(" to ") if "period" in rows else ("", "", "")
    who |= {"years": "-".join(dict.fromkeys((years[0], years[-1]))), "before": before, "after": after}
    return [rows], who


def last_year_by_origin() -> str:
    """Give the last year of the figures by origin in data/raw.

    Examples
    --------
    >>> last_year_by_origin()
    '2017'
    """
    return str(load("care_by_origin")["period"].astype("str").str[:4].max())
