"""The texts of the screens, by their names in firmware/core/msg.def, in both
languages."""

import os
import re

from machine import ROOT


def _po(path):
    found, key = {}, None
    with open(path, encoding="utf-8") as f:
        for line in f:
            m = re.match(r'(msgid|msgstr)? ?"(.*)"$', line.strip())
            if not m:
                continue
            text = m.group(2).replace('\\"', '"')
            if m.group(1) == "msgid":
                key = text
            elif m.group(1) == "msgstr":
                found[key] = text
    return found


def _texts():
    indonesian = _po(os.path.join(ROOT, "assets/locale/id.po"))
    found = {}
    with open(os.path.join(ROOT, "firmware/core/msg.def"),
              encoding="utf-8") as f:
        source = f.read()
    rows = re.findall(r'MSG\((\w+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)', source)
    for name, text in rows:
        english = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
        english = english.replace('\\"', '"')
        found[name] = (english, indonesian.get(english, english))
    return found


TEXTS = _texts()


def both(name, *values):
    """The text of that name in English and Indonesian, {1}.. filled in; what
    stands before the first value when none is given."""
    out = []
    for text in TEXTS[name]:
        for i, v in enumerate(values):
            text = text.replace("{%d}" % (i + 1), str(v))
        if not values:
            text = text.split("{", 1)[0].strip()
        out.append(text)
    return tuple(out)
