"""`nephoran dead-letters browse`: dead letters on a full screen, for a terminal of 80 × 24 and a slow line."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import DataTable, Footer, Input, Static
from textual.worker import Worker, WorkerState

from pipeline.cli.dead_letter_advice import next_step
from pipeline.cli.dead_letter_views import letter_lines, outcome_line
from pipeline.cli.printing import printable
from pipeline.kafka.not_usable import NotPossible, NotUsable
from pipeline.operations.dead_letter_actions import Outcome
from pipeline.operations.dead_letters import DeadLetter
from pipeline.operations.edit_value import difference, edited
from pipeline.operations.letter_desk import LetterDesk
from pipeline.operations.republish import Repair

MARK = "*"
MOST_ASKED_ABOUT = 6
"""Reasons and warnings that fit beside the question."""


class Page(Screen[None]):
    """Text to read; any of its keys goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q,enter", "app.pop_screen", "back")]

    def __init__(self, lines: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._lines = lines

    def compose(self) -> ComposeResult:
        """The text, and the keys."""
        text = Text()
        for line, style in self._lines:
            text.append(f"{printable(line)}\n", style)
        with VerticalScroll(can_focus=True):
            yield Static(text)
        yield Footer(show_command_palette=False)


class Question(ModalScreen[bool]):
    """Yes or no; Enter alone is no answer."""

    BINDINGS: ClassVar[list[BindingType]] = [("y", "answer(True)", "yes"), ("n,escape", "answer(False)", "no")]
    CSS = """
    Question { align: center middle; }
    Question > VerticalScroll { width: 76; height: auto; max-height: 20; border: solid $warning; padding: 0 1; }
    """

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question, and the keys."""
        with VerticalScroll(can_focus=True):
            yield Static(Text(printable(self._question)))
        yield Footer(show_command_palette=False)

    def action_answer(self, answer: bool) -> None:
        """Take the answer."""
        self.dismiss(answer)


class LetterBrowser(App[None]):
    """The list, what is said of the letter under the cursor, and the keys."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #top { height: 1; background: $primary; color: $text; padding: 0 1; }
    Input, Input:focus { border: none; height: 1; padding: 0 1; }
    DataTable { height: 1fr; }
    #about { height: 6; border-top: solid $primary; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("slash", "filter", "filter"),
        ("enter", "show", "show"),
        ("space", "mark", "mark"),
        ("a", "mark_all", "all"),
        ("r", "replay", "replay"),
        ("e", "edit", "edit"),
        ("u", "reload", "reload"),
        ("q", "quit", "quit"),
    ]

    def __init__(self, desk: LetterDesk) -> None:
        super().__init__()
        self._desk = desk
        self._letters: list[DeadLetter] = []
        self._shown: list[DeadLetter] = []
        self._marked: set[str] = set()
        self._fault = ""
        self._then: dict[Worker[Any], Callable[[Any], None]] = {}

    def compose(self) -> ComposeResult:
        """One column."""
        with Vertical():
            yield Static("", id="top")
            yield Input(placeholder="filter: words of place, reason, stage, message, intent or producer; Enter goes on")
            yield DataTable(cursor_type="row", zebra_stripes=True)
            yield Static("", id="about")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Begin with the newest."""
        self._table.add_columns("", "at", "reason", "stage", "place")
        self._table.focus()
        self.action_reload()

    @property
    def is_asking(self) -> bool:
        """Whether Kafka is being asked, and has not answered yet."""
        return bool(self._then)

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one(DataTable)

    @property
    def _current(self) -> DeadLetter | None:
        at = self._table.cursor_row
        return self._shown[at] if 0 <= at < len(self._shown) else None

    @property
    def _chosen(self) -> list[DeadLetter]:
        """What is marked, else what is under the cursor."""
        marked = [letter for letter in self._letters if letter.place in self._marked]
        return marked or ([self._current] if self._current else [])

    def action_reload(self) -> None:
        """Read the newest letters."""
        self._ask(self._desk.newest, self._take)

    def _take(self, letters: list[DeadLetter]) -> None:
        self._letters = letters
        self._marked &= {letter.place for letter in letters}
        self._show_list()

    def on_input_changed(self, typed: Input.Changed) -> None:
        """Filter as somebody types."""
        self._show_list()

    def on_input_submitted(self, typed: Input.Submitted) -> None:
        """Back to the list."""
        self._table.focus()

    def _show_list(self) -> None:
        words = self.query_one(Input).value.casefold().split()
        self._shown = [letter for letter in self._letters if all(word in _searched(letter) for word in words)]
        table, row = self._table, self._table.cursor_row
        table.clear()
        for letter in self._shown:
            table.add_row(*self._cells(letter))
        table.move_cursor(row=max(0, min(row, len(self._shown) - 1)))
        self._tell()

    def _cells(self, letter: DeadLetter) -> tuple[Text, ...]:
        mark = MARK if letter.place in self._marked else " "
        moment = f"{letter.at.astimezone():%m-%d %H:%M:%S}"
        return tuple(Text(printable(each)) for each in (mark, moment, letter.reason, letter.stage, letter.place))

    def on_data_table_row_highlighted(self, _: DataTable.RowHighlighted) -> None:
        """Say something of the letter under the cursor."""
        self._tell()

    def on_data_table_row_selected(self, _: DataTable.RowSelected) -> None:
        """Enter, which the table takes for itself."""
        self.action_show()

    def _tell(self) -> None:
        letter = self._current
        marked = f", {len(self._marked)} marked" if self._marked else ""
        self._top(f"{len(self._shown):,} of {len(self._letters):,} dead letters{marked}")
        about = Text("no dead letters" if not self._letters else "none is so: change the filter")
        if self._fault:
            self._top("not known")
            about = Text(printable(self._fault), "bold red")
        elif letter is not None:
            loops = " The same bytes came back after a replay." if letter.is_loop else ""
            about = Text(printable(" ".join(letter.message.split()) + loops) + "\n")
            about.append(printable(f"next: {next_step(letter)}"), "dim")
        self.query_one("#about", Static).update(about)

    def _top(self, text: str) -> None:
        self.query_one("#top", Static).update(Text(printable(text)))

    def action_filter(self) -> None:
        """To the filter, at once: what is typed next belongs there, and is no order."""
        self.screen.set_focus(self.query_one(Input))

    def action_mark(self) -> None:
        """Mark the letter under the cursor, or unmark it, and go on to the next."""
        if letter := self._current:
            self._marked ^= {letter.place}
            row = self._table.cursor_row
            self._show_list()
            self._table.move_cursor(row=min(row + 1, len(self._shown) - 1))

    def action_mark_all(self) -> None:
        """Mark all that are shown, or unmark them where all are marked."""
        shown = {letter.place for letter in self._shown}
        self._marked = self._marked - shown if shown <= self._marked else self._marked | shown
        self._show_list()

    def action_show(self) -> None:
        """One letter whole."""
        if letter := self._current:
            self._ask(partial(self._desk.whole, letter), self._show_whole)

    def _show_whole(self, letter: DeadLetter) -> None:
        self.push_screen(Page(list(letter_lines(letter))))

    def action_replay(self) -> None:
        """Replay what is marked, or the letter under the cursor, once somebody has agreed."""
        if chosen := self._chosen:
            self._ask(lambda: list(self._desk.preview(chosen)), partial(self._ask_about, chosen))

    def _ask_about(self, chosen: list[DeadLetter], outcomes: list[Outcome]) -> None:
        fit = [outcome for outcome in outcomes if outcome.result == "would_replay"]
        if not fit:
            self.push_screen(Page([(outcome_line(outcome, False), "") for outcome in outcomes] or [("it is gone", "")]))
            return
        reasons = Counter(outcome.letter.reason for outcome in fit).most_common(MOST_ASKED_ABOUT)
        lines = [f"Replay {len(fit):,} dead letter{'s' if len(fit) > 1 else ''}?", ""]
        lines += [f"{count:>6,} {reason}" for reason, count in reasons]
        if left := len(outcomes) - len(fit):
            lines.append(f"{left:>6,} cannot be replayed: {outcomes_left(outcomes)}")
        if loops := sum(bool(outcome.message) for outcome in fit):
            lines.append(f"{loops:>6,} came back with the same bytes: is the cause mended?")
        self.push_screen(Question("\n".join(lines)), partial(self._replay, chosen, Repair()))

    def _replay(self, chosen: list[DeadLetter], repair: Repair, is_agreed: bool | None) -> None:
        if is_agreed:
            self._ask(lambda: list(self._desk.replay(chosen, repair)), self._report)
        else:
            self.notify("nothing was replayed")

    def _report(self, outcomes: list[Outcome]) -> None:
        self._marked.clear()
        self.action_reload()
        self.push_screen(Page([(outcome_line(outcome, False), "") for outcome in outcomes]))

    def action_edit(self) -> None:
        """Repair the letter under the cursor in an editor, and replay it once somebody has agreed to the difference."""
        if letter := self._current:
            self._ask(partial(self._desk.whole, letter), self._edit)

    def _edit(self, letter: DeadLetter) -> None:
        before = letter.original.value
        try:
            with self.suspend():
                value = edited(before)
        except NotPossible as fault:
            self.notify(printable(str(fault)), severity="error", markup=False)
            return
        if changes := difference(before, value):
            ask = Question(f"Replay {letter.place} so?\n\n{changes}")
            self.push_screen(ask, partial(self._replay, [letter], Repair(value)))
        else:
            self.notify("nothing was changed, and nothing was replayed")

    def _ask(self, question: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Ask Kafka apart from the screen, one thing at a time."""
        if not self._then:
            self._top("asking Kafka …")
            self._then[self.run_worker(question, thread=True, exit_on_error=False)] = then

    def on_worker_state_changed(self, changed: Worker.StateChanged) -> None:
        """Go on with the answer, or tell why there is none."""
        worker = changed.worker
        if changed.state not in (WorkerState.SUCCESS, WorkerState.ERROR, WorkerState.CANCELLED):
            return
        then = self._then.pop(worker, None)
        if worker.error is not None and not isinstance(worker.error, NotUsable | NotPossible):
            raise worker.error
        self._fault = str(worker.error or "")
        self._tell()
        if then is not None and changed.state is WorkerState.SUCCESS:
            then(worker.result)


def outcomes_left(outcomes: Sequence[Outcome]) -> str:
    """Why the first of those that cannot be replayed cannot."""
    return next((outcome.message for outcome in outcomes if outcome.result != "would_replay"), "")


def _searched(letter: DeadLetter) -> str:
    fields = (letter.place, letter.reason, letter.stage, letter.message, letter.intent_id, letter.producer_id)
    return " ".join(field for field in fields if field).casefold()
