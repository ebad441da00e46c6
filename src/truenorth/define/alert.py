"""When an objective calls for somebody: the rows of the Site Reliability Workbook (Google, 2018, chapter 5, table 5-8,
and its row for one day), each as the share of the budget that is gone when it speaks up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of the table: whom it calls, and which share of the budget is gone after `long` when it speaks up."""

    severity: str
    share: float
    long: timedelta
    short: timedelta

    def factor(self, period: timedelta) -> float:
        """How many times as fast as evenly the budget of a period burns then.

        >>> [round(one.factor(timedelta(days=30)), 2) for one in ALERTS]
        [14.4, 6.0, 3.0, 1.0]
        """
        return self.share * (period / self.long)


ALERTS = (
    Alert("page", 0.02, HOUR, HOUR / 12),
    Alert("page", 0.05, 6 * HOUR, HOUR / 2),
    Alert("ticket", 0.10, DAY, 2 * HOUR),
    Alert("ticket", 0.10, 3 * DAY, 6 * HOUR),
)
