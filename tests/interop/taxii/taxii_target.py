"""One TAXII server, as one account sees it: HTTP and nothing of ours in between.

Not for several threads, except `clone()`, which shares nothing.
"""

import base64
import contextlib
import json
import socket
import ssl
import time
import urllib.parse

import requests

TAXII = "application/taxii+json;version=2.1"
FIRST, LAST = "X-TAXII-Date-Added-First", "X-TAXII-Date-Added-Last"
ANSWER_S = 30
PATIENCE_S = 30
LOOK_AGAIN_S = 0.02
NO_SUCH_UUID = "00000000-0000-4000-8000-000000000000"
NO_SUCH_OBJECT = f"indicator--{NO_SUCH_UUID}"


def wait_until(condition, what, patience_s=PATIENCE_S):
    """The first truthy answer of `condition`."""
    deadline = time.monotonic() + patience_s
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not after {patience_s} s: {what}"
        time.sleep(LOOK_AGAIN_S)


class Target:
    """`user` empty: without credentials. `node`: what a ready file says of the server, or None where only a URL is known."""

    def __init__(self, url, user="", password="", ca="", token="", node=None):
        self.url, self.user, self.password, self.ca, self.token, self.node = url, user, password, ca, token, node
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port or 443
        self.base = f"https://{parts.netloc}"
        self.http = requests.Session()
        self.http.verify = ca or True
        self.http.trust_env = False
        if user:
            self.http.auth = (user, password)
        self.http.headers["Accept"] = TAXII
        self._root = self._collections = None

    def clone(self):
        other = Target(self.url, self.user, self.password, self.ca, self.token, self.node)
        other._root, other._collections = self._root, self._collections
        return other

    # Places.

    @property
    def root(self):
        """The default API root, absolute, with its final slash."""
        if self._root is None:
            self._root = urllib.parse.urljoin(self.url, self.get(self.url).json()["default"])
        return self._root

    @property
    def collections(self):
        if self._collections is None:
            self._collections = self.get(self.root + "collections/").json().get("collections", [])
        return self._collections

    def collection(self, alias):
        return next((entry for entry in self.collections if entry.get("alias") == alias), None)

    @property
    def home(self):
        """Where the tests publish and read: `community`, or else the first collection with both rights."""
        both = [entry for entry in self.collections if entry["can_read"] and entry["can_write"]]
        return next((entry for entry in both if entry.get("alias") == "community"), both[0] if both else None)

    def at(self, collection=None, rest="objects/"):
        """URL of something below a collection (home's by default)."""
        return f"{self.root}collections/{(collection or self.home)['id']}/{rest}"

    # Requests. `query` goes out as it is written, escaped where a URL needs it.

    def get(self, url, query="", **options):
        return self.request("GET", url, query, **options)

    def request(self, method, url, query="", headers=None, **options):
        """A header of None is not sent."""
        url = url if url.startswith("https://") else self.base + url
        options.setdefault("timeout", ANSWER_S)
        options.setdefault("allow_redirects", False)
        return self.http.request(method, url + (f"?{query}" if query else ""), headers=headers, **options)

    def post(self, body, collection=None, headers=None, **options):
        body = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        sent = {"Content-Type": TAXII, **(headers or {})}
        return self.request("POST", self.at(collection), headers=sent, data=body, **options)

    def status(self, identifier):
        return self.get(f"{self.root}status/{identifier}/").json()

    def completed(self, answer):
        """The final status of an accepted POST."""
        assert answer.status_code == 202, f"{answer.status_code} {answer.text[:500]}"
        identifier = answer.json()["id"]

        def done():
            status = self.status(identifier)
            return status if status["status"] == "complete" else None

        return wait_until(done, f"submission {identifier} is complete")

    def publish(self, objects, collection=None, headers=None):
        """Posts, waits until all were decided and what succeeded is readable here; the final status."""
        status = self.completed(self.post(envelope(objects), collection, headers))
        wanted = {(item["id"], item.get("version")) for item in status.get("successes", [])}
        where = collection or self.home
        if where["can_read"] and wanted:
            def shown():
                records = self.manifest(ids=[key[0] for key in wanted], version="all", collection=where)
                return wanted <= {(record["id"], record["version"]) for record in records}
            wait_until(shown, "what was published is readable")
        return status

    # Reading.

    def pages(self, what="objects/", collection=None, query="", limit=None, ids=(), version=""):
        """All pages as answers; checks what every page must hold."""
        parts = [query] if query else []
        parts += [f"match[id]={','.join(sorted(set(ids)))}"] if ids else []
        parts += [f"match[version]={version}"] if version else []
        parts += [f"limit={limit}"] if limit else []
        position = []
        while True:
            answer = self.get(self.at(collection, what), "&".join(parts + position))
            assert answer.status_code == 200, f"{answer.url}: {answer.status_code} {answer.text[:500]}"
            yield answer
            page = answer.json()
            if not page.get("more"):
                assert "next" not in page, "next without more"
                return
            assert page.get("next"), "more without next"
            position = [f"next={page['next']}"]

    def objects(self, **filters):
        return [item for answer in self.pages(**filters) for item in answer.json().get("objects", [])]

    def manifest(self, **filters):
        return [item for answer in self.pages("manifest/", **filters) for item in answer.json().get("objects", [])]

    def versions(self, identifier, query="", collection=None):
        return [item for answer in self.pages(f"objects/{identifier}/versions/", collection, query) for item in answer.json().get("versions", [])]

    # Below HTTP.

    def context(self):
        context = ssl.create_default_context(cafile=self.ca or None)
        context.check_hostname = False
        return context

    @contextlib.contextmanager
    def connect(self, context=None):
        """A TLS connection."""
        with socket.create_connection((self.host, self.port), timeout=ANSWER_S) as plain:
            with (context or self.context()).wrap_socket(plain, server_hostname=self.host) as secure:
                yield secure

    def raw(self, request, context=None):
        """Sends bytes, reads to the end of the connection."""
        with self.connect(context) as secure:
            secure.sendall(request)
            out = b""
            with contextlib.suppress(TimeoutError, ssl.SSLEOFError, ConnectionResetError):
                while chunk := secure.recv(65536):
                    out += chunk
            return out

    def rss_bytes(self):
        """Resident memory of the server's process, where a ready file names it."""
        with open(f"/proc/{self.node['pid']}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def basic(text, scheme="Basic"):
    """An Authorization value from `user:password`."""
    return f"{scheme} {base64.b64encode(text.encode()).decode()}"


def envelope(objects):
    """Bytes; an object that is text already is not written anew."""
    texts = [item if isinstance(item, str) else json.dumps(item) for item in objects]
    return ('{"objects": [' + ", ".join(texts) + "]}").encode()


def assert_error(answer, *codes):
    """An error with one of these statuses, as a TAXII error resource (items 21, 138)."""
    assert answer.status_code in codes, f"{answer.request.method} {answer.url}: {answer.status_code}, wanted {codes}: {answer.text[:500]}"
    assert answer.headers["Content-Type"] == TAXII
    if answer.request.method == "HEAD":
        return {}
    error = answer.json()
    assert isinstance(error["title"], str) and error["title"]
    assert error["http_status"] == str(answer.status_code)
    assert isinstance(error["error_code"], str) and error["error_code"]
    return error
