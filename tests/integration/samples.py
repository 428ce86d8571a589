"""Objects of our own making. Ids derive from what they are named after, so a failing run can be repeated."""

import uuid

NAMESPACE = uuid.UUID("7f0e5f0a-9a5e-4d3a-8f39-3d9b5a6f2c10")
TIME = "2026-01-01T00:00:00.000Z"

# The official definitions' ids (STIX 2.1 section 7.2.1.4; TLP 2.0 as OASIS published them).
TLP1 = {
    "clear": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "green": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    "amber": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    "red": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
TLP2 = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}


def indicator(name, **more):
    return {
        "type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.uuid5(NAMESPACE, name)}", "created": TIME, "modified": TIME,
        "name": name, "pattern": "[ipv4-addr:value = '198.51.100.7']", "pattern_type": "stix", "valid_from": TIME, **more,
    }


def indicators(count, name):
    return [indicator(f"{name} {number}") for number in range(count)]
