"""Work on several things beside each other, on as many threads as there are processors."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from truenorth.base.deadline import check

One = TypeVar("One")
Made = TypeVar("Made")


def beside(work: Callable[[One], Made], items: Iterable[One]) -> Iterator[Made]:
    """What `work` makes of each item, in the order of these; for work that leaves Python alone, as NumPy's does.

    Raises what `work` raises, and E_TOO_SLOW once the time of a question is over.

    >>> list(beside(abs, [-1, 2, -3]))
    [1, 2, 3]
    """
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(processors) as pool:
        for item in items:
            check()
            waiting.append(pool.submit(copy_context().run, work, item))
            if len(waiting) > processors:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
