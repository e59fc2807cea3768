"""bereik: use of youth care per migration background, relative to the severity of problems.

The public names are loaded on first use, so importing bereik is quick and changes nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bereik.counts import implied_population as implied_population
    from bereik.counts import youth_counts as youth_counts
    from bereik.errors import BereikError as BereikError
    from bereik.estimates.forms import form_ratio as form_ratio
    from bereik.estimates.rates import event_rates as event_rates
    from bereik.estimates.rates import use_rates as use_rates
    from bereik.estimates.regions import compare_regions as compare_regions
    from bereik.figures.caterpillar import caterpillar as caterpillar
    from bereik.figures.counts_and_shares import counts_and_shares as counts_and_shares
    from bereik.figures.findings import describe_figure as describe_figure
    from bereik.figures.forms_relative import forms_relative as forms_relative
    from bereik.figures.labels import label as label
    from bereik.figures.save import save_figure as save_figure
    from bereik.figures.texts import direction as direction
    from bereik.figures.use_over_time import use_over_time as use_over_time
    from bereik.runner import run_notebooks as run_notebooks
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
    "caterpillar": "figures.caterpillar",
    "counts_and_shares": "figures.counts_and_shares",
    "forms_relative": "figures.forms_relative",
    "use_over_time": "figures.use_over_time",
    "direction": "figures.texts",
    "describe_figure": "figures.findings",
    "label": "figures.labels",
    "save_figure": "figures.save",
    "run_notebooks": "runner",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bereik' has no public name {name!r}; its names are: {', '.join(__all__)}")
    return getattr(import_module(f"bereik.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
