#include "hub_sql.h"

#include <string.h>

#include "hub_text.h"

#define HUB_SQL_NAME(name) [HUB_SQL_##name] = #name,
static const char *const names[HUB_SQL_COUNT] = {HUB_SQL_NAMES(HUB_SQL_NAME)};

#define DEVICE_COLUMNS \
	"device, office, name, role, letter, epoch, key_id, request_key, " \
	"ticket_key, closed_s, last_s, window_high, window_seen, " \
	"enrolled_s, revoked_s"
/* Member i of a row that came as a JSON list. */
#define INT(i)  "CAST(j.value->>" #i " AS bigint)"
#define TEXT(i) "(j.value->>" #i ")"
/* The rows of a table that belong to each member j of a list. The fence keeps
 * PostgreSQL from joining the other way round, by the office alone, while it
 * still believes that the table is small; and `office + 0` keeps both stores
 * from going by the index of the feed where there is the one of the hash. */
#define AT(table, fact) \
	" CROSS JOIN {pg LATERAL (SELECT * FROM }" table "{pg  WHERE " fact \
	" OFFSET 0)} t WHERE " fact
#define NAME_OF_T "(SELECT d.name FROM device d WHERE d.device = t.device)"
/* What came of a chain's head, unless the one that is kept is newer. */
#define NEWER(column) \
	"CASE WHEN excluded.head_n < audit_chain.head_n " \
	"THEN audit_chain." column " ELSE excluded." column " END"
/* In parts, for clang-format. */
#define OP_IDS   "CAST($1 AS bigint), CAST($2 AS bigint), " TEXT(0)
#define OP_1_5   INT(1) ", " INT(2) ", " TEXT(3) ", " INT(4) ", " INT(5)
#define OP_6_10  INT(6) ", " INT(7) ", " INT(8) ", " INT(9) ", " INT(10)
#define OP_11_14 INT(11) ", " INT(12) ", " INT(13) ", " INT(14)
#define OP_15_17 INT(15) ", " INT(16) ", " TEXT(17)
#define INSERT_OPS \
	"INSERT INTO op (office, device, op_id, day, kind, hash, answer, " \
	"note, done, service, class, letter, number, key_id, ticket_seq, " \
	"journal_n, first, last, time_s, verdict, told_s) SELECT " OP_IDS \
	", " OP_1_5 ", " OP_6_10 ", " OP_11_14 ", " OP_15_17 ", " \
	"CAST($3 AS bigint) FROM {each $4} j"

