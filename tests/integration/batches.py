"""A run that a killed process must survive: whatever was acknowledged is readable everywhere once, in an order that never changes for
those who had begun to read."""

import signal
import threading

from federation import wait_until
from samples import indicators

BATCHES = 6
BATCH_OBJECTS = 500
READ_BEFORE_BATCH = 3  # what was read up to here must not change
KILLED_AFTER_BATCH = 3  # as soon as it is acknowledged: it is on its way, and the next one is being taken
SETTLE_S = 120
# Each company's community is read by a company's account; the layers' by one who belongs there.
READERS = [("alfa-edge", "alfa-analyst"), ("finance-gateway", "bravo-analyst"), ("national-gateway", "cert-analyst"),
           ("energy-gateway", "foxtrot-analyst"), ("echo-edge", "echo-analyst")]


def rows(federation, gateway, user):
    """(id, version, date) in the order of the pages."""
    manifest = federation.crawl(gateway, user, "community", 1000, "manifest", version="all")
    return [(entry["id"], entry["version"], entry["date_added"]) for entry in manifest.entries]


class Run(threading.Thread):
    """Publishes the batches one after another, until the process that takes them is gone; notes what was acknowledged."""

    def __init__(self, federation, name):
        super().__init__(daemon=True)
        self.federation, self.name = federation, name
        self.batches = [indicators(BATCH_OBJECTS, f"{name} batch {number}") for number in range(BATCHES)]
        self.acknowledged, self.next = set(), 0
        self.first_part_done, self.go_on, self.in_the_middle = threading.Event(), threading.Event(), threading.Event()

    def run(self):
        while self.next < BATCHES:
            if self.next == READ_BEFORE_BATCH:
                self.first_part_done.set()
                self.go_on.wait()
            if not self.publish(self.next):
                break
            if self.next == KILLED_AFTER_BATCH:
                self.in_the_middle.set()
            self.next += 1
        self.first_part_done.set()
        self.in_the_middle.set()

    def publish(self, number):
        """False: not all was acknowledged. What was, counts."""
        file = self.federation.write(f"{self.name.replace(' ', '-')}-{number}.ndjson", self.batches[number])
        answer = self.federation.publish(file, "alfa-edge", "national")
        self.acknowledged |= {line["id"] for line in answer.objects if line["status"] in ("accepted", "duplicate")}
        return answer.code == 0


def assert_all_there(federation, gateway, user, wanted, before):
    found = {}

    def complete():
        found["rows"] = rows(federation, gateway, user)
        return wanted <= {row[0] for row in found["rows"]}

    wait_until(complete, lambda: f"{gateway}: {len(wanted - {row[0] for row in found['rows']})} of {len(wanted)} acknowledged are missing", SETTLE_S)
    seen = found["rows"]
    keys = [row[:2] for row in seen]
    assert len(keys) == len(set(keys)), f"{gateway}: {len(keys) - len(set(keys))} stand there twice"
    dates = [row[2] for row in seen]
    assert all(earlier < later for earlier, later in zip(dates, dates[1:])), f"{gateway}: dates do not rise"
    assert seen[:len(before)] == before, f"{gateway}: what was read before the crash changed its order, its dates or is gone"


def survive(federation, victim):
    """Kills `victim`, a node or the federation's Kafka, in the middle of the run, and starts it again."""
    run = Run(federation, f"crash of {victim}")
    run.start()
    run.first_part_done.wait()
    before = {gateway: rows(federation, gateway, user) for gateway, user in READERS}
    assert any(before.values()), "somebody had begun to read"
    run.go_on.set()
    run.in_the_middle.wait()
    if victim == "kafka":
        federation.kafka.kill()
        federation.kafka.start()
    else:
        federation.end(victim, signal.SIGKILL)
    run.join()
    federation.up()
    for gateway, user in READERS:  # before anything is published again: a repeat must not hide a loss
        assert_all_there(federation, gateway, user, set(run.acknowledged), before[gateway])
    while run.next < BATCHES:  # the publisher tries again what was not acknowledged
        assert run.publish(run.next), f"batch {run.next} after the restart"
        run.next += 1
    wanted = {item["id"] for batch in run.batches for item in batch}
    assert run.acknowledged == wanted
    for gateway, user in READERS:
        assert_all_there(federation, gateway, user, wanted, before[gateway])
