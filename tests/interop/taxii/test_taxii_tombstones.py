"""Tombstones, an extension: what DELETE and narrowing took away is told to those who had it, paged like a manifest."""

from taxii_samples import AMBER_STRICT, TIME, malware
from taxii_target import FIRST, LAST, NO_SUCH_OBJECT, assert_error


def tombstones(one, collection, query="", limit=None):
    return [item for answer in one.pages("tombstones/", collection, query, limit) for item in answer.json().get("tombstones", [])]


def test_tombstones_tell_those_who_had_it(target, other, colleague):
    gone = [malware(name=f"gone {number}") for number in range(5)]
    strict = malware(object_marking_refs=[AMBER_STRICT])  # not for clients
    target.publish([*gone, strict])
    for item in [*gone, strict]:
        assert target.request("DELETE", target.at(rest=f"objects/{item['id']}/")).status_code == 200
    ids = [item["id"] for item in [*gone, strict]]
    chosen = "match[id]=" + ",".join(ids)
    for one, wanted in [(target, ids), (other, ids), (colleague, ids[:5])]:
        told = tombstones(one, target.home, chosen)
        assert [item["id"] for item in told] == wanted
        assert all(set(item) == {"id", "version", "date"} and item["version"] == TIME and len(item["date"]) == 27 for item in told)
        assert tombstones(one, target.home, chosen, limit=2) == told, "page by page the same"
        assert tombstones(one, target.home, f"{chosen}&added_after={told[2]['date']}") == told[3:]
    first = target.get(target.at(rest="tombstones/"), f"{chosen}&limit=2")
    assert (first.headers[FIRST], first.headers[LAST]) == tuple(item["date"] for item in first.json()["tombstones"])
    assert target.get(target.at(rest="tombstones/"), f"match[id]={NO_SUCH_OBJECT}").json() == {"more": False}
    assert_error(target.get(target.at(rest="manifest/"), f"next={first.json()['next']}"), 400)
