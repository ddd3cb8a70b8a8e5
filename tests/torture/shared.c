/* Scenarios: what all programs share; HTTP, JSON, frames, sealing, options. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "shared/conf/file.h"
#include "shared/crypto/seal.h"
#include "shared/crypto/token.h"
#include "shared/http/chunked.h"
#include "shared/http/query.h"
#include "shared/http/response.h"
#include "shared/ipc/channel.h"
#include "shared/json/json.h"
#include "tests/torture/judge.h"
#include "tests/torture/memory.h"

/* --- HTTP ------------------------------------------------------------------------ */
static err_t
chunked(struct span in, struct buf *told)
{
	struct http_chunked c = {0};
	struct buf body, out;
	size_t used = 0;
	err_t err;

	buf_init(&body, 4096);
	buf_init(&out, 16384);
	if (in.n > 0)
		in = span_of(in.p + 1, in.n - 1);   /* the harness has a byte for itself */
	err = http_chunked_feed(&c, in, &body, &used);
	if (err == 0)
		err = http_put_chunk(&out, buf_span(&body));
	if (err == 0) {
		tell_span(told, "body", buf_span(&body));
		tell_span(told, "out", buf_span(&out));
	}
	buf_free(&body);
	buf_free(&out);
	return err;
}

static err_t
response(struct span in, struct buf *told)
{
	struct buf out, value;
	err_t err;

	buf_init(&out, 65536);
	buf_init(&value, 65536);
	err = http_put_status(&out, 200);
	if (err == 0)
		err = http_put_date(&out, 1800000000);
	if (err == 0)
		err = http_query_get(in, "a", &value);
	if (err == ERR_NOTFOUND || err == ERR_SYNTAX)
		err = 0;
	if (err == 0)
		err = http_escape(in, &value);
	if (err == 0)
		err = http_put_field(&out, "Location", buf_span(&value));
	if (err == 0)
		err = http_put_end(&out);
	if (err == 0)
		tell_span(told, "head", buf_span(&out));
	buf_free(&out);
	buf_free(&value);
	return err;
}

/* --- JSON ------------------------------------------------------------------------ */
static err_t
json_there_and_back(struct span in, struct buf *told)
{
	struct json_object *v = NULL;
	struct buf out;
	err_t err = json_parse(in, &json_from_spotify, &v);

	hold(err == 0 || v == NULL);
	buf_init(&out, 1u << 20);
	if (err == 0)
		err = json_write(&out, v);
	if (err == 0)
		tell_span(told, "json", buf_span(&out));
	buf_free(&out);
	json_object_put(v);
	return err;
}

static err_t
json_made(struct span in, struct buf *told)
{
	struct json_object *v = json_object_new_object(), *list = json_object_new_array();
	struct buf out;
	err_t err = v == NULL || list == NULL ? ERR_NOMEM : 0;
	int64_t i;

	buf_init(&out, 65536);
	if (err == 0)
		err = json_add_str(v, "text", in);
	if (err == 0)
		err = json_add_text(v, "a name that json-c must copy", "value");
	if (err == 0)
		err = json_add_bool(v, "yes", true);
	for (i = 0; err == 0 && i < 40; i++)
		err = json_append(list, json_object_new_int64(i));
	if (err == 0) {
		err = json_add(v, "list", list);
		list = NULL;
	}
	for (i = 0; err == 0 && i < 40; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "n%d", (int)i);
		err = json_add_int(v, name, i);
	}
	if (err == 0)
		err = json_write(&out, v);
	if (err == 0)
		tell_span(told, "json", buf_span(&out));
	buf_free(&out);
	json_object_put(list);
	json_object_put(v);
	return err;
}

/* --- frames ---------------------------------------------------------------------- */
static err_t
message(struct span in, struct buf *told)
{
	struct buf again;
	err_t err = ERR_SYNTAX;
	uint8_t type = in.n == 0 ? 0 : in.p[0] % MSG_COUNT;

	if (in.n > 0)
		in = span_of(in.p + 1, in.n - 1);
	buf_init(&again, FRAME_BODY_MAX);
	switch (type) {
#define M_CASE(NAME, name) \
	case MSG_##NAME: { \
		struct msg_##name m; \
		err = msg_get_##name(in, &m); \
		if (err == 0) \
			err = msg_put_##name(&again, &m); \
		break; \
	}
	MESSAGES(M_CASE)
#undef M_CASE
	default:
		break;
	}
	if (err == 0)
		tell_span(told, "body", buf_span(&again));
	buf_free(&again);
	return err;
}

/* --- sealing --------------------------------------------------------------------- */
static const uint8_t key[SEAL_KEY_BYTES] = "0123456789abcdef0123456789abcde";

