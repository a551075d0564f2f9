"""What commands print: data for machines as JSON, for people through rich, both on standard output."""

import json
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import typer

from pipeline.telemetry.terminal_text import spelt_out

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

ONE_LINE_CHARACTERS = 120


def print_json(data: Any, *, is_one_of_many: bool = False) -> None:
    """`data` as JSON: indented on its own, on one line where it is one of many. Reaches the reader at once."""
    typer.echo(json_text(data, None if is_one_of_many else 2))


def json_text(data: Any, indent: int | None = None) -> str:
    """`data` as JSON that is safe on a terminal."""
    text = json.dumps(plain(data), ensure_ascii=False, indent=indent, default=str)
    return text if indent is None and text.isprintable() else "".join(map(_escaped, text))


def _escaped(char: str) -> str:
    """In JSON's own way: what json.dumps leaves as it is may still move the cursor or the direction of writing."""
    if char.isprintable() or char == "\n":
        return char
    units = char.encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def plain(data: Any) -> Any:
    """The same data with whole numbers as integers: 5 rather than 5.0."""
    if isinstance(data, float) and data.is_integer():
        return int(data)
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [plain(value) for value in data]
    return data


def tell(text: str) -> None:
    """A line for whoever reads standard output, safe on a terminal."""
    typer.echo(printable(text))


def console() -> "Console":
    """Where people read. Requesters' text is never interpreted as markup."""
    from rich.console import Console
    from rich.text import Text

    class SafeConsole(Console):
        """Spells out the control characters of any text."""

        def render_str(self, text: str, **options: Any) -> Text:
            return super().render_str(printable(text), **options)

    return SafeConsole(markup=False, highlight=False, soft_wrap=False)


def table(*columns: str, title: str | None = None) -> "Table":
    """A table with these columns, the way every command prints one."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def indented(out: "Console", text: str, columns: int, style: str = "") -> None:
    """Print text so many columns to the right, its further lines four more."""
    first, further = " " * columns, " " * (columns + 4)
    for line in wrap(text, out.width, initial_indent=first, subsequent_indent=further, break_on_hyphens=False):
        out.print(line, style=style, soft_wrap=True)


def one_line(text: str) -> str:
    """The beginning of a text from outside, for a line of a list."""
    shown = printable(" ".join(text.split()))
    return shown if len(shown) <= ONE_LINE_CHARACTERS else f"{shown[: ONE_LINE_CHARACTERS - 1]}…"


def printable(text: str) -> str:
    """Text from outside, safe on a terminal."""
    return spelt_out(text)
