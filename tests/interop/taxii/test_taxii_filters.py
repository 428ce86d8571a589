"""Items 77-98: what the query parameters choose."""

import datetime
import itertools
import urllib.parse

import pytest

from taxii_samples import VERSIONS
from taxii_target import NO_SUCH_OBJECT, assert_error

TYPES = ["attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident", "indicator", "infrastructure", "intrusion-set", "location",
         "malware", "malware-analysis", "note", "observed-data", "opinion", "report", "threat-actor", "tool", "vulnerability", "relationship", "sighting",
         "artifact", "autonomous-system", "directory", "domain-name", "email-addr", "email-message", "file", "ipv4-addr", "ipv6-addr", "mac-addr", "mutex",
         "network-traffic", "process", "software", "url", "user-account", "windows-registry-key", "x509-certificate", "extension-definition",
         "language-content", "marking-definition"]


def shifted(stamp, **by):
    moved = datetime.datetime.fromisoformat(stamp) + datetime.timedelta(**by)
    return moved.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def ids_of(target, query, what="objects/"):
    answer = target.get(target.at(rest=what), query)
    assert answer.status_code == 200, f"{query}: {answer.status_code} {answer.text[:300]}"
    return [item["id"] for item in answer.json().get("objects", [])]


def keys_of(target, query):
    return [(record["id"], record["version"]) for record in target.get(target.at(rest="manifest/"), query).json().get("objects", [])]


@pytest.mark.parametrize("what", ["objects/", "manifest/"])
def test_item_077_added_after_is_exclusive(target, seeds, dates, what):
    one = seeds.many[3]
    added, match = dates[one["id"], one["modified"]], f"match[id]={one['id']}"
    assert ids_of(target, f"{match}&added_after={added}", what) == []
    assert ids_of(target, f"{match}&added_after={shifted(added, microseconds=-1)}", what) == [one["id"]]


def test_item_078_added_after_knows_no_stix_dates(target, seeds, dates):
    after = shifted(dates[seeds.versioned_id, VERSIONS[0]], microseconds=-1)
    found = target.objects(query=f"added_after={after}", ids=[seeds.versioned_id], version="all")
    assert [item["modified"] for item in found] == [VERSIONS[0]], "the oldest version arrived last"


def test_item_079_the_future_is_empty(target):
    assert ids_of(target, "added_after=2199-01-01T00:00:00.000Z") == []


MALFORMED_TIMES = ["yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "", "2026-01-01", "1700000000", "2026-01-01T00:00:00",
                   "2026-01-01T00:00:00Z,2026-01-02T00:00:00Z", "%00", "2026-01-01T00:00:00.Z", "-1", "2026-01-01T00:00:60Z"]


@pytest.mark.parametrize("text", MALFORMED_TIMES)
def test_item_080_a_malformed_added_after_is_refused(target, text):
    assert assert_error(target.get(target.at(), f"added_after={text}"), 400)["error_code"] == "bad_query"


def test_item_081_added_after_twice_is_refused(target):
    assert_error(target.get(target.at(), "added_after=2026-01-01T00:00:00Z&added_after=2026-01-01T00:00:00Z"), 400)


@pytest.mark.parametrize("form", ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.0Z", "2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00.000000Z",
                                  "2020-01-01T00:00:00.123456789Z", "2020-01-01T00:00:00+00:00", "2020-01-01T00:00:00%2B00:00"])
def test_item_082_added_after_in_every_precision(target, seeds, form):
    one = seeds.many[0]["id"]
    assert ids_of(target, f"match[id]={one}&added_after={form}") == [one]
    echoed = target.get(target.at(), f"match[id]={NO_SUCH_OBJECT}&added_after={form}")
    assert echoed.headers["X-TAXII-Date-Added-Last"].startswith("2020-01-01T00:00:00.") and len(echoed.headers["X-TAXII-Date-Added-Last"]) == 27


