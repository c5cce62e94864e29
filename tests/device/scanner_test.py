#!/usr/bin/env python3
"""The real terminal and emulated scanners: what becomes a check-in, and that
nothing else moves the screen. The cases are S1 to S17.

usage: scanner_test.py [--build DIR] [NAMES]
NAMES run only the cases whose names hold one of them."""

import argparse
import os
import random
import subprocess
import sys
import time
import traceback
import tty

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scanner_bench import (  # noqa: E402
    CAPS, ENTER, HELP, HIDPOS, OFFICES, OTHER_SCANNER, PLAIN, SCANNER,
    SHIFT, STRANGER, TYPE, Bench, Failed, end_together, makes_code, report,
    same, taps, typed, wait_for)

SEED = 20260105
MODIFIERS = [29, 42, 56, 125, 97, 54, 100, 126]  # as in a HID report


def s1_a_wedge_scan_is_a_check_in(b):
    code = b.t.code()
    b.t.admits(lambda: b.keys(typed(code.lower() + ENTER)))
    same(b.emu("held event0"), 1, "the wedge is grabbed")


def s2_shift_and_punctuation_are_read(b):
    code = b.t.code()
    text = f"]Q1{code[:3]}-{code[3:6]}-{code[6:9]}-{code[9:]}"
    b.t.admits(lambda: b.keys(typed(text + ENTER)))
    b.t.ignores(lambda: b.keys(typed("{\"k\":'~|<>?!@#$%^&*()_+'}" +
                                     ENTER)))
    # A digit with Shift is no digit.
    code = b.t.code(lambda c: any(x.isdigit() for x in c))
    at = next(i for i, c in enumerate(code) if c.isdigit())
    wrong = code[:at] + ")!@#$%^&*("[int(code[at])] + code[at + 1:]
    b.t.ignores(lambda: b.keys(typed(wrong + ENTER)))
    b.t.admits(lambda: b.keys(typed(code + ENTER)))


def s3_doubled_digits_stay_two(b):
    code = b.t.code(lambda c: any(x == y for x, y in zip(c, c[1:])))
    b.t.admits(lambda: b.keys(typed(code + ENTER)))
    code = b.t.code(lambda c: any(x == y for x, y in zip(c, c[1:])))
    single = "".join(c for i, c in enumerate(code) if code[i - 1:i] != c)
    b.t.ignores(lambda: b.keys(typed(single + ENTER)))


def s4_a_gap_over_100_ms_breaks_a_wedge_line(b):
    code = b.t.code()
    # A step is 2 ms: the press after "+97" comes 97 + 2 + 2 after the last.
    b.t.ignores(lambda: b.keys(typed(code[:5].lower()) + " +97 " +
                               typed(code[5:].lower() + ENTER)))
    # Shift is no character: letters without it, one gap of exactly 100.
    b.t.admits(lambda: b.keys(typed(code[:5].lower()) + " +96 " +
                              typed(code[5:].lower() + ENTER)))


def s5_dropped_events_discard_the_line(b):
    code = b.t.code()
    b.t.ignores(lambda: b.keys(typed(code) + " drop wait " + typed(ENTER)))
    b.t.ignores(lambda: b.keys("+1001 " + typed("ABC") + " drop wait " +
                               typed(code + ENTER)))
    # Catching up may swallow the end too; a second later all is well.
    b.t.admits(lambda: b.keys("+1001 " + typed(code + ENTER)))


def s6_autorepeat_types_nothing(b):
    code = b.t.code().lower()
    k = PLAIN[code[0]]
    b.t.admits(lambda: b.keys(f"{k}:1 {k}:2 {k}:2 {k}:2 {k}:0 " +
                              typed(code[1:] + ENTER)))


def s7_cr_lf_tab_or_nothing_ends_a_scan(b):
    for end in ("\r", "\n", "\t", "\r\n", ""):
        code = b.t.code()
        b.t.admits(lambda c=code, e=end: b.t.write(c + e))
    for end in (28, 96, 15):  # Enter, the keypad's, Tab
        code = b.t.code()
        b.t.admits(lambda c=code, e=end: b.keys(typed(c) + " " + taps(e)))
    for end in ("\r", "\r\n", "\t", ""):
        code = b.t.code()
        b.t.admits(lambda c=code, e=end: b.reports(report(c + e)))
    # A wedge always sends an end; without one a person is typing.
    code = b.t.code()
    b.t.ignores(lambda: b.keys(typed(code)))
    b.keys("+2000 " + typed(ENTER))


