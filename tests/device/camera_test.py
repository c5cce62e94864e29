"""The camera process, from a faked V4L2 device to the scanner's queue.

camera_test.py --build DIR [CASE...]: a case is named by its beginning.
"""
import argparse
import concurrent.futures
import glob
import os
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FAKE = os.path.join(ROOT, "build/device/camera_fake.so")
args = None
frames = ""
digits = []


class Camera:
    """A run of camera-process before a faked camera."""

    def __init__(self, play, ms, formats="YUYV", evil="", node=True):
        self.dir = tempfile.TemporaryDirectory()
        self.node = os.path.join(self.dir.name, "video0")
        if node:
            self.plug()
        preload = FAKE
        if "address" in args.build:
            asan = subprocess.run(["gcc", "-print-file-name=libasan.so"],
                                  capture_output=True, text=True, check=True)
            preload = asan.stdout.strip() + " " + FAKE
        env = dict(os.environ, LD_PRELOAD=preload, CAMERA_FAKE_NODE=self.node,
                   CAMERA_FAKE_FRAMES=frames, CAMERA_FAKE_PLAY=play,
                   CAMERA_FAKE_FORMAT=formats, CAMERA_FAKE_EVIL=evil,
                   ASAN_OPTIONS="detect_leaks=0:exitcode=99")
        self.out = open(os.path.join(self.dir.name, "out"), "w+b")
        self.log = open(os.path.join(self.dir.name, "log"), "w+b")
        self.process = subprocess.Popen(
            [os.path.join(args.build, "device/camera-process"), self.node,
             str(ms * args.slow)], env=env, stdout=self.out, stderr=self.log,
            stdin=subprocess.DEVNULL)

    def plug(self):
        open(self.node, "wb").close()

    def unplug(self):
        os.unlink(self.node)

    def read(self, f):
        with open(f.name, "rb") as again:
            return again.read().decode("ascii", "replace").splitlines()

    def lines(self):
        return self.read(self.out)

    def said(self, words):
        return sum(words in x for x in self.read(self.log))

    def scans(self):
        return [x[5:] for x in self.lines() if x.startswith("scan ")]

    def wait_for(self, what, seconds=10):
        end = time.monotonic() + seconds * args.slow
        while time.monotonic() < end:
            if what():
                return
            time.sleep(0.05)
        raise AssertionError("did not happen: " + str(self.lines()) +
                             str(self.read(self.log)))

    def children(self):
        """The keeper and, below it, the worker, by name."""
        found = {}
        parents = [self.process.pid]
        while parents:
            parent = parents.pop()
            for path in glob.glob(f"/proc/{parent}/task/*/children"):
                with open(path) as f:
                    for pid in map(int, f.read().split()):
                        parents.append(pid)
                        with open(f"/proc/{pid}/comm") as comm:
                            found[comm.read().strip()] = pid
        return found

    def worker(self):
        self.wait_for(lambda: "present 1" in self.lines())
        return self.children()["karcis-camera"]

    def end(self):
        code = self.process.wait(timeout=60 * args.slow)
        assert code == 0, (code, self.read(self.log))
        log = self.read(self.log)
        assert not any("Sanitizer" in x or "runtime error" in x
                       for x in log), log
        return self

    def close(self):
        self.process.kill()
        self.process.wait()
        self.dir.cleanup()


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(") ", 1)[1][0] not in "ZX"
    except FileNotFoundError:
        return False


def run(*a, **k):
    camera = Camera(*a, **k)
    try:
        return camera.end().lines(), camera.read(camera.log), camera.scans()
    finally:
        camera.close()


def c1_a_ticket_in_sight_is_one_scan():
    lines, log, scans = run("0:500 1:4000", 4000)
    assert scans == [digits[0]], lines
    assert "present 1" in lines
    assert any("is in use, 1280 x 720 YUYV" in x for x in log), log


def c2_every_format_is_read():
    for name in ("GREY", "NV12", "UYVY"):
        lines, log, scans = run("1:9000", 1500, formats="MJPG " + name)
        assert scans == [digits[0]], (name, lines, log)
        assert any("1280 x 720 " + name in x for x in log), log


def c3_two_tickets_are_two_scans():
    _, _, scans = run("1:1500 2:1500 0:9000", 4000)
    assert scans == digits, scans


def c4_a_ticket_that_comes_again_is_a_scan_again():
    _, _, scans = run("1:1200 0:2800 1:9000", 6000)
    assert scans == [digits[0]] * 2, scans


def c5_a_faded_ticket_is_read():
    _, _, scans = run("0:300 3:9000", 2500)
    assert scans == [digits[0]], scans


def c6_compressed_pictures_are_refused_by_name():
    lines, log, scans = run("1:9000", 5000, formats="MJPG H264")
    assert scans == [] and "present 1" not in lines
    assert sum("MJPG H264" in x for x in log) == 1, log


def c7_what_cannot_be_is_refused():
    for evil, words in (
            ("metadata", "gives no pictures"), ("formats", "MJPG"),
            ("width", "format that cannot be"),
            ("height", "format that cannot be"),
            ("stride", "format that cannot be"),
            ("long stride", "format that cannot be"),
            ("other format", "format that cannot be"),
            ("count", "gives 4000000000 buffers"),
            ("one buffer", "gives 1 buffers"),
            ("length", "a buffer of 1000 bytes"),
            ("long", "a buffer of 4294967295 bytes"),
            ("index", "a buffer that it does not have"),
            ("same buffer", "a buffer that it does not have"),
            ("dqbuf", "no more pictures"), ("pollerr", "no more pictures")):
        _, log, scans = run("1:9000", 700, evil=evil)
        assert any(words in x for x in log), (evil, log)
        assert scans == [], (evil, scans)


