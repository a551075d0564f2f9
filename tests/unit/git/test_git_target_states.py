"""What stands at sites, as the packages of a deployment repository say it."""

from agents.adapters.git.files import InMemoryFiles, Staged
from agents.adapters.git.git_target_states import states_at
from agents.adapters.git.nephio_steps import Wish, WishedObject
from agents.adapters.git.packages import write_package
from agents.adapters.git.target_values import Held
from schemas.bodies import HeldValue
from schemas.intent import Action, ObjectType


def wish(site: str, kind: ObjectType, slug: str) -> Wish:
    return Wish(site=site, object=WishedObject(type=kind, slug=slug), action=Action.DEPLOY)


def test_it_is_told_by_site_and_object_and_what_cannot_be_read_is_left_out() -> None:
    files = Staged(InMemoryFiles({"osaka-1/README.md": b"by hand", "osaka-1/broken/Kptfile": b"{"}))
    upf = {"replicas": Held(value=3, min=2), "max_subscribers": Held(value=60_000)}
    write_package(files, wish("osaka-1", ObjectType.UPF, "upf"), upf, "nephoran")
    write_package(files, wish("osaka-1", ObjectType.SLICE, "slice-2"), {"latency": Held(value=12, max=15)}, "nephoran")
    write_package(files, wish("tokyo-1", ObjectType.AMF, "amf"), {"replicas": Held(value=4)}, "nephoran")
    states = {(each.site, each.object): each for each in states_at(files, ["osaka-1", "nagoya-1"])}
    assert states.keys() == {("osaka-1", "upf"), ("osaka-1", "slice-2")}
    assert states["osaka-1", "upf"].values == {
        "replicas": HeldValue(value=3.0, min=2.0),
        "max_subscribers": HeldValue(value=60_000.0),
    }
    assert states["osaka-1", "slice-2"].type is ObjectType.SLICE
