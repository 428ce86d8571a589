"""What is particular to a federation whose shared layers lie on Apache Kafka, reached over TLS with the nodes' own certificates."""

import pytest

from batches import survive
from federation import wait_until
from samples import indicators

pytestmark = pytest.mark.parametrize("log", ["kafka"], scope="module")
OBJECTS = 1000
FAR = [("finance-gateway", "bravo-analyst"), ("national-gateway", "cert-analyst"), ("echo-edge", "echo-analyst")]


def test_what_is_published_while_kafka_is_down_is_accepted_queued_and_arrives(federation):
    objects = indicators(OBJECTS, "kafka is down")
    federation.kafka.kill()

    answer = federation.publish(federation.write("queued.ndjson", objects), "alfa-edge", "national")
    assert answer.code == 0, answer
    assert answer.summary["accepted"] == OBJECTS
    submission = answer.objects[0]["submission"]

    def waiting():
        lines = federation.status(submission, "alfa-edge").lines
        return [line for line in lines if any("finance" in text and "unreachable" in text for text in line.get("waiting", []))]

    assert len(wait_until(waiting, lambda: f"status names the unreachable layer: {federation.status(submission, 'alfa-edge')}")) == OBJECTS
    own = {key[0] for key in federation.crawl("alfa-edge", "alfa-analyst", "community").keys()}
    assert {item["id"] for item in objects} <= own, "the company itself reads it at once"

    federation.kafka.start()
    federation.up()  # whoever gave up without its log is started again
    wanted = sorted(item["id"] for item in objects)
    for gateway, user in FAR:
        def all_there():
            return sorted(key[0] for key in federation.crawl(gateway, user, "community").keys()) == wanted
        wait_until(all_there, f"{gateway} shows all {OBJECTS}, each once", 120)
    wait_until(lambda: not any(line.get("waiting") for line in federation.status(submission, "alfa-edge").lines),
               lambda: f"nothing waits any more: {federation.status(submission, 'alfa-edge')}")


@pytest.mark.parametrize("victim", ["alfa-edge", "national-hub", "kafka"])
def test_a_killed_process_loses_and_repeats_nothing(federation, victim):
    survive(federation, victim)
