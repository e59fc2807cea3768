"""Who stands where in a network of referral ties: the brokers between informal and formal organisations, and its drawing."""

import pandas as pd

from bereik.pilot.files import Pilot
from bereik.pilot.measures import Row
from bereik.pilot.shares import MINIMUM
from bereik.pilot.ties import kinds_of, tie_results

__all__ = ["brokers", "tie_map"]


def brokers(pilot: Pilot, *, most: int = 5) -> pd.DataFrame:
    """Find the organisations through which the shortest ways from informal to formal organisations run.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`; ``organisations`` and ``ties`` are used.
    most : int
        How many organisations are given, those with the highest share; fewer when the others have a share of 0.

    Returns
    -------
    pandas.DataFrame
        ``organisation``, ``formality``, then the columns of a result table: ``measure`` is broker_share, per 100 pairs of an
        informal and a formal organisation that are connected and to which the organisation itself does not belong.
        Hidden below 10 organisations.

    Raises
    ------
    BereikError
        When there are no organisations or ties, or all organisations are of one kind.

    Notes
    -----
    Betweenness (Freeman 1977; Brandes 2008 for subsets of pairs) by networkx: of each pair the share of its shortest
    directed ways that run through the organisation. A pair with a tie of its own has no broker.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> brokers(read_pilot(), most=1)[["organisation", "measure", "value"]].round(1)
      organisation       measure  value
    0    formal 04  broker_share   17.5
    """
    import networkx as nx

    kinds = kinds_of(pilot)
    graph: nx.DiGraph = nx.DiGraph()
    graph.add_nodes_from(kinds.index)
    graph.add_edges_from(zip(pilot.ties["from_organisation"], pilot.ties["to_organisation"], strict=True))
    first, last = (kinds.index[kinds == kind].tolist() for kind in ("informal", "formal"))
    through = nx.betweenness_centrality_subset(graph, first, last)
    connected = {(one, two) for one in first for two in nx.descendants(graph, one) if two in set(last)}
    rows: list[Row] = []
    for name, kind in kinds.items():
        pairs = sum(name not in pair for pair in connected)
        if through[name] > 0:
            rows.append({"organisation": name, "formality": kind, "value": 100 * through[name] / pairs})
    rows = sorted(rows, key=lambda row: (-row["value"], row["organisation"]))[:most]
    about = {"measure": "broker_share", "per": "100 connected pairs", "method": "betweenness, informal to formal"}
    return tie_results([row | about for row in rows], ["organisation", "formality"], pilot, shown=len(kinds) >= MINIMUM)


def tie_map(pilot: Pilot) -> pd.DataFrame:
    """List the organisations and the ties between them, for a drawing of the network.

    Parameters
    ----------
    pilot : Pilot
        The tables of `read_pilot`; ``organisations`` and ``ties`` are used.

    Returns
    -------
    pandas.DataFrame
        ``organisation``, ``formality``, ``to_organisation``, then the columns of a result table. ``measure`` is ties_sent
        (number of organisations that it refers to; also of those with none; ``to_organisation`` is empty) or referral_tie
        (1). No numbers of families: those along one tie are too few to be shown. Hidden below 10 ties.

    Raises
    ------
    BereikError
        When there are no organisations or ties, or all organisations are of one kind.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> tie_map(read_pilot())["measure"].value_counts().to_dict()
    {'referral_tie': 111, 'ties_sent': 26}
    """
    kinds = kinds_of(pilot)
    sent = pilot.ties.groupby("from_organisation").size().reindex(kinds.index, fill_value=0)
    nodes = pd.DataFrame(
        {"organisation": kinds.index, "to_organisation": "", "measure": "ties_sent", "value": sent.array}
    )
    ties = pilot.ties[["from_organisation", "to_organisation"]].set_axis(["organisation", "to_organisation"], axis=1)
    table = pd.concat([nodes, ties.assign(measure="referral_tie", value=1)], ignore_index=True)
    table.insert(1, "formality", table["organisation"].map(kinds))
    columns = ["organisation", "formality", "to_organisation"]
    return tie_results(table.assign(per="ties").to_dict("records"), columns, pilot, shown=len(ties) >= MINIMUM)
