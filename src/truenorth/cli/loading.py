"""What `truenorth serve` does beside the pages: bring what was collected into the tables."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from truenorth import workspace
from truenorth.collect.hindrance import tell
from truenorth.serve.loading import Loading

# So long is the warehouse held open for the next load, unless another process asks for it.
LINGERS = 60.0


@contextmanager
def loading(place: Path) -> Iterator[Loading | None]:
    """Load what is collected for as long as the block lasts; None where the warehouse takes no load as a whole."""
    with workspace.open(place, read_only=False) as fed:
        engine = fed.data.engine
        if not engine.abilities.transactions or fed.model.workspace.warehouse.endswith(":memory:"):
            yield None
            return
        thread = Loading(fed.data.loader(LINGERS), told=partial(tell, place))
        # Rows under way are many small objects that hold each other in no circle: looking for some takes a sixth of
        # the time of decoding them.
        gc.set_threshold(50_000, 20, 50)
        thread.start()
        try:
            yield thread
        finally:
            thread.stop()
            tell(place, "")
