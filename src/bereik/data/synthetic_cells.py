"""The generator of the synthetic example: youths in cells, the use of care in each, and access parameters that are solved."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.data.recipes import read_toml
from bereik.errors import UnknownNameError

SCORES = np.arange(41)
SEXES = ("male", "female")
INCOMES = ("low", "low", "middle", "high")  # the first with social assistance; twice: couple, one parent


class Model(NamedTuple):
    """The youths of a region in cells: origin x sex x age (0-22) x household (8) x severity (0-40)."""

    weight: np.ndarray  # share of the youths in each cell; adds up to 1
    use: np.ndarray  # probability of each form of care; the first axis is the form
    access: np.ndarray  # forms x origins: log odds of use relative to the first origin, all else equal
    places: np.ndarray  # origins x municipalities: share of the youths of an origin who live there


def facts() -> dict[str, Any]:
    """Give the numbers of the example with their sources, from synthetic.toml."""
    return read_toml("synthetic.toml")


@cache
def model(region: str) -> Model:
    """Make the cells of a region and solve the access parameters that reproduce its published use."""
    known = facts()
    if region not in known["regions"]:
        raise UnknownNameError("region of the synthetic example", region, known["regions"])
    towns = known["regions"][region]["municipalities"].values()
    people = np.array([np.array(town["origin_percent"]) * town["youths"] / 100 for town in towns]).T
    lived = known["population"]
    ages = np.array(lived["age_percent"])
    ages = ages / ages.sum(axis=1, keepdims=True)
    sexes = np.array([lived["male_percent"], 100 - lived["male_percent"]]) / 100
    origins = people.sum(axis=1) / people.sum()
    households = _households()
    banded = np.einsum("o,oa,c,oh,ochs->ocahs", origins, ages, sexes, households, _severity())
    use, access = _solved(region, banded, people.sum())
    widths = np.array([high - low + 1 for low, high in known["age_bands"]])
    band = np.repeat(np.arange(len(widths)), widths)
    weight = banded[:, :, band] / widths[band][:, None, None]
    return Model(weight / weight.sum(), use[:, :, :, band], access, people / people.sum(axis=1, keepdims=True))


def _households() -> np.ndarray:
    """Give the share of each household (8: couple, one parent, by income) per origin."""
    known = facts()["household"]
    one_parent = np.array(known["single_parent_percent"]) / 100
    high = np.array(known["high_income_percent"]) / 100
    shares = []
    for kind, parents, assisted in zip(
        ("couple", "single"), (1 - one_parent, one_parent), known["social_assistance_percent"], strict=True
    ):
        low = np.array(known[f"low_income_{kind}_percent"]) / 100
        parts = (low * assisted / 100, low * (1 - assisted / 100), (1 - low) * (1 - high), (1 - low) * high)
        shares += [parents * part for part in parts]
    return np.array(shares).T


def _severity() -> np.ndarray:
    """Give the distribution of severity (negative binomial, cut off at 40) per origin, sex and household."""
    from scipy.special import gammaln

    known = facts()["severity"]
    one_parent = np.repeat([0, known["single_parent"]], len(INCOMES))
    low_income = np.tile(np.array(INCOMES) == "low", 2) * known["low_income"]
    mean = known["level"] + sum(
        np.meshgrid(known["origin"], [known["male"], 0], one_parent + low_income, indexing="ij")
    )
    size = known["dispersion"]
    logs = gammaln(SCORES + size) - gammaln(SCORES + 1) + SCORES * np.log(mean / (mean + size))[..., None]
    weights = np.exp(logs)
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _solved(region: str, banded: np.ndarray, youths: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the probability of each form per cell, and the access parameters (forms x origins)."""
    found = [
        _solved_form(banded, _offset(at), *_published(region, at, banded, youths))
        for at in range(len(facts()["forms"]))
    ]
    uses, access = zip(*found, strict=True)
    return np.array(uses), np.array(access)


