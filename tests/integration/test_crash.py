"""One process is killed in the middle of a run and started again. On Kafka: test_on_kafka.py; with real data, all kinds on both logs: `./dev crash`."""

import json

import pytest

from batches import survive
from federation import TAXII
from samples import indicator

VICTIMS = ["alfa-edge", "finance-broker", "national-hub", "finance-gateway", "energy-broker", "echo-edge"]


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_process_loses_and_repeats_nothing(federation, victim):
    survive(federation, victim)


def post(federation, name):
    collection = federation.collections("energy-gateway", "delta-analyst")["community"]
    url = f"{federation.node('energy-gateway')['api_root']}collections/{collection['id']}/objects/"
    body = json.dumps({"objects": [indicator(name)]})
    return federation.session("delta-analyst").post(url, data=body, headers={"Content-Type": TAXII}, timeout=60)


def test_a_gateway_hides_that_its_broker_was_restarted(federation):
    """The stream of its appends ended with the broker; whoever posts next need not know."""
    assert post(federation, "before").status_code == 202
    federation.end("energy-broker")
    federation.up()
    after = post(federation, "after")
    assert after.status_code == 202, after.text