def s8_two_scanners_interleaved_stay_apart(b):
    b.emu(f"wedge event1 {OTHER_SCANNER}")
    b.logged("/dev/input/event1 (0c2e:0b61) is in use")
    one, two = b.t.code(), b.t.code()

    def send():
        b.keys(typed(one[:5]))
        b.keys(typed(two[:4]), "event1")
        b.keys(typed(one[5:]))
        b.keys(typed(two[4:]), "event1")
        b.keys(typed(ENTER), "event1")
    b.t.admits(send)
    b.t.admits(lambda: b.keys(typed(ENTER)))
    b.emu("unplug event1")
    b.logged("/dev/input/event1 went away")


def s9_a_wedge_that_somebody_else_holds_is_not_read(b):
    b.emu(f"held-wedge event3 {SCANNER}")
    b.logged("event3: somebody else holds 05e0:1200, it is ignored")
    code = b.t.code()
    b.t.ignores(lambda: b.emu("keys event3 " + typed(code + ENTER)))
    same(b.emu("unread event3") > 0, True, "its keys are left alone")
    # Let go, and udev says so: the folder has no news of its own.
    b.emu("grab event3 free")
    b.emu("change event3")
    b.logged("/dev/input/event3 (05e0:1200) is in use")
    same(b.emu("held event3"), 1, "the wedge is grabbed now")
    b.emu("unplug event3")
    b.logged("/dev/input/event3 went away")


def s10_unplugged_mid_scan_and_back(b):
    used = "/dev/input/event0 (05e0:1200) is in use"
    gone = "/dev/input/event0 went away"
    code = b.t.code()
    for _ in range(3):
        in_use, went = b.t.log_text().count(used), b.t.log_text().count(gone)

        def pull():
            b.keys(typed(code[:6]))
            b.emu("unplug event0")
            b.logged(gone, went + 1)
            b.emu(f"wedge event0 {SCANNER}")
            b.logged(used, in_use + 1)
            b.keys(typed(code[6:] + ENTER))
        b.t.ignores(pull)
        same(b.emu("held event0"), 1, "the wedge is grabbed again")
    b.t.admits(lambda: b.keys(typed(code + ENTER)))


def s10_without_udev_the_folder_tells_of_a_wedge(b):
    code = b.t.code()
    b.emu(f"silent-wedge event4 {OTHER_SCANNER}")
    b.logged("/dev/input/event4 (0c2e:0b61) is in use")
    same(b.emu("held event4"), 1, "the wedge is grabbed")
    b.t.admits(lambda: b.keys(typed(code + ENTER), "event4"))
    b.emu("unplug event4")
    b.logged("/dev/input/event4 went away")


def s10_a_hid_pos_scanner_may_go_and_come_back(b):
    used, gone = "/dev/hidraw0 (0c2e:0b61) is in use", \
        "/dev/hidraw0 went away"
    code = b.t.code()
    in_use, went = b.t.log_text().count(used), b.t.log_text().count(gone)

    def pull():
        b.reports(report(code[:6], more=True))
        b.emu("unplug hidraw0")
        b.logged(gone, went + 1)
        b.emu(f"hidpos hidraw0 {OTHER_SCANNER} {HIDPOS}")
        b.logged(used, in_use + 1)
        b.reports(report(code[6:]))
    b.t.ignores(pull)
    b.t.admits(lambda: b.reports(report(code)))


def plug_serial(cable):
    master, slave = os.openpty()
    tty.setraw(slave)
    os.symlink(os.ttyname(slave), cable)
    os.close(slave)
    return master


def pull_serial(cable, master):
    os.unlink(cable)
    os.close(master)


def s10_a_serial_scanner_may_go_and_come_back(b):
    t = b.plain_terminal()
    code = t.code()

    def pull():
        master = plug_serial(t.cable)
        b.logged("tty-plain is in use", 1, t)
        os.write(master, code[:6].encode())
        pull_serial(t.cable, master)
        b.logged("tty-plain went away", 1, t)
        master = plug_serial(t.cable)
        b.logged("tty-plain is in use", 2, t)
        os.write(master, code[6:].encode() + b"\r")
        masters.append(master)
    masters = []
    try:
        b.logged("tty-plain: No such file or directory", 1, t)
        t.ignores(pull)
        t.admits(lambda: os.write(masters[0], code.encode() + b"\r"))
        pull_serial(t.cable, masters.pop())
        b.logged("tty-plain went away", 2, t)
    finally:
        for master in masters:
            os.close(master)
        t.close()
    same(t.process.returncode, 0, "exit of the terminal")


