"""Accounts that others vouch for, at a gateway of its own settings: client certificates (taxii 5, AC-54) and an OIDC issuer's tokens, its keys by URL
(AC-41..45, AC-84); changes and ends on open connections (AC-36); and one answer whichever way an account is proved (AC-37)."""

import contextlib
import subprocess
import time

import pytest
import requests
import yaml

from federation import PROGRAMS, TAXII, events_in, wait_until
from issuer import AUDIENCE, NAME, Authority, Issuer

NODE = "energy-gateway"
BAD_CONFIGURATION = 78
START_S = 60
PATIENCE_S = 20
BRIEF_S = 6
TOPOLOGY_CHANGES = {"accounts": {"partner": True, "anonymous": False}}  # whoever proves nothing is asked to


class Gateway:
    """The federation's gateway, with other settings below `taxii`. Its accounts are changed by the command while it runs."""

    def __init__(self, federation, log_file, **settings):
        self.federation, self.log_file = federation, log_file
        self.root = federation.node(NODE)["api_root"]
        own = federation.directory / NODE
        self.config = own / "changed.yaml"
        config = yaml.safe_load((own / "config.yaml").read_text())
        config["taxii"].update(settings)
        self.config.write_text(yaml.safe_dump(config))
        self.config.chmod(0o600)
        with open(log_file, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([PROGRAMS / "noroshi-gateway", "--config", self.config], stdout=log, stderr=log)

    def wait(self):
        wait_until(lambda: self.events("node_started") or self.process.poll() is not None, lambda: self.log_file.read_text()[-2000:], START_S)
        assert self.process.poll() is None, self.log_file.read_text()[-2000:]

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=START_S)

    def events(self, name):
        return events_in(self.log_file, name)

    def account(self, *words):
        answer = self.federation.run("admin", "account", *words, "--config", self.config, json_lines=True)
        assert answer.code == 0, answer
        return answer.lines[0]

    def session(self, certificate=None, token="", password=()):
        """A connection of its own, kept alive."""
        session = requests.Session()
        session.verify, session.cert = self.federation.ready["ca_file"], certificate
        session.headers["Accept"] = TAXII
        session.auth = password or None
        if token:
            session.headers["Authorization"] = f"Bearer {token}"
        return session

    def get(self, session, path="collections/"):
        return session.get(self.root + path, timeout=30)

    def becomes(self, session, wanted):
        wait_until(lambda: self.get(session).status_code == wanted, f"{wanted} on an open connection", PATIENCE_S)


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    made = Issuer(tmp_path_factory.mktemp("issuer") / "one")
    yield made
    made.close()


@pytest.fixture(scope="module")
def authority(federation, tmp_path_factory):
    """The federation's own."""
    return Authority(tmp_path_factory.mktemp("authority") / "own", federation.directory / "ca.pem", federation.directory / "ca.key")


@pytest.fixture(scope="module")
def start(federation, tmp_path_factory):
    """Starts the gateway with these settings; one at a time."""
    federation.end(NODE)
    logs = tmp_path_factory.mktemp("logs")
    numbers = iter(range(100))

    @contextlib.contextmanager
    def started(**settings):
        gateway = Gateway(federation, logs / f"{next(numbers)}.jsonl", **settings)
        try:
            gateway.wait()
            yield gateway
        finally:
            gateway.close()
        assert gateway.process.returncode == 0

    return started


def oidc(issuer, path="/keys", **more):
    """What a gateway that trusts this issuer has in its file."""
    return {"issuer": NAME, "audience": AUDIENCE, "jwks_url": issuer.base + path, "jwks_ca": str(issuer.ca), "jwks_networks": ["127.0.0.0/8"], "skew_s": 0, **more}


def own_certificate(federation, organisation):
    at = federation.directory / f"{organisation}-cli"
    return str(at / "tls.pem"), str(at / "tls.key")


def refused_in_the_handshake(gateway, certificate):
    """TLS 1.3 tells the client only once it reads."""
    with pytest.raises((requests.exceptions.SSLError, requests.exceptions.ConnectionError)):
        gateway.get(gateway.session(certificate))
    return True


