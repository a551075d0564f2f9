"""Kubernetes resource files: read leniently, and changed only in the lines meant."""

from copy import deepcopy
from functools import lru_cache
from typing import Any

import yaml

from agents.adapters.git import yaml_text
from agents.adapters.git.files import Staged
from agents.domain.verdicts import Failed

Manifest = dict[str, Any]


def read_manifest(files: Staged, path: str) -> Manifest | None:
    """The resource in the file, or None where there is no file. Raises: Failed `package_unreadable`."""
    return deepcopy(_read(files, path))


def files_of_kind(files: Staged, folder: str, kind: str) -> list[str]:
    """The paths of the package's resources of a kind. What cannot be read, several in a file, say, is none."""
    return [path for path in files.list(folder) if path.endswith((".yaml", ".yml")) and _kind(files, path) == kind]


def _kind(files: Staged, path: str) -> object:
    try:
        manifest = _read(files, path)
    except Failed:
        return None
    return manifest and manifest.get("kind")


def _read(files: Staged, path: str) -> Manifest | None:
    """The resource as others have it too: not to be changed."""
    content = files.read(path)
    if content is None:
        return None
    try:
        document = _parse(content)
    except (yaml.YAMLError, ValueError) as fault:
        raise _unreadable(path, str(fault).splitlines()[0]) from fault
    if not isinstance(document, dict):
        raise _unreadable(path, "one resource is expected in it")
    return document


@lru_cache(maxsize=1024)
def _parse(content: bytes) -> object:
    """Parsing is the most expensive part of a change, and one change reads the same file several times."""
    return yaml_text.parse(content)


def write_manifest(files: Staged, path: str, manifest: Manifest) -> None:
    """Stages the resource; lines that already say so stay as they are. Raises: Failed `package_unreadable`."""
    there = _read(files, path)
    if there is None:
        files.write(path, yaml_text.dump(manifest).encode())
    elif there != manifest:
        files.write(path, _edited(path, (files.read(path) or b"").decode(), manifest).encode())


def _edited(path: str, text: str, manifest: Manifest) -> str:
    try:
        return yaml_text.edit(text, manifest)
    except yaml_text.NotEditable as fault:
        why = "it uses anchors, repeated keys or several keys on a line"
        raise Failed(
            "package_unreadable",
            f"{path} in the deployment repository cannot be changed without rewriting what people wrote ({why}): "
            "write it plainly, then replay this intent",
        ) from fault


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
        f"{path} in the deployment repository cannot be read ({why}): correct the file, then replay this intent",
    )
