/*
 * A ticket printer for tests: printer_model.c behind a transport.
 *
 *   printer-emulator usb PAPERS         under umockdev-wrapper; its first line
 *                                       is the test bed's directory
 *   printer-emulator tcp PAPERS PORT    on 127.0.0.1; 0: any; says which
 *   printer-emulator pty PAPERS LINK    LINK comes to name the terminal side
 *   printer usbredir PAPERS SOCKET      for a whole machine (tests/appliance),
 *                                       a program of its own
 *
 * Papers are saved below PAPERS when they end: NNNN.bin was cut off,
 * torn-NNNN.bin lost its rest, joined-NNNN.bin is the torn head of the paper
 * that is cut off next.
 *
 * It obeys lines on stdin and answers each with one line, `ok` and the state,
 * or `what?`. Besides there are lines `fired POS ACTION` for each `at`.
 *
 *   use 1|2               the device that the next lines are about (usb has
 *                         two)
 *   model FAMILY          epson asb order custom generic mute; also sets ids
 *   plug, unplug          the cable; what the printer holds is lost unless
 *   keeps on|off          `keeps on`
 *   power off|on|cycle    off loses what was taken and not printed
 *   paper out|in          the sensor
 *   paper-left N          N bytes more are printed, then it is out
 *   near-end on|off       cover open|closed
 *   cutter jam|ok         jam: the next cut fails
 *   full USER RECOVERABLE UNRECOVERABLE   bytes of the full status, decimal
 *   present ok|fails      fails: a ticket on its way out never arrives
 *   remove                a hand takes the ticket from the presenter
 *   buffer N, speed N     receive buffer; bytes a second, 0: at once
 *   pause, resume         takes and prints nothing
 *   stall, eproto         the transfer under way ends so (mostly with `at`)
 *   short N               takes at most N bytes a transfer; 0: all
 *   proof on|off, proof-delay MS, reply-delay MS
 *   replies normal|double|split|drop      double: process ids
 *   garbage HEX           says these bytes
 *   clear                 what waits is dropped and that is told
 *   init-stops-asb on|off
 *   at N|cut ACTION       ACTION is a line of this table; done once, when N
 *                         bytes (or the cut) of the next job were taken, or
 *                         of the present one when it is not so far yet
 *   forget                all `at`
 *   vidpid VVVVPPPP, id TEXT, id-length N, class N, shape plain|alternates|
 *   listens, usblp on|off, busy on|off, no-reset on|off, splits on|off (a bus
 *   on which libusb splits long transfers)   for the next plug
 *   killed                the terminal was: its transfers are gone too
 *   note TEXT             nothing
 *   state                 nothing else
 *   quit
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "printer_emulator.h"

enum { LINE_MAX_ = 512, IDLE_MS = 10, FDS = 16 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
struct device devices[DEVICES];
static struct device *now_used = &devices[0];
static const struct front *front;
static const char *papers;
static bool obey(struct device *d, const char *line);

void emulator_lock(void)
{
	pthread_mutex_lock(&lock);
}

void emulator_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

int64_t emulator_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- at ---- */

/* The model stops at the first of them. */
static void set_stop(struct device *d)
{
	const struct at *first = NULL;

	for (size_t i = 0; i < d->ats; i++) {
		const struct at *a = &d->at[i];

		if (first == NULL || a->job < first->job ||
		    (a->job == first->job && !a->cut &&
			(first->cut || a->pos < first->pos)))
			first = a;
	}
	d->m.stop_job = first != NULL ? first->job : 0;
	d->m.stop_at = first != NULL ? first->pos : 0;
	d->m.stop_cut = first != NULL && first->cut;
}

