"""The templates that steps are made of: what goes where, as what, at what risk. Files of the knowledge pack."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from agents.knowledge.pack import KnowledgePackFault
from schemas.bodies import Risk, StepTarget
from schemas.intent import TARGET_UNITS, Action, Condition, ObjectType

CLASS_FILES = ("cluster", "core", "ric", "ran", "slice")
"""The classes of objects in the order they depend on each other: a cluster carries the core, the core the slices."""


_FILES = {"plmn": "operator", "policies": "a1-policies", "edits": "o1-edits", "cluster": "o2-cluster"}


class TemplateFault(KnowledgePackFault):
    """A template file that cannot be used. The message names the file and every fault in it."""


class _Template(BaseModel):
    """A mistyped key in a template is a fault, and not silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ObjectTemplate(_Template):
    """What one replica of an object type is: `cpu` in cores, `memory` in GiB, for the estimate of a plan."""

    provider: str
    kind: str
    cpu: float
    memory: float


class Route(_Template):
    """Where a kind of wish goes. `targets` None takes every target, and expectations without any."""

    actions: tuple[Action, ...]
    targets: tuple[str, ...] | None = None
    to: StepTarget
    operation: str
    policy: str | None = None
    risk: Risk

    @model_validator(mode="after")
    def _names_what_exists(self) -> "Route":
        unknown = sorted(set(self.targets or ()) - TARGET_UNITS.keys())
        if unknown:
            raise ValueError(f"no such target: {', '.join(unknown)}")
        if (self.to == StepTarget.A1) != (self.policy is not None):
            raise ValueError("a route to a1, and no other, names its policy")
        return self

    def takes(self, action: Action, target: str | None) -> bool:
        """True where this route carries `action` on `target`, or on the object as a whole where that is None."""
        return action in self.actions and (self.targets is None or target in self.targets)


class ClassTemplate(_Template):
    """One file: a class of objects with its routes, of which the first that fits wins.

    `never` lists the targets that objects of this class do not have.
    """

    name: str
    objects: dict[ObjectType, ObjectTemplate]
    never: tuple[str, ...] = ()
    routes: tuple[Route, ...]

    def route_of(self, action: Action, target: str | None) -> Route | None:
        """Where a wish goes, None where there is no way for it."""
        if target in self.never or (target is not None and target not in TARGET_UNITS):
            return None
        return next((route for route in self.routes if route.takes(action, target)), None)


class PolicyAttribute(_Template):
    """An attribute of an A1 statement, set to the wished value times `factor`."""

    attribute: str
    factor: float = 1.0


class PolicyTemplate(_Template):
    """An A1 policy type. Without `fields` its statement is the list of targets as they are wished."""

    policy_type_id: str
    statement: str
    otherwise: str | None = None
    fields: dict[str, dict[Condition, tuple[PolicyAttribute, ...]]] = {}


class EditTemplate(_Template):
    """The leaves of a managed element that one target sets."""

    module: str
    managed_class: str
    leaves: tuple[str, ...]
    encoding: Literal["percent", "MHz", "mW"]


class ClusterTemplate(_Template):
    """The O-Cloud template that provisioning requests name."""

    template_name: str
    template_version: str


class PlmnId(_Template):
    """The operator's network (TS 23.003, clause 12.1)."""

    mcc: str
    mnc: str


class Templates(_Template):
    """All templates of a knowledge pack."""

    plmn: PlmnId
    classes: tuple[ClassTemplate, ...]
    policies: dict[str, PolicyTemplate]
    edits: dict[str, EditTemplate]
    cluster: ClusterTemplate

    @model_validator(mode="after")
    def _is_whole(self) -> "Templates":
        missing = set(ObjectType) - {kind for each in self.classes for kind in each.objects}
        if missing:
            raise ValueError(f"no template for {', '.join(sorted(missing))}")
        named = {route.policy for each in self.classes for route in each.routes if route.policy}
        named |= {policy.otherwise for policy in self.policies.values() if policy.otherwise}
        if named - self.policies.keys():
            raise ValueError(f"no such policy: {', '.join(sorted(named - self.policies.keys()))}")
        edited = {
            name
            for each in self.classes
            for route in each.routes
            if route.to == StepTarget.O1
            for name in route.targets or ()
        }
        if edited - self.edits.keys():
            raise ValueError(f"no such edit: {', '.join(sorted(edited - self.edits.keys()))}")
        return self

    def class_of(self, kind: ObjectType) -> ClassTemplate:
        """The class that objects of this type belong to."""
        return next(each for each in self.classes if kind in each.objects)

    def object_of(self, kind: ObjectType) -> ObjectTemplate:
        """What one replica of this type is."""
        return self.class_of(kind).objects[kind]

    def rank_of(self, kind: ObjectType) -> int:
        """The place of the type's class in the order of dependence, 0 first."""
        return self.classes.index(self.class_of(kind))

    @classmethod
    def load(cls, pack: Path) -> "Templates":
        """The templates in the folder `templates` of a knowledge pack. Raises: TemplateFault."""
        folder = pack / "templates"
        content = {
            "plmn": _read(folder / "operator.yaml").get("plmn"),
            "classes": [{"name": name, **_read(folder / f"{name}.yaml")} for name in CLASS_FILES],
            "policies": _read(folder / "a1-policies.yaml").get("policies"),
            "edits": _read(folder / "o1-edits.yaml").get("edits"),
            "cluster": _read(folder / "o2-cluster.yaml"),
        }
        try:
            return cls.model_validate(content)
        except ValidationError as fault:
            lines = "; ".join(f"{_place(each['loc'])}: {each['msg']}" for each in fault.errors())
            raise TemplateFault(f"{folder}: correct these fields: {lines}") from fault


def _place(location: tuple[int | str, ...]) -> str:
    """The file and the field that a fault is in, as its author knows them."""
    match location:
        case ("classes", int(number), *field):
            file = CLASS_FILES[number]
        case (str(part), *field):
            file = _FILES[part]
        case _:
            return "the templates together"
    return f"{file}.yaml {'.'.join(map(str, field))}".rstrip()


def _read(path: Path) -> dict[str, object]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
        raise TemplateFault(f"{path}: cannot be read ({fault}); a knowledge pack needs this file") from fault
    if not isinstance(content, dict):
        raise TemplateFault(f"{path}: has to be a mapping of fields at its top level")
    return content
