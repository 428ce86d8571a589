"""TAXII DELETE on real processes, at an edge and at a sector's gateway (taxii 15, 130-134, 0.3, 0.4; AC-33, AC-38), and the tombstones that follow."""

import json
import pathlib

from federation import TAXII, events_in, wait_until
from samples import indicator


def url_of(federation, gateway, user, collection, *path):
    found = federation.collections(gateway, user)[collection]
    return federation.node(gateway)["api_root"] + "/".join(["collections", found["id"], *path]) + "/"


def publish(federation, node, scope, *objects):
    answer = federation.publish(federation.write("delete.ndjson", objects), node, scope, wait=True, timeout_s=60)
    assert answer.code == 0, answer


def manifest(federation, gateway, user):
    return {entry["id"]: entry["date_added"] for entry in federation.crawl(gateway, user, "community", what="manifest", version="all").entries}


def shows(federation, gateway, user, *ids):
    wait_until(lambda: set(ids) <= set(manifest(federation, gateway, user)), f"{gateway} shows {ids} to {user}")


def hides(federation, gateway, user, *ids):
    wait_until(lambda: not set(ids) & set(manifest(federation, gateway, user)), f"{gateway} hides {ids} from {user}")


def delete(federation, gateway, user, object_id, collection="community", **parameters):
    url = url_of(federation, gateway, user, collection, "objects", object_id)
    return federation.session(user).delete(url, params=parameters, timeout=60)


def tombstones(federation, gateway, user, **parameters):
    answer = federation.get(user, url_of(federation, gateway, user, "community", "tombstones"), **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_delete_at_the_own_edge_reaches_as_far_as_the_grant(federation):
    gone, stays = indicator("delete at the edge"), indicator("not deleted")
    publish(federation, "delta-edge", "national", gone, stays)
    everywhere = [("energy-gateway", "echo-analyst"), ("finance-gateway", "bravo-analyst"), ("echo-edge", "echo-analyst"), ("alfa-edge", "alfa-analyst")]
    for gateway, user in everywhere:
        shows(federation, gateway, user, gone["id"], stays["id"])
    dates = [manifest(federation, gateway, user)[stays["id"]] for gateway, user in everywhere]

    answer = delete(federation, "delta-edge", "delta-analyst", gone["id"])
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, TAXII), answer.text
    # The answer came when this gateway had applied it: nothing needs to be waited for here (130, 131).
    url = url_of(federation, "delta-edge", "delta-analyst", "community", "objects", gone["id"])
    assert federation.get("delta-analyst", url).status_code == 404
    assert federation.get("delta-analyst", url + "versions/").status_code == 404
    assert gone["id"] not in manifest(federation, "delta-edge", "delta-analyst")
    listed = url_of(federation, "delta-edge", "delta-analyst", "community", "objects")
    assert federation.get("delta-analyst", listed, **{"match[id]": gone["id"], "match[version]": "all"}).json() == {"more": False}, "0.3"
    assert delete(federation, "delta-edge", "delta-analyst", gone["id"]).status_code == 404, "already deleted (132)"

    for gateway, user in everywhere:
        hides(federation, gateway, user, gone["id"])
        assert [item["id"] for item in tombstones(federation, gateway, user)["tombstones"]] == [gone["id"]]
    assert dates == [manifest(federation, gateway, user)[stays["id"]] for gateway, user in everywhere], "72"

    publish(federation, "delta-edge", "national", gone)  # accepted, and stays recalled (134)
    later = indicator("published behind the recalled one")
    publish(federation, "delta-edge", "national", later)
    for gateway, user in [("delta-edge", "delta-analyst"), *everywhere]:
        shows(federation, gateway, user, later["id"])
        assert gone["id"] not in manifest(federation, gateway, user)


def test_posting_a_deleted_version_again_is_no_failure(federation):
    item = indicator("posted again")
    publish(federation, "delta-edge", "org", item)
    assert delete(federation, "delta-edge", "delta-analyst", item["id"]).status_code == 200
    url = url_of(federation, "delta-edge", "delta-analyst", "community", "objects")
    session = federation.session("delta-analyst")
    status = session.post(url, data=json.dumps({"objects": [item]}), headers={"Content-Type": TAXII}, timeout=60)
    assert status.status_code == 202, status.text

    def decided():
        answer = federation.get("delta-analyst", federation.node("delta-edge")["api_root"] + f"status/{status.json()['id']}/").json()
        return answer if answer["status"] == "complete" else None

    answer = wait_until(decided, "the relay decided")
    assert (answer["success_count"], answer["failure_count"]) == (1, 0), answer
    assert item["id"] not in manifest(federation, "delta-edge", "delta-analyst")


