"""Whatever is wrong with one input is said clearly and costs that input only."""

import json
import shutil
import socket
import subprocess

import pytest

from federation import PROGRAMS, Federation, wait_until
from samples import indicator, indicators

MEGABYTE = 1 << 20
USAGE, REFUSED, NOT_FOUND, BAD_CONFIGURATION = 2, 3, 4, 78


def community(federation):
    return {key[0] for key in federation.crawl("delta-edge", "delta-analyst", "community").keys()}


def assert_alive(federation, name):
    """The node accepts and shows an object after whatever was done to it."""
    witness = indicator(f"witness after {name}")
    answer = federation.publish(federation.write("witness.ndjson", [witness]), "delta-edge", "org", wait=True, timeout_s=60)
    assert answer.code == 0, answer
    wait_until(lambda: witness["id"] in community(federation), "the witness is readable")
    assert federation.is_running("delta-edge")


def test_one_bad_object_among_a_thousand_costs_only_itself(federation):
    objects = indicators(1000, "thousand")
    bad = objects[421]
    del bad["pattern"]
    answer = federation.publish(federation.write("thousand.ndjson", objects), "delta-edge", "org", wait=True)
    assert answer.code == REFUSED, answer
    assert answer.summary == {"accepted": 999, "refused": 1, "duplicate": 0}
    failure, = [line for line in answer.objects if line["status"] != "accepted"]
    assert failure["reason"] == "invalid_object"
    assert bad["id"] in json.dumps(failure) and "`pattern`" in failure["message"] and "required" in failure["message"]
    wanted = {item["id"] for item in objects} - {bad["id"]}
    wait_until(lambda: wanted <= community(federation), "all 999 are readable")
    assert bad["id"] not in community(federation)


def with_text(name, text):
    """An indicator whose description is `text`, as JSON text."""
    return json.dumps(indicator(name, description="@")).replace('"@"', text)


