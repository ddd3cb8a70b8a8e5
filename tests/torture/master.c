/* Scenarios of the programs that hold secrets, and of the pages. */
#include "config.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "master/keyring/derive.h"
#include "master/keyring/keyfile.h"
#include "master/portal/csrf.h"
#include "master/portal/form.h"
#include "master/portal/template.h"
#include "master/portal/web.h"
#include "tests/torture/judge.h"
#include "tests/torture/memory.h"

/* --- portal ------------------------------------------------------------------------ */
/* As in tests/fuzz/portal.c: a line with a name, a line for a cookie, the form. */
static err_t
form(struct span in, struct buf *told)
{
	const uint8_t *end = in.n == 0 ? NULL : memchr(in.p, '\n', in.n);
	size_t n = end == NULL ? in.n : (size_t)(end - in.p), i;
	struct span rest = span_of(in.p + n, in.n - n), value;
	static const uint8_t key[KEY_BYTES] = {3};
	char name[64], csrf[CSRF_CHARS + 1];
	struct arena a;
	err_t err;

	arena_init(&a, 65536);
	for (i = 0; i < n && i < sizeof(name) - 1; i++)
		name[i] = (char)in.p[i];
	name[i] = '\0';
	end = rest.n < 2 ? NULL : memchr(rest.p + 1, '\n', rest.n - 1);
	if (end != NULL)
		rest = span_of(end + 1, rest.n - (size_t)(end + 1 - rest.p));
	err = form_get(&a, rest, name, &value);
	if (err == 0)
		tell_span(told, "value", value);
	if (err == 0)
		err = csrf_make(key, span_str("session"), csrf);
	if (err == 0) {
		bool ok = csrf_ok(key, span_str("session"), span_str(csrf));

		/* OpenSSL without memory: refused. */
		if (!ok && memory->failed_n > 0)
			err = ERR_CRYPTO;
		tell(told, "csrf", ok);
	}
	arena_reset(&a);
	return err;
}

static err_t
pages(struct span in, struct buf *told)
{
	static const char *const texts[] = {"action", "csrf", "name", "title", "public_url", "label",
	    "spotify_id", "notice", "next"};
	struct view v = {.n = 0}, item = {.n = 0};
	struct buf page;
	err_t err = 0;
	size_t i, n = 0;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		view_text(&v, texts[i], in);
		view_text(&item, texts[i], in);
	}
	view_flag(&v, "signed_in", true);
	view_list(&v, "tokens", &item, 1);
	buf_init(&page, 1u << 20);
	for (i = 0; err == 0 && web_files[i].name != NULL; i++) {
		if (strstr(web_files[i].name, ".html") == NULL)
			continue;
		err = template_render(web_files[i].name, &v, &page);
		n++;
	}
	if (err == 0) {
		tell(told, "pages", (int64_t)n);
		tell(told, "bytes", (int64_t)page.len);
	}
	buf_free(&page);
	return err;
}

/* --- keyring ----------------------------------------------------------------------- */
static err_t
key_file(struct span in, struct buf *told)
{
	struct masters m = {.n = 0};
	size_t line = 0;
	err_t err;
	int fd;

	memory_on(false);
	fd = memfd_create("torture", MFD_CLOEXEC);
	hold(fd >= 0 && pwrite(fd, in.p, in.n, 0) == (ssize_t)in.n);
	memory_on(true);
	err = masters_read(fd, &m, &line);
	hold(err == 0 || m.n == 0);
	if (err == 0) {
		tell(told, "keys", (int64_t)m.n);
		tell_span(told, "current", span_of(masters_key(&m, m.current), MASTER_BYTES));
		masters_wipe(&m);
	} else {
		tell(told, "line", err == ERR_SYNTAX ? (int64_t)line : 0);
	}
	(void)close(fd);
	return err;
}

static err_t
keys_of_a_person(struct span in, struct buf *told)
{
	static const char file[] = "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\ncurrent 1\n";
	static const uint8_t user[ID_BYTES] = {1}, login[ID_BYTES] = {2};
	uint8_t wrapped[WRAPPED_BYTES], key[KEY_BYTES], check[KEY_BYTES], other[KEY_BYTES];
	char verifier[PKCE_CHARS + 1], challenge[PKCE_CHARS + 1];
	struct masters m = {.n = 0};
	uint32_t id = 0;
	size_t line = 0;
	err_t err;
	int fd;

	(void)in;
	memory_on(false);
	fd = memfd_create("torture", MFD_CLOEXEC);
	hold(fd >= 0 && pwrite(fd, file, sizeof(file) - 1, 0) == (ssize_t)sizeof(file) - 1);
	memory_on(true);
	err = masters_read(fd, &m, &line);
	if (err == 0)
		err = derive_check_key(&m, check);
	if (err == 0)
		err = derive_login_key(&m, login, other);
	if (err == 0)
		err = derive_verifier(&m, login, verifier);
	if (err == 0)
		err = derive_challenge(&m, login, challenge);
	if (err == 0)
		err = derive_new_wrapped(&m, user, &id, wrapped);
	if (err == 0)
		err = derive_data_key(&m, user, id, span_of(wrapped, sizeof(wrapped)), key);
	if (err == 0) {
		tell_span(told, "check", span_of(check, sizeof(check)));
		tell_span(told, "login", span_of(other, sizeof(other)));
		tell_span(told, "challenge", span_str(challenge));
		tell(told, "id", id);
	}
	masters_wipe(&m);
	(void)close(fd);
	return err;
}

static const char *const texts[] = {"a name", "<a href='x'>\"&", NULL};

const struct scenario master_scenarios[] = {
	{.name = "forms", .run = form, .corpus = "portal_form"},
	{.name = "pages", .run = pages, .inputs = texts},
	{.name = "key_files", .run = key_file, .corpus = "keyfile"},
	{.name = "keys_of_a_person", .run = keys_of_a_person},
	{.name = NULL},
};
