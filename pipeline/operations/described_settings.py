"""What can be set, each with its meaning, as its class says it: `python -m pipeline.operations.described_settings` is
docs/settings.md."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from pipeline.runtime.misspelt_settings import variable_of
from pipeline.settings import Settings

HEAD = """# Settings

Every setting is an environment variable or a line of `nephoran.toml`: `NEPHORAN_KAFKA__BOOTSTRAP_SERVERS` is
`bootstrap_servers` in the section `[kafka]`. A variable goes before the file. `nephoran settings` prints what is in
effect, and where each value comes from. A name that no setting has stops commands and workers at their start: they
tell the variable or the line of the file, and the name that was probably meant. This page is made from the code
(`make docs`); `nephoran settings --describe` prints it.
"""
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Described:
    """One setting. `default` is text, None where the setting must be given."""

    name: str
    variable: str
    default: str | None
    meaning: str


def described_settings() -> Iterator[Described]:
    """Every setting, in the order of the sections."""
    return _described(Settings, "")


def settings_page() -> str:
    """The page, as Markdown: a section for each section of the settings."""
    sections: dict[str, list[Described]] = {}
    for each in described_settings():
        sections.setdefault(each.name.partition(".")[0], []).append(each)
    parts = [HEAD]
    for section, settings in sections.items():
        rows = [f"| `{each.variable}` | {_shown(each.default)} | {_cell(each.meaning)} |" for each in settings]
        parts.append("\n".join([f"## {section}", "", "| variable | default | meaning |", "|---|---|---|", *rows, ""]))
    return "\n".join(parts)


def _shown(default: str | None) -> str:
    if default is None:
        return "**to be given**"
    return f"`{default}`" if default else "none"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _described(model: type[BaseModel], prefix: str) -> Iterator[Described]:
    meanings = _meanings(model)
    for name, field in model.model_fields.items():
        section = _section_of(field)
        if section is not None:
            yield from _described(section, f"{prefix}{name}.")
            continue
        dotted = f"{prefix}{name}"
        meaning = field.description or meanings.get(name, "")
        yield Described(dotted, variable_of(dotted), _default_of(field), meaning)


def _section_of(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if inspect.isclass(kind) and issubclass(kind, BaseModel) else None


def _default_of(field: FieldInfo) -> str | None:
    value: Any = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return None
    if isinstance(value, SecretStr):
        return "secret"
    return "" if value is None else str(value).replace(f"{ROOT}/", "").replace(str(Path.home()), "~")


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """The text under each field of the class and of those it comes from."""
    found: dict[str, str] = {}
    for each in model.__mro__:
        if not issubclass(each, BaseModel) or each is BaseModel or each.__module__.startswith("pydantic"):
            continue
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        field = ""
        for node in definition.body if isinstance(definition, ast.ClassDef) else ():
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                field = node.target.id
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                found.setdefault(field, " ".join(str(node.value.value).split()))
    return found


if __name__ == "__main__":
    print(settings_page(), end="")