def test_a_certificate_counts_by_its_exact_listed_name_only(federation, authority, start, tmp_path):
    uri = "spiffe://demo/org/echo/node/echo-siem"
    listed = authority.issue("listed", uri)
    with start(client_certificates="optional") as gateway:
        gateway.account("create", "echo-siem", "--org", "echo", "--role", "reader", "--no-password")
        open_connection = gateway.session(listed)
        assert gateway.get(open_connection).status_code == 401, "the federation's own authority alone proves nothing"
        gateway.account("certificate", "echo-siem", "--add", uri)
        gateway.becomes(open_connection, 200)
        known = {collection["alias"] for collection in gateway.get(open_connection).json()["collections"]}
        assert "community" in known
        for name, certificate in {
            "another name": authority.issue("sibling", uri + "2"),
            "a name above": authority.issue("above", "spiffe://demo/org/echo"),
            "the common name": authority.issue("common", "", common_name=uri),
            "somebody's of the federation": own_certificate(federation, "delta"),
        }.items():
            assert gateway.get(gateway.session(certificate)).status_code == 401, name
        stranger = Authority.new(tmp_path / "stranger")
        for certificate in (stranger.issue("same", uri), authority.issue("past", uri, ends_s=-60), authority.issue("future", uri, begins_s=3000)):
            assert refused_in_the_handshake(gateway, certificate)
        delta = federation.account("delta-analyst")
        assert gateway.get(gateway.session(listed, token=delta["token"])).status_code == 401, "two proofs, two accounts"
        assert gateway.get(gateway.session(token=delta["token"])).status_code == 200
        reasons = {event["reason"] for event in gateway.events("login_refused")}
        assert "other_certificate" in reasons, reasons
        assert [(event["user"], event["credential"]) for event in gateway.events("login_ok") if event["method"] == "certificate"] == [("echo-siem", uri)]


def test_what_ends_a_certificate_ends_its_open_connections(federation, authority, start):
    uri = "spiffe://demo/org/foxtrot/node/foxtrot-siem"
    with start(client_certificates="optional") as gateway:
        gateway.account("create", "foxtrot-siem", "--org", "foxtrot", "--role", "reader", "--no-password")
        gateway.account("certificate", "foxtrot-siem", "--add", uri)
        lasting = gateway.session(authority.issue("lasting", uri))
        gateway.becomes(lasting, 200)
        short = gateway.session(authority.issue("short", uri, ends_s=BRIEF_S))
        assert gateway.get(short).status_code == 200
        gateway.becomes(short, 401)
        assert gateway.get(lasting).status_code == 200
        gateway.account("disable", "foxtrot-siem")
        gateway.becomes(lasting, 401)
        gateway.account("enable", "foxtrot-siem")
        gateway.becomes(lasting, 200)
        gateway.account("certificate", "foxtrot-siem", "--remove", uri)
        gateway.becomes(lasting, 401)


def test_required_certificates_stand_before_every_other_proof(federation, authority, start):
    uri = "spiffe://demo/org/delta/node/delta-siem"
    delta = federation.account("delta-analyst")
    with start(client_certificates="required") as gateway:
        gateway.account("certificate", "delta-analyst", "--add", uri)
        certificate = authority.issue("required", uri)
        gateway.becomes(gateway.session(certificate), 200)
        assert gateway.get(gateway.session(certificate, password=("delta-analyst", delta["password"]))).status_code == 200
        assert gateway.get(gateway.session(own_certificate(federation, "delta"), token=delta["token"])).status_code == 401
        for token in ("", delta["token"]):
            with pytest.raises((requests.exceptions.SSLError, requests.exceptions.ConnectionError)):
                gateway.get(gateway.session(token=token))


FORGED = {
    "alg none": lambda issuer: issuer.token("4711", {"alg": "none"}),
    "the public key as an HMAC key": lambda issuer: issuer.token("4711", {"alg": "HS256"}),
    "an unknown key": lambda issuer: issuer.token("4711", {"kid": "k2"}),
    "a key of its own": lambda issuer: issuer.token("4711", {"jku": "https://127.0.0.1/keys"}),
    "an ID token": lambda issuer: issuer.token("4711", {"typ": "JWT"}),
    "another audience": lambda issuer: issuer.token("4711", aud="noroshi-finance"),
    "another issuer": lambda issuer: issuer.token("4711", iss=NAME + "/"),
    "no end": lambda issuer: issuer.token("4711", exp=None),
    "an end in milliseconds": lambda issuer: issuer.token("4711", exp=2_000_000_000_000),
    "nobody's subject": lambda issuer: issuer.token("4712"),
    "a user's name": lambda issuer: issuer.token("ida"),
    "another signature": lambda issuer: issuer.token("4711")[:-8] + "AAAAAAAA",
}


def test_tokens_of_the_issuer_count_for_the_listed_subject(issuer, start):
    with start(oidc=oidc(issuer)) as gateway:
        gateway.account("create", "ida", "--org", "echo", "--role", "reader", "--no-password")
        gateway.account("subject", "ida", "--add", "4711")
        open_connection = gateway.session(token=issuer.token("4711"))
        gateway.becomes(open_connection, 200)
        asked = len(issuer.asked)
        answers = {name: gateway.get(gateway.session(token=make(issuer))) for name, make in FORGED.items()}
        assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(FORGED, 401)
        assert len({answer.text for answer in answers.values()}) == 1
        assert len(issuer.asked) == asked, "no token makes the gateway ask at once"
        said = gateway.log_file.read_text()
        assert issuer.token("4711").split(".")[0] not in said, "no token is in the log"
        brief = gateway.session(token=issuer.token("4711", exp=int(time.time()) + BRIEF_S))
        assert gateway.get(brief).status_code == 200
        gateway.becomes(brief, 401)
        assert gateway.get(open_connection).status_code == 200
        gateway.account("subject", "ida", "--remove", "4711")
        gateway.becomes(open_connection, 401)
        gateway.account("subject", "ida", "--add", "4711")
        gateway.becomes(open_connection, 200)
        gateway.account("disable", "ida")
        gateway.becomes(open_connection, 401)


