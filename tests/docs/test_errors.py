"""Every error code has its section with an example, the examples are run and say what is shown, and a test meets each.

TRUENORTH_UPDATE_ERRORS=1 writes what the examples say into the page.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

import truenorth
from tests.docs.test_tutorial import FENCE, Block, matches, turns
from truenorth import workspace
from truenorth.base.errors import DefinitionErrors, TrueNorthError
from truenorth.base.policy import Policy
from truenorth.cli.main import main

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "errors.md"
SOURCE = ROOT / "src" / "truenorth"
CODE = re.compile(r"\bE_[A-Z][A-Z_]+\b")
UPDATE = os.environ.get("TRUENORTH_UPDATE_ERRORS") == "1"
# What a test of the page cannot bring about; their examples are shown in a block of text.
ONLY_SHOWN = {
    "E_BAD_ADDRESS": "a page in a browser",
    "E_BAD_FILTER": "a page in a browser",
    "E_BAD_FORM": "a page in a browser",
    "E_BAD_HOST": "a page in a browser",
    "E_BAD_PASSWORD": "what somebody writes",
    "E_BAD_SHARE": "a page in a browser",
    "E_BINARY_TO_TERMINAL": "a terminal",
    "E_BODY_TOO_LARGE": "what an app sends",
    "E_BODY_TOO_SLOW": "what a client sends",
    "E_BODY_UNREADABLE": "what an app sends",
    "E_ENGINE_MISSING": "a package that is not there",
    "E_ENGINE_NO_FILES": "a second engine",
    "E_ENGINE_NO_TRANSACTIONS": "a second engine",
    "E_EVENT_NO_ID": "what an app sends",
    "E_EVENT_NO_NAME": "what an app sends",
    "E_EVENT_UNREADABLE": "what an app sends",
    "E_FOREIGN_FORM": "a page in a browser",
    "E_HISTOGRAM_NATIVE": "a sender of metrics",
    "E_METHOD_NOT_ALLOWED": "a page in a browser",
    "E_NOTHING_TO_DRAW": "a question without metrics, which only Python asks",
    "E_NOT_COLLECTED": "what a client sends",
    "E_NOT_DECODED": "a fault of the product",
    "E_NOT_LINKED": "events of people",
    "E_NOT_LOADED": "a fault of the product",
    "E_NO_PRIMARY_KEY": "a database",
    "E_NO_SUCH_SHEET": "an Excel file",
    "E_PACKAGE_MISSING": "a package that is not there",
    "E_PERIOD_CLOSED": "what was closed before",
    "E_POINT_TIME": "a sender of metrics",
    "E_TOO_SLOW": "a question that takes long",
    "E_POINT_UNREADABLE": "a sender of metrics",
    "E_PULL_RUNNING": "a second process",
    "E_READ_ONLY": "a second process",
    "E_REJECTS_NOT_KEPT": "a full disk",
    "E_ROWS_DIFFER": "a fault of the product",
    "E_SAMPLE_DIFFERS": "a sender of metrics",
    "E_SECRETS_READABLE": "a file that others may read",
    "E_SERIES_LIMIT": "a sender of metrics",
    "E_SERIES_UNREADABLE": "a sender of metrics",
    "E_SET_UP_ALREADY": "a page in a browser",
    "E_SET_UP_FIRST": "a page in a browser",
    "E_SIGN_IN": "a page in a browser",
    "E_SOURCE_FAILED": "a database",
    "E_SOURCE_UNREACHABLE": "a database",
    "E_SPOOL_BROKEN": "a broken disk",
    "E_SPOOL_BUSY": "what clients send",
    "E_SPOOL_FULL": "a full disk",
    "E_SPOOL_TAKEN": "a second process",
    "E_STATE_NEWER": "a newer version",
    "E_TABLE_TAKEN": "what is collected",
    "E_TOO_MANY_ATTEMPTS": "a page in a browser",
    "E_TOO_MANY_ENTITIES": "a large dataset",
    "E_TOO_MANY_REQUESTS": "what clients send",
    "E_TOO_MANY_ROWS": "a million rows",
    "E_UNEXPECTED": "a fault of the product",
    "E_UNKNOWN_CHECK": "what a client sends",
    "E_UNKNOWN_DIALECT": "a newer version",
    "E_UNKNOWN_REVISION": "a repository of git",
    "E_WAREHOUSE_LOCKED": "a second process",
    "E_WRONG_KEY": "what a client sends",
    "E_WRONG_PASSWORD": "a page in a browser",
}


@cache
def page() -> tuple[str, dict[str, str]]:
    """What stands above the first section, and the text of each section."""
    head, *parts = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.M)
    return head, dict(zip(parts[::2], parts[1::2], strict=True))


def blocks(text: str) -> list[Block]:
    return [Block(*found) for found in FENCE.findall(text)]


def codes() -> set[str]:
    """All error codes that stand in the source, alone or at the beginning of a message."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"^(E_[A-Z][A-Z_]+)(?:$|: )", node.value))
    return found


