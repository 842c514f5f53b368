"""The Heist's scenarios: the other half of the fixes that are none and not accepted."""

import pytest
from arena import SCENARIOS, arena, assert_caught, fixes  # noqa: F401 (a fixture)


@pytest.mark.parametrize("scenario,mutant", fixes("mutants", SCENARIOS[1::2]))
def test_a_mutant_is_caught(arena, scenario, mutant):
    assert_caught(arena, scenario, mutant)
