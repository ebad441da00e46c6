"""A folder becomes a model: which files, what when there is no workspace, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.define.marked import GROUND, good, write, wrong
from truenorth.base.errors import DefinitionError
from truenorth.define.load import load

ONE = "version: 1\ndatasets: [{{name: {name}, source: a}}]\n"


@pytest.mark.parametrize(
    ("made", "hint"),
    [
        ("", "truenorth demo"),
        ("", "begin one from your data with truenorth init"),
        ("truenorth.yaml", "rename truenorth.yaml to truenorth.yml"),
    ],
)
def test_no_workspace(tmp_path: Path, made: str, hint: str) -> None:
    if made:
        (tmp_path / made).write_text("version: 1\nname: a\n", "utf-8")
    with pytest.raises(DefinitionError) as caught:
        load(tmp_path)
    assert caught.value.code == "E_WORKSPACE_NOT_FOUND"
    assert hint in caught.value.hint


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="there is no folder") as caught:
        load(tmp_path / "nowhere")
    assert caught.value.code == "E_WORKSPACE_NOT_FOUND"


def test_a_workspace_alone_is_an_empty_model(tmp_path: Path) -> None:
    model = good(tmp_path, workspace="version: 1\nname: Acme\ntimezone: Europe/Berlin\nlocale: de_CH\n")
    assert (model.workspace.name, model.workspace.timezone, model.metrics) == ("Acme", "Europe/Berlin", {})


def test_definitions_lie_in_any_files_below_their_folders(tmp_path: Path) -> None:
    write(tmp_path, workspace="version: 1\nname: Acme\ndefinitions: [metrics, more, one.yml, metrics]\n")
    places = ("metrics/a.yml", "metrics/deep/er/b.yaml", "more/c.yml", "one.yml")
    ignored = ("other/d.yml", "metrics/e.txt", "metrics/.hidden.yml", "metrics/.folder/f.yml")
    for number, place in enumerate((*places, *ignored)):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ONE.format(name=f"d{number}"), "utf-8")
    model = load(tmp_path)
    assert [one.spot.file for one in model.datasets.values()] == list(places)


def test_the_workspace_folder_itself_may_hold_definitions(tmp_path: Path) -> None:
    write(tmp_path, workspace="version: 1\nname: Acme\ndefinitions: [.]\n", a=ONE.format(name="a"))
    assert list(load(tmp_path).datasets) == ["a"]


def test_a_file_that_is_not_utf8_names_the_byte(tmp_path: Path) -> None:
    write(tmp_path, ground=GROUND)
    (tmp_path / "metrics" / "latin.yml").write_bytes(b"version: 1\n# gr\xfc\xdfe\n")
    (error,) = wrong(tmp_path)
    assert (error.code, str(error.where)) == ("E_FILE_UNREADABLE", "metrics/latin.yml:2:5")
    assert "0xfc" in error.message


def test_a_file_that_cannot_be_opened_is_told_beside_the_others(tmp_path: Path) -> None:
    write(tmp_path, b="version: 1\nnonsense: 1\n")
    (tmp_path / "metrics" / "a.yml").symlink_to(tmp_path / "nowhere.yml")
    assert [(error.code, str(error.where)) for error in wrong(tmp_path)] == [
        ("E_FILE_UNREADABLE", "metrics/a.yml:1:1"),
        ("E_UNKNOWN_KEY", "metrics/b.yml:2:1"),
    ]


def test_a_byte_order_mark_and_foreign_line_ends_are_read(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "a.yml").write_bytes(b"\xef\xbb\xbfversion: 1\r\ndatasets:\r\n  - {name: a, source: b}\r\n")
    assert str(load(tmp_path).datasets["a"].spot.at("source")) == "metrics/a.yml:3:15"


def test_errors_in_the_workspace_and_in_definitions_are_told_together(tmp_path: Path) -> None:
    write(tmp_path, workspace="version: 1\nzzz: 1\n", a="version: 1\nnonsense: 1\n")
    assert [(error.code, str(error.where)) for error in wrong(tmp_path)] == [
        ("E_UNKNOWN_KEY", "metrics/a.yml:2:1"),
        ("E_MISSING_KEY", "truenorth.yml:1:1"),
        ("E_UNKNOWN_KEY", "truenorth.yml:2:1"),
    ]


def test_an_empty_or_broken_workspace_file(tmp_path: Path) -> None:
    write(tmp_path, workspace="")
    assert [error.code for error in wrong(tmp_path)] == ["E_VERSION"]
    write(tmp_path, workspace="version: 1\nname: [\n")
    assert [error.code for error in wrong(tmp_path)] == ["E_YAML"]


def test_the_version_follows_the_text_of_all_definitions(tmp_path: Path) -> None:
    first = good(tmp_path, ground=GROUND).version
    assert len(first) == 12
    assert good(tmp_path, ground=GROUND).version == first
    assert good(tmp_path, ground=GROUND + "# a word\n").version != first
    assert good(tmp_path, ground=GROUND, workspace="version: 1\nname: Other\n").version != first
