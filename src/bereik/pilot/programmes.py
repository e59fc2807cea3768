"""What was published about the three programmes beside the pilot: their questions, designs, regions and activities; real."""

from importlib.resources import files

import pandas as pd

from bereik.errors import UnknownNameError

__all__ = ["programme_facts"]


def programme_facts(programme: str | None = None, topic: str | None = None) -> pd.DataFrame:
    """List the published facts of *Diversiteit in Transformatie*, *Diversiteit in de wijk* and *Lerend Transformeren*.

    Parameters
    ----------
    programme : {"diversiteit_in_transformatie", "diversiteit_in_de_wijk", "lerend_transformeren"}, optional
        One programme; all three when not given.
    topic : str, optional
        One kind of fact: ``question``, ``design``, ``timeline``, ``region``, ``activity``, ``goal``, ``finding``, ``plan`` or
        ``attendance``.

    Returns
    -------
    pandas.DataFrame
        ``programme``, ``topic``, ``code``, ``region`` and ``audience`` (of an activity; empty elsewhere), ``from`` and ``to``
        (as exact as published), ``lowest`` and ``highest`` (numbers), ``nl`` and ``en`` (the fact in words), ``synthetic``
        (False) and ``source``.

    Raises
    ------
    UnknownNameError
        When there are no facts of this programme or of this kind.

    Notes
    -----
    None of the three programmes published figures before and after. ``audience`` is our reading of the words of the report,
    so that activities can be laid side by side; an activity for two audiences has two rows.

    Examples
    --------
    >>> programme_facts("lerend_transformeren", "plan")[["code", "lowest", "highest"]].values.tolist()
    [['organisations', 15, 15], ['organisations_per_goal', 3, 3]]
    """
    with files("bereik.pilot").joinpath("programmes.csv").open(encoding="utf-8") as file:
        facts = pd.read_csv(file, dtype="str", keep_default_na=False)
    for column in ("lowest", "highest"):
        facts[column] = pd.to_numeric(facts[column].mask(facts[column] == "")).astype("Int64")
    facts.insert(len(facts.columns) - 1, "synthetic", False)
    for column, wanted in (("programme", programme), ("topic", topic)):
        if wanted is not None and wanted not in set(facts[column]):
            raise UnknownNameError(column, wanted, facts[column].unique())
        facts = facts if wanted is None else facts[facts[column] == wanted]
    return facts.reset_index(drop=True)
