"""Items 36-58: discovery, API root, collections."""

import re
import urllib.parse
import uuid

import pytest

from taxii_target import NO_SUCH_OBJECT, NO_SUCH_UUID, TAXII, assert_error

NOT_A_COLLECTION = ["x", "community2", "COMMUNITY", "%00", "é", "transit", "transit%2Fenergy", "a" * 4000, NO_SUCH_UUID.upper(), "--"]


def assert_nothing_is_empty(value, where="answer"):
    """Optional properties are absent, never null, "" or [] (items 41 and 0.10)."""
    assert value is not None and value not in ("", []), where
    if isinstance(value, dict):
        for name, inner in value.items():
            assert_nothing_is_empty(inner, f"{where}.{name}")
    if isinstance(value, list):
        for number, inner in enumerate(value):
            assert_nothing_is_empty(inner, f"{where}[{number}]")


def discovery(target):
    answer = target.get("/taxii2/")
    assert answer.status_code == 200
    return answer.json()


def test_item_036_discovery_at_the_host_root(target):
    found = discovery(target)
    assert isinstance(found["title"], str) and found["title"]


def test_item_037_the_default_is_one_of_the_roots(target):
    assert discovery(target)["default"] in discovery(target)["api_roots"]


def test_item_038_roots_are_urls_or_paths(target):
    for root in discovery(target)["api_roots"]:
        path = urllib.parse.urlsplit(root).path
        assert root.startswith("https://") or re.match(r"/[^/]", root), root
        assert "//" not in path and "../" not in path and "?" not in root, root


def test_item_039_every_root_lives(target):
    assert discovery(target)["api_roots"]
    for root in discovery(target)["api_roots"]:
        assert target.get(urllib.parse.urljoin(target.url, root)).status_code in (200, 401, 403), root


def test_item_040_roots_are_one_segment_and_a_slash(target):
    for root in discovery(target)["api_roots"]:
        assert re.fullmatch(r"/[^/]+/", urllib.parse.urlsplit(root).path), root


def test_item_041_nothing_is_empty(target):
    assert set(discovery(target)) <= {"title", "description", "contact", "default", "api_roots"}
    root = target.get(target.root).json()
    assert set(root) <= {"title", "description", "versions", "max_content_length"}
    for entry in target.collections:
        assert set(entry) <= {"id", "title", "description", "alias", "can_read", "can_write", "media_types"}, entry
    for value in (discovery(target), root, target.collections):
        assert_nothing_is_empty(value)


def test_item_043_no_root_is_told_to_who_may_not_know_it(target, elsewhere):
    own, foreign = (set(discovery(one)["api_roots"]) for one in (target, elsewhere))
    assert {urllib.parse.urljoin(target.url, root) for root in own} == {target.root}
    assert own.isdisjoint(foreign)


def test_item_044_the_root_says_what_it_is(target):
    answer = target.get(target.root)
    assert answer.status_code == 200
    assert isinstance(answer.json()["title"], str) and {"versions", "max_content_length"} <= set(answer.json())


def test_item_045_versions_are_media_types(target):
    versions = target.get(target.root).json()["versions"]
    assert TAXII in versions and all(re.fullmatch(r"application/[a-z.+]+;version=\d+\.\d+", version) for version in versions)


def test_item_046_max_content_length_is_a_whole_number(target):
    length = target.get(target.root).json()["max_content_length"]
    assert isinstance(length, int) and not isinstance(length, bool) and length > 0


@pytest.mark.parametrize("path", ["/nosuchroot/", "/nosuchroot/collections/", f"/nosuchroot/collections/{NO_SUCH_UUID}/", f"/nosuchroot/status/{NO_SUCH_UUID}/"])
def test_item_047_an_unknown_root_is_not_found(target, path):
    assert_error(target.get(path), 404)


def test_item_048_a_foreign_roots_collection_is_not_here(target, elsewhere):
    foreign = elsewhere.home
    for rest in ("", "objects/", "manifest/", f"objects/{NO_SUCH_OBJECT}/", f"objects/{NO_SUCH_OBJECT}/versions/"):
        there, nowhere = (target.get(f"{target.root}collections/{which}/{rest}") for which in (foreign["id"], NO_SUCH_UUID))
        assert_error(there, 404)
        assert there.content == nowhere.content


