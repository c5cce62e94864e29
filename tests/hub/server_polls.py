"""Long-polls, the end of a hub, and what a hub keeps."""

import json
import signal
import socket
import threading
import time

import hub_program as hp
from hub_program import Held, same, true
from server_http import HEAD, poll_path

IDLE = 1000


def test_a_change_wakes_who_waits_for_that_day(bench):
    hub = bench.hub().start()
    a, b = hub.device(), hub.device(name="kiosk-2")
    mine = Held(a, poll_path(a, bench.day, 0))
    other = Held(a, poll_path(a, bench.tomorrow, 0))
    true(not mine.ready(0.3), "it waits")
    begun = time.monotonic()
    same(b.claim(hp.admit(bench.day)).json["answers"][0]["answer"],
         "admitted", "the claim")
    got = mine.answer()
    true(time.monotonic() - begun < 1, "it is woken at once")
    same((got.status, got.signed, got.json["head"], len(got.json["ops"])),
         (200, True, 1, 1), "what it hears")
    true(not other.ready(0.2), "another day still waits")


def test_a_wait_ends_with_what_is_there(bench):
    hub = bench.hub().start()
    d = hub.device()
    begun = time.monotonic()
    a = Held(d, poll_path(d, bench.day, 0, wait=1)).answer()
    took = time.monotonic() - begun
    same((a.status, a.signed, a.json["ops"]), (200, True, []), "the answer")
    true(1 <= took < 4, f"a wait of 1 s took {took:.2f}")


def test_a_poll_that_comes_with_a_claim_hears_of_it(bench):
    """200 times, at moments that sweep over 3 ms. Who misses one waits 3 s."""
    hub = bench.hub().start()
    a, b = hub.device(), hub.device(name="kiosk-2")
    epoch = a.feed(bench.day).json["epoch"]
    c = hub.connect()
    for n in range(200):
        body = json.dumps({"ops": [hp.admit(bench.day)], "at": []}).encode()
        _, headers = b.headers("POST", "/v1/claims", body)
        c.request("POST", "/v1/claims", body, headers)
        time.sleep(n % 60 * 0.00005)
        held = Held(a, f"/v1/feed?office={a.office}&day={bench.day}"
                    f"&epoch={epoch}&after={n}&limit=500&wait=3")
        c.getresponse().read()
        begun = time.monotonic()
        same(held.answer().json["head"], n + 1, "what it hears")
        true(time.monotonic() - begun < 2, f"claim {n} was missed")


def test_a_new_poll_of_a_device_ends_the_one_before(bench):
    hub = bench.hub().start()
    d = hub.device()
    path = poll_path(d, bench.day, 0)
    first = Held(d, path)
    true(not first.ready(0.3), "the first waits")
    second = Held(d, path)
    same(first.answer(2).status, 200, "the first ends")
    true(not second.ready(0.2), "the second waits")


def test_a_closed_device_hears_so_when_its_wait_ends(bench):
    hub = bench.hub().start()
    d = hub.device()
    held = Held(d, poll_path(d, bench.day, 0, wait=2))
    true(not held.ready(0.2), "it waits")
    hub.run("revoke", hp.OFFICE, "kiosk-1")
    held.answer(5).refused(403, "revoked")
    d.ask("GET", "/v1/time?nonce=00").refused(403, "revoked")


def days(count):
    """Days to come: each is a bucket of its own."""
    now = time.time() + 7 * 3600
    return [time.strftime("%Y-%m-%d", time.gmtime(now + 86400 * n))
            for n in range(1, count + 1)]


