#!/usr/bin/env python3
"""What the viewers of the demo read, through the stock TAXII 2.1 client, compared with what the story expects.

look.py results FILE              prints what `noroshi publish --json` answered
look.py table --noroshi P --dir D object x viewer, with the reasons for what was withheld; exit 1 where anything differs
look.py usage --dir D             how to use a federation that was left running
"""

import os
import argparse
import json
import pathlib
import subprocess
import sys
import time
import unicodedata

from taxii2client.v21 import Server, as_pages

# `requests` prefers these over the CA that a client was given.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)

STORY = pathlib.Path(__file__).resolve().parent / "incident" / "story.json"
PAGE_OBJECTS = 100
PATIENCE_S = 60
LOOK_AGAIN_S = 0.5


def visible(text):
    """Text that cannot steer a terminal."""
    return "".join(c if unicodedata.category(c)[0] not in "C" else f"\\u{{{ord(c):x}}}" for c in str(text))


def load_ready(directory):
    return json.loads((pathlib.Path(directory) / "ready.json").read_text())


class Viewer:
    """One reader at one gateway."""

    def __init__(self, ready, name, user, node):
        self.name = name
        account = next((a for a in ready["accounts"] if a["user"] == user), None)
        self.node = next(n for n in ready["nodes"] if n["name"] == node)
        if user and (account is None or node not in account["gateways"]):
            raise SystemExit(f"account {user} does not work at {node}")
        secrets = {"user": account["user"], "password": account["password"]} if account else {}
        self.server = Server(self.node["taxii"], verify=ready["ca_file"], **secrets)

    def collections(self):
        for root in self.server.api_roots:
            root.refresh_collections()
            for collection in root.collections:
                if collection.can_read:
                    yield collection

    def ids(self):
        seen = set()
        for collection in self.collections():
            for page in as_pages(collection.get_objects, per_request=PAGE_OBJECTS):
                seen.update(stix_object["id"] for stix_object in page.get("objects", []))
        return seen


def print_results(file):
    for line in pathlib.Path(file).read_text().splitlines():
        result = json.loads(line)
        if "summary" in result:
            print("  " + ", ".join(f"{count} {what}" for what, count in result["summary"].items() if count))
            continue
        words = [result["status"], result.get("id") or f"object {result.get('number')}"]
        if result.get("reason"):
            words.append(f"{result['reason']}: {result.get('message', '')}")
        stopped = {(v["layer"], v["audience"], v["reason"]) for v in result.get("layers", []) if v["verdict"] not in ("release", "reoriginate")}
        words += [f"[{layer} {audience}: {reason}]" for layer, audience, reason in sorted(stopped)]
        print("  " + visible(" ".join(words)))


def recorded_reasons(noroshi, directory, object_id):
    """Reason codes in the ledgers of all relays, and in what the publisher was answered."""
    reasons = {}
    answer = subprocess.run([noroshi, "explain", object_id, "--dir", directory, "--json"], capture_output=True, text=True, check=False)
    for line in answer.stdout.splitlines():
        for entry in json.loads(line)["entries"]:
            if entry["reason"] and entry["reason"] != "out_of_scope":
                reasons.setdefault(entry["reason"], f"{entry['layer']} {entry['audience']}")
    for file in pathlib.Path(directory).glob("result-*.json"):
        for line in file.read_text().splitlines():
            result = json.loads(line)
            if result.get("id") == object_id and result.get("reason"):
                reasons.setdefault(result["reason"], "first relay")
    return reasons


def look_around(viewers):
    return {viewer.name: viewer.ids() for viewer in viewers}


def matches(story, seen):
    return all((entry["id"] in seen[name]) == (name in entry["seen_by"]) for entry in story["objects"] for name in seen)


