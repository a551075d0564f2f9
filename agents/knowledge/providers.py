"""What enforces the packages at a site: which targets of which functions, by which field, and how one sees that."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.intent import TARGET_UNITS, Action, ObjectType

Kind = Literal["NFDeployment", "Deployment", "NetworkSlice"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Blueprint(_Part):
    """The package that packages of a function are made of."""

    repository: str
    package: str
    revision: str


class Enforced(_Part):
    """What a provider does for some functions. `targets` None is all of them.

    `spec_provider` is what `spec.provider` of the NFDeployment says; None leaves what the template says. Without the
    interfaces that it needs nothing is made.
    """

    objects: tuple[ObjectType, ...] = Field(min_length=1)
    actions: tuple[Action, ...] = Field(min_length=1)
    targets: tuple[str, ...] | None = None
    kind: Kind | None = None
    spec_provider: str | None = None
    reads_parameters: bool = True
    blueprint: Blueprint | None = None
    needs_interfaces: tuple[str, ...] = ()
    by: str = Field(min_length=3)
    seen: str = Field(min_length=3)
    source: str = Field(min_length=3)

    @model_validator(mode="after")
    def _targets_exist(self) -> "Enforced":
        _require_known(self.targets or ())
        return self

    def covers(self, action: Action, target: str | None) -> bool:
        """True where it carries out this action on this target, or on the object as a whole where that is None."""
        return action in self.actions and (target is None or self.targets is None or target in self.targets)


class Missed(_Part):
    """What a provider is known not to do, for those who ask for it."""

    objects: tuple[ObjectType, ...] = Field(min_length=1)
    actions: tuple[Action, ...] = ()
    targets: tuple[str, ...] = ()
    why: str = Field(min_length=3)
    source: str = Field(min_length=3)

    @model_validator(mode="after")
    def _targets_exist(self) -> "Missed":
        _require_known(self.targets)
        return self


class Provider(_Part):
    """One provider, by the name of its file."""

    name: str
    about: str
    source: str
    enforces: tuple[Enforced, ...] = Field(min_length=1)
    misses: tuple[Missed, ...] = ()

    def enforced_for(self, kind: ObjectType) -> Enforced | None:
        """What it does for such an object, None where it knows none."""
        return next((each for each in self.enforces if kind in each.objects), None)

    def why_not(self, kind: ObjectType, action: Action, target: str | None) -> str | None:
        """What is known about why it does not."""
        for missed in self.misses:
            if kind in missed.objects and (action in missed.actions or target in missed.targets):
                return f"{missed.why} ({missed.source})"
        return None


def _require_known(targets: tuple[str, ...]) -> None:
    unknown = sorted(set(targets) - TARGET_UNITS.keys())
    if unknown:
        raise ValueError(f"no such target: {', '.join(unknown)}")


def load_providers(folder: Path) -> dict[str, Provider]:
    """The providers of a knowledge pack by name. Raises: ValueError naming the file and every fault in it."""
    return {file.stem: _load(file) for file in sorted(folder.glob("*.yaml"))}


def _load(file: Path) -> Provider:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return Provider.model_validate({"name": file.stem, **content})
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError) as fault:
        raise ValueError(f"{file}: cannot be read ({fault})") from fault
    except ValidationError as fault:
        lines = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in fault.errors())
        raise ValueError(f"{file}: correct these fields: {lines}") from fault
