/*
 * Encoders and decoders of every message, made from the list in messages.h.
 * Knows the bytes of a body, nothing of channels or of who may send what.
 */
#include "config.h"

#include <string.h>

#include "shared/ipc/messages.h"

static err_t
put_int(struct buf *out, uint64_t v, size_t bytes)
{
	uint8_t le[8];
	size_t i;

	for (i = 0; i < bytes; i++)
		le[i] = (uint8_t)(v >> (8 * i));
	return buf_put(out, le, bytes);
}

static err_t
put_str(struct buf *out, struct span s, size_t max)
{
	err_t err;

	if (s.n > max)
		return ERR_LIMIT;
	err = put_int(out, s.n, 4);
	return err != 0 ? err : buf_put_span(out, s);
}

static err_t
get_bytes(struct span *in, size_t n, const uint8_t **p)
{
	if (in->n < n)
		return ERR_SYNTAX;
	*p = in->p;
	in->p += n;
	in->n -= n;
	return 0;
}

static err_t
get_int(struct span *in, size_t bytes, uint64_t *v)
{
	const uint8_t *p;
	size_t i;
	err_t err;

	err = get_bytes(in, bytes, &p);
	if (err != 0)
		return err;
	for (*v = 0, i = 0; i < bytes; i++)
		*v |= (uint64_t)p[i] << (8 * i);
	return 0;
}

static err_t
get_str(struct span *in, size_t max, struct span *s)
{
	uint64_t n;
	err_t err;

	err = get_int(in, 4, &n);
	if (err != 0)
		return err;
	if (n > max)
		return ERR_SYNTAX;
	s->n = (size_t)n;
	return get_bytes(in, s->n, &s->p);
}

#define PUT_U8(name, n)  if (err == 0) err = put_int(out, m->name, 1);
#define PUT_U16(name, n) if (err == 0) err = put_int(out, m->name, 2);
#define PUT_U32(name, n) if (err == 0) err = put_int(out, m->name, 4);
#define PUT_U64(name, n) if (err == 0) err = put_int(out, m->name, 8);
#define PUT_I64(name, n) if (err == 0) err = put_int(out, (uint64_t)m->name, 8);
#define PUT_FIX(name, n) if (err == 0) err = buf_put(out, m->name, n);
#define PUT_STR(name, n) if (err == 0) err = put_str(out, m->name, n);
#define PUT(kind, name, n) PUT_##kind(name, n)

#define GET_INT(name, bytes, type) \
	if (err == 0) { \
		uint64_t v = 0; \
		err = get_int(&in, bytes, &v); \
		got.name = (type)v; \
	}
#define GET_U8(name, n)  GET_INT(name, 1, uint8_t)
#define GET_U16(name, n) GET_INT(name, 2, uint16_t)
#define GET_U32(name, n) GET_INT(name, 4, uint32_t)
#define GET_U64(name, n) GET_INT(name, 8, uint64_t)
#define GET_I64(name, n) GET_INT(name, 8, int64_t)
#define GET_FIX(name, n) \
	if (err == 0) { \
		const uint8_t *p = NULL; \
		err = get_bytes(&in, n, &p); \
		if (err == 0) \
			memcpy(got.name, p, n); \
	}
#define GET_STR(name, n) if (err == 0) err = get_str(&in, n, &got.name);
#define GET(kind, name, n) GET_##kind(name, n)

#define M_CODEC(NAME, name) \
	err_t \
	msg_put_##name(struct buf *out, const struct msg_##name *m) \
	{ \
		err_t err = 0; \
		(void)out; \
		(void)m; \
		F_##NAME(PUT) \
		return err; \
	} \
	err_t \
	msg_get_##name(struct span in, struct msg_##name *m) \
	{ \
		struct msg_##name got; \
		err_t err = 0; \
		memset(&got, 0, sizeof(got)); \
		F_##NAME(GET) \
		if (err == 0 && in.n != 0) \
			err = ERR_SYNTAX; \
		if (err == 0) \
			*m = got; \
		explicit_bzero(&got, sizeof(got)); \
		return err; \
	}
MESSAGES(M_CODEC)

const char *
msg_name(uint8_t type)
{
	static const char *const names[MSG_COUNT] = {
		[MSG_NONE] = "?",
#define M_NAME(NAME, name) [MSG_##NAME] = #name,
		MESSAGES(M_NAME)
#undef M_NAME
	};

	return type < MSG_COUNT ? names[type] : "?";
}
