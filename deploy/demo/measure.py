#!/usr/bin/env python3
"""Publishes a STIX file at one edge for the whole nation and measures, at each layer, when its objects became readable.

Throughput = objects readable there / time from the start of publishing until the last one was readable.
Latency = from the edge's acceptance of an object (its date_added at the edge) until its date_added at the layer, and
until the stock TAXII client saw it in a manifest (polled all the time, so at best one poll late).
"""

import os
import argparse
import datetime
import json
import subprocess
import sys
import threading
import time

from look import Viewer, load_ready
from taxii2client.v21 import as_pages

# `requests` prefers these over the CA that a client was given.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)

PUBLISHER = ("alfa", "alfa-analyst", "alfa-edge")
LAYERS = [("finance", "bravo-analyst", "finance-gateway"), ("national", "cert-analyst", "national-gateway"),
          ("energy", "foxtrot-analyst", "energy-gateway"), ("echo's own", "echo-analyst", "echo-edge")]
PAGE_OBJECTS = 1000
QUIET_S = 20  # nothing new for so long: what is still missing was withheld
POLL_S = 0.2


def seconds(timestamp):
    return datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()


class Watch(threading.Thread):
    """Follows the manifest of one community; notes when each (id, version) was there."""

    def __init__(self, ready, name, user, node):
        super().__init__(daemon=True)
        self.name, self.seen, self.wanted, self.stop, self.error = name, {}, None, False, None
        viewer = Viewer(ready, name, user, node)
        self.collection = next(c for c in viewer.collections() if c.alias == "community" or c.title == "community")
        self.after = None
        self.known = set()
        self.look(note=False)
        self.last_new = time.monotonic()

    def look(self, note=True):
        for page in as_pages(self.collection.get_manifest, per_request=PAGE_OBJECTS, added_after=self.after, version="all"):
            now = time.time()
            for entry in page.get("objects", []):
                self.after = entry["date_added"]
                key = (entry["id"], entry["version"])
                if note and key not in self.known and key not in self.seen:
                    self.seen[key] = (seconds(entry["date_added"]), now)
                    self.last_new = time.monotonic()
                elif not note:
                    self.known.add(key)

    def run(self):
        try:
            while not self.stop:
                self.look()
                if self.wanted is not None and len(self.seen) >= self.wanted:
                    return
                time.sleep(POLL_S)
        except Exception as error:  # shown at the end: one layer's trouble must not hide the others' figures
            self.error = error


def publish(noroshi, directory, file):
    """Returns how many objects were accepted, and prints what was not."""
    run = subprocess.run([noroshi, "publish", file, "--dir", directory, "--node", PUBLISHER[2], "--scope", "national", "--json"],
                         capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    summary = next((line["summary"] for line in lines if "summary" in line), None)
    if summary is None:
        raise SystemExit(f"publishing failed with {run.returncode}: {run.stderr.strip()}")
    print("  " + ", ".join(f"{count} {what}" for what, count in summary.items()))
    for line in [line for line in lines if line.get("status") in ("refused", "quarantined")][:5]:
        print(f"  {line['status']} {line.get('id')}: {line.get('reason')}: {line.get('message', '')}")
    return summary["accepted"]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def report(watch, started, accepted):
    if watch.error is not None or not watch.seen:
        print(f"{watch.name:12} nothing ({watch.error or 'no object came'})")
        return
    stamps = [(stamp - accepted[key][0], when - accepted[key][0]) for key, (stamp, when) in watch.seen.items() if key in accepted]
    took = max(when for _, when in watch.seen.values()) - started
    relayed, read = [s for s, _ in stamps] or [0], [w for _, w in stamps] or [0]
    print(f"{watch.name:12} {len(watch.seen):8} {took:8.1f} s {len(watch.seen) / took:9.0f}/s"
          f"   {percentile(relayed, .5):7.2f} {percentile(relayed, .99):7.2f}   {percentile(read, .5):7.2f} {percentile(read, .99):7.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--noroshi", "--dir", "--file"):
        parser.add_argument(option, required=True)
    arguments = parser.parse_args()
    ready = load_ready(arguments.dir)
    edge = Watch(ready, *PUBLISHER)
    watches = [edge] + [Watch(ready, *layer) for layer in LAYERS]
    started = time.time()
    for watch in watches:
        watch.start()
    count = publish(arguments.noroshi, arguments.dir, arguments.file)
    print(f"  accepted after {time.time() - started:.1f} s")
    for watch in watches:
        watch.wanted = count
        watch.last_new = time.monotonic()
    while any(watch.is_alive() for watch in watches):
        for watch in watches:
            watch.stop = time.monotonic() - watch.last_new > QUIET_S
        time.sleep(POLL_S)
    print(f"{'layer':12} {'objects':>8} {'all after':>10} {'speed':>11}   {'relayed: median, 99 %':>15}   read by a client: median, 99 % (s)")
    for watch in watches:
        report(watch, started, edge.seen)
    incomplete = [watch.name for watch in watches if len(watch.seen) < count]
    if incomplete:
        print(f"  fewer than the {count} accepted at: {', '.join(incomplete)} (duplicates of one version count once; `noroshi explain` says the rest)")
    return 0 if all(watch.seen for watch in watches) else 1


if __name__ == "__main__":
    sys.exit(main())
