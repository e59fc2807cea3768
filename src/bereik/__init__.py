"""bereik: use of youth care per migration background, relative to the severity of problems.

The public names are loaded on first use, so importing bereik is quick and changes nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bereik.counts import implied_population as implied_population
    from bereik.counts import youth_counts as youth_counts
    from bereik.errors import BereikError as BereikError
    from bereik.estimates.adjust import marginal_standardisation as marginal_standardisation
    from bereik.estimates.areas import area_excess as area_excess
    from bereik.estimates.choices import admissible_choices as admissible_choices
    from bereik.estimates.choices import reach_ratio as reach_ratio
    from bereik.estimates.concentration import concentration_index as concentration_index
    from bereik.estimates.decompose import decompose as decompose
    from bereik.estimates.e_value import e_value as e_value
    from bereik.estimates.forms import form_ratio as form_ratio
    from bereik.estimates.funnel import funnel_limits as funnel_limits
    from bereik.estimates.gap import access_gap as access_gap
    from bereik.estimates.gradient import severity_gradient as severity_gradient
    from bereik.estimates.horizontal import horizontal_inequity as horizontal_inequity
    from bereik.estimates.inequality import inequality as inequality
    from bereik.estimates.mantel_haenszel import mantel_haenszel as mantel_haenszel
    from bereik.estimates.rank_replace import adjusted_disparity as adjusted_disparity
    from bereik.estimates.rates import event_rates as event_rates
    from bereik.estimates.rates import use_rates as use_rates
    from bereik.estimates.regions import compare_regions as compare_regions
    from bereik.estimates.regression_decompose import decompose_regression as decompose_regression
    from bereik.estimates.sensitivity import gap_if_misreported as gap_if_misreported
    from bereik.estimates.sensitivity import misreporting_grid as misreporting_grid
    from bereik.estimates.slope import slope_index as slope_index
    from bereik.estimates.specification_curve import choice_verdicts as choice_verdicts
    from bereik.estimates.specification_curve import specification_curve as specification_curve
    from bereik.estimates.standardise import standardise as standardise
    from bereik.estimates.tipping import tipping_point as tipping_point
    from bereik.figures.caterpillar import caterpillar as caterpillar
    from bereik.figures.counts_and_shares import counts_and_shares as counts_and_shares
    from bereik.figures.findings.describe import describe_figure as describe_figure
    from bereik.figures.forms_relative import forms_relative as forms_relative
    from bereik.figures.labels import label as label
    from bereik.figures.save import save_figure as save_figure
    from bereik.figures.texts import direction as direction
    from bereik.figures.use_over_time import use_over_time as use_over_time
    from bereik.runner.run import run_notebooks as run_notebooks
    from bereik.sources.datapackage import list_tables as list_tables
    from bereik.sources.datapackage import load as load
    from bereik.sources.fetch import fetch as fetch
    from bereik.sources.statline import read_statline as read_statline
    from bereik.tables import count_table as count_table
    from bereik.tables import save_table as save_table
    from bereik.terms.care import care_forms as care_forms
    from bereik.terms.origin import map_origin as map_origin
    from bereik.terms.origin import origin_groups as origin_groups
    from bereik.terms.regions import find_region as find_region
    from bereik.terms.regions import region_members as region_members
    from bereik.terms.regions import regions as regions

__version__ = "0.1.0"

_HOMES = {
    "BereikError": "errors",
    "count_table": "tables",
    "save_table": "tables",
    "care_forms": "terms.care",
    "map_origin": "terms.origin",
    "origin_groups": "terms.origin",
    "find_region": "terms.regions",
    "region_members": "terms.regions",
    "regions": "terms.regions",
    "implied_population": "counts",
    "youth_counts": "counts",
    "fetch": "sources.fetch",
    "list_tables": "sources.datapackage",
    "load": "sources.datapackage",
    "read_statline": "sources.statline",
    "event_rates": "estimates.rates",
    "use_rates": "estimates.rates",
    "form_ratio": "estimates.forms",
    "compare_regions": "estimates.regions",
    "mantel_haenszel": "estimates.mantel_haenszel",
    "access_gap": "estimates.gap",
    "standardise": "estimates.standardise",
    "marginal_standardisation": "estimates.adjust",
    "adjusted_disparity": "estimates.rank_replace",
    "severity_gradient": "estimates.gradient",
    "decompose": "estimates.decompose",
    "decompose_regression": "estimates.regression_decompose",
    "inequality": "estimates.inequality",
    "slope_index": "estimates.slope",
    "concentration_index": "estimates.concentration",
    "horizontal_inequity": "estimates.horizontal",
    "misreporting_grid": "estimates.sensitivity",
    "gap_if_misreported": "estimates.sensitivity",
    "tipping_point": "estimates.tipping",
    "e_value": "estimates.e_value",
    "admissible_choices": "estimates.choices",
    "reach_ratio": "estimates.choices",
    "specification_curve": "estimates.specification_curve",
    "choice_verdicts": "estimates.specification_curve",
    "area_excess": "estimates.areas",
    "funnel_limits": "estimates.funnel",
    "caterpillar": "figures.caterpillar",
    "counts_and_shares": "figures.counts_and_shares",
    "forms_relative": "figures.forms_relative",
    "use_over_time": "figures.use_over_time",
    "direction": "figures.texts",
    "describe_figure": "figures.findings.describe",
    "label": "figures.labels",
    "save_figure": "figures.save",
    "run_notebooks": "runner.run",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bereik' has no public name {name!r}; its names are: {', '.join(__all__)}")
    return getattr(import_module(f"bereik.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
