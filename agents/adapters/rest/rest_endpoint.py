"""One HTTP endpoint: requests whose failures are verdicts, and which are watched."""

import asyncio
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from agents.adapters.answers import says_nothing_of_the_request
from agents.adapters.rest.settings import RestEndpointSettings
from agents.domain.circuit import Circuit, through
from agents.domain.network_observer import NetworkObserver, NobodyWatchesTheNetwork, RequestOutcome
from agents.domain.verdicts import Failed, Retryable
from schemas.bodies import StepTarget

_MOST_BYTES = 8 << 20
"""No answer that is asked for here comes near it; one that goes beyond is given up."""
_COMPLAINT_CHARACTERS = 300


@dataclass(frozen=True)
class Reply:
    """An answer to the request itself. `body` is None where there was none, or none that is JSON.

    `etag` is the version of the resource where the server announces one that may be compared (RFC 9110, 8.8.3).
    """

    status: int
    body: Any
    complaint: str
    etag: str | None = None


class RestEndpoint:
    """Opens nothing before the first request. `dependency` is what a Retryable names, and what the circuit is for."""

    def __init__(
        self,
        settings: RestEndpointSettings,
        interface: StepTarget,
        dependency: str,
        observer: NetworkObserver | None = None,
        circuit: Circuit | None = None,
    ) -> None:
        self.dependency = dependency
        self._circuit = circuit
        self._settings = settings
        self._interface = interface
        self._observer = observer or NobodyWatchesTheNetwork()
        self._client: httpx.AsyncClient | None = None

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        parameters: Mapping[str, str] | None = None,
        if_match: str | None = None,
    ) -> Reply:
        """The answer, of whatever status that is one; `if_match` is the etag of what is to be changed, and of no other.

        Raises: Retryable; then a change may or may not be done.
        """
        headers = {"If-Match": if_match} if if_match else {}

        async def work() -> Reply:
            return await self._timed(method, path, body, parameters, headers)

        return await (through(self._circuit, self.dependency, work) if self._circuit else work())

    async def _timed(
        self, method: str, path: str, body: Any, parameters: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> Reply:
        began = time.perf_counter()
        outcome = RequestOutcome.UNAVAILABLE
        try:
            reply = await self._send(method, path, body, parameters, headers)
            outcome = RequestOutcome.DONE if reply.status < 400 or reply.status == 404 else RequestOutcome.REFUSED
            return reply
        finally:
            self._observer.request_ended(self._interface, outcome, time.perf_counter() - began)

    def refusal(self, what: str, reply: Reply) -> Failed:
        """The message for a permanent refusal."""
        return Failed(
            "refused_by_interface", f"{self.dependency} refused {what} (HTTP {reply.status}): {reply.complaint}"
        )

    def unexpected(self, what: str, reply: Reply) -> Retryable:
        """The message for an answer that the interface's description does not define."""
        return self._away(f"answered {what} with HTTP {reply.status}, which is not understood: {reply.complaint}")

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _send(
        self, method: str, path: str, body: Any, parameters: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> Reply:
        sent = {**headers, **self._credentials()}
        content = bytearray()
        try:
            async with (
                asyncio.timeout(self._settings.timeout_seconds),  # the client's own is for each piece of an answer
                self._open().stream(method, path, json=body, params=parameters, headers=sent) as answer,
            ):
                async for piece in answer.aiter_bytes():
                    content += piece
                    if len(content) > _MOST_BYTES:
                        raise self._away(f"answered {method} {path} with more than {_MOST_BYTES >> 20} MiB")
        except (httpx.RequestError, httpx.InvalidURL, TimeoutError) as fault:
            raise self._away(f"did not answer: {type(fault).__name__} {fault}".rstrip()) from fault
        found = _json_of(content)
        reply = Reply(answer.status_code, found, _complaint_of(answer, content, found), _etag_of(answer))
        if 300 <= reply.status < 400:
            raise self._away(
                f"answered HTTP {reply.status}: it is somewhere else by now, and its url has to be set anew"
            )
        if reply.status >= 400 and says_nothing_of_the_request(reply.status):
            raise self._away(f"answered HTTP {reply.status}: {reply.complaint}", _retry_after(answer))
        return reply

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            root = str(self._settings.url).rstrip("/")
            self._client = httpx.AsyncClient(
                base_url=root, timeout=self._settings.timeout_seconds, verify=self._trust(), trust_env=False
            )
        return self._client

    def _trust(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self._settings.ca_file)
            if self._settings.certificate_file is not None:
                context.load_cert_chain(self._settings.certificate_file, self._settings.key_file)
        except OSError as fault:
            raise self._away(f"cannot be asked: its certificates cannot be read ({fault})") from fault
        return context

    def _credentials(self) -> dict[str, str]:
        if self._settings.token_file is None:
            return {}
        try:
            token = self._settings.token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as fault:
            raise self._away(f"cannot be asked: {self._settings.token_file} cannot be read") from fault
        return {"Authorization": f"Bearer {token}"}

    def _away(self, what: str, delay_seconds: float = 0.0) -> Retryable:
        where = f"{self._settings.url.scheme}://{self._settings.url.host}:{self._settings.url.port}"
        return Retryable(
            f"{self.dependency} at {where} {what}", dependency=self.dependency, delay_seconds=delay_seconds
        )


def _json_of(content: bytearray) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _complaint_of(answer: httpx.Response, content: bytearray, body: Any) -> str:
    """What a problem report says (RFC 9457), else the beginning of the text."""
    if isinstance(body, dict):
        said = [str(body[name]) for name in ("title", "detail", "message") if body.get(name)]
        if said:
            return ": ".join(said)[:_COMPLAINT_CHARACTERS]
    text = content[: 4 * _COMPLAINT_CHARACTERS].decode(errors="replace")[:_COMPLAINT_CHARACTERS].strip()
    return text if text.isprintable() and text else answer.reason_phrase


def _etag_of(answer: httpx.Response) -> str | None:
    """A weak one never matches (RFC 9110, 13.1.1)."""
    etag: str = answer.headers.get("ETag", "")
    return etag if etag.startswith('"') else None


def _retry_after(answer: httpx.Response) -> float:
    """Seconds; the other form of the header, a date, is as good as none."""
    try:
        return min(max(float(answer.headers.get("Retry-After", 0)), 0.0), 60.0)
    except ValueError:
        return 0.0
