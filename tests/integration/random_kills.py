"""`./dev crash`: real intelligence travels through a federation while its processes are killed (SIGKILL) at random moments, each kind in its turn,
and are started again. Not part of `./dev test`: too long for every day.

After each kill everything that was acknowledged until the restart must become readable at every reader without being published again.
"""

import random
import signal
import sys
import time

import pytest

from federation import wait_until
from voyage import KINDS, READERS, Data, Follower, Publisher, Seen, assert_complete, assert_same_order

pytestmark = pytest.mark.parametrize("log", ["embedded", "kafka"], scope="module")
SETTLE_S = 300
PIECES_PER_KILL = 2
MOMENT_S_MAX = 3.0


def say(text):
    print(text, file=sys.stderr, flush=True)


class Killer:
    def __init__(self, federation, kinds, kills, dice):
        self.federation, self.dice = federation, dice
        self.victims = [kind for _ in range(0, kills, len(kinds)) for kind in dice.sample(kinds, len(kinds))][:kills]
        self.data = Data()
        self.publisher = Publisher(federation, self.data.pieces(PIECES_PER_KILL * kills))
        self.followers = [Follower(federation, gateway, user) for gateway, user in READERS]

    def run(self):
        self.publisher.start()
        for number, victim in enumerate(self.victims):
            piece = number * PIECES_PER_KILL + self.dice.randrange(PIECES_PER_KILL)
            self.publisher.wait_for_piece(piece)
            self.publisher.wait_within_piece(piece, self.dice.uniform(0, MOMENT_S_MAX))
            self.kill(number, victim, piece)
        self.publisher.join()
        self.wait_for_all(self.publisher.acknowledged)

    def kill(self, number, victim, piece):
        for follower in self.followers:
            follower.poll()
        read = [len(follower.rows) for follower in self.followers]
        started = time.monotonic()
        self.publisher.hold()
        if victim == "kafka":
            self.federation.kafka.kill()
            self.federation.kafka.start()
        else:
            self.federation.end(victim, signal.SIGKILL)
        self.federation.up()
        restarted = time.monotonic()
        acknowledged = self.publisher.acknowledged_now()
        self.wait_for_all(acknowledged)
        say(f"kill {number + 1} of {len(self.victims)}: {victim} in piece {piece + 1} of {len(self.publisher.pieces)}, {min(read)} to {max(read)} read so far; "
            f"up again after {restarted - started:.1f} s, {len(acknowledged)} acknowledged all readable {time.monotonic() - restarted:.1f} s later")
        self.publisher.go_on()

    def wait_for_all(self, wanted):
        def missing():
            return {follower.gateway: len(follower.missing(wanted, self.publisher.timeless)) for follower in self.followers}
        wait_until(lambda: not any(missing().values()), lambda: f"missing of {len(wanted)} acknowledged: {missing()}", SETTLE_S)


def test_kills_at_random_moments_lose_and_repeat_nothing(federation, log, request):
    option = request.config.getoption
    seed = option("--seed") or str(random.SystemRandom().randrange(1 << 32))
    kinds = [option("--victim")] if option("--victim") else KINDS[log]
    kills = option("--kills") or len(kinds)
    say(f"\n{log}: {kills} kills, seed {seed} (./dev crash --kills {kills} --seed {seed})")
    killer = Killer(federation, kinds, kills, random.Random(f"{seed} {log}"))
    killer.run()
    assert not killer.publisher.refused, killer.publisher.refused[:5]
    assert killer.publisher.acknowledged == killer.data.first.keys()
    for follower in killer.followers:
        seen = Seen(follower)
        assert_complete(seen, killer.data)
        assert_same_order(seen)
    say(f"{log}: {len(killer.data.first)} versions at {len(READERS)} readers once, with their bytes, in one order; "
        f"{len(killer.publisher.interruptions)} publications were cut off and repeated")
