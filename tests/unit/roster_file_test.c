/* STATE/roster and STATE/root, and the secrets that are sealed for a gate.
 * The document and its box were made outside (tests/unit/vectors/roster.txt).
 */
#include <errno.h>

#include "firmware/store/roster_file.h"
#include "test_roster.h"
#include "test_state_dir.h"

enum { OFFICE = 4102 };

static struct roster_room room;
static struct roster roster;
static uint8_t root[32], secret[64];
static struct err e;

static void put_document(void)
{
	room_read(&room, "document");
	write_bytes(room.bytes, room.len);
	seed_pair(0, root, secret);
}

static int load(uint32_t office)
{
	int r;

	e = (struct err){0};
	memset(&roster, 0x5a, sizeof(roster));
	r = roster_file_load(path, root, office, &roster, &e);
	if (r < 0) {
		assert_int_equal(roster.version, 0);
		assert_true(e.text[0] != '\0');
	}
	return r;
}

static void test_a_roster_of_the_trusted_root_loads(void **state)
{
	(void)state;
	put_document();
	assert_int_equal(load(OFFICE), 0);
	assert_int_equal(roster.version, 17);
	assert_int_equal(roster.count, 5);
	assert_string_equal(roster.item[3].name, "gate-1");
}

static void test_its_bytes_can_be_had_with_it(void **state)
{
	static uint8_t storage[ROSTER_TEXT_MAX];
	static struct roster_text t;
	struct buf b;

	(void)state;
	put_document();
	buf_init(&b, storage, sizeof(storage));
	assert_int_equal(roster_file_read(path, root, OFFICE, &t, &b, &e), 0);
	assert_int_equal(b.len, room.len);
	assert_memory_equal(b.ptr, room.bytes, room.len);
	assert_int_equal(t.sealed_count, 1);
}

static void test_another_root_is_named_and_refused(void **state)
{
	(void)state;
	put_document();
	root[0] ^= 1;
	assert_int_equal(load(OFFICE), -EACCES);
	assert_non_null(
	    strstr(e.text, "9d24-e2ee-af27-c2a0-88a5-64a3-2fc0-3a88"));
}

static void test_another_office_is_refused(void **state)
{
	(void)state;
	put_document();
	assert_int_equal(load(4103), -EINVAL);
	assert_non_null(strstr(e.text, "4102"));
	assert_non_null(strstr(e.text, "4103"));
}

static void test_no_file_a_changed_one_and_an_open_one_are_refused(void **state)
{
	(void)state;
	seed_pair(0, root, secret);
	assert_int_equal(load(OFFICE), -ENOENT);
	put_document();
	room.bytes[40] ^= 1;
	write_bytes(room.bytes, room.len);
	assert_true(load(OFFICE) < 0);
	memset(room.bytes, 'x', ROSTER_TEXT_MAX + 1);
	write_bytes(room.bytes, ROSTER_TEXT_MAX + 1);
	assert_int_equal(load(OFFICE), -EFBIG);
	put_document();
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(load(OFFICE), -EPERM);
}

