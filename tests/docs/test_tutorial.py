"""What the documentation tells people to do works: its files are written, its commands run, its Python executed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.S | re.M)


@dataclass(frozen=True)
class Block:
    """One block of code: its language, the file it is to be written to, and what stands in it."""

    language: str
    file: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in FENCE.findall(page.read_text("utf-8"))]


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "COLUMNS": "120", "NO_COLOR": "1"}


def turns(text: str) -> list[tuple[str, str]]:
    """Commands after `$ `, each with the lines that it should print; `# exits with 1` behind one says how it ends."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found:
            command, shown = found[-1]
            found[-1] = (command, f"{shown}{line}\n")
    return found


def matches(shown: str, said: str) -> bool:
    """Whether what is shown is what was said; `…` stands for anything, and blanks do not count."""
    pieces = [re.escape(" ".join(piece.split())) for piece in shown.strip().split("…")]
    return re.search(".*".join(pieces), " ".join(said.split()), re.S) is not None


def run(command: str, shown: str, folder: Path) -> None:
    done = subprocess.run(
        command, shell=True, cwd=folder, capture_output=True, text=True, env=environment(), timeout=120
    )
    said = done.stdout + done.stderr
    expected = re.search(r"# exits with (\d)", command)
    code = int(expected[1]) if expected else 0
    assert done.returncode == code, f"{shlex.quote(command)} exits with {done.returncode}:\n{said}"
    assert matches(shown, said), f"{command} should print\n{shown}\nand prints\n{said}"


def execute(code: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=folder, capture_output=True, text=True, env=environment()
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_can_be_followed(page: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        if block.file:
            path = tmp_path / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
        elif block.language == "console":
            for command, shown in turns(block.text):
                run(command, shown, tmp_path)
        elif block.language == "python":
            execute(block.text, tmp_path)


def test_blanks_do_not_count_and_dots_stand_for_anything() -> None:
    assert matches("a … 3", "a  b\n 3 c")
    assert not matches("a … 3", "b 3 a")
    assert not matches("a 3", "a b 3")
