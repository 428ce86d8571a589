"""Options that all Python tests share."""

import os
import re

import pytest

# `requests` prefers these over the CA that a client was given.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)

PORTS_PER_WORKER = 3000


def port_range():
    """For `noroshi up --ports`. Each worker of pytest-xdist has one of its own: what one has noted and not yet bound the other does not take."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
    return f"{20000 + worker * PORTS_PER_WORKER}-{20000 + (worker + 1) * PORTS_PER_WORKER - 1}"


os.environ["NOROSHI_TEST_PORTS"] = port_range()


def pytest_addoption(parser):
    parser.addoption("--filter", default="", help="run only tests whose id matches this regular expression")
    taxii = parser.getgroup("taxii", "tests/interop/taxii against one running server")
    taxii.addoption("--taxii-url", default="", help="discovery URL; without it the tests use a federation (NOROSHI_READY_FILE, or one of their own)")
    taxii.addoption("--user", default="", help="an account with a collection that it reads and writes")
    taxii.addoption("--password", default="")
    taxii.addoption("--token", default="", help="the same account's token, where it has one")
    taxii.addoption("--ca", default="", help="file of the CA that signed the server's certificate")


def federation_of(item):
    """Tests of one name run in one worker of pytest-xdist: they share a federation, or need a Kafka, of which two starve each other here."""
    if "interop" in item.path.parts:
        return "interop"
    log = item.callspec.params.get("log", "") if hasattr(item, "callspec") else ""
    return log if log == "kafka" else item.path.stem


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in its own hook
def pytest_collection_modifyitems(config, items):
    """`./dev test FILTER` means the same for pytest as for ctest: a regular expression on names."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(federation_of(item)))
    items.sort(key=lambda item: federation_of(item) != "kafka")  # they take longest: first
    pattern = config.getoption("--filter")
    if not pattern:
        return
    chosen = [item for item in items if re.search(pattern, item.nodeid)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen
