"""A Debian machine in a folder: packages are installed there, and its systemd
is started in namespaces. Needs root."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from common import ROOT, Skipped, run

CACHE = os.path.join(ROOT, "build", "cache")
BASE = os.path.join(CACHE, "packages-base")
# What would touch the machine the tests run on, or waits for what is not there.
MASKED = """systemd-udevd.service systemd-udevd-kernel.socket
systemd-udevd-control.socket systemd-udev-trigger.service
systemd-sysctl.service systemd-modules-load.service getty.target
console-getty.service systemd-logind.service systemd-random-seed.service
systemd-timesyncd.service sys-kernel-debug.mount sys-kernel-tracing.mount
sys-kernel-config.mount sys-fs-fuse-connections.mount dev-hugepages.mount
dev-mqueue.mount modprobe@.service kmod-static-nodes.service
systemd-remount-fs.service e2scrub_reap.service""".split()


def dependencies(debs):
    """The Debian packages that ours name, ours left out."""
    names, own = set(), set()
    for deb in debs:
        own.add(run("dpkg-deb", "-f", deb, "Package").stdout.strip())
        field = run("dpkg-deb", "-f", deb, "Depends").stdout
        for term in field.replace("\n", " ").split(","):
            first = re.match(r"\s*([a-z0-9.+-]+)", term)
            if first:
                names.add(first.group(1))
    return sorted(names - own)


def make_base(debs):
    """BASE: a folder of minimal Debian 12 with what our packages depend on.
    Kept, with the archives it was made of, until the dependencies change."""
    wanted = dependencies(debs) + ["python3-minimal"]
    note = BASE + ".txt"
    if os.path.exists(BASE) and os.path.exists(note):
        with open(note, encoding="utf-8") as f:
            if f.read().split() == wanted:
                return
    archives = os.path.join(CACHE, "packages-archives")
    os.makedirs(archives, exist_ok=True)
    run("rm", "-rf", "--one-file-system", BASE + ".new")
    p = run("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase",
            "--format=directory",
            "--skip=cleanup/apt", "--include=" + ",".join(wanted),
            "--setup-hook=mkdir -p \"$1\"/var/cache/apt/archives",
            "--setup-hook=sync-in '%s' /var/cache/apt/archives" % archives,
            "--customize-hook=sync-out /var/cache/apt/archives '%s'" % archives,
            "--customize-hook=rm -rf \"$1\"/var/cache/apt/archives/*.deb "
            "\"$1\"/var/lib/apt/lists/*",
            "bookworm", BASE + ".new", check=False, timeout=900)
    if p.returncode != 0:
        raise Skipped("no Debian to install into: " +
                      (p.stdout.strip().splitlines() or ["?"])[-1])
    run("rm", "-rf", "--one-file-system", BASE)
    os.rename(BASE + ".new", BASE)
    with open(note, "w", encoding="utf-8") as f:
        f.write("\n".join(wanted))


class Machine:
    """BASE with a layer of its own above it."""

    def __init__(self, debs):
        if os.geteuid() != 0:
            raise Skipped("packages are installed as root")
        make_base(debs)
        self.first = None
        self.place = tempfile.mkdtemp(prefix="karcis-machine-")
        self.root = os.path.join(self.place, "root")
        for name in ("root", "upper", "work"):
            os.mkdir(os.path.join(self.place, name))
        p = run("mount", "-t", "overlay", "overlay", "-o",
                "lowerdir=%s,upperdir=%s/upper,workdir=%s/work" % (
                    BASE, self.place, self.place), self.root, check=False)
        if p.returncode != 0:
            os.rmdir(self.root)
            self._remove()
            raise Skipped("no overlay file system: " + p.stdout.strip())

    def _remove(self):
        run("rm", "-rf", "--one-file-system", self.place)

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def sh(self, script, check=True):
        """In the folder, nothing started."""
        return run("unshare", "--mount", "--pid", "--fork", "--kill-child",
                   "--mount-proc=" + self.path("proc"), "chroot", self.root,
                   "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                   "DEBIAN_FRONTEND=noninteractive", "sh", "-ec", script,
                   check=check, timeout=120)

    def copy(self, file, folder):
        os.makedirs(self.path(folder), exist_ok=True)
        shutil.copy(file, self.path(folder))

    def install(self, debs):
        for deb in debs:
            self.copy(deb, "tmp/debs")
        p = self.sh("cd /tmp/debs && dpkg -i *.deb && rm *.deb")
        return p.stdout

    def owner(self, name):
        """user, group and mode by the machine's own names."""
        return self.sh("stat -c '%%U %%G %%a' '%s'" % name).stdout.split()

    def mask(self, *units):
        for unit in units:
            with contextlib.suppress(FileExistsError):
                os.symlink("/dev/null",
                           self.path("etc/systemd/system/" + unit))

    def owner_on(self, name):
        """The same on the started machine."""
        return self.run("stat", "-c", "%U %G %a", name).stdout.split()

    # ---- started ----

    def _group(self):
        """A control group of its own, so that nothing of it stays."""
        base = tempfile.mkdtemp(prefix="karcis-cgroup-")
        if run("mount", "-t", "cgroup2", "none", base,
               check=False).returncode != 0:
            os.rmdir(base)
            raise Skipped("no second control group hierarchy here")
        group = os.path.join(base, os.path.basename(self.place))
        os.mkdir(group)
        return base, group

    def ends(self, within_s):
        """Started; true when it restarted itself in time."""
        with self.started(within_s, answers=False) as (_, outer):
            try:
                outer.wait(within_s)
            except subprocess.TimeoutExpired:
                return False
            return True

    @contextlib.contextmanager
    def started(self, until_s=90, answers=True):
        self.mask(*MASKED)
        os.makedirs(self.path("var/log/journal"), exist_ok=True)
        base, group = self._group()

        def enter():
            with open(os.path.join(group, "cgroup.procs"), "w") as f:
                f.write(str(os.getpid()))
        outer = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--uts", "--ipc", "--net",
             "--cgroup", "--fork", "--kill-child", "bash",
             os.path.join(ROOT, "tests/packages/boot.sh"), self.root],
            preexec_fn=enter, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        try:
            if answers:
                self.first = self._first(outer, until_s)
            yield self, outer
        finally:
            if self.first:  # --kill-child ends the others
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.first, signal.SIGKILL)
            self.first = None
            outer.kill()
            outer.communicate(timeout=20)
            self._clean(base, group)

    def _first(self, outer, until_s):
        """Its process 1 as we see it, once it answers."""
        end = time.monotonic() + until_s
        while time.monotonic() < end:
            if outer.poll() is not None:
                raise Skipped("systemd does not start in namespaces here: " +
                              outer.stderr.read().decode()[-200:])
            with open("/proc/%d/task/%d/children" % (outer.pid, outer.pid)) as f:
                children = f.read().split()
            if children:
                self.first = int(children[0])
                p = self.run("systemctl", "is-system-running", check=False)
                if p.stdout.strip() in ("running", "degraded"):
                    return self.first
            time.sleep(0.1)
        raise AssertionError("systemd did not come up: " + p.stdout)

    @staticmethod
    def _clean(base, group):
        end = time.monotonic() + 10
        while os.path.isdir(group) and time.monotonic() < end:
            for folder, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
            time.sleep(0.1)
        run("umount", base, check=False)
        os.rmdir(base)

    def run(self, *argv, check=True, stdin=None):
        """On the started machine."""
        return run("nsenter", "-t", str(self.first), "-m", "-p", "-u", "-i",
                   "-n", "-C", "-r", "-w", "env", "-i",
                   "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *argv, check=check,
                   input=stdin)

    def alive(self):
        return os.path.isdir("/proc/%d" % self.first)

    def show(self, unit, *names):
        p = self.run("systemctl", "show", unit,
                     *["--property=" + n for n in names])
        got = dict(line.split("=", 1) for line in p.stdout.splitlines()
                   if "=" in line)
        return [got.get(n, "") for n in names]

    def until(self, fact, what, seconds=30):
        end = time.monotonic() + seconds
        while not fact():
            assert time.monotonic() < end, "%s\n%s" % (what, self.log())
            time.sleep(0.2)

    def log(self, *more):
        return self.run("journalctl", "--no-pager", "-b", "-n", "60", *more,
                        check=False).stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        run("umount", self.root)
        self._remove()
