"""Which forms of care, rows and groups may be set beside each other."""

from collections.abc import Sequence

import pandas as pd

from bereik.codelists.care import care_form, care_forms
from bereik.codelists.origin import SCHEMES, origin_groups
from bereik.codelists.periods import one_period_kind
from bereik.errors import BereikError, IncomparableError, UnknownNameError
from bereik.tables import (
    check_counts,
    check_statuses,
    one_value,
    ordered_categories,
    require_columns,
    require_unique,
)

_WHERE = "the table of care"
_NUMERATORS = ("with_residence", "protection", "probation")


def comparable_form(form: str) -> str:
    """Give the code of a form that may be set beside care without residence and care in kind, or say why not."""
    code = care_form(form)
    if not {code, *_wholes(code, care_forms())} & set(_NUMERATORS):
        raise BereikError(
            f"the form {code!r} is a denominator of form_ratio, contains one, or is part of care without residence",
            f"one of {', '.join(map(repr, _NUMERATORS))}, or a form below them",
            "choose such a form; for the use of care by itself see use_rates",
        )
    return code


def care_of_forms(care: pd.DataFrame, forms: Sequence[str], key: Sequence[str]) -> pd.DataFrame:
    """Check a table of care by form, keep the forms that are needed, and sort it by the key."""
    require_columns(care, [*key, "form", "youths", "status", "synthetic", "source"], where=_WHERE)
    present = [str(name) for name in care["form"].unique()]
    for name in forms:
        if name not in present:
            raise UnknownNameError("form of care", name, present, where=_WHERE)
    table = care[care["form"].isin(forms)]
    if "period" in table:
        one_period_kind(table, where=_WHERE)
    for column in ("period", "origin_scheme", "synthetic"):
        if column in table and (column != "period" or column not in key):
            one_value(table, column, where=_WHERE)
    require_unique(table, [*key, "form"], where=_WHERE)
    check_statuses(table)
    check_counts(table, ["youths"], where=_WHERE)
    return ordered_categories(table, key).sort_values(list(key), ignore_index=True, kind="stable")


def separate_groups(table: pd.DataFrame, group: str, relative_to: str, where: str = _WHERE) -> list[str]:
    """List the groups that share no youths with the reference: they neither contain it nor are part of it."""
    groups = [str(name) for name in table[group].unique()]
    if relative_to not in groups:
        raise UnknownNameError(group, relative_to, groups, where=where)
    wholes = _wholes_of_groups(table, group, groups)
    related = {relative_to, *wholes[relative_to], *(name for name in groups if relative_to in wholes[name])}
    separate = [name for name in groups if name not in related]
    if not separate:
        raise IncomparableError(
            f"no {group} can be compared with {relative_to!r}: each contains it or is part of it ({', '.join(groups)})",
            "a reference and at least one other group that share no youths",
            "choose another reference, or add the groups to compare",
        )
    return separate


def check_separate(table: pd.DataFrame, group: str) -> None:
    """Raise when a group contains another, as a total does, since adding them up counts youths twice."""
    groups = [str(name) for name in table[group].unique()]
    known = set(groups)
    for name, wholes in _wholes_of_groups(table, group, groups).items():
        containing = sorted(wholes & known)
        if containing:
            raise IncomparableError(
                f"{group} {name!r} contains or is part of {', '.join(containing)}: one contains another group of the table",
                "groups that share no youths, since they are added up",
                "leave out the totals, or compare each group with one reference",
            )


def _wholes_of_groups(table: pd.DataFrame, group: str, groups: list[str]) -> dict[str, set[str]]:
    """Give for each group what it is part of: a total always, and what the classification of origin says."""
    wholes = {name: {"total"} - {name} for name in groups}
    if group == "origin":
        schemes = table["origin_scheme"].unique() if "origin_scheme" in table else SCHEMES
        terms = pd.concat([origin_groups(scheme) for scheme in schemes])
        wholes = {name: part_of | _wholes(name, terms) for name, part_of in wholes.items()}
    return wholes


def _wholes(code: str, terms: pd.DataFrame) -> set[str]:
    """Give every code that a code is part of."""
    parents = set(terms.loc[terms["code"] == code, "parent"]) - {""}
    return parents.union(*(_wholes(parent, terms) for parent in parents))
