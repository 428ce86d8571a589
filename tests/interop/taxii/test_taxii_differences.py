"""DIFFERENCES.md names tests that exist; and those of its rows that no item of the checklist covers."""

import ast
import pathlib
import re

import pytest

from taxii_samples import VERSIONS, address, indicator, new_id
from taxii_target import assert_error

HERE = pathlib.Path(__file__).parent


def test_every_difference_has_its_tests():
    rows = [line for line in (HERE / "DIFFERENCES.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    parsed = [ast.parse(file.read_text(encoding="utf-8")) for file in HERE.glob("test_*.py")]
    defined = {node.name for module in parsed for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row.rpartition(" | ")[2])
        assert named and set(named) <= defined, row
    assert len(rows) > 12


def test_a_long_filter_is_repeated_with_next(target, seeds):
    scope = f"match[id]={','.join(seeds.ids)}"
    assert len(scope) > 512
    token = target.get(target.at(), f"{scope}&limit=5").json()["next"]
    assert assert_error(target.get(target.at(), f"limit=5&next={token}"), 400)["error_code"] == "bad_cursor"
    assert [item["id"] for item in target.get(target.at(), f"{scope}&limit=5&next={token}").json()["objects"]] == seeds.current_ids[5:10]


def test_an_object_without_modified_is_no_duplicate(target):
    whole = indicator()
    target.publish([whole])
    part = {name: value for name, value in whole.items() if name != "modified"}
    status = target.completed(target.post({"objects": [part]}))
    assert status["failure_count"] == 1 and "modified" in status["failures"][0]["message"]


def test_stix_2_0_is_refused(target):
    unsaid = {name: value for name, value in indicator().items() if name != "spec_version"}
    status = target.completed(target.post({"objects": [indicator(spec_version="2.0"), unsaid]}))
    assert status["failure_count"] == 2 and all("spec_version" in failure["message"] for failure in status["failures"])


# What medallion's own tests ask for, and no item of the checklist does in this form.


def test_versions_page_with_their_dates(target, seeds, dates):
    order, position = [VERSIONS[1], VERSIONS[2], VERSIONS[0]], ""
    for version in order:
        answer = target.get(target.at(rest=f"objects/{seeds.versioned_id}/versions/"), f"limit=1{position}")
        assert answer.json()["versions"] == [version] and answer.json()["more"] == (version != order[-1])
        assert answer.headers["X-TAXII-Date-Added-First"] == answer.headers["X-TAXII-Date-Added-Last"] == dates[seeds.versioned_id, version]
        position = f"&next={answer.json().get('next', '')}"


@pytest.mark.parametrize("version", ["all", "first", "last", ""])
def test_an_observable_under_every_version_filter(target, version):
    sample = address()
    target.publish([sample])
    url = target.at(rest=f"objects/{sample['id']}/")
    assert target.get(url, f"match[version]={version}" if version else "").json() == {"more": False, "objects": [sample]}
    assert target.get(url, "added_after=2017-01-27T13:49:53.935Z").json()["objects"] == [sample]
    assert target.get(url, "added_after=2199-01-01T00:00:00Z").json() == {"more": False}


def test_type_and_version_together(target):
    """A version that another type has: nothing, not an error."""
    identifier = new_id("indicator")
    target.publish([indicator(id=identifier, modified=version, created=VERSIONS[0]) for version in VERSIONS])
    scope = f"match[id]={identifier}&match[version]={VERSIONS[1]}"
    assert [item["modified"] for item in target.get(target.at(), f"{scope}&match[type]=indicator").json()["objects"]] == [VERSIONS[1]]
    assert target.get(target.at(), f"{scope}&match[type]=incident").json() == {"more": False}


def test_filters_may_not_change_on_the_way(target, seeds):
    scope = f"match[id]={seeds.versioned_id}"
    first = target.get(target.at(), f"{scope}&match[version]=all&limit=1").json()
    second = target.get(target.at(), f"{scope}&match[version]=all&limit=1&next={first['next']}").json()
    assert first["more"] and second["more"]
    assert_error(target.get(target.at(), f"{scope}&match[version]=first&limit=1&next={second['next']}"), 400)


def test_a_lone_object_is_no_envelope(target):
    assert assert_error(target.post(indicator()), 422)["error_code"] == "not_an_envelope"
