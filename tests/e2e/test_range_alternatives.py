"""The Heist's scenarios: other fixes than the reference one are accepted."""

import pytest
from arena import arena, fixes  # noqa: F401 (a fixture)


@pytest.mark.parametrize("scenario,alternative", fixes("alternatives"))
def test_another_fix_is_accepted(arena, scenario, alternative):
    """What keeps the contract and closes all ways in is a fix, however it is done."""
    arena.play(scenario)
    arena.play("apply", alternative, "--scenario", scenario)
    assert arena.verdicts(scenario) == ("fixed", {})
    arena.play("quit", "--scenario", scenario)
