"""What is shipped: everything the product reads at run time, the examples, and nothing that was generated."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, ROOT


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def files(folder: Path) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in listed.stdout.splitlines() if (folder / name).is_file()}


def test_the_whole_package_is_shipped(shipped: set[str]) -> None:
    assert {f"truenorth/{name}" for name in files(PACKAGE)} - shipped == set()


def test_the_examples_are_shipped(shipped: set[str]) -> None:
    expected = {f"truenorth/examples/{name}" for name in files(ROOT / "examples")}
    assert expected - shipped == set()
    for name in ("acme", "cdnow", "commits"):
        assert f"truenorth/examples/{name}/truenorth.yml" in shipped


def test_nothing_generated_is_shipped(shipped: set[str]) -> None:
    extra = {name for name in shipped if ".dist-info/" not in name and not name.startswith("truenorth/")}
    generated = {name for name in shipped if ".truenorth/" in name or name.endswith((".duckdb", ".pyc"))}
    assert extra | generated == set()
