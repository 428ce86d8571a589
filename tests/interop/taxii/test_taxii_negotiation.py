"""Items 20-35: what is accepted and what is answered."""

import gzip
import json
import re

import pytest

from taxii_samples import indicator
from taxii_target import NO_SUCH_OBJECT, NO_SUCH_UUID, TAXII, assert_error, envelope


def test_item_020_every_success_has_the_type(target, seeds):
    posted = target.post({"objects": [seeds.many[0]]})
    assert posted.status_code == 202
    answers = [posted, target.get(f"{target.root}status/{posted.json()['id']}/")]
    for url in ("/taxii2/", target.root, target.root + "collections/", target.at(rest=""), target.at(), target.at(rest="manifest/"),
                target.at(rest=f"objects/{seeds.many[0]['id']}/"), target.at(rest=f"objects/{seeds.many[0]['id']}/versions/")):
        answers.append(target.get(url))
        assert answers[-1].status_code == 200, url
    assert {answer.headers["Content-Type"] for answer in answers} == {TAXII}


def test_item_021_every_error_has_the_type(target, nobody):
    large = json.loads(target.get(target.root).text)["max_content_length"] + 1
    root = target.root
    for answer, code in (
        (nobody.get(target.at()), 401), (target.get("/no/such/path/"), 404), (target.get("/"), 404), (target.get(root + "nothing/"), 404),
        (target.get(f"{root}collections/{NO_SUCH_UUID}/"), 404), (target.request("PATCH", root), 405), (target.get(root, headers={"Accept": "text/html"}), 406),
        (target.get(target.at(), "limit=0"), 400), (target.post(b"x"), 400), (target.post(b"{}"), 422),
        (target.post(b"{}", headers={"Content-Type": "text/xml"}), 415),
        (target.get(root + "collections/x/../y/%2e%2e/"), 404), (target.get(root + "collections//"), 404),
    ):
        assert_error(answer, code)
    head = f"POST {target.at().removeprefix(target.base)} HTTP/1.1\r\nHost: {target.host}\r\nContent-Length: {large}\r\n\r\n"
    for raw in (target.raw(head.encode()), target.raw(b"GARBAGE\r\n\r\n"), target.raw(b"GET / HTTP/1.1\r\n\r\n")):
        assert f"Content-Type: {TAXII}\r\n".encode() in raw and re.match(rb"HTTP/1\.1 (400|413) ", raw), raw[:300]


# (item, Accept, status). Absent is None.
ACCEPT = [
    (22, "application/taxii+json;version=2.1", 200),
    (23, "application/taxii+json", 200),
    (24, "application/taxii+json; version=2.1", 200),
    (24, 'application/taxii+json;version="2.1"', 200),
    (24, "APPLICATION/TAXII+JSON;VERSION=2.1", 200),
    (25, "application/taxii+json;version=2.1,application/stix+json;version=2.1", 200),
    (25, "application/stix+json;version=2.1, application/taxii+json;version=2.1", 200),
    (25, "application/taxii+json;version=2.1;q=0.5, application/stix+json;version=2.1;q=0.9", 200),
    (25, "text/html, application/taxii+json;version=2.1", 200),
    (26, "application/taxii+json;version=2.0", 406),
    (26, "application/taxii+json;version=9.9", 406),
    (26, "application/vnd.oasis.taxii+json; version=2.0", 406),
    (26, "application/vnd.oasis.taxii+json", 406),
    (26, "application/vnd.oasis.stix+json; version=2.0", 406),
    (27, "text/html", 406),
    (27, "text/html,application/xhtml+xml,application/xml;q=0.9", 406),
    (28, "*/*", 200),
    (28, "application/*", 200),
    (28, "application/json, text/plain, */*", 200),
    (28, "application/json", 200),
    (28, None, 200),
    (28, "", 200),
    (29, "application/taxii+json;version=2.1;q=0", 406),
    (29, "application/taxii+json;version=2.1;q=0.0", 406),
]


@pytest.mark.parametrize(("item", "accept", "code"), ACCEPT, ids=[f"item_{case[0]:03} {case[1]!r}" for case in ACCEPT])
@pytest.mark.parametrize("place", ["discovery", "root", "objects", "manifest"])
def test_items_022_023_024_025_026_027_028_029_accept(target, seeds, place, item, accept, code):
    url = {"discovery": target.url, "root": target.root, "objects": target.at(), "manifest": target.at(rest="manifest/")}[place]
    answer = target.get(url, "limit=1" if place in ("objects", "manifest") else "", headers={"Accept": accept})
    if code == 200:
        assert answer.status_code == 200 and answer.headers["Content-Type"] == TAXII
    else:
        assert assert_error(answer, code)["error_code"] == "not_acceptable"


# (item, Content-Type, status).
CONTENT = [
    (30, "application/taxii+json;version=2.1", 202),
    (30, "application/taxii+json", 202),
    (30, "application/taxii+json; version=2.1", 202),
    (30, 'Application/TAXII+JSON; Version="2.1"', 202),
    (31, "application/taxii+json;version=2.1;charset=utf-8", 202),
    (31, "application/taxii+json; charset=UTF-8; version=2.1", 202),
    (32, "text/xml", 415),
    (32, "application/taxii+json;version=2.0", 415),
    (32, "application/json", 415),
    (32, "application/vnd.oasis.stix+json; version=2.0", 415),
    (32, None, 415),
    (32, "", 415),
    (33, "application/stix+json; version=2.1", 202),
    (33, "application/stix+json;version=2.1", 202),
]


@pytest.mark.parametrize(("item", "kind", "code"), CONTENT, ids=[f"item_{case[0]:03} {case[1]!r}" for case in CONTENT])
def test_items_030_031_032_033_content_type(target, item, kind, code):
    sample = indicator()
    if item == 33:
        body = json.dumps({"type": "bundle", "id": f"bundle--{NO_SUCH_UUID}", "spec_version": "2.1", "objects": [sample]}).encode()
    else:
        body = envelope([sample])
    answer = target.post(body, headers={"Content-Type": kind})
    if code == 202:
        assert target.completed(answer)["success_count"] == 1
        return
    assert assert_error(answer, code)["error_code"] == "unsupported_media_type"
    assert target.objects(ids=[sample["id"]]) == []


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "deflate", "br", "zstd", "x-own"])
def test_item_034_a_coded_body_is_refused(target, coding):
    sample = indicator()
    answer = target.post(gzip.compress(envelope([sample])), headers={"Content-Encoding": coding})
    assert assert_error(answer, 415)["error_code"] == "unsupported_content_encoding"
    assert target.objects(ids=[sample["id"]]) == []


@pytest.mark.parametrize("accept", ["text/html", "application/taxii+json;version=2.0"])
def test_item_035_a_post_that_could_not_be_answered_stores_nothing(target, accept):
    sample = indicator()
    assert_error(target.post({"objects": [sample]}, headers={"Accept": accept}), 406)
    assert target.get(target.at(rest=f"objects/{sample['id']}/")).status_code == target.get(target.at(rest=f"objects/{NO_SUCH_OBJECT}/")).status_code == 404
