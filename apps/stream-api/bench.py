#!/usr/bin/env python3
"""Measures a warm `GET /stream/{id}`, signed, on one connection, beside a bare function.

    ./build rust && ./build python && ./bench.py

Runs against the Heist of `heist env`. The bare functions are deployed from the same template, so
that the API, its authorization and its tracing are the same. Loads take turns of a second.
"""

import json
import os
import socket
import subprocess
import tempfile
import time
import uuid
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from deploy import Stack

HERE = Path(__file__).parent
BARE_RUST = HERE.parents[1] / "bench/src/bin/bootstrap.rs"
BARE_PYTHON = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'ok'}\n"
TURNS, TURN_SECONDS = 5, 1.0


class Route:
    """One request to one deployed copy, signed once, sent again and again."""

    def __init__(self, session, zip_file, implementation):
        self.session, prefix = session, f"Bench{uuid.uuid4().hex[:8]}"
        stack = Stack(session.client, str(zip_file), Implementation=implementation, Prefix=prefix)
        endpoint, api = os.environ["AWS_ENDPOINT_URL"], stack.deploy()["ApiId"]
        self.url = f"{endpoint}/_aws/execute-api/{api}/prod/stream"
        at = urlsplit(self.url)
        self.socket = socket.create_connection((at.hostname, at.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.times = []

    def signed(self, method, path="", body=b""):
        request = AWSRequest(method, self.url + path, data=body)
        request.headers["Content-Length"] = str(len(body))
        SigV4Auth(self.session.get_credentials(), "execute-api", "us-east-1").add_auth(request)
        at = urlsplit(self.url + path)
        lines = [f"{method} {at.path} HTTP/1.1", f"Host: {at.netloc}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def exchange(self, request):
        """Sends a request; gives the answer's status and body."""
        self.socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n")
                      if line.startswith(b"content-length:"))
        while len(body) < length:
            body += self.socket.recv(65536)
        return int(head[9:12]), body

    def turn(self, request, seconds=TURN_SECONDS):
        until = time.perf_counter() + seconds
        while (started := time.perf_counter()) < until:
            status, body = self.exchange(request)
            assert status == 200, body
            self.times.append(time.perf_counter() - started)

    def report(self, name, bare=None):
        times = sorted(self.times)
        self.median, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        ratio = f"{self.median / bare.median:6.2f} x the bare one" if bare else ""
        print(f"{name:<14} {len(times):>6} requests   median {self.median * 1e3:6.2f} ms"
              f"   p99 {p99 * 1e3:6.2f} ms   {ratio}")


def bare_zips(folder):
    """The smallest function of each runtime."""
    rustc = ["rustc", "--edition", "2024", "-O", BARE_RUST, "-o", folder / "bootstrap"]
    subprocess.run(rustc, check=True)
    (folder / "app.py").write_text(BARE_PYTHON)
    for name, member in (("rust", "bootstrap"), ("python", "app.py")):
        with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(folder / member, member)


def main():
    session = boto3.Session()
    with tempfile.TemporaryDirectory() as folder:
        bare_zips(Path(folder))
        for implementation in ("rust", "python"):
            bare = Route(session, f"{folder}/{implementation}.zip", implementation)
            app = Route(session, HERE / f"dist/{implementation}.zip", implementation)
            _, made = app.exchange(app.signed("POST", body=b'{"title": "Heat"}'))
            path = f"/{json.loads(made)['id']}"
            loads = [(route, route.signed("GET", path)) for route in (bare, app)]
            for route, request in loads:  # so that both are warm
                route.turn(request)
                route.times.clear()
            for route, request in loads * TURNS:
                route.turn(request)
            bare.report(f"bare {implementation}")
            app.report(implementation, bare)


if __name__ == "__main__":
    main()
