"""STIX objects of our own making, for posting."""

import json
import uuid

TIME = "2026-01-01T00:00:00.000Z"
VERSIONS = ["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z"]
AMBER_STRICT = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"


def new_id(kind):
    return f"{kind}--{uuid.uuid4()}"


def indicator(**more):
    return {
        "type": "indicator", "spec_version": "2.1", "id": new_id("indicator"), "created": TIME, "modified": TIME, "name": "sample",
        "pattern": "[ipv4-addr:value = '198.51.100.7']", "pattern_type": "stix", "valid_from": TIME, **more,
    }


def malware(**more):
    return {"type": "malware", "spec_version": "2.1", "id": new_id("malware"), "created": TIME, "modified": TIME, "name": "sample",
            "is_family": False, **more}


def address(**more):
    """A cyber-observable: neither `created` nor `modified`, and here no `spec_version`."""
    return {"type": "ipv4-addr", "id": new_id("ipv4-addr"), "value": "198.51.100.7", **more}


def statement(**more):
    """A marking definition: `created` and no `modified`."""
    return {"type": "marking-definition", "spec_version": "2.1", "id": new_id("marking-definition"), "created": "2026-01-05T00:00:00.000Z",
            "definition_type": "statement", "definition": {"statement": "sample"}, **more}


def awkward_text(identifier):
    """As text: order, spacing, numbers, precision and escapes that a writer of JSON would change."""
    return ('{"x_numbers": [1.0, 1e2, -0.0, 9007199254740991],  "type":"indicator", "spec_version": "2.1",\n'
            f'  "id": "{identifier}", "created":"2026-01-01T00:00:00.123456789Z", "modified": "2026-01-01T00:00:00.123456789Z",'
            '"x_text": "naïve caf\\u00e9 \\/ 狼煙 \\ud83d\\udd25", "x_deep": {"b": {}, "a": [null, true, []]},'
            f'"name": "sample","pattern": "[ipv4-addr:value = \'198.51.100.7\']", "pattern_type": "stix", "valid_from": "{TIME}"}}')


class Seeds:
    """What is published once for all tests, in three envelopes: 25 indicators, a malware, one object of three versions whose oldest comes last, an
    observable, a marking definition, and one text that must come back byte for byte."""

    def __init__(self):
        self.many = [indicator(name=f"seed {number}") for number in range(25)]
        self.malware = malware()
        self.versioned_id = new_id("indicator")
        self.versioned = [indicator(id=self.versioned_id, modified=time, created=VERSIONS[0], name=time) for time in VERSIONS]
        self.address = address()
        self.statement = statement()
        self.awkward_id = new_id("indicator")
        self.awkward = awkward_text(self.awkward_id)
        first, second, third = self.versioned
        self.envelopes = [[*self.many[:12], second, self.malware, self.address], [third, self.statement, self.awkward], [*self.many[12:], first]]

    @property
    def posted(self):
        return [item if isinstance(item, dict) else json.loads(item) for envelope in self.envelopes for item in envelope]

    @property
    def ids(self):
        """Each once, in the order of posting."""
        return list(dict.fromkeys(item["id"] for item in self.posted))

    @property
    def current_ids(self):
        """In the order in which the newest versions were posted: what `match[version]=last` shows."""
        return [item["id"] for item in self.posted if item["id"] != self.versioned_id or item["modified"] == VERSIONS[-1]]