static void test_a_saved_roster_is_the_same_and_private(void **state)
{
	static char bytes[ROSTER_TEXT_MAX];
	struct stat st;

	(void)state;
	room_read(&room, "document");
	assert_int_equal(roster_file_save(path, room_text(&room), &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(read_bytes(bytes, sizeof(bytes)), room.len);
	assert_memory_equal(bytes, room.bytes, room.len);
}

static void test_a_root_is_pinned_in_a_file(void **state)
{
	uint8_t again[32];

	(void)state;
	seed_pair(0, root, secret);
	assert_int_equal(roster_root_load(path, again, &e), -ENOENT);
	assert_int_equal(roster_root_save(path, root, &e), 0);
	assert_int_equal(roster_root_load(path, again, &e), 0);
	assert_memory_equal(again, root, sizeof(root));
}

#define KEY "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"

static void test_a_root_file_of_another_form_is_refused(void **state)
{
	static const char *const bad[] = {"", "karcis-root 1\n",
	    "karcis-root 2\nroot " KEY "\n", "karcis-root 1\nroot " KEY,
	    "karcis-root 1\nroot " KEY "\n\n", "karcis-root 1\nroot 00\n",
	    "karcis-root 1\nroot g3a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d"
	    "5f1ddc8664125531b8\n"};
	uint8_t got[32], none[32] = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		write_text(bad[i]);
		memset(got, 0x5a, sizeof(got));
		assert_int_equal(roster_root_load(path, got, &e), -EBADMSG);
		assert_memory_equal(got, none, sizeof(got));
	}
	write_text("karcis-root 1\nroot " KEY "\n");
	assert_int_equal(roster_root_load(path, got, &e), 0);
}

/* ---- secrets ---- */

/* A gate with the audit key of the seed. */
static struct keys gate_of(uint8_t seed)
{
	struct keys k;

	assert_int_equal(keys_draw(&k, (struct keys_place){0}, &e), 0);
	seed_pair(seed, k.audit_public, k.audit_secret);
	return k;
}

static void is_run(const uint8_t *bytes, uint8_t first)
{
	for (int i = 0; i < 32; i++)
		assert_int_equal(bytes[i], first + i);
}

static void test_a_box_that_another_program_sealed_opens(void **state)
{
	uint8_t box[ROSTER_BOX_BYTES];
	struct keys k = gate_of(0x20);

	(void)state;
	seed_pair(0, root, secret);
	vector_hex("roster", "sealed_box", box, sizeof(box));
	assert_true(roster_unseal(&k, box, root));
	is_run(k.office.bytes, 0x40);
	is_run(k.gate.bytes, 0x60);
	assert_true(keys_secrets_of(&k, root));
}

static void test_a_box_for_another_gate_changes_nothing(void **state)
{
	uint8_t box[ROSTER_BOX_BYTES];
	struct keys k = gate_of(0x21), before = k;

	(void)state;
	vector_hex("roster", "sealed_box", box, sizeof(box));
	assert_false(roster_unseal(&k, box, root));
	assert_memory_equal(&k, &before, sizeof(k));
}

static void test_every_changed_bit_of_a_box_keeps_it_closed(void **state)
{
	uint8_t box[ROSTER_BOX_BYTES];
	struct keys k = gate_of(0x20), before = k;

	(void)state;
	vector_hex("roster", "sealed_box", box, sizeof(box));
	for (size_t i = 0; i < sizeof(box) * 8; i++) {
		/* X25519 ignores the highest bit of a public key (RFC 7748,
		 * 5), but the nonce is made of it as well. */
		box[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_false(roster_unseal(&k, box, root));
		box[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_memory_equal(&k, &before, sizeof(k));
}

static void test_what_a_kiosk_seals_its_gate_opens(void **state)
{
	uint8_t box[ROSTER_BOX_BYTES], again[ROSTER_BOX_BYTES];
	struct keys kiosk = gate_of(0), k = gate_of(0x20);

	(void)state;
	assert_int_equal(roster_seal(&kiosk, k.audit_public, box, &e), 0);
	assert_int_equal(roster_seal(&kiosk, k.audit_public, again, &e), 0);
	assert_memory_not_equal(box, again, sizeof(box));
	assert_true(roster_unseal(&k, box, kiosk.audit_public));
	assert_memory_equal(k.office.bytes, kiosk.office.bytes, KEY_BYTES);
	assert_memory_equal(k.gate.bytes, kiosk.gate.bytes, KEY_BYTES);
	assert_true(keys_secrets_of(&k, kiosk.audit_public));
}

static void test_nothing_is_sealed_for_what_is_no_key(void **state)
{
	uint8_t box[ROSTER_BOX_BYTES], none[32] = {0};
	struct keys kiosk = gate_of(0);

	(void)state;
	assert_int_equal(roster_seal(&kiosk, none, box, &e), -EINVAL);
	memset(none, 0xff, sizeof(none));
	assert_int_equal(roster_seal(&kiosk, none, box, &e), -EINVAL);
}

/* ---- a kiosk's own roster ---- */

static void add_gate(struct gates *g, const char *name, uint8_t key)
{
	struct roster_request q = {.office = OFFICE};

	assert_true(str_copy(q.name, sizeof(q.name), str_from(name)));
	memset(q.key, key, sizeof(q.key));
	assert_int_equal(gates_add(g, &q, &e), 0);
}

static void test_a_kiosk_lists_its_keys_and_its_live_gates(void **state)
{
	static struct gates gates;
	struct keys k = gate_of(0);
	uint16_t first = k.key_id;
	const struct roster_device *d = roster.item;

	(void)state;
	assert_int_equal(keys_rekey(&k, (struct keys_place){0}, &e), 0);
	keys_end_old(&k, 20777);
	assert_int_equal(keys_revoke(&k, first), KEYS_REVOKED);
	memset(&gates, 0, sizeof(gates));
	add_gate(&gates, "gate-1", 1);
	add_gate(&gates, "gate-2", 2);
	add_gate(&gates, "gate-3", 3);
	assert_true(gates_remove(&gates, str_from("gate-2")));
	roster_of_kiosk(&k, "kiosk-1", 19, &gates, &roster);
	assert_int_equal(roster.version, 0);
	assert_int_equal(roster.count, 4);
	assert_int_equal(d[0].device, 1);
	assert_string_equal(d[0].name, "kiosk-1");
	assert_int_equal(d[0].letter, 19);
	assert_true(d[0].live && d[0].role == ROSTER_KIOSK);
	assert_int_equal(d[0].key_id, k.key_id);
	assert_memory_equal(d[0].ticket_key, k.ticket_public, 32);
	assert_int_equal(d[0].until_day, 0);
	assert_int_equal(d[1].device, 65536 + first);
	assert_false(d[1].live);
	assert_int_equal(d[1].epoch, 1);
	assert_int_equal(d[1].until_day, 20777);
	assert_true(d[1].revoked);
	assert_int_equal(d[2].device, 2);
	assert_int_equal(d[2].role, ROSTER_GATE);
	assert_string_equal(d[3].name, "gate-3");
	assert_int_equal(d[3].device, 4);
}

static void test_the_fullest_roster_fits_its_document(void **state)
{
	static uint8_t storage[ROSTER_TEXT_MAX];
	static struct roster_text t, again;
	static struct gates gates;
	struct keys k = gate_of(0);
	char name[CLAIM_NAME];
	struct buf b;

	(void)state;
	for (int i = 0; i < KEYS_OLD; i++) {
		assert_int_equal(keys_rekey(&k, (struct keys_place){0}, &e), 0);
		keys_end_old(&k, 20777);
	}
	memset(&gates, 0, sizeof(gates));
	memset(&t, 0, sizeof(t));
	for (int i = 0; i < ROSTER_GATES; i++) {
		struct keys gate = gate_of((uint8_t)i);

		(void)snprintf(name, sizeof(name),
		    "abcdefghijklmnopqrstuvwxyz-%04u", (unsigned)i % 10000);
		add_gate(&gates, name, 1);
		memcpy(t.sealed[i].name, name, sizeof(name));
		assert_int_equal(
		    roster_seal(&k, gate.audit_public, t.sealed[i].box, &e), 0);
		t.sealed_count++;
	}
	t.office = UINT32_MAX;
	t.made_s = INT64_C(253402300799);
	roster_of_kiosk(&k, "kiosk-abcdefghijklmnopqrstuvwxy", 26, &gates,
	    &t.roster);
	t.roster.version = INT64_C(999999999999999999);
	buf_init(&b, storage, sizeof(storage));
	if (roster_text_build(&t, k.audit_secret, &b, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(roster_text_parse(buf_view(&b), &again, &e), 0);
	assert_int_equal(again.roster.count, 1 + KEYS_OLD + ROSTER_GATES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIR(test_a_roster_of_the_trusted_root_loads),
	    IN_DIR(test_its_bytes_can_be_had_with_it),
	    IN_DIR(test_another_root_is_named_and_refused),
	    IN_DIR(test_another_office_is_refused),
	    IN_DIR(test_no_file_a_changed_one_and_an_open_one_are_refused),
	    IN_DIR(test_a_saved_roster_is_the_same_and_private),
	    IN_DIR(test_a_root_is_pinned_in_a_file),
	    IN_DIR(test_a_root_file_of_another_form_is_refused),
	    IN_DIR(test_a_box_that_another_program_sealed_opens),
	    IN_DIR(test_a_box_for_another_gate_changes_nothing),
	    IN_DIR(test_every_changed_bit_of_a_box_keeps_it_closed),
	    IN_DIR(test_what_a_kiosk_seals_its_gate_opens),
	    IN_DIR(test_nothing_is_sealed_for_what_is_no_key),
	    IN_DIR(test_a_kiosk_lists_its_keys_and_its_live_gates),
	    IN_DIR(test_the_fullest_roster_fits_its_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
