"""Small files, short functions, few arguments: the hard stops."""

from __future__ import annotations

import ast

from tests.architecture.tree import modules

FILE_LINES = 500
FUNCTION_LINES = 60
ARGUMENTS = 6


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a decorator makes it a command: there every argument is a flag of the command line."""
    return any(
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in {"command", "callback"}
        for decorator in function.decorator_list
    )


def test_files_are_small() -> None:
    lengths = {module.place: len(module.path.read_text("utf-8").splitlines()) for module in modules()}
    assert {place: lines for place, lines in lengths.items() if lines > FILE_LINES} == {}


def test_functions_are_short() -> None:
    long = {
        f"{module.place}:{function.lineno} {function.name}": (function.end_lineno or 0) - function.lineno + 1
        for module in modules()
        for function in module.functions()
    }
    assert {name: lines for name, lines in long.items() if lines > FUNCTION_LINES} == {}


def test_functions_take_few_arguments() -> None:
    many = {}
    for module in modules():
        for function in module.functions():
            arguments = function.args
            names = [argument.arg for argument in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
            count = len([name for name in names if name not in {"self", "cls"}])
            if count > ARGUMENTS and not (module.room == "cli" and is_command(function)):
                many[f"{module.place}:{function.lineno} {function.name}"] = count
    assert many == {}
