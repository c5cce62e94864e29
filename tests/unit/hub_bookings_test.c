/* Bookings by channels: what is kept of them, what is refused, slots. */
#include "test_hub_feed.h"

static struct client kiosk, channel, far;

static int make_channels(void **state)
{
	int r = make_hub(state);

	if (r != 0)
		return r;
	kiosk = enrolled(OFFICE, "kiosk", "kiosk-1");
	channel = enrolled(OFFICE, "channel", "web");
	far = enrolled(OTHER_OFFICE, "channel", "web");
	view_reset(&view);
	return 0;
}

/* A request of good bookings with one part of the last replaced; "" =
 * none. */
static char body[200000];
static const char good[] =
    "{\"code\": \"CODE0001\", \"service\": 1, \"date\": \"" DAY "\", "
    "\"start\": \"09:00\", \"end\": \"09:15\", \"class\": \"booked\", "
    "\"name\": \"Siti W\", \"birth_date\": \"1990-02-28\", "
    "\"permit_expires\": \"\", \"companions\": 0, \"status\": "
    "\"confirmed\"}";

static void post_one(const char *from, const char *to)
{
	const char *at = from[0] == '\0' ? good : strstr(good, from);

	assert_non_null(at);
	snprintf(body, sizeof(body), "{\"bookings\": [%.*s%s%s]}",
	    (int)(at - good), good, to, at + strlen(from));
	assert_int_equal(ask(&channel, "POST", "/v1/bookings", body), 200);
	assert_string_equal(answer.kind, "bookings");
}

static const json_t *refused(size_t i)
{
	return json_array_get(json_object_get(reply, "refused"), i);
}

static const struct booking *row_of(const char *code)
{
	struct code_hash hash;
	char hex[33];

	hash_of_code(OFFICE, code, hex);
	assert_true(wire_unhex(str_from(hex), hash.bytes, sizeof(hash.bytes)));
	view_reset(&view);
	view_sync(&view, &kiosk, 500);
	for (size_t i = 0; i < view.n; i++)
		if (memcmp(&view.row[i].booking.hash, &hash, sizeof(hash)) == 0)
			return &view.row[i].booking;
	return NULL;
}

static void test_a_booking_is_kept_hashed_and_masked(void **state)
{
	struct secret_key key;
	const struct booking *b;
	const json_t *taken;
	uint8_t text[20] = "karcis-office-v1\x00\x00\x10\x06";
	char hash[33];

	(void)state;
	post_one("", "");
	assert_int_equal(number_of(reply, "accepted"), 1);
	assert_int_equal(json_array_size(json_object_get(reply, "refused")), 0);
	taken = json_array_get(json_object_get(reply, "bookings"), 0);
	hash_of_code(OFFICE, "CODE0001", hash);
	assert_string_equal(text_of(taken, "booking"), hash);
	assert_string_equal(text_of(taken, "code"), "CODE0001");
	b = row_of("CODE0001");
	assert_non_null(b);
	assert_string_equal(b->masked_name, "S*** W");
	crypto_generichash(key.bytes, 32, text, 20, keys.master.bytes, 32);
	assert_true(b->birth ==
	    digest_birth(&key, &b->hash, (struct civil_date){1990, 2, 28}));
	assert_int_equal(b->status_s, NOW);
	assert_int_equal(b->permit_expires_day, 0);
}

static void test_without_a_code_the_hub_draws_one(void **state)
{
	struct code_profile own = code_profile_own();
	struct booking_code parsed;
	const char *code;
	char copy[64];

	(void)state;
	post_one("\"code\": \"CODE0001\", ", "");
	code = text_of(json_array_get(json_object_get(reply, "bookings"), 0),
	    "code");
	assert_int_equal(strlen(code), CODE_OWN_LEN);
	assert_int_equal(code_parse(&own, str_from(code), &parsed), CODE_OK);
	assert_string_equal(parsed.text, code);
	snprintf(copy, sizeof(copy), "%s", code);
	assert_non_null(row_of(copy));
	post_one("\"code\": \"CODE0001\"", "\"code\": \"\"");
	assert_string_not_equal(
	    text_of(json_array_get(json_object_get(reply, "bookings"), 0),
		"code"),
	    copy);
}

