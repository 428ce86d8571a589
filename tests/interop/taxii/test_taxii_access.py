"""Items 7-19: who may call, and what he sees of what is not his."""

import pytest

from taxii_samples import AMBER_STRICT, GREEN, indicator
from taxii_target import NO_SUCH_OBJECT, NO_SUCH_UUID, TAXII, assert_error, basic, envelope


def with_authorization(target, value, url=None):
    """One request with exactly this header."""
    return target.get(url or target.at(), headers={"Authorization": value})


def endpoints(target, object_id=NO_SUCH_OBJECT):
    """(method, URL) of all that needs an account."""
    return [
        ("GET", target.root + "collections/"), ("GET", target.at(rest="")), ("GET", target.at(rest="manifest/")), ("GET", target.at()),
        ("POST", target.at()), ("GET", target.at(rest=f"objects/{object_id}/")), ("DELETE", target.at(rest=f"objects/{object_id}/")),
        ("GET", target.at(rest=f"objects/{object_id}/versions/")), ("GET", f"{target.root}status/{NO_SUCH_UUID}/"),
    ]


def test_item_007_without_credentials_nothing_is_served(nobody):
    for method, url in endpoints(nobody):
        body = {"headers": {"Content-Type": TAXII}, "data": envelope([indicator()])} if method == "POST" else {}
        answer = nobody.request(method, url, **body)
        if url.endswith("/collections/") and answer.status_code == 200:  # a layer that has readers without an account
            listed = [entry for entry in answer.json().get("collections", [])]
            assert [entry.get("alias") for entry in listed] in ([], ["public"])
            assert not any(entry["can_write"] for entry in listed)
            continue
        assert_error(answer, 401, 404)


def test_item_007_readers_without_an_account_see_public_only(nobody, places):
    anonymous = places.target("energy-gateway")
    assert [entry["alias"] for entry in anonymous.collections] == ["public"]
    assert anonymous.get(anonymous.at(anonymous.collections[0])).status_code == 200
    assert_error(anonymous.post({"objects": [indicator()]}, anonymous.collections[0]), 401)


def test_item_008_every_401_has_a_challenge(nobody):
    for method, url in endpoints(nobody):
        answer = nobody.request(method, url)
        if answer.status_code == 401:
            assert answer.headers["WWW-Authenticate"].split()[0] in ("Basic", "Bearer"), url


def test_item_009_basic_is_offered_with_a_realm(nobody):
    challenge = nobody.get(nobody.at()).headers["WWW-Authenticate"]
    assert 'Basic realm="' in challenge and 'charset="UTF-8"' in challenge


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_item_009_basic_whatever_its_case(target, nobody, scheme):
    assert with_authorization(nobody, basic(f"{target.user}:{target.password}", scheme)).status_code == 200


@pytest.mark.parametrize("form", ["Bearer {token}", "bearer {token}", "Token {token}", "token {token}"])
def test_item_009_a_token_as_bearer_or_token(target, nobody, form):
    if not target.token:
        pytest.skip("no --token was given")
    assert with_authorization(nobody, form.format(token=target.token)).status_code == 200


@pytest.mark.parametrize("user", ["anything", "", "naïve"])
def test_item_009_a_token_as_password_of_any_user(target, nobody, user):
    if not target.token:
        pytest.skip("no --token was given")
    assert with_authorization(nobody, basic(f"{user}:{target.token}")).status_code == 200


def test_item_010_a_wrong_password_is_refused(target, nobody):
    assert_error(with_authorization(nobody, basic(f"{target.user}:not the password")), 401)
    assert_error(with_authorization(nobody, basic("nobody-of-that-name:pass:word")), 401)


BROKEN = {
    "not base64": "Basic %%%%", "no colon": basic("justauser"), "unknown scheme": "Negotiate abcdef", "scheme only": "Basic", "nothing": "",
    "empty user and password": basic(":"), "empty token": "Bearer ", "8 KiB long": "Basic " + "A" * 8192, "UTF-8 name": basic("用户:パスワード"),
    "NUL in the password": basic("a:b\0c"), "digest": 'Digest username="x", realm="y"',
}


@pytest.mark.parametrize("what", BROKEN)
def test_item_011_broken_credentials_are_refused(nobody, what):
    assert_error(with_authorization(nobody, BROKEN[what]), 400, 401, 431)


