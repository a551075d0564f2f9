"""The folder of a local Kafka: nothing of a temporary one stays."""

import os
import tempfile
from pathlib import Path

import pytest

from pipeline.local_kafka.data_folder import PREFIX, DataFolder


def test_what_a_killed_process_left_is_removed_and_what_is_in_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    abandoned = tmp_path / f"{PREFIX}abandoned"
    (abandoned / "node-1").mkdir(parents=True)
    in_use = DataFolder(None, nodes=1)
    for folder in (abandoned, in_use.path):
        os.utime(folder, (0, 0))

    latest = DataFolder(None, nodes=1)

    assert set(tmp_path.iterdir()) == {in_use.path, latest.path}
    in_use.close()
    latest.close()
    assert list(tmp_path.iterdir()) == []


def test_records_kept_in_a_folder_keep_their_cluster(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path, nodes=1)
    data = folder.of_node(1) / "data"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=1\ncluster.id=-abc_DEF==\nnode.id=1\n")

    assert folder.cluster_id() == "-abc_DEF=="
    folder.close()
