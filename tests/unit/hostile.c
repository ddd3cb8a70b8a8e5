/* Valid messages without sense; see hostile.h. */
#include "config.h"

#include <string.h>

#include "tests/unit/hostile.h"

#define STRINGS 8      /* no message has more */

static uint8_t texts[STRINGS][FRAME_BODY_MAX];
static unsigned n_texts;

uint64_t
hostile_next(struct hostile *h)
{
	h->seed ^= h->seed << 13;
	h->seed ^= h->seed >> 7;
	h->seed ^= h->seed << 17;
	return h->seed;
}

/* Something known, small, at an edge, or anything. */
static uint64_t
number(struct hostile *h)
{
	uint64_t r = hostile_next(h);

	switch (r % 8) {
	case 0:
		return hostile_next(h);
	case 1:
		return UINT64_MAX >> (hostile_next(h) % 64);
	case 2:
	case 3:
		return hostile_next(h) % 4;
	default:
		return h->n_numbers == 0 ? 0 : h->numbers[hostile_next(h) % h->n_numbers];
	}
}

static void
fixed(struct hostile *h, uint8_t *out, size_t n)
{
	size_t i;

	if (h->n_bytes > 0 && n <= sizeof(h->bytes[0]) && hostile_next(h) % 4 != 0) {
		memcpy(out, h->bytes[hostile_next(h) % h->n_bytes], n);
		return;
	}
	for (i = 0; i < n; i++)
		out[i] = (uint8_t)hostile_next(h);
}

static struct span
text(struct hostile *h, size_t most)
{
	uint8_t *place = texts[n_texts++ % STRINGS];
	uint64_t r = hostile_next(h);
	size_t n = r % 16 == 0 ? most : r % 4 == 0 ? 0 : (size_t)(hostile_next(h) % 96), i;

	if (n > most)
		n = most;
	if (n > FRAME_BODY_MAX / 4)
		n = FRAME_BODY_MAX / 4;
	for (i = 0; i < n; i++)
		place[i] = r % 3 == 0 ? (uint8_t)hostile_next(h) : (uint8_t)('a' + i % 26);
	return span_of(place, n);
}

#define H_U8(name, n)  m.name = (uint8_t)number(h);
#define H_U16(name, n) m.name = (uint16_t)number(h);
#define H_U32(name, n) m.name = (uint32_t)number(h);
#define H_U64(name, n) m.name = number(h);
#define H_I64(name, n) m.name = (int64_t)number(h);
#define H_FIX(name, n) fixed(h, m.name, n);
#define H_STR(name, n) m.name = text(h, n);
#define H(kind, name, n) H_##kind(name, n)

/* One function for each message: their fields differ. */
#define MAKER(NAME, name) \
	static err_t \
	make_##name(struct hostile *h, struct buf *out) \
	{ \
		struct msg_##name m; \
		memset(&m, 0, sizeof(m)); \
		(void)h; \
		F_##NAME(H) \
		return msg_put_##name(out, &m); \
	}
MESSAGES(MAKER)
#undef MAKER

err_t
hostile_message(struct hostile *h, uint8_t *type, struct buf *out)
{
	static err_t (*const makers[MSG_COUNT])(struct hostile *h, struct buf *out) = {
#define ENTRY(NAME, name) [MSG_##NAME] = make_##name,
		MESSAGES(ENTRY)
#undef ENTRY
	};

	*type = (uint8_t)(1 + hostile_next(h) % (MSG_COUNT - 1));
	return makers[*type](h, out);
}

err_t
hostile_say(struct hostile *h, struct channel *ch)
{
	uint64_t request = number(h);
	struct buf body, *to;
	uint8_t type;
	err_t err;

	buf_init(&body, FRAME_BODY_MAX);
	err = hostile_message(h, &type, &body);
	if (err == 0)
		err = channel_begin(ch, type, request, &to);
	if (err == 0) {
		err = buf_put_span(to, buf_span(&body));
		if (err == 0)
			err = channel_commit(ch, NULL, 0);
		else
			channel_abort(ch);
	}
	buf_free(&body);
	return err;
}
