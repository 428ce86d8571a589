"""Readers page while writers publish, at two replicas of one gateway: nobody misses, repeats or reorders anything (taxii 70, 71, 103-110)."""

import signal
import threading

import pytest

from federation import wait_until
from samples import indicators

TOPOLOGY_CHANGES = {"gateways": 2}
REPLICAS = ["energy-gateway", "energy-gateway-2"]
READER = "foxtrot-analyst"
WRITERS = ["alfa-edge", "bravo-edge", "delta-edge"]
BATCHES, BATCH_OBJECTS = 6, 25
OBJECTS = len(WRITERS) * BATCHES * BATCH_OBJECTS
WALKS = [(way, limit) for way in ("next", "added_after") for limit in (1, 7, 100, 1000)]
PATIENCE_S = 120


class Walk:
    """Pages on and on, each page at the replica whose turn it is. One thread."""

    def __init__(self, federation, way, limit):
        found = federation.collections(REPLICAS[0], READER)["community"]["id"]
        self.replicas = [(federation.new_session(READER), f"{federation.node(name)['api_root']}collections/{found}/objects/") for name in REPLICAS]
        self.way, self.limit = way, limit
        self.seen, self.last, self.position, self.pages = [], "", {}, 0

    def page(self):
        session, url = self.replicas[self.pages % len(self.replicas)]
        answer = session.get(url, params={"limit": self.limit, "match[version]": "all", **self.position}, timeout=60)
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:200]}"
        page = answer.json()
        objects = page.get("objects", [])
        assert objects or not page["more"], "more, and an empty page"
        self.pages += 1
        self.seen += [item["id"] for item in objects]
        if objects:
            self.last = answer.headers["X-TAXII-Date-Added-Last"]
        goes_on = self.way == "next" and page["more"]
        self.position = {"next": page["next"]} if goes_on else {"added_after": self.last} if self.last else {}


class Reader(threading.Thread):
    """Walks until it has seen all that will ever be there, or is told to stop."""

    def __init__(self, walk):
        super().__init__(daemon=True)
        self.walk, self.fault, self.stop = walk, None, threading.Event()

    def run(self):
        try:
            while len(self.walk.seen) < OBJECTS and not self.stop.is_set():
                self.walk.page()
        except Exception as fault:  # pylint: disable=broad-except
            self.fault = fault  # shown by the test, in its own thread


@pytest.fixture(scope="module")
def readers(federation):
    """Eight readers beside three writers; afterwards everything is there."""
    readers = [Reader(Walk(federation, way, limit)) for way, limit in WALKS]
    for reader in readers:
        reader.start()
    answers = []

    def write(node):
        for number in range(BATCHES):
            file = federation.write(f"{node}-{number}.ndjson", indicators(BATCH_OBJECTS, f"{node} {number}"))
            answers.append(federation.publish(file, node, "national"))

    writers = [threading.Thread(target=write, args=(node,)) for node in WRITERS]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(answers) == len(WRITERS) * BATCHES and all(answer.code == 0 for answer in answers), answers
    for reader in readers:
        reader.join(PATIENCE_S)
        reader.stop.set()
        reader.join()
    return readers


def order_at(federation, gateway):
    return [key[0] for key in federation.crawl(gateway, READER, "community", 1000, version="all").keys()]


def test_every_reader_saw_everything_once_in_the_final_order(federation, readers):
    final = order_at(federation, REPLICAS[0])
    assert len(final) == len(set(final)) == OBJECTS
    for reader in readers:
        walk = reader.walk
        name = f"{walk.way}, limit {walk.limit}"
        assert reader.fault is None, f"{name}: {reader.fault!r}"
        different = [at for at, (seen, wanted) in enumerate(zip(walk.seen, final)) if seen != wanted]
        assert not different and len(walk.seen) == OBJECTS, f"{name}: {len(walk.seen)} of {OBJECTS} seen, first difference at {different[:1]}"


def test_replicas_show_the_same_collections_and_pages(federation, readers):
    assert federation.collections(REPLICAS[0], READER) == federation.collections(REPLICAS[1], READER)
    assert order_at(federation, REPLICAS[0]) == order_at(federation, REPLICAS[1])


def test_a_walk_goes_on_where_a_replica_was_killed(federation, readers):
    walk = Walk(federation, "next", 7)
    while len(walk.seen) < OBJECTS // 2 or walk.pages % 2 == 0:  # the last page was one of the first replica; the next is the other's turn
        walk.page()
    federation.end(REPLICAS[1], signal.SIGKILL)
    walk.replicas = walk.replicas[:1]  # what a balancer does
    while len(walk.seen) < OBJECTS:
        walk.page()
    assert walk.seen == order_at(federation, REPLICAS[0])
    federation.up()
    wait_until(lambda: order_at(federation, REPLICAS[1]) == walk.seen, "the killed replica shows the same again")
