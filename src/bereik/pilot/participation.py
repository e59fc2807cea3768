"""Who took part in the learning networks, and what became of tools, signals and referrals: shares with exact intervals."""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.pilot.files import CONTRACT, Pilot, checked
from bereik.rates.intervals import CONFIDENCE, INTERVALS, divide, proportion_interval
from bereik.rates.results import check_known
from bereik.suppress import SMALL_HIDDEN, is_small
from bereik.tables import HIDDEN, MIN_CELL_COUNT, RESULT_COLUMNS, one_value, result_table

Rows: TypeAlias = pd.DataFrame | list[dict[str, Any]]
MINIMUM = MIN_CELL_COUNT  # results of fewer persons, organisations or signals are hidden: a network knows who they are
ALL = "all networks"
_STEPS = {  # per table: the category, what is counted, and the column in which a date says that a step was reached
    "tools": ("tool", "organisations", {"tool_tried": "tried", "tool_adopted": "adopted"}),
    "signals": ("network", "signals", {"signal_taken_up": "taken_up", "signal_resolved": "resolved"}),
}


def recruitment(pilot: Pilot, plan: Mapping[str, Sequence[int]] | None = None) -> pd.DataFrame:
    """Compare the number of participants of each network with what was planned.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`.
    plan : dict, optional
        Per network the lowest and the highest number of participants that were planned.

    Returns
    -------
    pandas.DataFrame
        ``network``, ``against_plan`` (below, within, above; no plan for other networks), ``plan_lowest``, ``plan_highest``,
        then the columns of a result table: ``measure`` is participants, ``value`` their number, everyone who ever joined;
        ``standard`` the plan in words. When one network has fewer than 10, all networks are hidden, also in
        ``against_plan``; see `network_status`. No interval: everyone is counted.

    Raises
    ------
    IncomparableError
        When real and synthetic rows are mixed.
    BereikError
        When the plan of a network is not two whole numbers, the lower one first.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> sizes = recruitment(example_pilot(), {"accessibility": (10, 12), "tailoring": (10, 12)})
    >>> sizes[["network", "against_plan", "value", "status"]]
             network against_plan  value status
    0   all networks      no plan   34.0  shown
    1  accessibility       within   12.0  shown
    2      tailoring       within   12.0  shown
    3     governance      no plan   10.0  shown
    """
    pilot = checked(pilot, participants="network")
    number = and_all(pilot.participants).groupby("network", sort=False).size()
    plan = {} if plan is None else plan
    sizes = list(plan.values()) if isinstance(plan, Mapping) else [""]
    whole = [isinstance(two, Sequence) and all(isinstance(one, Integral) for one in two) for two in sizes]
    if not all(whole) or not all(len(two) == 2 and 0 < two[0] <= two[1] for two in sizes):
        expected = "for each network a lowest and a highest number"
        raise BereikError(f"the plan {plan!r}", expected, 'write it as {"tailoring": (10, 12)}')
    planned = pd.DataFrame.from_dict(dict(plan), orient="index", columns=["low", "high"], dtype="float64")
    low, high = (planned[name].reindex(number.index) for name in planned)
    status = network_status(number.to_frame())
    cases = [status == "hidden", low.isna(), number > high, number < low]
    against = np.select(cases, ["hidden", "no plan", "above", "below"], "within")
    words = [f"plan: {a:.0f} to {b:.0f} participants" if a > 0 else "" for a, b in zip(low, high, strict=True)]
    plans = {"against_plan": against, "plan_lowest": low, "plan_highest": high}
    counts = {"value": number, "numerator": number, "status": status, "standard": words}
    table = pd.DataFrame(plans | counts).rename_axis("network").reset_index()
    same = {"measure": "participants", "per": "participants", "method": "count"}
    return pilot_results(table, ["network", *plans], [pilot.participants], **same)


