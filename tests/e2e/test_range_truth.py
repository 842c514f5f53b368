"""The Heist's scenarios: each one's truth table, and whether its hints lead to the theft."""

import json
import os
import re

import pytest
from arena import SCENARIOS, arena  # noqa: F401 (a fixture)
from conftest import BINARY, VENV

# Of scenarios whose dearest hint is a script: what it is that let the thief in.
LET_IN = {
    "H01": "authorizationType NONE",
    "H03": "OpenTopic",
    "H04": "Everything",
    "H06": "Look|authorizationType NONE|AnyoneMayCome|Titles",
    "H07": "InternTools",
    "H08": "ApiGatewayMayInvoke",
    "H09": "UseOfTheKey",
    "H10": "AnybodyMay",
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_truth_table_holds(arena, scenario):
    """Fresh: traffic passes, all attacks work, the configuration is wrong. After the reference
    fix: traffic passes, all attacks are refused, the configuration is right. Then: nothing left."""
    arena.play(scenario)
    finding, bad = arena.verdicts(scenario)
    attacks = {name for name in bad if name.startswith("A.")}
    told, works = arena.play("detonate", "--scenario", scenario)
    assert works, told
    assert finding == "open", bad
    assert not [name for name in bad if name.startswith("T.")], bad
    assert [name for name in bad if name.startswith("C.")], "no check sees the weakness"
    assert attacks >= {check["name"] for check in told["checks"]}
    arena.play("apply", "solution", "--scenario", scenario)
    finding, bad = arena.verdicts(scenario)
    assert (finding, bad) == ("fixed", {})
    told, _ = arena.play("quit", "--scenario", scenario)
    assert told["left"] == 0 and told["rows"] > 0


@pytest.mark.parametrize("scenario", LET_IN)
def test_the_dearest_hint_is_a_theft(arena, tmp_path, scenario):
    """Put into a shell as it stands, it reaches every goal, and what let it happen is named. The
    reference fix holds after it, too: it takes away what the thief left."""
    arena.play(scenario)
    left, hint = 1, {}
    while left:
        hint, _ = arena.play("hint", "--scenario", scenario)
        left = hint["left"]
    (tmp_path / "heist").symlink_to(BINARY)
    path = f"{tmp_path}:{VENV}:{os.environ['PATH']}"
    script = 'eval "$(heist play env thief)"\n' + hint["text"]
    env = {"PATH": path, "HEIST_DATA": str(arena.cloud.data)}
    done = arena.cloud.admin.run("bash", "-euc", script, env=env)
    for flag in sorted(set(re.findall(r"HEIST\{[^}]+\}", done.stdout))):
        arena.play("submit", flag, "--scenario", scenario)
    status, _ = arena.play("status", "--scenario", scenario)
    assert all(goal["reached"] for goal in status["goals"]), (done.stdout, done.stderr)
    told, _ = arena.play("explain", "--scenario", scenario)
    thefts = [json.dumps(theft) for theft in told["thefts"]]
    assert thefts and all(re.search(LET_IN[scenario], theft) for theft in thefts), thefts
    arena.play("apply", "solution", "--scenario", scenario)
    assert arena.verdicts(scenario) == ("fixed", {})
    arena.play("quit", "--scenario", scenario)
