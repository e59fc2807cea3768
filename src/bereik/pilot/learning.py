"""What participants learned: change between two waves of a questionnaire, in groups too small for large-sample methods."""

from typing import Any

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.pilot.files import CONTRACT, checked_tables
from bereik.pilot.participation import MINIMUM, and_all, network_status, pilot_results
from bereik.rates.intervals import CONFIDENCE, proportion_interval
from bereik.rates.results import check_known
from bereik.tables import refuse_rows, rounded

_ANSWERS = ("participant", "wave", "scale", "item", "answer")
_ABOUT, _WHERE = ("participant", "network"), "the answers"
Row = dict[str, Any]
Waves = tuple[str, str]
WAVES: Waves = ("before", "after")
_LOWEST, _HIGHEST = (CONTRACT["answers"]["columns"]["answer"][name] for name in ("minimum", "maximum"))
POINTS = f"points of the answer ({_LOWEST}-{_HIGHEST})"
_EXACT = "signed rank, zeros by Pratt, ties by permutation"
_EXACT_SHARE = ("100 participants", "Clopper-Pearson interval; improved and declined are strict, ties apart")
_MEASURES = {  # with their unit and method
    "hodges_lehmann_shift": (POINTS, f"Hodges-Lehmann; exact interval by test inversion ({_EXACT})"),
    "signed_rank_p": ("probability, two-sided", f"exact Wilcoxon {_EXACT}"),
    **dict.fromkeys(["share_improved", "share_unchanged", "share_declined"], _EXACT_SHARE),
}
_ALL_PARTS = ["improved", "unchanged", "declined", "missing"]
# the numbers of participants that a measure, or its denominator, tells apart; of the others that of the pairs
_PARTS = {"denominator": ["pairs", "missing"], "share_improved": ["improved", "not_improved", "missing"]}
_PARTS |= dict.fromkeys(["share_unchanged", "share_declined"], _ALL_PARTS)
_FOR_OMEGA, _REPLICATES, _SEED = 100, 500, 0  # complete answers; of the bootstrap


def paired_change(answers: pd.DataFrame, participants: pd.DataFrame, *, waves: Waves = WAVES) -> pd.DataFrame:
    """Compute the change of each scale between two waves, for all networks together and per network.

    Parameters
    ----------
    answers, participants : pandas.DataFrame
        Tables of `read_pilot`; higher answers are better. A score is the mean of the items of a scale, of who answered all.
    waves : tuple of str
        The wave before and the wave after.

    Returns
    -------
    pandas.DataFrame
        ``scale``, ``network`` (all networks first), ``nonresponse``, then the columns of a result table. With
        ``nonresponse`` "complete pairs", ``measure`` is hodges_lehmann_shift (points of the answer), signed_rank_p
        (two-sided), share_improved, share_unchanged and share_declined (per 100 participants). With "worst case" and "best
        case" the shift if all who lack a wave had answered in the least or the most favourable way: the truth without
        non-response lies between. Hidden below 10 pairs; networks when one of them is (`network_status`). A share is shown
        when at least 10 improved (or not), 10 did not, and 10 lack a wave. Otherwise it would follow how few did not answer;
        for the same reason ``denominator`` is missing when fewer than 10 lack a wave, and p-values have two decimals.

    Raises
    ------
    InvalidTableError, UnknownNameError, BereikError
        When answers are out of range, double or of unknown participants, a wave has none, or the items of a scale differ
        between the waves.

    Notes
    -----
    Shift: Hodges & Lehmann (1963), see `bereik.pilot.learning.shift_interval`; it assumes changes symmetric around the
    shift; limits outside what the answers allow are cut off. A change is no effect of the pilot: there is no group without
    it. Several scales are several tests; the p-values here are not corrected for that.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> pilot = example_pilot()
    >>> changes = paired_change(pilot.answers, pilot.participants)
    >>> changes[["scale", "network", "measure", "value", "lower", "upper"]].head(1).round(2)
           scale       network               measure  value  lower  upper
    0  knowledge  all networks  hodges_lehmann_shift   0.75   0.62    1.0
    """
    rows: list[Row] = []
    for scale, of_scale in and_all(_scores(answers, participants, waves)).groupby("scale", sort=False):
        status = _statuses(of_scale)
        for network, group in of_scale.groupby("network", sort=False):
            labels = {"scale": scale, "network": network}
            rows += [labels | row for row in _measures(group, status.loc[network])]
    same = {"confidence": CONFIDENCE, "relative_to": waves[0]}
    return pilot_results(rows, ["scale", "network", "nonresponse"], [answers], **same)


