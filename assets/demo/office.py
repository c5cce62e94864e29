"""A terminal of today for the demo and the system tests: its files, its
process, its scanner (a pseudo-terminal) and its screen (an X server)."""

import datetime
import os
import pty
import re
import shutil
import signal
import subprocess
import time
import tty

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
NAMES = ["Siti Wahyuni", "Budi Santoso", "Maria Goreti", "Ahmad Fauzi",
         "Dewi Lestari", "Agus Salim", "Rina Marlina", "Yohanes Bala"]


class Failed(Exception):
    """A sentence for whoever runs this."""


def wait_for(what, test, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = test()
        if found:
            return found
        time.sleep(0.05)
    raise Failed(f"waited {seconds} s for {what}")


def children():
    """Process ids of what this process started."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii") as f:
                parent = int(f.read().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError):
            continue  # no process, or gone since
        if parent == os.getpid():
            found.append(int(name))
    return found


def end_together():
    """Whoever ends this process ends what it started: a terminal that is left
    over opens its scanner's pseudo-terminal again when that is somebody
    else's, and eats their scans."""
    def end(number, _):
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        os._exit(128 + number)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)


def faked(clock):
    """An environment whose clock libfaketime tells, in WIB."""
    env = dict(os.environ)
    lib = [p for p in ("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
                       "/usr/lib/aarch64-linux-gnu/faketime/"
                       "libfaketime.so.1") if os.path.exists(p)]
    if not lib:
        raise Failed("libfaketime is missing: apt-get install libfaketime")
    env.update(LD_PRELOAD=lib[0], TZ="WIB-7", FAKETIME=clock,
               FAKETIME_DONT_FAKE_MONOTONIC="1", LANGUAGE="",
               KARCIS_LOCALE=os.path.join(ROOT, "build/locale"))
    return env


