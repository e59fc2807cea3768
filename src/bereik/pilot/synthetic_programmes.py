"""Draws synthetic data of the three programmes beside the pilot, of a known truth; nobody in them exists."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from bereik.pilot.contract import check_tables, read_contract
from bereik.pilot.files import Pilot

__all__ = ["make_nested_answers", "make_regional_answers", "make_ties", "programme_truth"]


@cache
def _settings() -> dict[str, Any]:
    text = files("bereik.pilot").joinpath("synthetic_programmes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def programme_truth() -> pd.DataFrame:
    """Give the truth that the synthetic programmes are drawn from, in the measures of the results.

    Returns
    -------
    pandas.DataFrame
        ``scale``, ``group`` (region, goal, kind of ties or door; empty when about all), ``measure`` (named as in the results)
        and ``value`` (points of the answer; numbers of organisations; shares per 100).

    Notes
    -----
    mean_of_regions is the mean of the true changes. ties_change is what is to be expected over draws of the ties before.

    Examples
    --------
    >>> programme_truth().query("measure == 'ties_change'")[["group", "measure", "value"]].round(2)
           group      measure  value
    17  crossing  ties_change   0.89
    18    within  ties_change   0.04
    """
    truth, rows = _settings(), []
    for scale, shifts in truth["region_shifts"].items():
        rows += [(scale, region, "pooled_change", shift) for region, shift in shifts.items()]
        rows.append((scale, "", "mean_of_regions", float(np.mean(list(shifts.values())))))
    goal_shifts = truth["goal_shifts"]
    rows += [("new_way_of_working", goal, "goal_change", shift) for goal, shift in goal_shifts.items()]
    rows.append(("new_way_of_working", "", "mean_of_goals", float(np.mean(list(goal_shifts.values())))))
    rows.append(("new_way_of_working", "", "organisation_sd", truth["goals"]["organisation_sd"]))
    ties = truth["ties"]
    number = ties["formal"] + ties["informal"]
    across = 2 * ties["formal"] * ties["informal"] / number  # organisations of the other kind, mean over organisations
    for name, others, before in (
        ("crossing", across, ties["across_before"]),
        ("within", number - 1 - across, ties["within_before"]),
    ):
        new = ties["new_across" if name == "crossing" else "new_within"]
        rows.append(("", name, "ties_change", others * ((1 - before) * new - before * (1 - ties["kept"]))))
    rows += [("", door, "reached_care", 100 * ties[f"reached_{door}"]) for door in ("formal", "informal")]
    return pd.DataFrame(rows, columns=["scale", "group", "measure", "value"])


def make_regional_answers(seed: int | None = None) -> Pilot:
    """Draw answers of four regions to one central questionnaire, as *Diversiteit in Transformatie* was to be evaluated.

    Parameters
    ----------
    seed : int, optional
        Of the draw; the seed of the shipped example when not given.

    Returns
    -------
    Pilot
        ``participants`` (``network`` is the region) and ``answers``; the other tables have no rows.

    Examples
    --------
    >>> make_regional_answers(seed=1).participants["network"].value_counts().to_dict()
    {'region A': 52, 'region B': 26, 'region C': 18, 'region D': 14}
    """
    truth, draw = _settings(), _generator(seed)
    people = _people([(region, None) for region, number in truth["regions"].items() for _ in range(number)])
    shifts = {scale: people["network"].map(of_region) for scale, of_region in truth["region_shifts"].items()}
    return _pilot(participants=people, answers=_answers(draw, people, shifts))


def make_nested_answers(seed: int | None = None) -> Pilot:
    """Draw answers of fifteen organisations, three for each of five goals, in the design of *Lerend Transformeren*.

    Parameters
    ----------
    seed : int, optional
        Of the draw; the seed of the shipped example when not given.

    Returns
    -------
    Pilot
        ``participants`` (``network`` is the goal), ``organisations`` and ``answers``; the other tables have no rows.

    Examples
    --------
    >>> goals = make_nested_answers(seed=1)
    >>> goals.participants.groupby("network")["organisation"].nunique().unique().tolist()
    [3]
    """
    truth, draw = _settings(), _generator(seed)
    design, mean = truth["goals"], truth["goal_shifts"]
    units = [(goal, f"{goal} {i + 1}") for goal in mean for i in range(design["organisations"])]
    people = _people([unit for unit in units for _ in range(design["participants"])])
    own = {unit: mean[goal] + design["organisation_sd"] * draw.standard_normal() for goal, unit in units}
    organisations = pd.DataFrame(
        {"organisation": [unit for _, unit in units], "formality": "formal", "municipality": None}
    )
    answers = _answers(draw, people, {"new_way_of_working": people["organisation"].map(own)})
    return _pilot(participants=people, organisations=organisations, answers=answers)


def make_ties(seed: int | None = None) -> tuple[Pilot, Pilot]:
    """Draw referral ties of the same organisations before and after a toolkit, as *Diversiteit in de wijk* aimed at.

    Parameters
    ----------
    seed : int, optional
        Of the draw; the seed of the shipped example when not given.

    Returns
    -------
    tuple of Pilot
        Before and after, each with ``organisations`` and ``ties``; the other tables have no rows.

    Examples
    --------
    >>> before, after = make_ties(seed=1)
    >>> len(before.organisations), before.ties.columns[:4].tolist()
    (22, ['from_organisation', 'to_organisation', 'families', 'reached_care'])
    """
    truth, draw = _settings()["ties"], _generator(seed)
    kinds = {
        f"{letter}{i + 1:02d}": kind
        for letter, kind in (("F", "formal"), ("I", "informal"))
        for i in range(truth[kind])
    }
    pairs = pd.DataFrame(
        [pair for pair in product(kinds, kinds) if pair[0] != pair[1]], columns=["from_organisation", "to_organisation"]
    )
    ends = [pairs[column].map(kinds) for column in pairs]
    crossing = ends[0] != ends[1]
    there = draw.random(len(pairs)) < np.where(crossing, truth["across_before"], truth["within_before"])
    appears = draw.random(len(pairs)) < np.where(crossing, truth["new_across"], truth["new_within"])
    later = np.where(there, draw.random(len(pairs)) < truth["kept"], appears)
    reached = ends[0].map({kind: truth[f"reached_{kind}"] for kind in set(kinds.values())})
    organisations = pd.DataFrame({"organisation": kinds.keys(), "formality": kinds.values(), "municipality": None})
    waves = []
    for which in (there, later):
        ties = pairs[which].reset_index(drop=True)
        families = 1 + draw.poisson(truth["families"] - 1, size=len(ties))
        ties = ties.assign(families=families, reached_care=draw.binomial(families, reached[which]))
        waves.append(_pilot(organisations=organisations, ties=ties))
    return waves[0], waves[1]


def _generator(seed: int | None) -> np.random.Generator:
    return np.random.default_rng(_settings()["seed"] if seed is None else seed)


def _people(rows: list[tuple[str, str | None]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["network", "organisation"])
    table.insert(0, "participant", [f"P{i + 1:03d}" for i in range(len(table))])
    joined = pd.Timestamp(_settings()["joined"])
    return table.assign(partner_kind="youth_care_provider", role="practitioner", joined=joined, left=pd.NaT)


def _answers(draw: np.random.Generator, people: pd.DataFrame, shifts: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Draw answers from 1 to 5: in the middle before, then one up, one down or the same, with the shift as expectation."""
    truth, parts = _settings(), []
    given = {wave: draw.random(len(people)) < truth[f"answers_{wave}"] for wave in ("before", "after")}
    for scale, shift in shifts.items():
        up = np.clip((truth["moves"] + shift.to_numpy()) / 2, 0, truth["moves"])
        for item in range(truth["items"]):
            before = 3 + draw.integers(-1, 2, size=len(people))
            chance = draw.random(len(people))
            after = before + (chance < up) - (chance > 1 - (truth["moves"] - up))
            for wave, values in (("before", before), ("after", after)):
                asked = pd.DataFrame({"participant": people["participant"], "wave": wave, "scale": scale,
                                      "item": f"{scale}_{item + 1}", "answer": values})  # fmt: skip
                parts.append(asked[given[wave]])
    return pd.concat(parts, ignore_index=True).astype({"answer": "Int64"})


def _pilot(**tables: pd.DataFrame) -> Pilot:
    """Fill in the tables that are not there with tables without rows."""
    filled = {
        name: tables[name][list(empty.columns)] if name in tables else empty for name, empty in _no_rows().items()
    }
    return Pilot(**{name: one.assign(synthetic=True, source=_settings()["source"]) for name, one in filled.items()})


@cache
def _no_rows() -> dict[str, pd.DataFrame]:
    """Make each table of a pilot folder without rows, its columns of the right types."""
    contract = read_contract()
    raw = {name: pd.DataFrame(columns=list(about["columns"]), dtype="str") for name, about in contract.items()}
    return check_tables(raw)[0]
