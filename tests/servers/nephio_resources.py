"""What Nephio's resources may hold, for the tests: field by field as the public description of its API has it, in our
own words (nephio-project/api at 7710e08, May 2025: `workload.nephio.org/v1alpha1` and `req.nephio.org/v1alpha1`).
"""

from typing import Any

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}
_NAME: Schema = {"type": "string", "maxLength": 253}
_QUANTITY: Schema = {
    "anyOf": [{"type": "integer"}, {"type": "string"}],
    "pattern": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+(\.[0-9]*)?)?$",
    "x-kubernetes-int-or-string": True,
}
_OPEN: Schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _object(fields: dict[str, Schema], *required: str) -> Schema:
    return {"type": "object", "properties": fields} | ({"required": list(required)} if required else {})


_ADDRESS = _object({"address": _TEXT, "gateway": _TEXT}, "address")
_ADDRESSES = {"ipv4": _ADDRESS, "ipv6": _ADDRESS}
_POOL = _object({"prefix": {"type": "string", "pattern": r"^[0-9a-fA-F.:]+/[0-9]{1,3}$"}}, "prefix")
_INSTANCE = _object(
    {
        "name": _NAME,
        "interfaces": _list(_TEXT),
        "peers": _list(_object({"name": _NAME, **_ADDRESSES})),
        "dataNetworks": _list(_object({"name": _NAME, "pool": _list(_POOL)})),
        "bgp": _OPEN,
    },
    "name",
)
CAPACITY = _object(
    {
        "maxUplinkThroughput": _QUANTITY,
        "maxDownlinkThroughput": _QUANTITY,
        "maxSessions": _NUMBER,
        "maxSubscribers": _NUMBER,
        "maxNFConnections": _NUMBER,
    }
)
NF_DEPLOYMENT = _object(
    {
        "provider": _TEXT,
        "capacity": CAPACITY,
        "interfaces": _list(_object({"name": _NAME, **_ADDRESSES, "vlanID": _NUMBER}, "name")),
        "networkInstances": _list(_INSTANCE),
        "parametersRefs": _list(_object({"apiVersion": _TEXT, "kind": _TEXT, "name": _TEXT})),
    }
)
SPECS = {
    ("workload.nephio.org/v1alpha1", "NFDeployment"): NF_DEPLOYMENT,
    ("req.nephio.org/v1alpha1", "Capacity"): CAPACITY,
}
"""The `spec` of each by apiVersion and kind."""


def strict(schema: Schema) -> Schema:
    """The same with unknown fields forbidden, as the API server is asked to with `fieldValidation=Strict`."""
    made = {name: _strict(each) for name, each in schema.items()}
    if "properties" in made and not made.get("x-kubernetes-preserve-unknown-fields"):
        made["additionalProperties"] = False
    return made


def _strict(part: Any) -> Any:
    if isinstance(part, dict):
        return strict(part)
    return [_strict(each) for each in part] if isinstance(part, list) else part


def crd(group: str, kind: str) -> dict[str, Any]:
    """The CustomResourceDefinition of one kind of `SPECS`."""
    plural = f"{kind.lower()}s"
    schema = _object({"spec": SPECS[f"{group}/v1alpha1", kind], "status": _OPEN})
    version = {"name": "v1alpha1", "served": True, "storage": True, "subresources": {"status": {}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [version | {"schema": {"openAPIV3Schema": schema}}],
        },
    }
