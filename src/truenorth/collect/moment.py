"""Dates and times written as text: which of three orders a date has, and the type that holds them."""

from __future__ import annotations

import calendar
import re

from truenorth.base.errors import SourceError
from truenorth.collect.kind import MONTH, MONTHS, ROWS, Profile, fits

_PARTS = r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{2,4})"
_YEAR_FIRST = r"^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})"
_ORDERS = {"dmy": r"\3-\2-\1", "mdy": r"\3-\1-\2"}
_SHORT_ORDERS = {"dmy": (3, r"\3-\2-\1"), "mdy": (3, r"\3-\1-\2"), "ymd": (1, r"\1-\2-\3")}
_DAY_FIRST = rf"^([0-9]{{1,2}})\.?[ /-]({MONTH})[ /-]([0-9]{{2,4}})(.*)$"
_MONTH_FIRST = rf"^({MONTH}) ([0-9]{{1,2}}),? ([0-9]{{4}})(.*)$"
_SPELLED = (_DAY_FIRST, _MONTH_FIRST)
_DAY = "regexp_extract({}, '^[0-9]+[-/.][0-9]+[-/.][0-9]+')"  # a date without the time that follows
_HALVES = ("%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S%p", "%Y-%m-%d %I:%M%p")


def order_of(profile: Profile, dates: str) -> tuple[str, str]:
    """(dmy, mdy or ymd, what to say about it) of a column whose dates do not say it by themselves.

    SourceError E_AMBIGUOUS_DATE when neither the option nor the values decide.
    """
    if profile.count("short"):
        if dates:
            return dates, ""
        if fitting := _only_order(profile):
            return fitting
        raise _ambiguous(profile, *profile.firsts["short"])
    if not profile.count("three"):
        return dates, ""
    if dates in _ORDERS:
        return dates, ""
    day_first, month_first = _proofs(profile)
    if bool(day_first) == bool(month_first):
        raise _ambiguous(profile, *profile.firsts["three"], both=bool(day_first))
    order, proofs = ("dmy", day_first) if day_first else ("mdy", month_first)
    what = "day first" if day_first else "month first"
    return order, f"{what} ({order}), as {proofs} of its values can only be read so"


def _only_order(profile: Profile) -> tuple[str, str] | None:
    """The order by which alone all dates with short years are dates, with what to say; None where several do."""
    fitting = []
    for order in _SHORT_ORDERS:
        read = f"try_cast({_short(_DAY.format(profile.text), order)} AS DATE)"
        sql = f"SELECT count(*) FILTER (WHERE {read} IS NULL) FROM {ROWS} WHERE {fits(profile.text, 'short')}"
        fitting += [order] if int(str(profile.ask(sql)[0])) == 0 else []
    if len(fitting) != 1:
        return None
    return fitting[0], f"read as {fitting[0]}, as only so all {profile.count('short')} of its values are dates"


def _proofs(profile: Profile) -> tuple[int, int]:
    parts = [f"try_cast(regexp_extract({profile.text}, '{_PARTS}', {n}) AS INTEGER)" for n in (1, 2)]
    first, second = (
        f"count(*) FILTER (WHERE {this} BETWEEN 13 AND 31 AND {other} <= 12)" for this, other in (parts, parts[::-1])
    )
    sql = f"SELECT {first}, {second} FROM {ROWS} WHERE {fits(profile.text, 'three')}"
    day_first, month_first = profile.ask(sql)
    return int(str(day_first)), int(str(month_first))


def _ambiguous(profile: Profile, record: int, value: str, both: bool = False) -> SourceError:
    parts = [int(part) for part in re.findall(r"[0-9]+", value)[:3]]
    readings = [
        f"--dates {order} reads {said}"
        for order, places in (("dmy", (2, 1, 0)), ("mdy", (2, 0, 1)), ("ymd", (0, 1, 2)))
        if (said := _said(*(parts[place] for place in places))) and (order != "ymd" or len(str(parts[2])) <= 2)
    ]
    reason = "and its dates contradict each other" if both else "which can be read in more than one way"
    message = f'column "{profile.name}" holds "{value}" (row {record}), {reason}'
    as_text = f"--type {profile.name}=text"
    return SourceError(
        "E_AMBIGUOUS_DATE", message, hint=f"say which: {', '.join(readings)} ({as_text} keeps it as text)"
    )


def _said(year: int, month: int, day: int) -> str:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return ""
    century = 0 if year >= 100 else 1900 if year >= 70 else 2000
    return f"{day} {calendar.month_name[month]} {year + century}"


