#include "question.h"

#include <stdlib.h>

#include "commands.h"

bool question_has(const struct question *q, const char *word)
{
	for (size_t i = 0; i < q->words; i++)
		if (str_is(q->word[i], word))
			return true;
	return false;
}

int question_failed(const struct question *q, const struct err *e)
{
	buf_fmt(q->out, "karcis-ctl: %.255s\n", e->text);
	return EXIT_COULD_NOT;
}

/* One line an object, its values in their order. */
static void put_list(struct buf *out, const char *key, const json_t *list)
{
	size_t i;
	json_t *object, *value;
	const char *name;

	if (json_array_size(list) == 0)
		buf_fmt(out, "%s: none\n", key);
	json_array_foreach(list, i, object)
	{
		buf_fmt(out, "%s:", key);
		json_object_foreach(object, name, value)
		{
			char *text = json_dumps(value, JSON_ENCODE_ANY);

			buf_byte(out, ' ');
			buf_text(out,
			    json_is_string(value) ? json_string_value(value)
						  : text);
			free(text);
		}
		buf_byte(out, '\n');
	}
}

int question_put(const struct question *q, json_t *object)
{
	const char *key;
	json_t *value;
	char *text;

	if (object == NULL)
		return EXIT_COULD_NOT;
	if (question_has(q, "--json")) {
		text = json_dumps(object, JSON_INDENT(2) | JSON_SORT_KEYS);
		buf_text(q->out, text);
		buf_byte(q->out, '\n');
		free(text);
	} else {
		json_object_foreach(object, key, value)
		{
			if (json_is_array(value)) {
				put_list(q->out, key, value);
				continue;
			}
			text = json_dumps(value, JSON_ENCODE_ANY);
			buf_fmt(q->out, "%s: ", key);
			buf_text(q->out,
			    json_is_string(value) ? json_string_value(value)
						  : text);
			buf_byte(q->out, '\n');
			free(text);
		}
	}
	json_decref(object);
	return EXIT_DONE;
}
