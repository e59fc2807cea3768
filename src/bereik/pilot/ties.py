"""Referral ties between formal and informal organisations: how many cross, and how that changes."""

from typing import Any

import numpy as np
import pandas as pd

from bereik.errors import BereikError, IncomparableError
from bereik.pilot.files import Pilot, checked
from bereik.pilot.learning import signed_rank_p
from bereik.pilot.participation import MINIMUM, Rows, pilot_results
from bereik.rates.intervals import CONFIDENCE

_DRAWS, _SEED = 9999, 0
_ENDS = ["from_organisation", "to_organisation"]


def tie_measures(pilot: Pilot) -> pd.DataFrame:
    """Measure how far referral ties (*verwijzingen*) cross between formal and informal organisations.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`; ``organisations`` and ``ties`` are used.

    Returns
    -------
    pandas.DataFrame
        A result table, one row per ``measure``: ties and ties_crossing (numbers of directed ties), share_crossing (per 100
        ties), ei_index (-1: all ties within a kind, 1: all cross), ei_index_by_chance (expected value, and the range within
        which it lies with this probability, when ties do not heed the kind) and ei_index_p (two-sided).
        All hidden below 10 ties.

    Raises
    ------
    BereikError
        When there are no organisations or ties, or all organisations are of one kind.

    Notes
    -----
    E-I index = (external - internal) / all ties, Krackhardt & Stern (1988). Its value depends on the sizes of the two kinds, so
    it is compared with what it is when the labels formal and informal are dealt out at random over the organisations, ties
    as they are; the expectation is exact, range and p-value are of 9,999 random labellings. A file with all ties is no
    sample: the measures have no intervals. Ties that nobody wrote down make them wrong in a way that no interval shows.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> tie_measures(example_pilot())[["measure", "value"]].round(2).head(4)
              measure   value
    0            ties  121.00
    1   ties_crossing   33.00
    2  share_crossing   27.27
    3        ei_index   -0.45
    """
    pilot, kinds = _kinds(pilot)
    informal = (kinds == "informal").to_numpy()
    sender, receiver = (kinds.index.get_indexer(pilot.ties[end]) for end in _ENDS)
    crosses = informal[sender] != informal[receiver]
    index, size, others = 2 * crosses.mean() - 1, len(informal), int(informal.sum())
    expected = 4 * others * (size - others) / (size * (size - 1)) - 1
    labels = np.random.default_rng(_SEED).permuted(np.tile(informal, (_DRAWS, 1)), axis=1)
    chance = 2 * (labels[:, sender] != labels[:, receiver]).mean(axis=1) - 1
    extreme = int((np.abs(chance - expected) >= abs(index - expected) - 1e-12).sum())
    lower, upper = np.quantile(chance, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2])
    random = f"{_DRAWS} random labellings of the organisations, ties as they are"
    in_file = "directed ties in the file"
    rows: list[tuple[str, Any, str, str]] = [
        ("ties", len(crosses), "ties", in_file),
        ("ties_crossing", crosses.sum(), "ties", in_file),
        ("share_crossing", 100 * crosses.mean(), "100 ties", "share of the ties in the file"),
        ("ei_index", index, "index", "(external - internal) / all ties"),
        ("ei_index_by_chance", expected, "index", f"range by chance: {random}"),
        ("ei_index_p", (1 + extreme) / (1 + _DRAWS), "probability, two-sided", random),
    ]
    table = pd.DataFrame(rows, columns=["measure", "value", "per", "method"])
    table.loc[4, ["lower", "upper", "confidence"]] = lower, upper, CONFIDENCE
    return _results(table, [], len(crosses), pilot)


