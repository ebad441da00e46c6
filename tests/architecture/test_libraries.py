"""Each library has its place: engines in one file each, web frameworks on the upper floors, no undeclared guests."""

from __future__ import annotations

import re
import sys
import tomllib

import pytest

from tests.architecture.tree import ROOT, modules

PLACES = {
    "duckdb": ("store/duckdb.py",),
    "chdb": ("store/clickhouse.py",),
    "clickhouse_connect": ("store/clickhouse.py",),
    "sqlalchemy": ("store/state", "store/migrations/"),
    "alembic": ("store/state", "store/migrations/"),
    "argon2": ("access/",),
    "sqlglot": ("define/exact.py", "define/expression.py", "define/when.py", "query/apart.py", "query/statement.py"),
    "starlette": ("web/", "serve/"),
    "granian": ("web/", "serve/"),
    "httptools": ("serve/",),
    "uvloop": ("serve/",),
    "jinja2": ("web/",),
    "markupsafe": ("web/",),
    "google": ("collect/receive/",),
    "opentelemetry": ("collect/receive/",),
    "cramjam": ("collect/receive/",),
    "httpcore": ("collect/probe/http.py",),
    "dns": ("collect/probe/name.py",),
    "promql_parser": ("define/foreign/slo/promql.py",),
    "psycopg": ("collect/pull/postgres.py",),
    "pymysql": ("collect/pull/mysql.py",),
    "python_calamine": ("collect/excel.py",),
    "apscheduler": ("define/schedule.py", "serve/"),
    "typer": ("cli/",),
    "click": ("cli/",),
    "rich": ("cli/",),
    "pytest": ("testing/",),
    "resvg_py": ("export/", "chart/", "web/"),
}
NAMES = {
    "argon2-cffi": "argon2",
    "dnspython": "dns",
    "opentelemetry-proto": "opentelemetry",
    "protobuf": "google",
    "pyyaml": "yaml",
    "font-source-sans-pro": "font_source_sans_pro",
    "resvg-py": "resvg_py",
}
NOT_IMPORTED = {
    "tzdata": "zoneinfo reads it where the system has no zones",
    "font_source_sans_pro": "found by its files",
}
# What users may hand in or ask for, and what comes with a declared library; never needed to run.
GUESTS = {"pandas", "polars", "chdb", "markupsafe", "click", "pytest", "psycopg", "pymysql"}


def used_libraries() -> dict[str, list[str]]:
    """Each third-party library, with the places that import it."""
    found: dict[str, list[str]] = {}
    for module in modules():
        for used in module.imports():
            library = used.module.split(".")[0]
            if library and library != "truenorth" and library not in sys.stdlib_module_names:
                found.setdefault(library, []).append(f"{module.place}:{used.line}")
    return found


def declared() -> set[str]:
    """The import names of the dependencies in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    plain = [re.split(r"[\[<>=!~ ;]", text)[0].lower().replace("_", "-") for text in project["dependencies"]]
    return {NAMES.get(name, name.replace("-", "_")) for name in plain}


@pytest.mark.parametrize("library", sorted(PLACES))
def test_a_library_is_used_only_in_its_place(library: str) -> None:
    places = used_libraries().get(library, [])
    assert [place for place in places if not place.startswith(PLACES[library])] == []


def test_every_library_used_is_declared() -> None:
    assert used_libraries().keys() - declared() - GUESTS == set()


def test_every_library_declared_is_used() -> None:
    assert declared() - used_libraries().keys() - NOT_IMPORTED.keys() == set()


def test_arrow_is_never_loaded_with_a_module() -> None:
    wrong = [
        f"{module.place}:{used.line}"
        for module in modules()
        for used in module.imports()
        if not (used.late or used.typing)
        and used.module.split(".")[0] in {"pyarrow", "pandas", "polars", "resvg_py"}
        and not used.typing
        and used.module.split(".")[0] in {"pyarrow", "pandas", "polars", "resvg_py"}
    ]
    assert wrong == []
