/*
 * HID report descriptors of bar code scanners, and the reports they send.
 *
 * The descriptor is read, not assumed: HID 1.11, 6.2.2 gives its items, the
 * HID Point of Sale Usage Tables 1.02 its usages (page 0x8C). A scanner is a
 * top-level application collection "Bar Code Scanner"; in it count the input
 * fields "Decoded Data", "Decode Data Continued" and "Byte Count" (page 1).
 * The device says where a code ends, so CR, LF and TAB are a suffix at most.
 * Pure: bytes in, values out, any bytes are safe. Inside this room only.
 */
#ifndef KARCIS_SCANNER_HID_REPORT_H
#define KARCIS_SCANNER_HID_REPORT_H

#include "firmware/core/scan.h"

enum {
	HID_DESCRIPTOR_MAX = 4096, /* bytes, HID_MAX_DESCRIPTOR_SIZE */
	HID_REPORT_MAX = 1024,     /* bytes of one report, id included */
	HIDPOS_REPORTS = 4,        /* reports with scanned data in one device */
};

/* Where a value lies in a report, counted in bits behind the id. */
struct hid_field {
	uint32_t bit;
	uint16_t count; /* elements, 0 = not there */
	uint8_t size;   /* bits of one element */
};

struct hidpos_report {
	uint8_t id;     /* 0 where reports are not numbered */
	uint16_t bytes; /* of the whole report, the id included */
	struct hid_field data, more, length;
};

struct hidpos_format {
	bool numbered; /* each report begins with its id */
	uint8_t reports;
	struct hidpos_report report[HIDPOS_REPORTS];
	uint8_t known[32]; /* bit = id of any input report */
};

/* False, and a cleared *out: no bar code scanner, a descriptor that breaks
 * the rules, or one with more than fits here. */
bool hidpos_parse(const uint8_t *descriptor, size_t len,
    struct hidpos_format *out) MUST_USE;

enum hidpos_verdict {
	HIDPOS_UNSET = 0,
	HIDPOS_OTHER, /* a report about something else */
	HIDPOS_BAD,   /* of a wrong length, or with more data than it holds */
	HIDPOS_MORE,  /* data, to be continued by the next report */
	HIDPOS_LAST,  /* data, the last of a code */
};

/* Reads one report as hidraw gives it. MORE and LAST: *len bytes of data in
 * data; without a byte count data ends before the zeros at its end. */
enum hidpos_verdict hidpos_read(const struct hidpos_format *f,
    const uint8_t *report, size_t report_len, uint8_t data[HID_REPORT_MAX],
    size_t *len) MUST_USE;

/* Where a device is amid its codes; cleared = at the beginning of one. */
struct hidpos_frame {
	bool midway; /* the report before is to be continued */
	bool ended;  /* the code's suffix came: only its end may follow */
};

/* Takes one report into a line that discards at silence. True when it
 * completed a code, then in *out. A bad report spoils its code up to the
 * code's last report, or to SCAN_FORGIVE_MS without any. */
bool hidpos_take_report(struct hidpos_frame *frame, struct scan_line *line,
    const struct hidpos_format *f, const uint8_t *report, size_t report_len,
    int64_t mono_ms, struct scan *out) MUST_USE;

#endif
