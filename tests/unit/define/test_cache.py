"""The kept model: the same as read anew, gone when anything changes, and never in the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.define.marked import GROUND, write
from truenorth.base.errors import DefinitionErrors, TrueNorthError
from truenorth.define import load as reading
from truenorth.define.cache import CACHE_FILE, load_cached
from truenorth.define.expression import Expression
from truenorth.define.load import load

LONG_AGO = 1_700_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace written long ago."""
    write(tmp_path, ground=GROUND)
    age(tmp_path)
    return tmp_path


def age(folder: Path, seconds: int = LONG_AGO) -> None:
    """Sets the time of all definitions."""
    for path in [folder / "truenorth.yml", *(folder / "metrics").rglob("*.yml")]:
        os.utime(path, (seconds, seconds))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was read anew."""
    done: list[Path] = []
    true_load = reading.load

    def counted(folder: Path) -> object:
        done.append(folder)
        return true_load(folder)

    monkeypatch.setattr(reading, "load", counted)
    return done


def test_the_kept_model_is_the_model(folder: Path, reads: list[Path]) -> None:
    first, second = load_cached(folder), load_cached(folder)
    assert len(reads) == 1
    assert first == second == load(folder)
    assert isinstance(second.expressions["amount - discount"], Expression)
    assert str(second.metrics["revenue"].spot.at("agg")) == "metrics/ground.yml:19:52"
    assert [path.name for path in (folder / CACHE_FILE).parent.iterdir()] == [CACHE_FILE.name]


@pytest.mark.parametrize("change", ["text", "time", "new", "gone", "workspace", "renamed"])
def test_any_change_reads_anew(folder: Path, reads: list[Path], change: str) -> None:
    extra = folder / "metrics" / "deep" / "extra.yml"
    extra.parent.mkdir()
    extra.write_text("version: 1\n", "utf-8")
    age(folder)
    before = load_cached(folder)
    target = folder / "metrics" / "ground.yml"
    if change == "text":
        target.write_text(GROUND + "# more\n", "utf-8")
        os.utime(target, (LONG_AGO, LONG_AGO))
    elif change == "time":
        os.utime(target, (LONG_AGO, LONG_AGO + 1))
    elif change == "new":
        (folder / "metrics" / "b.yaml").write_text("version: 1\n", "utf-8")
    elif change == "gone":
        extra.unlink()
    elif change == "workspace":
        (folder / "truenorth.yml").write_text("version: 1\nname: Other\n", "utf-8")
    else:
        target.rename(folder / "metrics" / "renamed.yml")
    after = load_cached(folder)
    assert len(reads) == 2
    assert (after.version == before.version) == (change == "time")
    assert after == load(folder)


def test_a_file_changed_just_now_is_not_trusted(folder: Path, reads: list[Path]) -> None:
    """However long reading takes: the file's time lies after the draft's, as that of a file changed meanwhile does."""
    soon = time.time() + 3600
    os.utime(folder / "metrics" / "ground.yml", (soon, soon))
    load_cached(folder)
    assert not (folder / CACHE_FILE).exists()
    assert load_cached(folder).metrics
    assert len(reads) == 2


@pytest.mark.parametrize("damage", [b"", b"\xc1", b"not msgpack", b"\x95\x90\x90\x90\x80\x80"])
def test_a_damaged_cache_is_read_around_and_mended(folder: Path, reads: list[Path], damage: bytes) -> None:
    model = load_cached(folder)
    (folder / CACHE_FILE).write_bytes(damage)
    assert load_cached(folder) == model
    assert load_cached(folder) == model
    assert len(reads) == 2


def test_a_cut_off_cache_is_read_around(folder: Path) -> None:
    model = load_cached(folder)
    whole = (folder / CACHE_FILE).read_bytes()
    (folder / CACHE_FILE).write_bytes(whole[: len(whole) // 2])
    assert load_cached(folder) == model


def test_a_folder_that_cannot_be_written_only_costs_time(folder: Path) -> None:
    (folder / ".truenorth").write_text("a file where a folder belongs", "utf-8")
    assert load_cached(folder) == load(folder)


def test_errors_are_told_every_time_and_leave_nothing_behind(folder: Path) -> None:
    target = folder / "metrics" / "ground.yml"
    target.write_text(GROUND + "nonsense: 1\n", "utf-8")
    age(folder)
    for _ in range(2):
        with pytest.raises(DefinitionErrors):
            load_cached(folder)
    assert list((folder / CACHE_FILE).parent.iterdir()) == []


def test_no_workspace_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TrueNorthError):
        load_cached(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_version_of_the_code_reads_anew(
    folder: Path, reads: list[Path], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_cached(folder)
    elsewhere = tmp_path_factory.mktemp("code") / "define"
    elsewhere.mkdir()
    monkeypatch.setattr("truenorth.define.cache.HERE", elsewhere)
    load_cached(folder)
    assert len(reads) == 2


COLD = """
import json, sys
from truenorth.define.cache import load_cached
model = load_cached(sys.argv[1])
print(json.dumps([len(model.metrics), sorted(name for name in sys.modules if name.split(".")[0] in sys.argv[2:])]))
"""


def test_a_kept_model_needs_neither_yaml_nor_the_parser(folder: Path) -> None:
    load_cached(folder)
    done = subprocess.run(
        [sys.executable, "-c", COLD, str(folder), "yaml", "sqlglot", "babel", "tempfile"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert json.loads(done.stdout) == [5, []]
