"""Items 99-111: limits, `more`, `next`."""

import string

import pytest

from taxii_samples import indicator
from taxii_target import LAST, assert_error

TOKEN = set(string.ascii_letters + string.digits + "-._~")


def scope(seeds):
    return f"match[id]={','.join(seeds.ids)}"


def page(target, query, what="objects/"):
    answer = target.get(target.at(rest=what), query)
    assert answer.status_code == 200, f"{query}: {answer.status_code} {answer.text[:300]}"
    return answer.json()


def ids_in(found):
    return [item["id"] for item in found.get("objects", [])]


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
def test_item_099_at_most_the_limit(target, seeds, limit):
    for what in ("objects/", "manifest/"):
        assert len(page(target, f"limit={limit}", what)["objects"]) <= limit


def test_item_100_enough_room_shows_all(target, seeds):
    whole = len(seeds.current_ids)
    for limit in (whole, whole + 1, 1000):
        found = page(target, f"{scope(seeds)}&limit={limit}")
        assert ids_in(found) == seeds.current_ids and found["more"] is False and "next" not in found


BAD_LIMITS = ["0", "-1", "-20", "abc", "1.5", "", "00", "1e3", "NaN", "%D9%A1%D9%A0", "0x10", "%201", "%2B1", "1,2"]


@pytest.mark.parametrize("limit", BAD_LIMITS)
def test_item_101_a_bad_limit_is_refused(target, limit):
    for what in ("objects/", "manifest/"):
        assert assert_error(target.get(target.at(rest=what), f"limit={limit}"), 400)["error_code"] == "bad_query"


@pytest.mark.parametrize("limit", ["1000000000", "9223372036854775808", "99999999999999999999999999999999", "0010"])
def test_item_101_a_huge_limit_is_clamped(target, seeds, limit):
    assert ids_in(page(target, f"{scope(seeds)}&limit={limit}"))[:10] == seeds.current_ids[:10]


def test_item_102_what_is_cut_short_says_so(target, seeds):
    assert page(target, f"{scope(seeds)}&limit=5")["more"] is True
    target.publish([indicator() for _ in range(110)])
    by_server = page(target, "")
    assert by_server["more"] is True and by_server["next"], "the server's own limit"


def test_item_103_more_and_next_come_together(target, seeds):
    for what in ("objects/", "manifest/"):
        for answer in target.pages(what, ids=seeds.ids, limit=4):
            found = answer.json()
            assert isinstance(found["more"], bool) and found["more"] == ("next" in found)
            if found["more"]:
                assert found["objects"] and found["next"] and set(found["next"]) <= TOKEN


@pytest.mark.parametrize("limit", [1, 3, 10, 28])
def test_item_104_a_walk_shows_each_once(target, seeds, limit):
    assert [item["id"] for item in target.objects(ids=seeds.ids, limit=limit)] == seeds.current_ids
    assert [item["id"] for item in target.manifest(ids=seeds.ids, limit=limit)] == seeds.current_ids


def test_item_105_a_walk_by_date_shows_each_once(target, seeds):
    seen, after = [], "2020-01-01T00:00:00Z"
    while True:
        answer = target.get(target.at(), f"{scope(seeds)}&limit=4&added_after={after}")
        seen += ids_in(answer.json())
        after = answer.headers[LAST]
        if not answer.json()["more"]:
            break
    assert seen == seeds.current_ids


def test_item_106_the_limit_may_change_on_the_way(target, seeds):
    seen, position = [], ""
    for limit in ("limit=2", "limit=9", "", "limit=1", "limit=1000"):
        found = page(target, "&".join(part for part in (scope(seeds), limit, position) if part))
        seen += ids_in(found)
        if not found["more"]:
            break
        position = f"next={found['next']}"
    assert seen == seeds.current_ids


def test_item_107_filters_that_are_left_out_come_from_the_token(target, seeds):
    types = "match[type]=malware,marking-definition&match[version]=all"
    first = page(target, f"{types}&limit=1")
    assert first["more"] is True or len(first["objects"]) == 1
    if first["more"]:
        rest = page(target, f"limit=1&next={first['next']}")
        assert {item["type"] for item in rest["objects"]} <= {"malware", "marking-definition"}
    few = f"match[id]={','.join(seeds.ids[:6])}"
    found = page(target, f"{few}&limit=4")
    assert ids_in(page(target, f"next={found['next']}")) == ids_in(page(target, f"{few}&next={found['next']}"))


