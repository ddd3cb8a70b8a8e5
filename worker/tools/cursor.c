/* Cursors; see cursor.h: offset u32 LE, then 12 bytes of the MAC, base64url. */
#include "config.h"

#include <string.h>

#include "shared/base/secret.h"
#include "shared/crypto/b64.h"
#include "shared/crypto/hash.h"
#include "shared/json/json.h"
#include "worker/tools/cursor.h"
#include "worker/worker.h"

#define OFFSET_BYTES 4
#define MAC_BYTES 12
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

static err_t
make(struct call *c, const char *const *names, uint32_t offset,
    uint8_t out[OFFSET_BYTES + MAC_BYTES])
{
	const uint8_t le[OFFSET_BYTES] = {(uint8_t)offset, (uint8_t)(offset >> 8),
	    (uint8_t)(offset >> 16), (uint8_t)(offset >> 24)};
	uint8_t key[SHA256_BYTES], mac[SHA256_BYTES];
	struct span parts[2];
	struct buf binding;
	err_t err;

	buf_init(&binding, BINDING_MAX);
	err = put_binding(c, names, &binding);
	if (err == 0)
		err = derive_key(secret_span(&c->worker->key), "tonearm cursor",
		    span_str(c->tool->name), key);
	parts[0] = span_of(le, sizeof(le));
	parts[1] = buf_span(&binding);
	if (err == 0)
		err = hmac_sha256(span_of(key, sizeof(key)), parts, 2, mac);
	if (err == 0) {
		memcpy(out, le, sizeof(le));
		memcpy(out + sizeof(le), mac, MAC_BYTES);
	}
	explicit_bzero(key, sizeof(key));
	buf_free(&binding);
	return err;
}

bool
cursor_read(struct call *c, const char *const *names, uint32_t *offset)
{
	const char *text = call_str(c, "cursor");
	uint8_t given[OFFSET_BYTES + MAC_BYTES], ours[OFFSET_BYTES + MAC_BYTES];
	uint32_t at;
	size_t n;

	if (text[0] == '\0') {
		*offset = 0;
		return true;
	}
	if (b64url_decode(span_str(text), given, sizeof(given), &n) == 0 && n == sizeof(given)) {
		at = (uint32_t)given[0] | (uint32_t)given[1] << 8 | (uint32_t)given[2] << 16 |
		    (uint32_t)given[3] << 24;
		if (make(c, names, at, ours) == 0 && secret_equal(given, ours, sizeof(ours))) {
			*offset = at;
			return true;
		}
	}
	call_fail(c, "The cursor does not belong to this question. Repeat the call with the same "
	    "arguments as the one that gave the cursor, or leave the cursor out to start over.");
	return false;
}

void
cursor_give(struct call *c, const char *const *names, uint32_t offset)
{
	uint8_t raw[OFFSET_BYTES + MAC_BYTES];
	char text[CURSOR_TEXT];

	if (make(c, names, offset, raw) != 0)
		return;
	b64url_encode(span_of(raw, sizeof(raw)), text);
	if (json_add_text(call_data(c), "cursor", text) == 0)
		call_line(c, "There is more: repeat the call with cursor %s", text);
}
