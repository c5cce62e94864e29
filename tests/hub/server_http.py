"""What the hub's HTTP server takes, refuses and tells."""

import gzip
import os
import re
import socket
import ssl
import subprocess
import threading
import time

import hub_program as hp
from hub_program import Device, Failed, same, true

MIB = 1 << 20


def test_the_first_line_names_address_and_store(bench):
    hub = bench.hub().start()
    true(re.fullmatch(r"<6>karcis-hub: listening on 127\.0\.0\.1:\d+, store "
                      r"(sqlite:/\S+/hub\.db|postgres)\n", hub.log[0]),
         f"the first line: {hub.log[0]!r}")


def test_health_is_ok_while_the_store_answers(bench):
    hub = bench.hub().start()
    same(hub.get("/healthz"), (200, b"ok\n"), "/healthz")


SAMPLE = re.compile(
    r'[a-z_]+(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})? [0-9.]+')


def test_metrics_are_in_the_text_format(bench):
    hub = bench.hub().start()
    hub.get("/healthz")
    hub.metrics()
    status, body = hub.get("/metrics")
    same(status, 200, "/metrics")
    typed, seen = {}, set()
    for line in body.decode().splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split(" ")[2:]
            true(name not in typed, f"{name} has one TYPE")
            typed[name] = kind
        elif not line.startswith("# HELP "):
            true(SAMPLE.fullmatch(line), f"a sample: {line!r}")
            name = re.match(r"[a-z_]+", line)[0]
            base = re.sub(r"_(bucket|sum|count)$", "", name)
            kind = typed.get(name) or typed[base]
            same(kind == "counter", name.endswith("_total"),
                 f"{name} is named as a {kind}")
            key = line.rsplit(" ", 1)[0]
            true(key not in seen, f"{key} stands once")
            seen.add(key)
    for name in ("karcis_hub_requests_total", "karcis_hub_errors_total",
                 "karcis_hub_request_seconds", "karcis_hub_long_polls",
                 "karcis_hub_offices", "karcis_hub_doubles",
                 "process_resident_memory_bytes", "karcis_hub_build_info"):
        true(name in typed, f"{name} is told")


def test_metrics_count_by_path_and_status(bench):
    hub = bench.hub().start()
    before = hub.metrics()
    for _ in range(3):
        hub.get("/v1/time?nonce=00")
    now = hub.metrics()
    key = 'karcis_hub_requests_total{path="/v1/time",status="401"}'
    same(now[key] - before.get(key, 0), 3, key)
    key = 'karcis_hub_errors_total{error="unsigned"}'
    same(now[key] - before[key], 3, key)
    key = 'karcis_hub_request_seconds_count{path="/v1/time"}'
    same(now[key] - before[key], 3, key)
    same(now[key], now['karcis_hub_request_seconds_bucket'
                       '{path="/v1/time",le="+Inf"}'], "all are in +Inf")
    same(now["karcis_hub_offices"], 2, "offices")


def test_no_client_makes_a_series_of_metrics(bench):
    hub = bench.hub().start()
    hub.get("/")
    hub.metrics()
    before = set(hub.metrics())
    for path in ('/a"b', "/v1/feed/../../x", "/%0a%22", "/v1/x?y", "//"):
        hub.get(path)
    same({k for k in hub.metrics() if k not in before}, set(), "new series")


def test_what_is_not_signed_is_401_and_not_signed_either(bench):
    hub = bench.hub().start()
    for method, path in (("GET", "/v1/time?nonce=00"), ("GET", "/v1/roster"),
                         ("POST", "/v1/claims")):
        c = hub.connect()
        c.request(method, path, headers={"Karcis-Device": "1"})
        r = c.getresponse()
        hp.Answer(r, r.read(), hub.key, 1, 0).refused(401, "unsigned", False)
        same(r.headers["Karcis-Hub-Signature"], None, "a signature")
        c.close()


def test_a_signature_of_another_request_is_401(bench):
    hub = bench.hub().start()
    d = hub.device()
    counter, headers = d.headers("POST", "/v1/claims", b'{"ops": []}')
    for path, body in (("/v1/claims", b'{"ops": [] }'),
                       ("/v1/claims?x", b'{"ops": []}')):
        c = hub.connect()
        c.request("POST", path, body, headers)
        r = c.getresponse()
        hp.Answer(r, r.read(), hub.key, d.device, counter).refused(
            401, "unsigned", False)
        c.close()


def test_a_device_that_was_never_enrolled_is_403(bench):
    hub = bench.hub().start()
    d = Device(hub)
    d.device = 4711
    a = d.ask("GET", "/v1/time?nonce=00")
    same((a.status, a.error), (403, "unknown_device"), "the refusal")


