"""Items 59-76: what the four reading endpoints show, in which order, with which dates."""

import json
import re
import threading

from taxii_samples import VERSIONS, indicator, new_id
from taxii_target import FIRST, LAST, NO_SUCH_OBJECT, assert_error, wait_until

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
FAR = "2199-01-01T00:00:00Z"


def version_of(item):
    return item.get("modified") or item.get("created")


def reading_urls(target, identifier):
    return [target.at(), target.at(rest="manifest/"), target.at(rest=f"objects/{identifier}/"), target.at(rest=f"objects/{identifier}/versions/")]


def test_item_059_objects_come_in_an_envelope(target, seeds):
    page = target.get(target.at()).json()
    assert isinstance(page, dict) and isinstance(page["objects"], list) and set(page) <= {"more", "next", "objects"}


def test_item_060_nothing_is_an_empty_envelope(target, seeds):
    for url in reading_urls(target, seeds.many[0]["id"]):
        answer = target.get(url, f"added_after={FAR}")
        assert answer.status_code == 200 and answer.json() == {"more": False}, url


def test_item_061_both_date_headers_with_six_digits(target, seeds):
    for url in reading_urls(target, seeds.many[0]["id"]):
        for query in ("", "limit=1"):
            answer = target.get(url, query)
            assert STAMP.fullmatch(answer.headers[FIRST]) and STAMP.fullmatch(answer.headers[LAST]), url


def test_item_062_the_headers_are_the_ends_of_the_page(target, seeds, dates):
    for what in ("objects/", "manifest/"):
        for answer in target.pages(what, ids=seeds.ids, limit=7):
            items = answer.json()["objects"]
            ends = [items[0], items[-1]]
            added = [end.get("date_added") or dates[end["id"], version_of(end) or dates_of(dates, end["id"])] for end in ends]
            assert [answer.headers[FIRST], answer.headers[LAST]] == added
    of_versions = target.get(target.at(rest=f"objects/{seeds.versioned_id}/versions/"))
    stored = [dates[seeds.versioned_id, version] for version in of_versions.json()["versions"]]
    assert [of_versions.headers[FIRST], of_versions.headers[LAST]] == [stored[0], stored[-1]]


def dates_of(dates, identifier):
    """The one version of an observable."""
    version, = [key[1] for key in dates if key[0] == identifier]
    return version


def test_item_063_an_empty_page_echoes_the_question(target, seeds):
    for url in reading_urls(target, seeds.many[0]["id"]):
        answer = target.get(url, f"added_after={FAR}")
        assert answer.headers[FIRST] == answer.headers[LAST] == "2199-01-01T00:00:00.000000Z"
    answer = target.get(target.at(), f"match[id]={NO_SUCH_OBJECT}")
    assert answer.json() == {"more": False} and FIRST not in answer.headers and LAST not in answer.headers


def test_item_064_the_order_is_that_of_arrival(target, seeds, dates):
    assert [item["id"] for item in target.objects(ids=seeds.ids)] == seeds.current_ids, "not by modified, not by id"
    added = [record["date_added"] for record in target.manifest(ids=seeds.ids, version="all")]
    assert added == sorted(added)
    everything = [record["date_added"] for record in target.manifest(limit=500)]
    assert everything == sorted(everything)


def test_item_065_manifest_records_are_whole(target, seeds):
    for record in target.manifest(ids=seeds.ids, version="all"):
        assert set(record) <= {"id", "date_added", "version", "media_type"} and {"id", "date_added", "version"} <= set(record)
        assert STAMP.fullmatch(record["date_added"])


def test_item_066_the_version_is_the_text_that_was_posted(target, seeds, dates):
    assert (seeds.awkward_id, "2026-01-01T00:00:00.123456789Z") in dates
    assert (seeds.statement["id"], seeds.statement["created"]) in dates
    assert {(seeds.versioned_id, version) for version in VERSIONS} <= set(dates)


def test_item_067_an_observables_version_is_one_value_everywhere(target, seeds, dates):
    identifier = seeds.address["id"]
    version = dates_of(dates, identifier)
    assert target.versions(identifier) == [version]
    again = target.publish([seeds.address])
    assert again["successes"] == [{"id": identifier, "version": version}] or again["successes"][0]["version"] == version
    for query in (f"match[version]={version}", f"match[version]={version}&match[id]={identifier}"):
        assert identifier in [item["id"] for item in target.get(target.at(), query + "&limit=1000").json()["objects"]]
    assert target.versions(identifier) == [version], "a repeat changes nothing"


