"""How every client reaches Kafka, and how its topics are laid out."""

from ssl import SSLContext
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FilePath, SecretStr, model_validator

from pipeline.kafka.not_usable import NotUsable
from schemas.topics import DEFAULT_PARTITIONS, TOPICS

BOOTSTRAP_PATTERN = r"^[^\s,]+:\d+(,[^\s,]+:\d+)*$"
METADATA_SECONDS = 10
"""How soon a client hears of partitions that were added, or of a topic made anew; aiokafka itself asks every 300 s."""


class KafkaSettings(BaseModel):
    """Where Kafka is and who we are there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bootstrap_servers: str = Field("localhost:9092", pattern=BOOTSTRAP_PATTERN)
    """`host:port`, several joined by commas: any of the brokers; the client learns the others from it."""
    client_id: str = "nephoran"
    """Our name in the brokers' logs and quotas."""
    topic_prefix: str = Field("", pattern=r"^[a-zA-Z0-9._-]{0,100}$")
    """Put before every topic's name, for several pipelines on one cluster. Producers must use it too."""
    partitions: int = Field(DEFAULT_PARTITIONS, ge=1, le=1000)
    """Partitions of each topic: the most workers that can share a stage. Expensive to change later (keys move)."""
    partitions_of: dict[str, Annotated[int, Field(ge=1, le=1000)]] = {}
    """Topics (without the prefix) with a different number, because partitions were added or by choice."""
    replication: int | None = Field(None, ge=1, le=10)
    """Copies of each partition. None: three, or one per broker if there are fewer."""
    request_timeout_seconds: float = Field(40.0, gt=0)
    """How long a client waits for a broker, and keeps a record it cannot deliver. Above the 30 s in which brokers elect
    new leaders."""

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """Whether the connection is encrypted (SSL), authenticated (SASL), both, or neither."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """Used with the SASL protocols."""
    sasl_username: str | None = None
    """The user name for the SASL protocols."""
    sasl_password: SecretStr | None = None
    """The password of that user."""
    tls_ca_file: FilePath | None = None
    """The certificate authorities to trust (PEM). None: those of this machine."""
    tls_certificate_file: FilePath | None = None
    """Our own certificate (PEM) where brokers ask for one; goes with `tls_key_file`."""
    tls_key_file: FilePath | None = None
    """The private key (PEM) of our certificate."""
    tls_key_password: SecretStr | None = None
    """The password of the private key, if it is encrypted."""

    @property
    def is_encrypted(self) -> bool:
        return self.security_protocol.endswith("SSL")

    @property
    def is_authenticated(self) -> bool:
        return self.security_protocol.startswith("SASL")

    @model_validator(mode="after")
    def _require_known_topics(self) -> Self:
        if unknown := sorted(set(self.partitions_of) - {topic.name for topic in TOPICS}):
            raise ValueError(f"partitions_of names {', '.join(unknown)}, which is not a topic of the pipeline")
        return self

    @model_validator(mode="after")
    def _require_what_the_protocol_needs(self) -> Self:
        if self.is_authenticated and (self.sasl_username is None or self.sasl_password is None):
            raise ValueError(f"security_protocol {self.security_protocol} needs sasl_username and sasl_password")
        if not self.is_authenticated and self.sasl_password is not None:
            raise ValueError(f"sasl_password has no use with security_protocol {self.security_protocol}; say SASL_SSL")
        if not self.is_encrypted and (self.tls_ca_file or self.tls_certificate_file):
            raise ValueError(
                f"TLS files have no use with security_protocol {self.security_protocol}; say SSL or SASL_SSL"
            )
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_certificate_file and tls_key_file go together")
        return self

    def partitions_for(self, topic: str) -> int:
        """How many partitions this topic of the table is to have."""
        return self.partitions_of.get(topic, self.partitions)

    def client(self) -> dict[str, Any]:
        """The arguments that every aiokafka client takes. Raises: NotUsable where a TLS file is damaged."""
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "client_id": self.client_id,
            "request_timeout_ms": round(self.request_timeout_seconds * 1000),
            "metadata_max_age_ms": METADATA_SECONDS * 1000,
            "security_protocol": self.security_protocol,
        }
        if self.is_authenticated and self.sasl_password is not None:
            arguments["sasl_mechanism"] = self.sasl_mechanism
            arguments["sasl_plain_username"] = self.sasl_username
            arguments["sasl_plain_password"] = self.sasl_password.get_secret_value()
        if self.is_encrypted:
            arguments["ssl_context"] = self._ssl_context()
        return arguments

    def librdkafka(self) -> dict[str, Any]:
        """The same for clients on librdkafka."""
        arguments: dict[str, Any] = {
            "bootstrap.servers": self.bootstrap_servers,
            "client.id": self.client_id,
            "security.protocol": self.security_protocol,
            "log_level": 0,
        }
        if self.is_authenticated and self.sasl_password is not None:
            arguments["sasl.mechanism"] = self.sasl_mechanism
            arguments["sasl.username"] = self.sasl_username
            arguments["sasl.password"] = self.sasl_password.get_secret_value()
        if self.is_encrypted:
            files = {"ca": self.tls_ca_file, "certificate": self.tls_certificate_file, "key": self.tls_key_file}
            arguments |= {f"ssl.{name}.location": str(file) for name, file in files.items() if file}
            if self.tls_key_password:
                arguments["ssl.key.password"] = self.tls_key_password.get_secret_value()
        return arguments

    def _ssl_context(self) -> SSLContext:
        from aiokafka.helpers import create_ssl_context

        password = self.tls_key_password.get_secret_value() if self.tls_key_password else ""
        try:
            context: SSLContext = create_ssl_context(
                cafile=self.tls_ca_file,
                certfile=self.tls_certificate_file,
                keyfile=self.tls_key_file,
                password=password,  # an empty one, for None would ask for it on the terminal
            )
        except OSError as error:
            raise NotUsable(f"the TLS files of the settings for Kafka cannot be used, are they PEM? {error}") from error
        return context
