"""Items 135-139: methods and errors."""

import pytest

from taxii_target import NO_SUCH_OBJECT, NO_SUCH_UUID, TAXII, assert_error

STRANGE = ["PUT", "PATCH", "TRACE", "CONNECT", "PROPFIND", "LOCK"]


def places_of(target, identifier):
    """URL -> the methods that its Allow must name, OPTIONS apart."""
    return {
        target.url: {"GET", "HEAD"}, target.root: {"GET", "HEAD"}, target.root + "collections/": {"GET", "HEAD"}, target.at(rest=""): {"GET", "HEAD"},
        target.at(rest="manifest/"): {"GET", "HEAD"}, target.at(): {"GET", "HEAD", "POST"}, target.at(rest=f"objects/{identifier}/"): {"GET", "HEAD", "DELETE"},
        target.at(rest=f"objects/{identifier}/versions/"): {"GET", "HEAD"}, f"{target.root}status/{NO_SUCH_UUID}/": {"GET", "HEAD"},
    }


def test_item_135_head_is_get_without_a_body(target, seeds):
    for url in places_of(target, seeds.malware["id"]):
        got, head = target.get(url), target.request("HEAD", url)
        assert head.status_code == got.status_code and head.content == b""
        changing = {"Date"} | ({"Content-Length"} if got.ok and got.json().get("more") else set())  # a token is sealed anew each time
        for name in set(got.headers) - changing:
            assert head.headers[name] == got.headers[name], (url, name)


@pytest.mark.parametrize("method", STRANGE)
def test_item_136_other_methods_are_refused_with_allow(target, seeds, method):
    for url, allowed in places_of(target, seeds.malware["id"]).items():
        if method == "CONNECT":
            continue  # names no path: below
        answer = target.request(method, url, data=b"{}", headers={"Content-Type": TAXII})
        assert assert_error(answer, 405)["error_code"] == "method_not_allowed"
        assert allowed <= {word.strip() for word in answer.headers["Allow"].split(",")}, url


def test_item_136_post_where_nothing_is_posted(target, seeds):
    for url, allowed in places_of(target, seeds.malware["id"]).items():
        if "POST" not in allowed:
            assert_error(target.request("POST", url, headers={"Content-Type": TAXII}, data=b'{"objects": []}'), 405)


def test_item_136_a_method_that_is_no_word_is_refused(target):
    for method in (b"G\0T", b"get", b"G T", b"GET\x7f", b"", b"CONNECT"):
        answer = target.raw(method + b" /taxii2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.split(b" ")[1] in (b"400", b"401", b"405", b"501"), answer[:100]


def test_item_136_an_override_header_changes_nothing(target, seeds):
    identifier = seeds.malware["id"]
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert target.get(target.at(rest=f"objects/{identifier}/"), headers={name: "DELETE"}).status_code == 200
    assert [item["id"] for item in target.objects(ids=[identifier])] == [identifier]


def test_item_137_options_tells_no_data(target, nobody, seeds):
    for url in [*places_of(target, seeds.malware["id"]), target.at(rest=f"objects/{NO_SUCH_OBJECT}/"), target.base + "/", f"{target.base}/nosuch/"]:
        answer = target.request("OPTIONS", url)
        assert answer.status_code in (200, 204, 404, 405) and seeds.malware["id"].encode() not in answer.content, url
        if answer.status_code == 405:
            assert answer.headers["Allow"]
        stranger = nobody.request("OPTIONS", url)
        assert stranger.status_code in (200, 204, 401, 404, 405) and len(stranger.content) < 300
    assert target.raw(b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").split(b" ")[1] in (b"200", b"204", b"401", b"404", b"405")


def test_item_138_errors_are_error_resources(target, nobody):
    cases = [(nobody.get(target.at()), 401, "authentication_needed"), (target.get("/nosuch/"), 404, "not_found"),
             (target.get(target.at(), "limit=x"), 400, "bad_query"),
             (target.request("PUT", target.root), 405, "method_not_allowed"), (target.get(target.root, headers={"Accept": "text/html"}), 406, "not_acceptable"),
             (target.post(b"{}", headers={"Content-Type": "text/xml"}), 415, "unsupported_media_type"), (target.post(b"x"), 400, "not_json"),
             (target.post(b"{}"), 422, "not_an_envelope"), (target.get(target.at(), "next=x"), 400, "bad_cursor"),
             (target.get("/" + "a" * 9000), 414, "uri_too_long"), (target.get("/taxii2/", headers={"X-Long": "a" * 20_000}), 431, "headers_too_large"),
             (target.get("/taxii2/", headers={"Expect": "the unexpected"}), 417, "expectation_failed")]
    for answer, status, code in cases:
        error = assert_error(answer, status)
        assert error["error_code"] == code
        assert set(error) <= {"title", "description", "error_id", "error_code", "http_status", "external_details", "details"}
        assert all(isinstance(value, str) for name, value in error.items() if name != "details")


def test_item_139_errors_tell_nothing(target, nobody, seeds):
    answers = [nobody.get(target.at(rest=f"objects/{seeds.malware['id']}/")), target.get(f"{target.root}collections/transit/objects/"),
               target.get(target.at(), "match[version]=x"), target.post(b'{"objects": 1}'), target.post(b"\x00\x01")]
    for answer in answers:
        text = answer.text.lower()
        for word in ("exception", "traceback", "at line", ".cc", "nlohmann", "simdjson", "rocksdb", "std::", "/work", "/home", "stack"):
            assert word not in text, text
        assert seeds.malware["id"] not in text and target.home["id"] not in text


def test_item_139_what_is_hidden_is_answered_like_nothing(other, elsewhere, target):
    inbox = target.collection("inbox")
    for one in (other, elsewhere):
        for rest in ("", "objects/", "manifest/"):
            hidden, none = (one.get(f"{one.root}collections/{which}/{rest}") for which in (inbox["id"], NO_SUCH_UUID))
            assert_error(hidden, 404)
            assert hidden.content == none.content and set(hidden.headers) == set(none.headers)
