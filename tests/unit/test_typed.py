"""The package is typed: code that uses it is checked by mypy --strict, and mistakes in it are found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import truenorth

SAMPLE = """
import truenorth as tn

def revenue_of(folder: str) -> float:
    with tn.open(folder) as workspace:
        answer = workspace.query("revenue", by=["plan", "channel"], grain="month", range="12m", totals=True, limit=10)
        total = answer.totals["revenue"]
        labels: list[str] = [column.label for column in answer.table.columns]
        print(labels, answer.sql, answer.as_of.isoformat())
        return float(total) if isinstance(total, (int, float)) else 0.0

def opened(folder: str) -> tn.Workspace:
    return tn.open(folder)
"""
WRONG = """
import truenorth as tn

workspace = tn.open("acme")
workspace.query("revenue", grein="month")
number: int = workspace.query("revenue").sql
"""


def checked(folder: Path, text: str) -> str:
    (folder / "sample.py").write_text(text, "utf-8")
    source = str(Path(truenorth.__file__).parent.parent)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        str(folder / "cache"),
        "--config-file",
        "",
        "sample.py",
    ]
    done = subprocess.run(command, cwd=folder, env={"MYPYPATH": source, "PATH": ""}, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_what_uses_the_package_is_checked(tmp_path: Path) -> None:
    said = [line for line in checked(tmp_path, SAMPLE).splitlines() if line.startswith("sample.py")]
    assert said == []
    wrong = [line for line in checked(tmp_path, WRONG).splitlines() if line.startswith("sample.py")]
    assert 'Unexpected keyword argument "grein"' in wrong[0]
    assert "Incompatible types in assignment" in wrong[-1]
