/* Cursors; see cursor.h: offset u32 LE, an id of up to 22 bytes, 12 bytes
 * of the MAC, base64url. */
#include "config.h"

#include <string.h>

#include "shared/base/secret.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/hash.h"
#include "shared/json/json.h"
#include "worker/tools/cursor.h"
#include "worker/worker.h"

#define OFFSET_BYTES 4
#define AFTER_BYTES 22
#define MAC_BYTES 12
#define RAW_MAX (OFFSET_BYTES + AFTER_BYTES + MAC_BYTES)
#define BINDING_MAX 65536

/* The arguments as text, each with its name, so that none can pass for
 * another. */
static err_t
put_binding(struct call *c, const char *const *names, struct buf *out)
{
	err_t err = 0;
	size_t i;

	for (i = 0; names[i] != NULL && err == 0; i++) {
		err = buf_printf(out, "%s=", names[i]);
		if (err == 0 && json_get(c->args, names[i]) != NULL)
			err = json_write(out, json_get(c->args, names[i]));
		if (err == 0)
			err = buf_put_byte(out, '\n');
	}
	return err;
}

/* raw holds offset and id, n bytes; the MAC goes behind them. */
static err_t
seal(struct call *c, const char *const *names, uint8_t *raw, size_t n)
{
	uint8_t key[SHA256_BYTES], mac[SHA256_BYTES];
	struct span parts[3];
	struct buf binding;
	err_t err;

	buf_init(&binding, BINDING_MAX);
	err = put_binding(c, names, &binding);
	if (err == 0)
		err = derive_key(secret_span(&c->worker->key), "tonearm cursor",
		    span_str(c->tool->name), key);
	parts[0] = span_of(raw, n);
	parts[1] = span_of("\n", 1);
	parts[2] = buf_span(&binding);
	if (err == 0)
		err = hmac_sha256(span_of(key, sizeof(key)), parts, 3, mac);
	if (err == 0)
		memcpy(raw + n, mac, MAC_BYTES);
	explicit_bzero(key, sizeof(key));
	buf_free(&binding);
	return err;
}

bool
cursor_read_id(struct call *c, const char *const *names, uint32_t *offset, char *id,
    size_t n)
{
	const char *text = call_str(c, "cursor");
	uint8_t given[RAW_MAX], ours[RAW_MAX];
	size_t got, head;

	*offset = 0;
	id[0] = '\0';
	if (text[0] == '\0')
		return true;
	if (b64url_decode(span_str(text), given, sizeof(given), &got) == 0 &&
	    got >= OFFSET_BYTES + MAC_BYTES && got - OFFSET_BYTES - MAC_BYTES < n) {
		head = got - MAC_BYTES;
		memcpy(ours, given, head);
		if (seal(c, names, ours, head) == 0 && secret_equal(given, ours, got)) {
			*offset = (uint32_t)given[0] | (uint32_t)given[1] << 8 |
			    (uint32_t)given[2] << 16 | (uint32_t)given[3] << 24;
			memcpy(id, given + OFFSET_BYTES, head - OFFSET_BYTES);
			id[head - OFFSET_BYTES] = '\0';
			return true;
		}
	}
	call_fail(c, "The cursor does not belong to this question. Repeat the call with the same "
	    "arguments as the one that gave the cursor, or leave the cursor out to start over.");
	return false;
}

bool
cursor_read(struct call *c, const char *const *names, uint32_t *offset)
{
	char none[1];

	return cursor_read_id(c, names, offset, none, sizeof(none));
}

void
cursor_give_id(struct call *c, const char *const *names, uint32_t offset, const char *id)
{
	uint8_t raw[RAW_MAX] = {(uint8_t)offset, (uint8_t)(offset >> 8), (uint8_t)(offset >> 16),
	    (uint8_t)(offset >> 24)};
	size_t n = strlen(id) < AFTER_BYTES ? strlen(id) : AFTER_BYTES;
	char text[CURSOR_TEXT];

	memcpy(raw + OFFSET_BYTES, id, n);
	if (seal(c, names, raw, OFFSET_BYTES + n) != 0)
		return;
	b64url_encode(span_of(raw, OFFSET_BYTES + n + MAC_BYTES), text);
	if (json_add_text(call_data(c), "cursor", text) == 0)
		call_line(c, "There is more: repeat the call with cursor %s", text);
}

void
cursor_give(struct call *c, const char *const *names, uint32_t offset)
{
	cursor_give_id(c, names, offset, "");
}