def partner_kinds(pilot: Pilot) -> pd.DataFrame:
    """Say which kinds of partner (providers, self-organisations, youths and parents, ...) take part in no network.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`.

    Returns
    -------
    pandas.DataFrame
        ``partner_kind`` (each that the codebook knows), then the columns of a result table: ``measure`` is takes_part, ``value``
        1 or 0. How many there are of a kind is not told: they are few, and everyone in a network knows who they are.
        Hidden below 10 participants.

    Raises
    ------
    BereikError
        When there are no participants.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> partner_kinds(example_pilot()).query("value == 0")["partner_kind"].tolist()
    ['interest_group', 'experience']
    """
    people = checked(pilot, participants="network partner_kind").participants
    kinds = pd.Series(CONTRACT["participants"]["columns"]["partner_kind"]["allowed"], name="partner_kind")
    table = kinds.to_frame().assign(value=kinds.isin(people["partner_kind"]).astype("int64"))
    same = {"measure": "takes_part", "per": "yes (1) or no (0)", "method": "looked up"}
    same["status"] = "hidden" if len(people) < MINIMUM else "shown"
    return pilot_results(table.assign(**same), ["partner_kind"], [people])


def attendance(pilot: Pilot) -> pd.DataFrame:
    """Compute who came to at least half of the meetings that they were expected at, of all participants and per network.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`.

    Returns
    -------
    pandas.DataFrame
        ``network``, then the columns of a result table: ``measure`` is attended_at_least_half (participants who were at
        half or more of the meetings they were expected at, per 100). Hidden unless at least 10 did and 10 did not, in each
        network when networks are shown; see `network_status`.

    Raises
    ------
    BereikError
        When there is no attendance.

    Notes
    -----
    Clopper & Pearson (1934), exact and conservative. Meetings are not added up: the same persons come to each. Who was
    expected at no meeting is in neither number; one to nine of these hide the result too, as they follow from `recruitment`.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> attendance(example_pilot())[["network", "value", "lower", "upper", "denominator", "status"]].round(1).head(2)
             network  value  lower  upper  denominator  status
    0   all networks   70.6   52.5   84.9         34.0   shown
    1  accessibility    NaN    NaN    NaN          NaN  hidden
    """
    pilot = checked(pilot, participants="network", meetings="network", attendance="attended")
    often = pilot.attendance.groupby("participant")["attended"].mean().rename("share")
    persons = and_all(pilot.participants[["participant", "network"]].merge(often, on="participant", how="left"))
    share = persons["share"]
    cells = pd.DataFrame({"came": share >= 0.5, "stayed_away": share < 0.5, "not_expected": share.isna()})
    cells = cells.groupby(persons["network"], sort=False).sum()
    table = cells.assign(numerator=cells["came"], denominator=cells["came"] + cells["stayed_away"])
    cells["not_expected"] = cells["not_expected"].where(cells["not_expected"] > 0)  # nobody: no cell
    table = table.assign(status=network_status(cells), measure="attended_at_least_half", unit="participants")
    tables = [pilot.participants, pilot.meetings, pilot.attendance]
    return _shares(table.reset_index(), ["network"], tables)


def uptake(pilot: Pilot, of: str) -> pd.DataFrame:
    """Follow tools from made to tried to adopted, or signals to the governance group from raised to taken up to resolved.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`.
    of : {"tools", "signals"}
        What is followed.

    Returns
    -------
    pandas.DataFrame
        ``tool``, or ``network`` (that raised the signal), then the columns of a result table. ``measure`` is tool_tried or
        tool_adopted, per 100 organisations that the tool was offered to; or signal_taken_up or signal_resolved, per 100
        signals raised. Hidden below 10 organisations or signals; all networks when one of them raised fewer than 10.

    Raises
    ------
    BereikError
        When there are no tools or signals.

    Notes
    -----
    Clopper & Pearson (1934). Tools are not added up: the same organisations are offered each. What is not resolved may
    still be: the shares are those at the date of the file. Organisations and signals are no persons, so few of them may
    have adopted a tool, or be resolved.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> uptake(example_pilot(), "signals")[["network", "measure", "numerator", "denominator"]].head(2)
            network          measure  numerator  denominator
    0  all networks  signal_taken_up       19.0         24.0
    1  all networks  signal_resolved       12.0         24.0
    """
    check_known("table", of, _STEPS)
    by, unit, steps = _STEPS[of]
    pilot = checked(pilot, **{of: " ".join([by, *steps.values()])})
    rows = and_all(pilot.signals) if by == "network" else pilot.tools
    groups = rows.assign(**{name: rows[column].notna() for name, column in steps.items()}).groupby(by, sort=False)
    size = groups.size()
    counts = groups[[*steps]].sum().melt(var_name="measure", value_name="numerator", ignore_index=False)
    counts = counts.loc[size.index].reset_index()  # the measures of a category together
    status = network_status(size.to_frame())
    table = counts.assign(denominator=counts[by].map(size), status=counts[by].map(status), unit=unit)
    return _shares(table, [by], [rows])


