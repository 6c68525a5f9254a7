"""The simulation finds faults that are planted in the real code; the docs list them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .oracles import ORACLES, check
from .planted_faults import FAULTS, Fault
from .world import run_scenario

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs" / "design" / "simulation.md"
MORE_SEEDS = 30
"""How many more seeds are tried: a change of the code makes other runs of the same seeds."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "_"))
def test_the_simulation_finds_the_fault(fault: Fault) -> None:
    with fault.planted():
        for seed in [fault.seed, *range(MORE_SEEDS)]:
            if any(each.startswith(f"{fault.oracle}:") for each in check(run_scenario(fault.scenario(seed)))):
                return
    pytest.fail(f"no seed finds that {fault.name}")


def test_a_line_that_is_not_in_the_code_is_an_error() -> None:
    fault = Fault("", "store.deliveries:_find_subscribed", "not there", "", "", 0)
    with pytest.raises(LookupError, match="0 times"), fault.planted():
        pass


def test_the_docs_list_faults_and_oracles() -> None:
    text = DOCS.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+) \| `(\w+)` \| (\d+) \|$", text, re.MULTILINE)
    assert rows == [(fault.name, fault.oracle, str(fault.seed)) for fault in FAULTS]
    assert len(FAULTS) >= 12
    listed = re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE)
    assert listed == [(oracle.__name__, (oracle.__doc__ or "").split("\n")[0]) for oracle in ORACLES]
