"""What is in the repository is the product and only the product."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

# Written in pieces, so that this file does not find itself.
MACHINES = "|".join(
    [
        "/" + "root/",
        "/" + "home/[a-z]",
        "/" + "work/",
        "/" + "tmp/[a-z]",
        "files\\.python" + "hosted",
        "registry\\.npm" + "js",
        "pypi\\." + "org",
        "deb\\." + "debian",
    ]
)
BUILT = {".woff", ".woff2", ".ttf", ".otf", ".eot", ".whl", ".duckdb", ".map", ".so", ".pyc"}
TEXT = {".py", ".html", ".jinja", ".css", ".js", ".svg", ".j2"}
FOREIGN = re.compile(r"""(?:src|href)\s*=\s*["'](?:https?:)?//|@import\s|url\(\s*["']?(?:https?:)?//""")


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The files in git; in a copy without git, all files that would be in it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    assert listed.returncode == 0, listed.stderr
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def read(name: str) -> str:
    return (ROOT / name).read_bytes().decode("utf-8", "ignore")


def test_nothing_names_a_machine(tracked: list[str]) -> None:
    pattern = re.compile(MACHINES)
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name in tracked
        if Path(name).suffix not in {".gz", ".parquet", ".png"}
        for number, line in enumerate(read(name).splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_no_built_or_foreign_assets(tracked: list[str]) -> None:
    assert [name for name in tracked if Path(name).suffix in BUILT or ".min." in name] == []


def test_pages_load_nothing_from_elsewhere(tracked: list[str]) -> None:
    found = [
        f"{name}:{number}"
        for name in tracked
        if name.startswith("src/") and Path(name).suffix in TEXT
        for number, line in enumerate(read(name).splitlines(), 1)
        if FOREIGN.search(line)
    ]
    assert found == []


def test_no_large_files(tracked: list[str]) -> None:
    assert [name for name in tracked if (ROOT / name).stat().st_size > 2_000_000] == []


def test_locks_name_no_index_and_no_place() -> None:
    for lock in sorted(ROOT.glob("requirements*.lock")):
        text = lock.read_text("utf-8")
        assert "://" not in text and "--index-url" not in text and "--find-links" not in text, lock.name
        pins = re.findall(r"^[a-z0-9._-]+==", text, re.M)
        assert pins, lock.name
        assert len(re.findall(r"^[a-z0-9._-]+==[^\n]*\\\n\s+--hash=sha256:", text, re.M)) == len(pins), lock.name


def test_locks_agree_with_each_other() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (ROOT / name).read_text("utf-8")
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.M))

    run, dev, everything = pins("requirements.lock"), pins("requirements-dev.lock"), pins("requirements-all.lock")
    assert run.items() <= dev.items() <= everything.items()
