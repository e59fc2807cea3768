"""Who took part in the learning networks (*leernetwerken*): against the plan, by kind of partner, at the meetings."""

import numpy as np
import pandas as pd

from bereik.pilot.contract import read_contract
from bereik.pilot.facts import pilot_facts
from bereik.pilot.files import Pilot, require_rows
from bereik.pilot.shares import (
    ALL,
    MINIMUM,
    and_all,
    counted,
    network_status,
    origin_of,
    share_results,
    sizes,
    without_hidden,
)
from bereik.tables import result_table

__all__ = ["attendance", "partner_kinds", "recruitment"]


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
    The plan: see `pilot_facts`; the governance group has none.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> recruitment(read_pilot())[["network", "against_plan", "value", "status"]]
             network against_plan  value status
    0   all networks      no plan   34.0  shown
    1  accessibility       within   12.0  shown
    2      tailoring       within   12.0  shown
    3     governance      no plan   10.0  shown
    """
    number = sizes(and_all(pilot.participants))
    plan = pilot_facts("plan").set_index("code").reindex(number.index)
    low, high = (plan[name].astype("float64") for name in ("lowest", "highest"))
    against = np.select([low.isna(), number < low, number > high], ["no plan", "below", "above"], "within")
    words = [f"plan: {a:.0f} to {b:.0f} participants" if a > 0 else "" for a, b in zip(low, high, strict=True)]
    status = network_status(number)
    plans = {"plan_lowest": low.to_numpy(), "plan_highest": high.to_numpy()}
    table = pd.DataFrame({"network": number.index, "against_plan": against, "standard": words, **plans}).assign(
        measure="participants", value=number.where(status == "shown").to_numpy(), per="participants", method="count",
        numerator=number.to_numpy(), status=status.to_numpy(), **origin_of(pilot.participants),
    )  # fmt: skip
    return without_hidden(result_table(table, ["network", "against_plan", *plans]))


def partner_kinds(pilot: Pilot) -> pd.DataFrame:
    """Show which kinds of partner are represented in each network, and which are missing.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`.

    Returns
    -------
    pandas.DataFrame
        ``network``, ``partner_kind``, then the columns of a result table: ``measure`` is partner_kind_represented with
        ``value`` 1 (at least one participant) or 0 (missing). How many there are of a kind is not told: they are few.

    Raises
    ------
    IncomparableError
        When real and synthetic rows are mixed.

    Notes
    -----
    The kinds are those that the published plan names, see ``pilot_facts("partner_kind")``.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> kinds = partner_kinds(read_pilot())
    >>> kinds.loc[(kinds["network"] == "all networks") & (kinds["value"] == 0), "partner_kind"].tolist()
    ['interest_group', 'experience']
    """
    kinds = read_contract()["participants"]["columns"]["partner_kind"]["allowed"]
    there = and_all(pilot.participants).groupby(["network", "partner_kind"], sort=False).size()
    networks = [ALL, *pilot.participants["network"].unique()]
    table = there.reindex(pd.MultiIndex.from_product([networks, kinds], names=there.index.names), fill_value=0)
    represented = (table > 0).astype("float64").rename("value").reset_index()
    about = origin_of(pilot.participants)
    return result_table(
        represented.assign(
            measure="partner_kind_represented",
            per="1 = represented, 0 = missing",
            method="count",
            status="shown",
            **about,
        ),
        ["network", "partner_kind"],
    )


def attendance(pilot: Pilot, *, confidence: float = 0.95) -> pd.DataFrame:
    """Compute who was there of those expected: per meeting, and who came to at least half of the meetings.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``network``, ``meeting`` and ``date`` (missing for all meetings together), then the columns of a result table:
        ``measure`` is attendance (present per 100 expected at one meeting) or attended_at_least_half (participants who
        were at half or more of the meetings they were expected at, per 100). Hidden below 10.

    Raises
    ------
    BereikError
        When there is no attendance, or the confidence is out of range.

    Notes
    -----
    Clopper & Pearson (1934), exact and conservative. Meetings are not added up: the same persons come to each.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> there = attendance(read_pilot())
    >>> there.loc[there["meeting"] == "accessibility 1", ["value", "lower", "upper", "denominator"]].round(1)
       value  lower  upper  denominator
    4   75.0   42.8   94.5         12.0
    """
    require_rows(pilot, "participants", "meetings", "attendance")
    about = origin_of(pilot.participants, pilot.meetings, pilot.attendance)
    rows = pilot.attendance[["meeting", "participant", "attended"]].merge(
        pilot.meetings[["meeting", "network", "date"]]
    )
    meetings = rows.groupby(["network", "meeting", "date"], sort=False)["attended"].agg(
        numerator="sum", denominator="size"
    )
    meetings = meetings.reset_index().assign(measure="attendance")
    meetings["status"] = np.where(meetings["denominator"] < MINIMUM, "suppressed", "shown")
    often = rows.groupby("participant")["attended"].mean().rename("share")
    persons = pilot.participants[["participant", "network"]].merge(often, on="participant").assign(
        came=lambda table: table["share"] >= 0.5
    )  # fmt: skip
    half = counted(persons, "network", {"attended_at_least_half": "came"}).assign(meeting="all meetings", date=pd.NaT)
    table = pd.concat([half, meetings.astype({"numerator": "int64"})], ignore_index=True)
    return share_results(table.assign(unit="participants", **about), ["network", "meeting", "date"], confidence)
