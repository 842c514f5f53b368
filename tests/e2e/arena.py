"""The range of one instance, as a player's commands see it."""

import json
import re

import pytest
from conftest import ROOT, Cloud, Keys

RANGE = ROOT / "range/scenarios"
SCENARIOS = sorted(path.name for path in RANGE.iterdir() if path.is_dir())


def fixes(kind, scenarios=SCENARIOS):
    """The fixes in folders of that name, of these scenarios: (scenario, fix)."""
    paths = sorted(RANGE.glob(f"*/{kind}/*.yaml"))
    found = [(path.parents[1].name, path.stem) for path in paths]
    return [(scenario, fix) for scenario, fix in found if scenario in scenarios]


def assert_caught(arena, scenario, mutant):
    """A fix that is not one fails in the part that it names."""
    text = (RANGE / scenario / "mutants" / f"{mutant}.yaml").read_text()
    named = re.search(r"caught_by: \[([^\]]+)\]", text).group(1)
    arena.play(scenario)
    arena.play("apply", mutant, "--scenario", scenario)
    finding, bad = arena.verdicts(scenario)
    assert finding != "fixed"
    for name in re.split(r",\s*", named):
        assert name in bad, f"{name} let {mutant} pass; wrong were {bad}"
    arena.play("quit", "--scenario", scenario)


class Range:
    """The range of one instance, as a player's commands see it."""

    def __init__(self, cloud):
        self.cloud = cloud

    def play(self, *verb, check=True):
        """What `heist play VERB --json` tells, and whether it says that it went well. A scenario
        is begun anew: a test that failed may have left a game of it."""
        if verb[0] in SCENARIOS:
            verb = (*verb, "--again")
        done = self.cloud.heist("play", *verb, "--json", check=False)
        if check and not done.stdout.strip():
            raise AssertionError(f"heist play {verb}: {done.stderr}")
        told = json.loads(done.stdout) if done.stdout.strip() else done.stderr
        return told, done.returncode == 0

    def env(self, who, scenario):
        return dict(self.play("env", who, "--scenario", scenario)[0])

    def keys(self, who, scenario):
        """Credentials of somebody in a game, to call any API with."""
        env = self.env(who, scenario)
        token = env["AWS_SESSION_TOKEN"] or None
        return Keys(self.cloud, env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], token)

    def verdicts(self, scenario):
        """What a proof finds, and the checks that went wrong, with why."""
        told, _ = self.play("verify", "--scenario", scenario)
        bad = {
            check["name"]: check["detail"]
            for check in told["checks"]
            if check["verdict"] not in ("passed", "refused")
        }
        return told["finding"], bad


@pytest.fixture(scope="module")
def arena(tmp_path_factory):
    cloud = Cloud(tmp_path_factory.mktemp("range"))
    yield Range(cloud)
    cloud.stop()
