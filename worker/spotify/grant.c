/* The tokens of one sign-in; see grant.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/json/json.h"
#include "worker/spotify/field.h"
#include "worker/spotify/grant.h"

#define LIFE_DEFAULT 3600
#define LIFE_MAX 86400

void
grant_clear(struct grant *g)
{
	secret_clear(&g->access);
	secret_clear(&g->refresh);
	explicit_bzero(g, sizeof(*g));
}

/* Overwrites a text inside a parsed object, which json-c would only free. */
static void
wipe_str(struct json_object *o, const char *name)
{
	struct span s = field_str(o, name);

	if (s.n > 0)
		explicit_bzero((void *)(uintptr_t)s.p, s.n);
}

static bool
usable(struct span token)
{
	size_t i;

	/* It goes into a header field: nothing but visible ASCII. */
	for (i = 0; i < token.n; i++)
		if (token.p[i] <= 0x20 || token.p[i] >= 0x7F)
			return false;
	return token.n > 0 && token.n <= SECRET_MAX;
}

static void
take_scope(struct grant *g, struct span scope)
{
	if (scope.n == 0 || scope.n >= sizeof(g->scope))
		return;
	memcpy(g->scope, scope.p, scope.n);
	g->scope[scope.n] = '\0';
}

err_t
grant_read(struct span row, struct grant *out)
{
	struct grant g = {.expires_at = 0};
	struct json_object *o = NULL;
	err_t err = json_parse(row, &json_from_spotify, &o);

	if (err == 0 && (!usable(field_str(o, "access")) || !usable(field_str(o, "refresh"))))
		err = ERR_SYNTAX;
	if (err == 0)
		err = secret_set(&g.access, field_str(o, "access"));
	if (err == 0)
		err = secret_set(&g.refresh, field_str(o, "refresh"));
	if (err == 0) {
		g.expires_at = field_int(o, "expires_at", 0);
		g.authorized_at = field_int(o, "authorized_at", 0);
		take_scope(&g, field_str(o, "scope"));
		grant_clear(out);
		*out = g;
	} else
		grant_clear(&g);
	wipe_str(o, "access");
	wipe_str(o, "refresh");
	json_object_put(o);
	return err;
}

err_t
grant_write(const struct grant *g, struct buf *out)
{
	err_t err = buf_put_str(out, "{\"access\":");

	if (err == 0)
		err = json_write_str(out, secret_span(&g->access));
	if (err == 0)
		err = buf_put_str(out, ",\"refresh\":");
	if (err == 0)
		err = json_write_str(out, secret_span(&g->refresh));
	if (err == 0)
		err = buf_printf(out, ",\"expires_at\":%lld,\"authorized_at\":%lld,\"scope\":",
		    (long long)g->expires_at, (long long)g->authorized_at);
	if (err == 0)
		err = json_write_str(out, span_str(g->scope));
	if (err == 0)
		err = buf_put_byte(out, '}');
	return err;
}

err_t
grant_renew(struct span answer, int64_t now, struct grant *g)
{
	struct json_object *o = NULL;
	struct secret access = {NULL, 0}, refresh = {NULL, 0};
	struct span told;
	int64_t life;
	err_t err = json_parse(answer, &json_from_spotify, &o);

	if (err == 0 && !usable(field_str(o, "access_token")))
		err = ERR_SYNTAX;
	if (err == 0)
		err = secret_set(&access, field_str(o, "access_token"));
	told = field_str(o, "refresh_token");
	if (err == 0 && usable(told))
		err = secret_set(&refresh, told);
	if (err == 0 && refresh.len == 0 && g->refresh.len == 0)
		err = ERR_SYNTAX;
	if (err == 0) {
		life = field_int(o, "expires_in", LIFE_DEFAULT);
		g->expires_at = now + (life > 0 && life <= LIFE_MAX ? life : LIFE_DEFAULT);
		take_scope(g, field_str(o, "scope"));
		secret_clear(&g->access);
		g->access = access;
		if (refresh.len > 0) {
			secret_clear(&g->refresh);
			g->refresh = refresh;
		}
	} else {
		secret_clear(&access);
		secret_clear(&refresh);
	}
	wipe_str(o, "access_token");
	wipe_str(o, "refresh_token");
	json_object_put(o);
	return err;
}

static bool
same(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && (a->len == 0 || secret_equal(a->page, b->page, a->len));
}

bool
grant_same_refresh(const struct grant *a, const struct grant *b)
{
	return same(&a->refresh, &b->refresh);
}

bool
grant_same(const struct grant *a, const struct grant *b)
{
	return same(&a->access, &b->access) && same(&a->refresh, &b->refresh);
}

int64_t
grant_ends_at(int64_t authorized_at)
{
	time_t t = (time_t)authorized_at;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return authorized_at;
	tm.tm_mon += GRANT_MONTHS;
	/* timegm would turn 31 August + 6 months into 3 March. */
	if (tm.tm_mday > 28)
		tm.tm_mday = 28;
	return (int64_t)timegm(&tm);
}