def tie_change(before: Pilot, after: Pilot) -> pd.DataFrame:
    """Compare the ties of the same organisations at two moments, for example before and after a toolkit.

    Parameters
    ----------
    before, after : Pilot
        The tables of `read_pilot` of two folders with the same organisations.

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
        When there are no organisations or ties.

    Notes
    -----
    The unit is the organisation that refers: its own ties change together, those of others are taken as independent.
    Interval: Student's t over the organisations. A change is no effect of the toolkit: no network without it is compared.
    The ties *within* a kind stand beside it, since they show what changed without the aim of a bridge.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> pilot = example_pilot()
    >>> tie_change(pilot, pilot)[["ties", "measure", "value"]].head(2)
           ties    measure  value
    0  crossing  ties_kept   33.0
    1  crossing   ties_new    0.0
    """
    from scipy.stats import t

    (before, kinds), (after, kinds_after) = _kinds(before), _kinds(after)
    if strange := sorted(set(kinds.items()) ^ set(kinds_after.items())):
        fault = f"the organisations before and after differ, first in {strange[0][0]!r} ({strange[0][1]})"
        todo = "keep the organisations that are in both files, and their ties"
        raise IncomparableError(fault, "the same organisations, each of the same kind, at both moments", todo)
    pairs = before.ties[_ENDS].merge(after.ties[_ENDS], how="outer", indicator="when")
    crossing = pairs[_ENDS[0]].map(kinds) != pairs[_ENDS[1]].map(kinds)
    rows: list[dict[str, Any]] = []
    number, test = len(kinds), "exact Wilcoxon signed rank over organisations, zeros by Pratt, ties by permutation"
    for name, ties in (("crossing", pairs[crossing]), ("within", pairs[~crossing])):
        count = ties["when"].value_counts()
        of_ties = {"ties_kept": count["both"], "ties_new": count["right_only"], "ties_lost": count["left_only"]}
        rows += [{"ties": name, "measure": one, "value": value, "per": "ties"} for one, value in of_ties.items()]
        step = ties["when"].astype("str").map({"both": 0, "right_only": 1, "left_only": -1})
        change = step.groupby(ties[_ENDS[0]]).sum().reindex(kinds.index, fill_value=0).to_numpy()
        half = t.ppf(0.5 + CONFIDENCE / 2, number - 1) * change.std(ddof=1) / np.sqrt(number)
        mean = {"value": change.mean(), "lower": change.mean() - half, "upper": change.mean() + half}
        mean |= {"confidence": CONFIDENCE, "per": "organisation", "method": "mean over organisations, Student's t"}
        p_value = {"value": signed_rank_p(change), "per": "probability, two-sided", "method": test}
        measures = {"ties_change": mean, "ties_change_p": p_value}
        rows += [{"ties": name, "measure": one, "denominator": number, **row} for one, row in measures.items()]
    return _results(rows, ["ties"], min(number, len(before.ties), len(after.ties)), before, after)


def tie_map(pilot: Pilot) -> pd.DataFrame:
    """List the organisations and the ties between them, for a drawing of the network.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`; ``organisations`` and ``ties`` are used.

    Returns
    -------
    pandas.DataFrame
        ``organisation``, ``formality``, ``to_organisation``, then the columns of a result table. ``measure`` is ties_sent
        (number of organisations that it refers to; also of those with none; ``to_organisation`` is empty) or referral_tie
        (1). No numbers of families: those along one tie are too few to be shown. Hidden below 10 ties, in one row.

    Raises
    ------
    BereikError
        When there are no organisations or ties, or all organisations are of one kind.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> tie_map(example_pilot())["measure"].value_counts().to_dict()
    {'referral_tie': 121, 'ties_sent': 26}
    """
    pilot, kinds = _kinds(pilot)
    sent = pilot.ties.groupby(_ENDS[0]).size().reindex(kinds.index, fill_value=0).rename_axis("organisation")
    nodes = sent.rename("value").reset_index().assign(to_organisation="", measure="ties_sent")
    ties = pilot.ties[_ENDS].rename(columns={_ENDS[0]: "organisation"}).assign(measure="referral_tie", value=1)
    table = pd.concat([nodes, ties], ignore_index=True)
    table = table.assign(formality=table["organisation"].map(kinds), per="ties")
    return _results(table, ["organisation", "formality", "to_organisation"], len(ties), pilot)


def _kinds(pilot: Pilot) -> tuple[Pilot, pd.Series]:
    """Give the checked tables and the kind of each organisation, or raise when there is nothing to cross."""
    pilot = checked(pilot, organisations="formality", ties="")
    kinds = pilot.organisations.set_index("organisation")["formality"].sort_index(kind="stable")
    if set(kinds) != {"formal", "informal"}:
        todo = "add the organisations of the other kind to the file organisations, also those without ties"
        said = " and ".join(sorted(map(str, kinds.unique())))
        raise BereikError(f"all organisations are {said}", "formal and informal organisations", todo)
    return pilot, kinds


def _results(rows: Rows, by: list[str], size: int, *pilots: Pilot) -> pd.DataFrame:
    """Make a result table about the ties of a pilot; without any number when the network is too small to be shown."""
    small = {"status": "hidden"} if size < MINIMUM else {}
    if small and "organisation" in by:  # whose names are the ties
        rows = pd.DataFrame(rows).head(1).assign(**dict.fromkeys(by, ""))
    return pilot_results(rows, by, [pilot.ties for pilot in pilots], **small)
