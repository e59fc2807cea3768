"""The sentences of a factsheet that read its rows aloud: what changed, what is not there and why, and what to ask next."""

from typing import Any

import pandas as pd

from bereik.codelists.names import capital, label
from bereik.codelists.periods import parse_period
from bereik.monitoring.indicators import monitor_indicators
from bereik.report.monitor_words import signed_number
from bereik.report.places import USE, clear_side, later_in_files
from bereik.report.sheet import Sheet
from bereik.texts.say import side_of_one

__all__ = ["changes", "missing", "questions"]

_FORMS = ("use_with_residence", "use_protection", "use_probation")


def changes(sheet: Sheet) -> list[str]:
    """Say how use changed since the year before and within the longest series without a break, and where the breaks are.

    Parameters
    ----------
    sheet : Sheet
        The figures of a place, and the words.

    Returns
    -------
    list of str
        Sentences; none when use is not published.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> from bereik.report.places import read_monitor
    >>> monitor = read_monitor(project_folder() / "figures")
    >>> changes(Sheet(monitor, pd.DataFrame(), "Delft", "en"))[1:]
    ['In the longest series without a break it went from 6.9% (2016) to 9.5% (2020).', 'Breaks in the series: 2016, 2021,
    2022. Complete count. More providers from 2021, another rule for the municipality from 2022: not comparable with the year
    before.']
    """
    use = sheet.use
    if use is None:
        return []
    series = sheet.monitor[(sheet.monitor["indicator"] == USE) & (sheet.monitor["region"] == sheet.place)]
    broken = series["comparable"].astype("str") == "False"
    shown = series[series["status"] == "shown"]
    spells = [part for _, part in shown.groupby(broken.cumsum())]
    longest = max(spells, key=len)
    told = [_last_change(sheet, use)] if pd.notna(use["change"]) else []
    if len(longest) > 2:
        first, last = longest.iloc[0], longest.iloc[-1]
        ends = {"before": sheet.share(first["value"]), "after": sheet.share(last["value"])}
        told.append(sheet.say("change.spell", first=first["period"], last=last["period"], **ends))
    if broken.any():
        breaks = sheet.say("change.breaks", years=", ".join(series.loc[broken, "period"]))
        told.append(f"{breaks} {use[f'reliability_{sheet.language}']}")
    return told


def _last_change(sheet: Sheet, use: dict[str, Any]) -> str:
    if str(use["comparable"]) == "False":
        return sheet.say("change.broken", previous=use["previous_period"], year=use["period"])
    side = _side(use)
    size = abs(use["change"]) if side != "same" else use["change"]
    low, high = use["change_lower"], use["change_upper"]
    low, high = (-high, -low) if side == "below" else (low, high)
    return sheet.say(
        f"change.{side}", previous=use["previous_period"], year=use["period"], change=sheet.share(size),
        low=sheet.share(low), high=sheet.share(high),
    )  # fmt: skip


def _side(row: dict[str, Any]) -> str:
    """Say whether a change is more than chance allows."""
    return "above" if row["change_lower"] > 0 else "below" if row["change_upper"] < 0 else "same"


