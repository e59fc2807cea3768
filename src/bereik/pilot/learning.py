"""What participants learned: change between two waves of a questionnaire, in groups too small for large-sample methods."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bereik.pilot.answers import HIGHEST, LOWEST, pair_scores
from bereik.pilot.measures import NUMBERS, POINTS, Row, share, shift, signed_rank, smallest_detectable, standardised
from bereik.pilot.shares import and_all, network_status, origin_of, without_hidden
from bereik.rates.intervals import check_numbers
from bereik.tables import result_table

__all__ = ["change", "item_change", "score_quartiles"]

_FEW_PAIRS = 20
_CORRECTIONS = {"holm": "holm", "benjamini_hochberg": "fdr_bh"}  # our name: name in statsmodels


def change(
    answers: pd.DataFrame,
    participants: pd.DataFrame,
    *,
    waves: tuple[str, str] = ("before", "after"),
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compute the change of each scale between two waves, for all networks together and per network.

    Parameters
    ----------
    answers, participants : pandas.DataFrame
        Tables of `read_pilot`; higher answers are better. A score is the mean of the items of a scale, of who answered all.
    waves : tuple of str
        The wave before and the wave after.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``scale``, ``network`` (all networks first), ``nonresponse``, then the columns of a result table. With
        ``nonresponse`` "complete pairs", ``measure`` is hodges_lehmann_shift (points of the answer), signed_rank_p
        (two-sided), share_improved, share_unchanged, share_declined (per 100 participants), standardised_mean_change
        and, below 20 pairs, smallest_detectable_shift. With "worst case" and "best case" the shift and the share improved
        if all who lack a wave had answered in the least or the most favourable way: the truth without non-response lies
        between. A network with fewer than 10 pairs is hidden, and another one when it could be derived.

    Raises
    ------
    InvalidTableError, UnknownNameError, BereikError
        When answers are out of range, double or of unknown participants, a wave has none, the items of a scale differ
        between the waves, or the confidence is out of range.

    Notes
    -----
    Shift: Hodges & Lehmann (1963), see `bereik.pilot.signed_rank`; it assumes changes symmetric around the shift; limits
    outside what the answers allow are cut off. Standardised mean change: mean change / standard deviation of the changes,
    exact interval from the noncentral t distribution, for normal changes. Smallest detectable shift: found with a
    probability of 80 % by a two-sided test at 1 - `confidence`, given the standard deviation of the changes; power of the
    t-test at 3/pi times the pairs, the efficiency of the signed-rank test for normal changes (Lehmann 1975). A change
    is no effect of the pilot: there is no group without it. Several scales are several tests; the p-values here are not
    corrected for that.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> pilot = read_pilot()
    >>> change(pilot.answers, pilot.participants)[["scale", "network", "measure", "value", "lower", "upper"]].head(1).round(2)
           scale       network               measure  value  lower  upper
    0  knowledge  all networks  hodges_lehmann_shift   0.69    0.5   0.88
    """
    check_numbers(confidence=confidence)
    pairs = and_all(pair_scores(answers, participants, waves, ["scale"]))
    rows: list[Row] = []
    for scale, of_scale in pairs.groupby("scale", sort=False):
        number = of_scale.assign(pair=_differences(of_scale).notna()).groupby("network", sort=False)["pair"].sum()
        status = network_status(number)
        for network, group in of_scale.groupby("network", sort=False):
            for row in _measures(group, confidence, shown=status[network] == "shown"):
                rows.append({"scale": scale, "network": network, "status": status[network], **row})
    table = pd.DataFrame(rows, columns=["scale", "network", "nonresponse", "status", *NUMBERS])
    table = table.assign(confidence=confidence, relative_to=waves[0], **origin_of(answers))
    return without_hidden(result_table(table, ["scale", "network", "nonresponse"]))


