"""What a hub, a proxy or a stranger may say to karcis-link."""
import datetime
import email.utils
import gzip
import os
import random
import socket
import ssl
import threading
import time
import warnings
import zlib

from link_common import (HEADERS, KEY, folder, lost, one, packed, peak_kb,
                         says, says_and_closes)
from link_server import (BODY_MAX, CAME, CUT, NO_ANSWER, Hub, Link, answer,
                         reset, tls)


def test_an_answer_is_handed_on_unjudged():
    a, _ = one(says("200 OK", b'{"ops":[]}', HEADERS))
    assert (a.fate, a.status, a.epoch, a.retry) == (CAME, 200, 3, 0)
    assert (a.kind, a.etag) == ("feed", '"8.2.1"')
    assert a.signature == "bm90IGp1ZGdlZA=="
    assert a.body == b'{"ops":[]}' and a.trouble == ""


def test_a_request_is_signed_over_method_path_and_body():
    path = "/v1/./x/../claims?office=4102&x=/../a%2Fb"
    _, (q,) = one(says("200 OK"), method="POST", path=path, body=b'{"a":1}',
                  counter=2 ** 64 - 1)
    assert q.line == "POST %s HTTP/1.1" % path
    assert q.body == b'{"a":1}'
    assert q.headers["karcis-device"] == "17"
    assert q.headers["karcis-counter"] == "18446744073709551615"
    assert q.signed_by(KEY)
    q.path = "/v1/claims"
    assert not q.signed_by(KEY)


def test_a_request_has_these_headers_and_no_other():
    _, (q,) = one(says("200 OK"), etag='"1.2.3"')
    own = {"host", "accept", "accept-encoding", "karcis-device",
           "karcis-counter", "karcis-signature", "if-none-match"}
    assert set(q.headers) == own, q.headers
    assert q.headers["if-none-match"] == '"1.2.3"'
    assert q.headers["accept-encoding"] == "gzip"
    # Over 1 MiB curl would ask with Expect: 100-continue.
    body = b"x" * (2 << 20)
    _, (q,) = one(says("200 OK"), method="POST", body=body)
    assert set(q.headers) == own - {"if-none-match"} | {
        "content-type", "content-length"}
    assert q.headers["content-type"] == "application/json"
    assert q.body == body and q.signed_by(KEY)


def test_every_method_of_the_protocol_goes_out_as_it_is():
    for method, body, length in (("GET", b"", None), ("POST", b"", "0"),
                                 ("PATCH", b"{}", "2"),
                                 ("DELETE", b"", None)):
        a, (q,) = one(says("200 OK"), method=method, body=body)
        assert a.fate == CAME
        assert q.method == method and q.body == body
        assert q.headers.get("content-length") == length, method


def test_a_folder_before_the_path_is_sent_and_not_signed():
    with Hub(says("200 OK")) as hub, Link(hub.url() + "/karcis") as link:
        assert link.ask(path="/v1/time?nonce=aa").fate == CAME
        q, = hub.requests
        assert q.path == "/karcis/v1/time?nonce=aa"
        assert q.signed_by(KEY, path="/v1/time?nonce=aa")


def test_304_comes_with_its_headers_and_no_body():
    a, _ = one(says(b"HTTP/1.1 304 Not Modified\r\nKarcis-Kind: feed\r\n"
                    b'ETag: "8.2.1"\r\n\r\n'), etag='"8.2.1"')
    assert (a.fate, a.status, a.kind, a.body) == (CAME, 304, "feed", b"")
    assert a.etag == '"8.2.1"'


def test_a_proxys_502_comes_as_it_is():
    page = b"<html><h1>502 Bad Gateway</h1></html>"
    a, _ = one(says("502 Bad Gateway", page, ["Content-Type: text/html"]))
    assert (a.fate, a.status, a.body) == (CAME, 502, page)
    assert a.kind == a.signature == "" and a.epoch == 0


def test_a_captive_portals_login_page_comes_unsigned():
    page = b"<html>Welcome! Log in to the Wi-Fi</html>"
    a, _ = one(says("200 OK", page, ["Set-Cookie: session=1"]))
    assert (a.fate, a.status, a.body) == (CAME, 200, page)
    assert a.kind == a.signature == a.etag == "" and a.epoch == 0


