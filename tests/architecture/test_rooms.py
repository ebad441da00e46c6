"""A room imports only from lower floors; nothing imports in circles; rooms on disk are the rooms we know."""

from __future__ import annotations

import sys
import tomllib

from tests.architecture.tree import FLOORS, PACKAGE, ROOT, Import, Module, modules

# The command line and the front door load rooms late, so that a question does not pay for the web server; the package
# its front door; any room its own driver.
LATE_ROOMS = {
    "": {"workspace"},
    "cli": {"access", "collect", "decide", "demo", "export", "learn", "serve", "store", "web", "workspace"},
    "workspace": {"analyze", "collect", "decide", "define", "export", "learn", "query", "store"},
}
HEAVY = {
    "dns",
    "alembic",
    "argon2",
    "apscheduler",
    "babel",
    "chdb",
    "duckdb",
    "granian",
    "jinja2",
    "msgspec",
    "numpy",
    "pandas",
    "polars",
    "promql_parser",
    "psycopg",
    "pyarrow",
    "pymysql",
    "python_calamine",
    "resvg_py",
    "rich",
    "sqlalchemy",
    "sqlglot",
    "starlette",
    "xlsxwriter",
    "yaml",
}


def rooms_of(module: Module) -> list[tuple[str, Import]]:
    """The rooms that a module imports from, other than its own."""
    found = []
    for used in module.imports():
        parts = used.module.split(".")
        if parts[0] == "truenorth" and len(parts) > 1 and parts[1] != module.room:
            found.append((parts[1], used))
    return found


def test_rooms_on_disk_are_rooms_we_know() -> None:
    on_disk = {
        path.stem
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" and path.name != "__init__.py") or (path / "__init__.py").exists()
    }
    assert on_disk - FLOORS.keys() == set()


def test_every_folder_with_code_is_a_package() -> None:
    bare = {path.parent for path in PACKAGE.rglob("*.py") if not (path.parent / "__init__.py").exists()}
    assert bare == set()


def test_a_room_imports_only_from_lower_floors() -> None:
    wrong = [
        f"{module.place}:{used.line} imports {used.module}"
        for module in modules()
        if module.room
        for room, used in rooms_of(module)
        if FLOORS[room] >= FLOORS[module.room]
    ]
    assert wrong == []


def test_the_package_itself_imports_at_most_its_front_door() -> None:
    front = next(module for module in modules() if module.name == "truenorth")
    assert {used.module for used in front.imports() if used.module.startswith("truenorth.")} <= {"truenorth.workspace"}


def test_the_linter_knows_the_same_floors() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]
    layers = [{room.strip(" ()") for room in layer.split("|")} for layer in contract["layers"]]
    floors = sorted({floor for room, floor in FLOORS.items() if room != "__main__"}, reverse=True)
    assert layers == [{room for room, floor in FLOORS.items() if floor == wanted} for wanted in floors]
    assert contract["exhaustive"]


def test_no_circles_between_modules() -> None:
    graph = {module.name: {used.module for used in module.imports()} for module in modules()}
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, "a circle: " + " -> ".join((*trail[trail.index(name) :], name))
        if name in done:
            return
        for used in sorted(graph[name] & graph.keys()):
            if used != name:
                walk(used, (*trail, name))
        done.add(name)

    for name in sorted(graph):
        walk(name, ())


def test_imports_are_absolute() -> None:
    assert [f"{module.place}:{used.line}" for module in modules() for used in module.imports() if not used.module] == []


def test_only_heavy_libraries_are_imported_late() -> None:
    wrong = []
    for module in modules():
        for used in module.imports():
            parts = used.module.split(".")
            allowed = LATE_ROOMS.get(module.room, set()) | {module.room}
            late_room = parts[0] == "truenorth" and len(parts) > 1 and parts[1] in allowed
            if used.late and parts[0] not in HEAVY | sys.stdlib_module_names and not late_room:
                wrong.append(f"{module.place}:{used.line} imports {used.module} inside a function")
    assert wrong == []


def test_testing_is_imported_by_nobody_inside() -> None:
    assert [
        module.place
        for module in modules()
        for room, _ in rooms_of(module)
        if room == "testing" and module.room != "testing"
    ] == []
