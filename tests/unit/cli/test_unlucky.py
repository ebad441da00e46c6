"""What can go wrong around a command: folders of others, folders that may not be written to, a hand on Ctrl-C."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.cli.small import make, run
from truenorth.cli import example
from truenorth.define import add as adding
from truenorth.serve import run as serving

Captured = pytest.CaptureFixture[str]


def test_demo_leaves_a_workspace_of_ones_own_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    own = make(tmp_path / "own")
    before = {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    monkeypatch.chdir(own)
    assert run("demo", ".", "--example", "cdnow") == 2
    assert "holds another workspace" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in own.rglob("*") if path.is_file()} == before


def test_demo_keeps_what_was_changed_in_an_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("demo", "--example", "cdnow") == 0
    assert ".before" not in capsys.readouterr().err
    changed = tmp_path / "cdnow" / "metrics" / "cdnow.yml"
    original = changed.read_text("utf-8")
    changed.write_text(original + "# mine\n", "utf-8")
    assert run("demo", "--example", "cdnow") == 0
    assert "cdnow.yml.before" in capsys.readouterr().err
    assert changed.read_text("utf-8") == original
    assert changed.with_name("cdnow.yml.before").read_text("utf-8") == original + "# mine\n"


def test_demo_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "there")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(example, "copy_file", refused)
    assert run("demo", "--example", "cdnow") == 2
    said = capsys.readouterr().err
    assert said.startswith('error E_FILE_NOT_WRITTEN: cannot write "there": Read-only file system')


def test_a_file_that_may_not_be_written_is_no_fault_of_the_product(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "metrics/growth.yml")

    monkeypatch.setattr(adding, "add", refused)
    assert run("add", "revenue_growth", "--dataset", "orders", "--slot", "amount=amount") == 2
    said = capsys.readouterr().err
    assert said.startswith('error E_FILE_NOT_WRITTEN: "metrics/growth.yml": Read-only file system')
    assert "fault" not in said


@pytest.mark.parametrize(("slot", "code"), [("amont", "E_COLUMN_NOT_FOUND"), ("plan", "E_NOT_A_NUMBER")])
def test_a_standard_metric_over_what_the_data_does_not_have_is_not_kept(
    small: Path, capsys: Captured, slot: str, code: str
) -> None:
    words = ["add", "session_duration", "--dataset", "orders"]
    assert run(*words, "--slot", f"duration={slot}") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert f"error {code}" in said.err
    assert "at metrics/session_duration.yml:" in said.err
    assert not (small / "metrics" / "session_duration.yml").exists()
    assert run(*words, "--slot", "duration=amount") == 0
    assert run("check") == 0


def test_ctrl_c_during_a_demo_says_that_it_is_not_complete(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "truenorth.cli.main", "demo", "acme", "--scale", "0.2"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "acme" / ".truenorth" / "generated").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.rstrip().endswith("stopped: acme is not complete; the same command builds it anew")
    assert "Traceback" not in err and "E_UNEXPECTED" not in err
    assert out == ""


def test_the_pages_of_a_folder_that_may_not_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(scope: object, receive: object, send: object) -> None:
        raise AssertionError("nobody asks")

    def refused(*_: object) -> Path:
        raise OSError(errno.EROFS, "Read-only file system", "serve.json")

    said: list[str] = []

    def ready(url: str) -> None:
        said.append(url)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(serving, "write_note", refused)
    serving.serve(nothing, tmp_path, "127.0.0.1", serving.free_port("127.0.0.1", 0), ready)
    assert said and said[0].startswith("http://127.0.0.1:")


def test_the_bare_command_shows_its_help_and_no_empty_error(capsys: Captured) -> None:
    assert run() == 2
    said = capsys.readouterr()
    assert "Usage" in said.out
    assert "error" not in said.err