static err_t
sealed_row(struct span in, struct buf *told)
{
	struct seal_place place = {.owner = {7}, .kind = ROW_TOKENS, .version = 3};
	struct buf sealed, out;
	err_t err;

	buf_init(&sealed, 65536);
	buf_init(&out, 65536);
	err = seal_row(key, &place, in, &sealed);
	hold(err == 0 || sealed.len == 0);
	if (err == 0) {
		err = open_row(key, &place, buf_span(&sealed), &out);
		hold(err == 0 || out.len == 0);
	}
	if (err == 0)
		tell_span(told, "plain", buf_span(&out));
	buf_free(&sealed);
	buf_free(&out);
	return err;
}

static err_t
wrapped_key(struct span in, struct buf *told)
{
	static const uint8_t user[UUID_BYTES] = {1, 2, 3};
	uint8_t wrapped[WRAPPED_BYTES], plain[SEAL_KEY_BYTES] = {0}, hash[SHA256_BYTES];
	char token[TOKEN_CHARS + 1] = "";
	enum cred_kind kind = CRED_NONE;
	err_t err = wrap_key(key, 1, user, key, wrapped);

	if (err == 0)
		err = unwrap_key(key, 1, user, span_of(wrapped, sizeof(wrapped)), plain);
	if (err == 0)
		err = token_make(CRED_PERSONAL, user, key, token);
	if (err == 0)
		err = token_check(span_str(token), key, &kind);
	if (err == 0)
		err = token_hash(in, hash);
	if (err == 0)
		err = derive_key(in, "label", in, hash);
	if (err == 0) {
		tell(told, "kind", kind);
		tell_span(told, "key", span_of(plain, sizeof(plain)));
		tell_span(told, "hash", span_of(hash, sizeof(hash)));
	}
	return err;
}

void
warm_libraries(struct buf *told)
{
	hold(wrapped_key(span_str("x"), told) == 0 && sealed_row(span_str("x"), told) == 0);
}

/* --- options ----------------------------------------------------------------------- */
static int
file_of(struct span in)
{
	int fd;

	memory_on(false);
	fd = memfd_create("torture", MFD_CLOEXEC);
	hold(fd >= 0 && write(fd, in.p, in.n) == (ssize_t)in.n);
	hold(lseek(fd, 0, SEEK_SET) == 0);
	memory_on(true);
	return fd;
}

static err_t
configuration(struct span in, struct buf *told)
{
	struct conf conf = {.values = {.n = 0}};
	struct conf_values values;
	struct buf errors, text;
	unsigned bit;
	char path[64];
	int fd = file_of(in);
	err_t err;

	buf_init(&errors, 1u << 20);
	buf_init(&text, 65536);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = conf_load(path, &conf, &errors);
	for (bit = 1; err == 0 && bit <= CONF_CLI; bit <<= 1) {
		buf_clear(&text);
		err = conf_text_for(&conf, bit, &text);
		if (err == 0)
			err = conf_values_parse(&values, buf_span(&text));
		if (err != 0)
			break;
		tell(told, "options", (int64_t)values.n);
		conf_values_free(&values);
	}
	if (err == 0)
		tell_span(told, "text", buf_span(&text));
	/* A file for which there is no memory cannot be opened, and that is said. */
	if (err == ERR_NOTFOUND && (errors.len == 0 ||
	    strstr(buf_cstr(&errors), "Cannot allocate memory") != NULL))
		err = ERR_NOMEM;
	/* A report may lack what found no room; a refusal is one all the same. */
	if (err == ERR_CONFIG)
		tell(told, "said something", 1);
	conf_free(&conf);
	buf_free(&errors);
	buf_free(&text);
	(void)close(fd);
	return err;
}

static const char *const rows[] = {"x", "what nobody else may read", NULL};

const struct scenario shared_scenarios[] = {
	{.name = "chunked_bodies", .run = chunked, .corpus = "chunked"},
	{.name = "heads_of_responses", .run = response, .corpus = "http_words"},
	{.name = "json_there_and_back", .run = json_there_and_back, .corpus = "json",
	    .deaths = true},
	{.name = "json_that_we_make", .run = json_made, .inputs = rows},
	{.name = "bodies_of_messages", .run = message, .corpus = "messages"},
	{.name = "frames_through_a_channel", .run = channel_of_two, .inputs = rows},
	{.name = "rows_are_sealed_and_opened", .run = sealed_row, .inputs = rows},
	{.name = "keys_and_tokens", .run = wrapped_key, .inputs = rows},
	{.name = "the_configuration", .run = configuration, .corpus = "conf_file"},
	{.name = NULL},
};