def item_change(
    answers: pd.DataFrame,
    participants: pd.DataFrame,
    *,
    waves: tuple[str, str] = ("before", "after"),
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compute the change of each item between two waves, all networks together, corrected for the number of items.

    Parameters
    ----------
    answers, participants, waves, confidence
        As in `change`.

    Returns
    -------
    pandas.DataFrame
        ``scale``, ``item``, then the columns of a result table: ``measure`` is hodges_lehmann_shift, share_improved,
        signed_rank_p, signed_rank_p_holm (no false alarm among all items) and signed_rank_p_benjamini_hochberg (share of
        false alarms among those called changed). Items with fewer than 10 pairs are hidden, and not among those corrected.

    Raises
    ------
    InvalidTableError, UnknownNameError, BereikError
        As for `change`.

    Notes
    -----
    Holm (1979); Benjamini & Hochberg (1995); by statsmodels. The intervals are not corrected.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> pilot = read_pilot()
    >>> items = item_change(pilot.answers, pilot.participants)
    >>> items.loc[items["item"] == "knowledge_1", ["measure", "value"]].round(3).head(2)
                    measure  value
    0  hodges_lehmann_shift    1.0
    1        share_improved   75.0
    """
    from statsmodels.stats.multitest import multipletests

    check_numbers(confidence=confidence)
    pairs = pair_scores(answers, participants, waves, ["scale", "item"])
    rows: list[Row] = []
    for (scale, item), group in pairs.groupby(["scale", "item"], sort=False):
        d = _differences(group).dropna().to_numpy()
        status = network_status(pd.Series([len(d)])).iloc[0]
        found: list[Row] = [{"measure": name} for name in ("hodges_lehmann_shift", "share_improved", "signed_rank_p")]
        if status == "shown":
            found = [shift(d, 1, confidence), share(d > 0, "share_improved", confidence), signed_rank(d)]
        found += [{**found[2], "measure": f"signed_rank_p_{name}"} for name in _CORRECTIONS]
        rows += [{"scale": scale, "item": item, "status": status, **row} for row in found]
    table = pd.DataFrame(rows, columns=["scale", "item", "status", *NUMBERS])
    for name, method in _CORRECTIONS.items():
        tests = (table["measure"] == f"signed_rank_p_{name}") & (table["status"] == "shown")
        if tests.any():
            table.loc[tests, "value"] = multipletests(table.loc[tests, "value"], method=method)[1]
            table.loc[tests, "method"] += f"; corrected over {tests.sum()} items"
    table = table.assign(confidence=confidence, relative_to=waves[0], **origin_of(answers))
    return without_hidden(result_table(table, ["scale", "item"]))


def score_quartiles(
    answers: pd.DataFrame, participants: pd.DataFrame, *, waves: tuple[str, str] = ("before", "after")
) -> pd.DataFrame:
    """Describe the distributions of the scores at two waves by quartiles, so that nobody can be followed from one to the other.

    Parameters
    ----------
    answers, participants, waves
        As in `change`.

    Returns
    -------
    pandas.DataFrame
        ``scale``, ``wave``, then the columns of a result table: ``measure`` is score_quartile_1, score_median or
        score_quartile_3 (points of the answer), of all networks together and of who answered at both waves. Hidden below
        10 pairs. No intervals: that of the change is in `change`.

    Raises
    ------
    InvalidTableError, UnknownNameError, BereikError
        As for `change`.

    Notes
    -----
    Lines from before to after per person, and lowest and highest scores, show persons: below 30 pairs bereik draws neither.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> pilot = read_pilot()
    >>> score_quartiles(pilot.answers, pilot.participants)[["scale", "wave", "measure", "value"]].head(2)
           scale    wave           measure  value
    0  knowledge  before  score_quartile_1   1.75
    1  knowledge  before      score_median   2.00
    """
    pairs, rows = pair_scores(answers, participants, waves, ["scale"]), []
    for scale, group in pairs.groupby("scale", sort=False):
        complete = group[_differences(group).notna()]
        status = network_status(pd.Series([len(complete)])).iloc[0]
        for name, wave in zip(("before", "after"), waves, strict=True):
            scores = complete[name] / complete["items"]
            for measure, part in (("score_quartile_1", 0.25), ("score_median", 0.5), ("score_quartile_3", 0.75)):
                value = scores.quantile(part) if status == "shown" else np.nan
                rows.append((scale, wave, measure, value, len(complete), status))
    table = pd.DataFrame(rows, columns=["scale", "wave", "measure", "value", "denominator", "status"])
    table = table.assign(per=POINTS, method="quartiles", **origin_of(answers))
    return without_hidden(result_table(table, ["scale", "wave"]))


def _differences(pairs: pd.DataFrame) -> pd.Series:
    return pairs["after"] - pairs["before"]


def _measures(group: pd.DataFrame, confidence: float, *, shown: bool) -> Iterator[Row]:
    """Compute every measure of one scale in one network; only their names when the network is hidden."""
    items = int(group["items"].iloc[0])
    d = _differences(group).dropna().to_numpy()
    if not shown:
        names = ("hodges_lehmann_shift", "signed_rank_p", "share_improved")
        yield from ({"nonresponse": "complete pairs", "measure": name} for name in names)
        return
    parts = [
        shift(d, items, confidence), signed_rank(d), share(d > 0, "share_improved", confidence),
        share(d == 0, "share_unchanged", confidence), share(d < 0, "share_declined", confidence),
        standardised(d, confidence),
    ]  # fmt: skip
    if len(d) < _FEW_PAIRS:
        parts.append(smallest_detectable(d, items, confidence))
    yield from ({"nonresponse": "complete pairs", **part} for part in parts)
    low, high = LOWEST * items, HIGHEST * items
    for case, (before, after) in {"worst case": (high, low), "best case": (low, high)}.items():
        filled = (group["after"].fillna(after) - group["before"].fillna(before)).to_numpy()
        for part in (shift(filled, items, confidence), share(filled > 0, "share_improved", confidence)):
            yield {"nonresponse": case, **part}
