"""An OIDC issuer on a loopback port, and certificates of any age, for one test module. What Python's own library cannot sign, the openssl program does."""

import base64
import datetime
import hashlib
import hmac
import http.server
import json
import ssl
import subprocess
import threading
import time

AUDIENCE = "noroshi-energy"
NAME = "https://id.example"
LIFE_S = 600


def openssl(*words, data=b""):
    run = subprocess.run(["openssl", *map(str, words)], input=data, capture_output=True, timeout=60, check=False)
    assert run.returncode == 0, f"openssl {words[0]}: {run.stderr.decode()}"
    return run.stdout


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def url64_json(value):
    return url64(json.dumps(value).encode())


class Authority:
    """Signs certificates with a CA's files, from and until when a test wants."""

    CONFIG = """
[ca]
default_ca = own
[own]
database = {0}/index
serial = {0}/serial
new_certs_dir = {0}
default_md = sha256
policy = any
unique_subject = no
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
extendedKeyUsage = clientAuth
{1}
"""

    def __init__(self, directory, certificate, key):
        self.directory, self.certificate, self.key = directory, certificate, key
        directory.mkdir()
        (directory / "index").write_text("")
        (directory / "serial").write_text("7001\n")

    @classmethod
    def new(cls, directory):
        """Nobody's."""
        certificate, key = directory.with_suffix(".pem"), directory.with_suffix(".key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-keyout", key, "-out", certificate,
                "-subj", "/CN=another authority")
        return cls(directory, certificate, key)

    def issue(self, name, uri="", common_name="somebody", begins_s=-3600, ends_s=3600):
        """(certificate file, key file); the times count from now."""
        certificate, key, request, config = (self.directory / f"{name}.{kind}" for kind in ("pem", "key", "csr", "cnf"))
        config.write_text(self.CONFIG.format(self.directory, f"subjectAltName = URI:{uri}" if uri else ""))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", request, "-subj",
                "/CN=" + common_name.replace("/", "\\/"))
        now = datetime.datetime.now(datetime.timezone.utc)
        begins, ends = ((now + datetime.timedelta(seconds=seconds)).strftime("%Y%m%d%H%M%SZ") for seconds in (begins_s, ends_s))
        openssl("ca", "-batch", "-notext", "-config", config, "-cert", self.certificate, "-keyfile", self.key, "-in", request, "-out", certificate,
                "-startdate", begins, "-enddate", ends)
        return str(certificate), str(key)


class Issuer:
    """Publishes its key at `url`; answers `/moved` with a redirect to it. Not for several threads, but its own."""

    def __init__(self, directory):
        directory.mkdir()
        self.key, self.ca = directory / "issuer.key", directory / "server.pem"
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.key)
        raw = openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")[-32:]
        self.public_pem = openssl("pkey", "-in", self.key, "-pubout")
        self.keys = {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "use": "sig", "alg": "EdDSA", "x": url64(raw)}]}
        self.asked = []  # paths
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-keyout", directory / "server.key",
                "-out", self.ca, "-subj", "/CN=issuer", "-addext", "subjectAltName=IP:127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, directory / "server.key")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.base = f"https://127.0.0.1:{self.server.server_address[1]}"
        self.url = self.base + "/keys"

    def handler(self):
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked.append(self.path)
                body = json.dumps(issuer.keys).encode()
                self.send_response(302 if self.path == "/moved" else 200)
                if self.path == "/moved":
                    self.send_header("Location", issuer.url)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def token(self, subject, header=None, **changes):
        """A good one, except for what is changed; a claim of None is left out."""
        now = int(time.time())
        claims = {"iss": NAME, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + LIFE_S, **changes}
        return self.signed({name: value for name, value in claims.items() if value is not None}, header or {})

    def signed(self, claims, header):
        header = {"alg": "EdDSA", "kid": "k1", "typ": "at+jwt", **header}
        text = f"{url64_json(header)}.{url64_json(claims)}"
        if header["alg"] == "none":
            return text + "."
        if header["alg"] == "HS256":  # keyed with what everybody knows (RFC 8725 section 2.1)
            return f"{text}.{url64(hmac.new(self.public_pem, text.encode(), hashlib.sha256).digest())}"
        file = self.key.with_name("to-sign")
        file.write_text(text)
        return f"{text}.{url64(openssl('pkeyutl', '-sign', '-inkey', self.key, '-rawin', '-in', file))}"
