"""The Heist's scenarios: fixes that are none are not accepted. Half of them; the others have a file
of their own, for files run side by side."""

import pytest
from arena import SCENARIOS, arena, assert_caught, fixes  # noqa: F401 (a fixture)


@pytest.mark.parametrize("scenario,mutant", fixes("mutants", SCENARIOS[::2]))
def test_a_mutant_is_caught(arena, scenario, mutant):
    assert_caught(arena, scenario, mutant)
