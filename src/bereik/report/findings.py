"""The sentences of the page: the answer of its first screen, and what is established, points one way, or is open."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from bereik.codelists.names import LANGUAGES, in_terms_order
from bereik.data.load import load
from bereik.pilot.files import published_facts
from bereik.report.shared import read_processed
from bereik.texts.say import Results, Told, told_by

Sentences = dict[str, dict[str, list[str]]]  # by language and part of the page
_AMONG_REGIONS = ("forms_of_care_by_region", "forms_of_care_region_among_regions")
_VERDICTS = ("use_relative_to_need_verdicts",)
_CLAIMS = ("what_do_we_know",)
_FINDINGS = {  # how the keys of the sentences begin, and the tables that decide: voluntary help first, imposed care last
    "page_01_fewer": ("use_per_head_by_origin", *_CLAIMS),
    "page_04_need": _VERDICTS,
    "page_13_severity": _CLAIMS,
    "page_05": ("neighbourhoods_share_by_year", *_CLAIMS),
    "page_01_use": ("use_of_youth_care",),
    "page_02_form": _AMONG_REGIONS,
    "page_02_spread": _AMONG_REGIONS,
    "page_04_police": _VERDICTS,
    "page_10": ("pilot_difference_in_differences",),
}
_FIRST = {"lead": {"page_lead": _CLAIMS}, "pilot": {"page_pilot": ("pilot_difference_in_differences",)}}
_GROUP = "niet_westers"  # the group that the page is about
_ROUND = 50  # of numbers of youths of which a sentence says "about"
CERTAINTY = ("established", "one way", "open")


def page_sentences(folder: Path) -> Sentences:
    """Write the sentences of the page in each language, from the tables beside the figures.

    Parameters
    ----------
    folder : pathlib.Path
        The folder with the figures.

    Returns
    -------
    dict of dict of list of str
        For ``nl`` and ``en``: ``lead``, the answer of the first screen, ``pilot``, and the findings that are ``established``,
        point ``one way``, or are ``open``. A table that the run did not make, or that is synthetic, gives no sentence.

    Notes
    -----
    A finding is established when a whole table decides it: the interval (and the bounds of rounding) lies on one side of 1, two
    intervals do not overlap, or the verdict over all measures is *established*. What the same rule leaves open is said too.
    Each rule looks at all rows on the group of the page in the latest year: every form, every choice, every region. The rule
    of *established* is that of `range_over_choices`. No sentence says why.

    Examples
    --------
    >>> page_sentences(Path("no_such_folder/figures"))["en"]
    {'lead': [], 'pilot': [], 'established': [], 'one way': [], 'open': []}
    """
    found = _told(_FINDINGS, folder)
    told = {part: _told(starts, folder) for part, starts in _FIRST.items()}
    told |= {sure: [one for one in found if one.sure == sure] for sure in CERTAINTY}
    return {
        code: {part: [one.words("text", code) for one in each] for part, each in told.items()} for code in LANGUAGES
    }


def _told(starts: Mapping[str, tuple[str, ...]], folder: Path) -> list[Told]:
    """Give the sentences of these keys on the group of the page, each once, for every form of their tables."""
    said: dict[str, Told] = {}
    for start, names in starts.items():
        tables = [read_processed(name, folder) for name in names]
        real = [one[(one["status"] == "shown") & ~one["synthetic"].astype(bool)] for one in tables if one is not None]
        if len(real) < len(names) or any(one.empty for one in real):
            continue
        asked, who = _asked(real)
        rows = Results(*asked, where=f"the sentences of {start}")
        for form in in_terms_order(asked[0]["form"].dropna()) if "form" in asked[0] else [""]:
            for told in told_by(start, rows, **who, group=_GROUP, form=form):
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
    if "value" in rows:
        rows = rows.assign(about=(rows["value"] / _ROUND).round() * _ROUND)
    periods = sorted(rows.get("period", pd.Series(dtype="str")).dropna().astype("str").unique()) or [""]
    before, _, after = periods[0].partition(" to ")
    who |= {"years": "-".join(dict.fromkeys((periods[0], periods[-1]))), "before": before, "after": after}
    frame = published_facts("pilot").query("code == 'frame' and state == 'planned'").iloc[0]
    return [rows], who | {"pilot": f"{frame['from'][:4]}-{frame['to'][:4]}"}


def last_year_by_origin() -> str:
    """Give the last year of the figures by origin in data/raw.

    Examples
    --------
    >>> last_year_by_origin()
    '2017'
    """
    return str(load("care_by_origin")["period"].astype("str").str[:4].max())