static void test_a_code_is_taken_as_written_without_blanks(void **state)
{
	(void)state;
	post_one("CODE0001", "co-de o1l");
	assert_string_equal(
	    text_of(json_array_get(json_object_get(reply, "bookings"), 0),
		"code"),
	    "CODEO1L");
	assert_non_null(row_of("CODEO1L"));
}

static void test_each_field_is_checked_and_named(void **state)
{
	static const struct {
		const char *from, *to, *field;
	} cases[] = {
	    {"\"CODE0001\"", "5", "code"},
	    {"CODE0001", "ABC", "code"},
	    {"CODE0001", "AB\\u00e9DE", "code"},
	    {"CODE0001", "ABCDEFGHIJKLMNOPQRSTUVWXYZ1234567", "code"},
	    {"CODE0001", "CODE\\u00001", "code"},
	    {"\"service\": 1", "\"service\": 0", "service"},
	    {"\"service\": 1", "\"service\": 256", "service"},
	    {"\"service\": 1", "\"service\": \"1\"", "service"},
	    {"\"service\": 1, ", "", "service"},
	    {"\"date\": \"" DAY "\", ", "", "date"},
	    {DAY, "2026-11-31", "date"},
	    {"\"" DAY "\"", "20261126", "date"},
	    {"\"09:00\"", "\"9:00\"", "start"},
	    {"\"09:00\"", "\"09:15\"", "end"},
	    {"\"09:15\"", "\"24:01\"", "end"},
	    {"\"09:15\"", "null", "end"},
	    {"\"booked\"", "\"walk_in\"", "class"},
	    {"\"Siti W\"", "[\"Siti\"]", "name"},
	    {"Siti W", "Si\\u0000ti", "name"},
	    {"1990-02-28", "1990-02-30", "birth_date"},
	    {"1990-02-28", "2026-11-27", "birth_date"},
	    {"\"permit_expires\": \"\"", "\"permit_expires\": \"soon\"",
		"permit_expires"},
	    {"\"companions\": 0", "\"companions\": 8", "companions"},
	    {"\"companions\": 0", "\"companions\": 1.5", "companions"},
	    {"\"companions\": 0", "\"companions\": null", "companions"},
	    {"\"confirmed\"", "\"maybe\"", "status"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		post_one(cases[i].from, cases[i].to);
		assert_int_equal(number_of(reply, "accepted"), 0);
		assert_int_equal(number_of(refused(0), "at"), 0);
		assert_string_equal(text_of(refused(0), "field"),
		    cases[i].field);
		assert_string_equal(text_of(refused(0), "error"),
		    "bad_request");
		assert_true(strlen(text_of(refused(0), "detail")) > 5);
	}
	view_sync(&view, &kiosk, 500);
	assert_int_equal(view.n, 0);
}

static void test_only_five_fields_are_needed_and_others_ignored(void **state)
{
	(void)state;
	assert_int_equal(
	    ask(&channel, "POST", "/v1/bookings",
		"{\"bookings\": [{\"code\": \"MINI\", \"service\": 255, "
		"\"date\": \"" DAY "\", \"start\": \"00:00\", \"end\": "
		"\"24:00\", \"colour\": {\"a\": [1]}}], \"sender\": 5}"),
	    200);
	assert_int_equal(number_of(reply, "accepted"), 1);
	assert_int_equal(row_of("MINI")->booking_class, CLASS_BOOKED);
	assert_int_equal(row_of("MINI")->status, BOOKING_CONFIRMED);
	assert_int_equal(row_of("MINI")->end_min, 1440);
	assert_true(row_of("MINI")->birth == 0);
}

static void test_names_lose_what_no_paper_may_see(void **state)
{
	/* RIGHT-TO-LEFT OVERRIDE, ESC, a quote and a backslash. */
	(void)state;
	post_one("Siti W", "\\u202eSi\\u001b@ti \\\"W \\\\x");
	assert_int_equal(number_of(reply, "accepted"), 1);
	assert_string_equal(row_of("CODE0001")->masked_name, "S**** \"* \\*");
	snprintf(body + 100000, 200, "%0127d", 0);
	post_one("Siti W", body + 100000);
	assert_int_equal(number_of(reply, "accepted"), 1);
	snprintf(body + 100000, 200, "%0128d", 0);
	post_one("Siti W", body + 100000);
	assert_string_equal(text_of(refused(0), "field"), "name");
}

static void test_a_code_that_comes_twice_stays_as_it_came_first(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, body, sizeof(body));
	buf_text(&b, "{\"bookings\": [");
	for (int i = 0; i < 100; i++) {
		if (i > 0)
			buf_text(&b, ",");
		if (i == 42)
			buf_text(&b, "5");
		else
			buf_fmt(&b,
			    "{\"code\": \"CODE%04d\", \"service\": %d, "
			    "\"date\": \"" DAY
			    "\", \"start\": \"09:00\", \"end\": \"09:15\"}",
			    i == 77 ? 7 : i, i + 1);
	}
	buf_text(&b, "]}");
	assert_int_equal(ask(&channel, "POST", "/v1/bookings", buf_cstr(&b)),
	    200);
	assert_int_equal(number_of(reply, "accepted"), 98);
	assert_int_equal(json_array_size(json_object_get(reply, "refused")), 2);
	assert_int_equal(number_of(refused(0), "at"), 42);
	assert_int_equal(number_of(refused(1), "at"), 77);
	assert_string_equal(text_of(refused(1), "error"), "exists");
	assert_string_equal(text_of(refused(1), "field"), "code");
	assert_int_equal(row_of("CODE0007")->service, 8);
	assert_int_equal(view.n, 98);
}

