"""The README's 60-second tour and its Heist, run as written."""

import os
import re
import subprocess

import pytest
from conftest import BINARY, ROOT, VENV

README = ROOT / "README.md"


SECTIONS = ["60-second tour", "The Heist"]


def commands(title):
    """The shell blocks of a section, joined."""
    pattern = rf"^#+ .*{title}.*?$(.*?)(?=^#{{1,2}} |\Z)"
    section = re.search(pattern, README.read_text(), re.M | re.S | re.I)
    assert section, f"README.md has no section called {title}"
    blocks = re.findall(r"^```sh\n(.*?)^```", section.group(1), re.M | re.S)
    assert blocks, f"{title} has no ```sh block"
    return "\n".join(blocks)


@pytest.mark.parametrize("title", SECTIONS)
def test_a_section_works_as_written(fresh, tmp_path, title):
    script = commands(title)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "HEIST_"))}
    (tmp_path / "heist").symlink_to(BINARY.resolve())
    env |= {"HOME": str(fresh.home), "HEIST_DATA": str(fresh.data), "AWS_PAGER": "",
            "NO_COLOR": "1", "PATH": f"{tmp_path}:{VENV}:{env['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-x", "-c", script], env=env, cwd=tmp_path,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