def test_item_012_strangers_cannot_tell_what_exists(nobody):
    known, unknown = nobody.at(), f"{nobody.root}collections/{NO_SUCH_UUID}/objects/"
    for method in ("GET", "POST", "HEAD", "DELETE"):
        answers = [nobody.request(method, url) for url in (known, unknown)]
        assert answers[0].status_code == answers[1].status_code and answers[0].content == answers[1].content
        unlike = {"Date"}
        assert {name: value for name, value in answers[0].headers.items() if name not in unlike} == \
               {name: value for name, value in answers[1].headers.items() if name not in unlike}


def test_item_013_what_one_may_not_read_is_not_read(target):
    closed = next((entry for entry in target.collections if not entry["can_read"]), None)
    if closed is None:
        pytest.skip("this account reads every collection that it is shown")
    for rest in ("objects/", "manifest/", f"objects/{NO_SUCH_OBJECT}/", f"objects/{NO_SUCH_OBJECT}/versions/"):
        assert_error(target.get(target.at(closed, rest)), 403, 404)


def test_item_014_what_one_may_not_write_is_not_written(target, colleague):
    sample = indicator()
    assert colleague.home is None, "it writes nowhere"
    assert_error(colleague.post({"objects": [sample]}, target.home), 403, 404)
    inbox = next(entry for entry in target.collections if not entry["can_write"])
    assert_error(target.post({"objects": [sample]}, inbox), 403, 404)
    assert target.objects(ids=[sample["id"]]) == [] and target.objects(ids=[sample["id"]], collection=inbox) == []


def test_item_016_rights_are_the_askers_and_hold(target, colleague, other):
    for one in (target, colleague, other):
        for entry in one.collections:
            assert one.get(one.at(entry)).status_code == (200 if entry["can_read"] else 403), (one.user, entry)
            posted = one.post({"objects": []}, entry)  # an empty envelope is refused, but only to who may write
            assert posted.status_code == (422 if entry["can_write"] else 403), (one.user, entry)
    rights = {entry["alias"]: (entry["can_read"], entry["can_write"]) for entry in target.collections}
    assert rights["publish"] == (False, True) and rights["community"] == (True, True) and rights["inbox"] == (True, False)
    assert all(not entry["can_write"] for entry in colleague.collections)


def test_item_017_what_is_hidden_does_not_exist(target, colleague):
    """Members read AMBER+STRICT and clients do not: the same collection with and without every second object."""
    hidden = [indicator(object_marking_refs=[AMBER_STRICT]) for _ in range(6)]
    shown = [indicator(object_marking_refs=[GREEN]) for _ in range(6)]
    both = [item for pair in zip(hidden, shown, strict=True) for item in pair]
    assert target.publish(both)["success_count"] == len(both)
    ids = [item["id"] for item in both]
    assert [item["id"] for item in target.objects(ids=ids)] == ids
    wanted = [item["id"] for item in shown]
    for limit in (None, 1, 2, 5, 6, 7):
        assert [item["id"] for item in colleague.objects(ids=ids, limit=limit, collection=target.home)] == wanted
        assert [item["id"] for item in colleague.manifest(ids=ids, limit=limit, collection=target.home)] == wanted
    page = next(colleague.pages(ids=ids, limit=6, collection=target.home))
    assert page.json()["more"] is False, "what is hidden makes no more"
    first, last = colleague.manifest(ids=ids, collection=target.home)[0], colleague.manifest(ids=ids, collection=target.home)[-1]
    assert (page.headers["X-TAXII-Date-Added-First"], page.headers["X-TAXII-Date-Added-Last"]) == (first["date_added"], last["date_added"])
    for rest in ("objects/{}/", "objects/{}/versions/"):
        of_hidden, of_none = (colleague.get(colleague.at(target.home, rest.format(identifier))) for identifier in (ids[0], NO_SUCH_OBJECT))
        assert_error(of_hidden, 404)
        assert of_hidden.content == of_none.content


def test_item_018_a_user_agent_is_not_needed(target):
    path = target.at().removeprefix(target.base)
    fields = {"Host": target.host, "Authorization": basic(f"{target.user}:{target.password}"), "Accept": TAXII, "Connection": "close"}
    head = f"GET {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
    assert target.raw(head.encode()).startswith(b"HTTP/1.1 200 ")


def test_item_019_another_users_submission_does_not_exist(target, colleague, other, elsewhere):
    identifier = target.publish([indicator()])["id"]
    assert target.get(f"{target.root}status/{identifier}/").status_code == 200
    for one in (colleague, other, elsewhere):
        foreign, none = (one.get(f"{one.root}status/{which}/") for which in (identifier, NO_SUCH_UUID))
        assert_error(foreign, 404)
        assert foreign.content == none.content