def test_another_office_is_403_for_every_path(bench):
    hub = bench.hub().start()
    kiosk = hub.device()
    channel = hub.device("channel", "web")
    other = hp.OTHER_OFFICE
    for d, path in (
            (kiosk, f"/v1/feed?office={other}&day={bench.day}&epoch=0"
             "&after=0&limit=500&wait=0"),
            (kiosk, f"/v1/roster?office={other}"),
            (channel, f"/v1/slots?office={other}&from={bench.day}"
             f"&to={bench.day}")):
        d.ask("GET", path).refused(403, "other_office")


def test_a_counter_is_taken_once(bench):
    hub = bench.hub().start()
    d = hub.device()
    path = "/v1/time?nonce=00"
    same(d.ask("GET", path, counter=100).status, 200, "counter 100")
    d.ask("GET", path, counter=100).refused(409, "replayed")
    same(d.ask("GET", path, counter=99).status, 200, "99 after 100")
    d.ask("GET", path, counter=99).refused(409, "replayed")
    same(d.ask("GET", path, counter=200).status, 200, "counter 200")
    d.ask("GET", path, counter=101).refused(409, "re_enrol")


def test_an_answer_is_signed_for_its_counter(bench):
    hub = bench.hub().start()
    d = hub.device()
    counter, headers = d.headers("GET", "/v1/time?nonce=00ff")
    c = hub.connect()
    c.request("GET", "/v1/time?nonce=00ff", headers=headers)
    r = c.getresponse()
    body = r.read()
    c.close()
    true(hp.Answer(r, body, hub.key, d.device, counter).signed, "it fits")
    true(not hp.Answer(r, body, hub.key, d.device, counter + 1).signed,
         "it fits no other counter")


def test_an_unknown_path_is_404_and_a_wrong_method_405(bench):
    hub = bench.hub().start()
    d = hub.device()
    d.ask("GET", "/v1/nothing").refused(404, "not_found")
    d.ask("POST", "/v1/roster", b"{}").refused(405, "method")
    for method, path, allow in (("PUT", "/v1/claims", "POST"),
                                ("POST", "/healthz", "GET"),
                                ("BREW", "/v1/slots", "GET"),
                                ("OPTIONS", "/v1/bookings/00",
                                 "PATCH, DELETE")):
        a = d.ask(method, path)
        a.refused(405, "method", signed=False)
        same(a.headers["Allow"], allow, f"Allow of {path}")


def refused_at_once(hub, data, status, error):
    begun = time.monotonic()
    out = hub.raw(data)
    true(out is not None, "the connection is closed")
    true(time.monotonic() - begun < 2, "it is answered at once")
    true(out.startswith(b"HTTP/1.1 %d " % status), f"{status}: {out[:80]!r}")
    true(b'{"error": "%s", "detail": "' % error in out, f"JSON: {out!r}")
    true(b"Connection: close\r\n" in out, "Connection: close")


HEAD = b"POST /v1/claims HTTP/1.1\r\nHost: hub\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def test_a_body_over_1_mib_is_413_before_it_came(bench):
    hub = bench.hub().start()
    refused_at_once(hub, HEAD + b"Content-Length: %d\r\n\r\n" % (MIB + 1),
                    413, b"too_large")
    refused_at_once(hub, HEAD + b"Content-Length: 999999999999\r\n\r\n",
                    413, b"too_large")


def chunks(total):
    part = b"10000\r\n" + b" " * 65536 + b"\r\n"
    rest = total % 65536
    last = b"%x\r\n" % rest + b" " * rest + b"\r\n" if rest else b""
    return part * (total // 65536) + last + b"0\r\n\r\n"


def test_a_chunked_body_over_1_mib_is_413(bench):
    hub = bench.hub().start()
    refused_at_once(hub, CHUNKED + chunks(MIB + 1), 413, b"too_large")


def test_a_body_of_1_mib_is_taken(bench):
    hub = bench.hub().start()
    d = hub.device()
    body = b'{"ops": []' + b" " * (MIB - 11) + b"}"
    same(len(body), MIB, "its length")
    a = d.ask("POST", "/v1/claims", body)
    same((a.status, a.signed), (200, True), "the whole body was signed")
    out = hub.raw(HEAD + b"Connection: close\r\nTransfer-Encoding: chunked"
                  b"\r\n\r\n" + chunks(MIB))
    true(out.startswith(b"HTTP/1.1 401 "), f"a chunked one is judged: {out!r}")


def test_a_body_that_never_ends_is_cut(bench):
    hub = bench.hub().start()
    part = b"10000\r\n" + b" " * 65536 + b"\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", hub.port)) as s:
        s.settimeout(10)
        try:
            s.sendall(CHUNKED)
            while sent < 64 * MIB:
                s.sendall(part)
                sent += 65536
        except (ConnectionResetError, BrokenPipeError):
            pass
    true(16 * MIB <= sent < 40 * MIB, f"{sent} bytes were taken")
    same(hub.metrics()["karcis_hub_request_body_bytes"], 0, "kept bytes")


