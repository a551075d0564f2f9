"""Kubernetes resource files: read leniently, written sorted, so that a change is a small diff. What others put into
a file stays in it; only comments are lost, and only in a file that changes."""

from copy import deepcopy
from functools import lru_cache
from typing import Any

import yaml

from agents.adapters.git.files import Staged
from agents.domain.verdicts import Failed

Manifest = dict[str, Any]

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def read_manifest(files: Staged, path: str) -> Manifest | None:
    """The resource in the file, or None where there is no file. Raises: Failed `package_unreadable`."""
    return deepcopy(_read(files, path))


def _read(files: Staged, path: str) -> Manifest | None:
    """The resource as others have it too: not to be changed."""
    content = files.read(path)
    if content is None:
        return None
    try:
        document = _parse(content)
    except yaml.YAMLError as fault:
        raise _unreadable(path, str(fault).splitlines()[0]) from fault
    if not isinstance(document, dict):
        raise _unreadable(path, "one resource is expected in it")
    return document


@lru_cache(maxsize=1024)
def _parse(content: bytes) -> object:
    """Parsing is the dearest part of a change, and one change reads the same file several times."""
    parsed: object = yaml.load(content, Loader=_Loader)
    return parsed


def write_manifest(files: Staged, path: str, manifest: Manifest) -> None:
    """Stages the resource, keys sorted; one that says what the file already says leaves the file as it is."""
    if _read(files, path) != manifest:
        text = yaml.dump(manifest, Dumper=_Dumper, sort_keys=True, default_flow_style=False, allow_unicode=True)
        files.write(path, text.encode())


def section(manifest: Manifest, *names: str) -> Manifest:
    """The nested mapping, created where it is missing or is no mapping."""
    for name in names:
        if not isinstance(manifest.get(name), dict):
            manifest[name] = {}
        manifest = manifest[name]
    return manifest


def _unreadable(path: str, why: str) -> Failed:
    return Failed(
        "package_unreadable",
        f"{path} in the deployment repository cannot be read ({why}): put the file right, then replay this intent",
    )