static bool add_at(struct device *d, const char *line)
{
	struct at *a = &d->at[d->ats];
	char where[24];
	int used = 0;
	bool ahead;

	if (d->ats == ATS || sscanf(line, "%23s %n", where, &used) != 1 ||
	    line[used] == '\0' || strlen(line + used) >= ACTION_MAX)
		return false;
	a->cut = strcmp(where, "cut") == 0;
	a->pos = strtoul(where, NULL, 10);
	strcpy(a->action, line + used);
	ahead = d->m.in_job && !d->m.job_cut &&
	    (a->cut || d->m.job_taken < a->pos);
	a->job = ahead ? d->m.jobs : d->m.jobs + 1;
	d->ats++;
	set_stop(d);
	return true;
}

static bool reached(const struct device *d, const struct at *a)
{
	return d->m.in_job && d->m.jobs == a->job &&
	    (a->cut ? d->m.job_cut : d->m.job_taken >= a->pos);
}

static bool fire(struct device *d)
{
	struct at a;

	for (size_t i = 0; i < d->ats; i++) {
		if (!reached(d, &d->at[i]))
			continue;
		a = d->at[i];
		d->ats--;
		memmove(d->at + i, d->at + i + 1,
		    (d->ats - i) * sizeof(d->at[0]));
		set_stop(d);
		(void)obey(d, a.action);
		printf("fired %zu %s\n", d->m.job_taken, a.action);
		return true;
	}
	return false;
}

size_t emulator_take(struct device *d, const uint8_t *bytes, size_t n)
{
	unsigned cables = d->cables;
	size_t took = 0;

	for (;;) {
		took += model_take(&d->m, bytes + took, n - took,
		    emulator_us());
		if (!fire(d))
			return took;
		if (d->fault != 0 || d->cables != cables)
			return took;
	}
}

/* ---- papers ---- */

static void save_paper(void *ctx, enum paper_kind kind, const uint8_t *bytes,
    size_t len)
{
	const struct device *d = ctx;
	char path[4096];
	size_t n = kind == PAPER_CUT ? d->m.cuts
	    : kind == PAPER_TORN     ? d->m.torn
				     : d->m.joined;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s%s%04zu.bin", papers,
	    d == &devices[1] ? "second-" : "",
	    kind == PAPER_CUT        ? ""
		: kind == PAPER_TORN ? "torn-"
				     : "joined-",
	    n);
	f = fopen(path, "w");
	if (f == NULL || fwrite(bytes, 1, len, f) != len || fclose(f) != 0)
		perror(path);
}

/* ---- commands ---- */

static void unplug(struct device *d)
{
	if (d->plugged)
		front->unplug(d);
	d->plugged = false;
	d->cables++;
	if (!d->keeps)
		model_reset(&d->m);
	d->m.replies = 0;
}

static void plug(struct device *d)
{
	if (!d->plugged)
		front->plug(d);
	d->plugged = true;
}

static void power(struct device *d, const char *word)
{
	if (strcmp(word, "on") != 0) {
		unplug(d);
		model_reset(&d->m);
		d->m.presenter = PRESENTER_EMPTY;
		d->m.cutter_error = d->m.cutter_jam && d->m.cutter_error;
	}
	if (strcmp(word, "off") != 0)
		plug(d);
}

