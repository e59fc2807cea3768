"""What was published about the pilot: its dates, plan, kinds of partner, tools and closing meeting; real, with sources."""

from importlib.resources import files

import pandas as pd

from bereik.errors import UnknownNameError

__all__ = ["pilot_facts"]


def pilot_facts(topic: str | None = None) -> pd.DataFrame:
    """List the published facts of the pilot *Samen versterken van diversiteitsensitieve jeugdhulp* (Haaglanden, 2020-2021).

    Parameters
    ----------
    topic : {"timeline", "phase", "plan", "partner_kind", "tool", "attendance"}, optional
        One kind of fact; all of them when not given.

    Returns
    -------
    pandas.DataFrame
        ``topic``, ``code``, ``from`` and ``to`` (date, month or year, as exact as published; empty where none is), ``lowest``
        and ``highest`` (numbers of persons), ``nl`` and ``en`` (the fact in words), ``synthetic`` (False) and ``source``.

    Raises
    ------
    UnknownNameError
        When there are no facts of this kind.

    Notes
    -----
    No outcomes for clients and no figures before and after were published. "More than 120" at the closing meeting is a
    lowest number of 121 without a highest. The phases have an order and no dates.

    Examples
    --------
    >>> pilot_facts("plan")[["code", "lowest", "highest"]].values.tolist()
    [['accessibility', 10, 12], ['tailoring', 10, 12]]
    """
    with files("bereik.pilot").joinpath("facts.csv").open(encoding="utf-8") as file:
        facts = pd.read_csv(file, dtype="str", keep_default_na=False)
    for column in ("lowest", "highest"):
        facts[column] = pd.to_numeric(facts[column].mask(facts[column] == "")).astype("Int64")
    facts.insert(len(facts.columns) - 1, "synthetic", False)
    if topic is not None and topic not in set(facts["topic"]):
        raise UnknownNameError("topic", topic, facts["topic"].unique())
    return facts if topic is None else facts[facts["topic"] == topic].reset_index(drop=True)
