/* Who may speak: signatures, counters, roles, offices; and what is said to
 * others. */
#include "test_hub.h"

#define MOST      INT64_C(999999999999999999)
#define TIME_PATH "/v1/time?nonce=00ff"

static struct client kiosk;

static int make_kiosk(void **state)
{
	int r = make_hub(state);

	if (r == 0)
		kiosk = enrolled(OFFICE, "kiosk", "kiosk-1");
	return r;
}

static int ask_with(uint64_t counter)
{
	return send_by(db, &kiosk, counter, "GET", TIME_PATH, str_from(""),
	    NULL);
}

static void test_the_time_comes_with_the_nonce_and_signed(void **state)
{
	(void)state;
	assert_int_equal(ask(&kiosk, "GET", TIME_PATH, ""), 200);
	assert_string_equal(answer.kind, "time");
	assert_string_equal(answer.body,
	    "{\"nonce\": \"00ff\", \"time\": 1795669200}");
	assert_int_equal(answer.epoch, 1);
	assert_int_equal(ask(&kiosk, "GET", "/v1/time", ""), 400);
	assert_error(400, "bad_request");
	assert_int_equal(ask(&kiosk, "GET", "/v1/time?nonce=xy", ""), 400);
	assert_int_equal(ask(&kiosk, "GET", "/v1/time?nonce=1&nonce=2", ""),
	    400);
}

/* A request with headers as given. */
static int with_headers(const char *device, const char *counter,
    const char *signature)
{
	struct hub_request q = {str_from("GET"), str_from(TIME_PATH),
	    str_from(""), .now_s = now_s};

	forget();
	if (device != NULL)
		q.device = str_from(device);
	if (counter != NULL)
		q.counter = str_from(counter);
	if (signature != NULL)
		q.signature = str_from(signature);
	hub_handle(h, db, &q, &answer);
	keep_reply();
	return answer.status;
}

static void test_headers_that_are_missing_or_no_numbers_are_401(void **state)
{
	char base64[WIRE_BASE64 + 1];
	uint8_t signature[WIRE_SIGNATURE_BYTES] = {0};

	(void)state;
	wire_base64(signature, sizeof(signature), base64);
	assert_int_equal(with_headers(NULL, "1", base64), 401);
	assert_int_equal(with_headers("1", NULL, base64), 401);
	assert_int_equal(with_headers("1", "1", NULL), 401);
	assert_int_equal(with_headers("-1", "1", base64), 401);
	assert_int_equal(with_headers("4294967296", "1", base64), 401);
	assert_int_equal(with_headers("1", "1x", base64), 401);
	assert_int_equal(with_headers("1", "9223372036854775808", base64), 401);
	assert_int_equal(with_headers("1", "1", "AAAA"), 401);
	/* Headers are good, the signature is not. */
	assert_int_equal(with_headers("1", "1", base64), 401);
	assert_error(401, "unsigned");
	assert_string_equal(answer.signature, "");
}

static void test_a_forged_request_uses_no_counter(void **state)
{
	struct client forger = kiosk;

	(void)state;
	crypto_sign_keypair(forger.public_key, forger.secret);
	assert_int_equal(
	    send_by(db, &forger, 50, "GET", TIME_PATH, str_from(""), NULL),
	    401);
	assert_int_equal(ask_with(50), 200);
}

/* Signs one thing and sends another. */
static int send_other(const char *method, const char *path, const char *body,
    const char *device)
{
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	char base64[WIRE_BASE64 + 1], counter[24];
	struct wire_request w = {str_from("GET"), str_from(TIME_PATH),
	    str_from(""), kiosk.device, ++kiosk.counter};
	struct hub_request q = {str_from(method), str_from(path),
	    str_from(body), .now_s = now_s};

	forget();
	assert_true(wire_sign_request(&w, kiosk.secret, signature));
	wire_base64(signature, sizeof(signature), base64);
	snprintf(counter, sizeof(counter), "%llu",
	    (unsigned long long)kiosk.counter);
	q.device = str_from(device);
	q.counter = str_from(counter);
	q.signature = str_from(base64);
	hub_handle(h, db, &q, &answer);
	return answer.status;
}