def s11_a_hid_pos_code_may_take_two_reports(b):
    code = b.t.code()
    b.t.admits(lambda: b.reports(report(code)))
    code = b.t.code()
    b.t.admits(lambda: b.reports(report(code[:4], more=True),
                                 report(code[4:])))
    code = b.t.code()
    b.t.ignores(lambda: b.reports(report(code[:4], more=True)))
    # Never continued: given up after a second.
    time.sleep(1.1)
    b.t.admits(lambda: b.reports(report(code)))


def s12_a_report_longer_than_it_may_be_is_discarded(b):
    code = b.t.code()
    whole = report(code)
    for wrong in (whole + "00", whole + "41" * 960, whole + "41" * 961,
                  whole[:-2], report(code, count=57), report(code, count=255),
                  "03" + whole[2:], "02"):
        # Its tail goes with it, up to the last report of the code.
        b.t.ignores(lambda w=wrong: b.reports(w, whole))
    b.t.ignores(lambda: b.reports(whole + "00"))
    time.sleep(1.1)  # or a second
    b.t.admits(lambda: b.reports(whole))
    code = b.t.code()
    whole = report(code)
    b.t.ignores(lambda: b.reports(report("X" * 56, more=True),
                                  report("X" * 56, more=True),
                                  report(code)))
    b.t.admits(lambda: b.reports(whole))


def s13_a_serial_scan_may_come_in_pieces_and_8_bits(b):
    code = b.t.code()

    def pieces():
        for c in code + ENTER:
            b.t.write(c)
            time.sleep(0.005)
    b.t.admits(pieces)
    code = b.t.code()
    b.t.ignores(lambda: b.t.write(bytes(c | 0x80 for c in code.encode()) +
                                  b"\r"))
    b.t.ignores(lambda: b.t.write(code.encode() + b"\xff\r"))
    b.t.admits(lambda: b.t.write(code + ENTER))


def s14_control_characters_long_codes_and_sql_are_no_code(b):
    code = b.t.code()
    for bad in (b"\x1b@" + code.encode(), code.encode() + b"\x00",
                b"\x03\x04\x1a\x13\x11" + code.encode(),
                code.encode() + b"'; DROP TABLE admission; --",
                b"' OR 1=1 --", b"%s%s%n" + code.encode(),
                b"\x1b]0;" + code.encode() + b"\x07", b"A" * 4096,
                code.encode() * 400):
        b.t.ignores(lambda x=bad: b.t.write(x + b"\r"))
        text = bad[:56]
        b.t.ignores(lambda x=text: b.reports(report(x)))
    # A code hidden behind an end within one HID-POS scan.
    b.t.ignores(lambda: b.reports(report("X\r" + code)))
    b.t.admits(lambda: b.t.write(code + ENTER))


def s15_the_same_code_twice_in_a_second_is_one_check_in(b):
    code = b.t.code()

    def twice():
        b.t.write(code + ENTER)
        b.t.write(code + ENTER)
        b.keys(typed(code + ENTER))
        b.reports(report(code))
    b.t.admits(twice)
    # Again while the ticket is on the screen, where a scan counts.
    for _ in range(5):
        code = b.t.code()
        b.t.home()
        started = time.monotonic()
        b.t.write(code + ENTER)
        b.t.wait_screen("ticket")
        b.keys(typed(code + ENTER))
        if time.monotonic() - started < 0.9:
            break
    else:
        raise Failed("the machine is too slow to scan twice in a second")
    b.t.settle()
    same(b.t.read_layout()[0], "ticket", "the screen after the second scan")
    time.sleep(1.1)
    papers = len(b.t.papers())
    b.t.write(code + ENTER)
    b.t.wait_screen("result")
    same(len(b.t.papers()), papers, "papers")


