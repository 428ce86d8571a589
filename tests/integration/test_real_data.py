"""Real intelligence, published for the whole nation at one company's edge, is readable everywhere: all of it, once, byte for byte."""

import json
import os
import subprocess

import pytest

from federation import SOURCE_DIR, cut_objects, version_of

DATA = SOURCE_DIR / "../shared/data"
READERS = [("finance-gateway", "bravo-analyst"), ("national-gateway", "cert-analyst"),
           ("energy-gateway", "foxtrot-analyst"), ("echo-edge", "echo-analyst")]
SETS = ["attack-enterprise", "eset-indicators"]
SETTLE_S = 300


def read_set(name):
    packed = DATA / f"{name}.json.zst"
    if not packed.exists():
        reason = f"real data: ../shared/data/{name}.json.zst is not here"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return subprocess.run(["zstd", "-q", "-d", "-c", str(packed)], capture_output=True, check=True).stdout


class Published:
    """What was handed in: the first text of each (id, version), in the order of the files."""

    def __init__(self):
        self.first, self.repeated, self.timeless = {}, 0, set()

    def add(self, text):
        for parsed, exact in cut_objects(text):
            if "modified" not in parsed and "created" not in parsed:
                self.timeless.add(parsed["id"])
            key = (parsed["id"], version_of(parsed))
            if key in self.first:
                self.repeated += 1
            else:
                self.first[key] = exact


@pytest.fixture(scope="module")
def published(federation):
    texts = [read_set(name) for name in SETS]
    out = Published()
    for name, text in zip(SETS, texts):
        file = federation.scratch / f"{name}.json"
        file.write_bytes(text)
        answer = federation.publish(file, "alfa-edge", "national", wait=True, timeout_s=SETTLE_S)
        assert answer.code == 0, answer
        assert answer.summary["refused"] == 0, [line for line in answer.objects if line["status"] == "refused"][:5]
        out.add(text.decode("utf-8"))
        assert sum(answer.summary.values()) == len(cut_objects(text.decode("utf-8")))
    return out


def crawl_all(federation, gateway, user, limit):
    return federation.crawl(gateway, user, "community", limit, version="all")


@pytest.mark.parametrize(("gateway", "user"), READERS)
def test_every_version_is_there_once_with_its_bytes(federation, published, gateway, user):
    seen = crawl_all(federation, gateway, user, 1000)
    keys = seen.keys()
    twice = len(keys) - len(set(keys))
    assert twice == 0, f"{twice} of {len(keys)} stand there twice"
    missing, strange = published.first.keys() - set(keys), set(keys) - published.first.keys()
    assert not missing and not strange, f"{len(missing)} missing, {len(strange)} unknown, e.g. {sorted(missing)[:3]} {sorted(strange)[:3]}"
    changed = [key for key, text in zip(keys, seen.texts) if text.encode() != published.first[key].encode()]
    assert not changed, f"{len(changed)} with other bytes, e.g. {changed[:3]}"


@pytest.mark.parametrize(("gateway", "user"), READERS)
def test_pages_of_any_size_keep_one_order(federation, published, gateway, user):
    large, again, small = (crawl_all(federation, gateway, user, limit) for limit in (1000, 1000, 137))
    assert large.keys() == again.keys()
    assert large.keys() == small.keys()
    assert large.texts == small.texts
    assert small.pages > large.pages > 1


@pytest.mark.parametrize(("gateway", "user"), READERS)
def test_dates_rise_strictly_in_the_order_of_the_pages(federation, published, gateway, user):
    manifest = federation.crawl(gateway, user, "community", 1000, "manifest", version="all")
    dates = [entry["date_added"] for entry in manifest.entries]
    falling = [(before, after) for before, after in zip(dates, dates[1:]) if not before < after]
    assert not falling, f"{len(falling)} dates do not rise, e.g. {falling[:3]}"
    objects = crawl_all(federation, gateway, user, 1000)
    assert [entry["id"] for entry in manifest.entries] == [entry["id"] for entry in objects.entries]
    with_version = [(m["id"], m["version"]) for m in manifest.entries if m["id"] not in published.timeless]
    assert with_version == [key for key in objects.keys() if key[0] not in published.timeless]