static void test_a_known_code_is_replaced(void **state)
{
	(void)state;
	post_one("", "");
	now_s += 60;
	post_one("\"09:15\"", "\"09:30\"");
	assert_int_equal(row_of("CODE0001")->end_min, 570);
	/* Its status is as old as it was. */
	assert_int_equal(row_of("CODE0001")->status_s, NOW);
	assert_int_equal(view.n, 1);
	assert_int_equal(view.after, 2);
	post_one("\"confirmed\"", "\"cancelled\"");
	assert_int_equal(row_of("CODE0001")->status_s, NOW + 60);
	/* The same once more is no change. */
	now_s += 60;
	post_one("\"confirmed\"", "\"cancelled\"");
	assert_int_equal(row_of("CODE0001")->status_s, NOW + 60);
	assert_int_equal(view.after, 3);
}

static int64_t head_of(const char *day)
{
	char path[128];

	snprintf(path, sizeof(path),
	    "/v1/feed?office=4102&day=%s&epoch=0&after=0", day);
	assert_int_equal(ask(&kiosk, "GET", path, ""), 200);
	return number_of(reply, "head");
}

static void test_a_code_that_moves_leaves_rescheduled_behind(void **state)
{
	const json_t *row;

	(void)state;
	post_one("", "");
	told_n = 0;
	post_one(DAY, "2026-11-27");
	assert_int_equal(told_n, 2);
	assert_int_equal(row_of("CODE0001")->status, BOOKING_RESCHEDULED);
	assert_int_equal(head_of("2026-11-27"), 1);
	row = json_array_get(json_object_get(reply, "ops"), 0);
	assert_int_equal(json_number(row, 7), BOOKING_CONFIRMED);
	/* And back: that row is its own again. */
	post_one("", "");
	assert_int_equal(row_of("CODE0001")->status, BOOKING_CONFIRMED);
	assert_int_equal(head_of("2026-11-27"), 2);
	row = json_array_get(json_object_get(reply, "ops"), 0);
	assert_int_equal(json_number(row, 7), BOOKING_RESCHEDULED);
}