def test_1000_idle_long_polls_cost_memory_only(bench):
    hub = bench.hub().start()
    devices = [hub.device("gate", f"gate-{n}") for n in range(10)]
    when = days(IDLE // len(devices))
    epochs = {d: devices[0].feed(d).json["epoch"] for d in when}
    before, _ = hub.usage()
    held = [Held(dev, f"/v1/feed?office={dev.office}&day={day}"
                 f"&epoch={epochs[day]}&after=0&limit=500&wait=60")
            for day in when for dev in devices]
    bench.wait_for(lambda: hub.metrics()["karcis_hub_long_polls"] == IDLE,
                   "1000 long-polls")
    rss, cpu = hub.usage()
    time.sleep(3)
    cpu = hub.usage()[1] - cpu
    print(f"  {IDLE} long-polls: {rss >> 10} KiB resident, "
          f"{(rss - before) / IDLE / 1024:.1f} KiB each, "
          f"{cpu / 3 * 100:.2f} % CPU")
    true(cpu <= 0.03, f"{cpu} s of CPU in 3 s")
    if not bench.sanitized:
        true(rss - before < 20 << 20, f"{rss - before} bytes for them")
    hub.device().claim(hp.admit(when[50]))
    bench.wait_for(lambda: [n // len(devices) for n, h in enumerate(held)
                            if h.ready()] == [50] * len(devices),
                   "answer for those alone who waited for that day")
    code, took = hub.end()
    same(code, 0, "exit code")
    true(took < 5, f"it took {took:.1f} s to stop")
    answers = [h.answer() for h in held]
    same({(a.status, a.signed) for a in answers}, {(200, True)},
         "each had its answer")


def test_a_stop_answers_long_polls_and_takes_no_more(bench):
    hub = bench.hub().start()
    d = hub.device()
    held = Held(d, poll_path(d, bench.day, 0))
    kept = hub.connect()
    d.ask("GET", "/v1/time?nonce=00", connection=kept)
    true(not held.ready(0.2), "it waits")
    code, took = hub.end()
    same(code, 0, "exit code")
    true(took < 2, f"it took {took:.1f} s")
    a = held.answer()
    same((a.status, a.signed, a.json["ops"]), (200, True, []), "the answer")
    same(a.headers["Connection"], "close", "Connection")
    try:
        socket.create_connection(("127.0.0.1", hub.port), 1).close()
    except ConnectionRefusedError:
        return
    raise hp.Failed("it still takes connections")


def test_a_stop_waits_five_seconds_for_half_a_request(bench):
    hub = bench.hub().start()
    with socket.create_connection(("127.0.0.1", hub.port)) as s:
        s.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        time.sleep(0.2)
        code, took = hub.end(signal.SIGINT)
    same(code, 0, "exit code")
    true(took < 5.5, f"it took {took:.1f} s")


def test_an_answer_is_the_same_after_kill_9(bench):
    hub = bench.hub().start()
    d = hub.device()
    ops = [hp.admit(bench.day, done=True, letter="A", number=n, key_id=1,
                    seq=n, n=n) for n in range(1, 51)]
    first = d.claim(*ops)
    same({a["answer"] for a in first.json["answers"]}, {"admitted"}, "answers")
    last = d.counter
    state = d.feed(bench.day).json
    hub.end(signal.SIGKILL)
    hub.start()
    d.ask("GET", "/v1/time?nonce=00", counter=last).refused(409, "replayed")
    same(d.claim(*ops).json, first.json, "the answers again")
    again = d.feed(bench.day).json
    same(again, state, "the day")
    same(len(again["ops"]), 50, "its rows")


def test_kill_9_in_the_middle_of_claims_loses_none_that_was_answered(bench):
    hub = bench.hub().start()
    devices = [hub.device(name=f"kiosk-{n}") for n in range(4)]
    told, lock = {}, threading.Lock()
    going = threading.Event()

    def claim(d):
        c = hub.connect(5)
        while True:
            op = hp.admit(bench.day)
            try:
                a = d.ask("POST", "/v1/claims", {"ops": [op], "at": []},
                          connection=c)
            except (OSError, hp.http.client.HTTPException):
                return
            with lock:
                told[op["op_id"]] = a.json["answers"][0]["answer"]
                if len(told) > 40:
                    going.set()

    threads = [threading.Thread(target=claim, args=(d,), daemon=True)
               for d in devices]
    for t in threads:
        t.start()
    true(going.wait(20), "claims are answered")
    hub.end(signal.SIGKILL)
    for t in threads:
        t.join(10)
    hub.start()
    kept, after, more = set(), 0, True
    while more:
        page = devices[0].feed(bench.day, after=after,
                               epoch=page["epoch"] if after else 0).json
        kept |= {op[3] for op in page["ops"]}
        after, more = page["to"], page["more"]
    same({i for i in told if i not in kept}, set(), "answered and gone")
    same(set(told.values()), {"admitted"}, "what they were told")


def test_two_hubs_on_one_database_wake_each_other(bench):
    one = bench.hub("one").start()
    two = bench.hub("two", store=one.store, init=False,
                    keys=one.settings["keys"]).start()
    two.key = one.key
    a, b = one.device(), one.device(name="kiosk-2")
    held = Held(a, poll_path(a, bench.day, 0))
    true(not held.ready(0.3), "it waits at the first hub")
    b.hub = two
    same(b.claim(hp.admit(bench.day)).status, 200, "a claim at the second")
    begun = time.monotonic()
    same(held.answer(5).json["head"], 1, "what it hears")
    true(time.monotonic() - begun < 1, "at once")


def test_a_database_that_restarts_is_found_again(bench):
    hub = bench.hub().start()
    a, b = hub.device(), hub.device(name="kiosk-2")
    held = Held(a, poll_path(a, bench.day, 0))
    true(not held.ready(0.2), "it waits")
    bench.postgres_ctl("stop")
    same(hub.get("/healthz"), (503, b"storage\n"), "/healthz without it")
    refusal = b.claim(hp.admit(bench.day))
    refusal.refused(503, "storage", signed=refusal.signed)
    true(int(refusal.headers["Retry-After"]) > 0, "Retry-After")
    same(hub.metrics()["karcis_hub_store_up"], 0, "store_up")
    bench.postgres_ctl("start")
    bench.wait_for(lambda: hub.get("/healthz")[0] == 200, "health")
    same(b.claim(hp.admit(bench.day)).status, 200, "a claim")
    got = held.answer()
    true(got.status in (200, 503) and got.signed, "who waited has an answer")
    bench.wait_for(lambda: any("heard again" in x for x in hub.log),
                   "connection to other hubs' notices")
    same([x for x in hub.log if "password" in x], [], "secrets in the log")


# The store has no part in these.
WITHOUT_STORE = {test_a_stop_waits_five_seconds_for_half_a_request}
# SQLite has one hub and no server.
POSTGRES_ONLY = {test_two_hubs_on_one_database_wake_each_other,
                 test_a_database_that_restarts_is_found_again}
TESTS = [v for k, v in list(globals().items()) if k.startswith("test_")]