def test_item_107_other_filters_than_the_tokens_are_refused(target, seeds):
    token = page(target, f"{scope(seeds)}&match[type]=indicator&limit=2")["next"]
    for query in ("match[type]=malware", f"match[id]={seeds.ids[0]}", "match[version]=all", "match[spec_version]=2.1", "match[type]=indicator,malware"):
        assert assert_error(target.get(target.at(), f"{query}&next={token}"), 400)["error_code"] == "bad_cursor"


def test_item_107_the_later_of_date_and_token_counts(target, seeds, dates):
    token = page(target, f"{scope(seeds)}&limit=10")["next"]
    rest = seeds.current_ids[10:]
    assert ids_in(page(target, f"{scope(seeds)}&added_after=2020-01-01T00:00:00Z&next={token}")) == rest, "an earlier date repeats nothing"
    later = dates[seeds.many[20]["id"], seeds.many[20]["modified"]]
    assert ids_in(page(target, f"{scope(seeds)}&added_after={later}&next={token}")) == rest[rest.index(seeds.many[20]["id"]) + 1:]


def test_item_107_a_token_is_bound_to_its_place(target, seeds):
    token = page(target, "limit=2")["next"]
    for entry in target.collections:
        if entry["can_read"] and entry != target.home:
            assert_error(target.get(target.at(entry), f"next={token}"), 400)
    assert_error(target.get(target.at(rest=f"objects/{seeds.versioned_id}/"), f"next={token}"), 400)


def test_item_107_a_token_is_bound_to_its_caller(target, colleague, other, seeds):
    token = page(target, "limit=2")["next"]
    for one in (colleague, other):
        assert_error(one.get(one.at(target.home), f"limit=2&next={token}"), 400)


GARBAGE = ["x", "1", "-1", "2026-01-01T00:00:00Z", "A" * 60, "A" * 200, "%27%20OR%201=1--", "..%2F..", "a.b~c", "%00", "", "A" * 6000]


@pytest.mark.parametrize("token", GARBAGE, ids=lambda token: token[:20] or "empty")
def test_item_108_a_garbage_token_is_refused(target, token):
    for what in ("objects/", "manifest/"):
        assert_error(target.get(target.at(rest=what), f"next={token}"), 400)


def test_item_108_an_edited_token_is_refused(target, seeds):
    token = page(target, "limit=2")["next"]
    for at in (0, 1, len(token) // 2, len(token) - 1):
        edited = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]
        assert assert_error(target.get(target.at(), f"next={edited}"), 400)["error_code"] == "bad_cursor"
    assert_error(target.get(target.at(), f"next={token}x"), 400)


def test_item_109_a_token_is_a_position(target, seeds):
    token = page(target, f"{scope(seeds)}&limit=3")["next"]
    shown = [page(target, f"{scope(seeds)}&limit=3&next={token}") for _ in range(2)]
    assert ids_in(shown[0]) == ids_in(shown[1]) == seeds.current_ids[3:6]
    for found in shown:
        assert ids_in(page(target, f"{scope(seeds)}&limit=3&next={found['next']}")) == seeds.current_ids[6:9]
    assert ids_in(page(target.clone(), f"{scope(seeds)}&limit=3&next={token}")) == seeds.current_ids[3:6], "on another connection"


def test_item_110_what_comes_during_a_walk_comes_at_its_end(target):
    old = [indicator() for _ in range(12)]
    target.publish(old)
    kind = f"added_after={target.manifest(ids=[old[0]['id']])[0]['date_added']}"
    seen, position, fresh = [old[0]["id"]], "", []
    while True:
        found = page(target, f"{kind}&limit=4{position}")
        seen += ids_in(found)
        if not found["more"]:
            break
        if len(fresh) < 3:
            fresh.append(indicator())
            target.publish(fresh[-1:])
        position = f"&next={found['next']}"
    wanted = [item["id"] for item in old + fresh]
    assert [identifier for identifier in seen if identifier in wanted] == wanted


def test_item_111_manifest_and_versions_page_alike(target, seeds):
    assert [item["id"] for item in target.manifest(ids=seeds.ids, limit=3)] == seeds.current_ids
    walked = []
    for answer in target.pages(f"objects/{seeds.versioned_id}/versions/", limit=1):
        assert len(answer.json()["versions"]) == 1 and isinstance(answer.json()["more"], bool)
        walked += answer.json()["versions"]
    assert walked == target.versions(seeds.versioned_id)