static int change(struct client *who, const char *method, const char *code,
    const char *text)
{
	char path[64] = "/v1/bookings/";

	hash_of_code(OFFICE, code, path + 13);
	return ask(who, method, path, text);
}

static void test_a_patch_changes_what_it_names(void **state)
{
	(void)state;
	post_one("", "");
	assert_int_equal(
	    change(&channel, "PATCH", "CODE0001", "{\"status\": \"blocked\"}"),
	    200);
	assert_int_equal(row_of("CODE0001")->status, BOOKING_BLOCKED);
	assert_string_equal(row_of("CODE0001")->masked_name, "S*** W");
	assert_int_equal(
	    change(&channel, "PATCH", "CODE0001",
		"{\"start\": \"10:00\", \"end\": \"10:15\", \"x\": 1}"),
	    200);
	assert_int_equal(row_of("CODE0001")->start_min, 600);
	assert_int_equal(row_of("CODE0001")->status, BOOKING_BLOCKED);
	assert_int_equal(change(&channel, "PATCH", "CODE0001",
			     "{\"date\": \"2026-11-27\", \"status\": "
			     "\"confirmed\"}"),
	    200);
	assert_int_equal(row_of("CODE0001")->status, BOOKING_RESCHEDULED);
	assert_int_equal(head_of("2026-11-27"), 1);
	/* Its birth date moved along: the hash is of the code, not the day. */
	assert_string_equal(
	    json_text(json_array_get(json_object_get(reply, "ops"), 0), 12),
	    "S*** W");
}

static void test_a_patch_that_is_no_good_is_400_and_changes_nothing(
    void **state)
{
	static const char *const bodies[] = {"", "[]", "{}", "{\"colour\": 1}",
	    "{\"status\": \"maybe\"}", "{\"status\": 1}",
	    "{\"date\": \"tomorrow\"}", "{\"start\": \"09:15\"}",
	    "{\"status\": \"cancelled\", \"end\": \"08:00\"}"};

	(void)state;
	post_one("", "");
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		assert_int_equal(
		    change(&channel, "PATCH", "CODE0001", bodies[i]), 400);
		assert_error(400, "bad_request");
	}
	assert_int_equal(row_of("CODE0001")->status, BOOKING_CONFIRMED);
	assert_int_equal(view.after, 1);
}

static void test_a_booking_of_another_office_is_not_found(void **state)
{
	char hash[33];

	(void)state;
	post_one("", "");
	assert_int_equal(
	    change(&far, "PATCH", "CODE0001", "{\"status\": \"cancelled\"}"),
	    404);
	assert_error(404, "not_found");
	assert_int_equal(change(&far, "DELETE", "CODE0001", ""), 404);
	assert_int_equal(change(&channel, "DELETE", "CODE0002", ""), 404);
	assert_int_equal(ask(&channel, "DELETE", "/v1/bookings/xyz", ""), 404);
	assert_int_equal(row_of("CODE0001")->status, BOOKING_CONFIRMED);
	assert_int_equal(
	    ask(&far, "GET", "/v1/slots?office=4102&from=" DAY "&to=" DAY, ""),
	    403);
	hash_of_code(OFFICE, "CODE0001", hash);
	/* The same code there is another booking. */
	snprintf(body, sizeof(body), "{\"bookings\": [%s]}", good);
	assert_int_equal(ask(&far, "POST", "/v1/bookings", body), 200);
	assert_string_not_equal(
	    text_of(json_array_get(json_object_get(reply, "bookings"), 0),
		"booking"),
	    hash);
}

