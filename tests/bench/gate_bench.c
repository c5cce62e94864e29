/*
 * From a ticket's digits to the gate's verdict, without and with the durable
 * write, beside a bare Ed25519 verification and a bare 4 KB overwrite +
 * fdatasync of the same run. The journal and the cache hold a busy day.
 *
 * usage: gate_bench [DIR]; works in a new directory under DIR (default: the
 * current one, so that a real disk is measured and not a tmpfs).
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "firmware/store/cache.h"
#include "firmware/store/journal.h"

enum {
	OFFICE = 4102,
	DAY = 20783,      /* 2026-11-26 */
	NOW = 1795651200, /* its 07:00 at +07:00 */
	OFFSET_S = 25200,
	KEYS = 4,
	PERSONS = 2000,
	PAGE = 4096,
	PAGES = 256
};

static char dir[512];
static uint8_t secret[KEYS][TICKET_SECRET_BYTES];
static struct roster roster;
static struct ticket_text digits[PERSONS];
static double verify_us[PERSONS], judge_us[PERSONS], whole_us[PERSONS],
    bare_us[PERSONS];

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double part(double *v, double share)
{
	qsort(v, PERSONS, sizeof(*v), by_value);
	return v[(size_t)(share * (PERSONS - 1))];
}

static void make_keys(void)
{
	roster.version = 1;
	roster.count = KEYS;
	for (uint16_t i = 0; i < KEYS; i++) {
		struct roster_device *d = &roster.item[i];

		d->device = i + 1u;
		d->role = ROSTER_KIOSK;
		d->live = true;
		d->key_id = (uint16_t)(100 + i);
		crypto_sign_keypair(d->ticket_key, secret[i]);
	}
}

static void make_tickets(void)
{
	for (uint32_t i = 0; i < PERSONS; i++) {
		struct ticket t = {.key_id = (uint16_t)(100 + i % KEYS),
		    .seq = i + 1,
		    .day = DAY,
		    .service = 1,
		    .letter = (uint8_t)(1 + i % KEYS),
		    .number = (uint16_t)(1 + i / KEYS),
		    .slot_min = 420,
		    .window_min = 1275,
		    .flags = TICKET_BOOKED};

		if (!ticket_sign(&t, OFFICE, secret[i % KEYS], &digits[i]))
			die("tickets", "a field is out of its range");
	}
}

/* What a bare check of the same signature takes. */
static double verify_once(uint32_t i)
{
	static uint8_t message[39];
	uint8_t signature[TICKET_SIG_BYTES];
	double from;

	randombytes_buf(message, sizeof(message));
	crypto_sign_detached(signature, NULL, message, sizeof(message),
	    secret[i % KEYS]);
	from = now_us();
	if (crypto_sign_verify_detached(signature, message, sizeof(message),
		roster.item[i % KEYS].ticket_key) != 0)
		die("signature", "does not fit");
	return now_us() - from;
}

static double write_once(int fd, uint32_t i)
{
	static uint8_t page[PAGE];
	double from = now_us();

	page[0] = (uint8_t)i;
	if (pwrite(fd, page, PAGE, (off_t)(i % PAGES) * PAGE) != PAGE ||
	    fdatasync(fd) != 0)
		die("bare write", "failed");
	return now_us() - from;
}

static enum gate_verdict judge(const struct gate_rules *r, struct cache *c,
    struct journal *j, uint32_t i, struct pass *out)
{
	static struct pass_history own, others;
	struct gate_ticket t = gate_check_ticket(r, str_from(digits[i].digits),
	    NOW);
	struct err e;

	if (t.verdict != GATE_UNSET)
		return t.verdict;
	memset(out, 0, sizeof(*out));
	out->subject = gate_subject(&t.ticket, PASS_TICKET);
	if (journal_pass_history(j, &out->subject, &own, &e) < 0 ||
	    cache_pass_history(c, &out->subject, &others, &e) < 0)
		die("history", e.text);
	for (size_t k = 0; k < others.n; k++)
		if (!pass_history_add(&own, &others.item[k]))
			die("history", "full");
	return gate_check_used(r, &own, false, false);
}

static void run(const struct gate_rules *r, struct cache *c, struct journal *j,
    int fd)
{
	struct pass p, done;
	struct err e;

	for (uint32_t i = 0; i < PERSONS; i++) {
		double from;

		verify_us[i] = verify_once(i);
		bare_us[i] = write_once(fd, i);
		from = now_us();
		if (judge(r, c, j, i, &p) != GATE_OPEN)
			die("verdict", "a good ticket is refused");
		judge_us[i] = now_us() - from;
		p.time_s = NOW;
		p.key = pass_key(&p.subject, 0);
		p.op_id = pass_op_id(0, 0, &p.key);
		if (journal_pass(j, &p, &done, &e) < 0)
			die("pass", e.text);
		whole_us[i] = now_us() - from;
		if (judge(r, c, j, i, &p) != GATE_USED)
			die("verdict", "a used ticket opens");
	}
}

static void say(void)
{
	double verify = part(verify_us, 0.5), bare = part(bare_us, 0.5);

	printf("bare Ed25519 verification p50 %.1f us, 4 KB overwrite +"
	       " fdatasync p50 %.1f us\n",
	    verify, bare);
	printf("digits to verdict p50 %.1f us p99 %.1f us: %.2fx a"
	       " verification\n",
	    part(judge_us, 0.5), part(judge_us, 0.99),
	    part(judge_us, 0.5) / verify);
	printf("with the durable write p50 %.1f us p99 %.1f us: %.2fx a"
	       " verification and a write\n",
	    part(whole_us, 0.5), part(whole_us, 0.99),
	    part(whole_us, 0.5) / (verify + bare));
}

int main(int argc, char **argv)
{
	struct gate_rules r = {.roster = &roster,
	    .accept = ACCEPT_TICKETS,
	    .way = WAY_IN,
	    .early_minutes = 720};
	struct journal_options o = {.now_s = NOW, .letter = 0};
	static struct keys keys;
	struct cache *c;
	struct journal *j;
	struct err e;
	char path[600];
	int fd;

	r.checkin.office = OFFICE;
	r.checkin.offset_s = OFFSET_S;
	(void)snprintf(dir, sizeof(dir), "%.480s/gate-bench-XXXXXX",
	    argc > 1 ? argv[1] : ".");
	if (sodium_init() < 0 || mkdtemp(dir) == NULL ||
	    keys_draw(&keys, (struct keys_place){0}, &e) < 0)
		die(dir, "cannot be made");
	o.keys = &keys;
	make_keys();
	make_tickets();
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	if (journal_open(path, &o, &j, &e) < 0)
		die(path, e.text);
	(void)snprintf(path, sizeof(path), "%s/cache.db", dir);
	if (cache_open(path, &c, &e) < 0)
		die(path, e.text);
	(void)snprintf(path, sizeof(path), "%s/bare", dir);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, PAGE * PAGES) != 0 || fsync(fd) != 0)
		die(path, "cannot be written");
	run(&r, c, j, fd);
	say();
	close(fd);
	journal_close(j);
	cache_close(c);
	(void)snprintf(path, sizeof(path), "rm -rf '%s'", dir);
	return system(path) == 0 ? 0 : 1;
}
