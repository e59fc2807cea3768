"""Who took part in the learning networks, and what became of tools, signals and referrals: shares with exact intervals."""

from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.pilot.files import Pilot, expected_at_meetings, published_facts, require_rows
from bereik.rates.intervals import INTERVALS, divide, proportion_interval
from bereik.rates.results import check_known, check_numbers
from bereik.suppress import is_small
from bereik.tables import HIDDEN, RESULT_COLUMNS, one_value, result_table

Rows: TypeAlias = pd.DataFrame | list[dict[str, Any]]
MINIMUM = 10  # results of fewer persons, organisations or signals are hidden: a network of 10-12 knows who they are
ALL = "all networks"
_STEPS = {  # per table: the category, what is counted, and the column in which a date says that a step was reached
    "tools": ("tool", "organisations", {"tool_tried": "tried", "tool_adopted": "adopted"}),
    "signals": ("network", "signals", {"signal_taken_up": "taken_up", "signal_resolved": "resolved"}),
}


def recruitment(pilot: Pilot) -> pd.DataFrame:
    """Compare the number of participants of each network with the published plan (10-12 in each learning network).

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`.

    Returns
    -------
    pandas.DataFrame
        ``network``, ``against_plan`` (below, within, above; no plan for other networks), ``plan_lowest``, ``plan_highest``,
        then the columns of a result table: ``measure`` is participants, ``value`` their number, everyone who ever joined;
        ``standard`` the plan in words. Fewer than 10 are hidden. No interval: everyone is counted.

    Raises
    ------
    IncomparableError
        When real and synthetic rows are mixed.

    Notes
    -----
    The plan: see `published_facts`; the governance group has none.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> recruitment(example_pilot())[["network", "against_plan", "value", "status"]]
             network against_plan  value status
    0   all networks      no plan   34.0  shown
    1  accessibility       within   12.0  shown
    2      tailoring       within   12.0  shown
    3     governance      no plan   10.0  shown
    """
    number = and_all(pilot.participants).groupby("network", sort=False).size()
    plan = published_facts("pilot").query("topic == 'plan'").set_index("code").reindex(number.index)
    low, high = (plan[name].astype("float64") for name in ("lowest", "highest"))
    against = np.select([low.isna(), number < low, number > high], ["no plan", "below", "above"], "within")
    words = [f"plan: {a:.0f} to {b:.0f} participants" if a > 0 else "" for a, b in zip(low, high, strict=True)]
    plans = {"against_plan": against, "plan_lowest": low, "plan_highest": high}
    counts = {"value": number, "numerator": number, "status": network_status(number), "standard": words}
    table = pd.DataFrame(plans | counts).rename_axis("network").reset_index()
    same = {"measure": "participants", "per": "participants", "method": "count"}
    return pilot_results(table, ["network", *plans], [pilot.participants], **same)


def attendance(pilot: Pilot, *, confidence: float = 0.95) -> pd.DataFrame:
    """Compute who came to at least half of the meetings that they were expected at, of all participants and per network.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``network``, then the columns of a result table: ``measure`` is attended_at_least_half (participants who were at
        half or more of the meetings they were expected at, per 100). Hidden below 10.

    Raises
    ------
    BereikError
        When there is no attendance, or the confidence is out of range.

    Notes
    -----
    Clopper & Pearson (1934), exact and conservative. Meetings are not added up: the same persons come to each.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> attendance(example_pilot())[["network", "value", "lower", "upper", "denominator"]].round(1).head(1)
            network  value  lower  upper  denominator
    0  all networks   97.1   84.7   99.9         34.0
    """
    require_rows(pilot, "participants", "meetings", "attendance")
    often = pilot.attendance.groupby("participant")["attended"].mean().rename("share")
    persons = and_all(pilot.participants[["participant", "network"]].merge(often, on="participant"))
    half = _counted(persons, "network", {"attended_at_least_half": persons["share"] >= 0.5})
    tables = [pilot.participants, pilot.meetings, pilot.attendance]
    return _shares(half.assign(unit="participants"), ["network"], tables, confidence)


