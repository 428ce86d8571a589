"""AC-23 to AC-38: what a caller tries, the safe result, and afterwards a server that works and has not grown (R8)."""

import datetime
import json

import pytest

from taxii_samples import AMBER_STRICT, CLEAR, GREEN, VERSIONS, indicator, malware, new_id
from taxii_target import FIRST, LAST, NO_SUCH_OBJECT, NO_SUCH_UUID, TAXII, assert_error, envelope

GROWTH_BYTES_MAX = 384 << 20
UNLIKE = {"Date"}


@pytest.fixture(scope="module", autouse=True)
def bounded_memory(target, places):
    before = target.rss_bytes()
    yield
    assert target.rss_bytes() - before < GROWTH_BYTES_MAX


@pytest.fixture(autouse=True)
def still_works(target):
    yield
    assert target.publish([indicator()])["success_count"] == 1


def assert_alike(one, other):
    """R1: what is hidden is answered like what is not there: status, body, headers."""
    assert one.status_code == other.status_code and one.content == other.content
    heads = [{name: value for name, value in answer.headers.items() if name not in UNLIKE} for answer in (one, other)]
    assert heads[0] == heads[1]


def test_ac_23_another_accounts_status(target, colleague, other):
    identifier = target.publish([indicator()])["id"]
    for one in (colleague, other):
        assert_alike(*(one.get(f"{one.root}status/{which}/") for which in (identifier, NO_SUCH_UUID)))


def test_ac_24_versions_that_are_hidden(target, colleague):
    """A client sees no AMBER+STRICT: neither the version nor that there is one."""
    identifier = new_id("malware")
    target.publish([malware(id=identifier, created=VERSIONS[0], modified=VERSIONS[0], object_marking_refs=[AMBER_STRICT])])
    assert_alike(*(colleague.get(colleague.at(target.home, f"objects/{which}/versions/")) for which in (identifier, new_id("malware"))))
    mixed = new_id("malware")
    target.publish([malware(id=mixed, created=VERSIONS[0], modified=VERSIONS[0], object_marking_refs=[GREEN]),
                    malware(id=mixed, created=VERSIONS[0], modified=VERSIONS[1], object_marking_refs=[AMBER_STRICT])])
    assert sorted(target.versions(mixed)) == VERSIONS[:2]
    answer = colleague.get(colleague.at(target.home, f"objects/{mixed}/versions/"))
    shown = answer.json().get("versions", []) if answer.status_code == 200 else []
    assert VERSIONS[1] not in shown and shown in ([], VERSIONS[:1])
    assert [record["version"] for record in colleague.manifest(ids=[mixed], version="all", collection=target.home)] == shown
    if not shown:
        assert_alike(answer, colleague.get(colleague.at(target.home, f"objects/{NO_SUCH_OBJECT}/versions/")))


def test_ac_26_guessed_ids(target, colleague):
    guesses = ",".join(f"ipv4-addr--{number:08x}-0000-5000-8000-000000000000" for number in range(10_000))
    assert_error(target.get(target.at(), f"match[id]={guesses}"), 400, 413, 414)
    short = ",".join(f"g{number}" for number in range(501))
    assert assert_error(target.get(target.at(), f"match[id]={short}"), 400)["error_code"] == "bad_query"
    hidden = indicator(object_marking_refs=[AMBER_STRICT])
    target.publish([hidden])
    for query in ("match[id]={}", "match[id]={}&match[version]=all", "match[id]={}&added_after=2020-01-01T00:00:00Z"):
        assert_alike(*(colleague.get(colleague.at(target.home), query.format(which)) for which in (hidden["id"], NO_SUCH_OBJECT)))


def test_ac_27_dates_around_what_is_hidden(target, colleague):
    """What a client learns of the hours around a hidden object is what it would learn without it."""
    first, hidden, last = indicator(object_marking_refs=[GREEN]), indicator(object_marking_refs=[AMBER_STRICT]), indicator(object_marking_refs=[GREEN])
    target.publish([first, hidden, last])
    ids = [first["id"], hidden["id"], last["id"]]
    dates = {record["id"]: record["date_added"] for record in target.manifest(ids=ids)}
    of_hidden = datetime.datetime.fromisoformat(dates[hidden["id"]])
    step = datetime.timedelta(microseconds=1)
    for probe in (of_hidden - step, of_hidden, of_hidden + step):
        stamp = probe.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        page = colleague.get(colleague.at(target.home), f"match[id]={','.join(ids)}&added_after={stamp}")
        if stamp < dates[last["id"]]:
            assert [item["id"] for item in page.json()["objects"]] == [last["id"]]
            assert page.headers[FIRST] == page.headers[LAST] == dates[last["id"]]
        empty = colleague.get(colleague.at(target.home), f"match[id]={hidden['id']}&added_after={stamp}")
        assert empty.json() == {"more": False} and empty.headers[FIRST] == empty.headers[LAST] == stamp
    cut = colleague.get(colleague.at(target.home), f"match[id]={first['id']},{hidden['id']}&limit=1")
    assert cut.json()["more"] is False and cut.headers[LAST] == dates[first["id"]]