static void test_a_deleted_booking_is_gone_from_all_days(void **state)
{
	(void)state;
	post_one("", "");
	post_one(DAY, "2026-11-27");
	assert_int_equal(change(&channel, "DELETE", "CODE0001", ""), 200);
	assert_null(row_of("CODE0001"));
	assert_int_equal(head_of("2026-11-27"), 2);
	assert_string_equal(
	    json_text(json_array_get(json_object_get(reply, "ops"), 0), 1),
	    "del");
	assert_int_equal(change(&channel, "DELETE", "CODE0001", ""), 404);
	/* It may come again. */
	post_one("", "");
	assert_int_equal(row_of("CODE0001")->status, BOOKING_CONFIRMED);
}

static void set_slot(int class, int start, int end, int quota)
{
	struct hub_slot s = {OFFICE, DAY_N, 1, (uint8_t) class, (int16_t)start,
	    (int16_t)end, quota};

	assert_int_equal(hub_slot_set(h, db, &s, &e), 0);
}

static void test_a_slot_takes_its_quota_and_no_more(void **state)
{
	const json_t *s;

	(void)state;
	set_slot(1, 540, 555, 2);
	post_one("", "");
	post_one("CODE0001", "CODE0002");
	post_one("CODE0001", "CODE0003");
	assert_int_equal(number_of(reply, "accepted"), 0);
	assert_string_equal(text_of(refused(0), "error"), "slot_full");
	assert_string_equal(text_of(refused(0), "field"), "start");
	/* Who sits there may be sent again; a seat given back is free. */
	post_one("Siti W", "Siti X");
	assert_int_equal(number_of(reply, "accepted"), 1);
	post_one("\"confirmed\"", "\"cancelled\"");
	post_one("CODE0001", "CODE0003");
	assert_int_equal(number_of(reply, "accepted"), 1);
	assert_int_equal(change(&channel, "PATCH", "CODE0001",
			     "{\"status\": \"confirmed\"}"),
	    409);
	assert_error(409, "slot_full");
	assert_int_equal(ask(&channel, "GET",
			     "/v1/slots?office=4102&from=" DAY "&to=" DAY, ""),
	    200);
	assert_string_equal(answer.kind, "slots");
	s = json_array_get(json_object_get(reply, "slots"), 0);
	assert_string_equal(text_of(s, "day"), DAY);
	assert_string_equal(text_of(s, "start"), "09:00");
	assert_string_equal(text_of(s, "end"), "09:15");
	assert_string_equal(text_of(s, "class"), "booked");
	assert_int_equal(number_of(s, "service"), 1);
	assert_int_equal(number_of(s, "quota"), 2);
	assert_int_equal(number_of(s, "booked"), 2);
}

static void test_where_slots_are_offered_others_are_not(void **state)
{
	(void)state;
	set_slot(1, 540, 555, 2);
	post_one("\"09:15\"", "\"09:14\"");
	assert_string_equal(text_of(refused(0), "error"), "slot_full");
	/* Another service, class and day have none. */
	post_one("\"service\": 1", "\"service\": 2");
	assert_int_equal(number_of(reply, "accepted"), 1);
	post_one("\"class\": \"booked\"", "\"class\": \"priority\"");
	assert_int_equal(number_of(reply, "accepted"), 1);
	post_one(DAY, "2026-11-27");
	assert_int_equal(number_of(reply, "accepted"), 1);
	post_one("\"confirmed\"", "\"cancelled\"");
	assert_int_equal(number_of(reply, "accepted"), 1);
}

static void test_seats_are_counted_within_a_request(void **state)
{
	struct buf b;

	(void)state;
	set_slot(1, 540, 555, 5);
	buf_init(&b, body, sizeof(body));
	buf_text(&b, "{\"bookings\": [");
	for (int i = 0; i < 9; i++)
		buf_fmt(&b,
		    "%s{\"code\": \"CODE%04d\", \"service\": 1, \"date\": "
		    "\"" DAY "\", \"start\": \"09:00\", \"end\": \"09:15\"}",
		    i == 0 ? "" : ",", i);
	buf_text(&b, "]}");
	assert_int_equal(ask(&channel, "POST", "/v1/bookings", buf_cstr(&b)),
	    200);
	assert_int_equal(number_of(reply, "accepted"), 5);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(number_of(refused(i), "at"), 5 + i);
}

