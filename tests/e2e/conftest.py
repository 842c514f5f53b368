"""Starts the built binary and hands out clients to it: boto3, the AWS CLI 1 and 2, curl."""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
import zipfile
from io import BytesIO
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("HEIST_BIN", ROOT / "target/debug/heist"))
VENV = ROOT / ".cache/venv/bin"
REGION = "us-east-1"
ACCOUNT = "000000000000"
START_SECONDS = 60
CLOUDS = []  # that run, or should

# One attempt, so that a test sees each answer; retries are the SDK's affair.
CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=120)


def pytest_sessionstart(session):
    """Without the binary nothing here can run; say so once instead of in each test."""
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: cargo build -p heist", returncode=3)


def pytest_make_parametrize_id(val):
    """Names of tests stay short, and the same in each process."""
    return ascii(val)[:40] if isinstance(val, bytes) else None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows what each server that ended meanwhile said, and how it ended."""
    report = (yield).get_result()
    for cloud in CLOUDS if report.failed else ():
        if cloud.process.poll() is not None:
            said = f"it ended with {cloud.process.returncode}\n{cloud.log.read_text()[-3000:]}"
            report.sections.append((f"heist on port {cloud.port}", said))


def eventually(condition, what="the condition", seconds=30, pause=0.05):
    """Waits until `condition()` gives something true and returns that. AWS errors and failed
    assertions count as not yet; the last one is raised when time is up."""
    deadline, last, never = time.monotonic() + seconds, None, threading.Event()
    while True:
        try:
            value = condition()
            if value:
                return value
            last = AssertionError(f"{what} did not come true in {seconds} s; last: {value!r}")
        except (ClientError, AssertionError, OSError) as error:
            last = error
        if time.monotonic() > deadline:
            raise last
        never.wait(pause)


def zipped(files):
    """A zip archive of `files`, a dictionary of names and texts or bytes; all executable."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.external_attr = 0o100755 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def policy(*statements):
    """A policy document of `statements`: (actions, resources) or whole dictionaries."""
    whole = []
    for statement in statements:
        if isinstance(statement, tuple):
            actions, resources = statement
            statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
        whole.append(statement)
    return json.dumps({"Version": "2012-10-17", "Statement": whole})


def trust(service):
    """A trust policy for a service principal such as `lambda`."""
    principal = {"Service": f"{service}.amazonaws.com"}
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def tables():
    """What the binary serves, by service: its own answer to `heist __coverage`."""
    told = subprocess.run([BINARY, "__coverage"], capture_output=True, check=True)
    return {table["service"]: table for table in json.loads(told.stdout)}


def needs(service, operation, member=None):
    """Skips tests of what is not there yet, by the binary's own tables; with docs/coverage.md they
    come to life by themselves."""
    operations = tables().get(service, {}).get("operations", []) if BINARY.exists() else []
    found = [one for one in operations if one["name"] == operation]
    there = any(member is None or member in [m["name"] for m in one["input"]["members"]] for one in found)
    what = f"{service} {operation}" + (f" {member}" if member else "")
    return pytest.mark.skipif(not there, reason=f"{what} is not there yet")


class refused:
    """`with refused("AccessDenied", 403, "is not authorized"):` holds if the block raises that."""

    def __init__(self, code, status=None, text=None):
        self.code, self.status, self.text, self.error = code, status, text, None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        assert error is not None, f"nothing was refused; wanted {self.code}"
        if not isinstance(error, ClientError):
            return False
        self.error = error
        found, meta = error.response["Error"], error.response["ResponseMetadata"]
        codes = self.code if isinstance(self.code, tuple) else (self.code,)
        assert found["Code"] in codes, f"{found['Code']}: {found.get('Message')}"
        if self.status:
            assert meta["HTTPStatusCode"] == self.status, error
        if self.text:
            assert re.search(self.text, found.get("Message", "")), found.get("Message")
        return True


class Answer:
    """What curl brought back."""

    def __init__(self, head, body):
        lines = head.strip().splitlines()
        self.status = int(lines[0].split()[1])
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:500]!r}>"


class Keys:
    """Credentials and everything that can be called with them on one instance."""

    def __init__(self, cloud, key_id, secret, token=None, arn=None):
        self.cloud, self.key_id, self.secret, self.token = cloud, key_id, secret, token
        self.arn = arn
        self.session = boto3.Session(key_id, secret, token, region_name=REGION)
        self._clients = {}

    def client(self, service, **options):
        """A boto3 client, kept for the next call unless it has options."""
        if options:
            return self._new(service, **options)
        if service not in self._clients:
            self._clients[service] = self._new(service)
        return self._clients[service]

    def _new(self, service, **options):
        options.setdefault("config", CONFIG)
        return self.session.client(service, endpoint_url=self.cloud.endpoint, **options)

    def resource(self, service):
        return self.session.resource(service, endpoint_url=self.cloud.endpoint, config=CONFIG)

    @property
    def env(self):
        """The environment for commands, without anything of the host's AWS settings."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "HEIST_"))}
        env |= self.cloud.exports
        env |= {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret}
        if self.token:
            env["AWS_SESSION_TOKEN"] = self.token
        home = str(self.cloud.home)
        return env | {"HOME": home, "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1", "NO_COLOR": "1"}

    def run(self, *command, check=True, timeout=180, env=None, text=True):
        command = [str(part) for part in command]
        done = subprocess.run(
            command, env=self.env | (env or {}), capture_output=True, text=text, timeout=timeout
        )
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def aws(self, *arguments, **options):
        """The AWS CLI 1 as `heist env` sets it up; its `sqs` alone needs --endpoint-url."""
        extra = ("--endpoint-url", self.cloud.endpoint) if arguments[0] == "sqs" else ()
        return parsed(self.run(VENV / "aws", *arguments, *extra, **options))

    def aws2(self, *arguments, **options):
        """Debian's AWS CLI 2.9, which knows nothing of AWS_ENDPOINT_URL."""
        path = str(Path("/usr/bin/aws"))
        env = {"PYTHONPATH": "", "PYENV_VERSION": ""} | options.pop("env", {})
        options["env"] = env
        return parsed(
            self.run(path, *arguments, "--endpoint-url", self.cloud.endpoint, **options)
        )

    def curl(self, *arguments, signed=None):
        """curl; `signed` names a service to sign for with --aws-sigv4."""
        arguments = list(arguments)
        if signed:
            arguments += ["--aws-sigv4", f"aws:amz:{REGION}:{signed}"]
            arguments += ["--user", f"{self.key_id}:{self.secret}"]
            if self.token:
                arguments += ["-H", f"X-Amz-Security-Token: {self.token}"]
        done = self.run("curl", "-sS", "-D", "/dev/stderr", "--max-time", "60", *arguments)
        heads = re.split(r"\r?\n\r?\n", done.stderr.strip())
        return Answer(heads[-1], done.stdout)