def test_a_redirect_is_handed_on_and_not_followed():
    with Hub(says("200 OK", b"elsewhere")) as other:
        a, _ = one(says("302 Found", b"go", [
            "Location: %s/login" % other.url()]))
        assert (a.fate, a.status, a.body) == (CAME, 302, b"go")
        assert other.count() == 0


def test_no_cookie_is_kept():
    with Hub(says("200 OK", b"", ["Set-Cookie: a=b; Path=/"])) as hub, \
            Link(hub.url()) as link:
        link.ask()
        link.ask()
        assert "cookie" not in hub.requests[1].headers


def test_a_body_that_breaks_off_is_cut():
    for data in (answer(body=b"{", headers=HEADERS, length=1000),
                 b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                 b"5\r\nhello\r\n",
                 b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                 b"5\r\nhello\r\nzz\r\n"):
        a, _ = one(says_and_closes(data))
        lost(a, CUT)


def test_a_head_that_breaks_off_is_no_whole_answer():
    for head, fate in ((b"HTTP/1", NO_ANSWER),
                       (b"HTTP/1.1 200 OK\r\n", CUT),
                       (b"HTTP/1.1 200 OK\r\nKarcis-Ki", CUT),
                       (b"HTTP/1.1 200 OK\r\nKarcis-Kind: feed\r\n", CUT)):
        a, _ = one(says_and_closes(head))
        lost(a, fate)


def test_a_reply_lost_on_a_new_connection_was_asked_once():
    for by_reset in (True, False):
        def handler(_, conn, __, by_reset=by_reset):
            if by_reset:
                reset(conn)
            return False
        a, requests = one(handler, method="POST", body=b"{}")
        lost(a, NO_ANSWER)
        assert len(requests) == 1


def test_a_reply_lost_on_a_kept_connection_may_be_asked_twice():
    def handler(q, conn, hub):
        if q.again == 1 and hub.count() == 2:
            return False
        conn.sendall(answer(body=b"%d" % hub.count()))
        return True
    with Hub(handler) as hub, Link(hub.url()) as link:
        assert link.ask(counter=5).body == b"1"
        a = link.ask(counter=6, method="POST", body=b"{}")
        counters = [q.headers["karcis-counter"] for q in hub.requests]
        # The same counter: a hub that took it answers 409 `replayed`.
        assert counters in (["5", "6", "6"], ["5", "6"]), counters
        assert a.fate == (CAME if len(counters) == 3 else NO_ANSWER)


def number(q):
    return answer(body=q.headers["karcis-counter"].encode())


def test_a_second_answer_at_once_answers_no_other():
    with Hub(lambda q, conn, _: conn.sendall(number(q) * 2) or True) as hub, \
            Link(hub.url()) as link:
        for n in range(1, 4):
            assert link.ask(counter=n).body == b"%d" % n


def test_a_second_answer_while_nobody_asks_answers_no_other():
    sent = threading.Semaphore(0)

    def handler(q, conn, _):
        conn.sendall(number(q))
        time.sleep(0.05)
        conn.sendall(number(q))
        sent.release()
        return True
    with Hub(handler) as hub, Link(hub.url()) as link:
        for n in range(1, 4):
            assert link.ask(counter=n).body == b"%d" % n
            assert sent.acquire(timeout=10)
            time.sleep(0.05)


def test_a_second_answer_just_after_the_next_request_spoils_that_alone():
    """Its signature does not fit that request, so the terminal drops it."""
    sent = threading.Semaphore(0)

    def handler(q, conn, _):
        if q.headers["karcis-counter"] == "2":
            conn.sendall(answer(body=b"1"))
            time.sleep(0.05)
        conn.sendall(number(q))
        sent.release()
        return True
    with Hub(handler) as hub, Link(hub.url()) as link:
        for n, body in ((1, b"1"), (2, b"1"), (3, b"3"), (4, b"4")):
            assert link.ask(counter=n).body == body
            assert sent.acquire(timeout=10)
            time.sleep(0.05)


def test_connections_are_kept():
    with Hub(says("200 OK", b"{}")) as hub, Link(hub.url()) as link:
        for n in range(5):
            assert link.ask(counter=n).fate == CAME
        assert [q.again for q in hub.requests] == [0, 1, 2, 3, 4]


def test_chunks_are_put_together():
    a, _ = one(says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                    b"Karcis-Kind: feed\r\n\r\n"
                    b"5\r\nhello\r\n1;x=y\r\n,\r\n6\r\n world\r\n0\r\n\r\n"))
    assert (a.fate, a.kind, a.body) == (CAME, "feed", b"hello, world")


