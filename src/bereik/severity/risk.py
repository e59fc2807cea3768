"""Severity from circumstances: how many risk factors a youth has."""

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

from bereik.errors import BereikError
from bereik.severity.bands import band_of
from bereik.severity.facts import persons, read_facts
from bereik.terms.care import care_forms

__all__ = ["RISK_BANDS", "risk_count"]

RISK_BANDS = ("0", "1", "2", "3+")


def risk_count(data: Any, *, factors: Sequence[str], missing: str = "missing", on_care: str = "note") -> Any:
    """Count the risk factors of each youth.

    Parameters
    ----------
    data : table of pandas, Polars, DuckDB, PyArrow, Dask or PySpark
        One row per youth and year.
    factors : list of str
        Columns of booleans, for example risk_debt and risk_domestic_violence.
    missing : {"missing", "absent"}
        A youth of whom a factor is missing has no count, or a missing factor counts as absent (the lowest count possible).
    on_care : {"note", "raise"}
        What to do when a factor is itself a form of care: see Notes.

    Returns
    -------
    table of the same kind
        The data with ``risk_count`` (whole) and ``risk_band`` (text: 0, 1, 2, 3+, the order of `RISK_BANDS`); and
        ``risk_note`` (text) only when a factor is a form of care. A lazy table stays lazy.

    Raises
    ------
    MissingColumnError
        When a factor is absent.
    BereikError
        When no factor or one twice is given, a factor holds no booleans, a factor tells the origin, an option is unknown,
        or a factor is a form of care and `on_care` is ``"raise"``.

    Notes
    -----
    Need that is measured by care (mental health care, medication, protection) is high where access was good: it hides
    unequal access. Show the result without such factors beside it. Each factor counts the same: an assumption.

    Examples
    --------
    >>> import pandas as pd
    >>> youths = pd.DataFrame({"risk_debt": [True, True, False], "risk_detention": [True, None, False]})
    >>> counted = risk_count(youths.astype("boolean"), factors=["risk_debt", "risk_detention"])
    >>> counted["risk_band"].tolist()
    ['2', nan, '0']
    """
    import narwhals as nw

    if missing not in ("missing", "absent"):
        raise BereikError(f"missing={missing!r}", "'missing' or 'absent'", "choose one of them")
    note = factor_note(factors, on_care)
    frame = persons(data, factors, boolean=True)
    known = [nw.col(name).fill_null(False) if missing == "absent" else nw.col(name) for name in factors]
    frame = frame.with_columns(risk_count=reduce(add, [factor.cast(nw.Int64) for factor in known]))
    limits = dict(zip(RISK_BANDS, [(0, 0), (1, 1), (2, 2), (3, len(factors))], strict=True))
    frame = frame.with_columns(risk_band=band_of("risk_count", limits))
    return (frame.with_columns(risk_note=nw.lit(note)) if note else frame).to_native()


def factor_note(factors: Sequence[str], on_care: str) -> str:
    """Say which factors are a form of care; refuse one that tells the origin.

    Examples
    --------
    >>> factor_note(["risk_debt", "risk_special_education"], "note")
    ''
    >>> factor_note(["risk_debt", "ggz_use"], "note")
    'need is measured by care itself (ggz_use), which hides unequal access: show the result without it as well'
    """
    if on_care not in ("note", "raise"):
        raise BereikError(f"on_care={on_care!r}", "'note' or 'raise'", "choose one of them")
    if isinstance(factors, str) or not factors or len(set(factors)) < len(factors):
        raise BereikError(f"the factors are {factors!r}", "a list of one or more different columns", "name each once")
    words = read_facts("factor_words.csv").groupby("kind")["word"].agg(list)
    origin, care = (
        [name for name in factors if any(f"_{word}_" in f"_{name.casefold()}_" for word in kind)]
        for kind in (words["origin"], [*words["care"], *care_forms()["code"]])
    )
    if origin:
        raise BereikError(
            f"{origin[0]!r} among the factors of need",
            "circumstances that do not tell the origin: else the difference between origins is counted as need",
            "leave it out; compare origins afterwards, at equal severity",
        )
    note = (
        f"need is measured by care itself ({', '.join(care)}), which hides unequal access: show the result without it as well"
        if care
        else ""
    )
    if note and on_care == "raise":
        raise BereikError(note, "factors that are not care", "leave them out, or say on_care='note'")
    return note