static void test_a_seat_given_back_is_free_within_the_request(void **state)
{
	(void)state;
	set_slot(1, 540, 555, 1);
	set_slot(1, 600, 615, 1);
	post_one("", "");
	assert_int_equal(
	    ask(&channel, "POST", "/v1/bookings",
		"{\"bookings\": [{\"code\": \"CODE0001\", \"service\": 1, "
		"\"date\": \"" DAY "\", \"start\": \"10:00\", \"end\": "
		"\"10:15\"}, {\"code\": \"CODE0002\", \"service\": 1, "
		"\"date\": \"" DAY "\", \"start\": \"09:00\", \"end\": "
		"\"09:15\"}, {\"code\": \"CODE0003\", \"service\": 1, "
		"\"date\": \"" DAY "\", \"start\": \"09:00\", \"end\": "
		"\"09:15\"}]}"),
	    200);
	assert_int_equal(number_of(reply, "accepted"), 2);
	assert_int_equal(number_of(refused(0), "at"), 2);
}

static void test_slots_that_are_no_good_are_refused(void **state)
{
	static const struct hub_slot bad[] = {
	    {OFFICE, DAY_N, 0, 1, 540, 555, 1},
	    {OFFICE, DAY_N, 1, 0, 540, 555, 1},
	    {OFFICE, DAY_N, 1, 4, 540, 555, 1},
	    {OFFICE, DAY_N, 1, 1, 555, 555, 1},
	    {OFFICE, DAY_N, 1, 1, 540, 1441, 1},
	    {OFFICE, DAY_N, 1, 3, 540, 555, 1},
	    {OFFICE, DAY_N, 1, 1, 540, 555, -1},
	    {OFFICE, -1, 1, 1, 540, 555, 1},
	};
	struct hub_slot nowhere = {9, DAY_N, 1, 1, 540, 555, 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(hub_slot_set(h, db, &bad[i], &e), -EINVAL);
	assert_int_equal(hub_slot_set(h, db, &nowhere, &e), -ENOENT);
	assert_int_equal(
	    ask(&channel, "GET", "/v1/slots?office=4102&from=" DAY, ""), 400);
	assert_int_equal(ask(&channel, "GET",
			     "/v1/slots?office=4102&from=2026-11-27&to=" DAY,
			     ""),
	    400);
	assert_int_equal(
	    ask(&channel, "GET",
		"/v1/slots?office=4102&from=2026-01-01&to=2027-01-02", ""),
	    400);
	assert_int_equal(
	    ask(&channel, "GET",
		"/v1/slots?office=4102&from=2026-01-01&to=2027-01-01", ""),
	    200);
}

static void test_1000_bookings_are_taken_and_1001_refused(void **state)
{
	struct buf b;

	(void)state;
	for (int n = 1000; n <= 1001; n++) {
		buf_init(&b, body, sizeof(body));
		buf_text(&b, "{\"bookings\": [");
		for (int i = 0; i < n; i++)
			buf_fmt(&b,
			    "%s{\"code\": \"CODE%04d\", \"service\": 1, "
			    "\"date\": \"" DAY "\", \"start\": \"09:00\", "
			    "\"end\": \"09:15\"}",
			    i == 0 ? "" : ",", i);
		buf_text(&b, "]}");
		ask(&channel, "POST", "/v1/bookings", buf_cstr(&b));
		if (n == 1001)
			break;
		assert_int_equal(answer.status, 200);
		assert_int_equal(number_of(reply, "accepted"), 1000);
	}
	assert_error(413, "too_large");
	view_sync(&view, &kiosk, 5000);
	assert_int_equal(view.n, 1000);
}

/* As karcis-hub import gives them. */
static struct booking from_file(uint8_t person, int16_t start_min)
{
	struct booking b = {.day = DAY_N,
	    .start_min = start_min,
	    .end_min = (int16_t)(start_min + 15),
	    .service = 1,
	    .booking_class = CLASS_BOOKED,
	    .status = BOOKING_CONFIRMED};

	memset(b.hash.bytes, person, sizeof(b.hash.bytes));
	b.office = OFFICE;
	return b;
}

static void test_bookings_of_a_file_are_judged_each_alone(void **state)
{
	const struct booking b[] = {from_file(1, 540), from_file(2, 540),
	    from_file(1, 600)};
	const char *why[3];

	(void)state;
	assert_int_equal(hub_bookings_put(h, db, OFFICE, b, 3, now_s, why, &e),
	    0);
	assert_null(why[0]);
	assert_null(why[1]);
	assert_non_null(strstr(why[2], "twice"));
	view_sync(&view, &kiosk, 500);
	assert_int_equal(view.n, 2);
}

static void test_bookings_of_no_office_are_not_taken(void **state)
{
	const struct booking b = from_file(1, 540);
	const char *why[1];

	(void)state;
	assert_int_equal(
	    hub_bookings_put(h, db, OFFICE + 1, &b, 1, now_s, why, &e),
	    -ENOENT);
	assert_non_null(strstr(e.text, "no office 4103"));
	/* Nor is an empty file of it. */
	assert_int_equal(
	    hub_bookings_put(h, db, OFFICE + 1, &b, 0, now_s, why, &e),
	    -ENOENT);
}

static void test_100000_members_are_too_large(void **state)
{
	static char many[300100];
	struct buf b;

	(void)state;
	buf_init(&b, many, sizeof(many));
	buf_text(&b, "{\"bookings\": [{}");
	for (int i = 1; i < 100000; i++)
		buf_text(&b, ",{}");
	buf_text(&b, "]}");
	assert_int_equal(ask(&channel, "POST", "/v1/bookings", buf_cstr(&b)),
	    413);
	assert_error(413, "too_large");
}

static void test_requests_that_are_no_bookings_are_refused(void **state)
{
	static const char *const bodies[] = {"", "[]", "{}",
	    "{\"bookings\": 5}", "{\"bookings\": {}}",
	    "{\"bookings\": [], \"bookings\": []}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		assert_int_equal(
		    ask(&channel, "POST", "/v1/bookings", bodies[i]), 400);
		assert_error(400, "bad_request");
	}
	assert_int_equal(
	    ask(&channel, "POST", "/v1/bookings", "{\"bookings\": []}"), 200);
	assert_int_equal(number_of(reply, "accepted"), 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, make_channels, remove_hub)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_booking_is_kept_hashed_and_masked),
	    T(test_without_a_code_the_hub_draws_one),
	    T(test_a_code_is_taken_as_written_without_blanks),
	    T(test_each_field_is_checked_and_named),
	    T(test_only_five_fields_are_needed_and_others_ignored),
	    T(test_names_lose_what_no_paper_may_see),
	    T(test_a_code_that_comes_twice_stays_as_it_came_first),
	    T(test_a_known_code_is_replaced),
	    T(test_a_code_that_moves_leaves_rescheduled_behind),
	    T(test_a_patch_changes_what_it_names),
	    T(test_a_patch_that_is_no_good_is_400_and_changes_nothing),
	    T(test_a_booking_of_another_office_is_not_found),
	    T(test_a_deleted_booking_is_gone_from_all_days),
	    T(test_a_slot_takes_its_quota_and_no_more),
	    T(test_where_slots_are_offered_others_are_not),
	    T(test_seats_are_counted_within_a_request),
	    T(test_a_seat_given_back_is_free_within_the_request),
	    T(test_slots_that_are_no_good_are_refused),
	    T(test_1000_bookings_are_taken_and_1001_refused),
	    T(test_bookings_of_a_file_are_judged_each_alone),
	    T(test_bookings_of_no_office_are_not_taken),
	    T(test_100000_members_are_too_large),
	    T(test_requests_that_are_no_bookings_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
