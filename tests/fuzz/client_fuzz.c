/* Any bytes as the body of a hub's answer, to each parser: what is taken is
 * within its bounds and is printable, what is refused leaves nothing behind.
 * The seeds are an answer of each kind. The first byte names the parser. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/core/pass.h"
#include "firmware/link/client.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CAP = 8, OFFICE = 4102 };

static uint8_t request_secret[WIRE_SECRET_BYTES], nonce[16];

#define OP  "000102030405060708090a0b0c0d0e0f"
#define KEY OP OP
#define VKEY \
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define BASE64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define SEALED \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="

static const char *const seeds[] = {
    "0{\"answers\":[{\"op_id\":\"" OP "\",\"answer\":\"used\",\"double\":true,"
    "\"by\":{\"op_id\":\"" OP "\",\"device\":18,\"terminal\":\"kiosk-2\","
    "\"letter\":\"T\",\"number\":12,\"time\":1795651201}},"
    "{\"op_id\":\"" OP "\",\"answer\":\"granted\",\"first\":21,\"last\":40},"
    "{\"op_id\":\"" OP "\",\"answer\":\"granted\",\"count\":3},"
    "{\"op_id\":\"" OP "\",\"answer\":\"bad\",\"detail\":\"day\"}]}",
    "1{\"office\":4102,\"day\":\"2026-11-26\",\"epoch\":812,\"from\":0,"
    "\"to\":3,\"head\":3,\"more\":false,\"digest\":\"" KEY "\",\"roster\":4,"
    "\"ops\":[[1,\"put\",\"" OP "\",540,555,1,1,1,0,\"0001020304050607\",0,0,"
    "\"S***\"],[2,\"del\",\"" OP "\"],"
    "[3,\"adm\",\"" OP "\",\"" OP "\",17,\"A\",12,1795651200],"
    "[4,\"pas\",\"" OP "\",\"" OP "\",18,\"A\",12,1795651200,130]]}",
    "2{\"office\":4102,\"version\":4,\"log_key\":\"" VKEY "\","
    "\"devices\":[{\"device\":17,\"from\":\"2026-11-26\","
    "\"until\":\"\",\"revoked\":false,"
    "\"name\":\"kiosk-1\",\"role\":\"kiosk\",\"letter\":\"S\",\"epoch\":1,"
    "\"live\":true,\"key_id\":311,\"ticket_key\":\"" KEY "\"}]}",
    "3{\"nonce\":\"00000000000000000000000000000000\",\"time\":1795651200}",
    "4{\"error\":\"epoch\",\"detail\":\"x\",\"epoch\":9,\"head\":0}",
    "5{\"device\":17,\"office\":4102,\"role\":\"kiosk\",\"name\":\"kiosk-1\","
    "\"letter\":\"S\",\"epoch\":1,\"key_id\":311,\"hub_key\":\"" KEY "\","
    "\"sealed\":\"" SEALED "\",\"time\":1795651200}",
    "6{\"taken\":3,\"checkpoint\":\"a/karcis/1\\n4\\n\",\"index\":2,"
    "\"inclusion\":[\"" BASE64 "\",\"" BASE64 "\"],"
    "\"consistency\":[\"" BASE64 "\"]}",
};

static void must(bool fact)
{
	if (!fact)
		abort();
}

static void write_seed(const char *path, const char *text)
{
	FILE *f = fopen(path, "wb");

	must(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *corpus = (*argv)[*argc - 1];
	uint8_t seed[32] = {1}, public_key[WIRE_PUBLIC_BYTES];
	char path[512];
	struct stat st;

	must(sodium_init() >= 0);
	must(crypto_sign_seed_keypair(public_key, request_secret, seed) == 0);
	if (stat(corpus, &st) != 0 || !S_ISDIR(st.st_mode))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(seeds); i++) {
		snprintf(path, sizeof(path), "%s/seed-%zu", corpus, i);
		write_seed(path, seeds[i]);
	}
	return 0;
}

/* Whole, printable, and with its end inside. */
static void printable(const char *text, size_t cap)
{
	size_t len = strnlen(text, cap);

	must(len < cap);
	for (size_t i = 0; i < len; i++)
		must(text[i] >= ' ' && text[i] <= '~');
}

static void judged(int r, const struct err *e)
{
	must(r == 0 || (r < 0 && e->code == r && e->text[0] != '\0'));
}

static void try_claims(struct str body)
{
	struct client_answer a[CAP];
	struct err e = {0};
	size_t n;
	int r = client_claims(body, a, CAP, &n, &e);

	judged(r, &e);
	must(n <= CAP && (r == 0 || n == 0));
	for (size_t i = 0; i < n; i++) {
		must(a[i].answer < CLAIM_ANSWERS);
		must(a[i].first + a[i].count <= TICKET_NUMBER_MAX + 1);
		must(a[i].by.letter <= 26 &&
		    a[i].by.number <= TICKET_NUMBER_MAX && a[i].by.time_s >= 0);
		printable(a[i].by.terminal, sizeof(a[i].by.terminal));
		printable(a[i].detail, sizeof(a[i].detail));
	}
}

