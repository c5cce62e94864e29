#!/usr/bin/env python3
"""assets/image/grub.cfg itself, run by bash: its commands of GRUB become
functions, the boot environment two files. Each start ends with the kernel's
command line, or with "reboot"."""
import os
import subprocess
import tempfile

from check import check, end

CFG = os.path.join(os.path.dirname(__file__), "../../assets/image/grub.cfg")
GRUB = r"""
root=hd0,gpt1
set() { local a; for a; do printf -v "${a%%=*}" %s "${a#*=}"; done; }
regexp() {
    case $1 in
    --set=*) [[ "$3" =~ ^([^,]+), ]] && disk=${BASH_REMATCH[1]};;
    *) [[ "$2" =~ $1 ]];;
    esac
}
file_of() { echo "$ENVDIR/${1##*/}"; }
load_env() {
    local f k v; f=$(file_of "$2"); shift 2
    grep -qx '# GRUB Environment Block' "$f" 2>/dev/null || return 1
    for k; do
        if grep -q "^$k=" "$f"; then v=$(sed -n "s/^$k=//p" "$f"); printf -v "$k" %s "$v"; fi
    done
}
save_env() {
    local f k; f=$(file_of "$2"); shift 2
    grep -qx '# GRUB Environment Block' "$f" 2>/dev/null || return 1
    { echo '# GRUB Environment Block'; for k; do echo "$k=${!k}"; done; } >"$f"
}
smbios() { oem=$OEM; }
sleep() { echo "sleep $1"; }
linux() { [[ "$BROKEN" != *"${root##*,}"* ]] && line="$root $*"; }
initrd() { :; }
boot() { echo "boot $line"; exit; }
reboot() { echo reboot; exit; }
"""


class Machine:
    """A kiosk's disk and what its owner does to it."""

    def __init__(self, **env):
        self.dir = tempfile.TemporaryDirectory()
        state = {"ENV": "1", "ORDER": "A B", "A_OK": "1", "A_TRY": "0", "B_OK": "1",
                 "B_TRY": "0", "SEEN": "A B", "A_PROVEN": "1", "B_PROVEN": "1"}
        state.update(env)
        self.write(state)

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def write(self, state):
        for name in ("grubenv", "grubenv.spare"):
            with open(self.path(name), "w", encoding="ascii") as f:
                f.write("# GRUB Environment Block\n")
                f.writelines(f"{k}={v}\n" for k, v in state.items())

    def state(self, name="grubenv"):
        lines = open(self.path(name), encoding="ascii").read().splitlines()[1:]
        return dict(line.split("=", 1) for line in lines)

    def start(self, broken="", oem="", second="7"):
        """A, B or "reboot"; self.text is all that was said."""
        run = subprocess.run(
            ["bash", "-c", GRUB + "source " + CFG], text=True, capture_output=True,
            env={"PATH": os.environ["PATH"], "ENVDIR": self.dir.name,
                 "BROKEN": broken, "OEM": oem, "SECOND": second}, timeout=20, check=False)
        self.text = run.stdout + run.stderr
        last = run.stdout.splitlines()[-1]
        if last == "reboot":
            return "reboot"
        slot, part, name = {"A": ("A", "gpt2", "karcis-a"), "B": ("B", "gpt3", "karcis-b")}[
            last.split("rauc.slot=")[1][0]]
        assert f"boot hd0,{part} /boot/vmlinuz root=PARTLABEL={name} " in last, last
        return slot

    def healthy(self):
        """What `rauc status mark-good` writes for the slot that runs."""
        state = self.state()
        slot = state["LAST"]
        state[slot + "_OK"], state[slot + "_TRY"] = "1", "0"
        self.write(state)

    def install(self, slot):
        """What RAUC writes when a slot was written and marked active."""
        state = self.state()
        state["ORDER"] = "A B" if slot == "A" else "B A"
        state[slot + "_OK"], state[slot + "_TRY"] = "1", "0"
        self.write(state)

    def starts(self, count):
        return "".join(self.start()[0] for _ in range(count))