def write(text: str, folder: Path) -> None:
    """The files that a part of the page shows; YAML without a name is one more file of definitions."""
    for block in blocks(text):
        name = block.file or ("metrics/example.yml" if block.language == "yaml" else "")
        if name:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")


def said_by(language: str, command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command of the terminal or a line of Python says in this folder."""
    if language == "pycon":
        with pytest.raises(TrueNorthError) as raised, workspace.open(".") as opened:
            eval(command, {"workspace": opened, "truenorth": truenorth, "Policy": Policy})
        several = isinstance(raised.value, DefinitionErrors)
        return f"{raised.value.code}: {raised.value.message}\n{raised.value}\n" if several else f"{raised.value}\n"
    program, *words = shlex.split(command)
    assert program == "truenorth", "examples of errors run truenorth"
    with suppress(SystemExit):
        assert main(words) in (1, 2), f"{command} goes well"
    said = capsys.readouterr()
    return (said.out + said.err).replace(str(Path.cwd()), "…")


def commands(block: Block) -> list[tuple[str, str]]:
    return turns(re.sub(r"^>>> ", "$ ", block.text, flags=re.M))


@pytest.mark.parametrize("code", sorted(page()[1]))
def test_an_example_says_what_is_shown(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    head, sections = page()
    examples = [block for block in blocks(sections[code]) if block.language in ("console", "pycon", "text")]
    assert examples, (
        f"{code} has no example: a block of `console` with a command; TRUENORTH_UPDATE_ERRORS=1 adds what it says"
    )
    assert code in ONLY_SHOWN or any(block.language != "text" for block in examples), (
        f"the example of {code} is not run"
    )
    write(head, tmp_path)
    write(sections[code], tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("TRUENORTH_DEBUG", raising=False)
    for block in examples:
        if block.language == "text":
            continue
        told = [(command, shown, said_by(block.language, command, capsys)) for command, shown in commands(block)]
        if UPDATE:
            renew(code, block, [(command, said) for command, _, said in told])
            continue
        for command, shown, said in told:
            assert shown.strip() and matches(shown, said), f"{command} should print\n{shown}\nand prints\n{said}"
    assert UPDATE or any(code in block.text for block in examples), f"no example of {code} shows the code"


def renew(code: str, block: Block, told: list[tuple[str, str]]) -> None:
    """The page with what the commands of a block say today."""
    prompt = ">>> " if block.language == "pycon" else "$ "
    text = "".join(f"{prompt}{command}\n{said}" for command, said in told)
    before, heading, rest = PAGE.read_text("utf-8").partition(f"\n## {code}\n")
    PAGE.write_text(before + heading + rest.replace(f"\n{block.text}```", f"\n{text}```", 1), "utf-8")


def test_every_code_has_its_section_and_no_section_is_left_over() -> None:
    assert set(page()[1]) == codes()


def test_sections_stand_in_the_order_of_their_names() -> None:
    assert list(page()[1]) == sorted(page()[1])


def test_every_section_says_what_it_means_and_what_to_do() -> None:
    plain = {code: FENCE.sub("", body) for code, body in page()[1].items()}
    assert [code for code, body in plain.items() if len(body.split()) < 8] == []


def test_what_is_only_shown_is_a_code() -> None:
    assert set(ONLY_SHOWN) <= codes()


def test_every_code_is_met_by_a_test() -> None:
    files = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    met = {code for path in files for code in CODE.findall(path.read_text("utf-8"))}
    assert codes() - met == set()
