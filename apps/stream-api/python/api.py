"""Requests from API Gateway's proxy integration, and their answers."""

import json
import os
import time
import uuid
from datetime import datetime, timezone

import inputs
from problem import Problem


class Api:
    def __init__(self, store, topic, log_requests=True, write_line=print):
        self.store, self.topic = store, topic
        self.log_requests, self.write_line = log_requests, write_line
        self.routes = {
            ("POST", "/stream"): self.create,
            ("GET", "/stream"): self.list,
            ("GET", "/stream/{id}"): self.get,
            ("PUT", "/stream/{id}"): self.replace,
            ("DELETE", "/stream/{id}"): self.delete,
        }

    def answer(self, event, invocation_id):
        """Answers one request and logs one line about it."""
        started = time.perf_counter()
        route = (event["httpMethod"], event["resource"])
        line = {
            "requestId": event["requestContext"]["requestId"],
            "invocationId": invocation_id,
            "traceId": os.environ.get("_X_AMZN_TRACE_ID"),
            "route": " ".join(route),
        }
        try:
            if route not in self.routes:
                raise Problem(404, "NotFound", "There is no such route.")
            answer = self.routes[route](event, line)
        except Problem as problem:
            answer = refusal(problem, line)
        except Exception as error:  # Ours, whatever it is; the log has it, clients do not.
            line["error"] = f"{type(error).__name__}: {error}"
            answer = refusal(Problem(500, "InternalError", "Something went wrong here."), line)
        line |= {"status": answer["statusCode"], "durationMs": milliseconds_since(started)}
        self.log("ERROR" if answer["statusCode"] >= 500 else "INFO", line)
        return answer

    def create(self, event, line):
        draft, now = inputs.draft(event.get("body")), timestamp()
        item = {"id": str(uuid.uuid4()), "version": 1, "createdAt": now, "updatedAt": now} | draft
        self.store.create(item)
        self.announce("created", item, line)
        # Relative to the request's own URL, so that it holds for every domain and stage.
        return with_item(201, item, {"Location": f"stream/{item['id']}"})

    def list(self, event, line):
        items, last = self.store.list(*inputs.page(event))
        token = {"nextToken": inputs.next_token(last)} if last else {}
        return json_answer(200, {"items": items} | token)

    def get(self, event, line):
        return with_item(200, self.store.get(inputs.item_id(event)))

    def replace(self, event, line):
        id, version = inputs.item_id(event), inputs.if_match(event)
        if version is None:
            raise Problem(428, "VersionRequired", "If-Match must say which version is replaced.")
        item = self.store.replace(id, version, inputs.draft(event.get("body")), timestamp())
        self.announce("updated", item, line)
        return with_item(200, item)

    def delete(self, event, line):
        """What is gone already is no error: a client that heard no answer can ask again."""
        item = self.store.delete(inputs.item_id(event), inputs.if_match(event))
        if item:
            self.announce("deleted", item, line)
        return {"statusCode": 204, "headers": {}, "body": ""}

    def announce(self, change, item, line):
        """Tells the topic, at most once. The item is written, so a failure is not the client's:
        it would try again, and create a second item. The alarm on this line is for us."""
        try:
            self.topic.announce(change, item)
        except Exception as error:
            about = {"failure": "announcement", "change": change, "id": item["id"]}
            self.log("ERROR", line | about | {"error": f"{type(error).__name__}: {error}"})

    def log(self, level, line):
        if self.log_requests or level != "INFO":
            self.write_line(json.dumps({"level": level} | line))


def json_answer(status, body, headers=None):
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"} | (headers or {})
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def with_item(status, item, headers=None):
    return json_answer(status, item, {"ETag": f'"{item["version"]}"'} | (headers or {}))


def refusal(problem, line):
    error = {"code": problem.code, "message": problem.message, "requestId": line["requestId"]}
    headers = {"Retry-After": "1"} if problem.status == 503 else {}
    return json_answer(problem.status, {"error": error}, headers)


def milliseconds_since(started):
    return round((time.perf_counter() - started) * 1000, 3)


def timestamp():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
