"""The server under test and its accounts.

Against a federation (NOROSHI_READY_FILE, or one of the tests' own) every test runs: at a sector's gateway, with a second organisation, a client, a
reader without an account, and a second layer. With `--taxii-url URL --user U --password P [--token T] [--ca F]` the tests that need more than one account
or more than one layer skip themselves.
"""

import pytest

from taxii_samples import Seeds
from taxii_target import Target

ONE_ACCOUNT_ONLY = "needs a federation: --taxii-url names one server and one account"


class Places:
    """Accounts at nodes of a federation, made once each."""

    def __init__(self, ready):
        self.ready, self.made = ready, {}
        self.nodes = {node["name"]: node for node in ready["nodes"]}
        self.accounts = {account["user"]: account for account in ready["accounts"]}

    def target(self, node, user=""):
        if (node, user) not in self.made:
            account = self.accounts.get(user, {"password": "", "token": ""})
            self.made[node, user] = Target(self.nodes[node]["taxii"], user, account["password"], self.ready["ca_file"], account["token"], self.nodes[node])
        return self.made[node, user]


@pytest.fixture(scope="session")
def places(request):
    if request.config.getoption("--taxii-url"):
        pytest.skip(ONE_ACCOUNT_ONLY)
    return Places(request.getfixturevalue("federation"))


@pytest.fixture(scope="session")
def target(request):
    """The account that most tests use: it reads and publishes."""
    option = request.config.getoption
    if option("--taxii-url"):
        one = Target(option("--taxii-url"), option("--user"), option("--password"), option("--ca"), option("--token"))
    else:
        one = request.getfixturevalue("places").target("energy-gateway", "delta-analyst")
    assert one.home, f"{one.user} has no collection that it reads and writes"
    return one


@pytest.fixture(scope="session")
def colleague(places):
    """Another account of the same organisation that only reads, and less: kind `client`."""
    return places.target("energy-gateway", "delta-client")


@pytest.fixture(scope="session")
def other(places):
    """Another organisation's account that reads and publishes at the same gateway."""
    return places.target("energy-gateway", "echo-analyst")


@pytest.fixture(scope="session")
def elsewhere(places):
    """Another layer's gateway."""
    return places.target("finance-gateway", "alfa-analyst")


@pytest.fixture(scope="session")
def edge(places):
    """An organisation's own layer, with the account of `target`."""
    return places.target("delta-edge", "delta-analyst")


@pytest.fixture(scope="session")
def nobody(target):
    """No credentials."""
    one = Target(target.url, ca=target.ca, node=target.node)
    one._root, one._collections = target.root, target.collections  # it may not be told itself
    return one


@pytest.fixture(scope="session")
def seeds(target):
    published = Seeds()
    for envelope in published.envelopes:
        status = target.publish(envelope)
        assert status["failure_count"] == 0, status.get("failures")
    return published


@pytest.fixture(scope="session")
def dates(target, seeds):
    """date_added of each version of the seeds: (id, version) -> text."""
    return {(record["id"], record["version"]): record["date_added"] for record in target.manifest(ids=seeds.ids, version="all")}