def missing(sheet: Sheet) -> list[str]:
    """Say which figures are not on the sheet or are old, and why.

    Parameters
    ----------
    sheet : Sheet
        The figures of a place, and the words.

    Returns
    -------
    list of str
        Sentences.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> from bereik.report.places import read_monitor
    >>> monitor = read_monitor(project_folder() / "figures")
    >>> missing(Sheet(monitor, pd.DataFrame(), "Wassenaar", "en"))[0]
    'No longer published after that: By the neighbourhood team (2019). Empty is not zero.'
    """
    rows, shown = sheet.rows, sheet.shown
    absent = shown[(shown["region_kind"] == "municipality") & shown["value_jeugdregio"].isna()]
    absent = absent[absent["indicator"].isin(sheet.monitor.loc[sheet.monitor["region"] == sheet.region, "indicator"])]
    hidden = sheet.routes[sheet.routes["status"] != "shown"] if len(sheet.routes) else sheet.routes
    referrers = [label(f"referrer_{code}", sheet.language) for code in hidden.get("referrer", [])]
    why = _why_no_newer(sheet)
    parts = {
        "hidden": _names(sheet, rows[rows["status"] != "shown"]),
        "stopped": _names(sheet, shown[why == "stopped"], year=True),
        "referrers": ", ".join(referrers),
        "old": _names(sheet, shown[why == "old"], year=True),
        "region": _names(sheet, absent, year=True),
    }
    newest = shown["period"].str[:4].max()
    told = [sheet.say(f"missing.{key}", names=names, newest=newest) for key, names in parts.items() if names]
    for period in sorted({reason for reason in why if reason[:1].isdigit()}):
        names = _names(sheet, shown[why == period], year=True)
        told.append(sheet.say("missing.apart", names=names, later=_period_words(sheet, period)))
    return told + _never(sheet)


def _why_no_newer(sheet: Sheet) -> pd.Series:
    """Give for each figure a newer period that stands apart, or else stopped or old; empty where it is of the newest year."""
    shown, years = sheet.shown, sheet.shown["period"].str[:4]
    later = sheet.monitor[(sheet.monitor["region"] == sheet.place) & (sheet.monitor["status"] != "shown")]
    hidden_since = {
        (row["indicator"], row["form"]): row["period"]
        for row in later.sort_values("period", kind="stable").to_dict("records")
    }
    reasons = []
    for row, year in zip(shown.to_dict("records"), years, strict=True):
        stopped = hidden_since.get((row["indicator"], row["form"]), "") > row["period"]
        reason = "stopped" if stopped else "old" if year < years.max() else ""
        apart = later_in_files(sheet.monitor, sheet.place, row["indicator"], row["period"]) if reason else ""
        reasons.append(apart or reason)
    return pd.Series(reasons, index=shown.index, dtype="str")


def _period_words(sheet: Sheet, period: str) -> str:
    about = parse_period(period)
    half = about.kind == "half-year"
    return sheet.say(f"missing.half_{about.label[-1]}", year=about.year) if half else about.label


def _names(sheet: Sheet, rows: pd.DataFrame, *, year: bool = False) -> str:
    names = [
        str(row[f"name_{sheet.language}"]) + (f" ({row['period'][:4]})" if year else "")
        for row in rows.to_dict("records")
    ]
    return "; ".join(dict.fromkeys(names))  # an indicator once, whatever its forms


def _never(sheet: Sheet) -> list[str]:
    """Say what no public table has: origin by municipality, and use at equal severity."""
    about = monitor_indicators().set_index("indicator").loc["use_shortfall"]
    origin = sheet.monitor[
        (sheet.monitor["indicator"] == "forms_by_origin") & (sheet.monitor["region"] == sheet.region)
    ]
    told = [sheet.say("missing.severity", why=about[f"reliability_{sheet.language}"])]
    if sheet.place != sheet.region and len(origin):
        told.insert(0, sheet.say("missing.origin", year=origin["period"].max()))
    return told


