"""Settings that are valid one by one but contradict each other: found at start-up, all at once."""

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple


class Contradiction(NamedTuple):
    """The setting to change, by section and name, and why it cannot be as it is."""

    section: str
    name: str
    why: str


class _Rule(NamedTuple):
    """`is_broken` gets the sections by name; `why` may name their values as `{engine.session_timeout_seconds:g}`."""

    setting: str
    sections: tuple[str, ...]
    is_broken: Callable[[Any], bool]
    why: str


# fmt: off
_RULES = (
    _Rule("engine.fence_margin_seconds", ("engine",),
          lambda s: s.engine.fence_margin_seconds >= s.engine.session_timeout_seconds,
          "is not below engine.session_timeout_seconds ({engine.session_timeout_seconds:g}): no worker would ever act"),
    _Rule("engine.heartbeat_interval_seconds", ("engine",),
          lambda s: s.engine.heartbeat_interval_seconds
          >= max(s.engine.session_timeout_seconds - s.engine.fence_margin_seconds, 0) > 0
          or s.engine.heartbeat_interval_seconds >= s.engine.session_timeout_seconds,
          "is not below engine.session_timeout_seconds less engine.fence_margin_seconds: a worker would be fenced "
          "between two heartbeats"),
    _Rule("engine.max_poll_interval_seconds", ("engine",),
          lambda s: s.engine.max_poll_interval_seconds < s.engine.session_timeout_seconds,
          "is below engine.session_timeout_seconds ({engine.session_timeout_seconds:g})"),
    _Rule("engine.fetch_max_wait_ms", ("engine", "kafka"),
          lambda s: s.engine.fetch_max_wait_ms >= s.kafka.request_timeout_seconds * 1_000,
          "is not below kafka.request_timeout_seconds ({kafka.request_timeout_seconds:g}): quiet fetches would fail"),
    _Rule("kafka.request_timeout_seconds", ("engine", "kafka"),
          lambda s: s.kafka.request_timeout_seconds <= s.engine.session_timeout_seconds,
          "is not above engine.session_timeout_seconds ({engine.session_timeout_seconds:g}), for which a broker may "
          "hold the request to join a group"),
    _Rule("lanes.drain_seconds", ("engine", "lanes"),
          lambda s: s.lanes.drain_seconds >= s.engine.session_timeout_seconds,
          "is not below engine.session_timeout_seconds ({engine.session_timeout_seconds:g}): the group would give the "
          "partitions away while they are drained"),
    _Rule("lanes.running", ("lanes",), lambda s: s.lanes.running > s.lanes.admitted,
          "is above lanes.admitted ({lanes.admitted}): so many can never run"),
    _Rule("lanes.span", ("lanes",), lambda s: s.lanes.span < s.lanes.admitted,
          "is below lanes.admitted ({lanes.admitted}): so many can never be admitted"),
    _Rule("run.stop_seconds", ("lanes", "run"), lambda s: s.run.stop_seconds <= s.lanes.drain_seconds,
          "is not above lanes.drain_seconds ({lanes.drain_seconds:g}): workers would be killed while they drain"),
    _Rule("brake.dead_letters", ("brake",), lambda s: s.brake.dead_letters > s.brake.of_events,
          "is above brake.of_events ({brake.of_events}): the brake would never brake"),
    _Rule("brake.places", ("brake",), lambda s: s.brake.places > s.brake.dead_letters,
          "is above brake.dead_letters ({brake.dead_letters}): more are needed than the setting says"),
    _Rule("circuits.give_up_seconds", ("circuits",), lambda s: s.circuits.give_up_seconds <= s.circuits.open_seconds,
          "is not above circuits.open_seconds ({circuits.open_seconds:g}): events would be given up before a probe"),
    _Rule("canary.patience_seconds", ("canary",), lambda s: s.canary.patience_seconds > s.canary.every_seconds,
          "is above canary.every_seconds ({canary.every_seconds:g}): runs would fall behind"),
    _Rule("model.most_goals", ("lanes", "model"),
          lambda s: s.model.is_configured and s.model.most_goals >= s.lanes.admitted,
          "is not below lanes.admitted ({lanes.admitted}): goals would keep requests from being read"),
)
# fmt: on


def contradictions(sections: Mapping[str, Any]) -> Iterator[Contradiction]:
    """For the sections given: a section that is itself invalid is left out."""
    given = SimpleNamespace(**sections)
    for rule in _RULES:
        if set(rule.sections) <= sections.keys() and rule.is_broken(given):
            section, _, name = rule.setting.partition(".")
            yield Contradiction(section, name, f"{rule.setting} {rule.why.format_map(sections)}")
