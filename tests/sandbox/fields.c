/* The fields parameter. A selection is walked over the value in one pass,
 * without a tree of its own: it is read again for each array element. */
#include "config.h"

#include "fields.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* The end of the selection that begins at s: its closing parenthesis, or the
 * end of the text. */
static const char *selection_end(const char *s)
{
	int depth = 0;
	for (; *s != '\0'; s++) {
		if (*s == '(')
			depth++;
		else if (*s == ')' && depth-- == 0)
			break;
	}
	return s;
}

/* One part of a selection: name, and what is selected inside it. */
struct part {
	char *name;
	char *inside; /* null: everything */
	bool left_out;
};

/* Reads the part at s up to end; returns where the next begins. */
static const char *read_part(const char *s, const char *end, struct part *part)
{
	s += strspn(s, ", ");
	part->left_out = s < end && *s == '!';
	if (part->left_out)
		s++;
	size_t n = strcspn(s, ",(.) ");
	if (s + n > end)
		n = (size_t)(end - s);
	part->name = text_must(strndup(s, n));
	part->inside = NULL;
	s += n;
	if (s < end && *s == '(') {
		const char *close = selection_end(s + 1);
		part->inside = text_must(strndup(s + 1, (size_t)(close - s - 1)));
		s = *close == ')' ? close + 1 : close;
	} else if (s < end && *s == '.') {
		/* a.b(c,d) is a(b(c,d)) */
		const char *from = s + 1;
		size_t length = strcspn(from, ",(");
		const char *to = from + length;
		if (*to == '(') {
			to = selection_end(to + 1);
			to += *to == ')';
		}
		if (to > end)
			to = end;
		part->inside = text_must(strndup(from, (size_t)(to - from)));
		s = to;
	}
	return s;
}

static js *selected(js *value, const char *text);

static js *selected_object(js *value, const char *text)
{
	const char *end = text + strlen(text);
	js *out = text_must(json_object_new_object());
	bool only_left_out = true;
	for (int pass = 0; pass < 2; pass++) {
		for (const char *s = text; s < end;) {
			struct part part;
			js *member = NULL;
			s = read_part(s, end, &part);
			bool there = json_object_object_get_ex(value, part.name, &member);
			if (pass == 0 && !part.left_out && *part.name != '\0') {
				only_left_out = false;
				if (there)
					js_put(out, part.name, selected(member, part.inside));
			} else if (pass == 1 && part.left_out) {
				json_object_object_del(out, part.name);
				if (there && part.inside != NULL)
					js_put(out, part.name, selected(member, part.inside));
			}
			free(part.name);
			free(part.inside);
			if (*s == ')')
				s++;
		}
		if (pass == 0 && only_left_out) {
			json_object_object_foreach(value, key, member) {
				js_put(out, key, json_object_get(member));
			}
		}
	}
	return out;
}

static js *selected(js *value, const char *text)
{
	if (text == NULL || *text == '\0' || value == NULL)
		return json_object_get(value);
	if (json_object_is_type(value, json_type_array)) {
		js *out = text_must(json_object_new_array());
		for (size_t i = 0; i < js_len(value); i++)
			js_add(out, selected(js_at(value, i), text));
		return out;
	}
	if (!json_object_is_type(value, json_type_object))
		return json_object_get(value);
	return selected_object(value, text);
}

js *fields_select(js *value, const char *text)
{
	js *out = selected(value, text);
	json_object_put(value);
	return out;
}
