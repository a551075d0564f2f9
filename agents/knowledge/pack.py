"""The operator's own files: where the sites are, what is forbidden, and which words mean what."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agents.knowledge.networks import FunctionNetworks
from agents.knowledge.providers import Enforced, Provider, load_providers
from agents.knowledge.vocabulary import Vocabulary
from schemas.intent import TARGET_UNITS, Action, IntentObject, ObjectType
from schemas.reasons import DeclineReason

_Model = TypeVar("_Model", bound=BaseModel)


class KnowledgePackFault(ValueError):
    """A pack that cannot be used. The message names the file, the line or field, and what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Site(_Part):
    """Where functions run. `names` are further spellings of its slug.

    `providers` carry out its packages: each object is the first one's that knows it. `networks` is what it has for its
    functions, by their name or type.
    """

    city: str | None = None
    country: str | None = None
    kind: str | None = None
    names: tuple[str, ...] = ()
    providers: tuple[str, ...] = ("generic",)
    networks: dict[str, FunctionNetworks] = {}


class Area(_Part):
    """A city or a country, by every name it goes by; `exact` ones count only in this letter case."""

    names: tuple[str, ...] = Field(min_length=1)
    exact: tuple[str, ...] = ()


class Inventory(_Part):
    """The sites there are."""

    sites: dict[str, Site] = Field(min_length=1)
    cities: dict[str, Area] = {}
    countries: dict[str, Area] = {}

    @model_validator(mode="after")
    def _areas_exist(self) -> "Inventory":
        for slug, site in self.sites.items():
            if site.city is not None and site.city not in self.cities:
                raise ValueError(f"sites.{slug}.city is {site.city!r}: add it under cities")
            if site.country is not None and site.country not in self.countries:
                raise ValueError(f"sites.{slug}.country is {site.country!r}: add it under countries")
        return self

    def sites_in(self, field: Literal["city", "country", "kind"], value: str) -> tuple[str, ...]:
        """The slugs of the sites there, in alphabetical order."""
        return tuple(sorted(slug for slug, site in self.sites.items() if getattr(site, field) == value))

    @cached_property
    def everywhere(self) -> tuple[str, ...]:
        """All slugs, in alphabetical order."""
        return tuple(sorted(self.sites))


class Limit(_Part):
    """The values that some targets may take; beyond them the intent is declined with `reason`."""

    targets: tuple[str, ...] = Field(min_length=1)
    least: float | None = None
    above: float | None = None
    most: float | None = None
    one_of: tuple[float, ...] = ()
    is_whole: bool = False
    reason: Literal[DeclineReason.INFEASIBLE, DeclineReason.POLICY_VIOLATION]
    rule: str = Field(min_length=3)
    source: str = Field(min_length=3)

    @model_validator(mode="after")
    def _targets_exist(self) -> "Limit":
        return _known_targets(self, self.targets)


class Order(_Part):
    """Two targets of which the first may not be above the second."""

    low: str
    high: str
    source: str = Field(min_length=3)

    @model_validator(mode="after")
    def _targets_exist(self) -> "Order":
        return _known_targets(self, (self.low, self.high))


class ParametersOf(_Part):
    """Targets that only these objects have."""

    targets: tuple[str, ...] = Field(min_length=1)
    objects: tuple[ObjectType, ...] = Field(min_length=1)
    source: str = Field(min_length=3)

    @model_validator(mode="after")
    def _targets_exist(self) -> "ParametersOf":
        return _known_targets(self, self.targets)


class Guardrails(_Part):
    """What is never done, and what only after an approval."""

    max_sites: int = Field(ge=1)
    max_changes: int = Field(200, ge=1, le=1_000)
    """Objects times sites in one intent. Bounds what a plan may grow to: a step takes half a kilobyte of the 1 MiB that
    a topic takes."""
    proposed_actions: tuple[Action, ...]
    never_deleted: tuple[ObjectType, ...]
    undo_failed: bool = True
    """Whether to undo what was carried out but did not come into force."""
    limits: tuple[Limit, ...]
    in_order: tuple[Order, ...] = ()
    parameters_of: tuple[ParametersOf, ...] = ()