def retention(pilot: Pilot, *, confidence: float = 0.95) -> pd.DataFrame:
    """Estimate which share of the participants still take part after each meeting, counted from joining (Kaplan-Meier).

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``network``, ``meetings`` (number of meetings of the own network since joining), then the columns of a result table:
        ``measure`` is retention, ``value`` per 100 participants, ``denominator`` the participants who joined (no
        ``numerator``: the share is an estimate). Rows end where the longest membership ends; hidden below 10 participants.

    Raises
    ------
    BereikError
        When there are no meetings, or the confidence is out of range.

    Notes
    -----
    Kaplan-Meier by statsmodels: who joined late is followed for fewer meetings and counts as long as followed. The interval
    is Clopper-Pearson at the effective number S (1 - S) / var(S) (Cutler & Ederer 1958; Dorey & Korn 1987); when all are
    followed to the end this is the number of participants, and the interval exact. When nobody left yet it is the number
    still followed. All networks together assumes that a network with fewer meetings would have gone on like the others.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> stays = retention(example_pilot())
    >>> stays.query("network == 'all networks' and meetings == 5")[["value", "lower", "upper"]].round(1)
       value  lower  upper
    4   82.4   65.5   93.2
    """
    require_rows(pilot, "participants", "meetings")
    followed = expected_at_meetings(pilot.participants, pilot.meetings).groupby("participant").size()
    time = pilot.participants["participant"].map(followed).fillna(0)
    people = and_all(pilot.participants.assign(time=time, event=pilot.participants["left"].notna()))
    networks = people.groupby("network", sort=False)
    curves = {network: _kaplan_meier(group) for network, group in networks}
    table = pd.concat(curves, names=["network", None]).reset_index("network")
    status = table["network"].map(network_status(networks.size()))
    method = "Kaplan-Meier; Clopper-Pearson interval at the effective number"
    table = table.assign(measure="retention", status=status, unit="participants", method=method)
    results = _shares(table, ["network", "meetings"], [pilot.participants, pilot.meetings], confidence)
    return results.assign(numerator=np.nan)


def _kaplan_meier(group: pd.DataFrame) -> pd.DataFrame:
    """Give the share still there after each number of meetings, with the effective number of participants."""
    from statsmodels.duration.survfunc import SurvfuncRight

    meetings, curve = np.arange(1, int(group["time"].max()) + 1), pd.DataFrame({"stays": [1.0], "error": [0.0]}, [-1])
    if group["event"].any():
        fit = SurvfuncRight(group["time"].to_numpy("float64"), group["event"].to_numpy("float64"))
        curve = pd.concat([curve, pd.DataFrame({"stays": fit.surv_prob, "error": fit.surv_prob_se}, fit.surv_times)])
    stays, error = curve.reindex(meetings, method="ffill").to_numpy().T
    within = (stays > 0) & (stays < 1)
    followed = (group["time"].to_numpy() >= meetings[:, None]).sum(axis=1)
    size = np.where(within, stays * (1 - stays) / np.where(within, error, 1) ** 2, followed)
    counts = {"numerator": stays * len(group), "denominator": len(group)}
    return pd.DataFrame({"meetings": meetings, "size": size, **counts})