def test_item_049_the_final_slash_is_not_needed(target, seeds):
    one = seeds.many[0]["id"]
    for url in (target.url, target.root, target.root + "collections/", target.at(rest=""), target.at(), target.at(rest="manifest/"),
                target.at(rest=f"objects/{one}/"), target.at(rest=f"objects/{one}/versions/")):
        query = "" if "/objects" not in url and "manifest" not in url else "limit=3"
        with_slash, without = target.get(url, query), target.get(url.rstrip("/"), query)
        assert without.status_code == with_slash.status_code == 200, url
        known = [answer.json() for answer in (with_slash, without)]
        for page in known:
            page.pop("next", None)  # sealed anew each time
        assert known[0] == known[1]
    posted = target.request("POST", target.at().rstrip("/"), headers={"Content-Type": TAXII}, data=b'{"objects": []}')
    assert_error(posted, 422)  # taken for a POST, not redirected into a GET


def test_item_050_collections_are_a_list_or_absent(target):
    answer = target.get(target.root + "collections/")
    assert answer.status_code == 200 and set(answer.json()) == {"collections"} and answer.json()["collections"]


def test_item_050_where_there_are_none_the_key_is_absent(places):
    operator = places.target("energy-gateway", "energy-isac-operator")
    answer = operator.get(operator.root + "collections/")
    assert answer.status_code == 200 and answer.json() == {}, "an operator alone reads nothing"


def test_item_051_the_order_stays(target):
    ids = [[entry["id"] for entry in target.get(target.root + "collections/").json()["collections"]] for _ in range(3)]
    assert ids[0] == ids[1] == ids[2] == sorted(ids[0])


def test_item_052_entries_are_whole(target):
    for entry in target.collections:
        assert uuid.UUID(entry["id"]).version == 4 and uuid.UUID(entry["id"]).variant == uuid.RFC_4122 and entry["id"] == entry["id"].lower()
        assert isinstance(entry["title"], str) and entry["title"]
        assert isinstance(entry["can_read"], bool) and isinstance(entry["can_write"], bool)
        assert all(isinstance(kind, str) for kind in entry.get("media_types", ["x"]))
    titles = [entry["title"] for entry in target.collections]
    assert len(set(titles)) == len(titles) and not any("." in title for title in titles)


def test_item_052_ids_are_the_same_for_everybody(target, other):
    for entry in target.collections:
        if entry["alias"] != "inbox":  # each has his own
            assert other.collection(entry["alias"])["id"] == entry["id"]
    assert other.collection("inbox")["id"] != target.collection("inbox")["id"]


def test_item_053_a_collection_equals_its_entry(target):
    for entry in target.collections:
        assert target.get(target.at(entry, "")).json() == entry


@pytest.mark.parametrize("name", [NO_SUCH_UUID, *NOT_A_COLLECTION], ids=lambda name: name[:20])
def test_item_054_what_is_no_collection_is_not_found(target, name):
    for rest in ("", "objects/", "manifest/"):
        assert_error(target.get(f"{target.root}collections/{name}/{rest}"), 400, 404)


def test_item_055_aliases_are_unique(target):
    aliases = [entry["alias"] for entry in target.collections if "alias" in entry]
    assert len(set(aliases)) == len(aliases)


def test_item_056_an_alias_stands_for_the_id(target, seeds):
    if "alias" not in target.home:
        pytest.skip("the collection has no alias")
    by_alias = f"{target.root}collections/{target.home['alias']}/"
    assert target.get(by_alias).json() == target.home
    one = seeds.many[0]["id"]
    for rest in ("objects/", "manifest/", f"objects/{one}/", f"objects/{one}/versions/"):
        query = f"match[id]={one}"
        assert target.get(by_alias + rest, query).content == target.get(target.at(rest=rest), query).content
    posted = target.request("POST", by_alias + "objects/", headers={"Content-Type": TAXII}, data=b'{"objects": []}')
    assert_error(posted, 422)


def test_item_056_aliases_are_the_audiences(target, edge, elsewhere):
    assert {entry["alias"] for entry in target.collections} == {"community", "group-solar-watch", "inbox", "public", "publish"}
    assert {entry["alias"] for entry in edge.collections} == {"community", "inbox", "publish"}
    for one in (target, edge, elsewhere):
        for hidden in ("transit", "transit-energy", "transit.energy", "transit%2fenergy", "group-nosuch"):
            assert_error(one.get(f"{one.root}collections/{hidden}/objects/"), 404)


def test_item_057_collections_have_no_pages(target):
    whole = target.get(target.root + "collections/")
    assert target.get(target.root + "collections/", "limit=1").content == whole.content and "more" not in whole.json()


def test_item_058_media_types_name_what_is_stored(target, seeds):
    stored = {record["media_type"] for record in target.manifest(ids=seeds.ids) if "media_type" in record}
    assert stored <= set(target.home.get("media_types", ["application/stix+json"])) and stored