def test_trailers_are_no_headers():
    a, _ = one(says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                    b"Karcis-Kind: feed\r\n\r\n2\r\n{}\r\n0\r\n"
                    b"Karcis-Kind: time\r\nKarcis-Epoch: 4\r\n\r\n"))
    assert (a.fate, a.kind, a.epoch, a.body) == (CAME, "feed", 0, b"{}")


def test_interim_answers_leave_nothing_behind():
    a, _ = one(says(b"HTTP/1.1 103 Early Hints\r\nKarcis-Kind: early\r\n"
                    b"Karcis-Epoch: 9\r\n\r\n" + answer("200 OK", b"{}")))
    assert (a.status, a.kind, a.epoch, a.body) == (200, "", 0, b"{}")


def test_gzip_is_undone():
    body = b'{"ops":[]}' * 1000
    a, _ = one(says(packed(gzip.compress(body), *HEADERS)))
    assert (a.fate, a.kind, a.body) == (CAME, "feed", body)


def test_broken_gzip_is_cut():
    good = gzip.compress(os.urandom(5000))
    for bad in (b"not gzip at all", good[:2000], good[:-1], good + b"x",
                good[:3000] + b"\0" * 50 + good[3050:],
                good[:-8] + b"\0" * 4 + good[-4:], zlib.compress(b"zlib")):
        a, _ = one(says(packed(bad)))
        lost(a, CUT, "gzip" if bad in (good[:2000], good[:-1])
             else "encoding")


def test_an_encoding_nobody_asked_for_is_cut():
    for encoding in ("br", "zstd", "deflate", "gzip, gzip", "br, gzip"):
        a, _ = one(says(answer(body=b"abc", headers=[
            "Content-Encoding: " + encoding])))
        lost(a, CUT, "encoding")


def test_a_gzip_bomb_is_cut_and_costs_no_memory():
    zeros = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"\0" * (1 << 20)
    bomb = b"".join(zeros.compress(block) for _ in range(100))
    bomb += zeros.flush()  # 100 MiB in 100 KB
    with Hub(says(packed(bomb))) as hub, Link(hub.url()) as link:
        link.ask(path="/warm")
        before = peak_kb(link)
        for _ in range(3):
            lost(link.ask(), CUT, "larger than 4 MiB")
        assert peak_kb(link) - before < 20000, peak_kb(link) - before


def test_a_body_of_4_mib_passes_and_one_byte_more_is_cut():
    body = os.urandom(BODY_MAX)
    for packs in (False, True):
        def data(b, packs=packs):
            return packed(gzip.compress(b, 1)) if packs else answer(body=b)
        a, _ = one(says(data(body)))
        assert a.fate == CAME and a.body == body
        a, _ = one(says(data(body + b"x")))
        lost(a, CUT, "larger than 4 MiB")


def test_an_endless_body_is_cut():
    def handler(_, conn, __):
        conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            conn.sendall(b"x" * 65536)
    a, _ = one(handler)
    lost(a, CUT, "larger than 4 MiB")


def test_endless_headers_end_the_exchange():
    def lines(_, conn, __):
        conn.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            conn.sendall(b"X-More: " + b"y" * 1000 + b"\r\n")

    def line(_, conn, __):
        conn.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            conn.sendall(b"y" * 65536)
    for handler in (lines, line):
        a, _ = one(handler)
        lost(a, CUT)


def test_a_header_that_is_too_long_counts_as_absent():
    a, _ = one(says("200 OK", b"{}", [
        "Karcis-Kind: " + "k" * 513, "ETag: " + "e" * 512,
        "Karcis-Epoch: 4294967296", "Karcis-Hub-Signature: x"]))
    assert (a.fate, a.kind, a.epoch, a.signature) == (CAME, "", 0, "x")
    assert a.etag == "e" * 512


def test_what_is_not_http_is_no_answer():
    for data in (b"SSH-2.0-OpenSSH_9.2\r\n", b"\0\1\2\3" * 100, b"",
                 b"<html>no head</html>\n", b"HTTP/1.1 abc OK\r\n\r\n",
                 b"HTTP/1.1 2000 OK\r\n\r\n"):
        a, _ = one(says_and_closes(data), timeout_ms=2000)
        assert a.fate in (NO_ANSWER, CUT), (data, a.fate, a.status)
        assert a.body == b"" and a.status == 0


