"""Items 112-129: adding objects and the status resource."""

import json
import re
import threading
import uuid

import pytest

from taxii_samples import AMBER, CLEAR, TIME, VERSIONS, address, indicator, malware, new_id, statement
from taxii_target import NO_SUCH_OBJECT, NO_SUCH_UUID, TAXII, assert_error, basic, envelope

COUNTS = ("success_count", "failure_count", "pending_count")
LISTS = ("successes", "failures", "pendings")


def assert_status(status, total):
    """Items 113-115, of every status that is ever answered."""
    assert uuid.UUID(status["id"]).version == 4
    assert status["status"] in ("complete", "pending")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", status["request_timestamp"])
    for name in ("total_count", *COUNTS):
        assert isinstance(status[name], int) and not isinstance(status[name], bool) and status[name] >= 0
    assert status["total_count"] == total == sum(status[name] for name in COUNTS)
    assert (status["status"] == "complete") == (status["pending_count"] == 0)
    for name, count in zip(LISTS, COUNTS, strict=True):
        if name in status:
            assert len(status[name]) == status[count] > 0
        for details in status.get(name, []):
            assert set(details) <= {"id", "version", "message"} and details["id"]
            assert all(isinstance(value, str) and value for value in details.values())
    assert None not in status.values()


def test_item_112_an_envelope_is_accepted(target):
    sample = indicator()
    answer = target.post({"objects": [sample]})
    assert answer.status_code == 202 and answer.headers["Content-Type"] == TAXII
    assert_status(answer.json(), 1)
    assert target.completed(answer)["success_count"] == 1


def test_item_112_scope_is_that_of_the_audience(target, other, edge):
    """The organisation's own community reaches nobody else; the sector's reaches its members; `publish` does what its header says."""
    own, sector, by_header = indicator(), indicator(object_marking_refs=[AMBER]), indicator(object_marking_refs=[CLEAR])
    edge.publish([own])
    target.publish([sector])
    target.publish([by_header], target.collection("publish"), {"X-Noroshi-Scope": "public"})
    ids = [item["id"] for item in (own, sector, by_header)]
    assert [item["id"] for item in edge.objects(ids=[own["id"]])] == [own["id"]]
    assert target.objects(ids=[own["id"]]) == [] and other.objects(ids=[own["id"]]) == []
    assert [item["id"] for item in other.objects(ids=ids)] == [sector["id"], by_header["id"]]
    assert [item["id"] for item in other.objects(ids=ids, collection=other.collection("public"))] == [by_header["id"]]


@pytest.mark.parametrize("headers", [{"X-Noroshi-Scope": "orgs:nosuch"}, {"X-Noroshi-Scope": "galaxy"}, {"X-Noroshi-TLP": "purple"}, {"X-Noroshi-Attribution": "x"}])
def test_item_112_headers_that_contradict_are_refused(target, headers):
    sample = indicator()
    assert assert_error(target.post({"objects": [sample]}, headers=headers), 422)["error_code"] == "bad_publication"
    assert target.objects(ids=[sample["id"]]) == []


def test_items_113_114_115_every_status_is_whole(target):
    posted = [indicator(), malware(), address(), statement(), {**indicator(), "pattern": None}, indicator()]
    answer = target.post({"objects": posted})
    assert_status(answer.json(), len(posted))
    final = target.completed(answer)
    assert_status(final, len(posted))
    assert final["success_count"] == 5 and final["failure_count"] == 1
    versions = {details["id"]: details["version"] for details in final["successes"]}
    assert versions[posted[0]["id"]] == posted[0]["modified"] and versions[posted[3]["id"]] == posted[3]["created"]
    records = {record["id"]: record["version"] for record in target.manifest(ids=list(versions))}
    assert records == versions, "as the manifest names them, an observable's included"


def test_item_116_complete_stays(target):
    identifier = target.publish([indicator()])["id"]
    answers = [target.get(f"{target.root}status/{identifier}/") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200} and len({answer.content for answer in answers}) == 1
    assert_status(answers[0].json(), 1)


NO_STATUS = [NO_SUCH_UUID, "11111111-2222-4333-8444-555555555555", "22101993", "x", NO_SUCH_OBJECT, "%00", "a" * 3000]


@pytest.mark.parametrize("identifier", NO_STATUS, ids=lambda text: text[:20])
def test_item_117_an_unknown_status_is_not_found(target, identifier):
    assert_error(target.get(f"{target.root}status/{identifier}/"), 404)


def test_item_118_a_duplicate_is_no_failure(target, seeds, dates):
    again = target.publish([seeds.malware, seeds.malware, seeds.statement])
    assert again["failure_count"] == 0 and "failures" not in again and again["success_count"] == 3
    assert [record["date_added"] for record in target.manifest(ids=[seeds.malware["id"]], version="all")] == [dates[seeds.malware["id"], TIME]]


def test_item_118_another_origins_duplicate_is_no_failure(target, other):
    sample = indicator()
    assert target.publish([sample])["failure_count"] == other.publish([sample])["failure_count"] == 0
    assert len(target.manifest(ids=[sample["id"]], version="all")) == len(other.manifest(ids=[sample["id"]], version="all")) == 1


def test_item_119_other_content_under_the_same_version(target):
    first = indicator(name="first")
    target.publish([first])
    second = target.completed(target.post({"objects": [{**first, "name": "second"}]}))
    assert second["failure_count"] == 1 and "equivocation" in second["failures"][0]["message"], "he may see the first"
    assert target.objects(ids=[first["id"]], version="all") == [first]


def test_item_119_variants_without_modified_are_no_failure(target):
    first = address()
    target.publish([first])
    assert target.completed(target.post({"objects": [{**first, "x_note": "variant"}]}))["failure_count"] == 0
    assert len(target.objects(ids=[first["id"]], version="all")) == 1


