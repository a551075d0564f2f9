"""What lies in the working copy, and for how long."""

from pathlib import Path

from agents.adapters.git.fast_import import Draft
from agents.adapters.git.settings import GitSettings
from agents.adapters.git.working_copy import WorkingCopy
from tests.integration.git.remote import Remote, working_copy


def test_the_working_copy_does_not_fill_with_files(remote: Remote, tmp_path: Path) -> None:
    copy = WorkingCopy(GitSettings(repository=str(remote.path), cache=tmp_path / "cache"))
    tip = copy.head
    for number in range(55):
        [tip] = copy.write(tip, [Draft({f"site-{number}/amf": b"one\n"}, f"{number}\n")])
        copy.pack()
    objects = working_copy(tmp_path) / "objects"
    assert len(list(objects.rglob("*.pack"))) < 10
    assert [each for each in objects.iterdir() if len(each.name) == 2] == []
    assert copy.files(tip).read("site-0/amf") == copy.files(tip).read("site-54/amf") == b"one\n"
    copy.close()