def questions(sheet: Sheet) -> list[str]:
    """Ask what the figures raise: where the place differs from the region or the country by more than chance and rounding.

    Parameters
    ----------
    sheet : Sheet
        The figures of a place, and the words.

    Returns
    -------
    list of str
        Questions; when nothing differs clearly, the first one says so. The last one is about origin, on every sheet.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> from bereik.report.places import read_monitor
    >>> monitor = read_monitor(project_folder() / "figures")
    >>> questions(Sheet(monitor, pd.DataFrame(), "Delft", "en"))[0]
    'Use of youth care: 10.0%, less than in Haaglanden (11.4%). Is that because of what youths need, of what is on offer, or of
    how youth help reaches them?'
    """
    rows = {row["indicator"]: row for row in sheet.shown.to_dict("records")}
    differing = [
        _difference(sheet, "use", rows.get(USE)),
        _difference(sheet, "municipal_access", rows.get("municipal_access")),
        _difference(sheet, "nobody", _nobody(sheet)),
        _difference(sheet, "neighbourhood_team", rows.get("neighbourhood_team")),
    ]
    asked = [question for question in differing if question]
    if not asked:
        others = sheet.words["finding"]["and"].join(sheet.names[kind] for kind in sheet.kinds)
        asked = [sheet.say("ask.none", others=others)]
    use = sheet.use
    if use is not None and str(use["comparable"]) == "True" and _side(use) != "same":
        moved = signed_number(use["change"], str(use[f"unit_{sheet.language}"]), sheet.language)
        asked.append(sheet.say("ask.change", previous=use["previous_period"], change=moved))
    return [*asked, *_expected(sheet, rows.get("observed_expected")), *_about_forms(sheet), sheet.say("ask.origin")]


def _difference(sheet: Sheet, question: str, row: dict[Any, Any] | None) -> str:
    """Ask why a share differs from the region, or else from the country; nothing when neither is clear."""
    for kind in sheet.kinds:
        side = row[f"beside_{kind}"] if row else ""
        if row and side in ("above", "below"):
            return sheet.say(
                f"ask.{question}", side=sheet.words["side"][side], name=sheet.names[kind], value=sheet.share(row["value"]),
                other=sheet.share(row[f"value_{kind}"]), year=row["period"][:4],
            )  # fmt: skip
    return ""


def _expected(sheet: Sheet, row: dict[Any, Any] | None) -> list[str]:
    """Ask about use that is not as expected; its interval is too narrow, and the question says so."""
    side = "" if row is None else side_of_one(row["lower"], row["upper"])
    if row is None or side == "undecided":
        return []
    value, year = sheet.share(row["value"], 2), row["period"][:4]
    return [sheet.say("ask.observed_expected", side=sheet.words["side"][side], value=value, year=year)]


def _nobody(sheet: Sheet) -> dict[str, Any] | None:
    """Set the share without a referrer beside that of the country, as `place_rows` does."""
    if not len(sheet.routes):
        return None
    shares = sheet.routes[(sheet.routes["referrer"] == "none") & (sheet.routes["status"] == "shown")].set_index(
        "region"
    )
    if not {sheet.place, sheet.country} <= set(shares.index):
        return None
    here, there = sheet.place, sheet.country
    side = clear_side(shares.loc[here], shares.loc[there])
    value, other = shares.loc[here, "value"], shares.loc[there, "value"]
    year = shares.loc[here, "period"]
    return {"value": value, "period": year, "value_country": other, "beside_country": side, "beside_jeugdregio": ""}


def _about_forms(sheet: Sheet) -> list[str]:
    """Ask about forms whose percentages differ by more than rounding, and about forms by origin that differ clearly."""
    kind = sheet.kinds[0]
    uncertain = sheet.shown[
        sheet.shown["indicator"].isin(_FORMS) & sheet.shown[f"beside_{kind}"].isin(["above", "below"])
    ]
    asked = []
    if len(uncertain):
        listed = [
            f"{sheet.indicator(row)} {sheet.share(row['value'])}% ({sheet.share(row[f'value_{kind}'])}%)"
            for row in uncertain.to_dict("records")
        ]
        asked.append(sheet.say("ask.forms", name=sheet.names[kind], forms="; ".join(listed)))
    origin = sheet.shown[sheet.shown["indicator"] == "forms_by_origin"]
    clear = origin[(origin["lower"] > 1) | (origin["upper"] < 1)]
    if len(clear):
        forms = capital(", ".join(label(form, sheet.language) for form in clear["form"]))
        asked.append(sheet.say("ask.forms_by_origin", forms=forms, year=clear["period"].max()))
    return asked