static void test_the_signature_covers_method_path_body_and_device(void **state)
{
	char own[16];
	struct client other = enrolled(OFFICE, "kiosk", "kiosk-2");

	(void)state;
	snprintf(own, sizeof(own), "%u", kiosk.device);
	assert_int_equal(send_other("GET", TIME_PATH, "", own), 200);
	assert_int_equal(send_other("POST", TIME_PATH, "", own), 401);
	assert_int_equal(send_other("GET", "/v1/time?nonce=00fe", "", own),
	    401);
	assert_int_equal(send_other("GET", TIME_PATH, "x", own), 401);
	snprintf(own, sizeof(own), "%u", other.device);
	assert_int_equal(send_other("GET", TIME_PATH, "", own), 401);
}

static void test_a_counter_is_taken_once(void **state)
{
	(void)state;
	assert_int_equal(ask_with(7), 200);
	assert_int_equal(ask_with(7), 409);
	assert_error(409, "replayed");
	assert_int_equal(ask_with(8), 200);
}

static void test_any_of_the_last_64_counters_is_taken(void **state)
{
	(void)state;
	assert_int_equal(ask_with(100), 200);
	assert_int_equal(ask_with(37), 200);
	assert_int_equal(ask_with(99), 200);
	assert_int_equal(ask_with(37), 409);
	assert_error(409, "replayed");
	assert_int_equal(ask_with(36), 409);
	assert_error(409, "re_enrol");
	assert_int_equal(ask_with(101), 200);
}

static void test_counters_are_remembered_by_the_store(void **state)
{
	(void)state;
	assert_int_equal(ask_with(MOST - 1), 200);
	hub_db_close(db);
	db = open_store();
	assert_int_equal(ask_with(MOST - 1), 409);
	assert_int_equal(ask_with(MOST), 200);
	assert_int_equal(ask_with(5), 409);
	assert_error(409, "re_enrol");
}

static void test_a_refused_request_uses_its_counter_too(void **state)
{
	(void)state;
	assert_int_equal(send_by(db, &kiosk, 9, "POST", "/v1/claims",
			     str_from("no json"), NULL),
	    400);
	assert_int_equal(ask_with(9), 409);
	assert_error(409, "replayed");
}

static void test_a_device_nobody_enrolled_is_told_so_signed(void **state)
{
	struct client nobody = new_client();

	(void)state;
	nobody.device = 4000000000u;
	assert_int_equal(ask(&nobody, "GET", TIME_PATH, ""), 403);
	assert_error(403, "unknown_device");
	assert_int_equal(answer.epoch, 0);
	nobody.device = 0;
	assert_int_equal(ask(&nobody, "GET", TIME_PATH, ""), 403);
	assert_error(403, "unknown_device");
}

static void test_a_closed_device_is_told_so_signed(void **state)
{
	(void)state;
	assert_int_equal(hub_revoke(h, db, OFFICE, "kiosk-1", now_s, &e), 0);
	assert_int_equal(ask(&kiosk, "GET", TIME_PATH, ""), 403);
	assert_error(403, "revoked");
	assert_int_equal(answer.epoch, 1);
	assert_int_equal(hub_revoke(h, db, OFFICE, "kiosk-1", now_s, &e),
	    -ENOENT);
}

static void test_paths_and_methods_that_are_not_there(void **state)
{
	static const struct {
		const char *method, *path;
		int status;
	} cases[] = {
	    {"GET", "/", 404},
	    {"GET", "", 404},
	    {"GET", "/v1", 404},
	    {"GET", "/v1/time/", 404},
	    {"GET", "/v2/time?nonce=00", 404},
	    {"GET", "/v1/feeds", 404},
	    {"POST", "/v1/time?nonce=00", 405},
	    {"GET", "/v1/claims", 405},
	    {"PUT", "/v1/bookings/00112233445566778899aabbccddeeff", 405},
	    {"GET", "/v1/bookings", 405},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(
		    ask(&kiosk, cases[i].method, cases[i].path, ""),
		    cases[i].status);
		assert_string_equal(answer.kind, "error");
		assert_string_equal(answer.error,
		    cases[i].status == 404 ? "not_found" : "method");
	}
}

