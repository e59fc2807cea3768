"""Draws a synthetic pilot of a known truth, in the form of a pilot folder; no person or organisation in it exists."""

import tomllib
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from bereik.pilot.contract import expected_at_meetings
from bereik.pilot.facts import pilot_facts
from bereik.pilot.files import Pilot

__all__ = ["make_pilot", "pilot_truth"]

_MIDDLE, _CUT = 3, 0.6  # answers at the start lie one point round the middle, cut at plus and minus this latent value


@cache
def _settings() -> dict[str, Any]:
    return tomllib.loads(files("bereik.pilot").joinpath("synthetic.toml").read_text(encoding="utf-8"))


def pilot_truth() -> pd.DataFrame:
    """Give the truth that the synthetic pilot is drawn from, in the measures of the results.

    Returns
    -------
    pandas.DataFrame
        ``scale`` (empty when not about a scale), ``measure`` (named as in the results) and ``value`` (shifts in points of
        the answer, shares per 100).

    Notes
    -----
    An item changes by its shift (0 or 1) plus a draw from -1, 0, 1 that is as often up as down; items are independent. So
    the change of a scale is symmetric around the mean of its shifts, which is what the Hodges-Lehmann estimate aims at,
    and the share that improves follows from adding up the distributions of the items, exactly.

    Examples
    --------
    >>> pilot_truth().query("scale == 'knowledge'").round(2).values.tolist()
    [['knowledge', 'hodges_lehmann_shift', 0.75], ['knowledge', 'share_improved', 96.48]]
    """
    truth, rows = _settings(), []
    for scale, shifts in truth["scales"].items():
        change = np.ones(1)
        for _ in shifts:
            change = np.convolve(change, [truth["goes_up"], 1 - 2 * truth["goes_up"], truth["goes_up"]])
        above = np.arange(-len(shifts), len(shifts) + 1) + sum(shifts) > 0
        rows.append((scale, "hodges_lehmann_shift", sum(shifts) / len(shifts)))
        rows.append((scale, "share_improved", 100 * float(change[above].sum())))
    shares = {
        "attendance": truth["attends"],
        "tool_tried": truth["tried"],
        "tool_adopted": truth["tried"] * truth["adopted"],
        "signal_taken_up": truth["taken_up"],
        "signal_resolved": truth["taken_up"] * truth["resolved"],
    }
    rows += [("", measure, 100 * share) for measure, share in shares.items()]
    return pd.DataFrame(rows, columns=["scale", "measure", "value"])


def make_pilot(seed: int | None = None) -> Pilot:
    """Draw a synthetic pilot: participants, meetings, attendance, answers, tools, signals and referral ties.

    Parameters
    ----------
    seed : int, optional
        Of the draw; the seed of the shipped example when not given.

    Returns
    -------
    Pilot
        The tables, each with ``synthetic`` (True) and ``source``.

    Notes
    -----
    The four tools are the real ones of the toolkit; who made, tried or adopted them here is not. The sizes of the learning
    networks are within the plan of the pilot. All settings are in synthetic.toml.

    Examples
    --------
    >>> pilot = make_pilot(seed=1)
    >>> pilot.participants["network"].value_counts().to_dict()
    {'accessibility': 12, 'tailoring': 12, 'governance': 10}
    """
    truth = _settings()
    draw = np.random.default_rng(truth["seed"] if seed is None else seed)
    organisations, meetings = _organisations(), _meetings()
    participants = _participants(draw, organisations, meetings)
    tables = Pilot(
        participants=participants,
        organisations=organisations,
        meetings=meetings,
        attendance=_attendance(draw, participants, meetings),
        answers=_answers(draw, participants),
        tools=_tools(draw, organisations),
        signals=_signals(draw),
        ties=_ties(draw, organisations),
    )
    return Pilot(*(table.assign(synthetic=True, source=truth["source"]) for table in tables))


def _organisations() -> pd.DataFrame:
    rows = [
        (f"{kind} {i + 1:02d}", kind) for kind, number in _settings()["organisations"].items() for i in range(number)
    ]
    return pd.DataFrame(rows, columns=["organisation", "formality"]).assign(municipality="Den Haag")


def _days(number: int) -> pd.DatetimeIndex:
    """Spread dates over the pilot, from its first day to its last."""
    return pd.date_range(_settings()["first_day"], _settings()["last_day"], periods=number).normalize()


def _meetings() -> pd.DataFrame:
    rows = [
        (f"{network} {i + 1}", network, day)
        for network, number in _settings()["meetings"].items()
        for i, day in enumerate(_days(number))
    ]
    return pd.DataFrame(rows, columns=["meeting", "network", "date"])


