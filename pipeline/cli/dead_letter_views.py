"""Dead letters for people, and as JSON."""

import csv
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pipeline.cli.dead_letter_advice import INTERNAL_ERROR, next_step
from pipeline.cli.printing import console, indented, json_text, one_line, print_json, printable, table, tell
from pipeline.operations.dead_letter_actions import Outcome
from pipeline.operations.dead_letter_stats import Stats
from pipeline.operations.dead_letters import DeadLetter
from schemas.bodies import DeadLetterAction

if TYPE_CHECKING:
    from rich.table import Table

HEX_BYTES_A_LINE = 16
MOST_BYTES_SHOWN = 1_024
SCHEMA_PREFIX_BYTES = 5
FIELD = "none"
"""The style of what has a name in front; rich's for no style at all."""

Actions = Mapping[str, DeadLetterAction]
"""What was done about letters, by place."""


def print_letters(actions: Actions, letters: list[DeadLetter], as_json: bool) -> None:
    """Print letters, a line each."""
    if as_json:
        print_json([letter_fields(actions, letter) for letter in letters])
        return
    made = table("dead letter", "why")
    for letter in letters:
        made.add_row(f"{letter.place}\n{letter.at.astimezone():%m-%d %H:%M:%S}", "\n".join(_summary(actions, letter)))
    console().print(made if letters else "no dead letters")


