"""Dead letters for people, and as JSON."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import typer

from pipeline.cli.dead_letter_advice import INTERNAL_ERROR, next_step
from pipeline.cli.printing import console, indented, one_line, print_json, printable, table
from pipeline.operations.dead_letter_actions import Outcome
from pipeline.operations.dead_letter_list import LetterBox, histogram
from pipeline.operations.dead_letters import DeadLetter
from schemas.bodies import DeadLetterAction

HEX_BYTES_A_LINE = 16
MOST_BYTES_SHOWN = 1_024


def print_letters(box: LetterBox, letters: list[DeadLetter], as_json: bool) -> None:
    """Print letters, a line each."""
    if as_json:
        for letter in letters:
            print_json(letter_fields(box, letter), is_one_of_many=True)
        return
    made = table("dead letter", "why")
    for letter in letters:
        made.add_row(f"{letter.place}\n{letter.at.astimezone():%m-%d %H:%M:%S}", "\n".join(_summary(box, letter)))
    console().print(made if letters else "no dead letters")


def _summary(box: LetterBox, letter: DeadLetter) -> Iterator[str]:
    replays = f", after {letter.replay_count} replay(s)" if letter.replay_count else ""
    yield f"{letter.reason} in {letter.stage}{replays}"
    yield one_line(letter.message.partition("\n")[0])
    if letter.intent_id:
        yield f"intent {letter.intent_id}"
    if action := box.actions.get(letter.place):
        yield _told(action)


def _told(action: DeadLetterAction) -> str:
    why = f": {one_line(action.reason)}" if action.action == "discarded" else ""
    return f"{action.action} at {action.at:%Y-%m-%d %H:%M} UTC by {action.by}{why}"


def letter_fields(box: LetterBox, letter: DeadLetter) -> dict[str, Any]:
    """A letter without its contents, as JSON."""
    action = box.actions.get(letter.place)
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
        "bytes": letter.size_bytes,
        "action": action.model_dump(mode="json") if action else None,
    }


def print_letter(box: LetterBox, letter: DeadLetter, as_json: bool) -> None:
    """Print one letter whole."""
    original = letter.original
    if as_json:
        contents = {
            "exception": letter.exception,
            "stacktrace": letter.stacktrace,
            "key": _as_field(original.key),
            "headers": [[name, _as_field(value)] for name, value in original.headers],
            "value": _as_field(original.value),
        }
        print_json(letter_fields(box, letter) | contents, is_one_of_many=True)
        return
    out = console()
    out.print(letter.place, style="bold")
    action = box.actions.get(letter.place)
    for name, text in (
        ("reason", letter.reason),
        ("message", letter.message),
        ("stage", f"{letter.stage}, attempt {letter.attempts}"),
        ("lies at", f"{letter.own_place}, since {letter.at.astimezone():%Y-%m-%d %H:%M:%S}"),
        ("intent", f"{letter.intent_id}, generation {letter.generation}" if letter.intent_id else "unknown"),
        ("producer", letter.producer_id or "did not name it"),
        ("replays", str(letter.replay_count)),
        ("done", _told(action) if action else "nothing"),
        ("key", _as_text(original.key)),
    ):
        _field(name, text)
    for header, value in original.headers:
        _field("header", f"{header}: {_as_text(value)}")
    _field("value", f"{len(original.value or b''):,} bytes")
    out.print(_as_text(original.value))
    if letter.stacktrace and letter.reason == INTERNAL_ERROR:
        out.print(printable(letter.stacktrace), style="dim")
    if action is None:
        _field("next", next_step(letter))


def _field(name: str, text: str) -> None:
    indented(console(), f"{name:<9}{printable(text)}", 2)


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


def print_stats(box: LetterBox, letters: list[DeadLetter], as_json: bool) -> None:
    """Print how many letters there are, by reason, stage and topic."""
    groups = Counter((letter.reason, letter.stage, letter.original.topic) for letter in letters)
    if as_json:
        rows = [
            {"reason": reason, "stage": stage, "topic": topic, "count": count}
            for (reason, stage, topic), count in groups.most_common()
        ]
        print_json({"total": len(letters), "reasons": histogram(letters), "groups": rows})
        return
    made = table("count", "reason", "stage", "topic", title=f"{len(letters)} dead letters")
    for (reason, stage, topic), count in groups.most_common():
        made.add_row(str(count), reason, stage, topic)
    console().print(made)


def print_outcome(outcome: Outcome, as_json: bool) -> None:
    """Print what became of one letter."""
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
        print_json(fields, is_one_of_many=True)
        return
    where = f" as intent {outcome.intent_id}, generation {outcome.generation}" if outcome.generation else ""
    typer.echo(
        f"{outcome.result.replace('_', ' ')} {letter.place} ({letter.reason}){where}" + _because(outcome.message)
    )


def _because(message: str) -> str:
    return f": {message}" if message else ""


def print_summary(outcomes: list[Outcome], job: str, as_json: bool) -> None:
    """Print how a run went, and what the letters had failed of."""
    results = dict(Counter(outcome.result for outcome in outcomes))
    reasons = histogram([outcome.letter for outcome in outcomes])
    if as_json:
        print_json({"job": job, "results": results, "reasons": reasons}, is_one_of_many=True)
        return
    counted = ", ".join(f"{count} {result.replace('_', ' ')}" for result, count in results.items()) or "nothing to do"
    typer.echo(f"{counted} (job {job})" if outcomes else counted)
    for reason, count in reasons.items():
        typer.echo(f"  {count:>6} {reason}")
