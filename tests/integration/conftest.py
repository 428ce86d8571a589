"""One federation for each test module and log, with the module's own `SETTINGS` and `TOPOLOGY_CHANGES`, if it has any.

A module that runs on several logs parametrizes `log` with scope `module`.
"""

import os
import shutil

import pytest

from federation import PROGRAMS, SOURCE_DIR, Federation


def pytest_addoption(parser):
    group = parser.getgroup("random_kills.py (./dev crash)")
    group.addoption("--kills", type=int, default=0, help="how many processes are killed on each log (default: each kind once)")
    group.addoption("--seed", default="", help="of victims and moments (default: a new one)")
    group.addoption("--victim", default="", help="kill this node, or `kafka`, only")


@pytest.fixture(scope="module")
def log():
    return "embedded"


@pytest.fixture(scope="module")
def federation(request, log, tmp_path_factory):
    if not (PROGRAMS / "noroshi").exists():
        pytest.fail(f"{PROGRAMS}/noroshi is not built (./dev build)")
    if log == "kafka" and not (SOURCE_DIR / "build/kafka/lib").is_dir():
        reason = "Kafka is not set up here (`./dev kafka start`)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    settings = {"hold_s": 3, **getattr(request.module, "SETTINGS", {})}
    changes = getattr(request.module, "TOPOLOGY_CHANGES", {})
    running = Federation(tmp_path_factory.mktemp("federation"), settings, log, changes)
    failed_before = request.session.testsfailed
    try:
        yield running.up()
    finally:
        running.down()
    if request.session.testsfailed == failed_before:  # otherwise its logs and data are what one looks at
        shutil.rmtree(running.scratch)
