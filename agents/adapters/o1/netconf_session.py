"""One NETCONF session (RFC 6241): reading, and changing as a transaction that undoes itself where anything is in doubt.

With a candidate: lock, edit, commit with a time limit, read back, confirm. Without: lock, edit the running
configuration, read back, and put back what was there where it is not so. Everything here blocks.
"""

import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import paramiko
from lxml import etree
from ncclient import NCClientError, manager
from ncclient.operations import RPCError
from ncclient.transport import session as ncclient_session
from ncclient.transport.errors import AuthenticationError, SSHUnknownHostError

from agents.adapters.answers import OTHER_SHAPE
from agents.adapters.o1.managed_objects import NETCONF, Element
from agents.adapters.o1.settings import O1ElementSettings
from agents.domain.verdicts import Failed, Retryable

ncclient_session.TICK = 0.005  # it looks this often whether there is something to send: every request cost 0.1 s
for _chatty in ("ncclient", "paramiko"):  # they log whole payloads and peers at levels that operators read
    logging.getLogger(_chatty).setLevel(logging.CRITICAL)

_MAY_HEAL = frozenset({"lock-denied", "in-use", "resource-denied", "access-denied", "rollback-failed"})
_BROKEN = (NCClientError, paramiko.SSHException, EOFError, OSError)
_NOT_UNDERSTOOD = (etree.LxmlError, *OTHER_SHAPE)
_MODULE = re.compile(r"^(?P<namespace>[^?]+)\?(?:.*&)?module=(?P<module>[^&]+)")


