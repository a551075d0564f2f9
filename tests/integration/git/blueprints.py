"""A repository of blueprints for the tests, with one of an AMF as Nephio's catalogue has them."""

from collections.abc import Mapping
from pathlib import Path

from tests.integration.git.remote import run

PACKAGE = "workloads/example/amf-bp"
_LOCAL = '  annotations: {config.kubernetes.io/local-config: "true"}\n'
AMF = {
    "Kptfile": """\
apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: amf-bp
  annotations:
    config.kubernetes.io/local-config: "true"
info:
  description: an AMF # theirs
  readinessGates:
    - conditionType: example.com/reviewed
pipeline:
  mutators:
    - exec: cat # what the site's own pipeline runs
status:
  conditions:
    - {type: example.com/reviewed, status: "True"}
""",
    "amfdeployment.yaml": """\
apiVersion: workload.nephio.org/v1alpha1
kind: NFDeployment
metadata:
  name: amf-example # made the object's own
  namespace: amf-example
spec:
  provider: amf.free5gc.io
""",
    "capacity.yaml": """\
apiVersion: req.nephio.org/v1alpha1
kind: Capacity
metadata:
  name: control-plane
  annotations:
    config.kubernetes.io/local-config: "true"
    specializer.nephio.org/owner: workload.nephio.org/v1alpha1.NFDeployment.amf-example
spec:
  maxSubscribers: 1000 # in thousands
  maxNFConnections: 4
""",
    "workload-cluster.yaml": "apiVersion: infra.nephio.org/v1alpha1\nkind: WorkloadCluster\nmetadata:\n"
    f"  name: workload-cluster\n{_LOCAL}spec:\n  clusterName: example\n",
    "package-context.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n"
    f"  name: kptfile.kpt.dev\n{_LOCAL}data:\n  name: example\n",
    "namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: amf-example\n",
    "docs/README.md": "# How to use it\n",
}


class Catalogue:
    """Somebody else's repository of blueprints."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "catalogue"
        self.path.mkdir()
        run("git", "init", "--quiet", "--initial-branch=main", str(self.path))
        self.commit({f"{PACKAGE}/{path}": text for path, text in AMF.items()})

    def commit(self, files: Mapping[str, str], tag: str | None = None) -> str:
        """The commit with these files written."""
        for path, text in files.items():
            there = self.path / path
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_text(text)
        run("git", "add", "--all", folder=self.path)
        run("git", "-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "-m", "more", folder=self.path)
        if tag:
            run("git", "tag", tag, folder=self.path)
        return run("git", "rev-parse", "HEAD", folder=self.path).strip()

    def named(self, revision: str = "main", package: str = PACKAGE) -> dict[str, str]:
        """As a provider's file names it."""
        return {"repository": str(self.path), "package": package, "revision": revision}