def test_item_120_an_older_version_stays_old(target):
    identifier = new_id("malware")
    for modified in (VERSIONS[2], VERSIONS[0], VERSIONS[1]):
        target.publish([malware(id=identifier, modified=modified, created=VERSIONS[0])])
    assert [item["modified"] for item in target.objects(ids=[identifier])] == [VERSIONS[2]]
    assert target.versions(identifier) == [VERSIONS[2], VERSIONS[0], VERSIONS[1]]


NO_ENVELOPES = [b"", b" ", b"not json", b"{", b'{"objects": [', b"\xff\xfe", b"null", b"1", b'"x"', b"[]", b'[{"type": "indicator"}]', b"{}", b'{"objects": []}',
                b'{"objects": "x"}', b'{"objects": {}}', b'{"objects": null}', b'{"more": false}', b'{"type": "indicator", "id": "x"}',
                b'{"objects": [{}], "objects": [{}]}']


@pytest.mark.parametrize("body", NO_ENVELOPES, ids=lambda body: repr(body)[:40])
def test_item_121_what_is_no_envelope_is_refused(target, body):
    error = assert_error(target.post(body), 400, 422)
    assert error["error_code"] in ("not_json", "not_an_envelope")


def test_item_122_one_bad_object_costs_only_itself(target):
    good = [indicator() for _ in range(9)]
    bad = indicator()
    del bad["pattern"]
    status = target.publish([*good[:4], bad, *good[4:]])
    assert status["success_count"] == 9 and status["failure_count"] == 1
    failure, = status["failures"]
    assert failure["id"] == bad["id"] and "pattern" in failure["message"] and "required" in failure["message"]
    assert [item["id"] for item in target.objects(ids=[item["id"] for item in [*good, bad]])] == [item["id"] for item in good]


@pytest.mark.parametrize("item", [None, 1, "x", [], {}, {"type": "indicator"}, {"id": "x", "type": "x"}], ids=repr)
def test_item_122_what_is_no_object_is_a_failure(target, item):
    status = target.publish([indicator(), json.dumps(item)])
    assert_status(status, 2)
    assert status["success_count"] == 1 and status["failures"][0]["message"]


def head_of(target, **fields):
    path = target.at().removeprefix(target.base)
    lines = [f"POST {path} HTTP/1.1", f"Host: {target.host}", f"Content-Type: {TAXII}", f"Accept: {TAXII}", "Connection: close",
             f"Authorization: {basic(f'{target.user}:{target.password}')}"]
    return ("\r\n".join(lines + [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]) + "\r\n\r\n").encode()


def test_item_123_a_longer_body_is_refused_before_it_is_read(target):
    length = target.get(target.root).json()["max_content_length"]
    refused = target.raw(head_of(target, Content_Length=length + 1))
    assert refused.startswith(b"HTTP/1.1 413 ") and b'"error_code":"content_too_large"' in refused
    chunked = target.raw(head_of(target, Transfer_Encoding="chunked") + f"{length + 1:x}\r\n".encode() + b"x" * 1000)
    assert chunked.startswith(b"HTTP/1.1 413 ")


def test_item_123_a_body_of_some_megabytes_is_taken(target):
    body = envelope([indicator(description="x" * 500_000) for _ in range(8)])
    assert target.completed(target.post(body))["success_count"] == 8


def test_item_124_a_chunked_body_is_taken(target):
    sample = indicator()
    body = envelope([sample])
    answer = target.post(iter([body[:10], body[10:60], body[60:]]))
    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    assert target.completed(answer)["success_count"] == 1


def test_item_125_custom_properties_of_the_envelope_are_ignored(target):
    sample = indicator()
    answer = target.post({"x_source": "here", "more": False, "next": "x", "objects": [sample], "x_more": [1]})
    assert target.completed(answer)["success_count"] == 1


@pytest.mark.parametrize("more", [{}, {"spec_version": "2.0"}, {"spec_version": "2.1"}])
def test_item_126_a_bundle_is_taken_for_an_envelope(target, more):
    sample = indicator()
    answer = target.post({"type": "bundle", "id": new_id("bundle"), **more, "objects": [sample]})
    assert target.completed(answer)["success_count"] == 1
    assert_error(target.get(target.at(rest=f"objects/{answer.json()['id']}/")), 404)


@pytest.mark.parametrize("collection", [NO_SUCH_UUID, "x", "transit"])
def test_item_127_an_unknown_collection_takes_nothing(target, collection):
    url = f"{target.root}collections/{collection}/objects/"
    assert_error(target.request("POST", url, headers={"Content-Type": TAXII}, data=envelope([indicator()])), 404)


def test_item_128_a_write_only_collection(target):
    closed = next((entry for entry in target.collections if entry["can_write"] and not entry["can_read"]), None)
    if closed is None:
        pytest.skip("this account has no write-only collection")
    answer = target.post({"objects": [indicator()]}, closed)
    assert target.completed(answer)["success_count"] == 1
    for rest in ("objects/", "manifest/", f"objects/{NO_SUCH_OBJECT}/", f"objects/{NO_SUCH_OBJECT}/versions/"):
        assert_error(target.get(target.at(closed, rest)), 403, 404)


def test_item_129_two_alike_at_the_same_time(target):
    sample = indicator()
    answers = []
    threads = [threading.Thread(target=lambda one=target.clone(): answers.append(one.post({"objects": [sample]}))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [target.completed(answer)["failure_count"] for answer in answers] == [0] * 4
    target.publish([sample])
    assert len(target.manifest(ids=[sample["id"]], version="all")) == 1
