"""The root key: from a file, the environment or a passphrase; another one is refused at the start."""

import base64
import os
import secrets
import subprocess

import pytest
from conftest import BINARY, Cloud


def start(folder, **env):
    """What a start that must fail says."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "HEIST_"))} | env
    command = [BINARY, "up", "--json", "--port", "0", "--data", folder / "data"]
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode, done.stdout
    return done.stderr


@pytest.mark.parametrize("variable, right, wrong", [
    ("HEIST_PASSPHRASE", "correct horse battery staple", "correct horse battery stable"),
    ("HEIST_ROOT_KEY", *[base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2)]),
], ids=["passphrase", "key"])
def test_only_the_same_key_starts(tmp_path, variable, right, wrong):
    cloud = Cloud(tmp_path, **{variable: right})
    kms = cloud.admin.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    cloud.kill()
    assert not (cloud.data / "root.key").exists()
    assert "is not the one" in start(tmp_path, **{variable: wrong})
    assert "root key" in start(tmp_path) or "HEIST_PASSPHRASE" in start(tmp_path)
    both = {"HEIST_PASSPHRASE": right, "HEIST_ROOT_KEY": right}
    assert "cannot be used with" in start(tmp_path, **both)
    cloud.start()
    assert cloud.admin.client("kms").decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    cloud.stop()


def test_a_key_in_a_file_elsewhere(tmp_path):
    file = tmp_path / "elsewhere.key"
    cloud = Cloud(tmp_path, HEIST_ROOT_KEY_FILE=str(file))
    assert len(file.read_bytes()) == 32 and file.stat().st_mode & 0o777 == 0o600
    assert not (cloud.data / "root.key").exists()
    cloud.stop()
    file.chmod(0o644)
    assert "others may read it" in start(tmp_path, HEIST_ROOT_KEY_FILE=str(file))
    file.unlink()
    assert "it is gone" in start(tmp_path, HEIST_ROOT_KEY_FILE=str(file))
