/* spotify://me; see me.h.  Most of a profile is only there in some modes of the
 * application, so what Spotify does not say is left out. */
#include "config.h"

#include <stdio.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/tools/errand.h"
#include "worker/tools/items.h"
#include "worker/tools/me.h"

#define TEXT_BYTES 300

static err_t
put(struct call *c, struct json_object *me, const char *from, struct json_object *o, const char *to)
{
	const char *text = item_text(c, me, from, TEXT_BYTES);

	return text[0] == '\0' ? 0 : json_add_text(o, to, text);
}

static err_t
describe(struct call *c, struct json_object *me, struct buf *out)
{
	struct json_object *o = json_object_new_object();
	char link[ITEM_LINK_MAX];
	struct item_ref ref;
	err_t err;

	err = put(c, me, "id", o, "spotify_id");
	if (err == 0)
		err = put(c, me, "display_name", o, "display_name");
	if (err == 0)
		err = put(c, me, "country", o, "country");
	if (err == 0)
		err = put(c, me, "product", o, "product");
	if (err == 0 && item_parse(item_text(c, me, "uri", ITEM_LINK_MAX - 1), ITEM_NONE, &ref) == 0) {
		item_link(&ref, link);
		err = json_add_text(o, "url", link);
	}
	if (err == 0)
		err = json_write(out, o);
	json_object_put(o);
	return err;
}

static void
on_me(struct call *c, const struct sp_answer *a)
{
	struct buf text;
	err_t err;

	if (a->error.problem != SP_OK) {
		errand_fail(c, &a->error);
		return;
	}
	buf_init(&text, 8192);
	err = describe(c, a->json, &text);
	if (err != 0)
		call_broken(c, err);
	else {
		call_contents(c, call_str(c, "uri"), "application/json", buf_span(&text));
		call_done(c);
	}
	buf_free(&text);
}

void
read_me(struct call *c)
{
	if (errand_begin(c, sizeof(struct errand)) != NULL)
		errand_ask(c, SP_OP_ME, NULL, NULL, NULL, on_me);
}
