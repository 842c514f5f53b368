"""The README's 60-second tour, run as written."""

import os
import re
import subprocess

import pytest
from conftest import BINARY, ROOT, VENV

README = ROOT / "README.md"


def tour():
    """The shell blocks of the section on the tour, joined."""
    if not README.exists():
        pytest.skip("there is no README.md yet")
    section = re.search(r"^#+ .*60-second tour.*?$(.*?)(?=^#{1,2} |\Z)", README.read_text(), re.M | re.S | re.I)
    if not section:
        pytest.skip("README.md has no section called 60-second tour")
    blocks = re.findall(r"^```sh\n(.*?)^```", section.group(1), re.M | re.S)
    assert blocks, "the tour has no ```sh block"
    return "\n".join(blocks)


def test_the_tour_works_as_written(fresh, tmp_path):
    script = tour()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "HEIST_"))}
    (tmp_path / "heist").symlink_to(BINARY.resolve())
    env |= {"HOME": str(fresh.home), "HEIST_DATA": str(fresh.data), "AWS_PAGER": "",
            "NO_COLOR": "1", "PATH": f"{tmp_path}:{VENV}:{env['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-x", "-c", script], env=env, cwd=tmp_path,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
