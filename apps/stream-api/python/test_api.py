"""The API over a table and a topic in memory: the contract that both implementations keep, and what
happens when something else fails."""

import json
import uuid
from pathlib import Path

import pytest
from api import Api
from problem import busy, conflict, missing

CONTRACT = json.loads((Path(__file__).parents[1] / "contract.json").read_text())
RONIN = {
    "id": "00000000-0000-4000-8000-000000000001", "version": 3, "title": "Ronin",
    "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-03T00:00:00Z",
}


class Memory:
    """A table that holds Ronin, in order of ids; every call raises `fails` if there is one."""

    def __init__(self, fails=None):
        self.items, self.fails = {RONIN["id"]: RONIN}, fails

    def seen(self, id, version):
        if self.fails:
            raise self.fails
        if id not in self.items:
            raise missing()
        if version not in (None, self.items[id]["version"]):
            raise conflict()
        return self.items[id]

    def create(self, item):
        if self.fails:
            raise self.fails
        self.items[item["id"]] = item

    def get(self, id):
        return self.seen(id, None)

    def list(self, limit, after):
        ids = sorted(id for id in self.items if after is None or id > after)[:limit]
        return [self.items[id] for id in ids], ids[-1] if len(ids) == limit else None

    def replace(self, id, version, draft, now):
        old = self.seen(id, version)
        kept = {name: old[name] for name in ("id", "createdAt")}
        self.items[id] = kept | {"version": version + 1, "updatedAt": now} | draft
        return self.items[id]

    def delete(self, id, version):
        return self.seen(id, version) and self.items.pop(id) if id in self.items else None


class Listener:
    """A topic that remembers, or raises `fails`."""

    def __init__(self, fails=None):
        self.heard, self.fails = [], fails

    def announce(self, change, item):
        if self.fails:
            raise self.fails
        self.heard.append((change, item["id"]))


class Bench:
    """An API of which everything can be seen."""

    def __init__(self, store_fails=None, topic_fails=None, log_requests=True):
        self.store, self.topic, self.lines = Memory(store_fails), Listener(topic_fails), []
        self.api = Api(self.store, self.topic, log_requests, self.lines.append)

    def ask(self, request, id=None, query=None, headers=None, body=None):
        method, resource = request.split(" ")
        body = body if body is None or isinstance(body, str) else json.dumps(body)
        answer = self.api.answer({
            "httpMethod": method, "resource": resource, "headers": headers, "body": body,
            "pathParameters": id and {"id": id}, "queryStringParameters": query,
            "requestContext": {"requestId": "request-1"},
        }, "invocation-1")
        return answer, json.loads(answer["body"]) if answer["body"] else None

    @property
    def logged(self):
        return [json.loads(line) for line in self.lines]


def body_of(case):
    if "nest" in case:
        return "[" * case["nest"]
    body = case.get("body")
    for name, length in case.get("fill", {}).items():
        body = body | {name: "é" * length}
    return body


@pytest.mark.parametrize("case", CONTRACT, ids=lambda case: case["does"])
def test_contract(case):
    bench = Bench()
    answer, body = bench.ask(
        case["request"], case.get("id"), case.get("query"), case.get("headers_in"), body_of(case))
    assert answer["statusCode"] == case["status"], body
    if "code" in case:
        assert body["error"]["code"] == case["code"] and body["error"]["message"]
        assert body["error"]["requestId"] == "request-1"
    for name, value in case.get("answer", {}).items():
        assert body[name] == value
    for name, value in case.get("headers", {}).items():
        assert answer["headers"][name] == value
    assert [change for change, _ in bench.topic.heard] == [*filter(None, [case.get("announces")])]
    if case["status"] == 201:
        assert str(uuid.UUID(body["id"])) == body["id"] in bench.store.items
        assert answer["headers"]["Location"] == f"stream/{body['id']}"
        assert "null" not in answer["body"] and body["createdAt"] == body["updatedAt"]


def test_pages_lead_to_all_items():
    bench = Bench()
    made = [bench.ask("POST /stream", body={"title": "x"})[1] for _ in range(6)]
    ids = {RONIN["id"]} | {item["id"] for item in made}
    found, query = [], {"limit": "3"}
    while query:
        _, page = bench.ask("GET /stream", query=query)
        found += [item["id"] for item in page["items"]]
        query = {"limit": "3", "nextToken": page["nextToken"]} if "nextToken" in page else None
    assert sorted(found) == sorted(ids)


def test_one_line_for_each_request():
    bench = Bench()
    bench.ask("POST /stream", body={"title": "a secret title"})
    (line,) = bench.logged
    assert line.pop("durationMs") >= 0 and line.pop("traceId") is None
    assert line == {"level": "INFO", "requestId": "request-1", "invocationId": "invocation-1",
                    "route": "POST /stream", "status": 201}
    assert "secret" not in bench.lines[0] and "\n" not in bench.lines[0]


def test_failures_alone():
    bench = Bench(store_fails=RuntimeError("x"), log_requests=False)
    bench.ask("GET /stream", query={"limit": "0"})
    bench.ask("GET /stream/{id}", id=RONIN["id"])
    assert [(line["level"], line["status"]) for line in bench.logged] == [("ERROR", 500)]


def test_what_is_wrong_here_is_not_told():
    bench = Bench(store_fails=RuntimeError("arn:aws:dynamodb is down"))
    answer, body = bench.ask("GET /stream/{id}", id=RONIN["id"])
    assert answer["statusCode"] == 500 and body["error"]["code"] == "InternalError"
    assert "arn" not in answer["body"] and "arn" in bench.logged[0]["error"]


def test_too_many_requests():
    answer, body = Bench(store_fails=busy()).ask("GET /stream/{id}", id=RONIN["id"])
    assert (answer["statusCode"], body["error"]["code"]) == (503, "Busy")
    assert answer["headers"]["Retry-After"] == "1"


def test_a_write_stands_though_nobody_hears_of_it():
    bench = Bench(topic_fails=RuntimeError("the key is disabled"))
    answer, body = bench.ask("POST /stream", body={"title": "a secret title"})
    assert answer["statusCode"] == 201 and body["id"] in bench.store.items
    failure, request = bench.logged
    assert failure["level"] == "ERROR" and failure["failure"] == "announcement"
    assert failure["id"] == body["id"] and "disabled" in failure["error"]
    assert request["status"] == 201 and "secret" not in "".join(bench.lines)


def test_nothing_is_announced_that_is_not_written():
    bench = Bench(store_fails=RuntimeError("x"))
    bench.ask("POST /stream", body={"title": "x"})
    bench.ask("DELETE /stream/{id}", id=RONIN["id"])
    assert bench.topic.heard == []
