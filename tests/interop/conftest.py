"""A running federation for the interop tests.

NOROSHI_READY_FILE names the file that `noroshi up --ready-file` wrote; without it the tests are skipped (or fail when CI=true).
"""

import json
import os

import pytest


@pytest.fixture(scope="session")
def federation():
    path = os.environ.get("NOROSHI_READY_FILE", "")
    if not path:
        reason = "interop: no federation (set NOROSHI_READY_FILE to what `noroshi up --ready-file` wrote)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with open(path, encoding="utf-8") as file:
        return json.load(file)


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
