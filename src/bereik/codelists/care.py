"""Forms of care under the Jeugdwet: what is part of what, what is compulsory, what is residential."""

import pandas as pd

from bereik.codelists.lists import code_of, read_list

__all__ = ["care_form", "care_forms"]


def care_forms() -> pd.DataFrame:
    """List the forms of care (*vormen van jeugdzorg*), in the order in which they are always shown.

    Forms overlap: a youth with care with and without residence in one period counts in both, so they never add up.

    Returns
    -------
    pandas.DataFrame
        One row per form: ``code``, ``parent`` (code of the form it is part of), ``order``, ``compulsory`` (no, partly:
        voluntary or by decision of a court, yes), ``residential`` (no, partly, yes), ``nl`` and ``en`` (names),
        ``short_nl`` and ``short_en`` (for labels), ``statline_titles``, ``explanation``.

    Notes
    -----
    Source: Jeugdwet; the topics of CBS StatLine tables 82965NED, 82968NED and 84134NED.

    Examples
    --------
    >>> forms = care_forms().set_index("code")
    >>> forms.loc[["without_residence", "with_residence", "protection", "probation"], "compulsory"].to_dict()
    {'without_residence': 'no', 'with_residence': 'partly', 'protection': 'yes', 'probation': 'yes'}
    """
    return read_list("care.csv").astype({"order": "int64"})


def care_form(name: str) -> str:
    """Find the code of a form of care from a code, a StatLine title or key, or a Dutch or English name.

    Parameters
    ----------
    name : str
        For example ``"with_residence"``, ``"Jeugdhulp met verblijf"`` or the StatLine key ``"TotaalJeugdhulpMetVerblijf"``.

    Returns
    -------
    str
        The code of the form.

    Raises
    ------
    UnknownNameError
        When no form has this name; suggests the nearest.

    Examples
    --------
    >>> care_form("Jeugdhulp met verblijf")
    'with_residence'
    """
    return code_of(
        name,
        read_list("care.csv"),
        ("code", "statline_titles", "nl", "en", "short_nl", "short_en"),
        kind="form of care",
    )
