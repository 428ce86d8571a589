"""One federation for each test module, with the module's own `SETTINGS` and `TOPOLOGY_CHANGES`, if it has any."""

import shutil

import pytest

from federation import PROGRAMS, Federation


@pytest.fixture(scope="module")
def federation(request, tmp_path_factory):
    if not (PROGRAMS / "noroshi").exists():
        pytest.fail(f"{PROGRAMS}/noroshi is not built (./dev build)")
    settings = {"hold_s": 3, **getattr(request.module, "SETTINGS", {})}
    running = Federation(tmp_path_factory.mktemp("federation"), settings, getattr(request.module, "TOPOLOGY_CHANGES", {}))
    failed_before = request.session.testsfailed
    try:
        yield running.up()
    finally:
        running.down()
    if request.session.testsfailed == failed_before:  # otherwise its logs and data are what one looks at
        shutil.rmtree(running.scratch)