/* clang-format would break lines inside of INT(1). */
/* clang-format off */
static const char *const texts[HUB_SQL_COUNT] = {
    [HUB_SQL_PING] =
	"SELECT COUNT(*) FROM meta",

    /* Offices. */
    [HUB_SQL_OFFICE_ADD] =
	"INSERT INTO office (office, name, offset_s, roster, restored_day) "
	"VALUES ($1, $2, $3, 1, -1)",
    [HUB_SQL_OFFICE_GET] =
	"SELECT office, name, offset_s, roster, restored_day FROM office "
	"WHERE office = $1",
    [HUB_SQL_OFFICE_LOCK] =
	"SELECT office, name, offset_s, roster, restored_day FROM office "
	"WHERE office = $1{lock}",
    [HUB_SQL_OFFICE_ROSTER] =
	"UPDATE office SET roster = roster + 1 WHERE office = $1",
    /* No device has a roster of a later version. */
    [HUB_SQL_OFFICE_RESTORED] =
	"UPDATE office SET roster = "
	"CASE WHEN roster < $3 THEN $3 ELSE roster + 1 END, restored_day = "
	"CASE WHEN restored_day < $2 THEN $2 ELSE restored_day END "
	"WHERE office = $1",
    [HUB_SQL_OFFICE_LIST] =
	"SELECT office, name, offset_s, roster, restored_day FROM office "
	"ORDER BY office{lock}",

    /* Devices and what they enrol with. */
    [HUB_SQL_TOKEN_ADD] =
	"INSERT INTO token (hash, office, role, name, expires_s, request_key, "
	"device) VALUES ($1, $2, $3, $4, $5, '', 0)",
    [HUB_SQL_TOKEN_LOCK] =
	"SELECT office, role, name, expires_s, request_key, device FROM token "
	"WHERE hash = $1{lock}",
    [HUB_SQL_TOKEN_BIND] =
	"UPDATE token SET request_key = $2, device = $3 WHERE hash = $1",
    [HUB_SQL_DEVICE_GET] =
	"SELECT " DEVICE_COLUMNS " FROM device WHERE device = $1",
    [HUB_SQL_DEVICE_LOCK] =
	"SELECT " DEVICE_COLUMNS " FROM device WHERE device = $1{lock}",
    [HUB_SQL_DEVICE_WINDOW] =
	"UPDATE device SET window_high = $2, window_seen = $3, last_s = $4 "
	"WHERE device = $1",
    [HUB_SQL_DEVICE_NAMED] =
	"SELECT " DEVICE_COLUMNS " FROM device WHERE office = $1 AND name = $2 "
	"ORDER BY epoch{lock}",
    [HUB_SQL_DEVICE_OFFICE] =
	"SELECT " DEVICE_COLUMNS " FROM device WHERE office = $1 "
	"ORDER BY device",
    /* Those of a roster; where they are too many, the ones that closed last. */
    [HUB_SQL_DEVICE_ROSTER] =
	"SELECT " DEVICE_COLUMNS " FROM (SELECT * FROM device "
	"WHERE office = $1 AND role <> $2 "
	"ORDER BY CASE WHEN closed_s = 0 THEN 0 ELSE 1 END, closed_s DESC, "
	"device DESC LIMIT $3) d ORDER BY device",
    [HUB_SQL_DEVICE_LAST] =
	"SELECT MAX(n) FROM (SELECT MAX(device) AS n FROM device "
	"UNION ALL SELECT value FROM meta WHERE name = 'device') x",
    [HUB_SQL_DEVICE_SKIP] =
	"INSERT INTO meta (name, value) VALUES ('device', $1) "
	"ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [HUB_SQL_DEVICE_ADD] =
	"INSERT INTO device (device, office, name, role, letter, epoch, "
	"key_id, request_key, ticket_key, enrolled_s, closed_s, last_s, "
	"window_high, window_seen) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $10, 0, 0)",
    [HUB_SQL_DEVICE_CLOSE] =
	"UPDATE device SET closed_s = $3 "
	"WHERE office = $1 AND name = $2 AND closed_s = 0",
    [HUB_SQL_DEVICE_REVOKE] =
	"UPDATE device SET revoked_s = $3 "
	"WHERE office = $1 AND name = $2 AND revoked_s = 0",

    /* Days. */
    [HUB_SQL_BUCKET_GET] =
	"SELECT day, epoch, head, digest, restored FROM bucket "
	"WHERE office = $1 AND day = $2",
    [HUB_SQL_BUCKET_LOCK] =
	"SELECT day, epoch, head, digest, restored FROM bucket "
	"WHERE office = $1 AND day {among $2} ORDER BY day{lock}",
    [HUB_SQL_BUCKET_ADD] =
	"INSERT INTO bucket (office, day, epoch, head, digest, restored) "
	"SELECT CAST($1 AS bigint), " INT(0) ", " INT(1) ", 0, " TEXT(2) ", "
	INT(3) " FROM {each $2} j WHERE true ON CONFLICT DO NOTHING",
    [HUB_SQL_BUCKET_SAVE] =
	"INSERT INTO bucket (office, day, epoch, head, digest, restored) "
	"SELECT CAST($1 AS bigint), " INT(0) ", " INT(1) ", " INT(2) ", "
	TEXT(3) ", " INT(4) " FROM {each $2} j WHERE true "
	"ON CONFLICT (office, day) DO UPDATE SET epoch = excluded.epoch, "
	"head = excluded.head, digest = excluded.digest, "
	"restored = excluded.restored",
    [HUB_SQL_BUCKET_ALL] =
	"SELECT office, day, epoch, head, digest, restored FROM bucket "
	"WHERE office = $1 ORDER BY day{lock}",
    [HUB_SQL_FEED_PAGE] =
	"SELECT * FROM (SELECT seq, gone AS kind, hash, start_min AS a, end_min AS b, "
	"service AS c, class AS d, status AS e, companions AS f, birth, "
	"permit, status_s AS time_s, name AS tail FROM booking "
	"WHERE office = $1 AND day = $2 AND seq > $3 "
	"ORDER BY seq LIMIT $4) b "
	"UNION ALL SELECT * FROM (SELECT seq, CAST(2 AS bigint), hash, device, letter, "
	"number, pass, CAST(0 AS bigint), CAST(0 AS bigint), "
	"CAST(0 AS bigint), CAST(0 AS bigint), time_s, op_id FROM admission "
	"WHERE office = $1 AND day = $2 AND seq > $3 "
	"ORDER BY seq LIMIT $4) a ORDER BY seq LIMIT $4",

    /* Claims. */
    [HUB_SQL_OP_FIND] =
	"SELECT op_id, day, kind, hash, answer, note, done, service, class, "
	"letter, number, key_id, ticket_seq, journal_n, first, last, time_s, "
	NAME_OF_T " FROM {words $2} j"
	AT("op", "op_id = j.value AND office + 0 = $1"),
    [HUB_SQL_OP_ADD] =
	INSERT_OPS,
    [HUB_SQL_OP_TOLD] =
	INSERT_OPS " WHERE true ON CONFLICT (op_id, office) DO UPDATE "
	"SET done = 1, note = excluded.note, letter = excluded.letter, "
	"number = excluded.number, key_id = excluded.key_id, "
	"ticket_seq = excluded.ticket_seq, journal_n = excluded.journal_n, "
	"time_s = excluded.time_s, verdict = excluded.verdict, "
	"told_s = excluded.told_s",
    [HUB_SQL_LABEL_FIND] =
	"SELECT day, letter, number, op_id FROM {each $2} j"
	AT("op", "office = $1 AND day = " INT(0) " AND letter = " INT(1)
	    " AND number = " INT(2) " AND done = 1 AND kind = 1"),
    [HUB_SQL_ADMISSION_FIND] =
	"SELECT day, hash, op_id, device, letter, number, time_s, seq, "
	NAME_OF_T ", pass FROM {each $2} j"
	AT("admission", "hash = " TEXT(1) " AND office + 0 = $1 "
	    "AND day + 0 = " INT(0)),
    [HUB_SQL_ADMISSION_PUT] =
	"INSERT INTO admission (office, day, hash, op_id, device, letter, "
	"number, time_s, seq, pass) SELECT CAST($1 AS bigint), " INT(0) ", "
	TEXT(1) ", " TEXT(2) ", " INT(3) ", " INT(4) ", " INT(5) ", "
	INT(6) ", " INT(7) ", " INT(8) " FROM {each $2} j WHERE true "
	"ON CONFLICT (hash, office, day) DO UPDATE "
	"SET letter = excluded.letter, number = excluded.number, "
	"time_s = excluded.time_s, seq = excluded.seq, pass = excluded.pass",
    [HUB_SQL_BOOKING_STATUS] =
	"SELECT day, hash, status FROM {each $2} j"
	AT("booking", "hash = " TEXT(1) " AND office + 0 = $1 "
	    "AND day + 0 = " INT(0) " AND gone = 0"),
    [HUB_SQL_NUMBER_FIND] =
	"SELECT day, letter, last FROM {each $2} j"
	AT("number", "office = $1 AND day = " INT(0) " AND letter = " INT(1)),
    [HUB_SQL_NUMBER_PUT] =
	"INSERT INTO number (office, day, letter, last) "
	"SELECT CAST($1 AS bigint), " INT(0) ", " INT(1) ", " INT(2) " "
	"FROM {each $2} j WHERE true "
	"ON CONFLICT (office, day, letter) DO UPDATE SET last = excluded.last",
    [HUB_SQL_POOL_FIND] =
	"SELECT day, service, quota, granted FROM {each $2} j"
	AT("slot", "office = $1 AND day = " INT(0) " AND service = " INT(1)
	    " AND class = 3 AND start_min = 0 AND end_min = 0"),
    [HUB_SQL_POOL_GRANT] =
	"INSERT INTO slot (office, day, service, class, start_min, end_min, "
	"quota, granted) SELECT CAST($1 AS bigint), " INT(0) ", " INT(1) ", "
	"3, 0, 0, 0, " INT(2) " FROM {each $2} j WHERE true "
	"ON CONFLICT (office, day, service, class, start_min, end_min) "
	"DO UPDATE SET granted = excluded.granted",

    /* Bookings and slots. */
    [HUB_SQL_BOOKING_FIND] =
	"SELECT day, hash, seq, gone, own, start_min, end_min, service, class, "
	"status, companions, birth, permit, status_s, name FROM {words $2} j"
	AT("booking", "hash = j.value AND office + 0 = $1"),
    [HUB_SQL_BOOKING_PUT] =
	"INSERT INTO booking (office, day, hash, seq, gone, own, start_min, "
	"end_min, service, class, status, companions, birth, permit, status_s, "
	"name) SELECT CAST($1 AS bigint), " INT(0) ", " TEXT(1) ", " INT(2) ", "
	INT(3) ", " INT(4) ", " INT(5) ", " INT(6) ", " INT(7) ", "
	INT(8) ", " INT(9) ", " INT(10) ", " INT(11) ", " INT(12) ", "
	INT(13) ", " TEXT(14) " FROM {each $2} j WHERE true "
	"ON CONFLICT (hash, office, day) DO UPDATE SET seq = excluded.seq, "
	"gone = excluded.gone, own = excluded.own, "
	"start_min = excluded.start_min, end_min = excluded.end_min, "
	"service = excluded.service, class = excluded.class, "
	"status = excluded.status, companions = excluded.companions, "
	"birth = excluded.birth, permit = excluded.permit, "
	"status_s = excluded.status_s, name = excluded.name",
    [HUB_SQL_SLOT_SET] =
	"INSERT INTO slot (office, day, service, class, start_min, end_min, "
	"quota, granted) VALUES ($1, $2, $3, $4, $5, $6, $7, 0) "
	"ON CONFLICT (office, day, service, class, start_min, end_min) "
	"DO UPDATE SET quota = excluded.quota",
    [HUB_SQL_SLOT_LIST] =
	"SELECT day, service, class, start_min, end_min, quota, granted "
	"FROM slot WHERE office = $1 AND day >= $2 AND day <= $3 "
	"ORDER BY day, service, class, start_min, end_min",
    [HUB_SQL_SLOT_BOOKED] =
	"SELECT day, service, class, start_min, end_min, COUNT(*) "
	"FROM booking WHERE office = $1 AND day {among $2} "
	"AND gone = 0 AND status = 1 "
	"GROUP BY day, service, class, start_min, end_min",

    /* What people read. */
    [HUB_SQL_REPORT_ADD] =
	"INSERT INTO report (office, day, kind, op_id, hash, other, detail, "
	"time_s) SELECT CAST($1 AS bigint), " INT(0) ", " INT(1) ", "
	TEXT(2) ", " TEXT(3) ", " TEXT(4) ", " INT(5) ", CAST($3 AS bigint) "
	"FROM {each $2} j WHERE true ON CONFLICT DO NOTHING",
    [HUB_SQL_REPORT_LIST] =
	"SELECT r.kind, r.hash, r.detail, r.time_s, r.op_id, o.device, d.name, "
	"o.letter, o.number, o.time_s, r.other, p.device, q.name, p.letter, "
	"p.number, p.time_s, o.kind, r.device, f.name FROM report r "
	"LEFT JOIN op o ON o.op_id = r.op_id AND o.office + 0 = r.office "
	"LEFT JOIN device d ON d.device = o.device "
	"LEFT JOIN op p ON p.op_id = r.other AND p.office + 0 = r.office "
	"LEFT JOIN device q ON q.device = p.device "
	"LEFT JOIN device f ON f.device = r.device "
	"WHERE r.office = $1 AND r.day = $2 ORDER BY r.time_s, r.kind, r.op_id",
    [HUB_SQL_DAY_BOOKINGS] =
	"SELECT status, COUNT(*) FROM booking WHERE office = $1 AND day = $2 "
	"AND gone = 0 GROUP BY status ORDER BY status",
    [HUB_SQL_DAY_ADMISSIONS] =
	"SELECT COALESCE(SUM(CASE WHEN pass = 0 THEN 1 ELSE 0 END), 0), "
	"COALESCE(SUM(CASE WHEN pass = 0 AND number > 0 THEN 1 ELSE 0 END), 0), "
	"COALESCE(SUM(CASE WHEN pass <> 0 THEN 1 ELSE 0 END), 0) "
	"FROM admission WHERE office = $1 AND day = $2",
    [HUB_SQL_GAUGES] =
	"SELECT (SELECT COUNT(*) FROM office), "
	"(SELECT COUNT(*) FROM device WHERE closed_s = 0), "
	"(SELECT COUNT(*) FROM booking WHERE gone = 0), "
	"(SELECT COUNT(*) FROM admission), "
	"(SELECT COUNT(*) FROM admission WHERE pass <> 0), "
	"(SELECT COUNT(*) FROM report WHERE kind = 1 AND detail = 0), "
	"(SELECT COUNT(*) FROM report WHERE kind = 1 AND detail <> 0), "
	"(SELECT COUNT(*) FROM report WHERE kind IN (6, 7)), "
	"(SELECT COALESCE(SUM(size), 0) FROM log)",

    /* The log. */
    [HUB_SQL_LOG_GET] =
	"SELECT size FROM log WHERE office = $1",
    [HUB_SQL_LOG_PUT] =
	"INSERT INTO log (office, size) VALUES ($1, $2) "
	"ON CONFLICT (office) DO UPDATE SET size = excluded.size",
    [HUB_SQL_LOG_ADD] =
	"INSERT INTO log_entry (office, idx, device, n, time_s, kind, "
	"commitment, hash) SELECT CAST($1 AS bigint), " INT(0) ", " INT(1) ", "
	INT(2) ", " INT(3) ", " INT(4) ", " TEXT(5) ", " TEXT(6)
	" FROM {each $2} j",
    [HUB_SQL_LOG_ENTRIES] =
	"SELECT idx, device, n, time_s, kind, commitment, hash "
	"FROM log_entry WHERE office = $1 AND idx >= $2 AND idx < $3 "
	"ORDER BY idx",
    [HUB_SQL_LOG_OF_DEVICE] =
	"SELECT idx, device, n, time_s, kind, commitment, hash "
	"FROM log_entry WHERE office = $1 AND device = $2 AND n >= $3 "
	"AND n <= $4 ORDER BY n",
    [HUB_SQL_LOG_TILE] =
	"SELECT hashes FROM log_tile "
	"WHERE office = $1 AND level = $2 AND idx = $3",
    [HUB_SQL_LOG_TILE_PUT] =
	"INSERT INTO log_tile (office, level, idx, hashes) "
	"VALUES ($1, $2, $3, $4) ON CONFLICT (office, level, idx) "
	"DO UPDATE SET hashes = excluded.hashes",
    [HUB_SQL_CHAIN_GET] =
	"SELECT audit_key, n, hash, head_n, head_hash FROM audit_chain "
	"WHERE office = $1 AND device = $2",
    [HUB_SQL_CHAIN_PUT] =
	"INSERT INTO audit_chain (office, device, audit_key, n, hash, head_n, "
	"head_hash, head_signature, time_s) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
	"ON CONFLICT (office, device) DO UPDATE SET n = excluded.n, "
	"hash = excluded.hash, head_n = " NEWER("head_n") ", "
	"head_hash = " NEWER("head_hash") ", "
	"head_signature = " NEWER("head_signature") ", "
	"time_s = excluded.time_s",
    [HUB_SQL_CHAIN_REPORT] =
	"INSERT INTO report (office, day, kind, op_id, hash, other, detail, "
	"time_s, device) VALUES ($1, $2, $3, $4, '', '', $5, $6, $7) "
	"ON CONFLICT DO NOTHING",
};
/* clang-format on */