def timed(handler, timeout_ms):
    with Hub(handler) as hub, Link(hub.url()) as link:
        begun = time.monotonic()
        a = link.ask(timeout_ms=timeout_ms)
        return a, (a.at - begun) * 1000


def test_a_trickle_is_cut_when_the_time_is_over():
    def handler(_, conn, hub):
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not hub.over.wait(0.02):
            conn.sendall(b"x")
    a, ms = timed(handler, 600)
    lost(a, CUT, "timed out")
    assert 590 <= ms < 1500, ms


def test_silence_is_no_answer_when_the_time_is_over():
    a, ms = timed(lambda _, __, hub: hub.over.wait(20), 600)
    lost(a, NO_ANSWER, "timed out")
    assert 590 <= ms < 1500, ms


def test_no_time_is_no_answer_at_once():
    with Hub(says("200 OK")) as hub, Link(hub.url()) as link:
        lost(link.ask(timeout_ms=0), NO_ANSWER, "time")
        assert hub.count() == 0


def test_a_hub_that_is_down_is_no_answer():
    with Hub(says("200 OK"), host="127.0.0.2") as hub:
        url = hub.url()
    with Link(url) as link:
        begun = time.monotonic()
        lost(link.ask(), NO_ANSWER, "connect")
        assert time.monotonic() - begun < 2


def test_a_hub_that_is_full_is_given_up_after_3_seconds():
    # No room in the backlog: the kernel drops what asks for a connection.
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(0)
        full = []
        for _ in range(3):
            c = socket.socket()
            c.setblocking(False)
            c.connect_ex(s.getsockname())
            full.append(c)
        with Link("http://127.0.0.1:%d" % s.getsockname()[1]) as link:
            begun = time.monotonic()
            lost(link.ask(timeout_ms=20000), NO_ANSWER)
            assert 2.9 <= time.monotonic() - begun < 6
        for c in full:
            c.close()


def test_a_name_that_is_not_known_is_no_answer():
    with Link("https://hub.invalid") as link:
        begun = time.monotonic()
        lost(link.ask(timeout_ms=2000), NO_ANSWER)
        assert time.monotonic() - begun < 3


def test_a_hub_killed_in_between_is_found_again():
    hub = Hub(says("200 OK", b"1"), host="127.0.0.3")
    with Link(hub.url()) as link:
        assert link.ask().body == b"1"
        hub.kill()
        lost(link.ask(), NO_ANSWER)
        with Hub(says("200 OK", b"2"), port=hub.port, host=hub.host):
            assert link.ask().body == b"2"


def test_a_hub_killed_in_mid_answer_cuts_it():
    sent = threading.Event()

    def handler(_, conn, hub):
        conn.sendall(answer(body=b"x" * 100, length=1000))
        sent.set()
        hub.over.wait(10)
    hub = Hub(handler)
    with Link(hub.url()) as link:
        link.send()
        assert sent.wait(10)
        time.sleep(0.05)
        hub.kill()
        lost(link.take(), CUT)


def secure(name, *more):
    a, requests = one(says("200 OK", b"{}"), *more, scheme="https",
                      context=tls(folder(), name))
    return a, requests


def test_tls_passes_with_the_authority_given():
    a, _ = secure("good", "--ca", folder() + "/ca.pem")
    assert (a.fate, a.body) == (CAME, b"{}"), a.trouble


def test_tls_of_another_authority_name_or_time_is_no_answer():
    for name in ("alone", "other", "old"):
        a, requests = secure(name, "--ca", folder() + "/ca.pem")
        lost(a, NO_ANSWER, "certificate")
        assert requests == [], "bytes were sent before the check"
    a, requests = secure("good")  # the system does not know ca.pem
    lost(a, NO_ANSWER, "certificate")
    assert requests == []


def test_tls_1_1_is_refused():
    c = tls(folder(), "good")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        c.minimum_version = c.maximum_version = ssl.TLSVersion.TLSv1_1
    c.set_ciphers("ALL:@SECLEVEL=0")
    a, requests = one(says("200 OK"), "--ca", folder() + "/ca.pem",
                      scheme="https", context=c)
    lost(a, NO_ANSWER)
    assert requests == []