def test_item_083_match_id(target, seeds):
    one, two = seeds.many[1]["id"], seeds.many[2]["id"]
    assert ids_of(target, f"match[id]={one}") == [one]
    assert ids_of(target, f"match[id]={two},{one}") == [one, two]
    assert ids_of(target, f"match[id]={two},{two}") == [two]
    assert ids_of(target, f"match[id]={NO_SUCH_OBJECT}") == [] and ids_of(target, "match[id]=nonsense") == []
    assert ids_of(target, f"match[id]={NO_SUCH_OBJECT},{one}") == [one]


def test_item_084_match_type(target, seeds):
    scope = f"match[id]={','.join(seeds.ids)}"
    assert ids_of(target, f"{scope}&match[type]=malware") == [seeds.malware["id"]]
    assert ids_of(target, f"{scope}&match[type]=malware,ipv4-addr") == [seeds.malware["id"], seeds.address["id"]]
    assert ids_of(target, f"{scope}&match[type]=x-nonsense") == []
    for kind in TYPES:
        assert target.get(target.at(), f"match[type]={kind}&limit=1").status_code == 200


def test_items_085_086_087_match_version(target, seeds):
    """The versioned object arrived as 2, 3, 1; each case names the versions that it chooses, in that order."""
    one, two, three = VERSIONS
    cases = {
        "": [three], "last": [three], "first": [one], "all": [two, three, one],
        two: [two], "2026-02-01T00:00:00Z": [two], "2026-02-01T00:00:00.000000Z": [two], "2001-01-01T00:00:00.000Z": [],
        "first,last": [three, one], "last,first": [three, one], f"{one},{two}": [two, one], f"first,{two},last": [two, three, one], f"last,{three}": [three],
        f"first,{one}": [one],
    }
    for version, wanted in cases.items():
        query = f"match[id]={seeds.versioned_id}" + (f"&match[version]={version}" if version else "")
        assert [key[1] for key in keys_of(target, query)] == wanted, version
        shown = target.get(target.at(), query).json().get("objects", [])
        assert [item["modified"] for item in shown] == wanted, version
        alone = target.get(target.at(rest=f"objects/{seeds.versioned_id}/"), f"match[version]={version}" if version else "")
        assert [item["modified"] for item in alone.json().get("objects", [])] == wanted, version


def test_item_086_equal_instants_are_equal(target, seeds):
    assert ids_of(target, f"match[id]={seeds.many[0]['id']}&match[version]=2026-01-01T00:00:00Z") == [seeds.many[0]["id"]]


BAD_VERSIONS = [
    (88, "all,last"), (88, "all,first"), (88, f"all,{VERSIONS[0]}"), (88, "first,all"), (88, "all,all"),
    (89, "last,last"), (89, "first,first"), (89, f"{VERSIONS[0]},{VERSIONS[0]}"), (89, "2026-01-01T00:00:00Z,2026-01-01T00:00:00.000Z"),
    (90, "newest"), (90, "2026"), (90, "2026-13-01T00:00:00Z"), (90, ""), (90, "last,"), (90, ",last"), (90, "LAST"), (90, "2.1"),
]


@pytest.mark.parametrize(("item", "version"), BAD_VERSIONS, ids=[f"item_{case[0]:03} {case[1]}" for case in BAD_VERSIONS])
def test_items_088_089_090_bad_versions_are_refused(target, seeds, item, version):
    for what in ("objects/", "manifest/", f"objects/{seeds.many[0]['id']}/"):
        assert assert_error(target.get(target.at(rest=what), f"match[version]={version}"), 400)["error_code"] == "bad_query"


def test_item_091_match_spec_version(target, seeds):
    ids = [seeds.many[0]["id"], seeds.address["id"]]
    scope = f"match[id]={','.join(ids)}"
    for given, wanted in (("", ids), ("&match[spec_version]=2.1", ids), ("&match[spec_version]=2.0,2.1", ids), ("&match[spec_version]=2.1,2.0", ids),
                          ("&match[spec_version]=2.0", []), ("&match[spec_version]=3.0", [])):
        for what in ("objects/", "manifest/"):
            assert ids_of(target, scope + given, what) == wanted, given
    for given, wanted in (("2.1", [seeds.many[0]["modified"]]), ("2.0", [])):
        assert target.versions(seeds.many[0]["id"], f"match[spec_version]={given}") == wanted


