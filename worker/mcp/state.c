/* States that go through the client; see state.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/crypto/b64.h"
#include "shared/crypto/hash.h"
#include "shared/json/json.h"
#include "worker/mcp/state.h"

/* round u8, expiry u64, grant, digest; then what is inside. */
#define HEAD_BYTES    (1 + 8 + ID_BYTES + SHA256_BYTES)
#define PAYLOAD_BYTES (HEAD_BYTES + STATE_MAX)
#define MAC_CHARS     B64URL_LEN(SHA256_BYTES)
#define PREFIX        "s1."

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static err_t write_sorted(struct buf *out, struct json_object *v);

static err_t
write_members(struct buf *out, struct json_object *v)
{
	const size_t n = (size_t)json_object_object_length(v);
	const char **names = calloc(n + 1, sizeof(*names));
	struct json_object_iter it;
	size_t i = 0;
	err_t err;

	if (names == NULL)
		return ERR_NOMEM;
	json_object_object_foreachC(v, it)
		names[i++] = it.key;
	qsort(names, n, sizeof(*names), by_name);
	err = buf_put_byte(out, '{');
	for (i = 0; err == 0 && i < n; i++) {
		err = json_write_str(out, span_str(names[i]));
		if (err == 0)
			err = buf_put_byte(out, ':');
		if (err == 0)
			err = write_sorted(out, json_object_object_get(v, names[i]));
		if (err == 0)
			err = buf_put_byte(out, ',');
	}
	free(names);
	return err == 0 ? buf_put_byte(out, '}') : err;
}

/* A value whatever the order of its members: a client may build the request of
 * the next round anew.  Its depth was bounded when it was read. */
static err_t
write_sorted(struct buf *out, struct json_object *v)
{
	size_t i;
	err_t err;

	if (json_object_is_type(v, json_type_object))
		return write_members(out, v);
	if (!json_object_is_type(v, json_type_array))
		return json_write(out, v);
	err = buf_put_byte(out, '[');
	for (i = 0; err == 0 && i < json_object_array_length(v); i++) {
		err = write_sorted(out, json_object_array_get_idx(v, i));
		if (err == 0)
			err = buf_put_byte(out, ',');
	}
	return err == 0 ? buf_put_byte(out, ']') : err;
}

static err_t
digest(const struct state_for *f, uint8_t out[SHA256_BYTES])
{
	static const char *const members[] = {"name", "uri", "arguments"};
	struct buf text;
	size_t i;
	err_t err;

	buf_init(&text, 8u << 20);
	err = json_write_str(&text, f->method);
	for (i = 0; err == 0 && i < sizeof(members) / sizeof(members[0]); i++) {
		err = buf_put_byte(&text, '\n');
		if (err == 0)
			err = write_sorted(&text, json_get(f->params, members[i]));
	}
	if (err == 0)
		err = sha256(buf_span(&text), out);
	buf_free(&text);
	return err;
}

static err_t
mac_of(const struct state_for *f, struct span payload, uint8_t mac[SHA256_BYTES])
{
	const struct span parts[] = {span_str(PREFIX), payload};
	uint8_t key[SHA256_BYTES];
	err_t err;

	err = derive_key(secret_span(f->data_key), "tonearm request state", span_of(NULL, 0), key);
	if (err == 0)
		err = hmac_sha256(span_of(key, sizeof(key)), parts, 2, mac);
	explicit_bzero(key, sizeof(key));
	return err;
}

static err_t
put_b64(struct buf *out, struct span bytes)
{
	const size_t n = B64URL_LEN(bytes.n);
	uint8_t *place;
	err_t err = buf_room(out, n + 1, &place);

	if (err != 0)
		return err;
	b64url_encode(bytes, (char *)place);
	buf_added(out, n);
	return 0;
}

err_t
state_make(const struct state_for *f, unsigned round, struct span inner, struct buf *out)
{
	const int64_t until = f->now + STATE_SECONDS;
	uint8_t p[PAYLOAD_BYTES], mac[SHA256_BYTES];
	struct span payload;
	size_t i;
	err_t err;

	if (inner.n > STATE_MAX)
		return ERR_LIMIT;
	p[0] = (uint8_t)round;
	for (i = 0; i < 8; i++)
		p[1 + i] = (uint8_t)((uint64_t)until >> (8 * i));
	memcpy(p + 9, f->grant, ID_BYTES);
	err = digest(f, p + 9 + ID_BYTES);
	if (err != 0)
		return err;
	if (inner.n > 0)
		memcpy(p + HEAD_BYTES, inner.p, inner.n);
	payload = span_of(p, HEAD_BYTES + inner.n);
	err = mac_of(f, payload, mac);
	if (err == 0)
		err = buf_put_str(out, PREFIX);
	if (err == 0)
		err = put_b64(out, payload);
	if (err == 0)
		err = buf_put_byte(out, '.');
	return err == 0 ? put_b64(out, span_of(mac, sizeof(mac))) : err;
}

/* Takes the text apart into its bytes.  ERR_DENIED: it is none of ours. */
static err_t
take_apart(struct span text, uint8_t p[PAYLOAD_BYTES], size_t *n, uint8_t mac[SHA256_BYTES])
{
	const size_t prefix = sizeof(PREFIX) - 1;
	size_t first, k;

	if (text.n < prefix + B64URL_LEN(HEAD_BYTES) + 1 + MAC_CHARS || !span_starts(text, PREFIX))
		return ERR_DENIED;
	first = text.n - prefix - 1 - MAC_CHARS;
	if (text.p[prefix + first] != '.' ||
	    b64url_decode(span_of(text.p + prefix, first), p, PAYLOAD_BYTES, n) != 0 ||
	    *n < HEAD_BYTES ||
	    b64url_decode(span_of(text.p + prefix + first + 1, MAC_CHARS), mac, SHA256_BYTES,
	    &k) != 0 || k != SHA256_BYTES)
		return ERR_DENIED;
	return 0;
}

err_t
state_read(const struct state_for *f, struct span text, unsigned *round, struct buf *inner)
{
	uint8_t p[PAYLOAD_BYTES], sent[SHA256_BYTES], mac[SHA256_BYTES], ours[SHA256_BYTES];
	uint64_t until = 0;
	size_t n = 0, i;
	err_t err;

	err = take_apart(text, p, &n, sent);
	if (err == 0)
		err = mac_of(f, span_of(p, n), mac);
	if (err == 0)
		err = digest(f, ours);
	if (err != 0)
		return err;
	for (i = 0; i < 8; i++)
		until |= (uint64_t)p[1 + i] << (8 * i);
	if (!secret_equal(mac, sent, sizeof(mac)) || f->now > (int64_t)until ||
	    memcmp(p + 9, f->grant, ID_BYTES) != 0 ||
	    memcmp(p + 9 + ID_BYTES, ours, sizeof(ours)) != 0)
		return ERR_DENIED;
	err = buf_put_span(inner, span_of(p + HEAD_BYTES, n - HEAD_BYTES));
	if (err == 0)
		*round = p[0];
	return err;
}
