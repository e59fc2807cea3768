"""The results that the reach monitor holds, indicator by indicator, for a region, its municipalities and the country."""

from typing import Any

import numpy as np
import pandas as pd

from bereik.codelists.regions import find_region
from bereik.counts.published import implied_population
from bereik.data.datapackage import load
from bereik.data.referrals import members_or_none, pool_referrals, referrals_of
from bereik.data.wijk_use import NEED, wijk_use
from bereik.errors import BereikError, IncomparableError
from bereik.rates.area_model import expected_in_areas
from bereik.rates.forms import form_ratio
from bereik.rates.rates import event_rates, use_rates
from bereik.rates.reach_choices import reach_choices
from bereik.rates.referrals import referral_shares
from bereik.rates.specification_curve import choice_verdicts, specification_curve
from bereik.tables import require_columns, result_table

__all__ = ["CATEGORIES", "reach_range", "results_of", "shortfall"]

CATEGORIES = ["indicator", "form", "origin", "region", "region_kind"]
_GROUP, _REFERENCE = "niet_westers", "nederlands"
_LAST_BY_ORIGIN = 2017  # of care by origin
_PERCENTAGES = {
    "youth_help": "use_youth_help",
    "youth_help_with_residence": "use_with_residence",
    "protection": "use_protection",
    "probation": "use_probation",
}
_OWN = ["period", "region", "form", "origin"]


def results_of(region: str) -> list[pd.DataFrame]:
    """Give the results of each public indicator with an interval or rounding bounds, one table for each; some may be empty."""
    return [part(region) for part in (_use, _percentages, _forms, _access, _teams, _observed)]


def _places(table: pd.DataFrame, region: str) -> pd.DataFrame:
    """Keep the region, its members in each year and the country."""
    years = [int(period[:4]) for period in table["period"]]
    members = {year: members_or_none(region, year) for year in set(years)}
    member = np.array([code in members[year] for code, year in zip(table["region_code"], years, strict=True)])
    own = (table["region"] == region) & (table["region_kind"] == "jeugdregio")
    return table[own | member | (table["region_kind"] == "country")]


def _of(table: pd.DataFrame, indicator: str, **constants: Any) -> pd.DataFrame:
    """Give the results of one indicator the same category columns."""
    return result_table(
        table.assign(**{"form": "", "origin": "", "indicator": indicator} | constants), [*CATEGORIES, "period"]
    )


def _read(name: str, region: str) -> pd.DataFrame:
    table = load(name)
    words = {column: "str" for column in ("region", "form", "origin") if column in table}
    return _places(table.astype(words), region)


def _use(region: str) -> pd.DataFrame:
    totals = _read("care_totals", region).query("form == 'youth_care' and period_kind == 'year'")
    unknown = totals["percent_of_youths"].isna()
    totals = totals.assign(
        status=totals["status"].mask(unknown, "not_published"), youths=totals["youths"].mask(unknown)
    )
    by = ["period", "region", "region_kind"]
    return _of(use_rates(implied_population(totals, by), by=by).astype(dict.fromkeys(by, "str")), "use_of_youth_care")


def _percentages(region: str) -> pd.DataFrame:
    table = _read("care_indicators", region)
    table = table[table["indicator"].isin(_PERCENTAGES)].astype({"percent": "float64"})
    return result_table(
        table.assign(
            indicator=table["indicator"].map(_PERCENTAGES), form="", origin="", measure="percentage", value=table["percent"],
            lower_rounding=(table["percent"] - 0.05).clip(lower=0), upper_rounding=table["percent"] + 0.05, per="100 youths",
            method="percentage as published, one decimal",
        ),
        [*CATEGORIES, "period"],
    )  # fmt: skip


def _forms(region: str) -> pd.DataFrame:
    care = _read("care_by_origin", region).query("period_kind == 'year' and origin in [@_REFERENCE, @_GROUP]")
    by = ["period", "region", "region_kind"]
    forms = ("with_residence", "protection", "probation")
    ratios = pd.concat(form_ratio(care, form, by=by, relative_to=_REFERENCE) for form in forms)
    ratios = ratios[ratios["measure"] == "form_share_ratio"]
    return _of(ratios, "forms_by_origin", form=ratios["form"], origin=ratios["origin"])


