"""What the documentation tells people to do works: its files are written, its commands run, its Python executed."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from truenorth.cli.main import main

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]
# Commands that answer and are done; the others show that it starts from a shell.
ANSWERS = {"add", "check", "explain", "gap", "query", "quarantine", "sql", "templates", "test", "verify"}
SHELL = {"|", ">", ">>", "<", "&", "&&", "||", ";"}
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


def by_shell(command: str, folder: Path) -> tuple[int, str]:
    """What a command ends with, and all that it says."""
    done = subprocess.run(
        command, shell=True, cwd=folder, capture_output=True, text=True, env=environment(), timeout=120
    )
    return done.returncode, done.stdout + done.stderr


def by_hand(words: list[str], folder: Path) -> tuple[int, str]:
    """The same of our own command without a process, which would take longer to start than most of them to answer."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
        patch.chdir(folder)
        patch.setenv("COLUMNS", "120")
        patch.setenv("NO_COLOR", "1")
        return main(words), said.getvalue()


def run(command: str, shown: str, folder: Path) -> None:
    words = shlex.split(command, comments=True)
    plain = words[0] == "truenorth" and words[1] in ANSWERS and not SHELL & {*words}
    ended, said = by_hand(words[1:], folder) if plain else by_shell(command, folder)
    expected = re.search(r"# exits with (\d)", command)
    code = int(expected[1]) if expected else 0
    assert ended == code, f"{shlex.quote(command)} exits with {ended}:\n{said}"
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