def test_ac_28_cursors_of_others_edited_or_old(target, colleague, other, seeds):
    page = target.get(target.at(), "limit=3").json()
    for one in (colleague, other):
        refused, garbage = (one.get(one.at(target.home), f"limit=3&next={token}") for token in (page["next"], "A" * len(page["next"])))
        assert_alike(refused, garbage)
        assert assert_error(refused, 400)["error_code"] == "bad_cursor"
    edited = page["next"][:-1] + ("A" if page["next"][-1] != "A" else "B")
    assert_error(target.get(target.at(), f"limit=3&next={edited}"), 400)
    twice = [target.get(target.at(), f"limit=3&next={page['next']}").json()["objects"] for _ in range(2)]
    assert twice[0] == twice[1], "the owner's repeat gives the same page"


def test_ac_29_cursors_with_other_company(target, seeds):
    ids = [item["id"] for item in seeds.many[:9]]
    scope = f"match[id]={','.join(ids)}"
    token = target.get(target.at(), f"{scope}&limit=5").json()["next"]
    assert_error(target.get(target.at(), f"match[type]=malware&limit=5&next={token}"), 400)
    wanted = ids[5:]
    for query in (f"{scope}&limit=5&added_after=1970-01-01T00:00:00Z", f"{scope}&limit=5", "limit=5", ""):
        assert [item["id"] for item in target.get(target.at(), f"{query}&next={token}").json()["objects"]] == wanted, query


@pytest.mark.parametrize(("limit", "codes"), [("0", (400,)), ("-1", (400,)), ("1000000000", (200,)), ("NaN", (400,)), ("9223372036854775808", (200, 400)),
                                              ("%D9%A1%D9%A0", (400,)), ("5&limit=6", (400,))])
def test_ac_30_limits_that_are_none(target, seeds, limit, codes):
    answer = target.get(target.at(), f"limit={limit}")
    assert answer.status_code in codes
    assert answer.status_code != 200 or len(answer.json()["objects"]) <= 1000


def test_ac_31_write_only_and_hidden(target, other):
    closed = target.collection("publish")
    assert_error(target.get(target.at(closed)), 403)
    assert target.completed(target.post({"objects": [indicator()]}, closed))["success_count"] == 1
    inbox = target.collection("inbox")
    assert inbox["id"] not in [entry["id"] for entry in other.collections]
    for method in ("GET", "POST", "HEAD"):
        assert_alike(*(other.request(method, f"{other.root}collections/{which}/objects/") for which in (inbox["id"], NO_SUCH_UUID)))


CROOKED = ["{root}collections/{id}%2e/objects/", "{root}collections/{id}./objects/", "{root}/collections/{id}/objects/", "{root}collections//{id}/objects/",
           "{root}collections/./{id}/objects/", "{root}collections/x/../{id}/objects/", "{root}collections/%2e%2e/collections/{id}/objects/",
           "{root}collections/{id}%2Fobjects/",
           "{root}collections/{id}/objects%00/", "{root}collections/{id}/OBJECTS/", "{root}collections/Community/objects/", "{root}collections/COMMUNITY/objects/",
           "{root}collections/community%20/objects/", "{root}collections/community./objects/", "{root}collections/{id};x=1/objects/",
           "//{host}{root}collections/{id}/objects/",
           "{root}collections/{id}\\objects\\", "{root}collections/%ff%fe/objects/", "/finance/collections/{id}/objects/", "{root}collections/{upper}/objects/"]


