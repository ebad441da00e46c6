"""Errors: one shape, the right exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.small import METRICS, make, run
from truenorth import workspace
from truenorth.cli import say

Captured = pytest.CaptureFixture[str]


def wrong(capsys: Captured, *words: str, code: int = 2) -> str:
    """What a wrong command says to standard error; nothing goes to standard output."""
    assert run(*words) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["query", "revenu"], "E_NAME_NOT_FOUND", 'did you mean "revenue"?'),
        (["query", "revenue", "--by", "plann"], "E_NAME_NOT_FOUND", "plan"),
        (["query", "revenue", "--grain", "weak"], "E_UNKNOWN_GRAIN", 'did you mean "week"?'),
        (["query", "revenue", "--range", "12x"], "E_BAD_RANGE", "12m"),
        (["query", "revenue", "--format", "jsn"], "E_UNKNOWN_FORMAT", 'did you mean "json"?'),
        (["query", "revenue", "--output", "a.foo"], "E_UNKNOWN_FORMAT", ".csv"),
        (["query", "revenue", "--output", "no/such/a.csv"], "E_FILE_NOT_WRITTEN", "--output"),
        (["query", "revenue", "-w", "nowhere"], "E_WORKSPACE_NOT_FOUND", "truenorth.yml"),
        (["query", "revenue", "--limit", "0"], "E_USAGE", "truenorth query --help"),
        (["query"], "E_NO_METRIC", "name fields to see the values they have"),
        (["query", "revenue", "--frm"], "E_USAGE", "truenorth query --help"),
        (["qery"], "E_USAGE", "query"),
        (["check", "--format", "xml"], "E_UNKNOWN_FORMAT", "json"),
        (["serve", "--host", "metrics..example"], "E_NO_SUCH_ADDRESS", "127.0.0.1"),
        (["serve", "--port", "99999"], "E_NO_FREE_PORT", "1024"),
        (["add", "chrn_rate", "--show"], "E_UNKNOWN_TEMPLATE", "churn_rate"),
        (["add", "churn_rate", "--slot", "nonsense"], "E_BAD_SLOT", "--slot"),
        (["templates", "daw"], "E_UNKNOWN_TEMPLATE", ""),
        (["schema", "metric"], "E_UNKNOWN_SCHEMA", "file, workspace"),
        (["demo", "x", "--example", "acmee"], "E_EXAMPLE_NOT_FOUND", "acme"),
        (["import", "t", "gone.csv"], "E_FILE_NOT_FOUND", ""),
        (["import", "t", "orders.csv", "--type", "zip"], "E_BAD_OPTION", "zip=text"),
    ],
)
def test_a_wrong_question_says_what_and_what_to_do(
    small: Path, capsys: Captured, words: list[str], code: str, hint: str
) -> None:
    said = wrong(capsys, *words)
    assert said.startswith(f"error {code}: ")
    assert hint in said


def test_there_is_no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.chdir(tmp_path)
    said = wrong(capsys, "query", "revenue")
    assert said.splitlines()[0] == "error E_WORKSPACE_NOT_FOUND: no truenorth.yml here or in any folder above"
    assert "truenorth init" in said


def test_all_mistakes_of_the_definitions_are_told_with_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    bad = (
        METRICS.replace("agg: sum", "agg: summ")
        .replace("direction: up", "direktion: up")
        .replace("agg: count}", "agg: cuont}")
    )
    monkeypatch.chdir(make(tmp_path / "bad", bad))
    said = wrong(capsys, "query", "revenue")
    assert said.count("error E_") == 3
    assert said.count("  at metrics/orders.yml:") == 3


def test_check_tells_what_the_data_does_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    bad = METRICS.replace("expr: amount", "expr: amont").replace("[order_id]", "[order]")
    monkeypatch.chdir(make(tmp_path / "bad", bad))
    assert run("check") == 1
    said = capsys.readouterr().out
    assert said.count("E_COLUMN_NOT_FOUND") == 2
    assert said.rstrip().endswith("2 mistakes in 1 file")


def test_a_failure_nobody_foresaw_is_one_line(small: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(workspace, "open", broken)
    said = wrong(capsys, "query", "revenue")
    assert said.startswith("error E_UNEXPECTED: ZeroDivisionError: inside")
    assert "TRUENORTH_DEBUG=1" in said
    monkeypatch.setenv("TRUENORTH_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run("query", "revenue")


def test_a_picture_is_not_written_to_a_terminal(small: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    said = wrong(capsys, "query", "revenue", "--format", "png")
    assert said == "error E_BINARY_TO_TERMINAL: png is not for reading in a terminal\n  add --output FILE\n"


def test_ctrl_c_is_quiet(small: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(workspace, "open", interrupted)
    assert wrong(capsys, "query", "revenue", code=130) == ""


def test_a_reader_that_has_gone_is_no_error(small: Path) -> None:
    code = "import sys; from truenorth.cli.main import main; sys.exit(main(['query', 'revenue', '--by', 'plan']))"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE, timeout=60)
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 0


def test_a_terminal_without_the_letters_still_shows_the_rest(small: Path) -> None:
    code = "import sys; from truenorth.cli.main import main; sys.exit(main(['query', 'revenue', '--by', 'plan']))"
    plain = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, env=plain, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "150.00" in done.stdout


def test_debugging_is_off_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUENORTH_DEBUG", raising=False)
    assert not say.debugging()
