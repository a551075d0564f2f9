"""The HTTP interface: who is let in, what is refused and how, and what is counted."""

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from agents.domain.ports import Found, Ranking
from agents.domain.verdicts import Retryable
from pipeline.operations.search_api import SERVICE, Bucket, search_app
from pipeline.telemetry.metrics import Metrics
from pipeline.telemetry.search_api_settings import SearchApiSettings, Token
from schemas.bodies import Citation

READER, OPERATOR = "reader-0123456789", "operator-0123456789"
CITATION = Citation(document="amf", title="AMF", source="TS 23.501, 6.2.1", excerpt="It pages.", score=0.9)


class Base:
    """Answers, is degraded or away."""

    def __init__(self) -> None:
        self.answer = Found((CITATION,))
        self.fault: Retryable | None = None

    async def search(self, query: str, limit: int, ranking: Ranking = Ranking.HYBRID) -> Found:
        if self.fault is not None:
            raise self.fault
        return self.answer


class Api:
    """The application with two tokens, asked over its own transport."""

    def __init__(self, per_second: float = 1_000) -> None:
        self.base, self.metrics, self.cleared = Base(), Metrics(), 0
        tokens = (Token(token=SecretStr(READER)), Token(token=SecretStr(OPERATOR), scopes=("operate",)))
        settings = SearchApiSettings(tokens=tokens, requests_per_second=per_second)
        transport = httpx.ASGITransport(search_app(settings, self.base, self._clear, self.metrics))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://api")

    async def _clear(self) -> None:
        self.cleared += 1

    async def post(self, path: str, token: str | None = READER, **content: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await self.client.post(path, headers=headers | content.pop("headers", {}), **content)


async def test_a_search_is_answered_as_the_handbook_asks() -> None:
    api = Api()
    answer = await api.post("/v1/search", json={"query": "5G AMF configuration best practices", "limit": 10})
    assert answer.status_code == 200
    assert answer.json() == {"passages": [CITATION.model_dump()], "degraded": None}
    api.base.answer = Found((CITATION,), "Weaviate is away")
    assert (await api.post("/v1/search", json={"query": "amf"})).json()["degraded"] == "Weaviate is away"


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        ("/v1/search", None, 401),
        ("/v1/search", "somebody-0123456789", 401),
        ("/v1/search", "", 401),
        ("/v1/search", OPERATOR, 403),
        ("/admin/cache/clear", READER, 403),
        ("/admin/cache/clear", None, 401),
        ("/admin/cache/clear", OPERATOR, 204),
        ("/nowhere", READER, 404),
    ],
)
async def test_each_scope_opens_its_own_door(path: str, token: str | None, status: int) -> None:
    api = Api()
    answer = await api.post(path, token, json={"query": "amf"})
    assert answer.status_code == status
    assert api.cleared == (1 if status == 204 else 0)
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"json": {}}, 422),
        ({"json": {"query": ""}}, 422),
        ({"json": {"query": "x" * 2_001}}, 422),
        ({"json": {"query": "amf", "limit": 0}}, 422),
        ({"json": {"query": "amf", "limit": 51}}, 422),
        ({"json": {"query": "amf", "limit": "5"}}, 422),
        ({"json": {"query": 5}}, 422),
        ({"json": {"query": "amf", "colour": "red"}}, 422),
        ({"json": ["amf"]}, 422),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 422),
        ({"content": b"\xff\xfe", "headers": {"content-type": "application/json"}}, 422),
        ({"json": {"query": "amf", "pad": "x" * 20_000}}, 413),
    ],
)
async def test_what_is_refused_is_a_problem_that_repeats_nothing(content: dict[str, Any], status: int) -> None:
    answer = await Api().post("/v1/search", **content)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "detail"} <= set(problem)
    assert "xxx" not in answer.text


async def test_other_methods_are_refused_as_problems_too() -> None:
    answer = await Api().client.get("/v1/search")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


async def test_a_knowledge_base_that_is_away_is_a_503_to_try_again() -> None:
    api = Api()
    api.base.fault = Retryable("the knowledge base is away", dependency="knowledge")
    answer = await api.post("/v1/search", json={"query": "amf"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["detail"] == "the knowledge base is away"


async def test_too_many_requests_of_one_token_are_told_when_to_come_back() -> None:
    api = Api(per_second=1)
    statuses = [(await api.post("/v1/search", json={"query": "amf"})).status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert (await api.post("/admin/cache/clear", OPERATOR)).status_code == 204


def test_a_bucket_fills_again() -> None:
    moment = 0.0
    bucket = Bucket(10, lambda: moment)
    assert [bucket.seconds_to_wait() > 0 for _ in range(21)] == [False] * 20 + [True]
    moment = 0.5
    assert [bucket.seconds_to_wait() > 0 for _ in range(6)] == [False] * 5 + [True]


async def test_requests_are_counted_by_route_and_shown() -> None:
    api = Api()
    await api.post("/v1/search", json={"query": "amf"})
    await api.post("/v1/search", None, json={"query": "amf"})
    shown = (await api.client.get("/metrics")).text
    for code in ("200", "401"):
        labels = f'code="{code}",method="POST",route="/v1/search",service="{SERVICE}"'
        assert f"http_requests_total{{{labels}}} 1.0" in shown