def c8_broken_pictures_are_passed_over():
    for evil in ("short", "broken"):
        lines, _, scans = run("1:9000", 1500, evil=evil)
        assert scans == [] and "present 1" in lines, (evil, lines)
    # A wrong sizeimage alone harms nobody: the buffers are measured.
    assert run("1:9000", 1500, evil="size")[2] == [digits[0]]


def c9_a_camera_that_hangs_is_let_go():
    camera = Camera("1:9000", 8000, evil="silent")
    try:
        camera.wait_for(lambda: camera.said("it gives no pictures"), 8)
        camera.wait_for(lambda: camera.lines()[-1:] == ["present 0"])
    finally:
        camera.close()


def c10_unplugged_and_back():
    camera = Camera("1:90000", 30000)
    try:
        camera.wait_for(lambda: camera.scans() == digits[:1])
        camera.unplug()
        camera.wait_for(lambda: camera.lines()[-1] == "present 0")
        camera.wait_for(lambda: camera.said("taken into use when it is there"))
        camera.plug()
        camera.wait_for(lambda: camera.scans() == digits[:1] * 2)
        assert camera.said("taken into use when it is there") == 1
        assert camera.said("is in use") == 2
    finally:
        camera.close()


def c11_not_there_at_the_start():
    camera = Camera("1:90000", 30000, node=False)
    try:
        camera.wait_for(lambda: camera.said("taken into use when it is there"))
        camera.plug()
        camera.wait_for(lambda: camera.scans() == digits[:1])
    finally:
        camera.close()


def c12_a_worker_that_dies_is_started_again():
    camera = Camera("1:90000", 30000)
    try:
        pid = camera.worker()
        camera.wait_for(lambda: len(camera.scans()) == 1)
        os.kill(pid, signal.SIGKILL)
        camera.wait_for(lambda: camera.said("its process died"))
        camera.wait_for(lambda: camera.lines().count("present 1") == 2)
        camera.wait_for(lambda: len(camera.scans()) == 2)
    finally:
        camera.close()


def c13_a_keeper_that_dies_is_told():
    camera = Camera("1:90000", 30000)
    try:
        worker = camera.worker()
        os.kill(camera.children()["karcis-keeper"], signal.SIGKILL)
        camera.wait_for(lambda: any("went away" in x for x in camera.lines()))
        camera.wait_for(lambda: not alive(worker), 2)
        assert "present 0" == [x for x in camera.lines()
                               if x.startswith("present")][-1]
    finally:
        camera.close()


def c14_all_end_with_the_terminal():
    camera = Camera("1:90000", 30000)
    try:
        camera.worker()
        pids = camera.children().values()
        assert len(pids) == 2
        camera.process.kill()
        camera.wait_for(lambda: not any(map(alive, pids)), 2)
    finally:
        camera.close()


def c15_the_worker_is_closed_in():
    camera = Camera("1:90000", 30000)
    try:
        pid = camera.worker()
        with open(f"/proc/{pid}/status") as f:
            status = dict(x.split(":\t", 1) for x in f.read().splitlines()
                          if ":\t" in x)
        assert status["Seccomp"].strip() == "2", status
        assert status["NoNewPrivs"].strip() == "1", status
        # Standard three, the pipe, the camera: nothing of the terminal's.
        open_fds = os.listdir(f"/proc/{pid}/fd")
        assert len(open_fds) == 5, open_fds
    finally:
        camera.close()


def c16_an_empty_room_costs_little():
    camera = Camera("0:90000", 30000)
    try:
        pid = camera.worker()

        def ticks():
            with open(f"/proc/{pid}/stat") as f:
                return sum(map(int, f.read().rsplit(") ", 1)[1].split()[11:13]))

        before, start = ticks(), time.monotonic()
        time.sleep(5)
        used = (ticks() - before) / os.sysconf("SC_CLK_TCK")
        share = 100 * used / (time.monotonic() - start)
        # The fake's own copying of pictures is in it.
        print(f"   {share:.1f} % of a core")
        # Far from a loop that never waits; make bench-camera measures.
        assert share < 60, share
    finally:
        camera.close()


def judge(case):
    """Why it failed; None: it did not."""
    try:
        case()
        return None
    except (AssertionError, subprocess.TimeoutExpired, KeyError) as e:
        return repr(e)[:2000]


def main():
    global args, frames, digits
    p = argparse.ArgumentParser()
    p.add_argument("--build", default="build/gcc")
    p.add_argument("--jobs", type=int, default=6)  # nearly all of it waits
    p.add_argument("cases", nargs="*")
    args = p.parse_args()
    args.slow = 1 if "-" not in os.path.basename(args.build) else 4
    cases = sorted((f for n, f in globals().items()
                    if n[0] == "c" and n[1:2].isdigit() and
                    (not args.cases or
                     any(n.startswith(c) for c in args.cases))),
                   key=lambda f: int(f.__name__[1:].split("_")[0]))
    failed = 0
    with tempfile.TemporaryDirectory() as d:
        frames = os.path.join(d, "frames")
        digits = subprocess.run(
            [os.path.join(args.build, "device/camera-process"), "frames",
             frames], check=True, capture_output=True,
            text=True).stdout.split()
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for case, why in zip(cases, pool.map(judge, cases)):
                failed += why is not None
                print("ok" if why is None else "not ok", case.__name__,
                      why or "", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