def s16_what_is_not_on_the_allow_list_is_ignored_and_told_once(b):
    code = b.t.code()
    b.emu(f"wedge event5 {STRANGER}")
    b.emu(f"hidpos hidraw5 {STRANGER} {HIDPOS}")
    # A keyboard's own hidraw node is nobody's news.
    b.emu(f"hidpos hidraw6 {SCANNER} 05010906a101050719e029e71500250175"
          "0195088102c0")
    b.logged("event5: keyboard 046d:c31c is not allowed and is ignored")
    b.logged("hidraw5: bar code scanner 046d:c31c is not allowed and is "
             "ignored")

    def send():
        b.emu("keys event5 " + typed(code + ENTER))
        b.emu("report hidraw5 " + report(code))
        b.emu("report hidraw6 " + report(code))
    b.t.ignores(send)
    for name in ("event5", "hidraw5", "hidraw6"):
        same(b.emu("unread " + name) > 0, True, "left unread: " + name)
        b.emu("change " + name)
    same(b.emu("held event5"), 0, "grabs of the stranger")
    b.t.settle()
    same(b.t.log_text().count("046d:c31c"), 2, "lines about the strangers")
    same(b.t.log_text().count("hidraw6"), 0, "lines about the keyboard")
    for name in ("event5", "hidraw5", "hidraw6"):
        b.emu("unplug " + name)


def s17_a_scan_counts_while_somebody_types(b):
    b.t.home()
    b.t.press_action(TYPE)
    b.t.wait_screen("keypad")
    b.t.type_code("K7M")
    code = b.t.code()
    before = len(b.t.papers())
    b.keys(typed(code[:5]))
    b.t.press_key("2")
    b.t.settle()
    typing = b.t.texts()
    b.t.ignores(lambda: b.t.write("\x1b[A\r' OR 1=1\r"), "keypad")
    same(b.t.texts(), typing, "what was typed")
    b.keys(typed(code[5:] + ENTER))
    b.t.wait_screen("ticket")
    wait_for("the paper", lambda: len(b.t.papers()) == before + 1, 5)
    b.t.home()


def layout_caps_lock_and_aim_change_nothing(b):
    display = b.screen.display
    subprocess.run(["setxkbmap", "-display", display, "de"], check=True)
    b.t.xdotool("key", "Caps_Lock")
    # The yz of German keyboards, the A of French ones; Caps Lock lit.
    code = b.t.code()
    b.t.admits(lambda: b.keys(f"{taps(CAPS)} " + typed("]C0" + code +
                                                       ENTER)))
    code = b.t.code(lambda c: "Y" in c or "Z" in c)
    b.t.admits(lambda: b.keys(typed(code + ENTER)))
    b.keys(taps(CAPS))
    for aim in ("]Q1", "]d2", "]e0"):
        code = b.t.code()
        b.t.admits(lambda c=code, a=aim: b.t.write(a + c + ENTER))
    # Keys that the X server sees are nobody's scan.
    code = b.t.code()
    b.t.ignores(lambda: b.t.xdotool("type", "--delay", "2", code + "\n"))
    b.t.xdotool("key", "Caps_Lock")
    subprocess.run(["setxkbmap", "-display", display, "us"], check=True)


def hostile_lines(rng, code, n):
    for _ in range(n):
        line = bytearray(code.encode())
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            line[rng.randrange(len(line))] = rng.randrange(256)
        parts = bytes(line).replace(b"\n", b"\r").replace(b"\t", b"\r")
        if not any(makes_code(p.decode("latin-1"))
                   for p in parts.split(b"\r")):
            yield bytes(line)


def any_bytes_anywhere_leave_the_screen_alone(b):
    rng = random.Random(SEED)
    code = b.t.code()

    def send():
        for line in hostile_lines(rng, code, 300):
            b.t.write(line + b"\r")
            time.sleep(0.001)
        for line in hostile_lines(rng, code, 60):
            b.reports(report(line))
        for _ in range(60):
            b.reports(bytes(rng.randrange(256) for _ in range(
                rng.choice((1, 2, 63, 64, 65, 200)))).hex())
    def leaves_alone(screen):
        before = b.t.texts() if screen == "keypad" else None
        b.t.ignores(send, screen)
        if screen == "keypad":
            same(b.t.texts(), before, "what was typed")

    b.t.home()
    leaves_alone("home")
    b.t.press_action(TYPE)
    b.t.wait_screen("keypad")
    b.t.type_code("A1B")
    b.t.settle()
    leaves_alone("keypad")
    b.t.home()
    b.t.press_action(HELP)
    b.t.wait_screen("help")
    leaves_alone("help")
    b.t.home()
    time.sleep(1.1)  # home has seen the line that is good by now
    b.t.admits(lambda: b.t.write(code + ENTER))
    time.sleep(1.1)
    b.t.write(code + ENTER)
    b.t.wait_screen("result")
    leaves_alone("result")
    b.t.home()
    b.t.write(b.t.code() + ENTER)
    b.t.wait_screen("ticket")
    papers = len(b.t.papers())
    send()
    b.t.settle()
    same(b.t.read_layout()[0], "ticket", "the screen after")
    same(len(b.t.papers()), papers, "papers")