def main():
    m = Machine()
    check("a new image starts slot A", m.start(), "A")
    check("the try is noted before the start, in both copies",
          (m.state()["A_TRY"], m.state("grubenv.spare")["A_TRY"]), ("1", "1"))

    m = Machine()
    runs = ""
    for _ in range(5):
        runs += m.start()
        m.healthy()
    check("a healthy slot starts again each time", runs, "AAAAA")
    check("the power may cut three starts in a row short", m.starts(3), "AAA")
    check("after the third the other slot starts", m.start(), "B")

    m = Machine()
    m.start()
    m.healthy()
    m.starts(2)
    m.healthy()
    check("a healthy start forgets the cuts before it", m.starts(3), "AAA")

    m = Machine()
    m.start()
    m.healthy()
    m.install("B")
    check("an update starts the other slot", m.start(), "B")
    check("a new system has one try", m.start(), "A")
    m.healthy()
    check("after the return the old system goes on", m.starts(2), "AA")
    m.healthy()
    m.install("B")
    check("the update may be tried again, once", m.starts(2), "BA")

    m = Machine()
    m.start()
    m.healthy()
    m.install("B")
    m.start()
    m.healthy()
    check("an update that was healthy has three starts, as the old one had", m.starts(4), "BBBA")

    m = Machine()
    m.start()
    m.healthy()
    m.install("B")
    m.start()
    m.healthy()
    m.install("A")
    check("the next update goes the other way, one try again", m.starts(2), "AB")

    m = Machine(B_OK="0")
    check("a slot marked bad is not started while the other has a try",
          (m.starts(3)), "AAA")
    check("both spent: the slots take turns, a minute apart",
          (m.start(), "sleep 60" in m.text, m.start(), m.start()), ("B", True, "A", "B"))

    m = Machine()
    os.truncate(m.path("grubenv"), 0)
    check("an empty grubenv: its copy decides", m.start(), "A")
    check("and the try is noted there", m.state("grubenv.spare")["A_TRY"], "1")
    m = Machine(ORDER="B A", SEEN="B A")
    os.truncate(m.path("grubenv"), 0)
    check("the copy's order counts too", m.start(), "B")
    m = Machine(ORDER="B A", SEEN="B A")
    os.truncate(m.path("grubenv.spare"), 0)
    check("an empty copy: grubenv decides", m.start(), "B")
    m = Machine()
    os.unlink(m.path("grubenv"))
    os.truncate(m.path("grubenv.spare"), 0)
    for second, slot in (("0", "B"), ("1", "A"), ("9", "A"), ("30", "B"), ("59", "A"),
                         ("", "A")):
        check(f"neither can be read, at second {second or 'unknown'}",
              m.start(second=second), slot)
    m = Machine()
    for name in ("grubenv", "grubenv.spare"):
        with open(m.path(name), "wb") as f:
            f.write(bytes(range(256)) * 4)
    check("rubbish in both: slot A at an odd second", m.start(), "A")
    check("slot B at an even one", m.start(second="8"), "B")
    m = Machine()
    check("a clock decides nothing where one can be read", m.start(second="8"), "A")

    m = Machine()
    check("a slot without a kernel restarts the machine", m.start(broken="gpt2"), "reboot")
    m.start(broken="gpt2")
    m.start(broken="gpt2")
    check("and the other slot follows", m.start(broken="gpt2"), "B")

    m = Machine()
    m.start()
    check("no serial line unless the firmware asks for it", "console=" in m.text, False)
    m.start(oem="karcis-serial")
    check("the firmware's word karcis-serial gives one", "console=@SERIAL@" in m.text, True)
    check("every USB device waits for the guard", "usbcore.authorized_default=0" in
          open(os.path.join(os.path.dirname(CFG), "cmdline.txt"), encoding="ascii").read(), True)
    end()


main()
