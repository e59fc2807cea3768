"""Draws a synthetic pilot, and referral ties before and after a toolkit, of known true values; nobody in them exists."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from bereik.categories import check_whole
from bereik.pilot.files import Pilot, expected_at_meetings, no_rows, published_facts
from bereik.rates.results import check_known

Tables = dict[str, pd.DataFrame]
_TRUE: dict[str, Any] = tomllib.loads(files("bereik.pilot").joinpath("synthetic.toml").read_text(encoding="utf-8"))
_MIDDLE, _CUT = 3, 0.6  # answers at the start lie one point round the middle, cut at plus and minus this latent value
_WAVES = ("before", "after")
_ENDS = ["from_organisation", "to_organisation"]


def example_pilot(kind: str = "networks", *, seed: int | None = None) -> Pilot:
    """Draw a synthetic pilot, or referral ties at two moments, in the form of a pilot folder.

    Parameters
    ----------
    kind : {"networks", "ties_before", "ties_after"}
        ``networks``: learning networks as in the pilot, all tables. ``ties_before``, ``ties_after``: referral ties of the
        same organisations before and after a toolkit, as *Diversiteit in de wijk* aimed at.
    seed : int, optional
        Of the draw; the seed of the shipped example when not given.

    Returns
    -------
    Pilot
        The tables, each with ``synthetic`` (True) and ``source``; what the kind has not is a table without rows.

    Raises
    ------
    UnknownNameError
        When there is no example of this kind.

    Notes
    -----
    The four tools are the real ones of the toolkit; who made, tried or adopted them here is not. The sizes of the learning
    networks are within the plan of the pilot. What is drawn from: `true_values`.

    Examples
    --------
    >>> example_pilot(seed=1).participants["network"].value_counts().to_dict()
    {'accessibility': 12, 'tailoring': 12, 'governance': 10}
    """
    kinds = {"networks": _networks, "ties_before": _ties, "ties_after": _ties}
    check_known("kind of example", kind, kinds)
    check_whole(0, seed=0 if seed is None else seed)
    shipped = _TRUE["seed"] if kind == "networks" else _TRUE["bridge"]["seed"]
    tables = kinds[kind](np.random.default_rng(shipped if seed is None else seed))
    tables |= {"ties": tables[kind]} if kind.startswith("ties") else {}
    filled = {name: tables.get(name, empty)[list(empty.columns[:-2])] for name, empty in no_rows().items()}
    return Pilot(**{name: table.assign(synthetic=True, source=_TRUE["source"]) for name, table in filled.items()})


def true_values() -> pd.DataFrame:
    """Give the true values that the synthetic pilot and ties are drawn from, in the measures of the results.

    Returns
    -------
    pandas.DataFrame
        ``scale`` (empty when not about a scale), ``group`` (kind of ties or of organisation; empty when about
        all), ``measure`` (named as in the results) and ``value`` (points of the answer, numbers of organisations, shares
        per 100).

    Notes
    -----
    An item of the networks changes by its shift (0 or 1) plus a draw from -1, 0, 1 that is as often up as down; items are
    independent. So the change of a scale is symmetric around the mean of its shifts, which is what the Hodges-Lehmann
    estimate aims at, and the share that improves follows from adding up the distributions of the items, exactly.
    ties_change is what is to be expected over draws of the ties before.

    Examples
    --------
    >>> true_values().query("scale == 'knowledge'").round(2).values.tolist()
    [['knowledge', '', 'hodges_lehmann_shift', 0.75], ['knowledge', '', 'share_improved', 96.48]]
    """
    rows: list[tuple[str, str, str, float]] = []
    up, tried, taken_up = (_TRUE[name] for name in ("goes_up", "tried", "taken_up"))
    for scale, shifts in _TRUE["scales"].items():
        change = np.ones(1)
        for _ in shifts:
            change = np.convolve(change, [up, 1 - 2 * up, up])
        above = np.arange(-len(shifts), len(shifts) + 1) + sum(shifts) > 0
        rows.append((scale, "", "hodges_lehmann_shift", sum(shifts) / len(shifts)))
        rows.append((scale, "", "share_improved", 100 * float(change[above].sum())))
    shares = {"tool_tried": tried, "tool_adopted": tried * _TRUE["adopted"]}
    shares |= {"signal_taken_up": taken_up, "signal_resolved": taken_up * _TRUE["resolved"]}
    rows += [("", "", measure, 100 * share) for measure, share in shares.items()]
    ties = _TRUE["bridge"]
    number = ties["formal"] + ties["informal"]
    crossing = 2 * ties["formal"] * ties["informal"] / number  # of the other kind, mean over organisations
    for name, others, end in (("crossing", crossing, "across"), ("within", number - 1 - crossing, "within")):
        before, new = ties[f"{end}_before"], ties[f"new_{end}"]
        rows.append(("", name, "ties_change", others * ((1 - before) * new - before * (1 - ties["kept"]))))
    rows += [("", kind, "reached_care", 100 * ties[f"reached_{kind}"]) for kind in ("formal", "informal")]
    return pd.DataFrame(rows, columns=["scale", "group", "measure", "value"])


def _networks(draw: np.random.Generator) -> Tables:
    kinds = {f"{kind} {i + 1:02d}": kind for kind, number in _TRUE["organisations"].items() for i in range(number)}
    days = {network: enumerate(_days(number), start=1) for network, number in _TRUE["meetings"].items()}
    rows = [(f"{network} {i}", network, day) for network, dates in days.items() for i, day in dates]
    meetings = pd.DataFrame(rows, columns=["meeting", "network", "date"])
    participants = _participants(draw, kinds, meetings)
    expected = expected_at_meetings(participants, meetings)[["meeting", "participant"]]
    return {
        "participants": participants,
        "organisations": _organisations(kinds).assign(municipality="Den Haag"),
        "meetings": meetings,
        "attendance": expected.assign(attended=draw.random(len(expected)) < _TRUE["attends"]),
        "answers": _network_answers(draw, participants),
        "tools": _tools(draw, list(kinds)),
        "signals": _signals(draw),
        "ties": _network_ties(draw, kinds),
    }


def _days(number: int) -> pd.DatetimeIndex:
    """Spread dates over the pilot, from its first day to its last."""
    return pd.date_range(_TRUE["first_day"], _TRUE["last_day"], periods=number).normalize()


def _organisations(kinds: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"organisation": kinds.keys(), "formality": kinds.values(), "municipality": None})


def _pairs(kinds: Mapping[str, str]) -> tuple[pd.DataFrame, pd.Series]:
    """Give each pair of organisations, and whether these are of different kinds."""
    pairs = pd.DataFrame([pair for pair in product(kinds, kinds) if pair[0] != pair[1]], columns=_ENDS)
    return pairs, pairs[_ENDS[0]].map(kinds) != pairs[_ENDS[1]].map(kinds)


def _participants(draw: np.random.Generator, kinds: Mapping[str, str], meetings: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for network, number in _TRUE["networks"].items():
        dates = meetings.loc[meetings["network"] == network, "date"]
        shares = pd.Series(_TRUE["partner_kinds"])
        shares = shares[["youth_care_provider", "municipality"]] if network == "governance" else shares
        for partner in draw.choice(list(shares.index), size=number, p=shares / shares.sum()):
            kind = "informal" if partner in ("migrant_organisation", "self_organisation") else "formal"
            stays = draw.geometric(_TRUE["leaves"])
            left = dates.iloc[stays - 1] + pd.Timedelta(days=1) if stays < len(dates) else pd.NaT
            organisation = draw.choice([name for name, formality in kinds.items() if formality == kind])
            role = "manager" if network == "governance" else "practitioner"
            rows.append((network, organisation, partner, role, pd.Timestamp(_TRUE["first_day"]), left))
    table = pd.DataFrame(rows, columns=["network", "organisation", "partner_kind", "role", "joined", "left"])
    return table.assign(participant=[f"P{i + 1:02d}" for i in range(len(table))])


def _network_answers(draw: np.random.Generator, participants: pd.DataFrame) -> pd.DataFrame:
    rows, loading, up = [], _TRUE["loading"], _TRUE["goes_up"]
    for participant in participants.loc[participants["network"] != "governance", "participant"]:
        there = {wave: draw.random() < _TRUE[f"answers_{wave}"] for wave in _WAVES}
        person = draw.standard_normal()
        for scale, shifts in _TRUE["scales"].items():
            latent = loading * person + np.sqrt(1 - loading**2) * draw.standard_normal(len(shifts))
            before = _MIDDLE - np.array(shifts) + (latent > _CUT) - (latent < -_CUT)
            after = before + shifts + draw.choice([-1, 0, 1], size=len(shifts), p=[up, 1 - 2 * up, up])
            for wave, given in zip(_WAVES, (before, after), strict=True):
                items = enumerate(given if there[wave] else [], start=1)
                rows += [(participant, wave, scale, f"{scale}_{i}", answer) for i, answer in items]
    return pd.DataFrame(rows, columns=["participant", "wave", "scale", "item", "answer"]).astype({"answer": "Int64"})


def _tools(draw: np.random.Generator, organisations: list[str]) -> pd.DataFrame:
    tools = published_facts("pilot").query("topic == 'tool'")["code"]
    table = pd.DataFrame(list(product(tools, organisations)), columns=["tool", "organisation"])
    tried = draw.random(len(table)) < _TRUE["tried"]
    adopted = tried & (draw.random(len(table)) < _TRUE["adopted"])
    network = np.where(table["tool"].isin(["explain_system", "start_cooperation"]), "accessibility", "tailoring")
    made = pd.Series(_days(4)[2], index=table.index)
    return table.assign(network=network, made=made, tried=_later(made, 60, tried), adopted=_later(made, 120, adopted))


def _signals(draw: np.random.Generator) -> pd.DataFrame:
    number = _TRUE["signals"]
    taken_up = draw.random(number) < _TRUE["taken_up"]
    resolved = taken_up & (draw.random(number) < _TRUE["resolved"])
    raised = pd.Series(_days(number + 2)[1:-1])
    steps = {"raised": raised, "taken_up": _later(raised, 30, taken_up), "resolved": _later(raised, 90, resolved)}
    network = np.where(np.arange(number) % 2 == 0, "accessibility", "tailoring")
    return pd.DataFrame({"signal": [f"S{i + 1:02d}" for i in range(number)], "network": network, **steps})


def _later(first: pd.Series, days: int, reached: np.ndarray) -> pd.Series:
    return (first + pd.Timedelta(days=days)).where(reached)


def _network_ties(draw: np.random.Generator, kinds: Mapping[str, str]) -> pd.DataFrame:
    pairs, crossing = _pairs(kinds)
    table = pairs[draw.random(len(pairs)) < np.where(crossing, _TRUE["tie_across"], _TRUE["tie_within"])]
    return _families(draw, table, _TRUE["families"], _TRUE["reached_care"])


def _families(draw: np.random.Generator, ties: pd.DataFrame, mean: float, reached: Any) -> pd.DataFrame:
    families = 1 + draw.poisson(mean - 1, size=len(ties))
    return ties.reset_index(drop=True).assign(families=families, reached_care=draw.binomial(families, reached))


def _ties(draw: np.random.Generator) -> Tables:
    true = _TRUE["bridge"]
    kinds = {f"{kind[0].upper()}{i + 1:02d}": kind for kind in ("formal", "informal") for i in range(true[kind])}
    pairs, crossing = _pairs(kinds)
    before = draw.random(len(pairs)) < np.where(crossing, true["across_before"], true["within_before"])
    appears = draw.random(len(pairs)) < np.where(crossing, true["new_across"], true["new_within"])
    after = np.where(before, draw.random(len(pairs)) < true["kept"], appears)
    reached = pairs[_ENDS[0]].map(kinds).map({kind: true[f"reached_{kind}"] for kind in ("formal", "informal")})
    waves = {"ties_before": before, "ties_after": after}
    ties = {name: _families(draw, pairs[one], true["families"], reached[one]) for name, one in waves.items()}
    return {"organisations": _organisations(kinds), **ties}
