import re

import numpy as np
import pandas as pd
import pytest

from bereik.errors import BereikError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.rates import event_rates, use_rates

USERS = [81, 15, 0, 1, 0, 10, 1, 5, 250]
POPULATION = [263, 148, 20, 29, 10, 10, 1, 400, 100000]
# R 4.5.0. Wilson: PHEindicatormethods 2.1.1 phe_proportion; Clopper-Pearson: epitools 0.5.10.1 binom.exact;
# Jeffreys: ratesci 1.0.0 jeffreysci. The first four are in Newcombe 1998, table I.
REFERENCE = {
    "wilson": (
        [0.255288519878274, 0.0623863995307363, 0, 0.00611321429276265, 0, 0.722467200137111, 0.206549314377238,
         0.00535075077997161, 0.00220901713175077],
        [0.3662095769828, 0.160487241723308, 0.161125158052819, 0.171755218793203, 0.277532799862889, 1, 1,
         0.0289237361959675, 0.00282920391526936],
    ),
    "clopper_pearson": (
        [0.252736745585271, 0.0578440100834486, 0, 0.000872646883579923, 0, 0.691502892181239, 0.025,
         0.00407083584459972, 0.00219999949642787],
        [0.367621922601351, 0.161650490349479, 0.168433470983085, 0.177644295488723, 0.308497107818761, 1, 1,
         0.0289283437852869, 0.0028294100598734],
    ),
    "jeffreys": (
        [0.254521934991023, 0.0604485170092964, 0, 0.00374617364905708, 0, 0.782803732490789, 0.146746316309575,
         0.00478522850111563, 0.00220469067434447],
        [0.365647499174082, 0.157643143478741, 0.116638982904875, 0.150077686002232, 0.217196267509211, 1, 1,
         0.0271794359865205, 0.00282410182678695],
    ),
}  # fmt: skip


def counts(users, population, **more):
    names = [f"region {number}" for number in range(len(users))]
    columns = {"region": names, "population": population, "users": users, "synthetic": True, "source": "made up"}
    return pd.DataFrame(columns | more)


@pytest.mark.parametrize("interval", REFERENCE)
def test_intervals_equal_those_of_independent_packages(interval):
    rates = use_rates(counts(USERS, POPULATION), by=["region"], interval=interval, per=1)
    lower, upper = REFERENCE[interval]
    assert rates["lower"].tolist() == pytest.approx(lower, rel=1e-9, abs=1e-12)
    assert rates["upper"].tolist() == pytest.approx(upper, rel=1e-9)


def test_agresti_coull_by_hand():
    # z^2 = 3.8414588; n + z^2 = 13.8414588; p = (2 + 1.9207294) / 13.8414588 = 0.2832598; half = z sqrt(p (1 - p) / 13.84)
    half = 1.959964 * (0.2832598 * 0.7167402 / 13.8414588) ** 0.5
    rates = use_rates(counts([2], [10]), by=["region"], interval="agresti_coull", per=1)
    assert rates.loc[0, ["lower", "upper"]].tolist() == pytest.approx([0.2832598 - half, 0.2832598 + half], abs=1e-6)


def test_the_confidence_is_used():
    # scipy 1.17.1: binomtest(81, 263).proportion_ci(0.9, method="wilson")
    rates = use_rates(counts([81], [263]), by=["region"], per=1, confidence=0.9)
    assert rates.loc[0, ["lower", "upper"]].tolist() == pytest.approx([0.26331361718848, 0.35656634960849], rel=1e-9)
    assert rates.loc[0, "confidence"] == 0.9


@pytest.mark.parametrize("interval", ["wilson", "clopper_pearson", "jeffreys", "agresti_coull"])
def test_the_rate_is_always_within_its_interval(interval):
    pairs = [(users, population) for population in (1, 2, 7, 40) for users in range(population + 1)]
    rates = use_rates(counts(*map(list, zip(*pairs, strict=True))), by=["region"], interval=interval)
    assert ((rates["lower"] <= rates["value"]) & (rates["value"] <= rates["upper"])).all()
    assert rates["lower"].min() >= 0
    assert rates["upper"].max() <= 100


def test_a_row_explains_itself():
    rates = use_rates(counts([81], [263]), by=["region"], per=1000)
    row = rates.iloc[0]
    assert (row["measure"], row["per"], row["numerator"], row["denominator"]) == ("use_rate", "1000 youths", 81, 263)
    assert row["value"] == pytest.approx(1000 * 81 / 263)
    assert row["method"] == "Wilson interval; notional superpopulation"
    assert (row["source"], row["synthetic"]) == ("made up", True)


