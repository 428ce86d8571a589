"""Real intelligence, published for the whole nation at one company's edge, is readable everywhere: all of it, once, byte for byte, although a
process is killed while it is on its way. On both logs; which process is another one on each. `./dev crash` kills every kind on each."""

import signal

import pytest

from federation import wait_until
from voyage import READERS, Data, Follower, Publisher, Seen, assert_complete, assert_same_order

pytestmark = pytest.mark.parametrize("log", ["embedded", "kafka"], scope="module")
VICTIMS = {"embedded": "national-hub", "kafka": "finance-broker"}
SETTLE_S = 300


class Voyage:
    """The run, and what was read of it."""

    def __init__(self, federation, victim):
        self.data = Data()
        self.publisher = Publisher(federation, self.data.pieces(2))
        self.followers = {gateway: Follower(federation, gateway, user) for gateway, user in READERS}
        self.publisher.start()
        last = self.followers["echo-edge"]
        wait_until(last.poll, "the first objects reach the far end", SETTLE_S)
        federation.end(victim, signal.SIGKILL)
        self.read_at_kill = list(last.rows)
        federation.up()
        self.publisher.go_on()
        self.publisher.join()
        wait_until(lambda: not any(self.missing().values()), self.missing, SETTLE_S)
        self.seen = {gateway: Seen(follower) for gateway, follower in self.followers.items()}

    def missing(self):
        return {gateway: len(follower.missing(self.publisher.acknowledged, self.publisher.timeless)) for gateway, follower in self.followers.items()}


@pytest.fixture(scope="module")
def voyage(federation, log):
    return Voyage(federation, VICTIMS[log])


def test_everything_is_acknowledged_although_a_process_dies_on_the_way(voyage):
    assert not voyage.publisher.refused, voyage.publisher.refused[:5]
    assert voyage.publisher.acknowledged == voyage.data.first.keys()
    assert 0 < len(voyage.read_at_kill) < len(voyage.data.first), "it was killed in the middle"


@pytest.mark.parametrize("gateway", [gateway for gateway, _ in READERS])
def test_every_version_is_there_once_with_its_bytes(voyage, gateway):
    assert_complete(voyage.seen[gateway], voyage.data)


@pytest.mark.parametrize("gateway", [gateway for gateway, _ in READERS])
def test_two_readings_show_one_order_with_rising_dates(voyage, gateway):
    assert_same_order(voyage.seen[gateway])
