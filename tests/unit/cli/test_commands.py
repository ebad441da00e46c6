"""The other commands: check, test, verify, add, templates, schema, import, demo, help."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.small import METRICS, make, run
from truenorth import __version__
from truenorth.cli import example
from truenorth.define.templates import templates
from truenorth.query.proof import Failure, Report
from truenorth.workspace import Workspace

Captured = pytest.CaptureFixture[str]


def test_check(small: Path, capsys: Captured) -> None:
    assert run("check") == 0
    assert capsys.readouterr().out == "3 metrics over 1 dataset: no mistakes found\n"
    assert run("check", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["errors"] == []
    assert run("check", "--format", "github") == 0


def test_check_of_wrong_definitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.chdir(make(tmp_path / "bad", METRICS.replace("agg: sum", "agg: summ")))
    assert run("check") == 1
    assert "metrics/orders.yml:" in capsys.readouterr().out
    assert run("check", "--format", "json") == 1
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert error["where"]["file"] == "metrics/orders.yml"
    assert run("check", "--format", "github") == 1
    assert capsys.readouterr().out.startswith("::error file=metrics/orders.yml,line=")


def test_tests_pass_and_fail(small: Path, capsys: Captured) -> None:
    assert run("test") == 0
    assert capsys.readouterr().out.endswith("2 of 2 tests passed\n")
    file = small / "metrics" / "orders.yml"
    file.write_text(METRICS.replace("equals: 150", "equals: 151"), "utf-8")
    assert run("test") == 1
    said = capsys.readouterr().out
    assert re.search(r"FAILED  revenue where plan = 'pro': expected 151(\.0)?, is 150 \(metrics/orders.yml:", said)
    assert said.endswith("1 of 2 tests passed\n")


def test_no_tests_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    lines = [line for line in METRICS.splitlines() if "tests:" not in line]
    monkeypatch.chdir(make(tmp_path / "bare", "\n".join(lines) + "\n"))
    assert run("test") == 0
    assert capsys.readouterr().out.startswith("no tests")


def test_verify_proves_the_numbers(small: Path, capsys: Captured) -> None:
    assert run("verify", "revenue", "aov", "--samples", "3") == 0
    said = capsys.readouterr().out
    assert said.endswith("numbers compared, all the same\n")
    assert "engine = naive" in said


def test_verify_shows_the_smallest_failure(small: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = tuple(Failure("parts = total", "revenue", f"cell {size}", 1, 2, size) for size in (3, 1, 2))
    report = Report(9, failures, ("days = months: 2 of 9 looked at",), {"parts = total": 9})
    monkeypatch.setattr(Workspace, "verify", lambda *_, **__: report)
    assert run("verify") == 1
    said = capsys.readouterr().out
    assert "cell 1: 1 against 2" in said
    assert "cell 2" not in said
    assert "skipped  days = months: 2 of 9 looked at" in said
    assert said.endswith("9 numbers compared; the smallest failing example is shown, 2 more differ\n")


def test_templates_are_listed_in_their_bands(capsys: Captured) -> None:
    assert run("templates") == 0
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if line in ("Customers", "Operations", "Money")] == [
        "Customers",
        "Operations",
        "Money",
    ]
    assert all(name in said for name in templates())


def test_a_template_names_its_parts(capsys: Captured) -> None:
    assert run("templates", "aov") == 0
    assert "Parts, each of which may be a metric that you have\n  revenue, orders\n" in capsys.readouterr().out
    assert run("templates", "revenue") == 0
    assert "Parts" not in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(templates()))
def test_each_template_is_described(name: str, capsys: Captured) -> None:
    assert run("templates", name) == 0
    said = capsys.readouterr().out
    for heading in ("Formula", "Slots", "How to read it", "Pitfalls", "Bind it"):
        assert f"\n{heading}\n" in said
    assert max(map(len, said.splitlines()[:-1])) <= 100


def test_add_shows_and_writes(small: Path, capsys: Captured) -> None:
    words = ["add", "revenue_growth", "--slot", "revenue=revenue"]
    assert run(*words, "--show") == 0
    shown = capsys.readouterr().out
    assert "name: revenue_growth" in shown
    assert not list((small / "metrics").glob("*growth*"))
    assert run(*words, "--name", "growth", "--owner", "dana@acme.example") == 0
    said = capsys.readouterr()
    assert said.out.startswith("wrote ")
    assert said.err == "ask for it: truenorth query growth --grain month\n"
    assert run("query", "growth", "--grain", "month", "--format", "csv") == 0
    assert capsys.readouterr().out.splitlines()[0] == "metric_time__month,growth"


def test_add_shows_a_canonical_table_as_it_writes_it(small: Path, capsys: Captured) -> None:
    words = ["add", "fx_rates", "--dataset", "orders", "--slot", "date=ordered_at", "--slot", "rate=amount"]
    words += ["--slot", "from_currency='USD'", "--slot", "to_currency='EUR'"]
    before = sorted((small / "metrics").iterdir())
    assert run(*words, "--show") == 0
    shown = capsys.readouterr().out
    assert sorted((small / "metrics").iterdir()) == before
    assert run(*words) == 0
    assert (small / "metrics" / "fx_rates.yml").read_text("utf-8") == shown


def test_add_overwrites_no_file(small: Path, capsys: Captured) -> None:
    (small / "metrics" / "growth.yml").write_text("version: 1\nmetrics: []\n", "utf-8")
    assert run("add", "revenue_growth", "--slot", "revenue=revenue", "--name", "growth") == 2
    assert 'E_FILE_EXISTS: "metrics/growth.yml" exists already' in capsys.readouterr().err


def test_schema(capsys: Captured) -> None:
    for words in ([], ["file"], ["workspace"]):
        assert run("schema", *words) == 0
        assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/")


def test_import_shows_types_and_keeps_what_is_wrong(small: Path, capsys: Captured) -> None:
    (small / "new.csv").write_text("id,day,amount\n1,2026-01-02,1.50\n2,2026-01-03,2.25\n", "utf-8")
    assert run("import", "payments", "new.csv") == 0
    said = capsys.readouterr().out
    assert "2 of 2 rows loaded" in said
    assert "date" in said and "decimal" in said
    assert run("import", "payments", "new.csv") == 0
    assert "unchanged" in capsys.readouterr().out
    (small / "bad.csv").write_text("id,day,amount\n3,2026-01-04,1.00\nx,2026-01-05,oops\n", "utf-8")
    assert run("import", "payments", "bad.csv", "--type", "id=integer", "--type", "amount=decimal") == 1
    said = capsys.readouterr().out
    assert "1 of 2 rows loaded" in said
    assert "reasons" in said


@pytest.mark.parametrize("name", ["cdnow", "commits"])
def test_demo_of_real_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("demo", "here", "--example", name) == 0
    said = capsys.readouterr().out
    assert "truenorth serve" in said
    assert run("check", "-w", "here") == 0


def test_demo_loads_what_is_generated_and_can_be_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def two_days(folder: Path, scale: float, progress: Callable[[str, int], None]) -> dict[str, Path]:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "calendar_days.csv"
        file.write_text(f"day,scale\n2026-01-01,{scale}\n2026-01-02,{scale}\n", "utf-8")
        progress("calendar_days", 2)
        return {"calendar_days": file}

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(example, "generate", two_days)
    for _ in range(2):
        assert run("demo", "--scale", "0.5") == 0
        assert "over 2 generated rows" in capsys.readouterr().out
    settings = tmp_path / "acme" / "truenorth.yml"
    settings.write_text(settings.read_text("utf-8").replace("clock: data", "clock: wall"), "utf-8")
    (tmp_path / "acme" / "metrics" / "days.yml").write_text(
        "version: 1\ndatasets:\n  - {name: every_day, source: calendar_days}\n"
        "metrics:\n  - {name: counted_days, type: simple, dataset: every_day, agg: count}\n",
        "utf-8",
    )
    assert run("query", "counted_days", "--format", "csv", "-w", "acme") == 0
    assert capsys.readouterr().out == "counted_days\n2\n"
    assert not (tmp_path / "acme" / ".truenorth" / "generated").exists()


@pytest.mark.slow
def test_demo_builds_the_whole_company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("demo", "--scale", "0.01") == 0
    capsys.readouterr()
    assert run("query", "revenue", "--format", "csv", "-w", "acme") == 0
    assert float(capsys.readouterr().out.splitlines()[1]) > 0


def test_demo_leaves_other_folders_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious", "utf-8")
    (tmp_path / "file").write_text("x", "utf-8")
    for taken in ("mine", "file"):
        assert run("demo", taken, "--example", "cdnow") == 2
        assert "E_FOLDER_TAKEN" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_the_version(capsys: Captured) -> None:
    assert run("--version") == 0
    assert run("version") == 0
    assert capsys.readouterr().out == f"truenorth {__version__}\n" * 2


def test_help_is_shown_for_everything(capsys: Captured) -> None:
    assert run("--help") == 0
    top = capsys.readouterr().out
    for command in (
        "query",
        "explain",
        "check",
        "test",
        "verify",
        "add",
        "import",
        "demo",
        "serve",
        "schema",
        "templates",
    ):
        assert command in top
        assert run(command, "--help") == 0
        assert "--help" in capsys.readouterr().out


def test_a_question_does_not_load_what_draws_help() -> None:
    code = (
        "import sys; from truenorth.cli.main import main; main(['query', 'x', '-w', 'nowhere']);"
        "heavy = ('rich', 'starlette', 'granian', 'truenorth.web', 'truenorth.chart');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_diff_ends_with_one_only_when_it_is_asked_to(
    small: Path, tmp_path_factory: pytest.TempPathFactory, capsys: Captured
) -> None:
    before = make(tmp_path_factory.mktemp("before"), METRICS.replace("expr: amount\n", "expr: amount * 2\n", 1))
    assert run("diff", str(before), "revenue") == 0
    assert "revenue  €240.00 → €120.00, −€120.00" in capsys.readouterr().out
    assert run("diff", str(before), "--fail-on-change", "--format", "json", "--range", "all") == 1
    assert json.loads(capsys.readouterr().out)["changes_history"] is True
    assert run("diff", str(small), "--fail-on-change") == 0
    assert capsys.readouterr().out.startswith("unchanged: 3")


def test_python_m_truenorth_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "truenorth", "version"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.startswith("truenorth "), done.stderr) == (0, True, "")
