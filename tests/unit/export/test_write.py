"""The door to the formats."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.unit.export.answers import MONTHLY
from truenorth.base.errors import QueryError
from truenorth.export.write import BINARY, WRITERS, written


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_every_format_writes(form: str) -> None:
    result = written(MONTHLY, form)
    assert isinstance(result, bytes) == (form in BINARY)
    assert len(result) > 50


def test_an_unknown_format_names_the_near_one() -> None:
    with pytest.raises(QueryError) as caught:
        written(MONTHLY, "jsn")
    assert caught.value.code == "E_UNKNOWN_FORMAT"
    assert caught.value.hint == 'did you mean "json"?'


def test_the_table_loads_no_other_format() -> None:
    code = (
        "import sys; import tests.unit.export.answers as a; from truenorth.export.write import written;"
        "written(a.MONTHLY, 'table');"
        "print([name for name in ('pyarrow', 'truenorth.chart', 'resvg_py', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