def moment_type(profile: Profile) -> str:
    """date, timestamp or timestamptz: the one that keeps everything that is written."""
    if profile.count("isozone"):
        return "timestamptz"
    timed = profile.count("isotime")
    if not timed and profile.count("ymd", "three", "short", "named"):
        condition = f"{fits(profile.text, 'ymd', 'three', 'short', 'named')} AND contains({profile.text}, ':')"
        [timed] = (int(str(value)) for value in profile.ask(f"SELECT count(*) FROM {ROWS} WHERE {condition}"))
    return "timestamp" if timed else "date"


def moment_sql(profile: Profile, order: str, word: str) -> str:
    """The SQL that reads the column as dates or times; NULL where a text is none, or more than the type holds."""
    text = profile.text
    cases: dict[tuple[str, ...], str] = {}
    if profile.count("isozone"):
        instant = f"try_cast(regexp_replace({text}, ' ([+-][0-9:]+)$', '\\1') AS TIMESTAMPTZ)"
        cases["isozone",] = f"{instant} AT TIME ZONE 'UTC'"
    if profile.count("iso", "isotime"):
        cases["iso", "isotime"] = f"try_cast({text} AS TIMESTAMP)"
    if profile.count("ymd"):
        cases["ymd",] = _timed(_reordered(text, _YEAR_FIRST, _BACK))
    if profile.count("three") and order in _ORDERS:
        cases["three",] = _timed(_reordered(text, _PARTS, _ORDERS[order]))
    if profile.count("short") and order:
        cases["short",] = _timed(_short(text, order))
    if profile.count("named"):
        cases["named",] = _timed(_spelled(text))
    if not cases:
        return f"try_cast(NULL AS {_SQL[word]})"
    return _as_word(profile, _chosen(profile, cases), word)


def _chosen(profile: Profile, cases: dict[tuple[str, ...], str]) -> str:
    [(kinds, value), *others] = cases.items()
    if not others and profile.only(*kinds):
        return value
    chosen = " ".join(f"WHEN {fits(profile.text, *kinds)} THEN {value}" for kinds, value in cases.items())
    return f"CASE {chosen} END"


def _as_word(profile: Profile, value: str, word: str) -> str:
    if word == "timestamp":
        return value
    if word == "timestamptz":
        return f"({value}) AT TIME ZONE 'UTC'"
    if profile.only("iso"):
        return f"try_cast({profile.text} AS DATE)"
    # A date that carries a time would lose it.
    return f"CASE WHEN NOT contains({profile.text}, ':') THEN try_cast({value} AS DATE) END"


_BACK = r"\1-\2-\3"
_SQL = {"date": "DATE", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMPTZ"}


def _reordered(text: str, pattern: str, replacement: str) -> str:
    return f"regexp_replace({text}, '{pattern}', '{replacement}')"


def _short(text: str, order: str) -> str:
    place, replacement = _SHORT_ORDERS[order]
    pattern = r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})"
    year = f"lpad(regexp_extract({text}, '{pattern}', {place}), 2, '0')"
    century = f"CASE WHEN {year} >= '70' THEN '19' ELSE '20' END"
    return f"regexp_replace({text}, '{pattern}', {century} || '{replacement}')"


def _spelled(text: str) -> str:
    """Dates with the month's name, with the time that may follow."""

    def part(first: int, second: int) -> str:
        here, there = (
            f"regexp_extract({text}, '{one}', {n})" for one, n in zip(_SPELLED, (first, second), strict=True)
        )
        return f"coalesce(nullif({here}, ''), {there})"

    year, month, day = part(3, 3), part(2, 1), part(1, 2)
    century = f"CASE WHEN length({year}) > 2 THEN '' WHEN {year} >= '70' THEN '19' ELSE '20' END"
    cases = " ".join(f"WHEN regexp_matches({month}, '^(?i:{one})') THEN '{n:02}'" for n, one in enumerate(MONTHS, 1))
    date = f"{century} || {year} || '-' || CASE {cases} END || '-' || lpad({day}, 2, '0')"
    return f"rtrim({date} || ' ' || ltrim({part(4, 4)}, ', T'))"


def _timed(written: str) -> str:
    plain = f"replace(replace({written}, ', ', ' '), 'T', ' ')"
    halves = ", ".join(f"'{one}'" for one in _HALVES)
    return (
        f"CASE WHEN regexp_matches({plain}, '[AaPp][Mm]$') THEN try_strptime({plain}, [{halves}]) "
        f"ELSE try_cast({plain} AS TIMESTAMP) END"
    )
