"""Makes pairs of scores before and after from answers to a questionnaire."""

from collections.abc import Sequence

import pandas as pd

from bereik.errors import BereikError, InvalidTableError, UnknownNameError, example_rows
from bereik.pilot.contract import read_contract
from bereik.tables import require_columns, require_unique

LOWEST, HIGHEST = (read_contract()["answers"]["columns"]["answer"][name] for name in ("minimum", "maximum"))
WAVES = ("before", "after")
_KEY = ("participant", "wave", "scale", "item")
_WHERE = "the answers"


def check_answers(answers: pd.DataFrame, waves: Sequence[str]) -> None:
    """Raise when answers are out of range or double, or when one of the waves has none."""
    require_columns(answers, [*_KEY, "answer", "synthetic", "source"], where=_WHERE)
    require_unique(answers, _KEY, where=_WHERE)
    given = pd.to_numeric(answers["answer"], errors="coerce").astype("float64")
    wrong = answers["answer"].notna() & ~(given.between(LOWEST, HIGHEST) & (given % 1 == 0))
    if wrong.any():
        raise InvalidTableError(
            f"{_WHERE} hold a value out of range: {example_rows(answers[['wave', 'scale', 'item', 'answer']], wrong)}",
            f"whole numbers from {LOWEST} to {HIGHEST}, missing when not answered",
            "correct the answer, or make it missing",
        )
    for wave in waves:
        if wave not in set(answers["wave"]):
            raise UnknownNameError("wave", wave, answers["wave"].unique(), where=_WHERE)


def pair_scores(
    answers: pd.DataFrame, participants: pd.DataFrame, waves: tuple[str, str], unit: Sequence[str]
) -> pd.DataFrame:
    """Give the sum of the items of each participant at two waves.

    Parameters
    ----------
    answers, participants : pandas.DataFrame
        Tables of `read_pilot`.
    waves : tuple of str
        Before and after.
    unit : list of str
        What a score is of: ``["scale"]``, or ``["scale", "item"]``.

    Returns
    -------
    pandas.DataFrame
        One row per unit and participant of a network that was asked: `unit`, ``participant``, ``network``, ``items``,
        ``before`` and ``after`` (sums, missing unless every item was answered).

    Raises
    ------
    InvalidTableError, UnknownNameError, BereikError
        When answers are wrong, of unknown participants, or a scale has other items at the two waves.
    """
    check_answers(answers, waves)
    if waves[0] == waves[1]:
        raise BereikError(
            f"both waves are {waves[0]!r}", "two different waves", "name the wave before and the one after"
        )
    require_columns(participants, ["participant", "network"], where="the participants")
    used = answers[answers["wave"].isin(waves)]
    strange = ~used["participant"].isin(participants["participant"])
    if strange.any():
        raise InvalidTableError(
            f"{_WHERE} have participants that are not among the participants: {int(strange.sum())} rows",
            "answers of known participants",
            "add them to the participants, or take the answers out",
        )
    both = used.drop_duplicates(["scale", "item", "wave"]).groupby(["scale", "item"], sort=False).size() == len(waves)
    if not both.all():
        scale, item = both.index[~both][0]
        raise InvalidTableError(
            f"item {item!r} of scale {scale!r} was asked at one of the waves {' and '.join(waves)} only",
            "the same items before and after",
            "take the answers to this item out",
        )
    asked = participants[
        participants["network"].isin(participants["network"][participants["participant"].isin(used["participant"])])
    ]
    units = used.groupby(list(unit), sort=False)["item"].nunique().rename("items").reset_index()
    scores = (
        used.astype({"answer": "float64"})
        .groupby([*unit, "participant", "wave"])["answer"]
        .agg(["sum", "count"])
        .reset_index()
        .merge(units, on=list(unit))
    )
    complete = scores[scores["count"] == scores["items"]]
    table = units.merge(asked[["participant", "network"]], how="cross")
    for name, wave in zip(("before", "after"), waves, strict=True):
        sums = complete.loc[complete["wave"] == wave, [*unit, "participant", "sum"]].rename(columns={"sum": name})
        table = table.merge(sums, on=[*unit, "participant"], how="left")
    return table