def reliability(answers: pd.DataFrame, *, wave: str = "before") -> pd.DataFrame:
    """Estimate the reliability of each scale at one wave, over all networks together.

    Parameters
    ----------
    answers : pandas.DataFrame
        The answers of `read_pilot`.
    wave : str
        The wave; one, since the answers of one person at two waves are not independent.

    Returns
    -------
    pandas.DataFrame
        ``scale``, ``wave``, then the columns of a result table: ``measure`` is cronbach_alpha or mcdonald_omega, of the
        participants who answered every item. ``undefined``, with the reason in ``method``: fewer than
        two items or no variation (alpha); fewer than 100 complete answers or three items, or no factor that fits (omega).
        Hidden below 10. Two decimals and no ``denominator``, as in `paired_change`.

    Raises
    ------
    InvalidTableError, UnknownNameError
        When answers are wrong, or the wave has none.

    Notes
    -----
    alpha = k / (k - 1) (1 - sum of the variances of the items / variance of their sum), Cronbach (1951); interval of Feldt
    (1965): (1 - alpha) times quantiles of F with n - 1 and (n - 1)(k - 1) degrees of freedom. It is exact for normal items
    that are equally correlated; it says how sure we are with these n, not whether the items measure one thing. omega =
    (sum of loadings)^2 / ((sum of loadings)^2 + sum of unique variances), one principal-axis factor (statsmodels);
    percentile bootstrap of 500 replicates. Below 100 answers the loadings are too uncertain to report.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> alpha = reliability(example_pilot().answers)
    >>> alpha.loc[alpha["scale"] == "knowledge", ["measure", "value", "lower", "upper", "status"]].round(2)
              measure  value  lower  upper     status
    0  cronbach_alpha   0.61   0.23   0.82      shown
    1  mcdonald_omega    NaN    NaN    NaN  undefined
    """
    answers = checked_tables({"answers": answers}, {"answers": _ANSWERS})["answers"]
    check_known("wave", wave, answers["wave"].unique().tolist(), _WHERE)
    rows: list[Row] = []
    for scale, given in answers[answers["wave"] == wave].groupby("scale", sort=False):
        wide = given.astype({"answer": "float64"}).pivot(index="participant", columns="item", values="answer").dropna()
        for measure, compute in (("cronbach_alpha", _alpha), ("mcdonald_omega", _omega)):
            figures = {"status": "hidden"} if len(wide) < MINIMUM else compute(wide.to_numpy())
            rows.append({"scale": scale, "wave": wave, "measure": measure} | figures)
    same = {"confidence": CONFIDENCE, "per": "share of variance"}
    table = pilot_results(rows, ["scale", "wave"], [answers], **same)
    return table.assign(**{name: np.round(rounded(table[name]), 2) for name in ("value", "lower", "upper")})


def signed_rank_p(differences: np.ndarray) -> float:
    """Test whether differences are symmetric around 0: exact two-sided p-value of the Wilcoxon signed-rank test.

    Parameters
    ----------
    differences : array
        After minus before. Give whole numbers (sums of items), so that ties are seen as ties.

    Returns
    -------
    float
        The probability, over all ways to sign the differences, of a sum of ranks at least as far from its mean.

    Notes
    -----
    Wilcoxon (1945); zeros by Pratt (1959): they are ranked with the others, then left out; ties get mid-ranks. The null
    distribution is that of the ranks at hand, by adding up their distributions one by one (exact for any number of pairs).
    scipy's ``wilcoxon(method="exact")`` uses the distribution without ties also where there are ties.

    Examples
    --------
    >>> round(signed_rank_p(np.array([0, 1, 1, 2, -1, 3, 0, 2, -2, 4, 1, 1])), 6)
    0.070312
    """
    from scipy.stats import rankdata

    nonzero = differences != 0
    ranks = np.rint(2 * rankdata(np.abs(differences)))[nonzero].astype("int64")  # doubled, so that mid-ranks are whole
    positive = int(ranks[differences[nonzero] > 0].sum())
    chance = np.zeros(int(ranks.sum()) + 1)
    chance[0] = 1.0
    for rank in ranks:
        chance[rank:] = (chance[rank:] + chance[:-rank]) / 2
        chance[:rank] /= 2
    tail = min(positive, len(chance) - 1 - positive)
    return float(min(1.0, 2 * chance[: tail + 1].sum()))


