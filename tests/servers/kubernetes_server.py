"""A real Kubernetes API server on loopback: kube-apiserver from the Go module proxy, etcd from Debian. Nothing else of
Kubernetes runs: what controllers do, tests do.
"""

import hashlib
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from platformdirs import user_cache_path

from pipeline.local_kafka.free_ports import find_free_ports
from pipeline.processes.child_process import ChildProcess
from tests.servers.eventually import eventually_blocking
from tests.servers.programs import ROOT

MODULE = ROOT / "tests/go/kube-apiserver"
VERSION = "v1.36.3"
TOKEN = "of-the-tests"
START_SECONDS = 120


@dataclass(frozen=True)
class KubernetesServer:
    """A running server, and what opens it."""

    address: str
    kubeconfig: Path
    certificate: Path

    def client(self) -> httpx.AsyncClient:
        """A plain HTTP client with all rights."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        verify = ssl.create_default_context(cafile=str(self.certificate))
        return httpx.AsyncClient(base_url=self.address, headers=headers, verify=verify)


def kube_apiserver() -> Path:
    """The program, built once for each version into the user's cache folder; four minutes on two cores."""
    digest = hashlib.sha256((MODULE / "go.sum").read_bytes()).hexdigest()[:16]
    program = user_cache_path("nephoran") / "tools" / f"kube-apiserver-{digest}"
    if program.exists():
        return program
    if shutil.which("go") is None:
        pytest.skip("kube-apiserver must be built, and there is no go: install Go 1.26 or newer")
    made = program.with_suffix(f".{os.getpid()}")
    made.parent.mkdir(parents=True, exist_ok=True)
    version = "k8s.io/component-base/version"
    flags = f"-s -w -X {version}.gitVersion={VERSION} -X {version}.gitMajor=1 -X {version}.gitMinor=36"
    command = ["go", "build", "-trimpath", "-ldflags", flags, "-o", str(made), "k8s.io/kubernetes/cmd/kube-apiserver"]
    subprocess.run(command, cwd=MODULE, env={**os.environ, "CGO_ENABLED": "0"}, check=True)
    return made.replace(program)


@contextmanager
def kubernetes(folder: Path) -> Iterator[KubernetesServer]:
    """A server with nothing in it. Skips where a program is missing."""
    program, etcd = kube_apiserver(), shutil.which("etcd")
    if etcd is None:
        pytest.skip("there is no etcd here: apt-get install etcd-server")
    store, peer, port = find_free_ports(3)
    address = f"http://127.0.0.1:{store}"
    options = [f"--data-dir={folder / 'etcd'}", f"--listen-client-urls={address}", f"--advertise-client-urls={address}"]
    options += [f"--listen-peer-urls=http://127.0.0.1:{peer}", "--unsafe-no-fsync"]
    processes = [ChildProcess([etcd, *options], folder / "etcd.log")]
    try:
        processes.append(ChildProcess([str(program), *_options(folder, address, port)], folder / "apiserver.log"))
        server = KubernetesServer(f"https://127.0.0.1:{port}", folder / "kubeconfig", folder / "certs/apiserver.crt")
        eventually_blocking(lambda: _is_ready(server, processes), START_SECONDS)
        server.kubeconfig.write_text(yaml.safe_dump(_kubeconfig(server)))
        yield server
    finally:
        for process in reversed(processes):
            process.kill()


def _options(folder: Path, store: str, port: int) -> list[str]:
    key, tokens = folder / "accounts.key", folder / "tokens.csv"
    private = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    key.write_bytes(rsa.generate_private_key(65_537, 2_048).private_bytes(*private))
    tokens.write_text(f"{TOKEN},tests,1,system:masters\n")
    return [
        f"--etcd-servers={store}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'certs'}",
        f"--token-auth-file={tokens}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-signing-key-file={key}",
        f"--service-account-key-file={key}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--authorization-mode=AlwaysAllow",
        "--disable-admission-plugins=ServiceAccount",
        "--endpoint-reconciler-type=none",
    ]


def _kubeconfig(server: KubernetesServer) -> dict[str, Any]:
    cluster = {"server": server.address, "certificate-authority": str(server.certificate)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "site", "cluster": cluster}],
        "users": [{"name": "tests", "user": {"token": TOKEN}}],
        "contexts": [{"name": "site", "context": {"cluster": "site", "user": "tests"}}],
        "current-context": "site",
    }


def _is_ready(server: KubernetesServer, processes: list[ChildProcess]) -> bool:
    for process in processes:
        if process.exit_code is not None:
            pytest.fail(process.last_lines())
    if not server.certificate.exists():
        return False
    verify = ssl.create_default_context(cafile=str(server.certificate))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    try:
        return httpx.get(f"{server.address}/readyz", headers=headers, verify=verify).text == "ok"
    except (httpx.TransportError, ssl.SSLError):
        return False