def uptake(pilot: Pilot, of: str, *, confidence: float = 0.95) -> pd.DataFrame:
    """Follow tools from made to tried to adopted, or signals to the governance group from raised to taken up to resolved.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`.
    of : {"tools", "signals"}
        What is followed.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``tool``, or ``network`` (that raised the signal), then the columns of a result table. ``measure`` is tool_tried or
        tool_adopted, per 100 organisations that the tool was offered to; or signal_taken_up or signal_resolved, per 100
        signals raised. Hidden below 10 organisations or signals.

    Raises
    ------
    BereikError
        When there are no tools or signals, or the confidence is out of range.

    Notes
    -----
    Clopper & Pearson (1934). Tools are not added up: the same organisations are offered each. What is not resolved may
    still be: the shares are those at the date of the file.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> uptake(example_pilot(), "signals")[["network", "measure", "numerator", "denominator"]].head(2)
            network          measure  numerator  denominator
    0  all networks  signal_taken_up       20.0         24.0
    1  all networks  signal_resolved       11.0         24.0
    """
    check_known("table", of, _STEPS)
    require_rows(pilot, of)
    by, unit, steps = _STEPS[of]
    rows = and_all(pilot.signals) if by == "network" else pilot.tools
    reached = {measure: rows[column].notna() for measure, column in steps.items()}
    return _shares(_counted(rows, by, reached).assign(unit=unit), [by], [rows], confidence)


def referred_to_care(pilot: Pilot, *, confidence: float = 0.95) -> pd.DataFrame:
    """Compute how many families that were referred to a formal organisation reach youth care, by who referred them.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`; ``organisations`` and ``ties`` are used.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``referred_by`` (formality of the organisation that referred), then the columns of a result table: ``measure`` is
        reached_care (per 100 families referred to a formal organisation) and, for the informal ones, share_of_reached (of
        the families that reached youth care, per 100). All are hidden when fewer than 10 families of one of the two
        reached care, or did not.

    Raises
    ------
    BereikError
        When there are no organisations or ties, nothing is known of what became of families, or the confidence is out of
        range.

    Notes
    -----
    Clopper & Pearson (1934), with families as independent; families along one tie may be more alike than that, which makes
    the interval too narrow. Ties whose ``reached_care`` is empty are left out of both numbers: not known is not zero. A family
    that was referred more than once counts each time.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> referred_to_care(example_pilot())[["referred_by", "measure", "numerator", "denominator"]]
    referred_by           measure  numerator  denominator
    0      formal      reached_care       44.0        125.0
    1    informal      reached_care       12.0         42.0
    2    informal  share_of_reached       12.0         56.0
    """
    require_rows(pilot, "organisations", "ties")
    kinds = pilot.organisations.set_index("organisation")["formality"]
    to_formal = pilot.ties[pilot.ties["to_organisation"].map(kinds) == "formal"]
    followed = to_formal.dropna(subset=["reached_care"])
    if followed.empty:
        fault = "no tie to a formal organisation says how many families reached youth care"
        raise BereikError(fault, "a number in reached_care for some ties", "fill it in where it is known")
    sums = followed.groupby(followed["from_organisation"].map(kinds))[["reached_care", "families"]].sum()
    sums = sums.reindex(["formal", "informal"], fill_value=0).astype("float64")
    reached = sums.loc["informal", "reached_care"], sums["reached_care"].sum()
    rows = [(kind, "reached_care", *sums.loc[kind], "families referred") for kind in sums.index]
    rows.append(("informal", "share_of_reached", *reached, "families that reached care"))
    table = pd.DataFrame(rows, columns=["referred_by", "measure", "numerator", "denominator", "unit"])
    small = is_small(table["denominator"].to_numpy(), table["numerator"].to_numpy()) | (table["denominator"] == 0)
    left_out = f"{len(to_formal) - len(followed)} of {len(to_formal)} ties without outcome left out"
    table["method"], table["status"] = f"Clopper-Pearson interval; {left_out}", "hidden" if small.any() else "shown"
    return _shares(table, ["referred_by"], [pilot.ties], confidence)


