"""How many referred families reach formal youth care, by the kind of organisation that referred them."""

import pandas as pd

from bereik.errors import BereikError
from bereik.pilot.files import Pilot, require_rows
from bereik.pilot.shares import origin_of, share_results
from bereik.small_cells import is_small

__all__ = ["referred_to_care"]


def referred_to_care(pilot: Pilot, *, confidence: float = 0.95) -> pd.DataFrame:
    """Compute how many families that were referred to a formal organisation reach youth care, by who referred them.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`; ``organisations`` and ``ties`` are used.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``referred_by`` (formality of the organisation that referred), then the columns of a result table: ``measure`` is
        reached_care (per 100 families referred to a formal organisation) and, for the informal ones, share_of_reached (of
        the families that reached youth care, per 100). All are hidden when fewer than 10 families of one of the two
        reached care, or did not.

    Raises
    ------
    BereikError
        When there are no organisations or ties, nothing is known of what became of families, or the confidence is out of
        range.

    Notes
    -----
    Clopper & Pearson (1934), with families as independent; families along one tie may be more alike than that, which makes
    the interval too narrow. Ties whose ``reached_care`` is empty are left out of both numbers: not known is not zero. A family
    that was referred more than once counts each time.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> referred_to_care(read_pilot())[["referred_by", "measure", "numerator", "denominator"]]
    referred_by           measure  numerator  denominator
    0      formal      reached_care       44.0        125.0
    1    informal      reached_care       12.0         42.0
    2    informal  share_of_reached       12.0         56.0
    """
    require_rows(pilot, "organisations", "ties")
    kinds = pilot.organisations.set_index("organisation")["formality"]
    to_formal = pilot.ties[pilot.ties["to_organisation"].map(kinds) == "formal"]
    known = to_formal.dropna(subset=["reached_care"])
    if known.empty:
        raise BereikError(
            "no tie to a formal organisation says how many families reached youth care",
            "a number in reached_care for at least some ties",
            "fill it in where it is known, and leave the others empty",
        )
    sums = known.groupby(known["from_organisation"].map(kinds))[["reached_care", "families"]].sum()
    sums = sums.reindex(["formal", "informal"], fill_value=0).astype("float64")
    reached = sums["reached_care"].sum()
    rows = [(kind, "reached_care", *sums.loc[kind], "families referred") for kind in sums.index]
    rows.append(
        ("informal", "share_of_reached", sums.loc["informal", "reached_care"], reached, "families that reached care")
    )
    table = pd.DataFrame(rows, columns=["referred_by", "measure", "numerator", "denominator", "unit"])
    small = is_small(table["denominator"].to_numpy(), table["numerator"].to_numpy()) | (table["denominator"] == 0)
    method = (
        f"Clopper-Pearson interval; {len(to_formal) - len(known)} of {len(to_formal)} ties without outcome left out"
    )
    table = table.assign(status="suppressed" if small.any() else "shown", method=method, **origin_of(pilot.ties))
    return share_results(table, ["referred_by"], confidence)