def test_too_many_ops_or_bookings_are_413(bench):
    hub = bench.hub().start()
    d = hub.device()
    op = hp.admit(bench.day)
    d.ask("POST", "/v1/claims", {"ops": [op] * 501, "at": []}).refused(
        413, "too_large")
    channel = hub.device("channel", "web")
    row = {"service": 1, "date": bench.day, "start": "09:00", "end": "09:15"}
    channel.ask("POST", "/v1/bookings", {"bookings": [row] * 1001}).refused(
        413, "too_large")


def test_100000_bookings_in_one_request_are_413_and_nothing_is_kept(bench):
    hub = bench.hub().start()
    row = b'{"service":1,"date":"%s","start":"09:00","end":"09:15"},' % (
        bench.day.encode())
    body = b'{"bookings": [' + row * 100000
    refused_at_once(hub, b"POST /v1/bookings HTTP/1.1\r\nHost: hub\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(body) + body[:60000],
                    413, b"too_large")
    now = hub.metrics()
    same((now["karcis_hub_bookings"], now["karcis_hub_request_body_bytes"]),
         (0, 0), "bookings and bytes kept")


def test_two_lengths_no_host_and_a_blank_in_the_path_are_400(bench):
    hub = bench.hub().start()
    for data in (HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked"
                 b"\r\n\r\n0\r\n\r\n", b"GET /healthz HTTP/1.1\r\n\r\n",
                 b"GET /health z HTTP/1.1\r\nHost: hub\r\n\r\n"):
        refused_at_once(hub, data, 400, b"bad_request")


def test_a_path_over_512_bytes_is_414(bench):
    hub = bench.hub().start()
    refused_at_once(hub, b"GET /" + b"a" * 512 + b" HTTP/1.1\r\nHost: hub"
                    b"\r\n\r\n", 414, b"bad_request")


def test_headers_over_16_kib_are_refused(bench):
    hub = bench.hub().start()
    out = hub.raw(b"GET / HTTP/1.1\r\nHost: hub\r\nX: " + b"x" * 20000 +
                  b"\r\n\r\n")
    true(out is not None and out.startswith(b"HTTP/1.1 431 "), f"{out!r}")


def test_noise_is_no_request(bench):
    hub = bench.hub().start()
    for data in (b"\r\n\r\n\r\n", b"BLAH\r\n\r\n", os.urandom(4096) + b"\r\n",
                 CHUNKED + b"zz\r\n", HEAD + b"Content-Length: -1\r\n\r\n",
                 b"GET / HTTP/9.9\r\nHost: hub\r\n\r\n"):
        hub.raw(data, seconds=0.3)
    same(hub.get("/healthz")[0], 200, "/healthz afterwards")


def fill(d, day, count):
    for _ in range(0, count, 100):
        ops = [hp.admit(day, done=True, letter="A", number=1, key_id=1, seq=1,
                        n=1) for _ in range(100)]
        same(d.claim(*ops).status, 200, "claims")


def test_a_long_body_is_gzipped_where_that_is_wanted(bench):
    hub = bench.hub().start()
    d = hub.device()
    fill(d, bench.day, 100)
    plain = d.feed(bench.day)
    same(plain.headers["Content-Encoding"], None, "unasked")
    for words, wanted in (("gzip", "gzip"), ("br, GZIP;q=0.5", "gzip"),
                          ("gzip;q=0", None), ("br", None),
                          ("gzip; q=0.000, br", None)):
        a = d.feed(bench.day, more={"Accept-Encoding": words})
        same(a.headers["Content-Encoding"], wanted, words)
        same((a.body, a.signed), (plain.body, True), f"the body by {words}")
        same(a.headers["Vary"], "Accept-Encoding", "Vary")
        if wanted:
            true(a.wire_bytes < len(a.body) * 3 / 4, "it is shorter")


def test_a_short_body_is_not_gzipped(bench):
    hub = bench.hub().start()
    a = hub.device().feed(bench.day, more={"Accept-Encoding": "gzip"})
    true(len(a.body) <= 1024, "it is short")
    same((a.headers["Content-Encoding"], a.headers["Vary"]), (None, None),
         "encoding and Vary")