class Office:
    """Everything of one demo office below one directory."""

    def __init__(self, build, folder, clock="09:00:00", size="1080x1920",
                 diagonal="21.5", birth_date="off", form="",
                 extra="", terminal="kiosk-1", role="kiosk", offset_s=None):
        self.build = os.path.abspath(build)
        self.folder = os.path.abspath(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.paper = os.path.join(self.folder, "paper")
        os.makedirs(self.paper)
        self.config = os.path.join(self.folder, "karcis.ini")
        self.today = datetime.date.today()
        self.clock = clock
        # Several programs that talk to each other need one clock: this many
        # seconds from the machine's.
        self.offset_s = offset_s
        self.terminal = terminal
        self.size = size
        master, slave = pty.openpty()
        tty.setraw(master)
        tty.setraw(slave)
        self.scanner, self.scanner_slave = master, slave
        self.process = None
        self.layout = []
        self.screen = "none"
        self._write_config(os.ttyname(slave), diagonal, birth_date, form,
                           extra, role)

    def _write_config(self, tty_name, diagonal, birth_date, form, extra,
                      role):
        for name in ("services.ini", "holidays.csv"):
            shutil.copy(os.path.join(ROOT, "assets/example", name),
                        self.folder)
        # The demo is open today, whatever day today is.
        with open(os.path.join(self.folder, "holidays.csv"), "w",
                  encoding="utf-8") as f:
            f.write("; no holidays in the demo\n")
        days = "".join(f"{d} = 07:30-12:00 13:00-15:00\n" for d in
                       "mon tue wed thu fri sat sun".split())
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(f"""[office]
id = 4102
name = Kantor Imigrasi Singkawang
timezone = WIB
[terminal]
id = {self.terminal}
role = {role}
state = {self.folder}/state
language = id
[hours]
{days}holidays = holidays.csv
[screen]
size = {self.size}
diagonal_inches = {diagonal}
[scanner]
device = serial:{tty_name}
[printer]
device = virtual:{self.paper}
{"form = " + form if form else ""}
[identity]
birth_date = {birth_date}
[privacy]
masked_name = yes
[services]
file = services.ini
{extra}""")

    def environment(self):
        """The program's, with the clock at self.clock of today in WIB."""
        return faked(f"@{self.today} {self.clock}" if self.offset_s is None
                     else f"{self.offset_s:+d}")

    def ctl(self, *words, check=True):
        r = subprocess.run([os.path.join(self.build, "karcis-ctl"),
                            "--config", self.config, *words],
                           env=self.environment(), text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           check=False)
        if check and r.returncode != 0:
            raise Failed(f"karcis-ctl {' '.join(words)}: {r.stdout}")
        return r

    def make_bookings(self, count=120, import_them=True):
        """Bookings of today, and one code each for the refusals."""
        codes = subprocess.run([os.path.join(self.build, "karcis-ctl"),
                                "code", "new", "-n", str(count + 4)],
                               text=True, stdout=subprocess.PIPE,
                               check=True).stdout.split()
        tomorrow = self.today + datetime.timedelta(days=1)
        self.codes = {"good": codes[:count], "early": codes[count],
                      "cancelled": codes[count + 1],
                      "other day": codes[count + 2],
                      "expired": codes[count + 3]}
        rows = []
        services = ["paspor-baru", "penggantian-paspor"]
        for i, code in enumerate(codes[:count]):
            start = 9 * 60 + 15 * (i % 3)
            rows.append((code, services[i % 2], self.today, start, i))
        rows.append((self.codes["early"], services[0], self.today, 630, 1))
        rows.append((self.codes["cancelled"], services[0], self.today, 540,
                     2))
        rows.append((self.codes["other day"], services[0], tomorrow, 600, 3))
        rows.append((self.codes["expired"], services[0], self.today, 450, 4))
        path = os.path.join(self.folder, "bookings.csv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("code,service,date,start,end,name,birth_date,status\n")
            for code, service, day, start, i in rows:
                status = "cancelled" if code == self.codes["cancelled"] \
                    else "confirmed"
                f.write(f"{code},{service},{day},"
                        f"{start // 60:02d}:{start % 60:02d},"
                        f"{(start + 15) // 60:02d}:{(start + 15) % 60:02d},"
                        f"{NAMES[i % len(NAMES)]},1990-03-07,{status}\n")
        self.bookings = path
        self.ctl("init")
        if import_them:
            return self.ctl("import", path).stdout
        return path

    def start(self, display, window=None, under=()):
        env = self.environment()
        env["DISPLAY"] = display
        self.log = open(os.path.join(self.folder, "karcis.log"), "ab")
        self.out = open(os.path.join(self.folder, "layout.txt"), "wb")
        self.process = subprocess.Popen(
            [*under, os.path.join(self.build, "karcis"), "--config",
             self.config, "--window", window or self.size, "--dump-layout"],
            env=env, stdout=self.out, stderr=self.log)
        self.display = display

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def close(self):
        self.stop()
        os.close(self.scanner)
        os.close(self.scanner_slave)

    def read_layout(self):
        """The newest whole picture: its state and its items."""
        with open(os.path.join(self.folder, "layout.txt"),
                  encoding="utf-8") as f:
            text = f.read()
        parts = re.split(r"^screen ", text, flags=re.MULTILINE)
        if len(parts) < 2:
            return "none", []
        lines = parts[-1].splitlines()
        items = []
        for line in lines[1:]:
            m = re.match(r"(-?\d+) (-?\d+) (\d+) (\d+) (\S+) (\d+) ?(.*)",
                         line)
            if m:
                items.append((*map(int, m.group(1, 2, 3, 4)), m.group(5),
                              int(m.group(6)), m.group(7)))
        return lines[0], items

    def wait_screen(self, name, seconds=20):
        def there():
            if self.process.poll() is not None:
                raise Failed("karcis ended: " + self.tail_log())
            return self.read_layout()[0] == name
        try:
            wait_for(f"the screen {name}", there, seconds)
        except Failed as e:
            raise Failed(f"{e}; it shows {self.read_layout()[0]}; "
                         f"{self.tail_log()}") from e

    def tail_log(self):
        with open(os.path.join(self.folder, "karcis.log"),
                  encoding="utf-8", errors="replace") as f:
            return f.read()[-800:]

    def texts(self):
        return [i[6] for i in self.read_layout()[1] if i[6]]

    def scan(self, code):
        self.scan_plain(code.replace("-", ""))

    def scan_plain(self, text):
        os.write(self.scanner, text.encode() + b"\r")

    def xdotool(self, *words):
        subprocess.run(["xdotool", *map(str, words)], check=True,
                       env=dict(os.environ, DISPLAY=self.display))

    def press_at(self, item):
        x, y, w, h = item[:4]
        self.xdotool("mousemove", x + w // 2, y + h // 2, "click", 1)

    def press_first(self, what, is_it, seconds=3):
        """The first thing on the screen that is it; a picture may be read
        before all of its lines are there."""
        def there():
            return [i for i in self.read_layout()[1] if is_it(i)]
        try:
            self.press_at(wait_for(what, there, seconds)[0])
        except Failed as e:
            raise Failed(f"there is no {what} on the screen "
                         f"{self.read_layout()[0]}") from e

    def press_key(self, symbol):
        self.press_first("key " + symbol,
                         lambda i: i[4] == "key" and i[6] == symbol)

    def press_action(self, action):
        self.press_first(f"button for action {action}",
                         lambda i: i[5] == action)

    def type_code(self, code):
        for symbol in code.replace("-", ""):
            self.press_key(symbol)
            time.sleep(0.03)

    def shot(self, path):
        time.sleep(0.15)  # one more frame than the last press
        subprocess.run(["import", "-window", "root", path], check=True,
                       env=dict(os.environ, DISPLAY=self.display))

    def papers(self):
        return sorted(os.path.join(self.paper, n)
                      for n in os.listdir(self.paper) if n.endswith(".png"))


class Screen:
    """An X server of our own."""

    def __init__(self, size):
        self.number_read, number_write = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(number_write), "-screen", "0",
             size + "x24", "-nolisten", "tcp"], pass_fds=[number_write],
            stderr=subprocess.DEVNULL)
        os.close(number_write)
        with os.fdopen(self.number_read) as f:
            number = f.readline().strip()
        if not number:
            raise Failed("Xvfb does not start")
        self.display = ":" + number

    def close(self):
        # A signal that comes as it goes to sleep is not seen until the next.
        for _ in range(20):
            self.process.terminate()
            try:
                self.process.wait(0.5)
                return
            except subprocess.TimeoutExpired:
                pass
        self.process.kill()
        self.process.wait()