static void test_each_role_has_its_own_paths(void **state)
{
	static const struct {
		const char *method, *path;
		bool kiosk, gate, channel;
	} cases[] = {
	    {"GET", TIME_PATH, true, true, true},
	    {"GET", "/v1/feed?office=4102&day=" DAY "&epoch=0&after=0", true,
		true, false},
	    {"POST", "/v1/claims", true, true, false},
	    {"POST", "/v1/audit", true, true, false},
	    {"GET", "/v1/roster?office=4102", true, true, false},
	    {"POST", "/v1/bookings", false, false, true},
	    {"PATCH", "/v1/bookings/00112233445566778899aabbccddeeff", false,
		false, true},
	    {"DELETE", "/v1/bookings/00112233445566778899aabbccddeeff", false,
		false, true},
	    {"GET", "/v1/slots?office=4102&from=" DAY "&to=" DAY, false, false,
		true},
	};
	struct client gate = enrolled(OFFICE, "gate", "gate-1");
	struct client channel = enrolled(OFFICE, "channel", "web");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct client *const who[] = {&kiosk, &gate, &channel};
		const bool may[] = {cases[i].kiosk, cases[i].gate,
		    cases[i].channel};

		for (size_t k = 0; k < 3; k++) {
			int status = ask(who[k], cases[i].method, cases[i].path,
			    "{}");

			if (may[k])
				assert_int_not_equal(status, 403);
			else
				assert_error(403, "other_office");
		}
	}
}

static void test_a_body_over_a_mebibyte_is_too_large(void **state)
{
	static char body[WIRE_BODY_MAX + 2];

	(void)state;
	memset(body, ' ', sizeof(body) - 1);
	assert_int_equal(ask(&kiosk, "POST", "/v1/claims", body), 413);
	assert_error(413, "too_large");
	body[WIRE_BODY_MAX] = '\0';
	assert_int_equal(ask(&kiosk, "POST", "/v1/claims", body), 400);
}

static void test_a_path_over_512_bytes_fits_no_signature(void **state)
{
	char path[WIRE_PATH + 2];
	struct hub_request q = {str_from("GET"), .now_s = now_s};
	char base64[WIRE_BASE64 + 1];
	uint8_t signature[WIRE_SIGNATURE_BYTES] = {1};

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	wire_base64(signature, sizeof(signature), base64);
	q.path = str_from(path);
	q.body = str_from("");
	q.device = str_from("1");
	q.counter = str_from("1");
	q.signature = str_from(base64);
	forget();
	hub_handle(h, db, &q, &answer);
	assert_int_equal(answer.status, 401);
}

static void test_an_error_for_nobody_has_word_and_sentence(void **state)
{
	(void)state;
	forget();
	hub_answer_error(&answer, 404, "not_found", "no \"such\" path");
	assert_int_equal(answer.status, 404);
	assert_string_equal(answer.body,
	    "{\"error\": \"not_found\", \"detail\": \"no \\\"such\\\" path\"}");
	assert_string_equal(answer.error, "not_found");
	assert_string_equal(answer.kind, "");
}

#define T(test) cmocka_unit_test_setup_teardown(test, make_kiosk, remove_hub)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_the_time_comes_with_the_nonce_and_signed),
	    T(test_headers_that_are_missing_or_no_numbers_are_401),
	    T(test_a_forged_request_uses_no_counter),
	    T(test_the_signature_covers_method_path_body_and_device),
	    T(test_a_counter_is_taken_once),
	    T(test_any_of_the_last_64_counters_is_taken),
	    T(test_counters_are_remembered_by_the_store),
	    T(test_a_refused_request_uses_its_counter_too),
	    T(test_a_device_nobody_enrolled_is_told_so_signed),
	    T(test_a_closed_device_is_told_so_signed),
	    T(test_paths_and_methods_that_are_not_there),
	    T(test_each_role_has_its_own_paths),
	    T(test_a_body_over_a_mebibyte_is_too_large),
	    T(test_a_path_over_512_bytes_fits_no_signature),
	    T(test_an_error_for_nobody_has_word_and_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
