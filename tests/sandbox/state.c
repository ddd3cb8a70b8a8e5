/* Everything the sandbox remembers, and its file. */
#include "config.h"

#include "state.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SAVE_DELAY_MS = 500, FILE_MAX = 256 * 1024 * 1024 };

static err_t read_file(const char *file, char **data, size_t *length, bool *missing)
{
	struct stat st;
	err_t result = ERR_FAILED;
	char *buffer = NULL;
	size_t got = 0;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	*missing = fd < 0 && errno == ENOENT;
	if (fd < 0)
		return ERR_FAILED;
	if (fstat(fd, &st) != 0 || st.st_size < 0 || st.st_size > FILE_MAX)
		goto out;
	buffer = text_must(malloc((size_t)st.st_size + 1));
	while (got < (size_t)st.st_size) {
		ssize_t n = read(fd, buffer + got, (size_t)st.st_size - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			goto out;
		got += (size_t)n;
	}
	*data = buffer;
	*length = got;
	buffer = NULL;
	result = ERR_OK;
out:
	free(buffer);
	close(fd);
	return result;
}

err_t state_open(struct sandbox *box, const char *file, bool *fresh)
{
	char *data = NULL;
	size_t length = 0;
	bool missing = true;
	box->file = file;
	*fresh = false;
	if (file != NULL && read_file(file, &data, &length, &missing) == ERR_OK && length > 0) {
		box->doc = js_parse(data, length);
		free(data);
		if (box->doc == NULL || js_get(box->doc, "users") == NULL)
			return ERR_FAILED;
		return ERR_OK;
	}
	free(data);
	if (!missing && length > 0)
		return ERR_FAILED;
	box->doc = text_must(json_object_new_object());
	*fresh = true;
	return ERR_OK;
}

void state_close(struct sandbox *box)
{
	json_object_put(box->doc);
	box->doc = NULL;
}

int64_t state_real_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t state_now_ms(const struct sandbox *box)
{
	return state_real_ms() + js_int(box->doc, "clock_offset_ms", 0);
}

void state_changed(struct sandbox *box)
{
	if (box->dirty)
		return;
	box->dirty = true;
	/* A large document must not be written back to back. */
	box->save_at_ms = state_real_ms() + SAVE_DELAY_MS + 20 * box->last_save_took_ms;
}

/* Codes and access tokens that died long ago are of no use to anybody. */
static void drop_dead(js *table, int64_t before_ms)
{
	js *keep = text_must(json_object_new_array());
	json_object_object_foreach(table, key, value) {
		if (js_int(value, "expires_ms", 0) < before_ms)
			js_add_str(keep, key);
	}
	for (size_t i = 0; i < js_len(keep); i++)
		json_object_object_del(table, js_at_str(keep, i));
	json_object_put(keep);
}

static err_t write_all(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, data, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_FAILED;
		data += n;
		length -= (size_t)n;
	}
	return ERR_OK;
}

err_t state_save(struct sandbox *box)
{
	int64_t start = state_real_ms();
	int64_t old = state_now_ms(box) - INT64_C(86400000);
	size_t length = 0;
	err_t result = ERR_FAILED;
	box->dirty = false;
	if (box->file == NULL)
		return ERR_OK;
	drop_dead(js_object_in(box->doc, "codes"), old);
	drop_dead(js_object_in(box->doc, "access"), old);
	const char *data = json_object_to_json_string_length(box->doc, JSON_C_TO_STRING_PLAIN, &length);
	char *beside = text_format("%s.new", box->file);
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		result = data == NULL ? ERR_FAILED : write_all(fd, data, length);
		if (close(fd) != 0 || result != ERR_OK || rename(beside, box->file) != 0)
			result = ERR_FAILED;
	}
	if (result != ERR_OK)
		fprintf(stderr, "sandbox: cannot write %s: %s\n", box->file, strerror(errno));
	free(beside);
	box->last_save_took_ms = state_real_ms() - start;
	return result;
}

void state_tick(struct sandbox *box)
{
	if (box->dirty && state_real_ms() >= box->save_at_ms)
		(void)state_save(box);
}

void state_iso(int64_t seconds, char out[32])
{
	time_t t = (time_t)seconds;
	struct tm tm;
	gmtime_r(&t, &tm);
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void state_iso_ms(int64_t milliseconds, char out[40])
{
	char whole[32];
	state_iso(milliseconds / 1000, whole);
	whole[strlen(whole) - 1] = '\0';
	snprintf(out, 40, "%s.%03dZ", whole, (int)(milliseconds % 1000));
}

int64_t state_six_months_after(int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	gmtime_r(&t, &tm);
	tm.tm_mon += 6;
	return (int64_t)timegm(&tm) * 1000 + ms % 1000;
}

bool state_switch(const struct sandbox *box, const char *name)
{
	return js_bool(js_get(box->doc, "switches"), name, false);
}

int64_t state_switch_number(const struct sandbox *box, const char *name)
{
	return js_int(js_get(box->doc, "switches"), name, 0);
}

js *state_app(const struct sandbox *box, const char *client_id)
{
	return client_id == NULL ? NULL : js_get(js_get(box->doc, "apps"), client_id);
}

js *state_user(const struct sandbox *box, const char *user_id)
{
	return user_id == NULL ? NULL : js_get(js_get(box->doc, "users"), user_id);
}

js *state_playlist(const struct sandbox *box, const char *id)
{
	return id == NULL ? NULL : js_get(js_get(box->doc, "playlists"), id);
}

bool state_owner_premium(const struct sandbox *box, js *app)
{
	const char *owner = js_str(app, "owner");
	if (owner == NULL)
		return state_switch(box, "owner_premium");
	return js_bool(state_user(box, owner), "premium", false);
}

bool state_allowlisted(js *app, const char *user_id)
{
	if (js_bool(app, "extended", false))
		return true;
	return js_get(js_get(app, "allowlist"), user_id) != NULL;
}