def _participants(draw: np.random.Generator, organisations: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    truth, rows = _settings(), []
    formal = organisations["organisation"][organisations["formality"] == "formal"].tolist()
    informal = organisations["organisation"][organisations["formality"] == "informal"].tolist()
    for network, number in truth["networks"].items():
        dates = meetings.loc[meetings["network"] == network, "date"]
        shares = dict(truth["partner_kinds"])
        if network == "governance":
            shares = {kind: shares[kind] for kind in ("youth_care_provider", "municipality")}
        weights = np.array(list(shares.values()))
        for kind in draw.choice(list(shares), size=number, p=weights / weights.sum()):
            known = informal if kind in ("migrant_organisation", "self_organisation") else formal
            stays = draw.geometric(truth["leaves"])
            left = dates.iloc[stays - 1] + pd.Timedelta(days=1) if stays < len(dates) else pd.NaT
            rows.append((network, draw.choice(known), kind, pd.Timestamp(truth["first_day"]), left))
    table = pd.DataFrame(rows, columns=["network", "organisation", "partner_kind", "joined", "left"])
    table.insert(0, "participant", [f"P{i + 1:02d}" for i in range(len(table))])
    table.insert(4, "role", np.where(table["network"] == "governance", "manager", "practitioner"))
    return table


def _attendance(draw: np.random.Generator, participants: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    expected = expected_at_meetings(participants, meetings)[["meeting", "participant"]]
    return expected.assign(attended=draw.random(len(expected)) < _settings()["attends"])


def _answers(draw: np.random.Generator, participants: pd.DataFrame) -> pd.DataFrame:
    truth, rows = _settings(), []
    asked = participants.loc[participants["network"] != "governance", "participant"]
    loading, up = truth["loading"], truth["goes_up"]
    for participant in asked:
        there = {"before": draw.random() < truth["answers_before"], "after": draw.random() < truth["answers_after"]}
        person = draw.standard_normal()
        for scale, shifts in truth["scales"].items():
            latent = loading * person + np.sqrt(1 - loading**2) * draw.standard_normal(len(shifts))
            before = _MIDDLE - np.array(shifts) + (latent > _CUT) - (latent < -_CUT)
            after = before + shifts + draw.choice([-1, 0, 1], size=len(shifts), p=[up, 1 - 2 * up, up])
            for wave, given in (("before", before), ("after", after)):
                rows += [
                    (participant, wave, scale, f"{scale}_{i + 1}", int(a)) for i, a in enumerate(given) if there[wave]
                ]
    return pd.DataFrame(rows, columns=["participant", "wave", "scale", "item", "answer"]).astype({"answer": "Int64"})


def _tools(draw: np.random.Generator, organisations: pd.DataFrame) -> pd.DataFrame:
    truth = _settings()
    makers = {"explain_system": "accessibility", "start_cooperation": "accessibility"}
    table = pd.DataFrame(
        list(product(pilot_facts("tool")["code"], organisations["organisation"])), columns=["tool", "organisation"]
    )
    tried = draw.random(len(table)) < truth["tried"]
    adopted = tried & (draw.random(len(table)) < truth["adopted"])
    network = table["tool"].map(makers).fillna("tailoring")
    made = pd.Series(_days(4)[2], index=table.index)
    table.insert(1, "network", network)
    return table.assign(
        made=made,
        tried=(made + pd.Timedelta(days=60)).where(tried),
        adopted=(made + pd.Timedelta(days=120)).where(adopted),
    )


def _signals(draw: np.random.Generator) -> pd.DataFrame:
    truth = _settings()
    number = truth["signals"]
    taken_up = draw.random(number) < truth["taken_up"]
    resolved = taken_up & (draw.random(number) < truth["resolved"])
    raised = pd.Series(_days(number + 2)[1:-1])
    return pd.DataFrame({
        "signal": [f"S{i + 1:02d}" for i in range(number)],
        "network": np.where(np.arange(number) % 2 == 0, "accessibility", "tailoring"),
        "raised": raised,
        "taken_up": (raised + pd.Timedelta(days=30)).where(taken_up),
        "resolved": (raised + pd.Timedelta(days=90)).where(resolved),
    })  # fmt: skip


def _ties(draw: np.random.Generator, organisations: pd.DataFrame) -> pd.DataFrame:
    truth = _settings()
    kinds = dict(zip(organisations["organisation"], organisations["formality"], strict=True))
    pairs = [(one, other) for one, other in product(kinds, kinds) if one != other]
    chance = [truth["tie_within"] if kinds[one] == kinds[other] else truth["tie_across"] for one, other in pairs]
    there = draw.random(len(pairs)) < chance
    table = pd.DataFrame([pair for pair, tie in zip(pairs, there, strict=True) if tie],
                         columns=["from_organisation", "to_organisation"])  # fmt: skip
    families = 1 + draw.poisson(truth["families"] - 1, size=len(table))
    return table.assign(families=families, reached_care=draw.binomial(families, truth["reached_care"]))