def network_status(size: pd.Series) -> pd.Series:
    """Say which results may be shown, given how many persons are behind each.

    Parameters
    ----------
    size : pandas.Series
        Number of persons; the index is the network, with `ALL` for all networks together.

    Returns
    -------
    pandas.Series
        ``hidden`` below 10, ``hidden`` for the smallest other network when all networks together would give away
        hidden ones that are fewer than 10 together, ``no_population`` for nobody, else ``shown``.

    Examples
    --------
    >>> network_status(pd.Series({"all networks": 30, "a": 11, "b": 12, "c": 7})).to_dict()
    {'all networks': 'shown', 'a': 'hidden', 'b': 'shown', 'c': 'hidden'}
    """
    status = pd.Series("shown", index=size.index)
    status[size < MINIMUM] = "hidden"
    status[size == 0] = "no_population"
    parts = size.drop(ALL, errors="ignore")
    hidden, others = parts[parts < MINIMUM], parts[parts >= MINIMUM]
    if ALL in size and 0 < hidden.sum() < MINIMUM and len(others):
        status[others.idxmin()] = "hidden"
    return status


def pilot_results(rows: Rows, by: list[str], made_from: list[pd.DataFrame], **same: Any) -> pd.DataFrame:
    """Make a result table of rows; what is not shown has no figures, and what is hidden no counts either.

    Parameters
    ----------
    rows : pandas.DataFrame or list of dict
        Category columns and columns of a result table; a row is shown when it has
        no status, and undefined when it is shown without a value.
    by : list of str
        The category columns.
    made_from : list of pandas.DataFrame
        The tables of a pilot that the results are made from: their sources, and one value of ``synthetic``.
    **same
        Columns that are the same in every row.

    Returns
    -------
    pandas.DataFrame
        A result table.
    """
    table = pd.DataFrame(rows).reindex(columns=[*by, *RESULT_COLUMNS]).assign(**same)
    status = table["status"].astype("object").fillna("shown").astype("str")
    table["status"] = status.mask((status == "shown") & table["value"].isna(), "undefined")
    table.loc[table["status"] != "shown", ["value", "lower", "upper"]] = np.nan
    table.loc[table["status"].isin(HIDDEN), ["numerator", "denominator"]] = np.nan
    marks = pd.concat([part[["synthetic", "source"]] for part in made_from])
    synthetic = one_value(marks, "synthetic", where="the pilot data")
    return result_table(table.assign(synthetic=synthetic, source="; ".join(marks["source"].drop_duplicates())), by)


def and_all(table: pd.DataFrame) -> pd.DataFrame:
    """Put the rows of all networks together before those of each network."""
    return pd.concat([table.assign(network=ALL), table], ignore_index=True)


def _counted(rows: pd.DataFrame, by: str, reached: dict[str, pd.Series]) -> pd.DataFrame:
    """Count the rows of each category, and of them those where a condition holds: a row per category and measure."""
    groups = rows.assign(**reached).groupby(by, sort=False)
    size = groups.size()
    counts = groups[list(reached)].sum().melt(var_name="measure", value_name="numerator", ignore_index=False)
    counts = counts.loc[size.index].reset_index()  # the measures of a category together
    return counts.assign(denominator=counts[by].map(size), status=counts[by].map(network_status(size)))


def _shares(table: pd.DataFrame, by: list[str], made_from: list[pd.DataFrame], confidence: float) -> pd.DataFrame:
    """Make shares per 100 of counts, with Clopper-Pearson intervals; of another ``size`` than the denominator if there is one."""
    check_numbers(confidence=confidence)
    shown = (table["status"] == "shown").to_numpy()
    count, total = (table[name].to_numpy(dtype="float64") for name in ("numerator", "denominator"))
    share = divide(count, total, shown)
    size = np.where(shown, table.get("size", table["denominator"]).to_numpy(dtype="float64"), np.nan)
    lower, upper = proportion_interval(share * size, size, "clopper_pearson", confidence)
    figures = {"value": 100 * share, "lower": 100 * lower, "upper": 100 * upper}
    method = table.get("method", INTERVALS["clopper_pearson"][1])
    table = table.assign(**figures, method=method, per="100 " + table["unit"])
    return pilot_results(table, by, made_from, confidence=confidence)
