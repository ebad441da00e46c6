"""Definitions as they were, from git or from another folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from truenorth.base.errors import QueryError
from truenorth.define.revision import model_at

DEFINITIONS = "version: 1\ndatasets: [{name: orders, source: orders}]\nmetrics: [{name: orders, type: simple, dataset: orders, agg: %s}]\n"


def git(folder: Path, *words: str) -> None:
    said = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@acme.example", "-C", str(folder), *words]
    subprocess.run(said, check=True, capture_output=True)


def write(folder: Path, definitions: str) -> None:
    (folder / "metrics").mkdir(parents=True, exist_ok=True)
    (folder / "truenorth.yml").write_text("version: 1\nname: Shop\n", "utf-8")
    (folder / "metrics" / "shop.yml").write_text(definitions, "utf-8")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    """A workspace in a folder of a repository, changed since its one commit."""
    folder = tmp_path / "company" / "shop"
    write(folder, DEFINITIONS % "count")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    git(tmp_path, "tag", "v1")
    write(folder, DEFINITIONS % "count, filter: x > 1")
    yield folder


@pytest.mark.parametrize("revision", ["HEAD", "v1", "HEAD^{commit}"])
def test_the_model_of_a_revision(shop: Path, revision: str) -> None:
    assert model_at(shop, revision).metrics["orders"].filter == ""


def test_the_model_of_another_folder(shop: Path, tmp_path: Path) -> None:
    write(tmp_path / "other", DEFINITIONS % "count, label: Other")
    assert model_at(shop, str(tmp_path / "other")).metrics["orders"].label == "Other"


@pytest.mark.parametrize(
    ("revision", "code", "message"),
    [
        ("no-such-thing", "E_UNKNOWN_REVISION", 'no revision or workspace "no-such-thing"'),
        ("--output=x", "E_UNKNOWN_REVISION", "no revision or workspace"),
        ("", "E_UNKNOWN_REVISION", "no revision or workspace"),
        ("empty", "E_UNKNOWN_REVISION", '"empty" has no truenorth.yml in "company/shop"'),
        ("broken", "E_REVISION_BROKEN", 'the definitions of "broken" have 1 mistake: metrics/shop.yml:1:1'),
    ],
)
def test_what_is_no_revision_is_said(shop: Path, revision: str, code: str, message: str) -> None:
    git(shop, "checkout", "-q", "--orphan", "empty")
    git(shop, "rm", "-rqf", "--cached", ".")
    git(shop, "commit", "-q", "--allow-empty", "-m", "nothing")
    write(shop, "metrics: []\n")
    git(shop, "checkout", "-q", "-b", "broken")
    git(shop, "add", ".")
    git(shop, "commit", "-qm", "no version")
    write(shop, DEFINITIONS % "count")
    with pytest.raises(QueryError) as caught:
        model_at(shop, revision)
    assert caught.value.code == code
    assert message in caught.value.message


def test_a_folder_without_git_and_a_machine_without_git(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").rename(tmp_path / "not-git")
    with pytest.raises(QueryError, match="is not in a git repository") as caught:
        model_at(shop, "HEAD")
    assert caught.value.code == "E_NO_REPOSITORY"
    monkeypatch.setenv("PATH", "")
    with pytest.raises(QueryError, match="git is not installed"):
        model_at(shop, "HEAD")