static bool set_family(struct device *d, const char *word)
{
	static const struct {
		const char *name, *vidpid, *id;
		enum model_family family;
		bool listens;
	} all[] = {
	    {"epson", "04b80e03",
		"MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;", MODEL_EPSON,
		false},
	    {"asb", "04b80202",
		"MFG:EPSON;CMD:ESC/POS;MDL:TM-T88III;CLS:PRINTER;", MODEL_ASB,
		false},
	    {"order", "15200008",
		"MFG:Xprinter;CMD:ESC/POS;MDL:XP-Q200;CLS:PRINTER;",
		MODEL_ORDER, false},
	    {"custom", "0dd401a8",
		"MFG:CUSTOM SPA;CMD:ESC/POS;MDL:VKP80III;CLS:PRINTER;",
		MODEL_CUSTOM, false},
	    {"generic", "04165011",
		"MFG:POS;CMD:ESC/POS;MDL:POS-80;CLS:PRINTER;", MODEL_GENERIC,
		false},
	    {"mute", "0fe6811e", "MFG:ICS;CMD:ESC/POS;MDL:POS58;CLS:PRINTER;",
		MODEL_MUTE, true},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(all[i].name, word) != 0)
			continue;
		model_init(&d->m, all[i].family);
		d->m.paper = save_paper;
		d->m.ctx = d;
		strcpy(d->look.vidpid, all[i].vidpid);
		strcpy(d->look.id, all[i].id);
		d->look.class_ = 7;
		d->look.id_length = -1;
		d->look.shape = all[i].listens ? SHAPE_LISTENS : SHAPE_PLAIN;
		return true;
	}
	return false;
}

static bool say_hex(struct device *d, const char *hex)
{
	unsigned byte;
	int used;

	while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
		uint8_t b = (uint8_t)byte;

		model_say(&d->m, &b, 1, emulator_us());
		hex += used;
	}
	return *hex == '\0';
}

/* A switch of two words; the first means true. */
static bool either(const char *rest, const char *yes, const char *no, bool *out)
{
	*out = strcmp(rest, yes) == 0;
	return *out || strcmp(rest, no) == 0;
}

static bool set_switch(struct device *d, const char *word, const char *rest)
{
	struct model *m = &d->m;
	bool on = false, bad = false;

	if (strcmp(word, "near-end") == 0)
		bad = !either(rest, "on", "off", &m->near_end);
	else if (strcmp(word, "cover") == 0)
		bad = !either(rest, "open", "closed", &m->cover_open);
	else if (strcmp(word, "paper") == 0)
		bad = !either(rest, "out", "in", &m->paper_out);
	else if (strcmp(word, "cutter") == 0) {
		bad = !either(rest, "jam", "ok", &m->cutter_jam);
		m->cutter_error = m->cutter_error && m->cutter_jam;
	} else if (strcmp(word, "present") == 0)
		bad = !either(rest, "fails", "ok", &m->present_fails);
	else if (strcmp(word, "proof") == 0) {
		bad = !either(rest, "on", "off", &on);
		m->proof_off = !on;
	} else if (strcmp(word, "init-stops-asb") == 0)
		bad = !either(rest, "on", "off", &m->init_stops_asb);
	else if (strcmp(word, "keeps") == 0)
		bad = !either(rest, "on", "off", &d->keeps);
	else if (strcmp(word, "usblp") == 0)
		bad = !either(rest, "on", "off", &d->look.usblp);
	else if (strcmp(word, "busy") == 0)
		bad = !either(rest, "on", "off", &d->look.busy);
	else if (strcmp(word, "no-reset") == 0)
		bad = !either(rest, "on", "off", &d->look.no_reset);
	else if (strcmp(word, "splits") == 0)
		bad = !either(rest, "on", "off", &d->look.splits);
	else
		return false;
	if (strcmp(word, "paper") == 0 && !m->paper_out)
		m->paper_left = SIZE_MAX;
	model_changed(m, emulator_us());
	model_run(m, emulator_us());
	return !bad;
}

static bool set_number(struct device *d, const char *word, const char *rest)
{
	struct model *m = &d->m;
	unsigned long n = strtoul(rest, NULL, 10);

	if (strcmp(word, "paper-left") == 0)
		m->paper_left = n;
	else if (strcmp(word, "buffer") == 0)
		m->buffer = n < MODEL_BUFFER_MAX ? n : MODEL_BUFFER_MAX;
	else if (strcmp(word, "speed") == 0)
		m->speed = n;
	else if (strcmp(word, "short") == 0)
		d->short_every = n;
	else if (strcmp(word, "proof-delay") == 0)
		m->proof_delay_us = (int64_t)n * 1000;
	else if (strcmp(word, "reply-delay") == 0)
		m->reply_delay_us = (int64_t)n * 1000;
	else if (strcmp(word, "class") == 0)
		d->look.class_ = (int)n;
	else if (strcmp(word, "id-length") == 0)
		d->look.id_length = (int)n;
	else
		return false;
	return *rest != '\0';
}

