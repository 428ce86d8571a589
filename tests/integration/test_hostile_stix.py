"""What STIX content can try, over HTTP: each case with its safe result, the node alive and its memory bounded.

AC-59 to AC-70; taxii items 151, 163, 164, 168.
"""

import copy
import json
import threading
import uuid

import pytest

from federation import wait_until
from samples import indicator, indicators

TAXII = {"Content-Type": "application/taxii+json;version=2.1"}
NODE, USER = "delta-edge", "delta-analyst"
MEMORY_MAX_KB = 400 * 1024


def publish_url(federation):
    return federation.node(NODE)["api_root"] + f"collections/{federation.collections(NODE, USER)['publish']['id']}/objects/"


def post(federation, objects, session=None, url=""):
    """`objects` is a list, or JSON text of one."""
    body = objects if isinstance(objects, (bytes, str)) else json.dumps(objects)
    text = body.encode() if isinstance(body, str) else body
    return (session or federation.session(USER)).post(url or publish_url(federation), data=b'{"objects": ' + text + b"}", headers=TAXII, timeout=60)


def settled(federation, answer):
    assert answer.status_code == 202, answer.text[:500]
    url = federation.node(NODE)["api_root"] + f"status/{answer.json()['id']}/"

    def status():
        said = federation.session(USER).get(url, headers={"Accept": TAXII["Content-Type"]}, timeout=60).json()
        return said if said["status"] == "complete" else None

    return wait_until(status, "the status is complete") or status()


def community(federation):
    return federation.crawl(NODE, USER, "community")


def memory_kb(federation):
    pid = (federation.directory / NODE / "pid").read_text(encoding="utf-8").split()[0]
    with open(f"/proc/{pid}/status", encoding="utf-8") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def text_of(name, **more):
    return json.dumps([indicator(name, **more)], ensure_ascii=False)


def replaced(name, old, new):
    text = text_of(name)
    assert old in text
    return text.replace(old, new, 1)


def with_id(identifier):
    return json.dumps([{**indicator("id"), "id": identifier}])