def referred_to_care(pilot: Pilot) -> pd.DataFrame:
    """Compute how many families that were referred to a formal organisation reach youth care, by who referred them.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`; ``organisations`` and ``ties`` are used.

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
        When there are no organisations or ties, or nothing is known of what became of families.

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
    0      formal      reached_care       57.0        141.0
    1    informal      reached_care       18.0         43.0
    2    informal  share_of_reached       18.0         75.0
    """
    pilot = checked(pilot, organisations="formality", ties="families reached_care")
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
    return _shares(table, ["referred_by"], [pilot.ties])


def network_status(cells: pd.DataFrame) -> pd.Series:
    """Say which results may be shown: no number from which it follows what fewer than ten persons did, or did not.

    Parameters
    ----------
    cells : pandas.DataFrame
        Numbers of persons: a column for each part that a result tells apart (who did and who did not), or one for a result
        that is no share; missing where a part is not there. The index is the network, with `ALL` for all together.

    Returns
    -------
    pandas.Series
        ``shown`` when every part has at least 10 persons, else ``hidden``. Beside all networks together, networks are
        shown when every one of them may be: otherwise the others and the total give away what is hidden.

    Examples
    --------
    >>> network_status(pd.DataFrame({"came": [22, 11, 11], "not": [21, 12, 9]}, ["all networks", "a", "b"])).to_dict()
    {'all networks': 'shown', 'a': 'hidden', 'b': 'hidden'}
    """
    safe = ~(cells < MINIMUM).any(axis=1)
    if ALL in safe.index:
        safe &= safe.drop(ALL).all() | (safe.index == ALL)
    return safe.map({True: "shown", False: "hidden"})


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
        The tables of a pilot that the results are made from: their sources, to which is added that small numbers are
        hidden, and one value of ``synthetic``.
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
    source = "; ".join([*marks["source"].drop_duplicates(), SMALL_HIDDEN])
    return result_table(table.assign(synthetic=synthetic, source=source), by)


def and_all(table: pd.DataFrame) -> pd.DataFrame:
    """Put the rows of all networks together before those of each network."""
    return pd.concat([table.assign(network=ALL), table], ignore_index=True)


def _shares(table: pd.DataFrame, by: list[str], made_from: list[pd.DataFrame]) -> pd.DataFrame:
    """Make shares per 100 of counts, with Clopper-Pearson intervals."""
    shown = (table["status"] == "shown").to_numpy()
    count, total = (table[name].to_numpy(dtype="float64") for name in ("numerator", "denominator"))
    share = divide(count, total, shown)
    size = np.where(shown, total, np.nan)
    lower, upper = proportion_interval(share * size, size, "clopper_pearson", CONFIDENCE)
    figures = {"value": 100 * share, "lower": 100 * lower, "upper": 100 * upper}
    method = table.get("method", INTERVALS["clopper_pearson"][1])
    table = table.assign(**figures, method=method, per="100 " + table["unit"])
    return pilot_results(table, by, made_from, confidence=CONFIDENCE)
