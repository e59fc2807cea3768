"""What is made of individual data is written and drawn from protected counts only; a refusal tells no number."""

import pandas as pd
import pytest

import bereik
from bereik.errors import DisclosureError, InvalidTableError
from bereik.paths import persons_read
from bereik.plot.style import new_figure
from bereik.plot.write import write_figure
from bereik.suppress import is_individual, refuse_unprotected, save_table

OWN, SAFE = "individual data: own.csv", "individual data: own.csv; counts rounded to 5"
COUNTS = pd.DataFrame({"origin": ["a", "b"], "population": [500, 300], "users": [60, 7]})
COUNTS = COUNTS.assign(synthetic=False, source=OWN)
WEIGHTED = {"status": "shown", "users": [60, 40], "n_unweighted": 90, "users_unweighted": [30, 4]}


def test_the_sources_that_are_individual():
    for source in (OWN, "individual data: a; rows left out", "CBS StatLine 1; individual data: b"):
        assert is_individual(source)
    for source in ("CBS StatLine 82965NED", "made up", "report on individual data: x"):
        assert not is_individual(source)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (COUNTS, "was not protected"),
        (bereik.use_rates(COUNTS, by=["origin"]), "was not protected"),
        (COUNTS.groupby("origin")[["population", "users"]].sum().reset_index().assign(source=OWN), "was not protected"),
        (COUNTS.assign(source=SAFE), r"fewer than 10: row 1 \(origin='b'"),
        (COUNTS.assign(source=SAFE, users=[60, 294]), "fewer than 10"),
        (COUNTS.assign(source=SAFE, **WEIGHTED), "fewer than 10"),
        (bereik.use_rates(COUNTS.assign(source=SAFE), by=["origin"]), "fewer than 10"),
        (pd.DataFrame({"id": [1], "value": [3.0], "source": [SAFE]}), "ows with ids"),
        (pd.DataFrame({"mean": [7.0], "source": [OWN]}), "was not protected"),
    ],
)
def test_an_unprotected_table_is_not_written_and_the_message_tells_no_number(table, words, output):
    with pytest.raises(DisclosureError, match=words) as error:
        save_table(table, "small")
    assert not list(output.rglob("*.csv"))
    assert not any(f"{name}=" in str(error.value) for name in ("users", "population", "numerator", "value"))


@pytest.mark.parametrize("faulty", [{"users": [60, 701]}, {"users": [60, -7]}, {"users": [60, 7.5]}, {"origin": "a"}])
def test_a_table_of_persons_is_refused_without_its_counts(faulty):
    with pytest.raises(InvalidTableError, match=r"row 1 \(origin=|row 0 \(origin=") as error:
        bereik.protect(COUNTS.assign(**faulty), by=["origin"])
    assert not any(text in str(error.value) for text in ("users=", "population=", "300", "7"))
    with pytest.raises(InvalidTableError, match="users=7"):
        bereik.use_rates(COUNTS.assign(source="CBS StatLine", origin="a"), by=["origin"])  # published: told


def test_after_persons_were_read_a_table_must_say_where_it_is_from():
    bare = COUNTS.assign(users=60)[["origin", "population", "users"]]
    refuse_unprotected(bare)
    persons_read()
    with pytest.raises(DisclosureError, match="without source and synthetic.*persons were read"):
        refuse_unprotected(bare)
    refuse_unprotected(bare.assign(source="CBS StatLine 82965NED", synthetic=False))


def test_what_is_protected_is_written_and_so_are_public_figures(output):
    three = pd.concat([COUNTS, COUNTS.iloc[:1].assign(origin="c")], ignore_index=True)
    protected = bereik.protect(three, by=["origin"])
    save_table(protected, "counts")
    save_table(bereik.use_rates(protected, by=["origin"]), "rates")
    save_table(COUNTS.assign(source="CBS StatLine 82965NED"), "published")
    assert len(list(output.rglob("*.csv"))) == 3
    assert protected["status"].tolist() == ["hidden", "hidden", "shown", "shown"]


def test_unprotected_results_are_not_drawn(output):
    with pytest.raises(DisclosureError, match="was not protected"):
        write_figure("07_gap", lambda data, language: new_figure(), bereik.use_rates(COUNTS, by=["origin"]), texts={})
    assert not list(output.rglob("07_gap*"))