def test_a_hidden_row_keeps_its_status_and_population_zero_has_no_rate():
    table = counts([None, 0, 0], [None, 0, 12], status=["not_published", "shown", "shown"])
    rates = use_rates(table, by=["region"], rounding=5)
    assert rates["status"].tolist() == ["not_published", "no_population", "shown"]
    figures = ["value", "lower", "upper", "lower_rounding", "upper_rounding"]
    assert rates[figures].isna().all(axis=1).tolist() == [True, True, False]
    assert rates.loc[2, "value"] == 0


def test_rounding_bounds_by_hand():
    rates = use_rates(counts([10, 0, 200], [100, 100, 201]), by=["region"], rounding=5)
    assert rates["lower_rounding"].tolist() == pytest.approx([7.5, 0, 100 * 197.5 / 201])
    assert rates["upper_rounding"].tolist() == pytest.approx([12.5, 2.5, 100])
    assert use_rates(counts([10], [100]), by=["region"])["lower_rounding"].isna().all()


def test_bounds_of_the_population_give_rounding_bounds_and_exclude_a_rounding_of_users():
    table = counts([10], [100], population_lower=[80.0], population_upper=[125.0])
    rates = use_rates(table, by=["region"])
    assert rates.loc[0, ["lower_rounding", "upper_rounding"]].tolist() == pytest.approx([8, 12.5])
    with pytest.raises(BereikError, match="one of the two"):
        use_rates(table, by=["region"], rounding=5)
    with pytest.raises(InvalidTableError, match="not within its bounds: row 0"):
        use_rates(table.assign(population_lower=101), by=["region"])


def weighted_counts():
    # Ten youths in region 0, weights 1 (x5) and 3 (x5): sum 20, sum of squares 50, effective 400 / 50 = 8.
    more = {"n_unweighted": [10], "users_unweighted": [3], "effective_population": [8.0], "weighted": True}
    return counts([5.0], [20.0], **more)


def test_a_weighted_rate_has_the_interval_of_its_effective_population():
    rates = use_rates(weighted_counts(), by=["region"], per=1)
    row = rates.iloc[0]
    assert (row["value"], row["numerator"], row["denominator"]) == (0.25, 5, 20)
    # 2 of 8, scipy 1.17.1: binomtest(2, 8).proportion_ci(method="wilson")
    assert (row["lower"], row["upper"]) == pytest.approx((0.071479212752109, 0.590724569689831), rel=1e-9)
    assert "ignores strata and clusters" in row["method"]


def test_weighted_counts_refuse_an_exact_interval_and_need_an_effective_population():
    with pytest.raises(BereikError, match="an exact interval counts persons"):
        use_rates(weighted_counts(), by=["region"], interval="clopper_pearson")
    with pytest.raises(InvalidTableError, match="no effective_population above 0: row 0"):
        use_rates(weighted_counts().assign(effective_population=0.0), by=["region"])


@pytest.mark.parametrize("rates", [use_rates, event_rates])
@pytest.mark.parametrize("numbers", [{"confidence": 95}, {"confidence": 0}, {"per": 0}, {"per": float("nan")}])
def test_numbers_out_of_range_are_refused(rates, numbers):
    table = counts([1], [2], numerator=[1], denominator=[2])
    with pytest.raises(BereikError, match=f"{next(iter(numbers))}. is"):
        rates(table, by=["region"], **numbers)


def test_faults_are_named():
    table = counts([1, 2], [3, 4])
    with pytest.raises(UnknownNameError, match="did you mean 'wilson'"):
        use_rates(table, by=["region"], interval="wilsen")
    with pytest.raises(InvalidTableError, match="more than once"):
        use_rates(table.assign(region="A"), by=["region"])
    with pytest.raises(MissingColumnError, match="no column 'users'"):
        use_rates(table.drop(columns="users"), by=["region"])
    with pytest.raises(BereikError, match="`rounding` is -5"):
        use_rates(table, by=["region"], rounding=-5)


# R 4.5.0: Garwood limits by qchisq; Byar by PHEindicatormethods 2.1.1 phe_rate (which uses Byar from 10 events on).
EVENTS = [0, 1, 2, 5, 9, 10, 11, 25, 65, 250, 10000]
TIME = [100, 100, 1000, 1000, 1000, 1000, 1000, 5000, 100, 50000, 1000000]
EXACT_LOWER = [0, 0.253178079842899, 0.242209278543965, 1.62348639011842, 4.11537309737833, 4.79538869613243,
               5.49116036723684, 3.23573636956587, 501.656277292343, 4.39935991261875, 9.80495246726018]  # fmt: skip
