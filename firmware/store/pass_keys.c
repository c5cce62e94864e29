#include "pass_keys.h"

#include <errno.h>
#include <string.h>

const struct code_hash *pass_keys_all(struct pass_keys *k)
{
	if (!k->known)
		for (uint8_t i = 0; i < PASS_MOVES; i++)
			k->key[i] = pass_key(k->subject, i);
	k->known = true;
	return k->key;
}

static bool is_own(struct pass_keys *k, const struct pass_move *m)
{
	const struct code_hash *key = pass_keys_all(k);

	if (m->of != k->subject->of)
		return false;
	for (size_t i = 0; i < PASS_MOVES; i++)
		if (memcmp(&key[i], &m->key, sizeof(m->key)) == 0)
			return true;
	return false;
}

int pass_keys_add(struct pass_keys *k, const struct pass_move *m,
    struct pass_history *out, const char *module, struct err *e)
{
	if (!pass_concerns(k->subject, m, is_own(k, m)) ||
	    pass_history_add(out, m))
		return 0;
	return err_set(e, -E2BIG,
	    "%s: one ticket or number went through more than %d times", module,
	    PASS_MOVES);
}