class NetconfSession:
    """A session with one element. `dependency` is what a Retryable names."""

    def __init__(self, session: Any, settings: O1ElementSettings, dependency: str) -> None:
        self._session = session
        self._settings = settings
        self._dependency = dependency

    @property
    def namespaces(self) -> Mapping[str, str]:
        """The namespaces of the modules that the element announces."""
        matches = (_MODULE.match(str(capability)) for capability in self._session.server_capabilities)
        return {match["module"]: match["namespace"] for match in matches if match}

    def read(self, subtree: Element) -> Element:
        """The part of the running configuration that the filter selects. Raises: Retryable, Failed."""
        return self._read(subtree)

    def change(self, config: Element, way_back: Element, is_so: Callable[[], bool], token: str) -> None:
        """Makes the edit, or nothing of it. `is_so` reads back; `way_back` is the edit that undoes it.

        `token` names the change over all attempts at it: what a worker left unconfirmed is taken back by it first.
        Raises: Failed where it is refused, Retryable where it may or may not be done.
        """
        with self._errors("changing it"):
            if self._has(":candidate"):
                self._change_candidate(config, is_so, token)
            elif self._has(":writable-running"):
                self._change_running(config, way_back, is_so)
            else:
                raise Failed("refused_by_interface", f"{self._dependency} does not allow changes to its configuration")

    def settle(self, token: str) -> None:
        """Takes back a change that was left unconfirmed, so that what is read is what stays."""
        if self._has(":confirmed-commit:1.1"):
            with self._errors("taking back a change"), suppress(RPCError):  # nearly always there is none
                self._session.cancel_commit(persist_id=token)

    def load(self, config: str) -> None:
        """Merges a whole configuration, to set an element up. Raises: Failed, Retryable."""
        nothing = etree.Element(f"{{{NETCONF}}}config")
        self.change(etree.fromstring(config), nothing, lambda: True, "nephoran-load")

    def close(self) -> None:
        """Ends the session."""
        with suppress(Exception):
            self._session.close_session()

    def _change_candidate(self, config: Element, is_so: Callable[[], bool], token: str) -> None:
        with self._running_locked(), self._locked("candidate"):
            self._session.discard_changes()
            is_confirmed = False
            try:
                self._session.edit_config(target="candidate", config=config, **self._options())
                self._commit(token)
                if not is_so():
                    raise Failed("refused_by_interface", f"{self._dependency} accepted the change but does not show it")
                self._confirm(token)
                is_confirmed = True
            finally:
                if not is_confirmed:
                    self._take_back(token)

    def _change_running(self, config: Element, way_back: Element, is_so: Callable[[], bool]) -> None:
        with self._locked("running"):
            try:
                self._session.edit_config(target="running", config=config, **self._options())
                is_done = is_so()
            except RPCError:
                self._session.edit_config(target="running", config=way_back)
                raise
            if not is_done:
                self._session.edit_config(target="running", config=way_back)
                raise Failed("refused_by_interface", f"{self._dependency} accepted the change but does not show it")

    @contextmanager
    def _running_locked(self) -> Iterator[None]:
        """No lock is granted while a change of somebody else waits to be confirmed (RFC 6241, 7.5)."""
        with ExitStack() as locks:
            try:
                locks.enter_context(self._locked("running"))
            except RPCError as error:
                if error.tag != "operation-not-supported":
                    raise  # else the lock of the candidate has to do
            yield

    @contextmanager
    def _locked(self, datastore: str) -> Iterator[None]:
        """Not ncclient's own, which waits half a minute for each answer, whatever the settings say (0.7.1)."""
        self._session.lock(datastore)
        try:
            yield
        finally:
            with suppress(*_BROKEN, *_NOT_UNDERSTOOD):
                self._session.unlock(datastore)

    def _commit(self, token: str) -> None:
        seconds = str(self._settings.confirm_seconds)
        if self._has(":confirmed-commit:1.1"):
            self._session.commit(confirmed=True, timeout=seconds, persist=token)
        elif self._has(":confirmed-commit"):
            self._session.commit(confirmed=True, timeout=seconds)
        else:
            self._session.commit()

    def _confirm(self, token: str) -> None:
        if self._has(":confirmed-commit:1.1"):
            self._session.commit(persist_id=token)
        elif self._has(":confirmed-commit"):
            self._session.commit()

    def _take_back(self, token: str) -> None:
        """Whatever of this does not arrive, the element does by itself when the time is over or the session ends.

        So no answer in this session is awaited for long any more: where one failed to come, others may too.
        """
        self._session.timeout = self._settings.timeout_seconds / 4
        with suppress(*_BROKEN, *_NOT_UNDERSTOOD):
            self._session.discard_changes()
        with suppress(*_BROKEN, *_NOT_UNDERSTOOD):
            if self._has(":confirmed-commit:1.1"):
                self._session.cancel_commit(persist_id=token)

    def _options(self) -> dict[str, str]:
        """Test-then-set, for a `validate` of its own makes some servers commit nothing (netconfd 2.13)."""
        options = {"test_option": "test-then-set"} if self._has(":validate") else {}
        return options | ({"error_option": "rollback-on-error"} if self._has(":rollback-on-error") else {})

    def _read(self, subtree: Element) -> Element:
        with self._errors("reading it"):
            wrapper = etree.Element(f"{{{NETCONF}}}filter", type="subtree")
            wrapper.append(subtree)
            data = self._session.get_config(source="running", filter=wrapper).data_ele
            if data is None:
                raise ValueError("no data")
            return data

    def _has(self, capability: str) -> bool:
        return capability in self._session.server_capabilities

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except RPCError as error:
            self._raise(error)
        except _BROKEN as fault:
            message = f"{self._dependency} broke the connection while we were {what}: {_in_short(fault)}"
            raise Retryable(message, dependency=self._dependency) from fault
        except _NOT_UNDERSTOOD as fault:
            message = (
                f"{self._dependency} gave an answer that is not understood while we were {what}: {_in_short(fault)}"
            )
            raise Retryable(message, dependency=self._dependency) from fault

    def _raise(self, error: RPCError) -> NoReturn:
        said = " ".join(str(error.message or error.tag or "").split())
        if error.tag is None:  # mandatory (RFC 6241, 4.3)
            message = f"{self._dependency} answered with an error that has no tag: {said}".rstrip(" :")
            raise Retryable(message, dependency=self._dependency) from error
        if error.tag in _MAY_HEAL:
            message = f"{self._dependency} cannot take a change just now ({error.tag}): {said}"
            raise Retryable(message, dependency=self._dependency, delay_seconds=1) from error
        raise Failed("refused_by_interface", f"{self._dependency} refused the change ({error.tag}): {said}") from error