def test_a_cut_under_tls_is_seen():
    # Without a length only close_notify tells the end; here it is missing.
    def handler(_, conn, __):
        conn.sendall(b"HTTP/1.1 200 OK\r\nKarcis-Kind: feed\r\n\r\n{")
        conn.shutdown(socket.SHUT_RDWR)
        return False
    a, _ = one(handler, "--ca", folder() + "/ca.pem", scheme="https",
               context=tls(folder(), "good"))
    lost(a, CUT)


def test_https_where_http_is_spoken_is_no_answer():
    a, _ = one(says("200 OK"), scheme="https", timeout_ms=500)
    lost(a, NO_ANSWER)


def test_retry_after_comes_in_seconds():
    def at(seconds):
        then = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
        return email.utils.format_datetime(
            then + datetime.timedelta(seconds=seconds), usegmt=True)
    soon = email.utils.formatdate(time.time() + 100, usegmt=True)
    for headers, low, high in (
            (["Retry-After: 7"], 7, 7), (["Retry-After: 3601"], 3600, 3600),
            (["Retry-After: soon"], 0, 0),
            (["Retry-After: " + at(90), "Date: " + at(0)], 90, 90),
            (["Retry-After: " + soon], 50, 100)):
        a, _ = one(says("503 Busy", b"{}", headers))
        assert a.fate == CAME and a.status == 503
        assert low <= a.retry <= high, (headers, a.retry)


def test_an_early_413_passes():
    # It answers before it has read the body, and never reads it.
    def handler(_, conn, hub):
        conn.sendall(answer("413 Too Large", b"{}", [
            "Karcis-Kind: error", "Connection: close"]))
        hub.over.wait(1)
    with Hub(handler, bodies=False) as hub, Link(hub.url()) as link:
        a = link.ask(method="POST", body=b"x" * (3 << 20))
        assert (a.fate, a.status, a.kind) == (CAME, 413, "error"), a.trouble


def test_the_environments_proxies_are_not_used():
    with Hub(says("200 OK", b"proxy")) as proxy:
        env = {n: proxy.url() for n in ("http_proxy", "https_proxy",
                                        "all_proxy", "HTTPS_PROXY",
                                        "ALL_PROXY")}
        a, _ = one(says("200 OK", b"hub"), env=env)
        assert a.body == b"hub" and proxy.count() == 0


def test_a_proxy_that_is_given_is_used():
    def through(q, conn, hub):
        assert q.method == "CONNECT"
        host, port = q.path.split(":")
        with socket.create_connection((host, int(port))) as far:
            conn.sendall(b"HTTP/1.1 200 Connected\r\n"
                         b"Karcis-Kind: proxy\r\n\r\n")
            threading.Thread(target=pump, args=(far, conn),
                             daemon=True).start()
            pump(conn, far)
        return False

    def pump(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass
    with Hub(through) as proxy:
        a, requests = one(says("200 OK", b"{}"), "--ca",
                          folder() + "/ca.pem", "--proxy", proxy.url(),
                          scheme="https", context=tls(folder(), "good"),
                          env={"no_proxy": "*"})
        assert (a.fate, a.kind, a.body) == (CAME, "", b"{}"), a.trouble
        assert proxy.count() == 1 and "proxy-connection" not in \
            requests[0].headers


def test_every_mutation_of_an_answer_is_answered():
    """Seeded bytes of a hub gone mad: the link stays and serves the next."""
    good = [packed(gzip.compress(b'{"ops":[]}' * 9), *HEADERS),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\nhello\r\n0\r\n\r\n", answer("503 x", b"{}", HEADERS + [
                "Retry-After: Fri, 31 Dec 2027 23:59:59 GMT"])]
    draw = random.Random(4)

    def mutate():
        data = bytearray(draw.choice(good))
        for _ in range(draw.randint(1, 4)):
            at = draw.randrange(len(data) + 1)
            kind = draw.randrange(3)
            if kind == 0:
                data[at:at + draw.randint(1, 8)] = b""
            elif kind == 1:
                data[at:at] = draw.randbytes(draw.randint(1, 8))
            elif at < len(data):
                data[at] = draw.randrange(256)
        return bytes(data)
    with Hub(lambda _, conn, __: conn.sendall(mutate()) or False) as hub, \
            Link(hub.url()) as link:
        for n in range(400):
            a = link.ask(counter=n, timeout_ms=3000)
            assert a.fate in (CAME, CUT, NO_ANSWER)
            assert all(" " <= c <= "~" for c in a.trouble), a.trouble