def _known_targets(part: _Model, names: tuple[str, ...]) -> _Model:
    for name in names:
        if name not in TARGET_UNITS:
            raise ValueError(f"there is no target {name!r}: use one of {', '.join(TARGET_UNITS)}")
    return part


@dataclass(frozen=True)
class KnowledgePack:
    """The files of a pack, checked.

    `digest` is a SHA-256 over their content: another digest, another base for plans.
    """

    inventory: Inventory
    guardrails: Guardrails
    vocabulary: Vocabulary
    digest: str
    providers: Mapping[str, Provider] = dataclasses.field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "KnowledgePack":
        """The pack in the folder `path`. Raises: KnowledgePackFault."""
        lexicon = sorted((path / "lexicon").glob("*.yaml"))
        inventory = _checked(Inventory, path / "inventory.yaml", _read(path / "inventory.yaml"))
        return cls(
            inventory=inventory,
            guardrails=_checked(Guardrails, path / "guardrails.yaml", _read(path / "guardrails.yaml")),
            vocabulary=_checked(Vocabulary, path / "lexicon", _merged(lexicon)),
            digest=_digest_of(path, lexicon),
            providers=_providers_of(path, inventory),
        )

    def providers_at(self, site: str) -> tuple[Provider, ...]:
        """Who carries out packages there; nobody in a pack without providers, where everything is taken to be."""
        named = self.inventory.sites[site].providers if site in self.inventory.sites else ()
        return tuple(self.providers[name] for name in named if name in self.providers)

    def networks_at(self, site: str, thing: IntentObject) -> FunctionNetworks | None:
        """What the site has for the function: under its own name, else under its type."""
        known = self.inventory.sites[site].networks if site in self.inventory.sites else {}
        return known.get(thing.slug, known.get(str(thing.type)))

    def enforced_at(self, site: str, kind: ObjectType) -> tuple[Provider, Enforced] | None:
        """The provider there that knows such objects, with what it does for them."""
        for provider in self.providers_at(site):
            if (enforced := provider.enforced_for(kind)) is not None:
                return provider, enforced
        return None


def _providers_of(path: Path, inventory: Inventory) -> Mapping[str, Provider]:
    if not (path / "providers").is_dir():
        return {}
    try:
        providers = load_providers(path / "providers")
    except ValueError as fault:
        raise KnowledgePackFault(str(fault)) from fault
    for slug, site in inventory.sites.items():
        if unknown := sorted(set(site.providers) - providers.keys()):
            raise KnowledgePackFault(
                f"{path / 'inventory.yaml'}: sites.{slug}.providers names {', '.join(unknown)}: there are "
                f"{', '.join(providers)} in {path / 'providers'}"
            )
    return providers


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as fault:
        raise KnowledgePackFault(
            f"{file}: cannot be read ({fault.strerror}); a knowledge pack needs this file"
        ) from fault
    except UnicodeDecodeError as fault:
        raise KnowledgePackFault(f"{file}: byte {fault.start} is not UTF-8; save the file as UTF-8") from fault
    except yaml.YAMLError as fault:
        raise KnowledgePackFault(f"{file}: not YAML: {fault}; correct the place it names") from fault
    if not isinstance(content, dict):
        raise KnowledgePackFault(f"{file}: has to be a mapping of fields at its top level")
    return content


def _merged(files: list[Path]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for file in files:
        for field, content in _read(file).items():
            if field in fields:
                raise KnowledgePackFault(f"{file}: field {field} is already in another lexicon file; keep one of them")
            fields[field] = content
    return fields


def _checked(model: type[_Model], file: Path, content: dict[str, Any]) -> _Model:
    try:
        return model.model_validate(content)
    except ValidationError as fault:
        lines = [f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in fault.errors()]
        raise KnowledgePackFault(f"{file}: correct these fields: " + "; ".join(lines)) from fault


def _digest_of(path: Path, lexicon: list[Path]) -> str:
    digest = sha256()
    others = [each for folder in ("templates", "providers") for each in sorted((path / folder).rglob("*"))]
    for file in (path / "inventory.yaml", path / "guardrails.yaml", *lexicon, *filter(Path.is_file, others)):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(path).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
