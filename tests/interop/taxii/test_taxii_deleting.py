"""Items 15 and 130-134: DELETE recalls the caller's own grant."""

import pytest

from taxii_samples import GREEN, VERSIONS, indicator, malware, new_id
from taxii_target import NO_SUCH_OBJECT, TAXII, assert_error, wait_until


def delete(target, identifier, query="", collection=None):
    return target.request("DELETE", target.at(collection, f"objects/{identifier}/"), query)


def published(target, **more):
    sample = indicator(**more)
    assert target.publish([sample])["success_count"] == 1
    return sample["id"]


def versioned(target):
    identifier = new_id("malware")
    assert target.publish([malware(id=identifier, created=VERSIONS[0], modified=version) for version in VERSIONS])["success_count"] == 3
    return identifier


def test_item_015_rights_decide_before_the_object_does(target, colleague, other):
    """(read, write): neither is 404, one of them 403, whether there is such an object or not."""
    hidden = target.collection("inbox")
    for identifier in (NO_SUCH_OBJECT, published(target)):
        assert_error(delete(target, identifier, collection=target.collection("publish")), 403)
        assert_error(delete(target, identifier, collection=hidden), 403)
        assert_error(delete(colleague, identifier, collection=target.home), 403)
        assert_error(delete(other, identifier, collection=hidden), 404)


def test_item_130_delete_answers_when_it_is_done(target):
    identifier = published(target)
    answer = delete(target, identifier)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == TAXII
    assert target.get(target.at(rest=f"objects/{identifier}/")).status_code == 404, "at once"


def test_item_130_anothers_object_stays(target, other):
    """AC-33: visible, and not of the caller's organisation."""
    identifier = published(other, object_marking_refs=[GREEN])
    wait_until(lambda: target.objects(ids=[identifier]), "the object is readable")
    assert_error(delete(target, identifier), 403)
    assert target.objects(ids=[identifier]) and other.objects(ids=[identifier])


def test_item_130_nothing_else_moves(target, other):
    """AC-33: what another grant shows keeps its date."""
    stays, shared = malware(object_marking_refs=[GREEN]), malware(object_marking_refs=[GREEN])
    for sample in (stays, shared):
        other.publish([sample])
    target.publish([shared])
    wait_until(lambda: len(target.objects(ids=[stays["id"], shared["id"]])) == 2, "both are readable")
    before = other.manifest(ids=[stays["id"], shared["id"]])
    assert delete(target, shared["id"]).status_code == 200
    assert other.manifest(ids=[stays["id"], shared["id"]]) == before
    assert_error(delete(target, shared["id"]), 403)


def test_item_131_a_deleted_object_is_gone(target):
    identifier = versioned(target)
    assert delete(target, identifier).status_code == 200
    for rest in ("", "versions/"):
        gone, none = (target.get(target.at(rest=f"objects/{which}/{rest}")) for which in (identifier, NO_SUCH_OBJECT))
        assert_error(gone, 404)
        assert gone.content == none.content
    for version in ("", "all", "first", VERSIONS[1]):
        assert target.objects(ids=[identifier], version=version) == [] and target.manifest(ids=[identifier], version=version) == []


def test_item_131_another_origins_grant_stays(target, other):
    sample = indicator(object_marking_refs=[GREEN])
    for one in (target, other):
        assert one.publish([sample])["failure_count"] == 0
    assert delete(target, sample["id"]).status_code == 200
    assert other.objects(ids=[sample["id"]]) == [sample]
    wait_until(lambda: target.objects(ids=[sample["id"]]) == [sample], "the other's grant shows it")


def test_item_132_what_is_not_there_is_not_found(target):
    assert_error(delete(target, NO_SUCH_OBJECT), 404)
    assert_error(delete(target, "nonsense"), 404)
    identifier = published(target)
    assert delete(target, identifier).status_code == 200
    assert_error(delete(target, identifier), 404)
    assert_error(delete(target, published(target), "match[spec_version]=2.0"), 404)


@pytest.mark.parametrize(("version", "rest", "current"), [
    (VERSIONS[0], VERSIONS[1:], [VERSIONS[2]]), (VERSIONS[1], [VERSIONS[0], VERSIONS[2]], [VERSIONS[2]]), (VERSIONS[2], VERSIONS[:2], []),
    ("first", VERSIONS[1:], [VERSIONS[2]]), ("last", VERSIONS[:2], []), ("all", None, []),
])
def test_item_133_one_version_is_deleted(target, version, rest, current):
    identifier = versioned(target)
    assert delete(target, identifier, f"match[version]={version}").status_code == 200
    if rest is None:
        assert_error(target.get(target.at(rest=f"objects/{identifier}/versions/")), 404)
    else:
        assert sorted(target.versions(identifier)) == rest
    assert [item["modified"] for item in target.objects(ids=[identifier])] == current


def test_item_133_a_bad_version_deletes_nothing(target):
    identifier = published(target)
    for query in ("match[version]=x", "match[version]=all,last", "match[version]=last&match[version]=first", "match[version]="):
        assert_error(delete(target, identifier, query), 400)
    assert target.objects(ids=[identifier])


def test_item_134_published_again_it_stays_recalled(target):
    sample = malware()
    target.publish([sample])
    assert delete(target, sample["id"]).status_code == 200
    status = target.completed(target.post({"objects": [sample]}))
    assert (status["success_count"], status["failure_count"]) == (1, 0)
    target.publish([malware()])  # decided behind it, and readable
    assert target.objects(ids=[sample["id"]], version="all") == []
    target.publish([{**sample, "modified": VERSIONS[1]}])
    assert target.versions(sample["id"]) == [VERSIONS[1]]


def test_item_134_needs_both_rights(target, colleague):
    identifier = published(target, object_marking_refs=[GREEN])
    assert_error(delete(colleague, identifier, collection=target.home), 403)
    assert_error(delete(target, identifier, collection=target.collection("publish")), 403)
    assert target.objects(ids=[identifier])
