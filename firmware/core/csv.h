/*
 * Bookings as comma-separated values (RFC 4180), one record a line.
 *
 * The first line names the columns: `code,service,date,start,end` and, if
 * the office has them, `office,class,name,birth_date,contact,document,
 * permit_expires,companions,status`, in any order. A field in double quotes
 * may hold commas and doubled quotes, never a line break: so each line is
 * judged alone, and a bad one spoils no other. A byte order mark before the
 * header and CR before the line end are accepted.
 *
 * Reasons name the column ("date: not a date like 2026-11-24") and never
 * repeat a code or a name. Duplicates are the store's to find.
 */
#ifndef KARCIS_CORE_CSV_H
#define KARCIS_CORE_CSV_H

#include "service.h"

enum { CSV_LINE_MAX = 4096, CSV_NAME_BYTES = 128 };

enum csv_column {
	CSV_CODE,
	CSV_SERVICE,
	CSV_DATE,
	CSV_START,
	CSV_END, /* required */
	CSV_OFFICE,
	CSV_CLASS,
	CSV_NAME,
	CSV_BIRTH_DATE,
	CSV_CONTACT,
	CSV_DOCUMENT,
	CSV_PERMIT_EXPIRES,
	CSV_COMPANIONS,
	CSV_STATUS,
	CSV_COLUMNS
};

struct csv_layout {
	int8_t at[CSV_COLUMNS]; /* field of a column, -1 = not there */
	uint8_t fields;         /* in each line */
};

/* What a line is read against; borrowed. */
struct csv_context {
	const struct code_profile *code;
	const struct services *services;
	uint32_t office; /* where the line names none */
};

struct csv_booking {
	struct booking_code code;
	uint8_t service; /* id */
	int32_t day;
	int16_t start_min, end_min; /* start < end <= 1440 */
	uint32_t office;
	enum booking_class booking_class; /* booked where empty */
	char name[CSV_NAME_BYTES]; /* plain: mask it, never store it; "" */
	bool has_birth;
	struct civil_date birth;
	int32_t permit_expires_day; /* 0 = none */
	uint8_t companions;         /* 0..7 */
	enum booking_status status; /* confirmed where empty */
};

enum csv_result { CSV_UNSET = 0, CSV_OK, CSV_BLANK, CSV_REFUSED };

/* CSV_BLANK is not given for a header; `reason` is written when refused. */
enum csv_result csv_header(struct str line, struct csv_layout *out,
    struct buf *reason) MUST_USE;
/* One line, with or without its end. *out is whole only for CSV_OK. */
enum csv_result csv_row(const struct csv_layout *layout,
    const struct csv_context *context, struct str line, struct csv_booking *out,
    struct buf *reason) MUST_USE;
/* The row as the cache keeps it; hashes and masks what must not be
 * stored plain. `mask` = the office wants the masked name on paper. */
struct booking csv_to_booking(const struct csv_booking *row,
    const struct secret_key *office_key, bool mask);

#endif