def shift_interval(differences: np.ndarray, confidence: float) -> tuple[float, float]:
    """Give the exact interval of the shift: all shifts that the signed-rank test does not reject.

    Parameters
    ----------
    differences : array
        After minus before; whole numbers, so that ties are seen as ties.
    confidence : float
        The confidence of the interval, between 0 and 1.

    Returns
    -------
    tuple of float
        Lower and upper limit, from the first shift not rejected to the last; infinite when so few pairs can reject nothing.
        At least as wide as its confidence says, when changes are symmetric around the shift. With ties a limit may itself
        be rejected: an interval that begins at 0 can stand beside a p-value below 1 - `confidence`. Missing when every shift
        is rejected, as with many equal changes beside a few large ones to one side.

    Notes
    -----
    Test inversion, Hodges & Lehmann (1963), Bauer (1972). The p-value changes only at the means of pairs, so it is looked at
    there and half-way between two of them.

    Examples
    --------
    >>> shift_interval(np.arange(1.0, 9.0), 0.95)
    (2.0, 7.0)
    """
    means = np.unique(_pair_means(differences))
    lower = _first_kept(differences, means, 1 - confidence)
    upper = -_first_kept(-differences, -means[::-1], 1 - confidence)
    return (lower, upper) if lower <= upper else (np.nan, np.nan)


def _pair_means(differences: np.ndarray) -> np.ndarray:
    first, second = np.triu_indices(len(differences))
    return (differences[first] + differences[second]) / 2


def _first_kept(differences: np.ndarray, means: np.ndarray, alpha: float) -> float:
    """Go up from the lowest pair mean to the first shift that is not rejected, or that lies just above it."""
    if signed_rank_p(differences - means[0] + 1) > alpha:
        return -np.inf
    for mean, above in zip(means, np.append((means[:-1] + means[1:]) / 2, means[-1] + 1), strict=True):
        if signed_rank_p(differences - mean) > alpha or signed_rank_p(differences - above) > alpha:
            return float(mean)
    return np.inf


def _scores(answers: pd.DataFrame, participants: pd.DataFrame, waves: Waves) -> pd.DataFrame:
    """Sum the items of each scale at two waves, for everyone in a network that was asked; missing unless all were answered."""
    given = {"answers": answers, "participants": participants}
    tables = checked_tables(given, {"answers": _ANSWERS, "participants": _ABOUT})
    answers, participants = tables["answers"], tables["participants"]
    listed = isinstance(waves, tuple | list)
    for wave in waves if listed else ():
        check_known("wave", wave, answers["wave"].unique().tolist(), _WHERE)
    if not listed or len(set(waves)) != 2 or len(waves) != 2:
        raise BereikError(f"the waves {waves!r}", "two different waves", "name one before and one after")
    used = answers[answers["wave"].isin(waves)]
    once = {f"an item asked in only one of {waves}": used.groupby(["scale", "item"])["wave"].transform("nunique") < 2}
    todo = "add what is missing, or take these answers out"
    refuse_rows(used[["wave", "scale", "item"]], once, expected="the same items before and after", todo=todo)
    networks = participants["network"][participants["participant"].isin(used["participant"])]
    asked = participants.loc[participants["network"].isin(networks), [*_ABOUT]]
    units = used.groupby("scale", sort=False)["item"].nunique().rename("items").reset_index()
    answers = used.astype({"answer": "float64"}).groupby(["scale", "participant", "wave"])["answer"]
    complete = answers.agg(["sum", "count"]).reset_index().merge(units, on="scale").query("count == items")
    sums = complete.pivot(index=["scale", "participant"], columns="wave", values="sum")
    sums = sums.reindex(columns=list(waves)).set_axis(list(WAVES), axis=1)
    table = units.merge(asked, how="cross").merge(sums, on=["scale", "participant"], how="left")
    return table.assign(change=table["after"] - table["before"])


def _statuses(scores: pd.DataFrame) -> pd.DataFrame:
    """Say which measures of the change, and denominators, may be shown: a row per network."""
    part = np.sign(scores["change"]).map({1: "improved", 0: "unchanged", -1: "declined"}).fillna("missing")
    cells = pd.crosstab(scores["network"], part).reindex(columns=_ALL_PARTS, fill_value=0)
    cells["not_improved"] = cells["unchanged"] + cells["declined"]
    cells["pairs"] = cells["improved"] + cells["not_improved"]
    parts = {name: _PARTS.get(name, ["pairs"]) for name in [*_MEASURES, "denominator"]}
    return pd.DataFrame({name: network_status(cells[columns]) for name, columns in parts.items()})


