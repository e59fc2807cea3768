"""Draws synthetic youths whose cell is known: where they live, what informants report, their care and how it went."""

from typing import Any

import numpy as np
import pandas as pd

from bereik.data.synthetic_cells import SEXES, answering, facts, household_columns, model


def draw_youths(
    region: str, drawn: np.ndarray, number: np.ndarray, year: np.ndarray, generator: np.random.Generator
) -> pd.DataFrame:
    """Give one row per youth whose cell was drawn; see `example_youths` for the columns."""
    known, cells = facts(), model(region)
    origin, sex, age, household, severity = np.unravel_index(drawn, cells.weight.shape)
    abroad = np.array(known["population"]["born_abroad_percent"])[origin] / 100
    about = {
        "id": number,
        "year": year,
        "municipality": _named(_one_of(cells.places[origin], generator), known["regions"][region]["municipalities"]),
        "age": age,
        "sex": _named(sex, SEXES),
        "origin": _named(origin, known["origins"]),
        "origin_scheme": known["origin_scheme"],
        "generation": _named(1 * (generator.random(len(drawn)) < abroad), ["born_in_nl", "born_abroad"]),
        **household_columns(household),
    }
    for informant in known["informants"]:
        about[f"sdq_{informant}"] = _answers(informant, origin, age, severity, generator)
    one_draw = generator.random(len(drawn)) < known["care"]["one_draw_percent"] / 100
    common = generator.random(len(drawn))
    for form, use in zip(known["forms"], cells.use, strict=True):
        about[form] = np.where(one_draw, common, generator.random(len(drawn))) < use.ravel()[drawn]
    youths = pd.DataFrame(about)
    users = np.flatnonzero(youths[known["forms"]].any(axis=1))
    compulsory = youths.loc[users, ["protection", "probation"]].any(axis=1).to_numpy()
    care = _care(origin[users], severity[users], age[users], year[users], compulsory, generator)
    return youths.join(care.set_index(users)).assign(synthetic=True, source=known["source"])


def _named(codes: np.ndarray, names: Any) -> pd.api.extensions.ExtensionArray:
    return pd.array(list(names), dtype="str").take(codes)


def _one_of(shares: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Draw one column per row, by the shares in that row."""
    return np.asarray((generator.random(len(shares))[:, None] > shares.cumsum(axis=1)[:, :-1]).sum(axis=1))


def _answers(
    informant: str, origin: np.ndarray, age: np.ndarray, severity: np.ndarray, generator: np.random.Generator
) -> pd.api.extensions.ExtensionArray:
    """Draw the SDQ totals that an informant reports, missing for those who do not answer."""
    about = facts()["informants"][informant]
    level = about["intercept"] + np.array(about["origin"])[origin] + about["slope"] * severity
    score = np.rint(level + about["error"] * generator.standard_normal(len(origin))).clip(0, 40)
    silent = generator.random(len(origin)) >= answering(informant)[origin, age]
    return pd.arrays.IntegerArray(score.astype("int64"), silent)


def _care(
    origin: np.ndarray,
    severity: np.ndarray,
    age: np.ndarray,
    year: np.ndarray,
    compulsory: np.ndarray,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Draw referrer, dates and outcomes of those in care."""
    from scipy.special import expit, logit

    known, size = facts()["care"], len(origin)
    new_year, next_year = ((year + more - 1970).astype("datetime64[Y]").astype("datetime64[D]") for more in (0, 1))
    start = generator.integers(-364, 365, size)
    start = np.where(age == 0, abs(start), start)
    end = new_year + np.maximum(start, 0) + generator.integers(14, known["longest_days"] + 1, size)
    goes_on = end >= next_year
    referrer = np.array([known["voluntary"], known["compulsory"]], dtype=float)
    referrer /= referrer.sum(axis=1, keepdims=True)
    care: dict[str, Any] = {
        "referrer": _named(_one_of(referrer[1 * compulsory], generator), known["referrers"]),
        "care_start": (new_year + start).astype("datetime64[s]"),
        "care_end": np.where(goes_on, np.datetime64("NaT"), end).astype("datetime64[s]"),
    }
    for name, about in known["outcomes"].items():
        odds = logit(np.array(about["percent"]) / 100)[origin] + about["per_point"] * (severity - 10)
        care[name] = pd.arrays.BooleanArray(generator.random(size) < expit(odds), goes_on.copy())
    rated = known["satisfaction"]
    mean = np.array(rated["mean"])[origin] + rated["per_point"] * (severity - 10)
    score = np.rint(mean + rated["error"] * generator.standard_normal(size)).clip(0, 10).astype("int64")
    care["satisfaction"] = pd.arrays.IntegerArray(score, goes_on.copy())
    return pd.DataFrame(care)