HOSTILE = {
    "a string of 50 MB": (lambda: with_text("long", '"' + "a" * (50 * MEGABYTE) + '"').encode(), ["bytes, limit is"]),
    "depth 100,000": (lambda: with_text("deep", "[" * 100_000 + "]" * 100_000).encode(), ["nest", "deep", "depth"]),
    "invalid UTF-8": (lambda: with_text("utf8", '"@"').encode().replace(b'"@"', b'"\xff\xfe\xc0\x80"'), ["UTF-8"]),
    "a key twice": (lambda: json.dumps(indicator("twice")).replace('"name":', '"name": "other", "name":').encode(), ["duplicate", "twice"]),
    "truncated JSON": (lambda: json.dumps(indicator("cut")).encode()[:-40], ["truncated", "brackets or quotes do not match"]),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_object_is_refused_and_its_neighbours_are_accepted(federation, what):
    make, words = HOSTILE[what]
    before, after = indicator(f"before {what}"), indicator(f"after {what}")
    file = federation.scratch / "hostile.ndjson"
    file.write_bytes(json.dumps(before).encode() + b"\n" + make() + b"\n" + json.dumps(after).encode() + b"\n")
    answer = federation.publish(file, "delta-edge", "org", wait=True)
    assert answer.code == REFUSED, answer
    assert answer.summary == {"accepted": 2, "refused": 1, "duplicate": 0}, answer
    failure, = [line for line in answer.objects if line["status"] == "refused"]
    assert failure["reason"] == "invalid_object"
    assert any(word in failure["message"] for word in words), failure["message"][:500]
    assert len(failure["message"]) < 1000, "an error quotes no input of any length"
    wait_until(lambda: {before["id"], after["id"]} <= community(federation), "the neighbours are readable")


@pytest.mark.parametrize("what", HOSTILE)
def test_the_same_over_taxii_harms_nobody(federation, what):
    url = federation.node("delta-edge")["api_root"] + f"collections/{federation.collections('delta-edge', 'delta-analyst')['publish']['id']}/objects/"
    body = b'{"objects": [' + HOSTILE[what][0]() + b"]}"
    answer = federation.session("delta-analyst").post(url, data=body, headers={"Content-Type": "application/taxii+json;version=2.1"}, timeout=60)
    said = answer.json()
    if answer.status_code == 202:
        assert said["success_count"] == 0 and said["total_count"] == 1 and said["failures"][0]["message"], said
    else:
        assert answer.status_code in (400, 413, 422), answer.status_code
        assert said["title"], said
    assert len(answer.content) < 2000
    assert_alive(federation, what)


def test_a_truncated_bundle_says_where_and_keeps_what_was_whole(federation):
    objects = indicators(10, "bundle")
    text = json.dumps({"type": "bundle", "id": "bundle--6f1d0c1e-5a0e-4c8e-9d53-0000000000aa", "objects": objects})
    file = federation.scratch / "cut.json"
    file.write_text(text[:-100])
    answer = federation.publish(file, "delta-edge", "org", wait=True)
    assert answer.code == REFUSED, answer
    assert answer.summary == {"accepted": 9, "refused": 1, "duplicate": 0}
    failure, = [line for line in answer.objects if line["status"] == "refused"]
    assert "object 10" in failure["message"] and "truncated at byte" in failure["message"]


WRONG_WORDS = [
    ("an unknown node", "nosuch", "org", NOT_FOUND, "no node `nosuch`"),
    ("a broker", "energy-broker", "org", USAGE, "publish at an edge or a gateway"),
    ("a wrong scope", "delta-edge", "galaxy", USAGE, "`galaxy` is no scope"),
]


@pytest.mark.parametrize(("what", "node", "scope", "code", "words"), WRONG_WORDS, ids=[case[0] for case in WRONG_WORDS])
def test_a_wrong_word_is_named(federation, what, node, scope, code, words):
    answer = federation.publish(federation.write("word.ndjson", [indicator(what)]), node, scope)
    assert answer.code == code and words in answer.error, answer
    assert not answer.text


STRANGERS = [
    ("a group of strangers by its name", lambda f: "group:solar-watch", "recipient_unknown"),
    ("no such group", lambda f: "group:nosuch", "recipient_unknown"),
    ("a group of strangers by its UUID", lambda f: "group:" + f.ready["groups"]["solar-watch"], "recipient_unknown"),
    ("no such organisation", lambda f: "orgs:nosuch", "recipient_unknown"),
    ("no such sector", lambda f: "sectors:nosuch", "recipient_unknown"),
]


@pytest.mark.parametrize(("what", "scope", "reason"), STRANGERS, ids=[case[0] for case in STRANGERS])
def test_recipients_that_the_publisher_may_not_know_are_refused(federation, what, scope, reason):
    answer = federation.publish(federation.write("stranger.ndjson", [indicator(what)]), "bravo-edge", scope(federation), wait=True)
    assert answer.code == REFUSED, answer
    line, = answer.objects
    assert (line["status"], line["reason"]) == ("refused", reason), line
    own = {key[0] for key in federation.crawl("bravo-edge", "bravo-analyst", "community").keys()}
    assert line["id"] not in own, "refused at the first relay: published nowhere"


def test_what_is_said_of_a_foreign_group_is_said_of_none(federation):
    said = []
    for name in ("solar-watch", "nosuch"):
        answer = federation.publish(federation.write("group.ndjson", [indicator(f"oracle {name}")]), "bravo-edge", f"group:{name}", wait=True)
        line, = answer.objects
        said.append(line["message"].replace(name, "*"))
    assert said[0] == said[1]


def test_a_daemon_on_a_taken_port_says_which(federation):
    config = federation.node("delta-edge")["config"]
    run = subprocess.run([PROGRAMS / "noroshi-edge", "--config", config], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode not in (0, -6, -11), run
    said = run.stdout + run.stderr
    assert "in use" in said or "lock" in said.lower(), said[-1000:]
    assert_alive(federation, "a second daemon on the same configuration")


def test_a_gateway_on_a_taken_port_says_which(federation, tmp_path):
    """A copy of the gateway's directory: only its ports are taken."""
    home = federation.directory / "energy-gateway"
    shutil.copytree(home, tmp_path / "energy-gateway", ignore=shutil.ignore_patterns("data", "pid"))
    shutil.copy(federation.directory / "ca.pem", tmp_path / "ca.pem")
    run = subprocess.run([PROGRAMS / "noroshi-gateway", "--config", tmp_path / "energy-gateway/config.yaml"], capture_output=True, text=True,
                         timeout=60, check=False)
    said = run.stdout + run.stderr
    assert run.returncode not in (0, -6, -11), run
    assert "in use" in said and "127.0.0.1:" in said, said[-1000:]


def test_up_on_a_taken_port_says_which_and_starts_nothing(federation):
    federation.end("foxtrot-edge")
    address = federation.node("foxtrot-edge")["grpc"]
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", int(address.rpartition(":")[2])))
        taken.listen()
        answer = federation.run("up", "--topology", federation.topology, "--detach")
        assert answer.code == 5 and "in use" in answer.error and address in answer.error and "foxtrot-edge" in answer.error, answer
    federation.up()
    assert federation.is_running("foxtrot-edge")


def test_a_directory_of_another_version_is_left_alone(tmp_path):
    other = Federation(tmp_path)
    other.directory.mkdir()
    (other.directory / "VERSION").write_text("99\n")
    for words in (["up", "--topology", other.topology, "--detach"], ["publish", other.topology, "--node", "delta-edge", "--scope", "org"], ["down"]):
        answer = other.run(*words)
        assert answer.code == BAD_CONFIGURATION and "99" in answer.error and "1" in answer.error, answer
    assert sorted(path.name for path in other.directory.iterdir() if path.name != "lock") == ["VERSION"]


FAULTS = [
    ("role: edge", "rol: edge", "unknown key"),
    ("hold_s: 3", "hold_s: none", "`none` is no whole number"),
    ("threads: 2", "threads: 100000", "is 100000, allowed are"),
    ("default_tlp: amber", "default_tlp: clear", "default_tlp"),
]


def test_check_config_names_every_fault_with_its_place(federation, tmp_path):
    shutil.copytree(federation.directory / "delta-edge", tmp_path / "delta-edge", ignore=shutil.ignore_patterns("data", "pid"))
    shutil.copy(federation.directory / "ca.pem", tmp_path / "ca.pem")
    file = tmp_path / "delta-edge/config.yaml"
    check = [PROGRAMS / "noroshi-edge", "--config", file, "--check-config"]
    good = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
    assert good.returncode == 0, good
    text = file.read_text()
    for right, wrong, _ in FAULTS:
        assert right in text, right
        text = text.replace(right, wrong)
    file.write_text(text)
    bad = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
    assert bad.returncode == BAD_CONFIGURATION, bad
    for _, wrong, words in FAULTS:
        number = next(at for at, line in enumerate(text.splitlines(), 1) if wrong in line)
        said = [line for line in (bad.stdout + bad.stderr).splitlines() if f"config.yaml:{number}:" in line and words in line]
        assert said, f"line {number} {words!r} in {bad.stdout + bad.stderr}"
