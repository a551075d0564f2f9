"""A real Kafka that trusts nobody: TLS, mTLS, SASL PLAIN and SCRAM, and Kafka's own authorizer, all on one broker.

Its plain listener is for whoever set it up, and may do everything.
"""

import datetime
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pipeline.kafka.rights import Right
from pipeline.kafka.settings import KafkaSettings
from pipeline.local_kafka.cluster import LocalKafka
from pipeline.local_kafka.free_ports import find_free_ports
from tests.servers.eventually import eventually_blocking

PASSWORD = "correct horse"
ANSWER_SECONDS = 60
ANY_ACL = AclBindingFilter(
    ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
)
OPERATIONS = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
}

RESOURCES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional-id": ResourceType.TRANSACTIONAL_ID,
}


class Authority:
    """Signs certificates; everything lies in `folder` as PEM."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        self.file = folder / "ca.pem"
        certificate = self._signed(self._name, self._key, is_authority=True)
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str) -> tuple[Path, Path, Path]:
        """Certificate, key, and both in one file, for `name` on this machine."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._signed(subject, key).public_bytes(serialization.Encoding.PEM)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        files = tuple(self._folder / f"{name}.{kind}.pem" for kind in ("certificate", "key", "both"))
        for file, content in zip(files, (certificate, secret, secret + certificate), strict=True):
            file.write_bytes(content)
        return files[0], files[1], files[2]

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_authority: bool = False
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if is_authority:
            usage = x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            )
            builder = builder.add_extension(usage, critical=True)
        else:
            names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
            builder = builder.add_extension(names, critical=False).add_extension(
                x509.ExtendedKeyUsage(purposes), critical=False
            )
        return builder.sign(self._key, hashes.SHA256())


class SecuredKafka:
    """The broker, and how each kind of client reaches it. Users are called as roles are; all share a password."""

    def __init__(self, folder: Path, users: Iterable[str]) -> None:
        self.users = tuple(users)
        self._authority = Authority(folder)
        self._server = self._authority.issue("localhost")[2]
        plain, self._mutual_tls, self._tls, self._sasl_tls, self._sasl = find_free_ports(5)
        names = {
            "MUTUAL": (self._mutual_tls, "SSL"),
            "TLS": (self._tls, "SSL"),
            "SASLTLS": (self._sasl_tls, "SASL_SSL"),
            "SASL": (self._sasl, "SASL_PLAINTEXT"),
        }
        protocols = ",".join(f"{name}:{protocol}" for name, (_, protocol) in names.items())
        self._kafka = LocalKafka(
            find_ports=lambda _: [plain],
            listeners=tuple(f"{name}://localhost:{port}" for name, (port, _) in names.items()),
            properties={
                "listener.security.protocol.map": f"PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,{protocols}",
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": "User:ANONYMOUS",
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(self._server),
                "ssl.truststore.type": "PEM",
                "ssl.truststore.location": str(self._authority.file),
                "listener.name.mutual.ssl.client.auth": "required",
                "listener.name.mutual.ssl.principal.mapping.rules": "RULE:^CN=(.*?)$/$1/,DEFAULT",
                "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
                **{key: value for name in ("sasltls", "sasl") for key, value in self._logins(name).items()},
            },
        )

    def _logins(self, listener: str) -> dict[str, str]:
        users = " ".join(f'user_{user}="{PASSWORD}"' for user in self.users)
        module = "org.apache.kafka.common.security"
        scram = f"{module}.scram.ScramLoginModule required;"
        return {
            f"listener.name.{listener}.plain.sasl.jaas.config": f"{module}.plain.PlainLoginModule required {users};",
            f"listener.name.{listener}.scram-sha-256.sasl.jaas.config": scram,
            f"listener.name.{listener}.scram-sha-512.sasl.jaas.config": scram,
        }

    def start(self) -> None:
        self._kafka.start()
        for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
            login = ScramCredentialInfo(mechanism, 4_096)
            changes = [UserScramCredentialUpsertion(user, login, PASSWORD.encode()) for user in self.users]
            for done in self._admin.alter_user_scram_credentials(changes).values():
                done.result(ANSWER_SECONDS)

    def stop(self) -> None:
        self._kafka.stop()

    @cached_property
    def _admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self._kafka.bootstrap_servers, "log_level": 2})

    def unrestricted(self, **settings: object) -> KafkaSettings:
        """As whoever set it up."""
        return KafkaSettings(bootstrap_servers=self._kafka.bootstrap_servers, **settings)  # type: ignore[arg-type]

    def settings_for(self, user: str, how: str, **settings: object) -> KafkaSettings:
        """`how`: `mTLS`, or the protocol and mechanism of SASL: `SASL_SSL/PLAIN` and so on."""
        if how == "mTLS":
            certificate, key, _ = self._authority.issue(user)
            ours: dict[str, object] = {
                "bootstrap_servers": f"localhost:{self._mutual_tls}",
                "security_protocol": "SSL",
                "tls_ca_file": self._authority.file,
                "tls_certificate_file": certificate,
                "tls_key_file": key,
            }
        elif how == "TLS":
            ours = {
                "bootstrap_servers": f"localhost:{self._tls}",
                "security_protocol": "SSL",
                "tls_ca_file": self._authority.file,
            }
        else:
            protocol, mechanism = how.split("/")
            is_encrypted = protocol == "SASL_SSL"
            ours = {
                "bootstrap_servers": f"localhost:{self._sasl_tls if is_encrypted else self._sasl}",
                "security_protocol": protocol,
                "sasl_mechanism": mechanism,
                "sasl_username": user,
                "sasl_password": PASSWORD,
                "tls_ca_file": self._authority.file if is_encrypted else None,
            }
        return KafkaSettings.model_validate(ours | settings)

    def allow(self, rights: Iterable[Right], user: str | None = None) -> None:
        """Give each role (or this user) its rights."""
        bindings = [_binding(right, user or right.role) for right in rights]
        for done in self._admin.create_acls(list(dict.fromkeys(bindings))).values():
            done.result(ANSWER_SECONDS)
        eventually_blocking(lambda: set(bindings) <= set(self._admin.describe_acls(ANY_ACL).result(ANSWER_SECONDS)))

    def take_away(self, right: Right, user: str | None = None) -> None:
        """So that this one is missing."""
        binding = _binding(right, user or right.role)
        wanted = AclBindingFilter(
            binding.restype,
            binding.name,
            binding.resource_pattern_type,
            binding.principal,
            binding.host,
            binding.operation,
            binding.permission_type,
        )
        for done in self._admin.delete_acls([wanted]).values():
            done.result(ANSWER_SECONDS)


def _binding(right: Right, user: str) -> AclBinding:
    return AclBinding(
        RESOURCES[right.resource],
        right.name,
        ResourcePatternType.PREFIXED if right.is_prefix else ResourcePatternType.LITERAL,
        f"User:{user}",
        "*",
        OPERATIONS[right.operation],
        AclPermissionType.ALLOW,
    )
