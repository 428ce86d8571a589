"""TLP x scope x kind of account x gateway: what everybody reads, and what is refused and why, is what the second model says."""

import pytest

import second_model as model
from federation import wait_until
from samples import TLP1, TLP2, indicator

SCOPES = ["org", "orgs:echo", "orgs:alfa", "group:solar-watch", "sector", "sectors:finance", "national", "public"]
MARKINGS = [("", "", "")] + [(f"TLP1 {tlp}", tlp, ref) for tlp, ref in TLP1.items()] + [(f"TLP2 {tlp}", tlp, ref) for tlp, ref in TLP2.items()]
DECLARED = ["", *model.ORDER]
COLLECTIONS = ["community", "group-solar-watch", "inbox", "public"]
NOBODY = {"org": "", "kind": "none", "roles": [], "user": ""}
DIFFERENCES_SHOWN = 15


def combinations():
    """(scope, declared TLP) -> the objects of that publication, as (name, effective TLP, object)."""
    out = {}
    for scope in SCOPES:
        for declared in DECLARED:
            for label, tlp, ref in MARKINGS:
                name = f"{scope}, marked {label or 'nothing'}, declared {declared or 'nothing'}"
                more = {"object_marking_refs": [ref]} if ref else {}
                out.setdefault((scope, declared), []).append((name, model.effective_tlp(tlp, declared), indicator(name, **more)))
    return out


@pytest.fixture(scope="module")
def answers(federation):
    """name -> what the publisher was answered."""
    out = {}
    for number, ((scope, declared), made) in enumerate(combinations().items()):
        file = federation.write(f"matrix-{number}.ndjson", [item for _, _, item in made])
        answer = federation.publish(file, "delta-edge", scope, tlp=declared, wait=True, timeout_s=120)
        assert answer.code == (3 if any(model.refusal(scope, tlp) for _, tlp, _ in made) else 0), f"{scope} {declared}: {answer}"
        by_id = {line["id"]: line for line in answer.objects}
        out.update({name: by_id[item["id"]] for name, _, item in made})
    return out


def serving(federation):
    return [node["name"] for node in federation.ready["nodes"] if node["role"] in ("edge", "gateway")]


def viewers(federation):
    """Every account at each of its gateways, and the reader without one at all: (account, gateway)."""
    return [(account, gateway) for account in federation.ready["accounts"] for gateway in account["gateways"]] + [
        (NOBODY, gateway) for gateway in serving(federation)]


def names_seen(federation, names):
    """(user, gateway, collection) -> names, of all that shows anything."""
    out = {}
    for account, gateway in viewers(federation):
        for alias, collection in federation.collections(gateway, account["user"]).items():
            if collection["can_read"]:
                seen = {names.get(entry["id"], entry["id"]) for entry in federation.crawl(gateway, account["user"], alias).entries}
                out[account["user"], gateway, alias] = seen
    return {place: seen for place, seen in out.items() if seen}


def names_expected(federation):
    out = {}
    objects = [(scope, name, tlp) for (scope, _), made in combinations().items() for name, tlp, _ in made if not model.refusal(scope, tlp)]
    for account, gateway in viewers(federation):
        for collection in COLLECTIONS:
            seen = {name for scope, name, tlp in objects if model.reads(account, gateway, collection, scope, tlp)}
            if seen:
                out[account["user"], gateway, collection] = seen
    return out


def differences(seen, expected):
    out = []
    for place in sorted(seen.keys() | expected.keys()):
        too_much, too_little = seen.get(place, set()) - expected.get(place, set()), expected.get(place, set()) - seen.get(place, set())
        who = f"{place[0] or 'nobody'} at {place[1]} {place[2]}"
        out += [f"{who} READS {len(too_much)}, e.g. {sorted(too_much)[0]}"] if too_much else []
        out += [f"{who} misses {len(too_little)}, e.g. {sorted(too_little)[0]}"] if too_little else []
    return out


def test_refusals_have_the_reason_that_the_rules_give(answers):
    wrong = []
    for (scope, _), made in combinations().items():
        for name, tlp, _ in made:
            reason = model.refusal(scope, tlp)
            wanted = ("refused", reason) if reason else ("accepted", None)
            got = (answers[name]["status"], answers[name].get("reason"))
            wrong += [f"{name}: {got}, wanted {wanted}"] if got != wanted else []
    assert not wrong, f"{len(wrong)}: " + "\n".join(wrong[:DIFFERENCES_SHOWN])


def test_everybody_reads_exactly_what_the_rules_say(federation, answers):
    names = {item["id"]: name for made in combinations().values() for name, _, item in made}
    expected = names_expected(federation)
    found = {}

    def all_as_expected():
        found["differences"] = differences(names_seen(federation, names), expected)
        return not found["differences"]

    wait_until(all_as_expected, lambda: "\n".join(found["differences"][:DIFFERENCES_SHOWN]), 30)
    assert all_as_expected(), "what was right a moment ago is not: " + "\n".join(found["differences"][:DIFFERENCES_SHOWN])


def test_an_account_of_elsewhere_is_let_in_nowhere(federation, answers):
    for gateway in serving(federation):
        strangers = {account["kind"]: account for account in federation.ready["accounts"] if gateway not in account["gateways"]}
        for account in strangers.values():  # one of each kind
            answer = federation.get(account["user"], federation.node(gateway)["api_root"] + "collections/")
            assert answer.status_code == 401, f"{account['user']} at {gateway}: {answer.status_code}"


def test_no_relay_records_another_verdict_for_what_was_refused(federation, answers):
    """A refused object is published nowhere: no audience of any layer has a releasing verdict."""
    released = [name for name, line in answers.items() if line["status"] == "refused"
                and any(verdict["verdict"] in ("release", "reoriginate", "derive") for verdict in line.get("layers", []))]
    assert not released, released[:DIFFERENCES_SHOWN]
