"""What became of the tools of the learning networks, and of their signals to the governance group."""

import pandas as pd

from bereik.pilot.files import Pilot, require_rows
from bereik.pilot.shares import counted, origin_of, share_results

__all__ = ["governance_funnel", "tool_use"]


def tool_use(pilot: Pilot, *, confidence: float = 0.95) -> pd.DataFrame:
    """Follow the tools from made to tried to adopted, in organisations they were offered to.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``tool``, then the columns of a result table: ``measure`` is tool_tried or tool_adopted, both per 100 organisations
        that the tool was offered to. Hidden below 10 organisations.

    Raises
    ------
    BereikError
        When there are no tools, or the confidence is out of range.

    Notes
    -----
    Clopper & Pearson (1934). Tools are not added up: the same organisations are offered each.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> tool_use(read_pilot())[["tool", "measure", "numerator", "denominator"]].head(2)
                 tool       measure  numerator  denominator
    0  explain_system    tool_tried       18.0         26.0
    1  explain_system  tool_adopted       13.0         26.0
    """
    require_rows(pilot, "tools")
    steps = pilot.tools.assign(tried=pilot.tools["tried"].notna(), adopted=pilot.tools["adopted"].notna())
    table = counted(steps, "tool", {"tool_tried": "tried", "tool_adopted": "adopted"}, together=False)
    return share_results(table.assign(unit="organisations", **origin_of(pilot.tools)), ["tool"], confidence)


def governance_funnel(pilot: Pilot, *, confidence: float = 0.95) -> pd.DataFrame:
    """Follow the signals of the networks to the governance group from raised to taken up to resolved.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``network`` (that raised the signal), then the columns of a result table: ``measure`` is signal_taken_up or
        signal_resolved, both per 100 signals raised. Hidden below 10 signals.

    Raises
    ------
    BereikError
        When there are no signals, or the confidence is out of range.

    Notes
    -----
    Clopper & Pearson (1934). What is not resolved may still be: the shares are those at the date of the file.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> governance_funnel(read_pilot())[["network", "measure", "numerator", "denominator"]].head(2)
            network          measure  numerator  denominator
    0  all networks  signal_taken_up       20.0         24.0
    1  all networks  signal_resolved       11.0         24.0
    """
    require_rows(pilot, "signals")
    signals = pilot.signals
    steps = signals.assign(taken=signals["taken_up"].notna(), solved=signals["resolved"].notna())
    table = counted(steps, "network", {"signal_taken_up": "taken", "signal_resolved": "solved"})
    return share_results(table.assign(unit="signals", **origin_of(signals)), ["network"], confidence)