def parsed(done):
    """Output as JSON where it is, else the finished command."""
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        return done


class Cloud:
    """A running `heist up` on a free port."""

    before = ()  # what the command begins with, such as another user's

    def __init__(self, folder, **env):
        self.data, self.home = Path(folder) / "data", Path(folder) / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self.log, self.extra, self.process, self.port = Path(folder) / "log", env, None, 0
        self.start()
        CLOUDS.append(self)

    def start(self):
        """Starts, or starts again on the same port and data."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "HEIST_"))}
        command = [*self.before, BINARY, "up", "--json", "--port", str(self.port), "--data", self.data]
        log = open(self.log, "ab")
        self.process = subprocess.Popen(
            command, env=env | self.extra, stdout=subprocess.PIPE, stderr=log, cwd=self.home
        )
        timer = threading.Timer(START_SECONDS, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        assert line, f"heist did not start: {self.log.read_text()[-2000:]}"
        ready = json.loads(line)
        assert ready["ready"] is True
        self.endpoint = ready["endpoint"]
        self.port = int(self.endpoint.rsplit(":", 1)[1])
        told = subprocess.run(
            [BINARY, "env", "--json", "--data", self.data], capture_output=True, check=True
        )
        self.exports = json.loads(told.stdout)
        self.ca = self.exports["HEIST_CA"]
        exports = self.exports
        self.admin = Keys(self, exports["AWS_ACCESS_KEY_ID"], exports["AWS_SECRET_ACCESS_KEY"])
        return self

    def kill(self):
        """SIGKILL: what was acknowledged must be there after the next `start`."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        CLOUDS.remove(self)
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.process.stdout.close()

    def heist(self, *arguments, check=True):
        """One of the binary's own commands on this instance's data."""
        return self.admin.run(
            BINARY, *arguments, "--data", self.data, check=check
        )

    def memory_mib(self):
        """The resident memory of the server alone."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) / 1024

    def alive(self):
        assert self.process.poll() is None, f"the server died: {self.log.read_text()[-3000:]}"
        answer = self.admin.curl(f"{self.endpoint}/_heist/health")
        assert answer.status == 200, answer
        return True

    def connect(self):
        """A plain socket to the server."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    # What most tests need first ---------------------------------------------------------------

    def user(self, *statements, name=None):
        """A fresh user with an inline policy of `statements`, as keys."""
        iam, name = self.admin.client("iam"), name or unique("user")
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        if statements:
            iam.put_user_policy(
                UserName=name, PolicyName="inline", PolicyDocument=policy(*statements)
            )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys = Keys(self, key["AccessKeyId"], key["SecretAccessKey"], arn=arn)
        keys.name = name
        return keys

    def role(self, service, *statements):
        """A fresh role for a service such as `lambda`; gives its ARN."""
        iam, name = self.admin.client("iam"), unique("role")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))["Role"]
        if statements:
            iam.put_role_policy(
                RoleName=name, PolicyName="inline", PolicyDocument=policy(*statements)
            )
        return role["Arn"]

    def function(self, files, runtime="python3.11", handler="main.handler", role=None, **more):
        """A fresh function, active; gives its name."""
        role = role or self.role("lambda", ("logs:*", "*"))
        files = {"main.py": files} if isinstance(files, str) else files
        name, client = unique("function"), self.admin.client("lambda")
        client.create_function(
            FunctionName=name, Runtime=runtime, Handler=handler, Role=role,
            Code={"ZipFile": zipped(files)}, **more,
        )
        client.get_waiter("function_active_v2").wait(
            FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 180}
        )
        return name

    def invoke(self, name, event=None, keys=None, **more):
        """Invokes and waits; gives the payload as JSON and the whole answer."""
        client = (keys or self.admin).client("lambda")
        answer = client.invoke(FunctionName=name, Payload=json.dumps(event), **more)
        body = answer["Payload"].read()
        return (json.loads(body) if body else None), answer


def unique(prefix):
    """A name that nothing else has."""
    return f"{prefix}-{secrets.token_hex(4)}"


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    """An instance that many tests share; they use names of their own."""
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    yield cloud
    cloud.stop()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """An empty instance for one file's tests."""
    cloud = Cloud(tmp_path_factory.mktemp("fresh"))
    yield cloud
    cloud.stop()


@pytest.fixture
def admin(cloud):
    return cloud.admin


needs_aws2 = pytest.mark.skipif(
    not Path("/usr/bin/aws").exists(), reason="Debian's AWS CLI 2 is not installed"
)
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
