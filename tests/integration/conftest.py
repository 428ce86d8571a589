"""One federation for each test module, with the module's own `SETTINGS`, if it has any."""

import pytest

from federation import PROGRAMS, Federation


@pytest.fixture(scope="module")
def federation(request, tmp_path_factory):
    if not (PROGRAMS / "noroshi").exists():
        pytest.fail(f"{PROGRAMS}/noroshi is not built (./dev build)")
    settings = {"hold_s": 3, **getattr(request.module, "SETTINGS", {})}
    running = Federation(tmp_path_factory.mktemp("federation"), settings)
    try:
        yield running.up()
    finally:
        running.down()
