from pathlib import Path

import pytest

from local.errors import RunFolderError
from local.run_folder import KEPT_RUNS, in_use, new_run_dir


def test_a_run_keeps_its_folder_however_many_come_after_it(tmp_path: Path) -> None:
    first = new_run_dir(tmp_path)
    first = first.rename(tmp_path / "run-20000101-000000-first")
    with in_use(first):
        for _ in range(KEPT_RUNS + 2):
            new_run_dir(tmp_path)
        assert first.exists()
    new_run_dir(tmp_path)
    assert not first.exists()


def test_only_the_newest_folders_stay(tmp_path: Path) -> None:
    for _ in range(KEPT_RUNS + 5):
        new_run_dir(tmp_path)
    assert len(list(tmp_path.glob("run-*"))) == KEPT_RUNS + 1


def test_a_place_that_takes_no_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    with pytest.raises(RunFolderError, match=r"^Logs cannot be kept in .*taken: File exists\.$"):
        new_run_dir(taken)
