"""What well-known products send, page by page, and what each must get (the quirks Q1-Q14 of the checklist's section 14).

The shapes are those of the clients' public source or documentation; nothing of theirs runs here. `test_taxii_foreign_clients.py` runs real ones.
"""

import json
import re

import pytest

from taxii_samples import indicator, malware, new_id
from taxii_target import FIRST, LAST, TAXII, assert_error, basic

EPOCH = "1970-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def story(target):
    """23 objects, and a date before them: what a feed that was set up a moment ago has not read yet."""
    start = indicator()
    target.publish([start])
    objects = [indicator(name=f"story {number}") for number in range(21)]
    objects[4:4] = [malware()]
    objects[9:9] = [malware()]
    target.publish(objects)
    return target.manifest(ids=[start["id"]])[0]["date_added"], objects


class Feed:
    """One client: its fixed headers, and requests whose answers are checked for what every page must hold."""

    def __init__(self, target, accept=TAXII, authorization=None, **headers):
        self.target = target
        self.headers = {"Accept": accept, **headers}
        if authorization:
            self.headers["Authorization"] = authorization

    def get(self, url, query=""):
        answer = self.target.get(url, query, headers=self.headers)
        assert answer.status_code == 200 and answer.headers["Content-Type"] == TAXII, f"{url}?{query}: {answer.status_code} {answer.text[:300]}"
        return answer

    def page(self, query, what="objects/"):
        answer = self.get(self.target.at(rest=what), query)
        page = answer.json()
        assert isinstance(page["more"], bool) and page["more"] == ("next" in page), "Q2, Q3"
        assert not page["more"] or page["objects"], "Q1"
        if page.get("objects"):
            assert answer.headers[FIRST] <= answer.headers[LAST], "Q4"
        return page.get("objects", []), page.get("next"), answer.headers


def own_ids(seen, objects):
    wanted = {item["id"] for item in objects}
    return [item["id"] for item in seen if item["id"] in wanted]


def assert_all_once(seen, objects):
    assert own_ids(seen, objects) == [item["id"] for item in objects]


def credentials(target, scheme="Basic"):
    return basic(f"{target.user}:{target.password}", scheme)


def test_q_opencti_native_feed(target, story):
    """One page a run; the stored `next` goes with the stored `added_after`, which is the Last header cut to milliseconds."""
    after, objects = story
    for accept in (TAXII, "application/json, text/plain, */*"):
        feed, seen, token, since = Feed(target, accept, credentials(target)), [], None, after
        for _ in range(100):
            query = f"added_after={since}&limit=5" + (f"&next={token}" if token else "")
            found, token, headers = feed.page(query)
            seen += found
            if headers.get(LAST):
                since = headers[LAST][:23] + "Z"
            if not token:
                break
        assert_all_once(list({item["id"]: item for item in seen}.values()), objects)  # the cut may repeat, never skip (Q5)
        assert {item["id"] for item in objects} <= {item["id"] for item in seen}


def test_q_opencti_taxii2_connector(target, story):
    """Root by its last path segment, collection by title; `added_after` is dropped from the second page on; `Token`."""
    if not target.token:
        pytest.skip("no --token was given")
    after, objects = story
    feed = Feed(target, authorization=f"Token {target.token}")
    roots = feed.get("/taxii2/").json()["api_roots"]
    assert [root for root in roots if root.strip("/").split("/")[-1] == target.root.strip("/").split("/")[-1]]
    titles = [entry["title"] for entry in feed.get(target.root + "collections/").json()["collections"]]
    assert titles.count(target.home["title"]) == 1 and "." not in target.home["title"], "Q10"
    found, token, _ = feed.page(f"added_after={after}&limit=10")
    seen = list(found)
    while token:
        found, token, _ = feed.page(f"limit=10&next={token}")
        seen += found
    assert_all_once(seen, objects)


def test_q_opencti_taxii_post_connector(target):
    """A bundle with `spec_version`, one object a POST, as STIX."""
    sample = indicator()
    body = json.dumps({"type": "bundle", "id": new_id("bundle"), "spec_version": "2.1", "objects": [sample]})
    answer = target.post(body.encode(), headers={"Content-Type": "application/stix+json; version=2.1", "Accept": "application/taxii+json;version=2.1"})
    assert target.completed(answer)["success_count"] == 1


def test_q_misp_browse(target, story):
    """`basic` in lower case; Content-type also on GET; limit 50, then `next` as a path segment of its own would allow; an empty page is an error there."""
    after, objects = story
    feed = Feed(target, authorization=credentials(target, "basic"), **{"Content-type": TAXII})
    root = feed.get("/taxii2/").json()["default"]
    again = target.base + "/" + root.strip("/").split("/")[-1] + "/"
    assert again == target.root, "one segment"
    listed = feed.get(again + "collections/").json()["collections"]
    assert any(entry["can_write"] for entry in listed)
    found, token, _ = feed.page(f"added_after={after}&limit=50")
    seen = list(found)
    while token:
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", token), "Q6"
        found, token, _ = feed.page(f"added_after={after}&limit=50&next={token}")
        seen += found
    assert_all_once(seen, objects)


def test_q_misp_push(target):
    """Fills envelopes up to max_content_length and does not wait; splits its key at every `:`."""
    length = target.get(target.root).json()["max_content_length"]
    assert length >= 1 << 20 and ":" not in target.token and ":" not in target.password, "Q9"
    assert target.post({"objects": [indicator() for _ in range(50)]}).status_code == 202


