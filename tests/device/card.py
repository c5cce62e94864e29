"""The emulated DRM card of drm_fake.h, as tests see it."""
import ctypes
import mmap
import os
import zlib

OWNED = 16
PREFERRED, INTERLACED = 1, 1


class Mode(ctypes.Structure):
    _fields_ = [("width", ctypes.c_uint16), ("height", ctypes.c_uint16),
                ("preferred", ctypes.c_uint8), ("interlaced", ctypes.c_uint8)]


class Buffer(ctypes.Structure):
    _fields_ = [("used", ctypes.c_uint32), ("is_frame", ctypes.c_uint32),
                ("width", ctypes.c_uint32), ("height", ctypes.c_uint32),
                ("pitch", ctypes.c_uint32), ("offset", ctypes.c_uint64),
                ("size", ctypes.c_uint64), ("owner", ctypes.c_int64)]


class State(ctypes.Structure):
    """struct drm_fake."""
    _fields_ = [("connected", ctypes.c_uint32), ("gone", ctypes.c_uint32),
                ("unprobed", ctypes.c_uint32), ("no_power", ctypes.c_uint32),
                ("phantom", ctypes.c_uint32),
                ("dirty_fails", ctypes.c_int32),
                ("show_fails", ctypes.c_int32),
                ("mode_count", ctypes.c_uint32), ("mode", Mode * 4),
                ("shown", ctypes.c_uint32), ("shows", ctypes.c_uint32),
                ("powers", ctypes.c_uint32), ("probes", ctypes.c_uint32),
                ("dirties", ctypes.c_uint32), ("power_off", ctypes.c_uint32),
                ("parts", ctypes.c_uint32),
                ("part", ctypes.c_uint16 * 4 * 16),
                ("went_black", ctypes.c_uint32), ("master", ctypes.c_int64),
                ("opener", ctypes.c_int64 * 8), ("buffer", Buffer * OWNED),
                ("end", ctypes.c_uint64)]


class Card:
    """A card with one monitor in a folder; `state` is live."""

    def __init__(self, folder, width, height, connected=True):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "card0"), "wb"):
            pass
        path = os.path.join(folder, "card0.state")
        with open(path, "w+b") as file:
            file.truncate(ctypes.sizeof(State))
            self.map = mmap.mmap(file.fileno(), ctypes.sizeof(State))
        self.state = State.from_buffer(self.map)
        self.state.connected = int(connected)
        self.state.mode_count = 1
        self.state.mode[0].width = width
        self.state.mode[0].height = height

    def screen(self):
        """(width, height, rows of RGB bytes), or None while it is black."""
        number = self.state.shown
        if number == 0:
            return None
        b = self.state.buffer[number - 1]
        width, height, pitch = b.width, b.height, b.pitch
        rows = []
        with open(os.path.join(self.folder, "card0"), "rb") as file:
            file.seek(b.offset)
            for _ in range(height):
                row = file.read(pitch)[:width * 4]
                rgb = bytearray(width * 3)
                rgb[0::3], rgb[1::3], rgb[2::3] = row[2::4], row[1::4], \
                    row[0::4]
                rows.append(bytes(rgb))
        return width, height, rows

    def save(self, path):
        """Writes what it shows as PNG."""
        width, height, rows = self.screen()

        def chunk(kind, data):
            body = kind + data
            return (len(data).to_bytes(4, "big") + body +
                    zlib.crc32(body).to_bytes(4, "big"))

        head = (width.to_bytes(4, "big") + height.to_bytes(4, "big") +
                bytes([8, 2, 0, 0, 0]))
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) +
                       chunk(b"IDAT", zlib.compress(
                           b"".join(b"\0" + row for row in rows), 6)) +
                       chunk(b"IEND", b""))