@pytest.mark.parametrize("path", CROOKED)
def test_ac_32_crooked_paths(target, path):
    """Sent as they are: no client of ours straightens them."""
    root = target.root.removeprefix(target.base)
    written = path.format(root=root, id=target.home["id"], upper=target.home["id"].upper(), host=target.host)
    answer = target.raw(f"GET {written} HTTP/1.1\r\nHost: {target.host}\r\nAuthorization: Bearer {target.token}\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ")[1] in (b"400", b"404"), answer[:200]
    assert f"Content-Type: {TAXII}".encode() in answer and b"indicator--" not in answer


def test_ac_34_too_many_objects(target):
    answer = target.post(b'{"objects": [' + b",".join([b"{}"] * 100_001) + b"]}")
    assert assert_error(answer, 413)["error_code"] == "too_many_objects"


def test_ac_34_valid_forbidden_and_invalid(target):
    valid, forbidden, invalid = indicator(), indicator(), indicator()
    forbidden["object_marking_refs"] = ["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"]  # RED to a whole sector
    del invalid["pattern"]
    answer = target.post({"objects": [valid, forbidden, invalid]})
    status = target.completed(answer)
    assert (answer.status_code, status["success_count"], status["failure_count"]) == (202, 1, 2)
    said = {failure["id"]: failure["message"] for failure in status["failures"]}
    assert set(said) == {forbidden["id"], invalid["id"]}
    assert said[forbidden["id"]].startswith("scope_exceeds_tlp") and said[invalid["id"]].startswith("invalid_object")


@pytest.mark.parametrize(("kind", "code"), [
    ("application/json", 415), ("application/taxii+json;version=2.1;charset=utf-16", 202), ("application/taxii+json;version=2.0", 415),
    ("application/taxii+json;version=2.1;charset=utf-8", 202), ("text/html", 415), ("application/x-www-form-urlencoded", 415),
])
def test_ac_35_content_types(target, kind, code):
    """A charset is no parameter of a JSON type: the body is UTF-8 whatever it says."""
    answer = target.post({"objects": [indicator()]}, headers={"Content-Type": kind})
    assert answer.status_code == code and answer.headers["Content-Type"] == TAXII
    assert target.get(target.at(), "limit=1", headers={"Accept": "*/*"}).status_code == 200


def test_ac_37_operators_read_no_content(places, target, seeds):
    operator = places.target("energy-gateway", "energy-isac-operator")
    assert operator.get(operator.root + "collections/").json() == {}
    for rest in ("", "objects/", "manifest/", f"objects/{seeds.malware['id']}/", f"objects/{seeds.malware['id']}/versions/"):
        assert_alike(*(operator.get(f"{operator.root}collections/{which}/{rest}") for which in (target.home["id"], NO_SUCH_UUID)))
        assert_error(operator.get(f"{operator.root}collections/community/{rest}"), 404)
    assert_error(operator.request("POST", target.at(), headers={"Content-Type": TAXII}, data=envelope([indicator()])), 404)


def test_ac_38_one_foreign_id_among_own(target, other, places):
    """echo's object, which delta tries to change, revoke and copy in one envelope with its own."""
    echo = next(entry["identity"] for entry in places.ready["organisations"] if entry["name"] == "echo")
    foreign = indicator(created_by_ref=echo)
    assert other.publish([foreign])["success_count"] == 1
    own = [indicator(), indicator()]
    newer = {**foreign, "modified": VERSIONS[1], "revoked": True}
    status = target.completed(target.post({"objects": [own[0], newer, own[1]]}))
    assert status["success_count"] == 2 and [failure["id"] for failure in status["failures"]] == [foreign["id"]]
    assert status["failures"][0]["message"].startswith("not_owner")
    assert other.objects(ids=[foreign["id"]], version="all") == [foreign]


def test_ac_21_headers_that_only_we_may_set(target, seeds):
    """None of them makes anybody else of the caller."""
    sent = {"X-Forwarded-User": "energy-isac-analyst", "X-Forwarded-For": "10.0.0.1", "X-Remote-User": "root", "X-Original-URL": "/admin", "X-Sync": "1",
            "X-Noroshi-Origin": "echo", "Forwarded": "for=10.0.0.1;host=x"}
    assert target.get(target.root + "collections/", headers=sent).content == target.get(target.root + "collections/").content
    sample = json.dumps(indicator(object_marking_refs=[CLEAR], x_origin="echo", date_added="2001-01-01T00:00:00.000000Z"))
    identifier = json.loads(sample)["id"]
    status = target.publish([sample], headers=sent)
    assert status["success_count"] == 1
    assert target.manifest(ids=[identifier])[0]["date_added"] > "2026"
