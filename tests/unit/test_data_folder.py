from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hark.bootstrap.data_folder import DataFolderBusy, DataFolderLock
from hark.infra.problems import CannotStart

HOLDER = """
import sys, time
from pathlib import Path
from hark.bootstrap.data_folder import DataFolderLock
with DataFolderLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_holds_the_folder_and_a_kill_frees_it(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(DataFolderBusy, match=rf"runs on the data folder .* already \(process {holder.pid}\)"):
        DataFolderLock(tmp_path).__enter__()
    holder.kill()
    holder.communicate()
    with DataFolderLock(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match=r"The data folder .* cannot be used"):
        DataFolderLock(tmp_path / "file" / "data").__enter__()