def test_nothing_new_is_304_by_etag(bench):
    hub = bench.hub().start()
    d = hub.device()
    d.claim(hp.admit(bench.day))
    epoch = d.feed(bench.day).json["epoch"]
    for ask in (lambda **m: d.feed(bench.day, epoch=epoch, after=1, **m),
                lambda **m: d.ask("GET", f"/v1/roster?office={d.office}",
                                  **m)):
        tag = ask().headers["ETag"]
        true(re.fullmatch(r'"[0-9.]+"', tag), f"ETag {tag}")
        a = ask(more={"If-None-Match": tag})
        same((a.status, a.body, a.signed), (304, b"", True), "the answer")
        a = ask(more={"If-None-Match": '"0.0.0"'})
        same(a.status, 200, "by another ETag")


def test_answers_are_json_and_are_not_stored(bench):
    hub = bench.hub().start()
    d = hub.device()
    for a in (d.feed(bench.day), d.ask("GET", "/v1/nothing")):
        same((a.headers["Content-Type"], a.headers["Cache-Control"]),
             ("application/json", "no-store"), "headers")


def certificate(bench):
    cert, key = (os.path.join(bench.folder, n) for n in ("c.pem", "k.pem"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=hub", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
         "-out", cert], check=True, stderr=subprocess.DEVNULL)
    return cert, key


def test_tls_with_a_certificate_of_ones_own(bench):
    cert, key = certificate(bench)
    hub = bench.hub(tls_certificate=cert, tls_key=key).start()
    hub.tls = hp.trusting(cert)
    d = hub.device()
    a = d.claim(hp.admit(bench.day))
    same((a.status, a.signed), (200, True), "a claim")
    body = b'{"ops": []' + b" " * (MIB - 11) + b"}"
    same(d.ask("POST", "/v1/claims", body).status, 200, "1 MiB")
    held = hp.Held(d, poll_path(d, bench.day, 0))
    true(not held.ready(0.3), "a long-poll is held")
    d.claim(hp.admit(bench.day))
    same(held.answer().json["head"], 2, "it is woken")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname = False
    old.verify_mode = ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", hub.port)) as s:
        try:
            old.wrap_socket(s)
        except (ssl.SSLError, ConnectionError):
            return
    raise Failed("TLS 1.1 is spoken")


def poll_path(d, day, after, wait=60):
    epoch = d.feed(day).json["epoch"]
    if after == 0:
        after = d.feed(day).json["head"]
    return (f"/v1/feed?office={d.office}&day={day}&epoch={epoch}"
            f"&after={after}&limit=500&wait={wait}")


def trickle(hub, head, step, out):
    """Seconds until the hub ends it, sending a byte a second."""
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", hub.port)) as s:
        s.settimeout(1)
        try:
            s.sendall(head)
            while time.monotonic() - begun < 60:
                if step:
                    s.sendall(step)
                try:
                    if not s.recv(100):
                        break
                except TimeoutError:
                    pass
        except OSError:
            pass
    out.append(time.monotonic() - begun)


SLOW = (("body", HEAD + b"Content-Length: 1000\r\n\r\n", b" "),
        ("headers", b"GET / HTTP/1.1\r\nHost: hub\r\nX: ", b"x"),
        ("request line", b"GET /", b"x"), ("silence", b"", b""))


def begin_slow(bench):
    """Slow clients take half a minute: beside the other tests."""
    hub = bench.hub("slow").start()
    found = []
    for _, head, step in SLOW:
        out = []
        t = threading.Thread(target=trickle, args=(hub, head, step, out),
                             daemon=True)
        t.start()
        found.append((t, out))
    return hub, found


def test_a_request_must_be_there_within_30_seconds(bench):
    hub, found = bench.slow
    for (what, _, _), (t, out) in zip(SLOW, found):
        t.join(50)
        true(out and 29 <= out[0] <= 40, f"{what}: {out}")
    same(hub.metrics()["karcis_hub_slow_clients_total"], len(SLOW), "counted")


# The store has no part in these.
WITHOUT_STORE = {
    test_the_first_line_names_address_and_store,
    test_no_client_makes_a_series_of_metrics,
    test_a_body_over_1_mib_is_413_before_it_came,
    test_a_chunked_body_over_1_mib_is_413, test_a_body_that_never_ends_is_cut,
    test_two_lengths_no_host_and_a_blank_in_the_path_are_400,
    test_a_path_over_512_bytes_is_414, test_headers_over_16_kib_are_refused,
    test_noise_is_no_request, test_a_short_body_is_not_gzipped,
    test_answers_are_json_and_are_not_stored,
    test_tls_with_a_certificate_of_ones_own,
    test_a_request_must_be_there_within_30_seconds}
POSTGRES_ONLY = set()
TESTS = [v for k, v in list(globals().items()) if k.startswith("test_")]
