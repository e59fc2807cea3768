"""Referral ties between formal and informal organisations: how many cross, are returned, and change."""

import numpy as np
import pandas as pd

from bereik.errors import BereikError, IncomparableError
from bereik.pilot.files import Pilot, require_rows
from bereik.pilot.measures import Row
from bereik.pilot.shares import MINIMUM, origin_of
from bereik.pilot.signed_rank import signed_rank_p
from bereik.rates.intervals import check_numbers
from bereik.tables import result_table

__all__ = ["tie_change", "tie_measures"]

_DRAWS, _SEED = 9999, 0
_KINDS = ("formal", "informal")


def tie_measures(pilot: Pilot, *, confidence: float = 0.95) -> pd.DataFrame:
    """Measure how far referral ties (*verwijzingen*) cross between formal and informal organisations, and are returned.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`; ``organisations`` and ``ties`` are used.
    confidence : float
        Of the range by chance, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        A result table, one row per ``measure``: ties and ties_crossing (numbers of directed ties), share_crossing (per 100
        ties), ei_index (-1: all ties within a kind, 1: all cross), ei_index_by_chance (expected value, and the range within
        which it lies with this probability, when ties do not heed the kind), ei_index_p (two-sided), reciprocity and
        reciprocity_crossing (ties that are returned, per 100 ties). All hidden below 10 ties.

    Raises
    ------
    BereikError
        When there are no organisations or ties, all organisations are of one kind, or the confidence is out of range.

    Notes
    -----
    E-I index = (external - internal) / all ties, Krackhardt & Stern (1988). Its value depends on the sizes of the two kinds, so
    it is compared with what it is when the labels formal and informal are dealt out at random over the organisations, ties
    as they are; the expectation is exact, range and p-value are of 9,999 random labellings. A file with all ties is no
    sample: the measures have no intervals. Ties that nobody wrote down make them wrong in a way that no interval shows.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> tie_measures(read_pilot())[["measure", "value"]].round(2).head(4)
              measure   value
    0            ties  111.00
    1   ties_crossing   36.00
    2  share_crossing   32.43
    3        ei_index   -0.35
    """
    check_numbers(confidence=confidence)
    informal, sender, receiver = _indices(pilot)
    crosses = informal[sender] != informal[receiver]
    number, found = len(sender), 2 * crosses.mean() - 1
    size, others = len(informal), int(informal.sum())
    expected = 4 * others * (size - others) / (size * (size - 1)) - 1
    labels = np.random.default_rng(_SEED).permuted(np.tile(informal, (_DRAWS, 1)), axis=1)
    chance = 2 * (labels[:, sender] != labels[:, receiver]).mean(axis=1) - 1
    extreme = int((np.abs(chance - expected) >= abs(found - expected) - 1e-12).sum())
    lower, upper = np.quantile(chance, [0.5 - confidence / 2, 0.5 + confidence / 2])
    pairs = set(zip(sender.tolist(), receiver.tolist(), strict=True))
    returned = np.array([(two, one) in pairs for one, two in zip(sender.tolist(), receiver.tolist(), strict=True)])
    random = f"{_DRAWS} random labellings of the organisations, ties as they are"
    rows: list[Row] = [
        {"measure": "ties", "value": number, "per": "ties", "method": "directed ties in the file"},
        {"measure": "ties_crossing", "value": crosses.sum(), "per": "ties", "method": "directed ties in the file"},
        _per_100("share_crossing", crosses),
        {"measure": "ei_index", "value": found, "per": "index", "method": "(external - internal) / all ties"},
        {"measure": "ei_index_by_chance", "value": expected, "lower": lower, "upper": upper, "per": "index",
         "confidence": confidence, "method": f"range by chance: {random}"},
        {"measure": "ei_index_p", "value": (1 + extreme) / (1 + _DRAWS), "per": "probability, two-sided", "method": random},
        _per_100("reciprocity", returned),
        _per_100("reciprocity_crossing", returned[crosses]),
    ]  # fmt: skip
    return tie_results(rows, [], pilot, shown=number >= MINIMUM)


