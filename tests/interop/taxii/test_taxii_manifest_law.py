"""AC-25: for the same caller, manifest and objects name the same, in the same order, page by page, whatever the filters.

The filters are drawn from one seed, printed with a failure; NOROSHI_SEED repeats a run.
"""

import os
import random

import pytest

from taxii_samples import AMBER, AMBER_STRICT, CLEAR, GREEN, VERSIONS, address, indicator, malware, new_id, statement

SEED = int(os.environ.get("NOROSHI_SEED") or random.SystemRandom().randrange(1 << 32))
DRAWS = 25
CALLERS = ["delta-analyst", "delta-client", "echo-analyst", "echo-client", "energy-isac-analyst", "partner", ""]


@pytest.fixture(scope="module")
def world(target):
    """Objects of every TLP and kind, some of several versions, in two audiences."""
    objects = []
    for marking in ([], [CLEAR], [GREEN], [AMBER], [AMBER_STRICT]):
        marked = {"object_marking_refs": marking} if marking else {}
        objects += [indicator(**marked), malware(**marked), address(**marked), statement(**marked)]
        identifier = new_id("indicator")
        objects += [indicator(id=identifier, modified=version, created=VERSIONS[0], **marked) for version in (VERSIONS[1], VERSIONS[2], VERSIONS[0])]
    target.publish(objects)
    target.publish([item for item in objects if item.get("object_marking_refs") == [CLEAR]][:3] + [indicator(object_marking_refs=[CLEAR])],
                   target.collection("public"))
    dates = [record["date_added"] for record in target.manifest(ids=[item["id"] for item in objects], version="all")]
    return objects, dates


def draw(chance, objects, dates):
    """A query of the reading endpoints, and a limit."""
    parts = []
    if chance.random() < 0.6:
        chosen = chance.sample(objects, chance.randint(1, len(objects)))
        parts.append("match[id]=" + ",".join(sorted({item["id"] for item in chosen})))
    if chance.random() < 0.4:
        parts.append("match[type]=" + ",".join(chance.sample(["indicator", "malware", "ipv4-addr", "marking-definition", "tool"], chance.randint(1, 3))))
    if chance.random() < 0.6:
        parts.append("match[version]=" + chance.choice(["all", "first", "last", "first,last", VERSIONS[1], f"first,{VERSIONS[2]}", f"{VERSIONS[0]},{VERSIONS[1]}"]))
    if chance.random() < 0.3:
        parts.append("match[spec_version]=" + chance.choice(["2.1", "2.0", "2.0,2.1"]))
    if chance.random() < 0.4:
        parts.append(f"added_after={chance.choice(dates)}")
    return "&".join(parts), chance.choice([2, 5, 7, 50, 1000])


def key_of(item, version):
    return (item["id"], item.get("modified") or item.get("created") or version)


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller or "nobody")
def test_ac_25_manifest_and_objects_name_the_same(places, world, caller):
    objects, dates = world
    one = places.target("energy-gateway", caller)
    chance = random.Random(f"{SEED} {caller}")
    readable = [entry for entry in one.collections if entry["can_read"]]
    assert readable, "everybody here reads something"
    shown = 0
    for number in range(DRAWS):
        query, limit = draw(chance, objects, dates)
        collection = chance.choice(readable)
        manifest = [list(answer.json().get("objects", [])) for answer in one.pages("manifest/", collection, query, limit=limit)]
        pages = [(answer.json().get("objects", []), answer) for answer in one.pages("objects/", collection, query, limit=limit)]
        where = f"seed {SEED}, draw {number}: {collection['alias']} {query} limit {limit}"
        records = [record for page in manifest for record in page]
        items = [item for page, _ in pages for item in page]
        assert [key_of(item, record["version"]) for item, record in zip(items, records, strict=True)] == [(r["id"], r["version"]) for r in records], where
        assert [len(page) for page in manifest] == [len(page) for page, _ in pages], where
        for (page, answer), listed in zip(pages, manifest, strict=True):
            if page:
                assert answer.headers["X-TAXII-Date-Added-First"] == listed[0]["date_added"], where
                assert answer.headers["X-TAXII-Date-Added-Last"] == listed[-1]["date_added"], where
        for item in items[:2]:
            alone = one.get(one.at(collection, f"objects/{item['id']}/"), "match[version]=all")
            assert item in alone.json()["objects"], where
            assert len(one.versions(item["id"], collection=collection)) == len(alone.json()["objects"]), where
        shown += len(items)
    assert shown > 0