def print_csv(actions: Actions, letters: list[DeadLetter]) -> None:
    """Print letters as comma-separated values, with a line of names (RFC 4180)."""
    rows = [letter_fields(actions, letter) | {"action": _done(actions, letter)} for letter in letters]
    names = list(letter_fields(actions, letters[0])) if letters else []
    writer = csv.DictWriter(sys.stdout, names)
    writer.writeheader()
    writer.writerows(
        {name: printable(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows
    )


def _done(actions: Actions, letter: DeadLetter) -> str:
    action = actions.get(letter.place)
    return action.action if action else ""


def _summary(actions: Actions, letter: DeadLetter) -> Iterator[str]:
    same = " of the same bytes" if letter.is_loop else ""
    replays = f", after {letter.replay_count} replay(s){same}" if letter.replay_count else ""
    yield f"{letter.reason} in {letter.stage}{replays}"
    yield one_line(letter.message.partition("\n")[0])
    if letter.intent_id:
        yield f"intent {letter.intent_id}"
    if action := actions.get(letter.place):
        yield _told(action)


def _told(action: DeadLetterAction) -> str:
    why = f": {one_line(action.reason)}" if action.action == "discarded" else ""
    return f"{action.action} at {action.at:%Y-%m-%d %H:%M} UTC by {action.by}{why}"


def letter_fields(actions: Actions, letter: DeadLetter) -> dict[str, Any]:
    """A letter without its contents, as JSON."""
    action = actions.get(letter.place)
    return {
        "place": letter.place,
        "dead_letter": letter.own_place,
        "at": letter.at.isoformat(),
        "stage": letter.stage,
        "reason": letter.reason,
        "message": letter.message,
        "attempts": letter.attempts,
        "intent_id": letter.intent_id,
        "producer_id": letter.producer_id,
        "generation": letter.generation,
        "replays": letter.replay_count,
        "same_bytes": letter.is_loop,
        "bytes": letter.size_bytes,
        "action": action.model_dump(mode="json") if action else None,
    }


def print_whole(actions: Actions, letters: list[DeadLetter], as_json: bool) -> None:
    """Print letters with their contents."""
    if as_json:
        print_json([letter_fields(actions, letter) | _contents(letter) for letter in letters])
        return
    out = console()
    for letter in letters:
        for text, style in letter_lines(letter, actions.get(letter.place)):
            if style == FIELD:
                indented(out, printable(text), 2)
            else:
                out.print(printable(text), style=style)


def _contents(letter: DeadLetter) -> dict[str, Any]:
    original = letter.original
    return {
        "exception": letter.exception,
        "stacktrace": letter.stacktrace,
        "key": _as_field(original.key),
        "headers": [[name, _as_field(value)] for name, value in original.headers],
        "value": _as_field(original.value),
    }


def letter_lines(letter: DeadLetter, action: DeadLetterAction | None = None) -> Iterator[tuple[str, str]]:
    """One letter whole, for people: texts, each with its style."""
    original = letter.original
    yield letter.place, "bold"
    same = ", the last of the same bytes" if letter.is_loop else ""
    for name, text in (
        ("reason", letter.reason),
        ("message", letter.message),
        ("stage", f"{letter.stage}, attempt {letter.attempts}"),
        ("lies at", f"{letter.own_place}, since {letter.at.astimezone():%Y-%m-%d %H:%M:%S}"),
        ("intent", f"{letter.intent_id}, generation {letter.generation}" if letter.intent_id else "unknown"),
        ("producer", letter.producer_id or "did not name it"),
        ("replays", f"{letter.replay_count}{same}"),
        ("done", _told(action) if action else "nothing"),
        ("key", _as_text(original.key)),
        *(("header", f"{header}: {_as_text(value)}") for header, value in original.headers),
        ("value", f"{len(original.value or b''):,} bytes{_registered(original.value or b'')}"),
    ):
        yield f"{name:<9}{text}", FIELD
    yield _as_text(original.value), ""
    if letter.stacktrace and letter.reason == INTERNAL_ERROR:
        yield letter.stacktrace, "dim"
    if action is None:
        yield f"{'next':<9}{next_step(letter)}", FIELD


def _registered(value: bytes) -> str:
    """What a schema registry's serializers put in front: a zero, and the number of a schema."""
    if len(value) <= SCHEMA_PREFIX_BYTES or value[0]:
        return ""
    number = int.from_bytes(value[1:SCHEMA_PREFIX_BYTES], "big")
    return (
        f"; the first {SCHEMA_PREFIX_BYTES} are what a schema registry's serializer puts in front (schema {number}): "
        "the producer has to send plain text or JSON. Where JSON follows, --via 'tail -c +6' takes them off"
    )


def _as_text(value: bytes | None) -> str:
    """The beginning of bytes as a terminal may show them: words where they are UTF-8, else hexadecimal."""
    if value is None:
        return "null"
    shown = value[:MOST_BYTES_SHOWN]
    try:
        value.decode()
        lines = [printable(shown.decode(errors="ignore"))]
    except UnicodeDecodeError:
        rows = [shown[begin : begin + HEX_BYTES_A_LINE] for begin in range(0, len(shown), HEX_BYTES_A_LINE)]
        lines = [f"{row.hex(' '):<{HEX_BYTES_A_LINE * 3}} {_letters_of(row)}" for row in rows]
    if more := len(value) - len(shown):
        lines.append(f"… and {more:,} bytes more; --json prints them all")
    return "\n".join(lines)


def _letters_of(row: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)


def _as_field(value: bytes | None) -> Any:
    """Bytes in JSON: a string where they are UTF-8, else `{"hex": …}`."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"hex": value.hex()}


def print_stats(stats: Stats, as_json: bool) -> None:
    """Count letters and print how many there are. On a terminal the table is there at once, and grows."""
    from rich.live import Live

    out = console()
    if as_json or not out.is_terminal:
        stats.read()
    else:
        with Live(console=out, auto_refresh=False, transient=True) as live:
            stats.read(lambda: live.update(_stats_table(stats), refresh=True))
    if as_json:
        print_json(stats.fields())
    else:
        out.print(_stats_table(stats))


def _stats_table(stats: Stats) -> "Table":
    """By reason, stage and topic, with their trend and the newest of each."""
    title = f"{stats.total:,} dead letters" + ("" if stats.is_complete else " so far …")
    made = table("count", "last hour", "before", "why", "newest", title=title)
    for row in stats.rows():
        came_back = f"\n{row.came_back:,} of them after a replay" if row.came_back else ""
        if row.same_bytes:
            came_back += f", {row.same_bytes:,} with the same bytes: mend the cause before the next replay"
        why = f"{row.reason} in {row.stage}\n{row.topic}{came_back}"
        newest = f"{row.newest_place}\n{row.newest_at.astimezone():%m-%d %H:%M:%S %Z}"
        made.add_row(f"{row.count:,}", f"{row.last_hour:,}", f"{row.hour_before:,}", printable(why), printable(newest))
    return made


def print_outcome(outcome: Outcome, as_json: bool) -> None:
    """Print what became of one letter."""
    tell(outcome_line(outcome, as_json))


def outcome_line(outcome: Outcome, as_json: bool) -> str:
    """What became of one letter, on one line."""
    letter = outcome.letter
    if as_json:
        fields = {
            "place": letter.place,
            "result": outcome.result,
            "reason": letter.reason,
            "message": outcome.message,
            "intent_id": outcome.intent_id or letter.intent_id,
            "generation": outcome.generation,
        }
        return json_text(fields)
    where = f" as intent {outcome.intent_id}, generation {outcome.generation}" if outcome.generation else ""
    because = _because(outcome.message)
    return printable(f"{outcome.result.replace('_', ' ')} {letter.place} ({letter.reason}){where}{because}")


def _because(message: str) -> str:
    return f": {message}" if message else ""


def print_summary(results: Mapping[str, int], reasons: Mapping[str, int], job: str, as_json: bool) -> None:
    """Print how a run went, and what the letters had failed of."""
    if as_json:
        print_json({"job": job, "results": dict(results), "reasons": dict(reasons)}, is_one_of_many=True)
        return
    counted = ", ".join(f"{count:,} {result.replace('_', ' ')}" for result, count in results.items())
    tell(f"{counted} (job {job})" if counted else "nothing to do")
    for reason, count in reasons.items():
        tell(f"  {count:>6,} {reason}")
