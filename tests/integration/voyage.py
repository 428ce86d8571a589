"""Real intelligence on its way from one company's edge through the whole federation while processes are killed, and what readers then see.

What was handed in is the oracle: every (id, version) that was acknowledged must be readable at every reader once, byte for byte, in an
order that never changes for who had begun to read.
"""

import os
import subprocess
import threading
import uuid

import pytest

from federation import SOURCE_DIR, cut_objects, version_of

DATA = SOURCE_DIR / "../shared/data"
SETS = ["attack-enterprise", "eset-indicators"]
PUBLISHER = "alfa-edge"
READERS = [("finance-gateway", "bravo-analyst"), ("national-gateway", "cert-analyst"),
           ("energy-gateway", "foxtrot-analyst"), ("echo-edge", "echo-analyst")]
# One of each kind, and of each place on the way. On Kafka it is one itself.
KINDS = {"embedded": ["alfa-edge", "finance-broker", "national-hub", "energy-broker", "echo-edge", "finance-gateway"]}
KINDS["kafka"] = KINDS["embedded"] + ["kafka"]
MANIFEST_PAGE, OBJECTS_PAGE = 700, 1000


def read_set(name):
    packed = DATA / f"{name}.json.zst"
    if not packed.exists():
        reason = f"real data: ../shared/data/{name}.json.zst is not here"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return subprocess.run(["zstd", "-q", "-d", "-c", str(packed)], capture_output=True, check=True).stdout.decode("utf-8")


class Data:
    """The objects of all sets in order, and of each (id, version) the text that came first."""

    def __init__(self):
        self.objects, self.first = [], {}
        for name in SETS:
            self.objects += [(key_of(parsed), exact) for parsed, exact in cut_objects(read_set(name))]
        for key, exact in self.objects:
            self.first.setdefault(key, exact)

    def pieces(self, count):
        """As bundles; the objects' texts are taken as they are."""
        bounds = [len(self.objects) * number // count for number in range(count + 1)]
        return [self.objects[begin:end] for begin, end in zip(bounds, bounds[1:])]


def key_of(parsed):
    return parsed["id"], version_of(parsed)


def bundle(texts):
    return f'{{"type": "bundle", "id": "bundle--{uuid.UUID(int=4 << 76 | 8 << 60)}", "objects": [' + ",\n".join(texts) + "]}"


class Publisher(threading.Thread):
    """Publishes the pieces one after another; what was not acknowledged because a process died is published again after `go_on`."""

    def __init__(self, federation, pieces):
        super().__init__(daemon=True)
        self.federation, self.pieces = federation, pieces
        self.acknowledged, self.refused, self.interruptions, self.at = set(), [], [], -1
        self.timeless = {key[0] for piece in pieces for key, _ in piece if not key[1]}
        self.news, self.restarted = threading.Condition(), False

    def run(self):
        for number, piece in enumerate(self.pieces):
            file = self.federation.scratch / f"piece-{number}.json"
            file.write_text(bundle([exact for _, exact in piece]), encoding="utf-8")
            self.tell(number)
            while not self.publish(file):
                self.wait_for_restart()
            file.unlink()
        self.tell(len(self.pieces))

    def publish(self, file):
        answer = self.federation.publish(file, PUBLISHER, "national")
        self.refused += [line for line in answer.objects if line["status"] not in ("accepted", "duplicate")]
        keys = {(line["id"], "" if line["id"] in self.timeless else line["version"])
                for line in answer.objects if line["status"] in ("accepted", "duplicate")}
        with self.news:
            self.acknowledged |= keys
        if answer.code != 0:
            self.interruptions.append(answer)
        return answer.code == 0 or self.refused

    def tell(self, at):
        with self.news:
            self.at = at
            self.news.notify_all()

    def wait_for_restart(self):
        with self.news:
            self.news.wait_for(lambda: self.restarted)

    # For the one who kills.

    def hold(self):
        """Before a kill: what fails from now on waits for `go_on`."""
        with self.news:
            self.restarted = False

    def go_on(self):
        with self.news:
            self.restarted = True
            self.news.notify_all()

    def wait_for_piece(self, number):
        with self.news:
            self.news.wait_for(lambda: self.at >= number)

    def wait_within_piece(self, number, seconds):
        """Until then, or the piece is over."""
        with self.news:
            self.news.wait_for(lambda: self.at > number, seconds)

    def acknowledged_now(self):
        with self.news:
            return set(self.acknowledged)


class Follower:
    """Reads one gateway's manifest on and on, each time from the last date on: what it has noted may never be told otherwise."""

    def __init__(self, federation, gateway, user):
        self.federation, self.gateway, self.user = federation, gateway, user
        self.rows, self.keys = [], set()

    def poll(self):
        """True if there was something new."""
        since = {"added_after": self.rows[-1][2]} if self.rows else {}
        found = self.federation.crawl(self.gateway, self.user, "community", MANIFEST_PAGE, "manifest", version="all", **since)
        for entry in found.entries:
            row = entry["id"], entry["version"], entry["date_added"]
            assert row[:2] not in self.keys, f"{self.gateway}: {row[:2]} stands there twice"
            assert not self.rows or self.rows[-1][2] < row[2], f"{self.gateway}: dates do not rise: {self.rows[-1]} {row}"
            self.rows.append(row)
            self.keys.add(row[:2])
        return bool(found.entries)

    def missing(self, wanted, timeless):
        """Of what is wanted, what is not there; versions of objects that have none are the relay's to give."""
        self.poll()
        seen = {(key[0], "" if key[0] in timeless else key[1]) for key in self.keys}
        return wanted - seen


class Seen:
    """Two readings of one gateway: the manifest while it grew, and all objects afterwards."""

    def __init__(self, follower):
        self.rows = follower.rows
        crawl = follower.federation.crawl(follower.gateway, follower.user, "community", OBJECTS_PAGE, version="all")
        self.keys, self.texts = crawl.keys(), crawl.texts


def assert_complete(seen, data):
    """Every version once, with its bytes, and in the order in which it was first read."""
    twice = len(seen.keys) - len(set(seen.keys))
    assert twice == 0, f"{twice} of {len(seen.keys)} stand there twice"
    missing, strange = data.first.keys() - set(seen.keys), set(seen.keys) - data.first.keys()
    assert not missing and not strange, f"{len(missing)} missing, {len(strange)} unknown, e.g. {sorted(missing)[:3]} {sorted(strange)[:3]}"
    changed = [key for key, text in zip(seen.keys, seen.texts) if text != data.first[key]]
    assert not changed, f"{len(changed)} with other bytes, e.g. {changed[:3]}"


def assert_same_order(seen):
    """The manifest that was read while it grew, and the pages of objects read afterwards."""
    manifest = [(row[0], row[1] if key[1] else "") for row, key in zip(seen.rows, seen.keys)]
    assert len(seen.rows) == len(seen.keys) and manifest == seen.keys
    dates = [row[2] for row in seen.rows]
    assert all(earlier < later for earlier, later in zip(dates, dates[1:])), "dates do not rise"