const char *hub_sql_name(enum hub_sql id)
{
	return (unsigned)id < HUB_SQL_COUNT ? names[id] : "";
}

/* What stands for the brace's word; %s is what follows the word. */
static const struct {
	const char *word, *sqlite, *postgres;
} braces[] = {
    {"pg", "", "%s"},
    {"each", "json_each(%s)", "jsonb_array_elements(CAST(%s AS jsonb))"},
    {"words", "json_each(%s)", "jsonb_array_elements_text(CAST(%s AS jsonb))"},
    {"among", "IN (SELECT value FROM json_each(%s))",
	"= ANY (CAST(translate(%s, '[]', '{}') AS bigint[]))"},
    {"lock", "", " FOR UPDATE"},
    {"text", "TEXT NOT NULL", "TEXT COLLATE \"C\" NOT NULL"},
    {"hot", " WITHOUT ROWID", " WITH (fillfactor = 50)"},
    {"rowless", " WITHOUT ROWID", ""},
};

static void put_brace(struct hub_text *t, struct str inside,
    enum hub_dialect dialect)
{
	struct str word, rest = inside;
	const char *form, *hole;

	if (!str_split(&rest, ' ', &word))
		return;
	for (size_t i = 0; i < ARRAY_LEN(braces); i++) {
		if (!str_is(word, braces[i].word))
			continue;
		form = dialect == HUB_SQLITE ? braces[i].sqlite
					     : braces[i].postgres;
		hole = strstr(form, "%s");
		if (hole == NULL) {
			hub_text_str(t, form);
			return;
		}
		hub_text_put(t, form, (size_t)(hole - form));
		hub_text_put(t, rest.ptr, rest.len);
		hub_text_str(t, hole + 2);
		return;
	}
}

char *hub_sql_expand(const char *text, enum hub_dialect dialect)
{
	struct hub_text t = {0};
	const char *open, *shut;

	while ((open = strchr(text, '{')) != NULL) {
		shut = strchr(open, '}');
		if (shut == NULL)
			break;
		hub_text_put(&t, text, (size_t)(open - text));
		put_brace(&t, str_of(open + 1, (size_t)(shut - open - 1)),
		    dialect);
		text = shut + 1;
	}
	hub_text_str(&t, text);
	if (t.failed)
		hub_text_fini(&t);
	return t.ptr;
}

char *hub_sql_text(enum hub_sql id, enum hub_dialect dialect)
{
	return hub_sql_expand(texts[id], dialect);
}