static bool set_text(struct device *d, const char *word, const char *rest)
{
	struct model *m = &d->m;
	unsigned b[3];

	if (strcmp(word, "id") == 0) {
		snprintf(d->look.id, sizeof(d->look.id), "%s", rest);
		return true;
	}
	if (strcmp(word, "vidpid") == 0) {
		snprintf(d->look.vidpid, sizeof(d->look.vidpid), "%s", rest);
		return strlen(rest) == 8;
	}
	if (strcmp(word, "shape") == 0) {
		d->look.shape = rest[0] == 'a' ? SHAPE_ALTERNATES
		    : rest[0] == 'l'           ? SHAPE_LISTENS
					       : SHAPE_PLAIN;
		return true;
	}
	if (strcmp(word, "replies") == 0) {
		m->doubled = strcmp(rest, "double") == 0;
		m->split = strcmp(rest, "split") == 0;
		m->dropped = strcmp(rest, "drop") == 0;
		return m->doubled || m->split || m->dropped ||
		    strcmp(rest, "normal") == 0;
	}
	if (strcmp(word, "full") == 0 &&
	    sscanf(rest, "%u %u %u", &b[0], &b[1], &b[2]) == 3) {
		for (int i = 0; i < 3; i++)
			m->full_status[i] = (uint8_t)b[i];
		return true;
	}
	return false;
}

static bool act(struct device *d, const char *word, const char *rest)
{
	if (strcmp(word, "plug") == 0)
		plug(d);
	else if (strcmp(word, "unplug") == 0)
		unplug(d);
	else if (strcmp(word, "power") == 0)
		power(d, rest);
	else if (strcmp(word, "remove") == 0)
		model_remove(&d->m);
	else if (strcmp(word, "pause") == 0)
		d->m.paused = true;
	else if (strcmp(word, "resume") == 0)
		d->m.paused = false;
	else if (strcmp(word, "stall") == 0)
		d->fault = -EPIPE;
	else if (strcmp(word, "eproto") == 0)
		d->fault = -EPROTO;
	else if (strcmp(word, "garbage") == 0)
		return say_hex(d, rest);
	else if (strcmp(word, "clear") == 0)
		model_clear(&d->m, emulator_us());
	else if (strcmp(word, "killed") == 0 && front->killed != NULL)
		front->killed();
	else if (strcmp(word, "forget") == 0)
		d->ats = 0, set_stop(d);
	else
		return strcmp(word, "note") == 0 ||
		    strcmp(word, "killed") == 0 || strcmp(word, "state") == 0;
	return true;
}

static bool obey(struct device *d, const char *line)
{
	char word[24] = "";
	int used = 0;
	const char *rest;

	if (sscanf(line, "%23s %n", word, &used) != 1)
		return false;
	rest = line + used;
	if (strcmp(word, "use") == 0) {
		now_used = &devices[rest[0] == '2' ? 1 : 0];
		return rest[0] == '1' || rest[0] == '2';
	}
	if (strcmp(word, "model") == 0)
		return set_family(d, rest);
	if (strcmp(word, "at") == 0)
		return add_at(d, rest);
	return act(d, word, rest) || set_switch(d, word, rest) ||
	    set_number(d, word, rest) || set_text(d, word, rest);
}