def test_item_092_fields_are_anded(target, seeds):
    one = seeds.malware["id"]
    assert ids_of(target, f"match[id]={one}&match[type]=malware&match[version]=last&added_after=2020-01-01T00:00:00Z") == [one]
    assert ids_of(target, f"match[id]={one}&match[type]=indicator") == []
    assert ids_of(target, f"match[id]={one}&match[type]=malware&match[version]={VERSIONS[1]}") == []


@pytest.mark.parametrize("query", ["match[id]=a&match[id]=b", "match[id]=a&match%5Bid%5D=a", "match[type]=a&match[type]=b", "match[version]=all&match[version]=all",
                                   "match[spec_version]=2.1&match[spec_version]=2.1", "limit=1&limit=1", "next=a&next=a"])
def test_item_093_a_field_twice_is_refused(target, query):
    assert_error(target.get(target.at(), query), 400)


@pytest.mark.parametrize("query", ["match[foo]=1", "foo=bar", "foo", "=", "&&", "match[]=x", "match=x", "foo=%zz", "match[foo]=1&match[foo]=2", "_=1700000000"])
def test_item_094_unknown_parameters_are_ignored(target, seeds, query):
    one = seeds.many[0]["id"]
    assert ids_of(target, f"match[id]={one}&{query}") == [one]


def test_item_095_escaped_and_plain_brackets(target, seeds):
    one = seeds.many[0]["id"]
    for query in (f"match[id]={one}", f"match%5Bid%5D={one}", f"match%5bid%5d={urllib.parse.quote(one, safe='')}", f"match[id]={one.replace('-', '%2D')}"):
        assert ids_of(target, query) == [one], query


@pytest.mark.parametrize("name", ["match[id]", "match[type]", "match[version]", "match[spec_version]", "added_after", "limit", "next"])
@pytest.mark.parametrize("form", ["=", "", "=,", "=a,,b", "=%ff"])
def test_item_096_empty_and_broken_values_are_refused(target, name, form):
    assert_error(target.get(target.at(), name + form), 400)


def test_item_097_the_manifest_takes_the_same_filters(target, seeds, dates):
    some, middle = ",".join(seeds.ids[::2]), dates[seeds.many[10]["id"], seeds.many[10]["modified"]]
    choices = [["", f"match[id]={some}"], ["", "match[type]=indicator", "match[type]=malware,marking-definition"], ["", "match[version]=all", "match[version]=first"],
               ["", f"added_after={middle}"], ["limit=5", "limit=1000"]]
    for chosen in itertools.product(*choices):
        query = "&".join(part for part in chosen if part)
        assert ids_of(target, query) == ids_of(target, query, "manifest/"), query


def test_item_098_object_and_versions_take_theirs(target, seeds, dates):
    identifier = seeds.versioned_id
    after = dates[identifier, VERSIONS[1]]
    by_id, versions = target.at(rest=f"objects/{identifier}/"), target.at(rest=f"objects/{identifier}/versions/")
    shown = target.get(by_id, f"match[version]=all&added_after={after}&limit=1").json()
    assert [item["modified"] for item in shown["objects"]] == [VERSIONS[2]] and shown["more"] is True
    rest = target.get(by_id, f"match[version]=all&added_after={after}&limit=1&next={shown['next']}").json()
    assert [item["modified"] for item in rest["objects"]] == [VERSIONS[0]] and rest["more"] is False
    listed = target.get(versions, f"added_after={after}&limit=1&match[spec_version]=2.1").json()
    assert listed["versions"] == [VERSIONS[2]] and listed["more"] is True
    assert target.get(versions, f"added_after={after}&next={listed['next']}").json() == {"more": False, "versions": [VERSIONS[0]]}
    assert target.get(by_id, "match[id]=x&match[type]=y").json()["objects"], "what the endpoint does not take is ignored"
    for url in (by_id, versions):
        for query in ("limit=0", "added_after=x", "next=x"):
            assert_error(target.get(url, query), 400)