@pytest.mark.parametrize("sends_limit", [True, False])
def test_q_elastic(target, story, sends_limit):
    """Goes on while `next` is present, with nothing else on page 2 before 1.8.2; then from the Last header, kept over an empty page."""
    after, objects = story
    feed, seen = Feed(target), []
    found, token, headers = feed.page(f"added_after={after}&limit=6")
    while True:
        seen += found
        since = headers[LAST]
        if not token:
            break
        found, token, headers = feed.page(f"next={token}" + ("&limit=6" if sends_limit else ""))
    assert_all_once(seen, objects)
    found, token, headers = feed.page(f"added_after={since}&limit=6")
    assert not own_ids(found, objects)
    if not found:
        assert headers[LAST] == since, "an empty page without it sends the client back to its interval"


def test_q_xsoar(target, story):
    """2.1 first, and 2.0 only on a 406; `limit` 100, `match[type]` a list; `added_after` is the newest `modified` it saw."""
    assert_error(target.get("/taxii2/", headers={"Accept": "application/vnd.oasis.taxii+json; version=2.0"}), 406)
    after, objects = story
    feed = Feed(target, authorization=f"Token {target.token}" if target.token else credentials(target))
    query = f"match[type]=indicator,relationship,malware&limit=100&added_after={after}"
    found, token, _ = feed.page(query)
    seen = list(found)
    while token and found:
        found, token, _ = feed.page(f"{query}&next={token}")
        seen += found
    assert_all_once(seen, objects)
    newest = max(item["modified"] for item in seen if "modified" in item)
    assert feed.page(f"match[type]=indicator&limit=100&added_after={newest}")[2]


def test_q_sentinel(target, story):
    """Root and collection id only; Basic; by `added_after`, page after page."""
    after, objects = story
    feed = Feed(target, authorization=credentials(target))
    assert TAXII in feed.get(target.root).json()["versions"]
    seen, since = [], after
    while True:
        found, token, headers = feed.page(f"added_after={since}&limit=8")
        seen += found
        since = headers[LAST]
        if not token:
            break
    assert_all_once(seen, objects)


def test_q_splunk_ctis(target):
    """Posts a serialised bundle and waits for `complete`, a minute at most; counts must be exact at every look."""
    answer = target.post({"type": "bundle", "id": new_id("bundle"), "objects": [indicator() for _ in range(20)]})
    look = answer.json()
    while look["status"] != "complete":
        assert look["total_count"] == look["success_count"] + look["failure_count"] + look["pending_count"] == 20
        look = target.status(look["id"])
    assert look["success_count"] == 20


def test_q_eclecticiq(target, story):
    """From 1970 on, 100 a page, both date headers parsed on each."""
    _, objects = story
    feed, seen, position = Feed(target, authorization=credentials(target)), [], ""
    while True:
        found, token, headers = feed.page(f"added_after={EPOCH}&limit=100{position}")
        assert all(re.fullmatch(r"\d{4}(-\d\d){2}T(\d\d:){2}\d\d\.\d{6}Z", headers[name]) for name in (FIRST, LAST))
        seen += found
        if not token:
            break
        position = f"&next={token}"
    assert_all_once(seen, objects)


@pytest.mark.parametrize(("path", "body", "kind"), [
    ("/taxii2/", None, "application/vnd.oasis.taxii+json; version=2.0"), ("/taxii2/", None, "application/vnd.oasis.stix+json; version=2.0"),
    ("/taxii/", None, "application/vnd.oasis.taxii+json; version=2.0"), ("/taxii-discovery-service", b"<x/>", "application/xml"),
    ("/services/discovery", b"<x/>", "application/xml"), ("/numbered/collections/31/objects/", None, TAXII),
])
def test_q_qradar_and_others_of_older_generations(target, path, body, kind):
    """1.x, 2.0 and numbers copied from manuals: an error that says so, never an accident."""
    answer = target.request("POST" if body else "GET", path, headers={"Accept": kind, "Content-Type": "application/xml" if body else None}, data=body)
    assert_error(answer, 404, 405, 406, 415)


def test_q_range_is_of_taxii_2_0(target, story):
    answer = target.get(target.at(), "limit=3", headers={"Range": "items 0-1"})
    assert answer.status_code == 200 and len(answer.json()["objects"]) == 3


@pytest.mark.parametrize("accept", [
    "application/vnd.oasis.taxii+json; version=2.1", "application/vnd.oasis.stix+json; version=2.1", "application/taxii+json;version=2",
    "application/taxii+json; version=2.1, application/vnd.oasis.stix+json; version=2.0", "application/stix+json;version=2.1",
])
def test_q_home_made_and_trend_micro(target, story, accept):
    after, objects = story
    found, _, _ = Feed(target, accept).page(f"added_after={after}&limit=1000")
    assert_all_once(found, objects)


@pytest.mark.parametrize("limit", [500, 15_000])
def test_q_servicenow_and_trellix(target, story, limit):
    """Large pages, with and without the final slash."""
    after, objects = story
    for url in (target.at(), target.at().rstrip("/")):
        found = Feed(target).get(url, f"added_after={after}&limit={limit}").json()
        assert_all_once(found["objects"], objects)


def test_q_sumo_logic_and_others_with_a_key_as_password(target):
    if not target.token:
        pytest.skip("no --token was given")
    key = basic(f"apikey:{target.token}")
    assert Feed(target, authorization=key).get("/taxii2/").json()["default"]


def test_q_what_was_read_and_is_pushed_back(target, story):
    """Q13: an echo is a duplicate, never a failure."""
    _, objects = story
    page = target.get(target.at(), f"match[id]={','.join(item['id'] for item in objects[:5])}")
    assert target.completed(target.post(page.content))["failure_count"] == 0
