"""One process is killed in the middle of a run and started again. On Kafka: test_on_kafka.py; with real data, all kinds on both logs: `./dev crash`."""

import pytest

from batches import survive

VICTIMS = ["alfa-edge", "finance-broker", "national-hub", "finance-gateway", "energy-broker", "echo-edge"]


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_process_loses_and_repeats_nothing(federation, victim):
    survive(federation, victim)
