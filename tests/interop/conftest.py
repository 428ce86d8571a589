"""A running federation for the interop tests.

NOROSHI_READY_FILE names the file that `noroshi up --ready-file` wrote, so that operators can run these tests against their own; without it
the tests start one of their own and stop it at the end.
"""

import json
import os
import pathlib
import subprocess

import pytest

SOURCE_DIR = pathlib.Path(os.environ.get("NOROSHI_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])
NOROSHI = pathlib.Path(os.environ.get("NOROSHI_BIN") or SOURCE_DIR / "build/release/bin") / "noroshi"
TOPOLOGY = SOURCE_DIR / "deploy/topologies/demo.yaml"
START_S = 180


@pytest.fixture(scope="session")
def federation(tmp_path_factory):
    given = os.environ.get("NOROSHI_READY_FILE", "")
    if given:
        yield json.loads(pathlib.Path(given).read_text(encoding="utf-8"))
        return
    directory = tmp_path_factory.mktemp("interop") / "federation"
    ready = directory.parent / "ready.json"
    up = [NOROSHI, "up", "--topology", TOPOLOGY, "--ports", os.environ["NOROSHI_TEST_PORTS"], "--dir", directory, "--ready-file", ready, "--detach"]
    subprocess.run(up, check=True, timeout=START_S)
    try:
        yield json.loads(ready.read_text(encoding="utf-8"))
    finally:
        subprocess.run([NOROSHI, "down", "--dir", directory], check=True, timeout=START_S)


@pytest.fixture(scope="session")
def member(federation):
    """A member account that reads and publishes, and the node that it does so at."""
    nodes = {node["name"]: node for node in federation["nodes"]}
    for account in federation["accounts"]:
        if account["kind"] != "member" or not {"reader", "publisher"} <= set(account["roles"]):
            continue
        for name in account["gateways"]:
            if nodes.get(name, {}).get("role") == "edge":
                return account, nodes[name]
    pytest.fail("the ready file names no edge with a member account")