UUID = "0b1c2d3e-0000-4000-8000-000000000001"
REFUSED = {
    "AC-59 id twice by escape": (replaced("twice", '"name":', '"\\u0069d": "x", "name":'), "`id` appears twice"),
    "AC-59 markings twice": (replaced("marks", '"name":', '"x": {"object_marking_refs": [1], "object_marking_refs": [2]}, "name":'), "appears twice"),
    "AC-60 1e400": (replaced("number", '"name":', '"x_n": 1e400, "name":'), "number"),
    "AC-60 2^53": (replaced("number", '"name":', '"x_n": 9007199254740992, "name":'), "2^53-1"),
    "AC-60 100 digits": (replaced("number", '"name":', f'"x_n": {"9" * 100}, "name":'), "number"),
    "AC-60 leading zero": (replaced("number", '"name":', '"x_n": 01, "name":'), "number"),
    "AC-61 overlong": (text_of("overlong", description="@").encode().replace(b'"@"', b'"\xc0\xaf"'), "UTF-8"),
    "AC-61 lone surrogate": (text_of("surrogate", description="@").replace('"@"', '"\\ud800"'), "surrogate"),
    "AC-61 NUL in an id": (with_id(f"indicator--{UUID}\0"), "`id`"),
    "AC-61 NUL in a key": (replaced("nul", '"name":', '"x_\\u0000": 1, "name":'), "control character"),
    "AC-62 upper case": (with_id(f"indicator--{UUID.upper()}"), "lower-case hex"),
    "AC-62 wrong prefix": (with_id(f"malware--{UUID}"), "must begin with the object's `type`"),
    "AC-62 nil": (with_id("indicator--00000000-0000-0000-0000-000000000000"), "no RFC 4122 version"),
    "AC-62 a path": (with_id("indicator--../../../../etc/passwd"), "UUID"),
    "AC-62 300 characters": (with_id("i" * 300 + f"--{UUID}"), "`id`"),
    "AC-64 modified before created": (text_of("back", modified="2025-01-01T00:00:00.000Z"), "`modified` must not be before `created`"),
    "AC-64 year 9999": (text_of("9999", modified="9999-12-31T23:59:59.999Z"), "`modified` is too far in the future"),
    "AC-64 ten years on": (text_of("ten", modified="2037-01-01T00:00:00.000Z"), "`modified` is too far in the future"),
    "AC-64 leap second": (text_of("leap", modified="2026-06-30T23:59:60.000Z"), "`modified`"),
    "AC-64 no Z": (text_of("noz", modified="2026-06-30T23:59:59.000"), "`modified`"),
    "AC-65 nested": (text_of("nest", pattern="(" * 10_000 + "[a:b = 1]" + ")" * 10_000), "more than 64 open parentheses"),
    "AC-65 unbalanced": (text_of("open", pattern="[a:b = 'x]"), "a string is not closed at byte 7"),
    "AC-65 900 kB": (text_of("long", pattern="[a:b = '" + "x" * 900_000 + "']"), "pattern has"),
    "AC-65 regex": (text_of("regex", pattern="[a:b MATCHES '((a{100}){100}){100}']"), "a regular expression"),
    "AC-66 shadows core": (json.dumps([{
        "type": "extension-definition", "spec_version": "2.1", "id": f"extension-definition--{UUID}", "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z", "created_by_ref": f"identity--{UUID}", "name": "x", "schema": "s", "version": "1",
        "extension_types": ["toplevel-property-extension"], "extension_properties": ["object_marking_refs"]}]), "must not be a common property"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_by_name_and_the_next_is_taken(federation, what):
    text, words = REFUSED[what]
    said = post(federation, text).json()
    assert said["success_count"] == 0 and said["failure_count"] == 1, said
    failure, = said["failures"]
    assert words in failure["message"] and failure["message"].startswith("invalid_object"), failure
    assert len(failure["message"]) < 700 and "xxxxx" not in failure["message"]
    assert post(federation, [indicator(f"after {what}")]).json()["failure_count"] == 0
    assert federation.is_running(NODE) and memory_kb(federation) < MEMORY_MAX_KB


KEPT = {
    "AC-61 bidi": {"description": "a\u202eb\ufeffc" + "e\u0301" * 100},
    "AC-64 long fraction": {"valid_from": "2026-01-01T00:00:00.123456789012345Z"},
    "AC-65 harmless": {"pattern": "[a:b LIKE '" + "%" * 100_000 + "' AND a:c MATCHES '(a+)+$'] REPEATS 1000000000 TIMES"},
    "AC-66 unknown extension": {"extensions": {
        f"extension-definition--{UUID}": {"extension_type": "property-extension", "x_sharing": "public", "deep": [[[[{}]]]]}}},
    "AC-67 server words": {"x_internal_origin": "alfa", "received_at": "2020-01-01T00:00:00Z", "origin": "alfa", "trust_score": 100,
                           "date_added": "2020-01-01T00:00:00Z"},
    "AC-68 links": {"external_references": [{"source_name": "s", "url": url}
                                            for url in ("javascript:alert(1)", "file:///etc/passwd", "http://127.0.0.1:1/x")]},
}


def test_what_may_pass_comes_back_as_it_came(federation):
    objects = [indicator(what, **more) for what, more in KEPT.items()]
    said = settled(federation, post(federation, objects))
    assert said["success_count"] == len(objects), said
    wanted = {item["id"]: item for item in objects}
    seen = {item["id"]: item for item in community(federation).entries if item["id"] in wanted}
    assert seen == wanted
    entries = {entry["id"]: entry for entry in federation.crawl(NODE, USER, "community", what="manifest").entries if entry["id"] in wanted}
    assert len(entries) == len(wanted)
    assert all(not entry["date_added"].startswith("2020") for entry in entries.values()), "AC-67: never read as the server's own"


def test_151_163_what_is_odd_is_accepted_and_told_to_its_publisher(federation):
    mutex = {"type": "mutex", "spec_version": "2.1", "id": f"mutex--{uuid.uuid5(uuid.NAMESPACE_URL, 'other')}", "name": "hostile"}
    odd = indicator("odd", severity=3, pattern="[file:hashes.MD5 LIKE 'x' and url:value = 'y']")
    said = settled(federation, post(federation, [mutex, odd, indicator("not odd")]))
    assert said["success_count"] == 3, said
    messages = {item["id"]: item.get("message", "") for item in said["successes"]}
    assert messages[mutex["id"]].startswith("warning: property `id` is not the UUIDv5")
    assert "`pattern` is STIX 2.0" in messages[odd["id"]] and "`severity` has a reserved name" in messages[odd["id"]]
    assert messages[indicator("not odd")["id"]] == ""
    answer = federation.publish(federation.write("odd.ndjson", [{**mutex, "id": mutex["id"][:-1] + "0"}]), NODE, "org", wait=True)
    assert answer.code == 0 and "not the UUIDv5" in answer.objects[0]["message"], answer
    dry = federation.publish(federation.write("dry.ndjson", [mutex]), NODE, "org", options=["--dry-run"])
    assert dry.code == 0 and "not the UUIDv5" in dry.objects[0]["message"], dry


def test_164_a_version_behind_a_revoked_one_stands_and_is_told_of(federation):
    first = indicator("revoked")
    revoked = {**first, "modified": "2026-01-02T00:00:00.000Z", "revoked": True}
    later = {**first, "modified": "2026-01-03T00:00:00.000Z"}
    for version, words in ((first, ""), (revoked, ""), (later, "an earlier version of this object is revoked")):
        success, = settled(federation, post(federation, [version]))["successes"]
        assert (words in success.get("message", "")) and (words or "message" not in success), success

    def shown():
        return [item["modified"] for item in community(federation).entries if item["id"] == first["id"]]

    wait_until(lambda: shown() == [later["modified"]], "the latest version is shown")


def test_ac_69_cycles_and_an_object_that_refers_to_itself(federation):
    a, b = indicator("cycle a"), indicator("cycle b")
    a["x_next_refs"], b["x_next_refs"] = [b["id"], a["id"]], [a["id"]]
    grouping = {**indicator("cycle g"), "type": "grouping", "context": "unspecified", "id": f"grouping--{UUID}"}
    grouping = {key: value for key, value in grouping.items() if key not in ("pattern", "pattern_type", "valid_from")}
    grouping["object_refs"] = [f"grouping--{UUID}", a["id"]]
    said = settled(federation, post(federation, [a, b, grouping]))
    assert said["success_count"] == 3, said
    wait_until(lambda: {a["id"], b["id"], grouping["id"]} <= {item["id"] for item in community(federation).entries}, "the cycle is released together")


def test_ac_70_no_datum_of_one_document_in_another(federation):
    canaries = [f"canary{number}x" for number in range(4)]
    answers, url = {}, publish_url(federation)

    def publish(canary):
        session = federation.new_session(USER)
        objects = [indicator(f"{canary} {number}", description=canary, labels=[canary]) for number in range(40)]
        bad = copy.deepcopy(objects[0])
        bad["confidence"] = canary
        answers[canary] = [post(federation, part, session, url) for part in (objects[:20] + [bad], objects[20:])]

    threads = [threading.Thread(target=publish, args=(canary,)) for canary in canaries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for canary in canaries:
        for answer in answers[canary]:
            assert answer.status_code == 202, answer.text[:300]
            assert not any(other in answer.text for other in canaries)  # not even its own: errors hold no content
    wait_until(lambda: sum(any(c in item.get("name", "") for c in canaries) for item in community(federation).entries) == 160, "all are readable")
    for item in community(federation).entries:
        named = [canary for canary in canaries if canary in json.dumps(item)]
        assert len(named) <= 1, item
        if named:
            assert item["description"] == named[0] and item["labels"] == named


def test_a_flood_of_them_leaves_the_node_as_it_was(federation):
    bad = [{**item, "pattern": "[a:b = 'x" + "y" * 2000} for item in indicators(500, "flood")]
    before = memory_kb(federation)
    for _ in range(4):
        said = post(federation, bad).json()
        assert said["failure_count"] == 500
    assert memory_kb(federation) < before + 150 * 1024
    assert settled(federation, post(federation, [indicator("after the flood")]))["success_count"] == 1
