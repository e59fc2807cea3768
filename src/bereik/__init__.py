"""bereik: use of youth care per migration background, relative to the severity of problems.

The public names are loaded on first use, so importing bereik is quick and changes nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bereik.counts.persons import count as count
    from bereik.counts.published import implied_population as implied_population
    from bereik.counts.published import youth_counts as youth_counts
    from bereik.disclosure.minimum import protect as protect
    from bereik.disclosure.results import protect_results as protect_results
    from bereik.errors import BereikError as BereikError
    from bereik.estimates.adjust import marginal_standardisation as marginal_standardisation
    from bereik.estimates.area_checks import area_collinearity as area_collinearity
    from bereik.estimates.area_checks import leave_one_area_out as leave_one_area_out
    from bereik.estimates.area_model import area_association as area_association
    from bereik.estimates.area_model import expected_in_areas as expected_in_areas
    from bereik.estimates.areas import area_excess as area_excess
    from bereik.estimates.changes import year_changes as year_changes
    from bereik.estimates.choices import admissible_choices as admissible_choices
    from bereik.estimates.choices import reach_ratio as reach_ratio
    from bereik.estimates.concentration import concentration_index as concentration_index
    from bereik.estimates.decompose import decompose as decompose
    from bereik.estimates.e_value import e_value as e_value
    from bereik.estimates.forms import form_ratio as form_ratio
    from bereik.estimates.gap import access_gap as access_gap
    from bereik.estimates.gradient import severity_gradient as severity_gradient
    from bereik.estimates.horizontal import horizontal_inequity as horizontal_inequity
    from bereik.estimates.inequality import inequality as inequality
    from bereik.estimates.mantel_haenszel import mantel_haenszel as mantel_haenszel
    from bereik.estimates.need import need_rates as need_rates
    from bereik.estimates.need import need_ratios as need_ratios
    from bereik.estimates.rank_replace import adjusted_disparity as adjusted_disparity
    from bereik.estimates.rates import event_rates as event_rates
    from bereik.estimates.rates import use_rates as use_rates
    from bereik.estimates.reach_choices import need_of_choices as need_of_choices
    from bereik.estimates.reach_choices import reach_choices as reach_choices
    from bereik.estimates.reach_choices import use_of_choices as use_of_choices
    from bereik.estimates.regions import compare_regions as compare_regions
    from bereik.estimates.regression_decompose import decompose_regression as decompose_regression
    from bereik.estimates.routes import route_shares as route_shares
    from bereik.estimates.sensitivity import gap_if_misreported as gap_if_misreported
    from bereik.estimates.sensitivity import misreporting_grid as misreporting_grid
    from bereik.estimates.slope import slope_index as slope_index
    from bereik.estimates.specification_curve import choice_verdicts as choice_verdicts
    from bereik.estimates.specification_curve import specification_curve as specification_curve
    from bereik.estimates.standardise import standardise as standardise
    from bereik.estimates.tipping import tipping_point as tipping_point
    from bereik.estimates.two_steps import two_step_warning as two_step_warning
    from bereik.estimates.use_by_origin import use_counts as use_counts
    from bereik.estimates.use_by_origin import use_ratios as use_ratios
    from bereik.monitoring.indicators import monitor_indicators as monitor_indicators
    from bereik.monitoring.monitor import monitor as monitor
    from bereik.pilot.brokers import brokers as brokers
    from bereik.pilot.brokers import tie_map as tie_map
    from bereik.pilot.contract import pilot_codebook as pilot_codebook
    from bereik.pilot.detectable import detectable_change as detectable_change
    from bereik.pilot.doors import doors_to_care as doors_to_care
    from bereik.pilot.effect import departures as departures
    from bereik.pilot.effect import difference_in_differences as difference_in_differences
    from bereik.pilot.effect import leave_one_region_out as leave_one_region_out
    from bereik.pilot.facts import pilot_facts as pilot_facts
    from bereik.pilot.files import check_pilot as check_pilot
    from bereik.pilot.files import read_pilot as read_pilot
    from bereik.pilot.files import write_pilot as write_pilot
    from bereik.pilot.learning import change as change
    from bereik.pilot.learning import item_change as item_change
    from bereik.pilot.learning import score_quartiles as score_quartiles
    from bereik.pilot.nested_change import nested_change as nested_change
    from bereik.pilot.nested_change import nested_power as nested_power
    from bereik.pilot.networks import attendance as attendance
    from bereik.pilot.networks import partner_kinds as partner_kinds
    from bereik.pilot.networks import recruitment as recruitment
    from bereik.pilot.outcomes import outcomes_by_origin as outcomes_by_origin
    from bereik.pilot.outcomes import pilot_outcomes as pilot_outcomes
    from bereik.pilot.programmes import programme_facts as programme_facts
    from bereik.pilot.regional_change import regional_change as regional_change
    from bereik.pilot.reliability import reliability as reliability
    from bereik.pilot.retention import retention as retention
    from bereik.pilot.synthetic import make_pilot as make_pilot
    from bereik.pilot.synthetic import pilot_truth as pilot_truth
    from bereik.pilot.synthetic_control import synthetic_control as synthetic_control
    from bereik.pilot.synthetic_programmes import make_nested_answers as make_nested_answers
    from bereik.pilot.synthetic_programmes import make_regional_answers as make_regional_answers
    from bereik.pilot.synthetic_programmes import make_ties as make_ties
    from bereik.pilot.synthetic_programmes import programme_truth as programme_truth
    from bereik.pilot.ties import tie_change as tie_change
    from bereik.pilot.ties import tie_measures as tie_measures
    from bereik.pilot.uptake import governance_funnel as governance_funnel
    from bereik.pilot.uptake import tool_use as tool_use
    from bereik.report.make import make_report as make_report
    from bereik.runner.run import run_notebooks as run_notebooks
    from bereik.severity.bands import band_order as band_order
    from bereik.severity.bands import score_bands as score_bands
    from bereik.severity.bands import sdq_cut_offs as sdq_cut_offs
    from bereik.severity.bands import severity_bands as severity_bands
    from bereik.severity.expected import expected_use as expected_use
    from bereik.severity.risk import risk_count as risk_count
    from bereik.severity.sdq import score_sdq as score_sdq
    from bereik.sources.access_truth import access_truth as access_truth
    from bereik.sources.check import check_youths as check_youths
    from bereik.sources.column_map import read_column_map as read_column_map
    from bereik.sources.datapackage import list_tables as list_tables
    from bereik.sources.datapackage import load as load
    from bereik.sources.fetch import fetch as fetch
    from bereik.sources.need import need_by_origin as need_by_origin
    from bereik.sources.need import need_indicators as need_indicators
    from bereik.sources.person_files import read_youths as read_youths
    from bereik.sources.population_validation import denominator_validation as denominator_validation
    from bereik.sources.populations import youths_by_origin as youths_by_origin
    from bereik.sources.routes import pool_routes as pool_routes
    from bereik.sources.routes import route_thirds as route_thirds
    from bereik.sources.routes import routes_of as routes_of
    from bereik.sources.statline import read_statline as read_statline
    from bereik.sources.synthetic import example_counts as example_counts
    from bereik.sources.synthetic import example_youths as example_youths
    from bereik.sources.synthetic import write_example as write_example
    from bereik.sources.wijk_use import unchanged_wijken as unchanged_wijken
    from bereik.sources.wijk_use import wijk_use as wijk_use
    from bereik.sources.wijken import wijk_coverage as wijk_coverage
    from bereik.sources.youth import youth_columns as youth_columns
    from bereik.tables import count_table as count_table
    from bereik.tables import save_table as save_table
    from bereik.terms.care import care_forms as care_forms
    from bereik.terms.names import group_name as group_name
    from bereik.terms.names import label as label
    from bereik.terms.origin import map_origin as map_origin
    from bereik.terms.origin import origin_groups as origin_groups
    from bereik.terms.regions import find_region as find_region
    from bereik.terms.regions import region_members as region_members
    from bereik.terms.regions import regions as regions
    from bereik.texts.say import figure as figure
    from bereik.texts.say import language as language
    from bereik.texts.say import say as say
    from bereik.texts.say import side_of_one as side_of_one
    from bereik.texts.side_by_side import side_by_side as side_by_side

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
    "implied_population": "counts.published",
    "youth_counts": "counts.published",
    "count": "counts.persons",
    "fetch": "sources.fetch",
    "list_tables": "sources.datapackage",
    "load": "sources.datapackage",
    "read_statline": "sources.statline",
    "need_by_origin": "sources.need",
    "need_indicators": "sources.need",
    "access_truth": "sources.access_truth",
    "read_youths": "sources.person_files",
    "example_youths": "sources.synthetic",
    "example_counts": "sources.synthetic",
    "write_example": "sources.synthetic",
    "check_youths": "sources.check",
    "wijk_coverage": "sources.wijken",
    "wijk_use": "sources.wijk_use",
    "unchanged_wijken": "sources.wijk_use",
    "youths_by_origin": "sources.populations",
    "denominator_validation": "sources.population_validation",
    "read_column_map": "sources.column_map",
    "youth_columns": "sources.youth",
    "routes_of": "sources.routes",
    "pool_routes": "sources.routes",
    "route_thirds": "sources.routes",
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
    "need_rates": "estimates.need",
    "need_ratios": "estimates.need",
    "area_association": "estimates.area_model",
    "expected_in_areas": "estimates.area_model",
    "area_collinearity": "estimates.area_checks",
    "leave_one_area_out": "estimates.area_checks",
    "two_step_warning": "estimates.two_steps",
    "use_counts": "estimates.use_by_origin",
    "use_ratios": "estimates.use_by_origin",
    "reach_choices": "estimates.reach_choices",
    "use_of_choices": "estimates.reach_choices",
    "need_of_choices": "estimates.reach_choices",
    "route_shares": "estimates.routes",
    "year_changes": "estimates.changes",
    "monitor": "monitoring.monitor",
    "monitor_indicators": "monitoring.indicators",
    "figure": "texts.say",
    "language": "texts.say",
    "say": "texts.say",
    "side_of_one": "texts.say",
    "label": "terms.names",
    "group_name": "terms.names",
    "side_by_side": "texts.side_by_side",
    "run_notebooks": "runner.run",
    "protect": "disclosure.minimum",
    "protect_results": "disclosure.results",
    "score_sdq": "severity.sdq",
    "severity_bands": "severity.bands",
    "score_bands": "severity.bands",
    "band_order": "severity.bands",
    "sdq_cut_offs": "severity.bands",
    "risk_count": "severity.risk",
    "expected_use": "severity.expected",
    "read_pilot": "pilot.files",
    "check_pilot": "pilot.files",
    "write_pilot": "pilot.files",
    "pilot_codebook": "pilot.contract",
    "pilot_facts": "pilot.facts",
    "recruitment": "pilot.networks",
    "partner_kinds": "pilot.networks",
    "attendance": "pilot.networks",
    "retention": "pilot.retention",
    "tool_use": "pilot.uptake",
    "governance_funnel": "pilot.uptake",
    "change": "pilot.learning",
    "item_change": "pilot.learning",
    "score_quartiles": "pilot.learning",
    "reliability": "pilot.reliability",
    "make_pilot": "pilot.synthetic",
    "pilot_truth": "pilot.synthetic",
    "pilot_outcomes": "pilot.outcomes",
    "outcomes_by_origin": "pilot.outcomes",
    "departures": "pilot.effect",
    "difference_in_differences": "pilot.effect",
    "leave_one_region_out": "pilot.effect",
    "detectable_change": "pilot.detectable",
    "synthetic_control": "pilot.synthetic_control",
    "programme_facts": "pilot.programmes",
    "programme_truth": "pilot.synthetic_programmes",
    "make_regional_answers": "pilot.synthetic_programmes",
    "make_nested_answers": "pilot.synthetic_programmes",
    "make_ties": "pilot.synthetic_programmes",
    "regional_change": "pilot.regional_change",
    "nested_change": "pilot.nested_change",
    "nested_power": "pilot.nested_change",
    "tie_measures": "pilot.ties",
    "tie_change": "pilot.ties",
    "tie_map": "pilot.brokers",
    "brokers": "pilot.brokers",
    "doors_to_care": "pilot.doors",
    "make_report": "report.make",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bereik' has no public name {name!r}; its names are: {', '.join(__all__)}")
    return getattr(import_module(f"bereik.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