def look_until_expected(story, viewers):
    """Gateways follow their relays within moments. What matches is looked at once more: nothing may appear late."""
    deadline = time.monotonic() + PATIENCE_S
    seen = look_around(viewers)
    while not matches(story, seen) and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_S)
        seen = look_around(viewers)
    time.sleep(LOOK_AGAIN_S)
    return look_around(viewers)


def print_table(story, names, seen, reasons):
    width = max(len(entry["name"]) for entry in story["objects"])
    print()
    print(" " * width, *names, " where it stopped", sep="  ")
    for entry in story["objects"]:
        cells = []
        for name in names:
            has, should = entry["id"] in seen[name], name in entry["seen_by"]
            mark = {(True, True): "reads", (False, False): ".", (True, False): "LEAK", (False, True): "LOST"}[has, should]
            cells.append(mark.ljust(len(name)))
        stopped = "; ".join(f"{reason} at {where}" for reason, where in sorted(reasons[entry["id"]].items()))
        print(entry["name"].ljust(width), *cells, f" {visible(stopped) or entry['why']}", sep="  ")
    print()


def show_table(noroshi, directory):
    story = json.loads(STORY.read_text())
    ready = load_ready(directory)
    viewers = [Viewer(ready, **viewer) for viewer in story["viewers"]]
    names = [viewer.name for viewer in viewers]
    for viewer in viewers:
        who = viewer.name if viewer.name != "nobody" else "nobody (no account)"
        print(f"  {who} reads at {viewer.node['name']}: {viewer.node['taxii']}")
    seen = look_until_expected(story, viewers)
    reasons = {entry["id"]: recorded_reasons(noroshi, directory, entry["id"]) for entry in story["objects"]}
    print_table(story, names, seen, reasons)
    faults = []
    for entry in story["objects"]:
        for name in names:
            if (entry["id"] in seen[name]) != (name in entry["seen_by"]):
                faults.append(f"{name} {'reads' if entry['id'] in seen[name] else 'does not read'} {entry['name']}")
        if entry["reason"] and entry["reason"] not in reasons[entry["id"]]:
            faults.append(f"{entry['name']}: reason {entry['reason']} is recorded nowhere (found: {sorted(reasons[entry['id']])})")
    known = {entry["id"] for entry in story["objects"]}
    if not pathlib.Path(directory, "data.published").exists():
        for name in names:
            for other in sorted(seen[name] - known):
                faults.append(f"{name} reads {other}, which the story does not know")
    for fault in faults:
        print("differs: " + visible(fault))
    return 1 if faults else 0


def show_usage(directory):
    ready = load_ready(directory)
    print(f"\nThe federation runs on. Its directory: {ready['dir']}\n\nTAXII servers (certificates of {ready['ca_file']}):")
    for node in ready["nodes"]:
        if node.get("taxii"):
            print(f"  {node['name']:20} {node['taxii']}")
    print("\nAccounts (user, password, where):")
    for account in ready["accounts"]:
        print(f"  {account['user']:24} {account['password']}  {', '.join(account['gateways'])}")
    account = next(a for a in ready["accounts"] if a["user"] == "echo-analyst")
    root = next(n for n in ready["nodes"] if n["name"] == "energy-gateway")["api_root"]
    print(f"""
For example:
  curl --cacert {ready['ca_file']} -u {account['user']}:{account['password']} -H 'Accept: application/taxii+json;version=2.1' {root}collections/
  export NOROSHI_DIR={ready['dir']}
  noroshi tail community --node energy-broker --as echo
  noroshi publish FILE --node echo-edge --scope sector --wait
  noroshi down --dir {ready['dir']}""")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["results", "table", "usage"])
    parser.add_argument("file", nargs="?")
    parser.add_argument("--noroshi")
    parser.add_argument("--dir")
    arguments = parser.parse_args()
    if arguments.what == "results":
        print_results(arguments.file)
        return 0
    return show_table(arguments.noroshi, arguments.dir) if arguments.what == "table" else show_usage(arguments.dir)


if __name__ == "__main__":
    sys.exit(main())
