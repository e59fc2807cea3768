"""What was published about the three programmes beside the pilot: their questions, designs, regions and activities; real."""

from importlib.resources import files

import pandas as pd

from bereik.errors import UnknownNameError

__all__ = ["programme_facts"]


def programme_facts(programme: str | None = None) -> pd.DataFrame:
    """List the published facts of *Diversiteit in Transformatie*, *Diversiteit in de wijk* and *Lerend Transformeren*.

    Parameters
    ----------
    programme : {"diversiteit_in_transformatie", "diversiteit_in_de_wijk", "lerend_transformeren"}, optional
        One programme; all three when not given.

    Returns
    -------
    pandas.DataFrame
        ``programme``, ``topic`` (question, design, timeline, region, activity, goal, finding, plan or attendance), ``code``,
        ``region`` and ``audience`` (of an activity; empty elsewhere), ``from`` and ``to`` (as exact as published),
        ``lowest`` and ``highest`` (numbers), ``nl`` and ``en`` (the fact in words), ``synthetic`` (False) and ``source``.

    Raises
    ------
    UnknownNameError
        When there are no facts of this programme.

    Notes
    -----
    None of the three programmes published figures before and after. ``audience`` is our reading of the words of the report,
    so that activities can be laid side by side; an activity for two audiences has two rows.

    Examples
    --------
    >>> facts = programme_facts("lerend_transformeren").query("topic == 'plan'")
    >>> facts[["code", "lowest", "highest"]].values.tolist()
    [['organisations', 15, 15], ['organisations_per_goal', 3, 3]]
    """
    with files("bereik.pilot").joinpath("programmes.csv").open(encoding="utf-8") as file:
        facts = pd.read_csv(file, dtype="str", keep_default_na=False)
    for column in ("lowest", "highest"):
        facts[column] = pd.to_numeric(facts[column].mask(facts[column] == "")).astype("Int64")
    facts.insert(len(facts.columns) - 1, "synthetic", False)
    if programme is None:
        return facts
    if programme not in set(facts["programme"]):
        raise UnknownNameError("programme", programme, facts["programme"].unique())
    return facts[facts["programme"] == programme].reset_index(drop=True)
