"""The OASIS client (taxii2-client 2.3), as it comes, against a node of ours."""

import uuid

from taxii2client.v21 import ApiRoot, Server, as_pages

TIMES = "2026-01-01T00:00:00.000Z"
OBJECTS = 25


def sample(number):
    return {
        "type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.uuid4()}", "created": TIMES, "modified": TIMES,
        "name": f"sample {number}", "pattern": f"[ipv4-addr:value = '198.51.100.{number}']", "pattern_type": "stix", "valid_from": TIMES,
        "x_sample": {"number": number, "text": "naïve café"},
    }


def root_of(member, federation):
    account, node = member
    return ApiRoot(node["api_root"], user=account["user"], password=account["password"], verify=federation["ca_file"])


def collection_of(root, alias):
    return next(collection for collection in root.collections if collection.alias == alias)


def test_discovery_leads_to_a_living_root(member, federation):
    account, node = member
    server = Server(node["taxii"], user=account["user"], password=account["password"], verify=federation["ca_file"])
    assert server.default.url == node["api_root"]
    assert "application/taxii+json;version=2.1" in server.default.versions


def test_what_is_published_comes_back_once_and_unchanged(member, federation):
    root = root_of(member, federation)
    objects = [sample(number) for number in range(OBJECTS)]
    community = collection_of(root, "community")
    status = community.add_objects({"objects": objects}, wait_for_completion=True, poll_interval=0.2, timeout=60)
    assert status.status == "complete" and status.success_count == OBJECTS, status.failures
    wanted = {item["id"]: item for item in objects}
    seen = []
    for page in as_pages(community.get_objects, per_request=7):
        seen += [item for item in page.get("objects", []) if item["id"] in wanted]
    assert [item["id"] for item in seen] == list(wanted), "each once, in the order of publication"
    assert all(item == wanted[item["id"]] for item in seen)


def test_manifest_and_objects_name_the_same(member, federation):
    community = collection_of(root_of(member, federation), "community")
    objects = [item["id"] for page in as_pages(community.get_objects, per_request=50) for item in page.get("objects", [])]
    manifest = [item["id"] for page in as_pages(community.get_manifest, per_request=50) for item in page.get("objects", [])]
    assert objects == manifest


def test_the_publish_collection_is_write_only(member, federation):
    publish = collection_of(root_of(member, federation), "publish")
    assert publish.can_write and not publish.can_read