EXACT_UPPER = [36.8887945411394, 55.716433909389, 7.22468766772396, 11.6683320793227, 17.0848034514192, 18.3903560420178,
               19.682038513302, 7.38098633950607, 828.478358158716, 5.65975410084632, 10.1979516246615]  # fmt: skip
BYAR_LOWER = [
    4.78744991396756,
    5.48369019844997,
    3.23485318433144,
    501.631877104595,
    4.39933768495447,
    9.80495231085031,
]
BYAR_UPPER = [
    18.3914586057565,
    19.6832371161464,
    7.38129013843707,
    828.491385459398,
    5.65977037448055,
    10.1979517736366,
]


def events(**changes):
    names = [f"region {number}" for number in range(len(EVENTS))]
    columns = {"region": names, "numerator": EVENTS, "denominator": TIME, "synthetic": True, "source": "made up"}
    return pd.DataFrame(columns | changes)


def test_exact_event_rates_equal_those_of_r():
    rates = event_rates(events(), by=["region"], unit="youth-years")
    assert rates["value"].tolist() == pytest.approx([1000 * x / t for x, t in zip(EVENTS, TIME, strict=True)])
    assert rates["lower"].tolist() == pytest.approx(EXACT_LOWER, rel=1e-9)
    assert rates["upper"].tolist() == pytest.approx(EXACT_UPPER, rel=1e-9)
    assert set(rates["per"]) == {"1000 youth-years"}


def test_byar_equals_phe_from_10_events_on():
    rates = event_rates(events(), by=["region"], interval="byar")
    assert rates["lower"].tolist()[5:] == pytest.approx(BYAR_LOWER, rel=1e-9)
    assert rates["upper"].tolist()[5:] == pytest.approx(BYAR_UPPER, rel=1e-9)
    assert rates["lower"].tolist()[0] == 0


def test_byar_is_the_formula_of_its_docstring():
    formulas = dict(re.findall(r"^ +(lower|upper) = (.*\*\* 3)", event_rates.__doc__, flags=re.MULTILINE))
    rates = event_rates(events(), by=["region"], interval="byar", per=1)[1:]
    values = {"x": np.array(EVENTS[1:], dtype=float), "z": 1.959963984540054}
    for name in ("lower", "upper"):
        limits = pd.eval(formulas[name], local_dict=values, engine="python")
        assert (rates[name] * TIME[1:]).tolist() == pytest.approx(limits.tolist(), rel=1e-9)


def test_byar_is_inaccurate_below_10_events():
    byar = event_rates(events(), by=["region"], interval="byar")["lower"].to_numpy()
    off = np.abs(byar[1:] / np.array(EXACT_LOWER[1:]) - 1)
    few = np.array(EVENTS[1:]) < 10
    assert off[few].max() > 0.1
    assert off[~few].max() < 0.002


def test_an_exact_interval_leaves_out_the_truth_in_at_most_5_percent():
    # Known truth, no simulation: the probability of each count times whether its interval holds the true rate.
    from scipy.stats import poisson

    numerator = np.arange(80)
    table = events().iloc[[0] * 80].assign(region=numerator, numerator=numerator, denominator=1.0)
    rates = event_rates(table, by=["region"], per=1)
    for truth in (0.5, 3.0, 12.3):
        inside = (rates["lower"] <= truth) & (truth <= rates["upper"])
        assert poisson.pmf(numerator, truth)[~inside].sum() <= 0.05


def test_events_may_exceed_the_denominator_and_no_time_has_no_rate():
    table = events().head(3).assign(numerator=[7, 3, None], denominator=[2.5, 0.0, None])
    rates = event_rates(table.assign(status=["shown", "shown", "suppressed"]), by=["region"], per=1)
    assert rates["status"].tolist() == ["shown", "undefined", "suppressed"]
    assert rates["value"].tolist()[0] == pytest.approx(2.8)
    assert rates[["value", "lower", "upper"]].isna().all(axis=1).tolist() == [False, True, True]


def test_faulty_events_are_refused():
    with pytest.raises(InvalidTableError, match="not whole in numerator"):
        event_rates(events(numerator=0.5), by=["region"])
    with pytest.raises(InvalidTableError, match="negative count in denominator"):
        event_rates(events(denominator=-1.0), by=["region"])
    with pytest.raises(InvalidTableError, match="more than once"):
        event_rates(events(region="A"), by=["region"])
    with pytest.raises(UnknownNameError, match="did you mean 'byar'"):
        event_rates(events(), by=["region"], interval="byars")
    with pytest.raises(MissingColumnError, match="numerator"):
        event_rates(events().drop(columns="numerator"), by=["region"])
