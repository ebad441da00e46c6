"""What every test may need from outside, found or named as missing: a Chromium, chdb, the folder of shared cases."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["tests.servers"]

ROOT = Path(__file__).resolve().parent.parent
STRICT = os.environ.get("TRUENORTH_NO_SKIP") == "1"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

_missing: Counter[str] = Counter()


def chromium_path() -> str:
    """Where a Chromium is, or ""; TRUENORTH_CHROMIUM names one that is not on the PATH."""
    named = os.environ.get("TRUENORTH_CHROMIUM", "")
    if named:
        return named
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), "")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; the test is skipped, counted and named where there is none."""
    path = chromium_path()
    if not path:
        pytest.skip("chromium: none found on the PATH")
    return path


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """One headless browser for a module: while it is open, this thread's event loop is taken."""
    from playwright.sync_api import sync_playwright

    options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=options)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def chdb_present() -> None:
    """Skips the test, counted and named, where chdb is not installed."""
    if importlib.util.find_spec("chdb") is None:
        pytest.skip("chdb: not installed (pip install truenorth[clickhouse])")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of cases with expected answers made by others, beside the clone or where TRUENORTH_SHARED says."""
    folder = Path(os.environ.get("TRUENORTH_SHARED") or ROOT.parent / "shared")
    if not (folder / "conformance").is_dir():
        pytest.skip("shared: no folder of shared cases beside the clone")
    return folder


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """What is zipped has the time in it: each process that tests are spread over would name a test by another."""
    return f"{argname} zipped" if isinstance(val, bytes) and val.startswith(b"\x1f\x8b") else None


def _reason(report: Any) -> str:
    longrepr = report.longrepr
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return text.removeprefix("Skipped: ").strip()


def _hold_to_strict(report: Any) -> None:
    """A skip names what is missing; under TRUENORTH_NO_SKIP=1 that is a failure, unless only others' cases are."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.missing = _reason(report)
    if STRICT and not reason.startswith("shared:"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and TRUENORTH_NO_SKIP=1 allows no skip: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    _hold_to_strict(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    report = yield
    _hold_to_strict(report)
    return report


def _count(report: Any) -> None:
    reason = getattr(report, "missing", "")
    if reason:
        _missing[reason] += 1


def pytest_runtest_logreport(report: Any) -> None:
    """Counts what was missing where reports arrive: tests may run in processes of their own."""
    _count(report)


def pytest_collectreport(report: Any) -> None:
    """A whole module may be skipped."""
    _count(report)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says at the end what was missing and how many tests that cost."""
    if not _missing:
        return
    terminalreporter.section("missing on this machine")
    for reason, count in sorted(_missing.items()):
        terminalreporter.write_line(f"{count} skipped: {reason}")


_status: list[int] = []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(exitstatus: int) -> None:
    """Keeps how the run ended for the last hook."""
    _status.append(int(exitstatus))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Ends at once: DuckDB's binding would list everything still alive at a slow exit, below the result."""
    sys.stdout.flush()
    sys.stderr.flush()
    if _status:
        os._exit(_status[-1])
