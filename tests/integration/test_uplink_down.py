"""The broker is down: its member's edge accepts, queues and says so; when the broker is back, everything arrives."""

from federation import wait_until
from samples import indicators

OBJECTS = 5000  # more than one range of the ledger that an uplink sends at once


def test_an_edge_accepts_while_its_broker_is_down_and_catches_up(federation):
    objects = indicators(OBJECTS, "uplink")
    federation.end("finance-broker")

    answer = federation.publish(federation.write("queued.ndjson", objects), "alfa-edge", "national")
    assert answer.code == 0, answer
    assert answer.summary["accepted"] == OBJECTS
    submission = answer.objects[0]["submission"]

    def waiting():
        lines = federation.status(submission, "alfa-edge").lines
        return [line for line in lines if any("finance" in text and "unreachable" in text for text in line.get("waiting", []))]

    assert len(wait_until(waiting, lambda: f"status names the unreachable uplink: {federation.status(submission, 'alfa-edge')}")) == OBJECTS
    own = federation.crawl("alfa-edge", "alfa-analyst", "community").keys()
    assert {item["id"] for item in objects} <= {key[0] for key in own}, "the company itself reads it at once"

    tail = federation.run("tail", "community", "--node", "finance-broker", "--as", "alfa", "--no-follow")
    assert tail.code == 69, tail
    assert "`finance-broker` cannot be followed" in tail.error, tail

    federation.up()
    wanted = [item["id"] for item in objects]
    for gateway, user in [("finance-gateway", "bravo-analyst"), ("national-gateway", "cert-analyst"), ("echo-edge", "echo-analyst")]:
        def all_there():
            return sorted(key[0] for key in federation.crawl(gateway, user, "community").keys()) == sorted(wanted)
        wait_until(all_there, f"{gateway} shows all {OBJECTS}")
    wait_until(lambda: not any(line.get("waiting") for line in federation.status(submission, "alfa-edge").lines),
               lambda: f"nothing waits any more: {federation.status(submission, 'alfa-edge')}")
