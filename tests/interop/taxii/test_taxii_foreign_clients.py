"""Clients that nobody here wrote, as they come: taxii2-client for 2.0, stix2's TAXII source and sink, cabby for 1.x; and stix2-validator on what we serve."""

import json
import pathlib

import cabby
import cabby.exceptions
import pytest
import requests
import stix2
import stix2validator
import taxii2client.v20
import taxii2client.v21

from taxii_samples import TIME, VERSIONS, address, indicator, malware, new_id, statement
from taxii_target import wait_until

INCIDENT = pathlib.Path(__file__).resolve().parents[3] / "deploy/demo/incident"


def collection_of(target):
    return taxii2client.v21.Collection(target.at(rest=""), user=target.user, password=target.password, verify=target.ca or True)


def test_taxii2_client_for_2_0_sees_a_406(target):
    """As XSOAR does it: asks in 2.1, and in 2.0 only after a 406; so 2.0 must get one, on every endpoint."""
    server = taxii2client.v20.Server(target.url, user=target.user, password=target.password, verify=target.ca or True)
    with pytest.raises(requests.exceptions.HTTPError) as refused:
        server.refresh()
    assert refused.value.response.status_code == 406
    root = taxii2client.v20.ApiRoot(target.root, user=target.user, password=target.password, verify=target.ca or True)
    for ask in (root.refresh_information, root.refresh_collections):
        with pytest.raises(requests.exceptions.HTTPError) as refused:
            ask()
        assert refused.value.response.status_code == 406 and refused.value.response.json()["error_code"] == "not_acceptable"


def test_stix2_sink_and_source(target):
    collection = collection_of(target)
    sink, source = stix2.TAXIICollectionSink(collection), stix2.TAXIICollectionSource(collection, items_per_page=3)
    made = [stix2.v21.Indicator(name=f"made {number}", pattern="[ipv4-addr:value = '198.51.100.9']", pattern_type="stix", valid_from=TIME) for number in range(4)]
    for item in made:
        sink.add(item)
    target.publish([json.loads(made[0].serialize())])  # and wait for all of them
    target.publish([json.loads(item.serialize()) for item in made])
    assert source.get(made[0].id) == made[0]
    assert source.get(new_id("indicator")) is None
    found = source.query([stix2.Filter("type", "=", "indicator"), stix2.Filter("id", "=", made[1].id)])
    assert found == [made[1]]
    later = made[2].new_version(name="made anew")
    sink.add(later)
    target.publish([json.loads(later.serialize())])
    assert {item.modified for item in source.all_versions(made[2].id)} == {made[2].modified, later.modified}
    assert source.get(made[2].id).name == "made anew"


def test_taxii2_client_reads_manifest_object_and_status(target, seeds):
    collection = collection_of(target)
    assert collection.get_object(seeds.versioned_id, version="all")["objects"] == [seeds.versioned[1], seeds.versioned[2], seeds.versioned[0]]
    assert sorted(collection.object_versions(seeds.versioned_id)["versions"]) == VERSIONS
    manifest = [record["id"] for page in taxii2client.v21.as_pages(collection.get_manifest, per_request=5, id=seeds.ids) for record in page.get("objects", [])]
    assert manifest == seeds.current_ids
    status = collection.add_objects({"objects": [indicator() for _ in range(3)]}, wait_for_completion=True, poll_interval=0.1, timeout=30)
    assert status.status == "complete" and status.success_count == 3 and not status.failures
    with taxii2client.v21.ApiRoot(target.root, user=target.user, password=target.password, verify=target.ca or True) as root:
        assert root.get_status(status.id).success_count == 3


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("path", ["/taxii-discovery-service", "/taxii2/", "/services/discovery"])
def test_cabby_is_refused_politely(target, version, path):
    client = cabby.create_client(target.host, port=target.port, use_https=True, discovery_path=path, version=version)
    client.set_auth(username=target.user, password=target.password, ca_cert=target.ca or None)
    with pytest.raises((cabby.exceptions.ClientException, requests.exceptions.HTTPError)) as refused:
        client.discover_services()
    code = getattr(refused.value, "response", None)
    assert code is None or code.status_code in (404, 405, 415)
    text = f"{refused.value} {getattr(refused.value, 'status', '')}"
    assert "500" not in text, text
    assert target.get(target.url).status_code == 200


def is_valid(item):
    return stix2validator.validate_instance(item, stix2validator.ValidationOptions(version="2.1")).is_valid


def samples():
    """The demo's incident, and one of each kind that the tests publish."""
    out = [indicator(), malware(), address(spec_version="2.1"), statement(), indicator(labels=["a"], confidence=70, lang="en")]
    for file in sorted(INCIDENT.glob("[1-5]-*.json")):
        out += json.loads(file.read_text(encoding="utf-8"))["objects"]
    return out


def test_what_was_valid_is_served_valid(target, edge):
    """stix2-validator judges what comes out as it judged what went in; published within an organisation, where every marking is allowed."""
    given = {(item["id"], item.get("modified")): item for item in samples()}
    valid = {key for key, item in given.items() if is_valid(item)}
    assert len(valid) > 20
    assert edge.completed(edge.post({"objects": list(given.values())}))["total_count"] == len(given)
    ids = [key[0] for key in given]

    def shown():
        """RED is read in the inbox, all else in the community."""
        found = [item for alias in ("community", "inbox") for item in edge.objects(ids=ids, version="all", collection=edge.collection(alias))]
        return found if valid <= {(item["id"], item.get("modified")) for item in found} else None

    served = wait_until(shown, f"all of {len(valid)} are readable")
    keys = [(item["id"], item.get("modified")) for item in served]
    for key, item in zip(keys, served, strict=True):
        assert item == given[key]
        if key in valid:
            assert is_valid(item), key