def test_item_068_the_newest_by_modified_not_by_arrival(target, seeds):
    item, = target.objects(ids=[seeds.versioned_id])
    assert item["modified"] == VERSIONS[-1]
    assert target.manifest(ids=[seeds.versioned_id])[0]["version"] == VERSIONS[-1]


def test_item_069_the_oldest_come_first(target, seeds):
    first = target.get(target.at(), "limit=1")
    assert first.headers[FIRST] == target.manifest(limit=500)[0]["date_added"]


def test_item_070_nothing_is_inserted_behind_a_reader(target):
    """Three writers; a reader that goes on from the last date it saw gets everything once."""
    start = target.publish([indicator()])
    position = target.manifest(ids=[start["successes"][0]["id"]])[0]["date_added"]
    batches = [[[indicator() for _ in range(4)] for _ in range(5)] for _ in range(3)]
    wanted = {item["id"] for writer in batches for batch in writer for item in batch}
    faults = []

    def write(one, writer):
        for batch in writer:
            answer = one.post({"objects": batch})
            if answer.status_code != 202:
                faults.append(answer.text)

    threads = [threading.Thread(target=write, args=(target.clone(), writer)) for writer in batches]
    for thread in threads:
        thread.start()
    seen = []

    def read_on():
        nonlocal position
        answer = target.get(target.at(), f"added_after={position}&limit=7")
        for item in answer.json().get("objects", []):
            seen.append(item["id"])
        position = answer.headers[LAST]
        return wanted <= set(seen)

    wait_until(read_on, "all are read")
    for thread in threads:
        thread.join()
    assert not faults, faults
    own = [identifier for identifier in seen if identifier in wanted]
    assert len(own) == len(wanted), "each once"


def test_item_071_dates_are_unique_within_a_post(target, seeds, dates):
    assert len(set(dates.values())) == len(dates)
    everything = [record["date_added"] for record in target.manifest(limit=500, version="all")]
    assert len(set(everything)) == len(everything)


def test_item_072_a_repeat_moves_nothing(target, seeds, dates):
    assert target.publish([seeds.malware, seeds.versioned[0]])["failure_count"] == 0
    again = {(record["id"], record["version"]): record["date_added"] for record in target.manifest(ids=seeds.ids, version="all")}
    assert again == dates


def test_item_072_another_origins_grant_moves_nothing(target, other):
    sample = indicator()
    target.publish([sample])
    before = target.manifest(ids=[sample["id"]])
    assert other.publish([sample])["failure_count"] == 0
    assert target.manifest(ids=[sample["id"]], version="all") == before and len(before) == 1


def test_item_073_the_bytes_that_were_posted(target, seeds):
    page = target.get(target.at(rest=f"objects/{seeds.awkward_id}/"))
    assert seeds.awkward.encode() in page.content
    assert page.json()["objects"] == [json.loads(seeds.awkward)]
    for item in (seeds.malware, seeds.address, seeds.statement):
        assert target.objects(ids=[item["id"]]) == [item]


def test_item_074_an_object_by_its_id(target, seeds):
    answer = target.get(target.at(rest=f"objects/{seeds.versioned_id}/"))
    assert answer.status_code == 200 and [item["modified"] for item in answer.json()["objects"]] == [VERSIONS[-1]]
    for unknown in (NO_SUCH_OBJECT, new_id("malware"), "nonsense", "indicator--", seeds.versioned_id.upper(), seeds.versioned_id + "x"):
        assert_error(target.get(target.at(rest=f"objects/{unknown}/")), 404)
    filtered = target.get(target.at(rest=f"objects/{seeds.versioned_id}/"), "match[version]=2001-01-01T00:00:00.000Z")
    assert filtered.status_code == 200 and filtered.json() == {"more": False}, "visible, and filtered away"


def test_item_075_all_versions_of_an_object(target, seeds):
    answer = target.get(target.at(rest=f"objects/{seeds.versioned_id}/versions/"))
    assert answer.status_code == 200 and sorted(answer.json()["versions"]) == VERSIONS
    assert answer.json()["versions"] == [VERSIONS[1], VERSIONS[2], VERSIONS[0]], "ascending date_added"
    assert_error(target.get(target.at(rest=f"objects/{NO_SUCH_OBJECT}/versions/")), 404)


def test_item_076_versions_are_the_manifests_texts(target, seeds, dates):
    for identifier in (seeds.statement["id"], seeds.awkward_id, seeds.versioned_id, seeds.address["id"]):
        assert sorted(target.versions(identifier)) == sorted(key[1] for key in dates if key[0] == identifier)
    assert target.versions(seeds.statement["id"]) == [seeds.statement["created"]]