def _solved_form(
    banded: np.ndarray, offset: np.ndarray, origin: np.ndarray, age: np.ndarray, sex: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Solve the effects of origin, age and sex on use, so that the expected use of each equals the published use."""
    from scipy.optimize import root
    from scipy.special import expit, logit

    used_at = np.flatnonzero(age)  # ages without published use have none
    weight, offset = banded[:, :, used_at], offset[:, :, used_at]
    groups = weight.shape[:3]
    cell = np.indices(groups).reshape(3, -1)
    design = np.array(
        [cell[0] == at for at in range(groups[0])] + [cell[2] == at for at in range(1, groups[2])] + [cell[1] == 0]
    ).astype(float)
    wanted = np.concatenate([origin, age[used_at][1:], sex[:1]])

    def chance(effects: np.ndarray) -> np.ndarray:
        return np.asarray(expit(offset + (effects @ design).reshape(groups)[..., None, None]))

    def missed(effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        each = chance(effects)
        use, slope = ((weight * value).sum(axis=(3, 4)).ravel() for value in (each, each * (1 - each)))
        return (design @ use - wanted) / wanted, (design * slope) @ design.T / wanted[:, None]

    start = np.zeros(len(wanted))
    start[: len(origin)] = logit(origin / weight.sum(axis=(1, 2, 3, 4))) - (offset * weight).sum() / weight.sum()
    effects = root(missed, start, jac=True, tol=1e-13).x
    use = np.zeros(banded.shape)
    use[:, :, used_at] = chance(effects)
    return use, effects[: len(origin)] - effects[0]


def _published(region: str, at: int, banded: np.ndarray, youths: float) -> list[np.ndarray]:
    """Give the published use of a form by origin, age and sex, as shares of all youths that add up alike."""
    known = facts()
    form = known["forms"][at]
    use = known["regions"][region]["use"][form]
    *main, rest = use["main_origin"]
    spread = np.array(known["spread"][form]) * banded.sum(axis=(1, 2, 3, 4))[len(main) :]
    origin = np.concatenate([main, rest * spread / spread.sum()])
    return [
        counts / counts.sum() * origin.sum() / youths for counts in (origin, *map(np.array, (use["age"], use["sex"])))
    ]


def _offset(at: int) -> np.ndarray:
    """Give the log odds of use that are assumed: severity, household, and age x sex x origin; axes as the cells."""
    known = facts()
    effects = {name: np.log(known["effects"][name][at]) for name in known["effects"] if name != "per_point"}
    low, high = effects["low_income"], effects["high_income"]
    household = np.array([low + effects["social_assistance"], low, 0, high])
    household = np.concatenate([household, household + effects["single_parent"]])
    special = known["age_and_sex"]
    ages = np.array([band == special["age_band"] for band in known["age_bands"]])
    ratios = np.log(np.array([special[sex] for sex in SEXES])).T * (special["form"] == known["forms"][at])
    both = household[:, None] + known["effects"]["per_point"][at] * SCORES
    return np.asarray((ratios[:, :, None] * ages)[..., None, None] + both)


@cache
def answering(informant: str) -> np.ndarray:
    """Give the share of the youths who have a score by the informant: origins x ages."""
    about = facts()["informants"][informant]
    ages = np.arange(facts()["age_bands"][-1][1] + 1)
    asked = (ages >= about["ages"][0]) & (ages <= about["ages"][1])
    return np.asarray(np.array(about["answered_percent"])[:, None] / 100 * asked)


def reported(informant: str) -> np.ndarray:
    """Give the distribution of the score that an informant reports: origins x severity x score."""
    from scipy.special import ndtr

    about = facts()["informants"][informant]
    mean = about["intercept"] + about["slope"] * SCORES + np.array(about["origin"])[:, None]
    edges = np.concatenate([[-np.inf], SCORES[1:] - 0.5, [np.inf]])
    return np.asarray(np.diff(ndtr((edges - mean[..., None]) / about["error"]), axis=-1))


def household_columns(household: np.ndarray) -> dict[str, Any]:
    """Give single_parent, income_group and social_assistance of the households 0-7."""
    income = pd.array(INCOMES, dtype="str").take(household % 4)
    return {"single_parent": household >= 4, "income_group": income, "social_assistance": household % 4 == 0}