def _measures(group: pd.DataFrame, status: pd.Series) -> list[Row]:
    """Compute every measure of one scale in one network; only their names when the network is hidden."""
    status, number = status.drop("denominator"), status["denominator"]
    if status["hodges_lehmann_shift"] != "shown":
        return [{"nonresponse": "complete pairs", "measure": name, "status": one} for name, one in status.items()]
    d, items = group["change"].dropna().to_numpy(), int(group["items"].iloc[0])
    directions = {"share_improved": d > 0, "share_unchanged": d == 0, "share_declined": d < 0}
    pairs = {"denominator": len(d) if number == "shown" else np.nan}
    tested = _row("signed_rank_p", np.round(signed_rank_p(d), 2))
    parts = [part | pairs for part in (_shift(d, items), tested)]
    parts += [_share(which, measure) for measure, which in directions.items()]
    rows = [{"nonresponse": "complete pairs", "status": status[part["measure"]], **part} for part in parts]
    low, high = _LOWEST * items, _HIGHEST * items
    for case, (before, after) in {"worst case": (high, low), "best case": (low, high)}.items():
        filled = (group["after"].fillna(after) - group["before"].fillna(before)).to_numpy()
        rows.append({"nonresponse": case, **_shift(filled, items), "denominator": len(filled)})
    return rows


def _row(measure: str, value: float, lower: float = np.nan, upper: float = np.nan) -> Row:
    per, method = _MEASURES[measure]
    return {"measure": measure, "per": per, "method": method, "value": value, "lower": lower, "upper": upper}


def _shift(d: np.ndarray, items: int) -> Row:
    """Give the Hodges-Lehmann shift of sums of items, in points of the answer; limits within what the answers allow."""
    most = (_HIGHEST - _LOWEST) * items
    lower, upper = np.clip(shift_interval(d, CONFIDENCE), -most, most) / items
    return _row("hodges_lehmann_shift", np.median(_pair_means(d)) / items, lower, upper)


def _share(which: np.ndarray, measure: str) -> Row:
    """Give the share of participants for whom something holds, with the Clopper-Pearson interval."""
    count, total = np.array([[which.sum()], [len(which)]], dtype="float64")
    (lower,), (upper,) = proportion_interval(count, total, "clopper_pearson", CONFIDENCE)
    counts = {"numerator": which.sum(), "denominator": len(which)}
    return _row(measure, 100 * which.mean(), 100 * lower, 100 * upper) | counts


def _alpha(scores: np.ndarray) -> Row:
    from scipy.stats import f

    (persons, items), total = scores.shape, scores.sum(axis=1).var(ddof=1)
    if items < 2 or total == 0:
        return {"method": f"no alpha: {'fewer than two items' if items < 2 else 'all sums are the same'}"}
    alpha = items / (items - 1) * (1 - scores.var(axis=0, ddof=1).sum() / total)
    tails = f.ppf([(1 + CONFIDENCE) / 2, (1 - CONFIDENCE) / 2], persons - 1, (persons - 1) * (items - 1))
    lower, upper = 1 - (1 - alpha) * tails
    method = "Cronbach's alpha; interval of Feldt"
    method += "; below 0: items run against each other, is one of them reversed?" if alpha < 0 else ""
    return {"value": alpha, "lower": lower, "upper": upper, "method": method}


def _omega(scores: np.ndarray) -> Row:
    persons, items = scores.shape
    reasons = {
        f"omega needs {_FOR_OMEGA} complete answers": persons < _FOR_OMEGA,
        f"one factor needs three items, there are {items}": items < 3,
        "an item has one answer only": (scores.std(axis=0) == 0).any(),
    }
    value = np.nan if any(reasons.values()) else _one_factor(scores)
    if np.isnan(value):
        reasons["one factor does not fit, a unique variance is below 0"] = True
        return {"status": "undefined", "method": f"no omega: {next(reason for reason in reasons if reasons[reason])}"}
    draw = np.random.default_rng(_SEED)
    samples = (scores[draw.integers(0, persons, persons)] for _ in range(_REPLICATES))
    values = [_one_factor(sample) for sample in samples if (sample.std(axis=0) > 0).all()]
    lower, upper = np.nanquantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    method = "McDonald's omega, one principal-axis factor; percentile bootstrap, "
    method += f"{_REPLICATES} replicates, seed {_SEED}"
    return {"value": value, "lower": lower, "upper": upper, "method": method}


def _one_factor(scores: np.ndarray) -> float:
    """Give omega, or NaN where no proper factor explains the items; principal axis draws nothing, as "ml" does to start."""
    from statsmodels.multivariate.factor import Factor

    fit = Factor(scores, n_factor=1, method="pa", smc=False).fit(maxiter=500)
    spread = scores.std(axis=0, ddof=1)
    common = (fit.loadings[:, 0] * spread).sum() ** 2
    proper = fit.uniqueness.min() > -1e-6
    return float(common / (common + (fit.uniqueness * spread**2).sum())) if proper else np.nan