def tie_change(before: Pilot, after: Pilot, *, confidence: float = 0.95) -> pd.DataFrame:
    """Compare the ties of the same organisations at two moments, for example before and after a toolkit.

    Parameters
    ----------
    before, after : Pilot
        The tables of `read_pilot` of two folders with the same organisations.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``ties`` (crossing or within), then the columns of a result table: ``measure`` is ties_kept, ties_new, ties_lost
        (numbers), ties_change (mean change in the number of organisations that an organisation refers to, with its
        interval) and ties_change_p (exact signed-rank test, two-sided). Hidden below 10 organisations, and when one of
        the networks has fewer than 10 ties.

    Raises
    ------
    IncomparableError
        When the organisations differ, or synthetic and real ties are mixed.
    BereikError
        When there are no organisations or ties, or the confidence is out of range.

    Notes
    -----
    The unit is the organisation that refers: its own ties change together, those of others are taken as independent.
    Interval: Student's t over the organisations. A change is no effect of the toolkit: no network without it is compared.
    The ties *within* a kind stand beside it, since they show what changed without the aim of a bridge.

    Examples
    --------
    >>> from bereik.pilot.synthetic import make_pilot
    >>> pilot = make_pilot()
    >>> tie_change(pilot, pilot)[["ties", "measure", "value"]].head(2)
           ties    measure  value
    0  crossing  ties_kept   36.0
    1  crossing   ties_new    0.0
    """
    check_numbers(confidence=confidence)
    parts = [kinds_of(pilot) for pilot in (before, after)]
    if not parts[0].sort_index(kind="stable").equals(parts[1].sort_index(kind="stable")):
        strange = sorted(set(parts[0].items()) ^ set(parts[1].items()))[0]
        raise IncomparableError(
            f"the organisations before and after differ, first in {strange[0]!r} ({strange[1]})",
            "the same organisations, each of the same kind, at both moments",
            "keep the organisations that are in both files, and their ties",
        )
    old, new = (_pairs(pilot, parts[0]) for pilot in (before, after))
    rows: list[Row] = []
    for name in ("crossing", "within"):
        one, two = (table[table["ties"] == name] for table in (old, new))
        both, counts = len(one.index.intersection(two.index)), {}
        counts = {"ties_kept": both, "ties_new": len(two) - both, "ties_lost": len(one) - both}
        rows += [{"ties": name, "measure": key, "value": value, "per": "ties"} for key, value in counts.items()]
        sent = [table.groupby(level=0).size().reindex(parts[0].index, fill_value=0) for table in (one, two)]
        rows += [{"ties": name, **row} for row in _mean_change((sent[1] - sent[0]).to_numpy(), confidence)]
    ties = Pilot(*before[:-1], ties=pd.concat([before.ties, after.ties]))
    shown = min(len(parts[0]), len(old), len(new)) >= MINIMUM
    return tie_results(rows, ["ties"], ties, shown=shown)


def kinds_of(pilot: Pilot) -> pd.Series:
    """Give the kind of each organisation, or raise when there is nothing to cross."""
    require_rows(pilot, "organisations", "ties")
    kinds = pilot.organisations.set_index("organisation")["formality"]
    if set(kinds) != set(_KINDS):
        raise BereikError(
            f"all organisations are {' and '.join(sorted(set(kinds)))}",
            "formal and informal organisations",
            "add the organisations of the other kind to the file organisations, also those without ties",
        )
    return kinds


def _indices(pilot: Pilot) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give per organisation whether it is informal, and per tie the places of sender and receiver."""
    kinds = kinds_of(pilot)
    sender, receiver = (kinds.index.get_indexer(pilot.ties[f"{side}_organisation"]) for side in ("from", "to"))
    return (kinds == "informal").to_numpy(), sender, receiver


def _pairs(pilot: Pilot, kinds: pd.Series) -> pd.DataFrame:
    table = pilot.ties.set_index(["from_organisation", "to_organisation"])[[]]
    ends = [table.index.get_level_values(side).map(kinds) for side in (0, 1)]
    return table.assign(ties=np.where(ends[0] != ends[1], "crossing", "within"))


def _per_100(measure: str, which: np.ndarray) -> Row:
    """Give a share of ties; without a fraction, whose parts are no numbers of persons."""
    if not len(which):
        return {"measure": measure, "value": np.nan, "status": "undefined", "per": "100 ties"}
    return {
        "measure": measure,
        "value": 100 * which.mean(),
        "per": "100 ties",
        "method": "share of the ties in the file",
    }


def _mean_change(differences: np.ndarray, confidence: float) -> list[Row]:
    from scipy.stats import t

    number = len(differences)
    half = t.ppf(0.5 + confidence / 2, number - 1) * differences.std(ddof=1) / np.sqrt(number)
    mean, p = differences.mean(), signed_rank_p(differences)
    return [
        {"measure": "ties_change", "value": mean, "lower": mean - half, "upper": mean + half, "confidence": confidence,
         "denominator": number, "per": "organisation", "method": "mean over organisations, Student's t"},
        {"measure": "ties_change_p", "value": p, "denominator": number, "per": "probability, two-sided",
         "method": "exact Wilcoxon signed rank over organisations, zeros by Pratt, ties by permutation"},
    ]  # fmt: skip


def tie_results(rows: list[Row], by: list[str], pilot: Pilot, *, shown: bool) -> pd.DataFrame:
    """Make a result table about the ties of a pilot; without any number when the network is too small to be shown."""
    table = pd.DataFrame(rows, columns=None if rows else [*by, "measure", "value", "status"])
    status = table["status"].fillna("shown") if "status" in table else "shown"
    table = table.assign(status=status, **origin_of(pilot.ties))
    if not shown:
        hidden = [name for name in ("value", "lower", "upper", "numerator", "denominator") if name in table]
        table = table.assign(status="suppressed", **dict.fromkeys(hidden, np.nan))
    return result_table(table, by)