def open_session(settings: O1ElementSettings, dependency: str) -> NetconfSession:
    """Raises: Retryable that says what to put right."""
    try:
        with _connected(settings) as connection, _within(settings.timeout_seconds, connection):
            session = _open(settings, connection)
    except (SSHUnknownHostError, _UnknownHost) as fault:
        why = f"its host key is not the one in {settings.known_hosts_file}, or none is there"
        raise _away(settings, dependency, why) from fault
    except AuthenticationError as fault:
        raise _away(settings, dependency, f"it does not accept the login of {settings.username}") from fault
    except _Silent as fault:
        why = f"it accepted the connection but opened no session within {settings.timeout_seconds:g} s"
        raise _away(settings, dependency, why) from fault
    except (*_BROKEN, *_NOT_UNDERSTOOD) as fault:
        raise _away(settings, dependency, _in_short(fault)) from fault
    return NetconfSession(session, settings, dependency)


@contextmanager
def _connected(settings: O1ElementSettings) -> Iterator[socket.socket]:
    """A connection, which is the session's own once that is open."""
    connection = socket.create_connection((settings.host, settings.port), settings.timeout_seconds)
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


@contextmanager
def _within(seconds: float, connection: socket.socket) -> Iterator[None]:
    """Closes the connection when the time is over: of what comes before a session each part has a time limit of its own
    in paramiko, up to an hour. Raises: _Silent."""
    is_over = threading.Event()

    def end() -> None:
        is_over.set()
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as fault:
        if is_over.is_set():
            raise _Silent from fault
        raise
    finally:
        timer.cancel()


def _open(settings: O1ElementSettings, connection: socket.socket) -> Any:
    return manager.connect_ssh(
        host=settings.host,
        port=settings.port,
        sock=connection,
        username=settings.username,
        password=_password(settings),
        key_filename=str(settings.key_file.expanduser()) if settings.key_file else None,
        hostkey_verify=settings.is_host_key_verified,
        hostkey_b64=_host_key(settings) if settings.is_host_key_verified else None,
        look_for_keys=False,
        allow_agent=False,
        timeout=settings.timeout_seconds,
        manager_params={"timeout": settings.timeout_seconds},
    )


class _Silent(Exception):
    """There was no session in time."""


class _UnknownHost(Exception):
    """There is no key of the host."""


def _host_key(settings: O1ElementSettings) -> str:
    keys = paramiko.HostKeys(str(settings.known_hosts_file.expanduser()))
    known = keys.lookup(f"[{settings.host}]:{settings.port}") or keys.lookup(settings.host)
    if not known:
        raise _UnknownHost(settings.host)
    preferred = sorted(known, key=lambda kind: kind != "ssh-ed25519")
    return str(known[preferred[0]].get_base64())


def _password(settings: O1ElementSettings) -> str | None:
    path: Path | None = settings.password_file
    return None if path is None else path.expanduser().read_text(encoding="utf-8").strip()


def _in_short(fault: Exception) -> str:
    """One line: ncclient adds everything that was sent and received to the message of a lost connection."""
    first, *_ = str(fault).splitlines() or [""]
    return f"{type(fault).__name__} {first[:200]}".rstrip()


def _away(settings: O1ElementSettings, dependency: str, why: str) -> Retryable:
    message = f"the managed element {dependency} at {settings.host}:{settings.port} cannot be reached: {why}"
    return Retryable(message, dependency=dependency)
