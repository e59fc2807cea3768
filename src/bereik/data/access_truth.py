"""The known truth of the synthetic example: expected youths and users, and use at equal severity by each origin."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from bereik.data.synthetic_cells import INCOMES, SCORES, SEXES, answering, facts, household_columns, model, reported
from bereik.severity.bands import band_order, severity_bands
from bereik.tables import result_table

__all__ = ["access_truth"]


@cache
def expected_youths(region: str, informant: str | None, scheme: str) -> pd.DataFrame:
    """Give the expected shares of youths and users per origin, sex, age band, household and band of severity.

    One row per combination; ``youths`` and one column per form are shares of all youths of the region. Youths without a
    reported score, or of an age without cut-offs, are left out. Informant None: severity itself, for all youths.
    """
    known, cells = facts(), model(region)
    if informant is None:
        names: list[Any] = SCORES.tolist()
        chance = np.ones((*cells.weight.shape[::2][:2], 1, 1)) * np.eye(len(SCORES))
    else:
        names = band_order(scheme)
        ages = range(cells.weight.shape[2])
        grid = pd.MultiIndex.from_product([ages, SCORES], names=["age", "score"]).to_frame(index=False)
        band = severity_bands(grid, score="score", informant=informant, scheme=scheme)["severity"]
        bands = np.array([band == name for name in names]).reshape(len(names), len(ages), len(SCORES))
        chance = np.einsum("oa,osx,bax->oasb", answering(informant), reported(informant), bands, optimize=True)
    starts = [low for low, _ in known["age_bands"]]
    weights = [cells.weight, *(cells.weight * use for use in cells.use)]
    shares = [np.add.reduceat(np.einsum("ocahs,oasb->ocahb", each, chance), starts, axis=2) for each in weights]
    axes = {
        "origin": known["origins"],
        "sex": SEXES,
        "age_band": [f"{low}-{high}" for low, high in known["age_bands"]],
        "household": range(2 * len(INCOMES)),
        "severity": names,
    }
    table = pd.MultiIndex.from_product(axes.values(), names=axes).to_frame(index=False)
    table = table.assign(**household_columns(table.pop("household").to_numpy()))
    axes["income_group"] = INCOMES[1:]
    for name in ("origin", "age_band", "severity", "income_group"):
        table[name] = pd.Categorical(table[name], categories=axes[name], ordered=True)
    return table.assign(**{name: each.ravel() for name, each in zip(["youths", *known["forms"]], shares, strict=True)})


def access_truth(
    region: str = "Haaglanden", *, informant: str | None = "parent", scheme: str = "dutch_norms"
) -> pd.DataFrame:
    """Give the truth of the synthetic example: use at equal severity by each origin, per form of care.

    Parameters
    ----------
    region : {"Haaglanden", "Utrecht Stad"}
        The region of the youths (0-22 years, 2017).
    informant : {"parent", "teacher", "self", None}
        Whose SDQ total is severity: the truth for youths who have that score, in the bands of the scheme, which is what
        ``access_gap(..., standard="pair_mean")`` estimates. None: severity itself, point by point, of all youths.
    scheme : {"dutch_norms", "uk_three_band", "uk_four_band"}
        The bands, see `severity_bands`.

    Returns
    -------
    pandas.DataFrame
        ``form``, ``origin``, then the columns of a result table. Per form and origin: ``measure`` is crude_rate_ratio;
        rate_ratio_at_equal_severity (standard: mean of the distributions of both groups; ``numerator`` and ``denominator``
        are the standardised rates per 100); severity_part (crude ratio / ratio at equal severity); access_odds_ratio (the
        parameter: at equal severity, age, sex and household). ``undefined``: the reference has no use at these ages.

    Raises
    ------
    UnknownNameError
        When the region, the informant or the scheme is unknown.

    Notes
    -----
    Use by form and main origin is published (CBS StatLine 82965NED). Severity by origin is an assumption: no figure of it exists
    for Haaglanden. The access parameters are solved so that the expected use equals the published use, so **their sign and
    size follow from that assumption**: they are true of this example and say nothing about real youths. The numbers, with
    sources, are in ``synthetic.toml``.

    Examples
    --------
    A naive comparison concludes that care without residence reaches youths of Surinamese origin more often than youths with a
    Dutch background, and youths of Moroccan origin somewhat less often. At equal severity, in this example, it reaches the
    first as often and the second much less often:

    >>> truth = access_truth(informant=None).query("form == 'without_residence'")
    >>> truth.pivot(index="origin", columns="measure", values="value").loc[
    ...     ["turkije", "marokko", "suriname"], ["crude_rate_ratio", "rate_ratio_at_equal_severity"]].round(2)
    measure  crude_rate_ratio  rate_ratio_at_equal_severity
    origin
    turkije              0.76                          0.63
    marokko              0.85                          0.72
    suriname             1.19                          1.00
    """
    known, cells = facts(), model(region)
    table = expected_youths(region, informant, scheme)
    sums = table.groupby(["origin", "severity"], observed=False)[["youths", *known["forms"]]].sum()
    shape = (len(known["origins"]), -1)
    youths = sums["youths"].to_numpy().reshape(shape)
    share = youths / youths.sum(axis=1, keepdims=True)
    weights = (share + share[0]) / 2
    rows = []
    for form, access in zip(known["forms"], cells.access, strict=True):
        users = sums[form].to_numpy().reshape(shape)
        with np.errstate(invalid="ignore", divide="ignore"):
            rates, crude = users / youths, users.sum(axis=1) / youths.sum(axis=1)
            own, reference = 100 * (weights * rates).sum(axis=1), 100 * (weights * rates[0]).sum(axis=1)
            values = {
                "crude_rate_ratio": (crude / crude[0], 100 * crude, 100 * crude[0]),
                "rate_ratio_at_equal_severity": (own / reference, own, reference),
                "severity_part": (crude / crude[0] / (own / reference), crude / crude[0], own / reference),
                "access_odds_ratio": (np.exp(access), np.nan, np.nan),
            }
        for measure, (value, above, below) in values.items():
            columns = {"form": form, "origin": known["origins"], "measure": measure, "value": value}
            rows.append(pd.DataFrame({**columns, "numerator": above, "denominator": below}).iloc[1:])
    frame = pd.concat(rows, ignore_index=True)
    frame = frame.assign(
        per="ratio", relative_to=known["origins"][0], synthetic=True,
        status=np.where(np.isfinite(frame["value"]), "shown", "undefined"),
        standard=frame["measure"].map(
            {"rate_ratio_at_equal_severity": f"mean of the group's distribution and that of {known['origins'][0]}"}
        ),
        method="solved from published use; its sign and size follow from the assumed severity by origin",
        source="generator of the synthetic example of bereik",
    )  # fmt: skip
    return result_table(frame, ["form", "origin"])