def any_keys_with_any_modifier_leave_the_screen_alone(b):
    rng = random.Random(SEED + 1)
    code = b.t.code()

    def send():
        for modifier in MODIFIERS:
            # The whole code under each modifier; Shift makes symbols of
            # digits, so a code without digits would still be one.
            if modifier in (42, 54) and makes_code("".join(
                    c for c in code if not c.isdigit())):
                continue
            b.keys(f"{modifier}:1 " + typed(code.lower()) +
                   f" {modifier}:0 " + typed(ENTER))
        for _ in range(100):
            words = []
            for _ in range(rng.randrange(1, 24)):
                k = rng.randrange(1, 256)
                words.append(f"{k}:{rng.randrange(3)}")
            # Everything let go, Caps Lock as it was.
            words = [w for w in words if not w.startswith(f"{CAPS}:")]
            words += [f"{m}:0" for m in MODIFIERS]
            b.keys(" ".join(words) + " " + typed(ENTER))
    same(any(c.isdigit() for c in code), True, "the code has a digit")
    b.t.ignores(send)
    b.t.admits(lambda: b.keys(typed(code + ENTER)))


def no_descriptor_is_left_of_what_came_and_went(b):
    for i in range(4):
        b.emu(f"wedge event7 {OTHER_SCANNER if i % 2 else STRANGER}")
        b.emu(f"hidpos hidraw7 {STRANGER if i % 2 else SCANNER} {HIDPOS}")
        b.t.settle()
        b.emu("unplug event7")
        b.emu("unplug hidraw7")
    wait_for("the descriptors of the beginning",
             lambda: len(b.t.descriptors()) == len(b.descriptors), 5)


CASES = [
    s1_a_wedge_scan_is_a_check_in,
    s2_shift_and_punctuation_are_read,
    s3_doubled_digits_stay_two,
    s4_a_gap_over_100_ms_breaks_a_wedge_line,
    s5_dropped_events_discard_the_line,
    s6_autorepeat_types_nothing,
    s7_cr_lf_tab_or_nothing_ends_a_scan,
    s8_two_scanners_interleaved_stay_apart,
    s9_a_wedge_that_somebody_else_holds_is_not_read,
    s10_unplugged_mid_scan_and_back,
    s10_without_udev_the_folder_tells_of_a_wedge,
    s10_a_hid_pos_scanner_may_go_and_come_back,
    s10_a_serial_scanner_may_go_and_come_back,
    s11_a_hid_pos_code_may_take_two_reports,
    s12_a_report_longer_than_it_may_be_is_discarded,
    s13_a_serial_scan_may_come_in_pieces_and_8_bits,
    s14_control_characters_long_codes_and_sql_are_no_code,
    s15_the_same_code_twice_in_a_second_is_one_check_in,
    s16_what_is_not_on_the_allow_list_is_ignored_and_told_once,
    s17_a_scan_counts_while_somebody_types,
    layout_caps_lock_and_aim_change_nothing,
    any_bytes_anywhere_leave_the_screen_alone,
    any_keys_with_any_modifier_leave_the_screen_alone,
    no_descriptor_is_left_of_what_came_and_went,
]


def run_one(b, case):
    name = case.__name__.replace("_", " ")
    started = time.monotonic()
    try:
        case(b)
        words = "ok"
    except Failed as e:
        words = f"FAILED: {e}"
    except Exception:  # a broken test counts as a failed one
        words = "FAILED: " + traceback.format_exc()
    print(f"{name[0].upper()}{name[1:]} "
          f"({time.monotonic() - started:.1f} s) {words}", flush=True)
    return words == "ok"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/gcc")
    parser.add_argument("--wrap", default="")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    end_together()
    cases = [c for c in CASES if not args.names or
             any(n in c.__name__ for n in args.names)]
    b = Bench(args.build, args.wrap)
    results = [run_one(b, c) for c in cases]
    try:
        b.close(keep=not all(results))
    except (Failed, subprocess.TimeoutExpired) as e:
        results.append(False)
        print(f"The end FAILED: {e}")
    if not all(results):
        print(f"what is left of it: {OFFICES}")
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed, "
          "0 skipped")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
