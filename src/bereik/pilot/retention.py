"""Who kept taking part in the learning networks, meeting after meeting."""

import numpy as np
import pandas as pd

from bereik.pilot.files import Pilot, require_rows
from bereik.pilot.shares import and_all, network_status, origin_of, share_results, sizes

__all__ = ["retention"]


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
        ``numerator``: the share is an estimate). Rows end
        where the longest membership ends; hidden below 10 participants.

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
    >>> from bereik.pilot.files import read_pilot
    >>> stays = retention(read_pilot())
    >>> stays.query("network == 'all networks' and meetings == 5")[["value", "lower", "upper"]].round(1)
       value  lower  upper
    4   82.4   65.5   93.2
    """
    require_rows(pilot, "participants", "meetings")
    about = origin_of(pilot.participants, pilot.meetings)
    follow = _followed(pilot)
    status = network_status(sizes(follow))
    parts = [
        _kaplan_meier(group).assign(network=network, status=status[network])
        for network, group in follow.groupby("network", sort=False)
    ]
    table = pd.concat(parts, ignore_index=True).assign(measure="retention", unit="participants", **about)
    table["method"] = "Kaplan-Meier; Clopper-Pearson interval at the effective number"
    return share_results(table, ["network", "meetings"], confidence).assign(numerator=np.nan)


def _followed(pilot: Pilot) -> pd.DataFrame:
    """Count per participant the meetings of the own network while a member, and say whether leaving ended it."""
    pairs = pilot.participants[["participant", "network", "joined", "left"]].merge(
        pilot.meetings[["network", "date"]], on="network", how="left"
    )
    while_member = (pairs["joined"] <= pairs["date"]) & ~(pairs["left"] <= pairs["date"])
    time = while_member.groupby(pairs["participant"]).sum().rename("time")
    people = pilot.participants.merge(time, on="participant")
    return and_all(people.assign(event=people["left"].notna())[["network", "time", "event"]])


def _kaplan_meier(group: pd.DataFrame) -> pd.DataFrame:
    """Give the share still there after each number of meetings, with the effective number of participants."""
    from statsmodels.duration.survfunc import SurvfuncRight

    time, event = group["time"].to_numpy(dtype="float64"), group["event"].to_numpy(dtype="float64")
    meetings = np.arange(1, int(time.max()) + 1)
    curve = SurvfuncRight(time, event) if event.any() else None
    place = np.searchsorted(curve.surv_times, meetings, side="right") if curve else np.zeros(len(meetings), dtype=int)
    stays = np.append(1.0, curve.surv_prob if curve else [])[place]
    error = np.append(0.0, curve.surv_prob_se if curve else [])[place]
    followed = (time >= meetings[:, None]).sum(axis=1)
    within = (stays > 0) & (stays < 1)
    size = np.where(within, stays * (1 - stays) / np.where(within, error, 1) ** 2, followed)
    return pd.DataFrame({"meetings": meetings, "size": size}).assign(
        numerator=stays * len(group), denominator=len(group)
    )
