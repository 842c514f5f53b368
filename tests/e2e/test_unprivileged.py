"""An ordinary user runs Heist, with an interpreter in the very folder that the data is in: function code, which runs
under his number, sees the interpreter's libraries, but neither the instance's secrets nor his own."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest
from conftest import BINARY, Cloud, trust, unique, zipped

UID = "61234"
AS_USER = ("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups")

PROBE = '''
import os, socket, sys
def tries(path):
    yield lambda: os.listdir(path)
    yield lambda: open(path, "rb").read().hex()
    def connect():
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            return "connected"
    yield connect
def handler(paths, context):
    seen = {}
    for path in paths:
        for way in (path, "/proc/self/root" + path, "/proc/1/root" + path, "/var/lang/../.." + path):
            for one in tries(way):
                try: got = one()
                except OSError: continue
                if got: seen[way] = got
    return {"prefix": sys.base_prefix, "uid": os.getuid(), "seen": seen}
'''


def unable():
    """Why this host's users cannot have what is tested; None when they can."""
    if os.getuid() != 0:
        return "only root can become another user"
    tried = subprocess.run([*AS_USER, "unshare", "-Urmpf", "true"], capture_output=True, text=True)
    return tried.stderr if tried.returncode else None


def python_at(prefix):
    """A Python that takes `prefix` for the folder it was installed to."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (prefix / "bin").mkdir(parents=True)
    shutil.copy(os.path.realpath(sys.executable), prefix / "bin" / version)
    shutil.copytree(sysconfig.get_path("stdlib"), prefix / "lib" / version, symlinks=True,
                    ignore=shutil.ignore_patterns("site-packages", "dist-packages", "test", "__pycache__"))
    for library in Path(sysconfig.get_config_var("LIBDIR")).glob("libpython3*.so*"):
        shutil.copy(library, prefix / "lib")
    return prefix / "bin" / version


@pytest.fixture(scope="module")
def private():
    """An instance of a user whose Python, data, key and secrets are all below one folder."""
    why = unable()
    if why:
        print(f"skipped: {why}")
        pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix="heist-user-"))
    folder.chmod(0o755)
    home = folder / "home"
    prefix = home / ".local"
    python = python_at(prefix)
    for secret in (".aws/credentials", ".ssh/id_ed25519", ".config/token", ".local/lib/root.key"):
        (home / secret).parent.mkdir(parents=True, exist_ok=True)
        (home / secret).write_bytes(b"0123456789abcdef0123456789abcdef")
        (home / secret).chmod(0o600)
    binary = shutil.copy(BINARY, folder / "heist")
    subprocess.run(["chown", "-R", f"{UID}:{UID}", folder], check=True)
    cloud = UsersCloud(folder, binary, python, prefix / "lib/root.key")
    cloud.prefix = prefix
    yield cloud
    cloud.stop()
    shutil.rmtree(folder)


class UsersCloud(Cloud):
    """The data is where it is by default, in the prefix."""

    def __init__(self, folder, binary, python, key):
        home = folder / "home"
        # The user's Python is the only one of its version that is named on the path.
        self.before = (*AS_USER, "env", "-u", "PYTHONPATH", f"HOME={home}", f"PATH={python.parent}:/usr/bin:/bin")
        self.data_link = folder / "data"
        data = home / ".local/share/heist"
        subprocess.run([*AS_USER, "mkdir", "-p", data], check=True)
        subprocess.run([*AS_USER, "ln", "-s", data, self.data_link], check=True)
        super().__init__(folder, HEIST_ROOT_KEY_FILE=str(key))


def probe(cloud, paths):
    client, name = cloud.admin.client("lambda"), unique("probe")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    client.create_function(
        FunctionName=name, Runtime=version, Handler="main.handler", Timeout=30, Role=cloud.role("lambda"),
        Code={"ZipFile": zipped({"main.py": PROBE})})
    answer = client.invoke(FunctionName=name, Payload=json.dumps([str(path) for path in paths]))
    body = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, body
    return body


def test_functions_see_neither_the_instances_secrets_nor_the_users(private):
    home, data = private.home, private.prefix / "share/heist"
    assert (data / "access.json").exists() and (data / "admin.sock").exists(), "the data is there"
    secrets = [data, data / "access.json", data / "admin.sock", data / "ca.key", data / "store", private.data_link,
               private.prefix / "lib/root.key", home / ".aws", home / ".aws/credentials", home / ".ssh/id_ed25519",
               home / ".config/token", home, private.prefix / "share"]
    found = probe(private, [*secrets, private.prefix / "lib"])
    assert found["prefix"] == str(private.prefix), "the user's Python ran it"
    assert found["seen"].pop(str(private.prefix / "lib")), "whose libraries are there"
    leaked = {path: what for path, what in found["seen"].items() if not path.endswith("/lib")}
    # Folders on the way to the interpreter are there, with nothing else in them.
    ways = {str(home): [".local"]}
    assert {path: what for path, what in leaked.items() if ways.get(path[path.find(str(home)):]) != what} == {}


KNOCK = """
import socket, sys
with socket.socket(socket.AF_UNIX) as near:
    near.connect(sys.argv[1])
    near.sendall(b"{}\\n")
    print(near.recv(4096).decode())
"""


@pytest.mark.parametrize("around, heard", [((), "trouble"), (("unshare", "-Ur"), "")], ids=["outside", "inside"])
def test_the_door_opens_outside_of_sandboxes_alone(private, around, heard):
    """Should the socket ever be seen in a sandbox, whose user namespace is another."""
    asked = [*AS_USER, *around, "/usr/bin/python3", "-c", KNOCK, private.data / "admin.sock"]
    told = subprocess.run(asked, capture_output=True, text=True)
    # Who is shut out hears nothing, or that the other end is closed.
    assert heard in told.stdout and bool(heard) == bool(told.stdout.strip()), told


def test_the_doctor_says_that_the_data_is_in_sight(private):
    key = private.prefix / "lib/root.key"
    asked = [*private.before, private.home.parent / "heist", "doctor", "--json", "--data", private.data]
    checks = json.loads(subprocess.run(asked, capture_output=True, text=True).stdout)
    assert next(one for one in checks if one["name"] == "secrets")["ok"], checks
    checks = json.loads(subprocess.run([*asked, "--root-key-file", key], capture_output=True, text=True).stdout)
    found = next(one for one in checks if one["name"] == "secrets")
    assert not found["ok"] and str(key) in found["detail"], found