def test_delete_at_a_sectors_gateway_is_for_that_sector_and_beyond(federation):
    mine, shared = indicator("at the gateway"), indicator("of two origins")
    publish(federation, "delta-edge", "national", mine, shared)
    shows(federation, "energy-gateway", "echo-analyst", mine["id"], shared["id"])
    publish(federation, "foxtrot-edge", "sector", shared)
    before = manifest(federation, "energy-gateway", "echo-analyst")

    # Rights first, then what one may see, then whose it is; nothing is touched by any of these (15, 130, AC-33, AC-38).
    unknown = indicator("never published")["id"]
    assert delete(federation, "energy-gateway", "echo-analyst", mine["id"]).status_code == 403, "visible, and another's"
    assert delete(federation, "energy-gateway", "echo-analyst", unknown).status_code == 404
    for object_id in (mine["id"], unknown):
        assert delete(federation, "energy-gateway", "echo-client", object_id).status_code == 403, "may not write"
        assert delete(federation, "energy-gateway", "echo-analyst", object_id, collection="publish").status_code == 403, "may not read"
    assert manifest(federation, "energy-gateway", "echo-analyst") == before

    for item in (mine, shared):
        assert delete(federation, "energy-gateway", "delta-analyst", item["id"]).status_code == 200
    after = manifest(federation, "energy-gateway", "delta-analyst")
    assert mine["id"] not in after
    assert after[shared["id"]] == before[shared["id"]] or after[shared["id"]] > before[shared["id"]], "foxtrot's grant keeps it"
    for gateway, user in [("finance-gateway", "bravo-analyst"), ("echo-edge", "echo-analyst")]:
        hides(federation, gateway, user, mine["id"])
    hides(federation, "finance-gateway", "bravo-analyst", shared["id"])
    assert shared["id"] in manifest(federation, "energy-gateway", "echo-analyst")
    assert {mine["id"], shared["id"]} <= set(manifest(federation, "delta-edge", "delta-analyst")), "the own layer is the edge's"
    told = [item["id"] for item in tombstones(federation, "energy-gateway", "echo-analyst")["tombstones"]]
    assert mine["id"] in told and shared["id"] not in told, "what another grant shows is not gone"
    assert "tombstones" not in tombstones(federation, "energy-gateway", "echo-client", **{"match[id]": unknown})


def test_one_version_goes_and_no_older_one_takes_its_place(federation):
    old = indicator("two versions")
    new = {**old, "modified": "2026-01-02T00:00:00.000Z"}
    publish(federation, "delta-edge", "org", old)
    publish(federation, "delta-edge", "org", new)
    shows(federation, "delta-edge", "delta-analyst", old["id"])
    url = url_of(federation, "delta-edge", "delta-analyst", "community", "objects", old["id"])
    wait_until(lambda: len(federation.get("delta-analyst", url + "versions/").json()["versions"]) == 2, "both versions are there")
    assert delete(federation, "delta-edge", "delta-analyst", old["id"], **{"match[version]": "last"}).status_code == 200
    assert federation.get("delta-analyst", url + "versions/").json()["versions"] == [old["modified"]], "133"
    assert federation.get("delta-analyst", url).json() == {"more": False}, "68"
    assert federation.get("delta-analyst", url, **{"match[version]": "all"}).json()["objects"] == [old]
    assert delete(federation, "delta-edge", "delta-analyst", old["id"], **{"match[version]": new["modified"]}).status_code == 404


def test_the_log_tells_who_deleted_and_not_what(federation):
    item = indicator("audited")
    publish(federation, "delta-edge", "org", item)
    assert delete(federation, "delta-edge", "delta-analyst", item["id"]).status_code == 200
    log_file = federation.node("delta-edge")["log_file"]
    recalled = events_in(log_file, "grant_recalled")
    assert recalled and recalled[-1]["account"] == "delta-analyst" and recalled[-1]["org"] == "delta"
    assert item["id"] not in pathlib.Path(log_file).read_text()
