"""The days of the story: local midnights as UTC seconds, weekly and yearly seasons, growth, and windows of trouble."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from truenorth.demo import story
from truenorth.demo.columns import dates, numbers, texts, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEEK_OF_VISITS = (1.10, 1.14, 1.11, 1.06, 0.96, 0.78, 0.85)
WEEK_OF_WORK = (1.10, 1.16, 1.14, 1.08, 0.92, 0.34, 0.30)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SERIOUS = ("sev1", "sev2")
HOLIDAYS = {
    (1, 1): "New Year",
    (5, 1): "Labour Day",
    (10, 3): "German Unity Day",
    (12, 25): "Christmas Day",
    (12, 26): "Boxing Day",
}


@dataclass(frozen=True, slots=True)
class Days:
    """One value per local day: `number` since 1970, `start` and `length` in seconds, and two rhythms."""

    number: NDArray[Any]
    start: NDArray[Any]
    length: NDArray[Any]
    weekday: NDArray[Any]
    month: NDArray[Any]
    visits: NDArray[Any]
    work: NDArray[Any]

    def __len__(self) -> int:
        return len(self.number)

    def moment(self, day: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
        """The UTC second of a local second of the day; a day of 23 or 25 hours is squeezed or stretched."""
        moments: NDArray[Any] = self.start[day] + (second * (self.length[day] / 86_400)).astype("int64")
        return moments

    def index(self, day: date) -> int:
        """The position of a date among the days."""
        return int((day - story.FIRST_DAY).days)

    @property
    def end(self) -> int:
        """The UTC second at which the story stops."""
        return int(self.start[-1] + self.length[-1])


def story_days() -> Days:
    """All days from the first to the last."""
    import numpy as np

    dates = [story.FIRST_DAY + timedelta(n) for n in range((story.LAST_DAY - story.FIRST_DAY).days + 1)]
    midnights = np.array([_midnight(day) for day in [*dates, story.LAST_DAY + timedelta(1)]], dtype="int64")
    weekday = np.array([day.weekday() for day in dates])
    age = np.arange(len(dates)) / 30.44
    season = np.array([_season(day) for day in dates])
    growth = (1 + story.MONTHLY_GROWTH) ** age
    return Days(
        number=np.array([(day - date(1970, 1, 1)).days for day in dates], dtype="int32"),
        start=midnights[:-1],
        length=np.diff(midnights),
        weekday=weekday,
        month=np.array([(day.year - 2025) * 12 + day.month - 1 for day in dates]),
        visits=np.array(WEEK_OF_VISITS)[weekday] * season * growth,
        work=np.array(WEEK_OF_WORK)[weekday] * (0.35 + 0.65 * season),
    )


def month_starts() -> list[date]:
    """The first day of every month of the story."""
    months = (story.LAST_DAY.year - 2025) * 12 + story.LAST_DAY.month
    return [date(2025 + n // 12, n % 12 + 1, 1) for n in range(months)]


def second_of(moment: datetime) -> int:
    """A UTC moment as seconds since 1970."""
    return int(moment.replace(tzinfo=UTC).timestamp())


def factor_at(moments: NDArray[Any], name: str, incidents: Iterable[story.Incident], rest: float = 1.0) -> NDArray[Any]:
    """One value per moment: an incident's attribute of that name while it lasts, else `rest`."""
    import numpy as np

    factor = np.full(len(moments), rest)
    for incident in incidents:
        inside = (moments >= second_of(incident.started)) & (moments < second_of(incident.resolved))
        factor[inside] = getattr(incident, name)
    return factor


def between(days: Days, first: date, last: date) -> NDArray[Any]:
    """True on the days from first to last, both included."""
    import numpy as np

    number = np.arange(len(days))
    return (number >= days.index(first)) & (number <= days.index(last))


def calendar_columns(days: Days) -> dict[str, Any]:
    """The table `calendar_days`: every day, its weekday and holiday, and whether something serious was broken."""
    import numpy as np

    serious = [incident for incident in story.INCIDENTS if incident.severity in SERIOUS]
    starts = np.array([second_of(incident.started) for incident in serious])
    ends = np.array([second_of(incident.resolved) for incident in serious])
    broken = ((days.start[:, None] < ends) & ((days.start + days.length)[:, None] > starts)).any(axis=1)
    plain = [story.FIRST_DAY + timedelta(n) for n in range(len(days))]
    return {
        "day": dates(days.number),
        "weekday": words(days.weekday, WEEKDAYS),
        "is_weekend": numbers(days.weekday >= 5),
        "holiday": texts([HOLIDAYS.get((day.month, day.day)) for day in plain]),
        "incident_day": words(broken, ("ordinary day", "incident day")),
    }


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(story.TIMEZONE)).timestamp())


def _season(day: date) -> float:
    """How busy a day of the year is: strong in autumn, calm in summer, quiet at Christmas."""
    if (day.month, day.day) >= (12, 22) or (day.month, day.day) <= (1, 4):
        return 0.62
    if story.BLACK_FRIDAY_FIRST_DAY <= day <= story.BLACK_FRIDAY_LAST_DAY:
        return 1.32
    if (7, 20) <= (day.month, day.day) <= (8, 25):
        return 0.86
    if (day.month, day.day) in HOLIDAYS:
        return 0.70
    return 1.04 if day.month in (1, 9, 10, 11) else 1.0