static void booking(const struct booking *b)
{
	must(b->office >= 1 && b->start_min >= 0 &&
	    b->start_min <= DAY_MINUTES && b->end_min >= 0 &&
	    b->end_min <= DAY_MINUTES && b->companions <= 7 &&
	    b->status <= BOOKING_REVOKED && b->booking_class <= CLASS_STANDBY &&
	    b->permit_expires_day >= 0 && b->status_s >= 0);
	must(strnlen(b->masked_name, MASKED_NAME_BYTES) < MASKED_NAME_BYTES);
	must(str_is_utf8(str_from(b->masked_name)));
}

static void try_feed(struct str body)
{
	static const struct feed_page none;
	struct feed_op ops[CAP];
	struct pass_move move;
	struct feed_page p;
	struct err e = {0};
	int r = client_feed(body, ops, CAP, &p, &e);

	judged(r, &e);
	if (r < 0) {
		must(r == -EBADMSG || r == -EOPNOTSUPP);
		must(memcmp(&p, &none, sizeof(p)) == 0);
		return;
	}
	must(p.n <= CAP && p.epoch >= 1 && p.from >= 0 && p.to >= 0);
	for (size_t i = 0; i < p.n; i++) {
		must(ops[i].seq >= 1 && ops[i].kind != FEED_UNSET);
		if (ops[i].kind == FEED_PUT)
			booking(&ops[i].booking);
		if (ops[i].kind == FEED_ADM)
			must(ops[i].admission.device >= 1 &&
			    ops[i].admission.letter <= 26 &&
			    ops[i].admission.pass == 0);
		if (ops[i].kind == FEED_PAS)
			must(pass_byte_read(ops[i].admission.pass, &move) &&
			    ops[i].admission.device >= 1 &&
			    ops[i].admission.letter <= 26);
	}
}

static void try_roster(struct str body)
{
	static struct roster ro;
	static const struct roster none;
	struct note_key key;
	struct err e = {0};
	int r = client_roster(body, OFFICE, &ro, &e);

	judged(r, &e);
	must(r == 0 || memcmp(&ro, &none, sizeof(ro)) == 0);
	must(ro.count <= ROSTER_DEVICES);
	must(ro.log_key[0] == '\0' ||
	    note_vkey_parse(str_from(ro.log_key), &key));
	for (size_t i = 0; i < ro.count; i++) {
		must(ro.item[i].device >= 1 && ro.item[i].letter <= 26 &&
		    ro.item[i].role != ROSTER_UNSET &&
		    roster_find(&ro, ro.item[i].device) == &ro.item[i]);
		must(ro.item[i].from_day >= 0 && ro.item[i].until_day >= 0);
		printable(ro.item[i].name, sizeof(ro.item[i].name));
	}
}

static void try_time(struct str body)
{
	struct err e = {0};
	int64_t time_s;
	int r = client_time(body, nonce, &time_s, &e);

	judged(r, &e);
	must(r == 0 ? time_s >= 1 : time_s == 0);
}

static void try_error(struct str body)
{
	struct client_error x;
	struct err e = {0};

	judged(client_error(body, &x, &e), &e);
	printable(x.word, sizeof(x.word));
	printable(x.detail, sizeof(x.detail));
	must(x.epoch >= 0 && x.head >= 0);
}

/* Nobody sealed anything for this key. */
static void try_enrolled(struct str body)
{
	static const struct client_enrolled none;
	struct client_enrolled x;
	struct err e = {0};
	int r = client_enrolled(body, request_secret, &x, &e);

	must(r == -EBADMSG && e.text[0] != '\0');
	must(memcmp(&x, &none, sizeof(x)) == 0);
}

static void try_log(struct str body)
{
	static struct client_log x;
	static const struct client_log none;
	struct err e = {0};
	int r = client_log(body, &x, &e);

	judged(r, &e);
	if (r < 0) {
		must(memcmp(&x, &none, sizeof(x)) == 0);
		return;
	}
	must(x.inclusions <= MERKLE_PROOF && x.consistencies <= MERKLE_PROOF);
	must(
	    strnlen(x.checkpoint, sizeof(x.checkpoint)) < sizeof(x.checkpoint));
	must(str_is_utf8(str_from(x.checkpoint)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct str) = {try_claims, try_feed,
	    try_roster, try_time, try_error, try_enrolled, try_log};
	const struct frame_answer a = {.fate = FRAME_CAME,
	    .status = 200,
	    .kind = str_from("feed"),
	    .signature = str_of(data, size < 88 ? size : 88),
	    .body = str_of(data, size)};

	if (size == 0)
		return 0;
	must(!client_genuine(request_secret + 32, 17, 1, &a));
	tries[data[0] % ARRAY_LEN(tries)](str_of(data + 1, size - 1));
	return 0;
}
