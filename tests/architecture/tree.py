"""The source tree as the architecture's tests read it: modules, what they import and where, floors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "src" / "truenorth"

# The number is the floor: a room imports only from lower floors, never sideways.
FLOORS = {
    "base": 1,
    "define": 2,
    "analyze": 2,
    "chart": 2,
    "demo": 2,
    "store": 3,
    "access": 4,
    "collect": 4,
    "query": 4,
    "export": 5,
    "learn": 5,
    "decide": 5,
    "discover": 5,
    "workspace": 7,
    "web": 8,
    "serve": 9,
    "cli": 10,
    "__main__": 11,
    "testing": 12,
}


@dataclass(frozen=True)
class Import:
    """One imported module; `late` when it stands inside a function, `typing` when only type checkers see it."""

    module: str
    line: int
    late: bool
    typing: bool = False


@dataclass(frozen=True)
class Module:
    """One source file."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else ""

    @property
    def place(self) -> str:
        return self.path.relative_to(PACKAGE).as_posix()

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def imports(self) -> Iterator[Import]:
        """Every import, wherever it stands: in functions and under TYPE_CHECKING too."""
        yield from _imports(self.tree, late=False, typing=False)


def _imports(node: ast.AST, late: bool, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, late, typing) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from _imported_from(child, late, typing)
        else:
            inside = late or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            only_typing = typing or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test))
            yield from _imports(child, inside, only_typing)


def _imported_from(node: ast.ImportFrom, late: bool, typing: bool) -> Iterator[Import]:
    module = node.module or ""
    for alias in node.names:
        whole = f"{module}.{alias.name}"
        yield Import(whole if whole in names() else module, node.lineno, late, typing)


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def names() -> frozenset[str]:
    """The dotted names of all modules."""
    return frozenset(_name(path) for path in PACKAGE.rglob("*.py"))


@cache
def modules() -> tuple[Module, ...]:
    """All modules, parsed."""
    return tuple(
        Module(_name(path), path, ast.parse(path.read_text("utf-8"), str(path)))
        for path in sorted(PACKAGE.rglob("*.py"))
    )
