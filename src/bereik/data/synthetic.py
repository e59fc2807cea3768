"""The synthetic example: youths drawn from cells in which the use of care is solved from published use, and its true values."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.categories import check_known, check_whole
from bereik.data.files import read_facts
from bereik.severity.sdq import severity_bands

_YEAR = 2017
_BLOCK = 122_880  # rows are drawn in blocks, each with a seed of its own
Array = np.ndarray
Generator = np.random.Generator
SCORES = np.arange(41)
_EQUAL, _GENERATOR = "rate_ratio_at_equal_severity", "generator of the synthetic example of bereik"
SEXES = ("male", "female")
_BANDED = [("parent", "dutch_norms"), ("parent", "uk_three_band"), ("teacher", "dutch_norms")]  # that have cut-offs
_BANDED += [("teacher", "uk_four_band"), ("self", "uk_three_band")]
INCOMES = ("low", "low", "middle", "high")  # the first with social assistance; twice: couple, one parent


class _Model(NamedTuple):
    """The youths of a region in cells: origin x sex x age (0-22) x household (8) x severity (0-40)."""

    weight: Array  # share of the youths in each cell; adds up to 1
    use: Array  # probability of each form of care; the first axis is the form
    places: Array  # origins x municipalities: share of the youths of an origin who live there


# --- drawing youths ---------------------------------------------------------------------------------------------------


def example_youths(size: int = 200_000, *, seed: int = 0) -> pd.DataFrame:
    """Draw synthetic youths of the ten municipalities of Haaglanden in 2017: one row per youth, as in a reader's own data.

    Parameters
    ----------
    size : int
        Number of rows. The first rows are the same whatever the size.
    seed : int
        Seed of the draw, 0 or more; the same seed gives the same youths.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``year``, ``municipality``, ``age`` (0-22), ``sex``, ``origin``, ``origin_scheme`` (migratieachtergrond),
        ``generation``, ``single_parent``, ``income_group``, ``social_assistance``; ``sdq_parent`` (ages 2-17),
        ``sdq_teacher`` (4-17), ``sdq_self`` (11-17), missing where nobody answered; ``without_residence``,
        ``with_residence``, ``protection``, ``probation`` (bool); for those in care (missing for others) ``referrer``,
        ``care_start``, ``care_end`` (missing when care goes on after the year) and, when it ended, ``ended_prematurely``,
        ``returned_within_year``, ``goals_reached``, ``problems_decreased``, ``satisfaction`` (0-10); ``synthetic`` (True) and
        ``source``.

    Raises
    ------
    BereikError
        When the size is no whole number of at least 1, or the seed none of at least 0.

    Notes
    -----
    Nobody in this table exists. Youths by municipality and origin, and use by form, main origin, age and sex, are those
    published by CBS for 2017; severity by origin is an assumption, and use at equal severity follows from it: see
    ``release()["true_values"]``.
    Model: the log odds of use rise with severity and depend on household, origin, age and sex; not on municipality
    or generation. Among the few youths of one form the others are more likely, but the published overlap of pairs of forms
    is not reproduced. All numbers, with sources, are in ``synthetic.toml``.

    Examples
    --------
    >>> youths = example_youths(10_000)
    >>> youths[["age", "origin", "sdq_parent", "without_residence", "synthetic"]].head(3)
       age      origin  sdq_parent  without_residence  synthetic
    0    5     westers        <NA>              False       True
    1   22  nederlands        <NA>              False       True
    2    3  nederlands           3              False       True
    """
    check_whole(1, size=size)
    check_whole(0, seed=seed)
    cumulative = np.cumsum(_model().weight)[:-1]
    blocks = []
    for number, first in enumerate(range(0, size, _BLOCK)):
        generator = np.random.default_rng([seed, number])
        cell = np.searchsorted(cumulative, generator.random(_BLOCK), side="right")
        youths = _drawn(cell, np.arange(first, first + _BLOCK) + 1, generator)
        blocks.append(youths.iloc[: size - first])
    return pd.concat(blocks, ignore_index=True)


def _drawn(cell: Array, number: Array, generator: Generator) -> pd.DataFrame:
    """Give one row per youth whose cell was drawn: where they live, what informants report, their care and how it went."""
    facts, cells = read_facts("synthetic"), _model()
    origin, sex, age, household, severity = np.unravel_index(cell, cells.weight.shape)
    abroad = np.array(facts["population"]["born_abroad_percent"])[origin] / 100
    town = _named(_one_of(cells.places[origin], generator), facts["municipalities"])
    columns: dict[str, Any] = {"id": number, "year": _YEAR, "municipality": town, "age": age, "sex": _named(sex, SEXES)}
    columns |= {
        "origin": _named(origin, facts["origins"]),
        "origin_scheme": facts["origin_scheme"],
        "generation": _named(1 * (generator.random(len(cell)) < abroad), ["born_in_nl", "born_abroad"]),
        **_household_columns(household),
    }
    for informant in facts["informants"]:
        columns[f"sdq_{informant}"] = _answers(informant, origin, age, severity, generator)
    one_draw = generator.random(len(cell)) < facts["care"]["one_draw_percent"] / 100
    common = generator.random(len(cell))
    for form, use in zip(facts["forms"], cells.use, strict=True):
        columns[form] = np.where(one_draw, common, generator.random(len(cell))) < use.ravel()[cell]
    youths = pd.DataFrame(columns)
    users = np.flatnonzero(youths[facts["forms"]].any(axis=1))
    compulsory = youths.loc[users, ["protection", "probation"]].any(axis=1).to_numpy()
    care = _care(origin[users], severity[users], age[users], compulsory, generator)
    return youths.join(care.set_index(users)).assign(synthetic=True, source=facts["source"])


def _named(codes: Array, names: Any) -> Any:
    return pd.array(list(names), dtype="str").take(codes)


def _household_columns(household: Array) -> dict[str, Any]:
    income = _named(household % 4, INCOMES)
    return {"single_parent": household >= 4, "income_group": income, "social_assistance": household % 4 == 0}


def _one_of(shares: Array, generator: np.random.Generator) -> Array:
    """Draw one column per row, by the shares in that row."""
    return np.asarray((generator.random(len(shares))[:, None] > shares.cumsum(axis=1)[:, :-1]).sum(axis=1))


def _answers(informant: str, origin: Array, age: Array, severity: Array, generator: Generator) -> Any:
    """Draw the SDQ totals that an informant reports, missing for those who do not answer."""
    facts = read_facts("synthetic")["informants"][informant]
    level = facts["intercept"] + np.array(facts["origin"])[origin] + facts["slope"] * severity
    score = np.rint(level + facts["error"] * generator.standard_normal(len(origin))).clip(0, 40)
    silent = generator.random(len(origin)) >= _answering(informant)[origin, age]
    return pd.arrays.IntegerArray(score.astype("int64"), silent)


def _care(origin: Array, severity: Array, age: Array, compulsory: Array, generator: Generator) -> pd.DataFrame:
    """Draw referrer, dates and outcomes of those in care."""
    from scipy.special import expit, logit

    facts, size = read_facts("synthetic")["care"], len(origin)
    new_year, next_year = np.datetime64(f"{_YEAR}-01-01"), np.datetime64(f"{_YEAR + 1}-01-01")
    start = generator.integers(-364, 365, size)
    start = np.where(age == 0, abs(start), start)
    end = new_year + np.maximum(start, 0) + generator.integers(14, facts["longest_days"] + 1, size)
    goes_on = end >= next_year
    referrer = np.array([facts["voluntary"], facts["compulsory"]], dtype=float)
    referrer /= referrer.sum(axis=1, keepdims=True)
    care: dict[str, Any] = {"referrer": _named(_one_of(referrer[1 * compulsory], generator), facts["referrers"])}
    care["care_start"] = (new_year + start).astype("datetime64[s]")
    care["care_end"] = np.where(goes_on, np.datetime64("NaT"), end).astype("datetime64[s]")
    for name, outcome in facts["outcomes"].items():
        odds = logit(np.array(outcome["percent"]) / 100)[origin] + outcome["per_point"] * (severity - 10)
        care[name] = pd.arrays.BooleanArray(generator.random(size) < expit(odds), goes_on.copy())
    rated = facts["satisfaction"]
    mean = np.array(rated["mean"])[origin] + rated["per_point"] * (severity - 10)
    score = np.rint(mean + rated["error"] * generator.standard_normal(size)).clip(0, 10).astype("int64")
    care["satisfaction"] = pd.arrays.IntegerArray(score, goes_on.copy())
    return pd.DataFrame(care)


# --- the cells, and the use of care in each ---------------------------------------------------------------------------


@cache
def _model() -> _Model:
    """Make the cells and solve the effects of origin, age and sex that reproduce the published use."""
    facts = read_facts("synthetic")
    towns = facts["municipalities"].values()
    people = np.array([np.array(town["origin_percent"]) * town["youths"] / 100 for town in towns]).T
    ages = np.array(facts["population"]["age_percent"])
    ages = ages / ages.sum(axis=1, keepdims=True)
    male = facts["population"]["male_percent"]
    sexes = np.array([male, 100 - male]) / 100
    origins = people.sum(axis=1) / people.sum()
    banded = np.einsum("o,oa,c,oh,ochs->ocahs", origins, ages, sexes, _households(), _severity())
    use = np.array([_solved(banded, *_published(form, banded, people.sum())) for form in facts["forms"]])
    widths = np.array([high - low + 1 for low, high in facts["age_bands"]])
    band = np.repeat(np.arange(len(widths)), widths)
    weight = banded[:, :, band] / widths[band][:, None, None]
    return _Model(weight / weight.sum(), use[:, :, :, band], people / people.sum(axis=1, keepdims=True))


def _households() -> Array:
    """Give the share of each household (8: couple, one parent, by income) per origin."""
    facts = read_facts("synthetic")["household"]
    one_parent, high = (np.array(facts[f"{name}_percent"]) / 100 for name in ("single_parent", "high_income"))
    shares, kinds = [], {"couple": 1 - one_parent, "single": one_parent}
    for (kind, parents), percent in zip(kinds.items(), facts["social_assistance_percent"], strict=True):
        low = np.array(facts[f"low_income_{kind}_percent"]) / 100
        parts = (low * percent / 100, low * (1 - percent / 100), (1 - low) * (1 - high), (1 - low) * high)
        shares += [parents * part for part in parts]
    return np.array(shares).T


def _severity() -> Array:
    """Give the distribution of severity (negative binomial, cut off at 40) per origin, sex and household."""
    from scipy.special import gammaln

    facts = read_facts("synthetic")["severity"]
    one_parent = np.repeat([0, facts["single_parent"]], len(INCOMES))
    low_income = np.tile(np.array(INCOMES) == "low", 2) * facts["low_income"]
    points = np.meshgrid(facts["origin"], [facts["male"], 0], one_parent + low_income, indexing="ij")
    mean, size = facts["level"] + sum(points), facts["dispersion"]
    logs = gammaln(SCORES + size) - gammaln(SCORES + 1) + SCORES * np.log(mean / (mean + size))[..., None]
    weights = np.exp(logs)
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _published(form: str, banded: Array, youths: float) -> list[Array]:
    """Give what is assumed of a form (log odds) and its published use by origin, age and sex, as shares that add up alike."""
    facts = read_facts("synthetic")
    use = facts["use"][form]
    *main, rest = use["main_origin"]
    spread = np.array(facts["spread"][form]) * banded.sum(axis=(1, 2, 3, 4))[len(main) :]
    origin = np.concatenate([main, rest * spread / spread.sum()])
    uses = (origin, np.array(use["age"]), np.array(use["sex"]))
    return [_offset(form), *(counts / counts.sum() * origin.sum() / youths for counts in uses)]


def _offset(form: str) -> Array:
    """Give the log odds of use that are assumed: severity, household, and age x sex x origin; axes as the cells."""
    facts = read_facts("synthetic")
    at = facts["forms"].index(form)
    effects = {name: np.log(ratios[at]) for name, ratios in facts["effects"].items() if name != "per_point"}
    low, high = effects["low_income"], effects["high_income"]
    household = np.array([low + effects["social_assistance"], low, 0, high])
    household = np.concatenate([household, household + effects["single_parent"]])
    special = facts["age_and_sex"]
    ages = np.array([band == special["age_band"] for band in facts["age_bands"]])
    ratios = np.log(np.array([special[sex] for sex in SEXES])).T * (special["form"] == form)
    both = household[:, None] + facts["effects"]["per_point"][at] * SCORES
    return np.asarray((ratios[:, :, None] * ages)[..., None, None] + both)


def _solved(banded: Array, offset: Array, origin: Array, age: Array, sex: Array) -> Array:
    """Give the probability of use per cell, with effects of origin, age and sex so that expected use equals published use."""
    from scipy.optimize import root
    from scipy.special import expit, logit

    used_at = np.flatnonzero(age)  # ages without published use have none
    weight, offset = banded[:, :, used_at], offset[:, :, used_at]
    groups = weight.shape[:3]
    cell = np.indices(groups).reshape(3, -1)
    effects_of = [(0, range(groups[0])), (2, range(1, groups[2])), (1, [0])]  # origin, age and sex
    design = np.array([cell[axis] == at for axis, levels in effects_of for at in levels]).astype(float)
    wanted = np.concatenate([origin, age[used_at][1:], sex[:1]])

    def chance(effects: Array) -> Array:
        return np.asarray(expit(offset + (effects @ design).reshape(groups)[..., None, None]))

    def missed(effects: Array) -> tuple[Array, Array]:
        each = chance(effects)
        use, slope = ((weight * value).sum(axis=(3, 4)).ravel() for value in (each, each * (1 - each)))
        return (design @ use - wanted) / wanted, (design * slope) @ design.T / wanted[:, None]

    start = np.zeros(len(wanted))
    start[: len(origin)] = logit(origin / weight.sum(axis=(1, 2, 3, 4))) - (offset * weight).sum() / weight.sum()
    use = np.zeros(banded.shape)
    use[:, :, used_at] = chance(root(missed, start, jac=True, tol=1e-13).x)
    return use


@cache
def _answering(informant: str) -> Array:
    """Give the share of the youths who have a score by the informant: origins x ages."""
    facts = read_facts("synthetic")
    asked, ages = facts["informants"][informant], np.arange(facts["age_bands"][-1][1] + 1)
    within = (ages >= asked["ages"][0]) & (ages <= asked["ages"][1])
    return np.asarray(np.array(asked["answered_percent"])[:, None] / 100 * within)


def _reported(informant: str) -> Array:
    """Give the distribution of the score that an informant reports: origins x severity x score."""
    from scipy.special import ndtr

    facts = read_facts("synthetic")["informants"][informant]
    mean = facts["intercept"] + facts["slope"] * SCORES + np.array(facts["origin"])[:, None]
    edges = np.concatenate([[-np.inf], SCORES[1:] - 0.5, [np.inf]])
    return np.asarray(np.diff(ndtr((edges - mean[..., None]) / facts["error"]), axis=-1))


# --- the true values ----------------------------------------------------------------------------------------------------


@cache
def _reported_bands(informant: str | None, scheme: str) -> tuple[list[Any], Array]:
    """Give the bands, and how likely each is: origins x ages x severity x bands. Informant None: severity itself."""
    shape = _model().weight.shape
    if informant is None:
        return SCORES.tolist(), np.ones((shape[0], shape[2], 1, 1)) * np.eye(len(SCORES))
    grid = pd.MultiIndex.from_product([range(shape[2]), SCORES], names=["age", "score"]).to_frame(index=False)
    band = severity_bands(grid, score="score", informant=informant, scheme=scheme)["severity"]
    names = band.cat.categories.tolist()
    bands = np.array([band == name for name in names]).reshape(len(names), shape[2], len(SCORES))
    answers = _answering(informant), _reported(informant)
    return names, np.einsum("oa,osx,bax->oasb", *answers, bands, optimize=True)


def true_values(
    *,
    informant: str | None = "parent",
    scheme: str = "dutch_norms",
    bands: Mapping[str, Sequence[str]] | None = None,
    real: bool = False,
    relative_to: str = "nederlands",
) -> pd.DataFrame:
    """Give the true values of the synthetic example: how use of each origin compares with the reference, at equal severity too.

    Parameters
    ----------
    informant : {"parent", "teacher", "self", None}
        Whose SDQ total is severity: the truth for youths who have that score, in the bands of the scheme, which is what
        ``access_gap(..., standard="pair_mean")`` estimates. None: severity itself, point by point, of all youths.
    scheme : {"dutch_norms", "uk_three_band", "uk_four_band"}
        The bands, see `severity_bands`.
    bands : dict of lists, optional
        For each form the bands as they were merged (``borderline+clinical``).
    real : bool
        At equal severity itself, point by point, of the same youths: those who have that score.
    relative_to : str
        The reference.

    Returns
    -------
    pandas.DataFrame
        Per form and origin ``form``, ``origin``, ``measure``, ``value``, ``status``, ``synthetic`` and ``source``: the measure is
        crude_rate_ratio, and rate_ratio_at_equal_severity (standard: mean of the distributions of both groups).
        ``undefined``: the reference has no use at these ages.

    Raises
    ------
    UnknownNameError
        When the informant, the scheme or the reference is unknown.

    Notes
    -----
    Use by form and main origin is published (CBS StatLine 82965NED). Severity by origin is an assumption: no figure of it exists
    for Haaglanden. The effects of origin are solved so that the expected use equals the published use, so **their sign and
    size follow from that assumption**: they are true of this example and say nothing about real youths. The numbers, with
    sources, are in ``synthetic.toml``.

    Examples
    --------
    A naive comparison concludes that care without residence reaches youths of Surinamese origin more often than youths with a
    Dutch background, and youths of Moroccan origin somewhat less often. At equal severity, in this example, it reaches the
    first as often and the second much less often:

    >>> truth = true_values(informant=None).query("form == 'without_residence'")
    >>> truth.pivot(index="origin", columns="measure", values="value").loc[
    ...     ["turkije", "marokko", "suriname"], ["crude_rate_ratio", "rate_ratio_at_equal_severity"]].round(2)
    measure  crude_rate_ratio  rate_ratio_at_equal_severity
    origin
    turkije              0.76                          0.63
    marokko              0.85                          0.72
    suriname             1.19                          1.00
    """
    facts, cells = read_facts("synthetic"), _model()
    check_known("origin", relative_to, facts["origins"], where="the synthetic example")
    names, chance = _reported_bands(informant, scheme)
    if real:
        names, chance = SCORES.tolist(), chance.sum(axis=-1, keepdims=True) * np.eye(len(SCORES))
    people = np.array([cells.weight, *(cells.weight * use for use in cells.use)]).sum(axis=(2, 4))
    sums = np.einsum("foas,oasb->fob", people, chance)
    at, rows = facts["origins"].index(relative_to), []
    for form, users in zip(facts["forms"], sums[1:], strict=True):
        made_of = [label.split("+") for label in bands[form]] if bands else [[name] for name in names]
        merge = np.array([[name in parts for parts in made_of] for name in names], dtype=float)
        of_youths, of_users = sums[0] @ merge, users @ merge
        share = of_youths / of_youths.sum(axis=1, keepdims=True)
        weights, rates = (share + share[at]) / 2, of_users / of_youths
        crude = of_users.sum(axis=1) / of_youths.sum(axis=1)
        with np.errstate(invalid="ignore"):
            ratios = {"crude_rate_ratio": crude / crude[at]}
            ratios[_EQUAL] = (weights * rates).sum(axis=1) / (weights * rates[at]).sum(axis=1)
        for measure, value in ratios.items():
            result = {"form": form, "origin": facts["origins"], "measure": measure, "value": value}
            rows.append(pd.DataFrame(result).drop(index=at))
    frame = pd.concat(rows, ignore_index=True)
    status = np.where(np.isfinite(frame["value"]), "shown", "undefined")
    return frame.assign(status=status, synthetic=True, source=_GENERATOR)


# --- what a release of the example says beside its counts ----------------------------------------------------------------


def example_tables(counts: pd.DataFrame, measure: str, scheme: str, relative_to: str) -> dict[str, pd.DataFrame]:
    """Give what was put in the example and, for the protected counts by severity, what is true; nothing for other data.

    ``put_in``: the parts of the model with their lowest and highest number. ``true_values``: per form and origin the ratio at
    equal reported band (of the bands as merged), and at equal severity itself, of the same youths.
    """
    facts, informant = read_facts("synthetic"), measure.removeprefix("sdq_")
    known = (informant, scheme) in _BANDED and relative_to in facts["origins"]
    if facts["source"] not in counts["source"].iloc[0].split("; ") or not known:
        return {}
    bands = {form: ["+".join(_reported_bands(informant, scheme)[0])] for form in facts["forms"]}
    bands |= counts.astype({"severity": str}).groupby("form", observed=True)["severity"].unique().to_dict()
    how: dict[str, Any] = {"informant": informant, "scheme": scheme, "relative_to": relative_to}
    true, real = true_values(**how, bands=bands), true_values(**how, real=True)
    values = true.assign(at_reported_bands=true["value"], at_real_severity=real["value"])[true["measure"] == _EQUAL]
    columns = ["form", "origin", "synthetic", "source", "at_reported_bands", "at_real_severity"]
    return {"put_in": _put_in(), "true_values": values[columns].reset_index(drop=True)}


def _put_in() -> pd.DataFrame:
    """Give the parts of the model, each with its lowest and highest number."""
    facts = read_facts("synthetic")
    numbers: dict[str, list[Any]] = {
        "use_by_main_origin": [None],
        "use_within_main_origin": [*facts["spread"].values()],
        "severity": facts["severity"]["origin"][1:],
        "age_and_sex": [facts["age_and_sex"][sex][1:] for sex in SEXES],
        "household": facts["effects"]["single_parent"],
        "informants": [informant["origin"] for informant in facts["informants"].values()],
        "generation": [None],
        "how_care_ended": [None],
    }
    rows = [(part, np.min(each), np.max(each)) for part, each in numbers.items()]
    return pd.DataFrame(rows, columns=["part", "lowest", "highest"]).assign(synthetic=True, source=_GENERATOR)