def _access(region: str) -> pd.DataFrame:
    rows = referrals_of(region).assign(region_kind="municipality")
    country = referrals_of(region, area_kind="country").assign(region_kind="country")
    members = {year: set(members_or_none(region, int(year))) for year in rows["period"].unique()}
    complete = [year for year, codes in rows.groupby("period")["region_code"] if members[year] == set(codes)]
    whole = rows[rows["period"].isin(complete)].assign(region=region, region_kind="jeugdregio")
    by = ["period", "region", "region_kind"]
    parts = [pd.concat([rows, country]), *([pool_referrals(whole, by=by)] if complete else [])]
    shares = pd.concat(referral_shares(part, by=by) for part in parts)
    return _of(shares[shares["referrer"] == "municipal_access"], "municipal_access")


def _teams(region: str) -> pd.DataFrame:
    table = _read("trajectories", region)
    table = table[table["period"].str.endswith("-12-31")]
    keys = ["period", "region", "region_kind", "synthetic", "source", "rounded_to"]
    counts = table.pivot(index=keys, columns="form", values="trajectories").reset_index()
    hidden = counts[["neighbourhood_team", "without_residence"]].isna().any(axis=1)
    counts = counts.assign(
        users=counts["neighbourhood_team"].mask(hidden), population=counts["without_residence"].mask(hidden),
        status=np.where(hidden, "not_published", "shown"),
    )  # fmt: skip
    rates = use_rates(counts, by=keys[:3], rounding=5).astype(dict.fromkeys(keys[:3], "str"))
    return _of(rates.assign(measure="team_share", per="100 trajectories without residence"), "neighbourhood_team")


def _observed(region: str) -> pd.DataFrame:
    use = wijk_use(region)
    shown = use[use["status"] == "shown"].dropna(subset=[*NEED, "population"])
    if shown.empty:
        return pd.DataFrame()
    areas = expected_in_areas(shown, by=["period", "area_code"], need=list(NEED))
    keys = ["period", "region"]
    sums = areas.astype({"period": "str"}).groupby(keys, as_index=False).agg(
        numerator=("users", "sum"), denominator=("expected", "sum"), synthetic=("synthetic", "first"),
        source=("source", lambda names: "; ".join(dict.fromkeys(names))),
    )  # fmt: skip
    ratios = event_rates(sums, by=keys, per=1, unit="expected users")
    return _of(ratios.assign(measure="observed_expected"), "observed_expected", region_kind="municipality")


def reach_range(region: str) -> pd.DataFrame:
    """Give the range over all admissible choices and its verdict; a range has no change with an interval."""
    try:
        ratios = reach_choices(region, years=[_LAST_BY_ORIGIN], relative_to=_REFERENCE)
    except BereikError:  # the bundled files have no youths by origin of this region
        return pd.DataFrame()
    by = ["year", "form", "origin"]
    curve = specification_curve(ratios[ratios["origin"] == _GROUP], by=by)
    verdicts = choice_verdicts(curve, by=by).rename(columns={"year": "period"})
    kind = str(find_region(region)["kind"])
    rows = verdicts.astype(dict.fromkeys(["period", "form", "origin"], "str"))
    codes = np.where(rows["form"] == "probation", "use_to_police_contact", "reach_ratio")
    rows = rows.assign(region=region, region_kind=kind, indicator=codes, jump=False)
    rows["verdict"] = rows["verdict"] + " " + rows["side"]
    return result_table(rows, [*CATEGORIES, "period", "verdict", "jump"])


def shortfall(own: pd.DataFrame | None) -> pd.DataFrame:
    """Take the use shortfall from the reader's own results, which must be real."""
    if own is None:
        return pd.DataFrame()
    where = "the table `own`"
    require_columns(own, [*_OWN, "measure", "value", "status", "synthetic", "source"], where=where)
    rows = own[own["measure"] == "use_shortfall"].astype(dict.fromkeys(_OWN, "str"))
    if rows["synthetic"].astype(bool).any():
        raise IncomparableError(
            f"{where} is synthetic", "results on real data, beside real figures", "leave it out, or give your own data"
        )
    places = [find_region(name) for name in rows["region"]]
    names, kinds = ([place[column] for place in places] for column in ("name", "kind"))
    return result_table(
        rows.assign(region=names, region_kind=kinds, indicator="use_shortfall"), [*CATEGORIES, "period"]
    )
