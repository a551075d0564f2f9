"""Packages whose function is a plain Deployment, and those whose provider reads no parameters."""

import yaml

from agents.adapters.in_memory_deployment_target import InMemoryDeploymentTarget
from schemas.bodies import IntentPlanned
from tests.unit.git.requests import at_most_20_replicas, intent, plan, step, target

DEPLOYMENT = """\
# The repository function, as the catalogue has it.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: free5gc-nrf
spec:
  replicas: 1 # one is enough for the lab
  selector: {matchLabels: {nf: nrf}}
"""
KPTFILE = """\
apiVersion: kpt.dev/v1
kind: Kptfile
metadata:
  name: nrf
  annotations:
    config.kubernetes.io/local-config: "true"
    nephoran.io/object-type: nrf
pipeline:
  mutators:
    - image: ghcr.io/example/set-labels:v1 # ours
"""
NRF = "tokyo-1/nrf"


def scale_nrf(replicas: int, condition: str = "equals") -> IntentPlanned:
    wished = target("replicas", condition, replicas)
    return plan(step("scale", NRF, wished, type="nrf", kind="Deployment"))


def site() -> InMemoryDeploymentTarget:
    double = InMemoryDeploymentTarget(at_most_20_replicas)
    double.files[f"{NRF}/nrf-deployment.yaml"] = DEPLOYMENT.encode()
    double.files[f"{NRF}/Kptfile"] = KPTFILE.encode()
    return double


async def test_replicas_are_set_where_the_deployment_has_them_and_nothing_else_changes() -> None:
    double = site()
    carried = await double.carry_out(intent("a", 1), scale_nrf(2, "increase_by"))
    assert carried.deployed.results[0].after == {"replicas": {"value": 3}}
    changed = DEPLOYMENT.replace("replicas: 1 #", "replicas: 3 #")
    assert double.files[f"{NRF}/nrf-deployment.yaml"].decode() == changed
    assert double.files[f"{NRF}/Kptfile"].decode() == KPTFILE
    assert {path for path in double.files if path.startswith(NRF)} == {f"{NRF}/nrf-deployment.yaml", f"{NRF}/Kptfile"}


async def test_undoing_puts_the_deployment_back_to_the_letter() -> None:
    double = site()
    await double.carry_out(intent("a", 1), scale_nrf(5))
    await double.undo(intent("a", 1).rollback(), intent("a", 1).id)
    assert double.files[f"{NRF}/nrf-deployment.yaml"].decode() == DEPLOYMENT


async def test_what_a_provider_does_not_read_stays_in_the_repository() -> None:
    double = InMemoryDeploymentTarget(at_most_20_replicas)
    wished = target("max_subscribers", "at_least", 5_500)
    await double.carry_out(intent("a", 1), plan(step("ensure", "tokyo-1/amf", wished, reads_parameters=False)))
    deployment = yaml.safe_load(double.files["tokyo-1/amf/nfdeployment.yaml"])
    notes = yaml.safe_load(double.files["tokyo-1/amf/parameters.yaml"])
    assert deployment["spec"]["capacity"] == {"maxSubscribers": 6}
    assert "parametersRefs" not in deployment["spec"]
    assert notes["metadata"]["annotations"] == {"config.kubernetes.io/local-config": "true"}
