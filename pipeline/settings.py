"""The effective settings: each layer's own, composed. This file alone reads the environment."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, cast

from platformdirs import user_data_path
from pydantic import BaseModel, Field, ModelWrapValidatorHandler, TypeAdapter, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from agents.adapters.a1.settings import A1Settings
from agents.adapters.git.settings import GitSettings
from agents.adapters.nephio_site.settings import SitesSettings
from agents.adapters.o1.settings import O1Settings
from agents.adapters.o2.settings import O2Settings
from agents.adapters.porch.settings import PorchSettings
from agents.adapters.weaviate.settings import WeaviateSettings
from agents.domain.model_settings import ModelSettings
from agents.knowledge.settings import KnowledgeSettings
from agents.retrieval.settings import EmbeddingSettings, KnowledgeCacheSettings
from pipeline.control.brake import BrakeSettings
from pipeline.control.circuits import CircuitSettings
from pipeline.engines.settings import EngineSettings
from pipeline.kafka.settings import KafkaSettings
from pipeline.kafka.signatures import SigningSettings
from pipeline.processes.worker_processes import RunSettings
from pipeline.runtime.contradictions import contradictions
from pipeline.runtime.expiry import ApprovalSettings
from pipeline.runtime.lanes import LaneSettings
from pipeline.runtime.misspelt_settings import FILE_VARIABLE, unknown_variables
from pipeline.telemetry.canary_settings import CanarySettings
from pipeline.telemetry.http_settings import MetricsSettings
from pipeline.telemetry.logs import LogSettings
from pipeline.telemetry.objectives import SloSettings
from pipeline.telemetry.search_api_settings import SearchApiSettings
from pipeline.telemetry.tracing import TracingSettings

DEFAULT_FILE = Path("nephoran.toml")


def settings_file() -> Path:
    """The file that settings are read from, where there is one."""
    return Path(os.environ.get(FILE_VARIABLE, DEFAULT_FILE))


class Settings(BaseSettings):
    """Everything that can be set: `NEPHORAN_KAFKA__BOOTSTRAP_SERVERS` and so on, over the TOML file, over defaults."""

    model_config = SettingsConfigDict(
        env_prefix="NEPHORAN_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    kafka: KafkaSettings = Field(default_factory=KafkaSettings)
    git: GitSettings = Field(
        default_factory=lambda: GitSettings(repository=str(user_data_path("nephoran") / "deployments.git"))
    )
    a1: A1Settings = Field(default_factory=A1Settings)
    o1: O1Settings = Field(default_factory=O1Settings)
    o2: O2Settings = Field(default_factory=O2Settings)
    porch: PorchSettings = Field(default_factory=PorchSettings)
    sites: SitesSettings = Field(default_factory=SitesSettings)
    knowledge: KnowledgeSettings = Field(default_factory=KnowledgeSettings)
    embeddings: EmbeddingSettings = Field(default_factory=EmbeddingSettings)
    knowledge_cache: KnowledgeCacheSettings = Field(default_factory=KnowledgeCacheSettings)
    weaviate: WeaviateSettings = Field(default_factory=WeaviateSettings)
    model: ModelSettings = Field(default_factory=ModelSettings)
    signing: SigningSettings = Field(default_factory=SigningSettings)
    engine: EngineSettings = Field(default_factory=EngineSettings)
    lanes: LaneSettings = Field(default_factory=LaneSettings)
    run: RunSettings = Field(default_factory=RunSettings)
    circuits: CircuitSettings = Field(default_factory=CircuitSettings)
    approval: ApprovalSettings = Field(default_factory=ApprovalSettings)
    brake: BrakeSettings = Field(default_factory=BrakeSettings)
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    tracing: TracingSettings = Field(default_factory=TracingSettings)
    search_api: SearchApiSettings = Field(default_factory=SearchApiSettings)
    slo: SloSettings = Field(default_factory=SloSettings)
    canary: CanarySettings = Field(default_factory=CanarySettings)
    log: LogSettings = Field(default_factory=LogSettings)

    @model_validator(mode="wrap")
    @classmethod
    def _tell_all_faults(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Those of single values, and contradictions between those that hold."""
        faults: list[InitErrorDetails] = []
        try:
            settings = handler(values)
            sections = {name: getattr(settings, name) for name in cls.model_fields}
        except ValidationError as error:
            if any(fault["type"] in ("contradiction", "unknown_variable") for fault in error.errors()):
                raise  # `model_validate` validates twice, and has reported them all
            settings, sections = None, cls._sections_that_hold(values)
            faults += [cast(InitErrorDetails, fault) for fault in error.errors(include_url=False)]
        faults += [
            InitErrorDetails(
                type=PydanticCustomError("contradiction", "{why}", {"why": why}), loc=(section, name), input=None
            )
            for section, name, why in contradictions(sections)
        ]
        faults += [
            InitErrorDetails(
                type=PydanticCustomError("unknown_variable", "no setting has this variable"), loc=(name,), input=None
            )
            for name in unknown_variables(cls.model_fields, os.environ)
        ]
        if settings is None or faults:
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return settings

    @classmethod
    def _sections_that_hold(cls, values: Any) -> dict[str, BaseModel]:
        sections: dict[str, BaseModel] = {}
        for name, field in cls.model_fields.items():
            given = values.get(name) if isinstance(values, dict) else None
            with suppress(ValidationError):
                sections[name] = (
                    field.get_default(call_default_factory=True)
                    if given is None
                    else TypeAdapter[Any](cast(Any, field.annotation)).validate_python(given)
                )
        return sections

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments over variables over the TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_file())
