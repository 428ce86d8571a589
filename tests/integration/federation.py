"""A federation of real processes for one test module, driven as people drive it: the `noroshi` command and TAXII over HTTPS.

Everything lies in one temporary directory. Only processes of that directory are started, asked or ended, each by its pid.
"""

import json
import os
import pathlib
import signal
import subprocess
import time

import requests
import yaml

TAXII = "application/taxii+json;version=2.1"
SOURCE_DIR = pathlib.Path(os.environ.get("NOROSHI_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])
PROGRAMS = pathlib.Path(os.environ.get("NOROSHI_BIN") or SOURCE_DIR / "build/release/bin")
TOPOLOGY = SOURCE_DIR / "deploy/topologies/demo.yaml"
START_S = 120
COMMAND_S = 600
ANSWER_S = 60
LOOK_AGAIN_S = 0.1
LOG_LINES_SHOWN = 20

DECODER = json.JSONDecoder()


def wait_until(condition, what, patience_s=60):
    """Returns the first truthy answer of `condition`, and fails with `what` (a text or a function that makes one) when none came."""
    deadline = time.monotonic() + patience_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise AssertionError(f"not after {patience_s} s: {what() if callable(what) else what}")
        time.sleep(LOOK_AGAIN_S)


def cut_objects(text):
    """The objects of a bundle or envelope as (parsed, exact text), in order. Nothing is written anew: the text is a slice."""
    at = skip_spaces(text, text.index("[", text.index('"objects"')) + 1)
    out = []
    while text[at] != "]":
        parsed, end = DECODER.raw_decode(text, at)
        out.append((parsed, text[at:end]))
        at = skip_spaces(text, end)
        if text[at] == ",":
            at = skip_spaces(text, at + 1)
    return out


def skip_spaces(text, at):
    while text[at] in " \t\r\n":
        at += 1
    return at


def events_in(log_file, name):
    """What a node's log says under this name. Before its first event stand warnings about its configuration, and its last line may be half written."""
    lines = [line for line in pathlib.Path(log_file).read_text().splitlines() if line.startswith("{") and line.endswith("}")]
    return [event for event in map(json.loads, lines) if event["event"] == name]


class Answer:
    """What a run of `noroshi` answered."""

    def __init__(self, run):
        self.code, self.error, self.text = run.returncode, run.stderr, run.stdout

    @property
    def lines(self):
        return [json.loads(line) for line in self.text.splitlines() if line]

    @property
    def objects(self):
        return [line for line in self.lines if "summary" not in line]

    @property
    def summary(self):
        return next(line["summary"] for line in self.lines if "summary" in line)

    def __repr__(self):
        return f"exit code {self.code}, stderr {self.error[:2000]!r}, stdout {self.text[:2000]!r}"


class Crawl:
    """One pass over a collection: all pages, in order."""

    def __init__(self):
        self.entries, self.texts, self.pages = [], [], 0

    def keys(self):
        return [(entry["id"], version_of(entry)) for entry in self.entries]


def version_of(entry):
    return entry.get("version") or entry.get("modified") or entry.get("created") or ""


class Kafka:
    """A federation's own Apache Kafka: TLS with client certificates of the federation's CA, and access rules."""

    RELAYS = ["national.", "national-hub", "energy.", "energy-broker", "finance.", "finance-broker"]

    def __init__(self, directory, authority):
        self.directory, self.authority = directory, authority

    def dev(self, verb, *words):
        command = [str(SOURCE_DIR / "dev"), "kafka", verb, "--dir", str(self.directory), *map(str, words)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=START_S, check=False)
        assert run.returncode == 0, f"dev kafka {verb}: {run.stderr}"
        return run.stdout

    def make(self):
        self.dev("start", "--fresh", "--ca", self.authority)
        self.dev("grant", *self.RELAYS)

    def start(self):
        """Again, where its clients know it."""
        self.dev("start", "--ca", self.authority)

    def kill(self):
        pid = int((self.directory / "pid").read_text())
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not runs(pid), "kafka has ended")

    def stop(self):
        self.dev("stop")

    @property
    def address(self):
        values = dict(line.split("=", 1) for line in (self.directory / "env").read_text().splitlines())
        return values["NOROSHI_KAFKA_SSL"]


def runs(pid):
    """A zombie runs while threads of it are left: they hold its ports and locks."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return False
    return fields[0] != "Z" or int(fields[17]) > 1


class Federation:
    """Not for several threads, except `publish`, which shares nothing. `log` is `embedded` or `kafka`: one of its own, over TLS."""

    def __init__(self, directory, settings=None, log="embedded", changes=None):
        """`changes`: top-level keys of the demo's topology that this federation has otherwise."""
        self.directory = pathlib.Path(directory) / "federation"
        self.scratch = pathlib.Path(directory)
        self.topology = self.scratch / "topology.yaml"
        self.ready_file = self.scratch / "ready.json"
        topology = yaml.safe_load(TOPOLOGY.read_text())
        topology.update(changes or {})
        topology.setdefault("settings", {}).update(settings or {})
        self.topology.write_text(yaml.safe_dump(topology))
        self.ready = None
        self.sessions = {}
        self.kafka = Kafka(self.scratch / "kafka", self.directory) if log == "kafka" else None

    # Processes.

    def run(self, *words, input=None, json_lines=False, timeout_s=COMMAND_S):
        command = [str(PROGRAMS / "noroshi"), *map(str, words), "--dir", str(self.directory)] + (["--json"] if json_lines else [])
        return Answer(subprocess.run(command, capture_output=True, text=True, input=input, timeout=timeout_s, check=False))

    def up(self):
        """Starts what does not run and waits until all are ready."""
        ports = ["--ports", os.environ["NOROSHI_TEST_PORTS"]]
        words = ["up", "--topology", self.topology, *ports, "--ready-file", self.ready_file, "--detach", "--timeout", START_S]
        if self.kafka and not self.ready:
            prepared = self.run("up", "--topology", self.topology, *ports, "--prepare")
            assert prepared.code == 0, f"noroshi up --prepare: {prepared}"
            self.kafka.make()
        answer = self.run(*words, *(["--log", f"kafka={self.kafka.address},tls"] if self.kafka else []))
        assert answer.code == 0, f"noroshi up: {answer}"
        self.ready = json.loads(self.ready_file.read_text())
        self.forget_connections()
        return self

    def down(self):
        self.forget_connections()
        answer = self.run("down")
        if self.kafka and (self.kafka.directory / "pid").exists():
            self.kafka.stop()
        return answer

    def forget_connections(self):
        for session in self.sessions.values():
            session.close()
        self.sessions.clear()

    def node(self, name):
        return next(node for node in self.ready["nodes"] if node["name"] == name)

    def is_running(self, name):
        return runs(self.node(name)["pid"])

    def end(self, name, by=signal.SIGTERM):
        """Ends one process of this federation and waits until it is gone."""
        os.kill(self.node(name)["pid"], by)
        wait_until(lambda: not self.is_running(name), f"{name} has ended")

    def last_log_lines(self, name):
        lines = pathlib.Path(self.node(name)["log_file"]).read_text().splitlines()
        return "\n".join(lines[-LOG_LINES_SHOWN:])

    # Publishing.

    def publish(self, file, node, scope, *, tlp="", wait=False, timeout_s=300, options=()):
        words = ["publish", file, "--node", node, "--scope", scope, *options]
        words += ["--tlp", tlp] if tlp else []
        words += ["--wait", "--timeout", timeout_s] if wait else []
        return self.run(*words, json_lines=True)

    def write(self, name, objects):
        """NDJSON: dictionaries are written, texts are taken as they are."""
        file = self.scratch / name
        file.write_text("".join((item if isinstance(item, str) else json.dumps(item)) + "\n" for item in objects), encoding="utf-8")
        return file

    def status(self, submission, node=""):
        words = ["status", submission] + (["--node", node] if node else [])
        return self.run(*words, json_lines=True)

    # Reading.

    def account(self, user):
        return next(account for account in self.ready["accounts"] if account["user"] == user)

    def session(self, user):
        """`user` is "" for a reader without an account."""
        if user not in self.sessions:
            self.sessions[user] = self.new_session(user)
        return self.sessions[user]

    def new_session(self, user):
        """One that the caller owns: sessions are not for several threads."""
        session = requests.Session()
        session.verify = self.ready["ca_file"]
        session.headers["Accept"] = TAXII
        if user:
            session.auth = (user, self.account(user)["password"])
        return session

    def get(self, user, url, **parameters):
        return self.session(user).get(url, params=parameters, timeout=ANSWER_S)

    def collections(self, gateway, user):
        """alias -> collection, as this viewer is shown them; none where he is not let in."""
        answer = self.get(user, self.node(gateway)["api_root"] + "collections/")
        if answer.status_code in (401, 403, 404):
            return {}
        assert answer.status_code == 200, f"{gateway} answers {user or 'nobody'} with {answer.status_code}: {answer.text[:500]}"
        return {collection.get("alias", collection["title"]): collection for collection in answer.json().get("collections", [])}

    def crawl(self, gateway, user, collection, limit=1000, what="objects", **filters):
        """All pages of `objects` or `manifest`. `filters` as TAXII spells them, with `version` for match[version] and so on."""
        found = self.collections(gateway, user)[collection]
        url = f"{self.node(gateway)['api_root']}collections/{found['id']}/{what}/"
        given = {name if name == "added_after" else f"match[{name}]": value for name, value in filters.items()}
        out, position = Crawl(), {}
        while True:
            answer = self.get(user, url, limit=limit, **given, **position)
            assert answer.status_code == 200, f"{gateway} {what} {given} {position}: {answer.status_code} {answer.text[:500]}"
            page = answer.json()
            if page.get("objects"):
                pairs = cut_objects(answer.content.decode("utf-8")) if what == "objects" else [(entry, "") for entry in page["objects"]]
                assert len(pairs) <= limit, f"a page of {len(pairs)} for limit {limit}"
                out.entries += [parsed for parsed, _ in pairs]
                out.texts += [text for _, text in pairs]
            out.pages += 1
            if not page.get("more"):
                return out
            assert page.get("next") and page.get("objects"), "more, and nothing to go on with"
            position = {"next": page["next"]}