def test_a_key_set_that_moved_or_lies_inside_is_not_fetched(federation, issuer, start):
    """AC-41, AC-44: redirects are not followed; internal addresses only where the file allows them; the node runs on without."""
    delta = federation.account("delta-analyst")
    issuer.asked.clear()
    with start(oidc=oidc(issuer, "/moved")) as gateway:
        fault = wait_until(lambda: gateway.events("key_set_not_fetched"), "the redirect is reported", PATIENCE_S)[0]["error"]
        assert "302" in fault and issuer.asked == ["/moved"]
        assert gateway.get(gateway.session(token=issuer.token("4711"))).status_code == 401
        assert gateway.get(gateway.session(token=delta["token"])).status_code == 200
    own = federation.directory / NODE
    for url, words in {
        issuer.url: "loopback", "https://[::1]/keys": "loopback", "https://169.254.169.254/latest": "link_local", "https://10.0.0.1/": "private",
        "https://localhost/keys": "loopback", "https://[::ffff:10.0.0.1]/": "mapped", "https://0x7f.1/": "0x7f.1", "http://id.example/keys": "https",
        "https://user@id.example/": "user",
    }.items():
        config = yaml.safe_load((own / "config.yaml").read_text())
        config["taxii"]["oidc"] = {"issuer": NAME, "audience": AUDIENCE, "jwks_url": url}
        file = own / "checked.yaml"
        file.write_text(yaml.safe_dump(config))
        run = subprocess.run([PROGRAMS / "noroshi-gateway", "--config", file, "--check-config"], capture_output=True, text=True, timeout=60, check=False)
        said = [line for line in (run.stdout + run.stderr).splitlines() if "taxii.oidc.jwks_url" in line]
        assert run.returncode == BAD_CONFIGURATION and len(said) == 1 and words in said[0], (url, run)


def test_operators_and_auditors_read_no_content_by_any_credential(federation, authority, issuer, start):
    """AC-37: one answer at every endpoint, whichever way an account is proved."""
    isac = federation.node(NODE)["org"]
    uri = f"spiffe://demo/org/{isac}/node/olga"
    with start(client_certificates="optional", oidc=oidc(issuer)) as gateway:
        password = gateway.account("create", "olga", "--org", isac, "--role", "operator,auditor")["password"]
        token = gateway.account("token", "create", "olga")["token"]
        gateway.account("certificate", "olga", "--add", uri)
        gateway.account("subject", "olga", "--add", "olga@id")
        certificate, jwt = authority.issue("olga", uri), issuer.token("olga@id")
        callers = {
            "token": gateway.session(token=token), "token as password": gateway.session(password=("anybody", token)),
            "password": gateway.session(password=("olga", password)), "certificate": gateway.session(certificate), "jwt": gateway.session(token=jwt),
            "certificate and password": gateway.session(certificate, password=("olga", password)),
        }
        by_scheme = gateway.session()
        by_scheme.headers["Authorization"] = f"Token {token}"
        callers["scheme Token"] = by_scheme
        for session in callers.values():
            gateway.becomes(session, 200)
        reader = gateway.session(token=federation.account("echo-analyst")["token"])
        community = next(entry["id"] for entry in gateway.get(reader).json()["collections"] if entry.get("alias") == "community")
        one = "objects/indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f/"
        for path in ["", "collections/"] + [f"collections/{community}/{rest}" for rest in ("", "objects/", "manifest/", one, one + "versions/")]:
            answers = {name: gateway.get(session, path) for name, session in callers.items()}
            assert len({(answer.status_code, answer.text) for answer in answers.values()}) == 1, (path, answers)
            status = answers["token"].status_code
            assert status == 200 if path in ("", "collections/") else status in (403, 404), path
        assert gateway.get(callers["jwt"]).json() == {}
        for name, session in callers.items():
            sent = {"json": {"objects": [{}]}, "headers": {"Content-Type": TAXII}, "timeout": 30}
            assert session.post(f"{gateway.root}collections/{community}/objects/", **sent).status_code in (403, 404), name
            assert session.delete(f"{gateway.root}collections/{community}/{one}", timeout=30).status_code in (403, 404, 405), name
