"""Items 1-6: TLS and HTTP below TAXII."""

import datetime
import email.utils
import shutil
import ssl
import subprocess
import warnings

import pytest

from taxii_target import ANSWER_S

CLOCK_SKEW_S = 300
REFUSALS = ("ALERT", "UNSUPPORTED_PROTOCOL", "EOF")  # words of OpenSSL for what the other side did


def context_of(target, version, ciphers=None):
    context = target.context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the old versions are what is tested
        context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def get_over(target, context):
    return target.raw(f"GET /taxii2/ HTTP/1.1\r\nHost: {target.host}\r\nConnection: close\r\n\r\n".encode(), context)


def test_item_001_tls_1_2_is_spoken(target):
    context = context_of(target, ssl.TLSVersion.TLSv1_2)
    with target.connect(context) as secure:
        assert secure.version() == "TLSv1.2"
    assert get_over(target, context).startswith(b"HTTP/1.1 ")


def test_item_002_tls_1_3_is_spoken(target):
    with target.connect(context_of(target, ssl.TLSVersion.TLSv1_3)) as secure:
        assert secure.version() == "TLSv1.3"


def test_item_003_tickets_allow_no_early_data(target):
    """Python's ssl does not show a ticket's bound; openssl does, for each ticket that arrives."""
    openssl = shutil.which("openssl")
    assert openssl, "the openssl program is needed"
    request = f"GET /taxii2/ HTTP/1.1\r\nHost: {target.host}\r\nConnection: close\r\n\r\n"
    run = subprocess.run([openssl, "s_client", "-connect", f"{target.host}:{target.port}", "-tls1_3", "-ign_eof"], input=request, text=True,
                         capture_output=True, timeout=ANSWER_S, check=False)
    assert "HTTP/1.1 " in run.stdout, run.stderr[-500:]
    bounds = [line.split(":")[1].strip() for line in run.stdout.splitlines() if "Max Early Data" in line]
    assert all(bound == "0" for bound in bounds), bounds


@pytest.mark.parametrize("ciphers", ["AES128-SHA:AES256-SHA:AES128-SHA256:AES128-GCM-SHA256",
                                     "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES256-SHA384"], ids=["RSA key exchange", "CBC"])
def test_item_004_suites_of_the_blacklist_are_refused(target, ciphers):
    with pytest.raises(ssl.SSLError) as refused:
        get_over(target, context_of(target, ssl.TLSVersion.TLSv1_2, ciphers + ":@SECLEVEL=0"))
    assert any(word in refused.value.reason for word in REFUSALS), refused.value


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_item_004_older_tls_is_refused(target, version):
    with pytest.raises((ssl.SSLError, ConnectionResetError)) as refused:
        get_over(target, context_of(target, ssl.TLSVersion[version], "ALL:@SECLEVEL=0"))
    assert isinstance(refused.value, ConnectionResetError) or any(word in refused.value.reason for word in REFUSALS), refused.value


def test_item_005_an_untrusted_client_certificate_is_nobodys(target, tmp_path):
    """Refused in the handshake where client certificates are asked for; of no use where they are not."""
    certificate, key = tmp_path / "own.pem", tmp_path / "own.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-keyout", key, "-out",
                    certificate, "-subj", "/CN=delta-analyst", "-addext", "subjectAltName=URI:spiffe://demo/org/delta/node/delta-edge"],
                   check=True, capture_output=True, timeout=ANSWER_S)
    context = target.context()
    context.load_cert_chain(certificate, key)
    path = target.at().removeprefix(target.base)
    try:
        answer = target.raw(f"GET {path} HTTP/1.1\r\nHost: {target.host}\r\nConnection: close\r\n\r\n".encode(), context)
    except ssl.SSLError:
        return
    assert answer == b"" or answer.startswith((b"HTTP/1.1 401 ", b"HTTP/1.1 404 ")), answer[:200]


@pytest.mark.parametrize("path", ["/taxii2/", "/no/such/path/"])
def test_item_006_every_answer_has_the_date(target, path):
    said = email.utils.parsedate_to_datetime(target.get(path).headers["Date"])
    assert abs((datetime.datetime.now(datetime.UTC) - said).total_seconds()) < CLOCK_SKEW_S