static void answer(bool ok, const struct device *d)
{
	const struct model *m = &d->m;

	printf(
	    "%s taken=%zu jobs=%zu job=%zu waiting=%zu papers=%zu torn=%zu "
	    "joined=%zu wakes=%zu lost=%zu image=%zu unknown=%zu proofs=%zu "
	    "asked=%zu asb=%d shown=%zu ejected=%zu retracted=%zu removed=%zu "
	    "presenter=%d resets=%zu claims=%zu alternate=%zu attached=%zu "
	    "plugged=%d ats=%zu texts=%zu heads=%zu process=%.4s\n",
	    ok ? "ok" : "what?", m->taken, m->jobs, m->job_taken, m->waiting,
	    m->cuts, m->torn, m->joined, m->wakes, m->lost, m->image_commands,
	    m->unknown, m->proofs, m->asked, m->asb_on, m->shown, m->ejected,
	    m->retracted, m->removed, (int)m->presenter, d->resets, d->claims,
	    d->alternate, d->attached, d->plugged, d->ats, m->texts, m->heads,
	    m->process[0] != 0 ? (const char *)m->process : "none");
}

/* ---- the loop ---- */

static int wait_ms(void)
{
	int64_t due = INT64_MAX, now = emulator_us();

	for (int i = 0; i < DEVICES; i++) {
		int64_t one = model_due_us(&devices[i].m);

		due = one < due ? one : due;
	}
	if (due == INT64_MAX)
		return IDLE_MS;
	if (due <= now)
		return 1;
	return (due - now) / 1000 + 1 < IDLE_MS ? (int)((due - now) / 1000 + 1)
						: IDLE_MS;
}

static void work(void)
{
	for (int i = 0; i < DEVICES; i++) {
		model_run(&devices[i].m, emulator_us());
		front->work(&devices[i]);
	}
}

/* False at the end of stdin or at `quit`. */
static bool read_lines(void)
{
	static char text[LINE_MAX_ * 4];
	static size_t len;
	ssize_t r = read(0, text + len, sizeof(text) - 1 - len);
	char *end;

	if (r <= 0)
		return false;
	len += (size_t)r;
	text[len] = '\0';
	while ((end = strchr(text, '\n')) != NULL) {
		bool ok;

		*end = '\0';
		if (strcmp(text, "quit") == 0)
			return false;
		ok = obey(now_used, text);
		work();
		answer(ok, now_used);
		len -= (size_t)(end + 1 - text);
		memmove(text, end + 1, len + 1);
	}
	return len < sizeof(text) - 1;
}

static void loop(void)
{
	struct pollfd fds[FDS];
	bool go = true;

	while (go) {
		int n = 1, ms;

		emulator_lock();
		fds[0] = (struct pollfd){.fd = 0, .events = POLLIN};
		for (int i = 0; i < DEVICES; i++)
			n += front->pollfds(&devices[i], fds + n);
		ms = wait_ms();
		emulator_unlock();
		(void)poll(fds, (nfds_t)n, ms);
		emulator_lock();
		if (fds[0].revents != 0)
			go = read_lines();
		work();
		emulator_unlock();
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		const struct front *front;
	} fronts[] = {
#ifdef FRONT_USBREDIR
	    {"usbredir", &front_usbredir},
#else
	    {"usb", &front_usb},
	    {"tcp", &front_tcp},
	    {"pty", &front_pty},
#endif
	};

	for (size_t i = 0; argc >= 3 && i < sizeof(fronts) / sizeof(fronts[0]);
	     i++)
		if (strcmp(argv[1], fronts[i].name) == 0)
			front = fronts[i].front;
	if (front == NULL) {
		fprintf(stderr,
		    "usage: printer-emulator usb|tcp|pty PAPERS "
		    "[PORT|LINK]\n");
		return 2;
	}
	papers = argv[2];
	setvbuf(stdout, NULL, _IOLBF, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < DEVICES; i++)
		(void)set_family(&devices[i], "epson");
	for (int i = 0; i < DEVICES; i++)
		if (!front->open(&devices[i], argc > 3 ? argv[3] : ""))
			return 1;
	loop();
	front->close();
	return 0;
}
