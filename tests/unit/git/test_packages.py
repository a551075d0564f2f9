"""Packages as people find them in the repository, and what people change in them by hand."""

import json
import re

import pytest
import yaml

from agents.adapters.git.apply_plan import Work, carry_out
from agents.adapters.git.files import InMemoryFiles, Staged
from agents.adapters.git.quantities import mbps_of_quantity, thousands, throughput_quantity
from agents.domain.verdicts import Declined, Failed
from schemas.bodies import IntentPlanned
from tests.unit.git.requests import at_most_20_replicas, intent, plan, step, target


class Folder:
    """A deployment repository in a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.count = 0

    def carry_out(self, planned: IntentPlanned) -> Work:
        self.count += 1
        staged = Staged(InMemoryFiles(self.files))
        work = carry_out(staged, intent(f"i{self.count}", self.count), planned, at_most_20_replicas, "nephoran")
        self.files |= {path: content for path, content in staged.changes.items() if content is not None}
        self.files = {path: content for path, content in self.files.items() if staged.read(path) is not None}
        return work

    def load(self, path: str) -> dict[str, object]:
        loaded = yaml.safe_load(self.files[path])
        assert isinstance(loaded, dict)
        return loaded


UPF = "tokyo-1/upf"


def upf(*targets: tuple[str, str, float | str], action: str = "deploy") -> IntentPlanned:
    return plan(step(action, UPF, *(target(*each) for each in targets), type="upf"))


def test_a_network_function_is_an_nfdeployment_with_capacity_and_parameters() -> None:
    folder = Folder()
    folder.carry_out(
        upf(("replicas", "equals", 3), ("dl_throughput", "at_least", 1500), ("max_sessions", "at_least", 20000))
    )
    assert folder.load(f"{UPF}/nfdeployment.yaml") == {
        "apiVersion": "workload.nephio.org/v1alpha1",
        "kind": "NFDeployment",
        "metadata": {"name": "upf", "namespace": "nephoran"},
        "spec": {
            "provider": "upf.free5gc.io",
            "capacity": {"maxDownlinkThroughput": "1500M", "maxSessions": 20},
            "parametersRefs": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "upf-parameters"}],
        },
    }
    assert folder.load(f"{UPF}/parameters.yaml")["data"] == {
        "replicas": "3",
        "dl_throughput.min": "1500",
        "max_sessions.min": "20000",
    }
    assert folder.load(f"{UPF}/Kptfile")["kind"] == "Kptfile"


def test_a_count_that_is_no_whole_thousand_is_provided_for_and_remembered_exactly() -> None:
    folder = Folder()
    folder.carry_out(upf(("max_sessions", "equals", 1500)))
    work = folder.carry_out(upf(("max_sessions", "increase_by", 100), action="scale"))
    assert work.record.steps[0].after["max_sessions"].value == 1600
    assert folder.load(f"{UPF}/nfdeployment.yaml")["spec"]["capacity"] == {"maxSessions": 2}  # type: ignore[index]


def test_a_capacity_changed_by_hand_is_what_counts() -> None:
    folder = Folder()
    folder.carry_out(upf(("dl_throughput", "equals", 1000)))
    path = f"{UPF}/nfdeployment.yaml"
    folder.files[path] = folder.files[path].replace(b"1G", b"2G")
    work = folder.carry_out(upf(("dl_throughput", "increase_by", 500), action="scale"))
    assert work.record.steps[0].after["dl_throughput"].value == 2500


def test_what_others_put_into_a_package_stays() -> None:
    folder = Folder()
    folder.carry_out(upf(("replicas", "equals", 3)))
    path = f"{UPF}/nfdeployment.yaml"
    deployment = folder.load(path)
    deployment["spec"]["interfaces"] = [{"name": "n3", "vlanID": 14}]  # type: ignore[index]
    deployment["spec"]["provider"] = "upf.example.org"  # type: ignore[index]
    folder.files[path] = yaml.dump(deployment).encode()
    folder.files[f"{UPF}/README.md"] = b"ours"
    folder.carry_out(upf(("replicas", "equals", 4), ("ul_throughput", "equals", 100), action="scale"))
    spec = folder.load(path)["spec"]
    assert spec["interfaces"] == [{"name": "n3", "vlanID": 14}]  # type: ignore[index]
    assert spec["provider"] == "upf.example.org"  # type: ignore[index]
    assert folder.files[f"{UPF}/README.md"] == b"ours"


def test_a_change_touches_the_file_it_means_and_no_other() -> None:
    folder = Folder()
    folder.carry_out(upf(("replicas", "equals", 3), ("dl_throughput", "equals", 1000)))
    before = dict(folder.files)
    folder.carry_out(upf(("replicas", "equals", 4), action="scale"))
    changed = {path for path in before if before[path] != folder.files[path]}
    assert changed == {f"{UPF}/parameters.yaml", ".nephoran/ledger/tokyo-1/upf.ledger"}


def test_a_deletion_removes_everything_and_remembers_what_it_removed() -> None:
    folder = Folder()
    folder.carry_out(upf(("replicas", "equals", 3)))
    folder.files[f"{UPF}/README.md"] = b"ours"
    removed = {path: content.decode() for path, content in folder.files.items() if path.startswith(UPF)}
    work = folder.carry_out(plan(step("delete", UPF, type="upf")))
    assert [path for path in folder.files if path.startswith(UPF)] == []
    assert work.record.steps[0].files == removed


def test_a_slice_has_a_service_profile_in_the_words_of_ts_28_541() -> None:
    folder = Folder()
    wished = step(
        "deploy",
        "tokyo-1/slice-2-010203",
        *(target("latency", "at_most", 5), target("dl_throughput", "at_least", 100), target("max_ues", "at_least", 50)),
        type="slice",
        object={"type": "slice", "name": None, "slug": "slice-2-010203", "slice": {"sst": 2, "sd": "010203"}},
    )
    folder.carry_out(plan(wished))
    assert folder.load("tokyo-1/slice-2-010203/service-profile.yaml")["data"] == {
        "sNSSAI.sst": "2",
        "sNSSAI.sd": "010203",
        "dLLatency": "5",
        "uLLatency": "5",
        "dLThptPerSlice.guaThpt": "100000",
        "maxNumberofUEs": "50",
    }


def test_a_network_function_of_one_slice_is_labelled_with_it() -> None:
    folder = Folder()
    served = {"type": "upf", "name": None, "slug": "upf-1-010203", "slice": {"sst": 1, "sd": "010203"}}
    folder.carry_out(plan(step("deploy", "tokyo-1/upf-1-010203", type="upf", object=served)))
    metadata = folder.load("tokyo-1/upf-1-010203/nfdeployment.yaml")["metadata"]
    assert metadata["labels"] == {"nephoran.io/s-nssai": "1-010203"}  # type: ignore[index]


def test_a_folder_that_is_no_package_is_a_conflict() -> None:
    folder = Folder()
    folder.files[f"{UPF}/notes.txt"] = b"mine"
    with pytest.raises(Declined, match="no Kptfile"):
        folder.carry_out(upf(("replicas", "equals", 3)))


@pytest.mark.parametrize("text", [b"spec: [", b"- a list", b""])
def test_a_broken_file_fails_with_its_path_and_what_to_do(text: bytes) -> None:
    folder = Folder()
    folder.carry_out(upf(("replicas", "equals", 3)))
    folder.files[f"{UPF}/parameters.yaml"] = text
    with pytest.raises(Failed, match=r"upf/parameters\.yaml.*correct the file"):
        folder.carry_out(upf(("replicas", "equals", 4)))


def test_a_broken_ledger_fails_rather_than_forgets() -> None:
    folder = Folder()
    folder.carry_out(upf(("replicas", "equals", 3)))
    folder.files[".nephoran/ledger/tokyo-1/upf.ledger"] = b"{"
    with pytest.raises(Failed, match="restore it from an earlier commit"):
        folder.carry_out(upf(("replicas", "equals", 4)))


@pytest.mark.parametrize(
    ("mbps", "quantity"), [(1000, "1G"), (1500, "1500M"), (0.5, "500k"), (0.0005, "500"), (2_500_000, "2500G")]
)
def test_throughput_is_the_shortest_exact_quantity(mbps: float, quantity: str) -> None:
    assert throughput_quantity(mbps) == quantity
    assert mbps_of_quantity(quantity) == mbps


@pytest.mark.parametrize(("quantity", "mbps"), [("1Gi", 1073.741824), (5_000_000, 5), ("fast", None), (None, None)])
def test_quantities_of_other_writers_are_understood(quantity: object, mbps: float | None) -> None:
    assert mbps_of_quantity(quantity) == mbps


def test_thousands_never_promise_less_than_asked() -> None:
    assert [thousands(count) for count in (1, 1000, 1001)] == [1, 1, 2]


@pytest.mark.parametrize("suffix", [".json", ".ledger"])
def test_a_ledger_of_an_older_version_is_read_on_and_moves_when_it_is_written(suffix: str) -> None:
    folder = Folder()
    folder.carry_out(upf(("replicas", "equals", 3)))
    for path in [path for path in folder.files if path.endswith(".ledger")]:
        of_before = re.sub("(/intents/..)/../", r"\1/", path)  # one folder of two digits
        folder.files[of_before.removesuffix(".ledger") + suffix] = folder.files.pop(path)
    folder.count -= 1
    again = folder.carry_out(upf(("replicas", "equals", 3)))
    folder.carry_out(upf(("replicas", "increase_by", 2), action="scale"))
    assert again.is_repeated
    assert "after" in json.loads(folder.files[".nephoran/ledger/tokyo-1/upf.ledger"])["names"]["replicas"]
    assert ".nephoran/ledger/tokyo-1/upf.json" not in folder.files
