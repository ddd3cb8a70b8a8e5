/* Addresses; see address.h.  Knows nothing of connections or limits. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "master/front/address.h"
#include "shared/base/ascii.h"
#include "shared/http/head.h"

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct address
address_of(const struct sockaddr_storage *s)
{
	struct address a = {{0}};

	if (s->ss_family == AF_INET) {
		memcpy(a.bytes, mapped, sizeof(mapped));
		memcpy(a.bytes + 12, &((const struct sockaddr_in *)(const void *)s)->sin_addr, 4);
	} else if (s->ss_family == AF_INET6) {
		memcpy(a.bytes, &((const struct sockaddr_in6 *)(const void *)s)->sin6_addr, 16);
	}
	return a;
}

/* Takes brackets and port off: "[::1]:80", "[::1]", "1.2.3.4:80". */
static struct span
bare(struct span text)
{
	const uint8_t *colon, *close;

	if (text.n == 0)
		return text;
	if (text.p[0] == '[') {
		close = memchr(text.p, ']', text.n);
		return close == NULL ? text : span_of(text.p + 1, (size_t)(close - text.p) - 1);
	}
	colon = memchr(text.p, ':', text.n);
	if (colon != NULL && memrchr(text.p, ':', text.n) == colon)
		return span_of(text.p, (size_t)(colon - text.p));
	return text;
}

err_t
address_parse(struct span text, struct address *out)
{
	char copy[ADDRESS_TEXT];
	struct address a = {{0}};

	text = bare(text);
	if (text.n == 0 || text.n >= sizeof(copy))
		return ERR_SYNTAX;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(AF_INET, copy, a.bytes + 12) == 1)
		memcpy(a.bytes, mapped, sizeof(mapped));
	else if (inet_pton(AF_INET6, copy, a.bytes) != 1)
		return ERR_SYNTAX;
	*out = a;
	return 0;
}

void
address_text(const struct address *a, char out[ADDRESS_TEXT])
{
	static const struct address unknown;

	if (memcmp(a, &unknown, sizeof(*a)) == 0)
		memcpy(out, "unix", sizeof("unix"));
	else if (memcmp(a->bytes, mapped, sizeof(mapped)) == 0)
		(void)inet_ntop(AF_INET, a->bytes + 12, out, ADDRESS_TEXT);
	else
		(void)inet_ntop(AF_INET6, a->bytes, out, ADDRESS_TEXT);
}

/* "address" or "address/bits". */
static err_t
parse_network(struct span word, struct network *out)
{
	const uint8_t *slash = memchr(word.p, '/', word.n);
	struct span host = slash == NULL ? word : span_of(word.p, (size_t)(slash - word.p));
	unsigned bits = 0, most;
	struct address a;
	const uint8_t *p;
	err_t err = address_parse(host, &a);

	if (err != 0)
		return err;
	most = memcmp(a.bytes, mapped, sizeof(mapped)) == 0 ? 32 : 128;
	if (slash == NULL)
		bits = most;
	else if (slash + 1 == word.p + word.n)
		return ERR_SYNTAX;
	for (p = slash; slash != NULL && ++p < word.p + word.n;) {
		if (*p < '0' || *p > '9' || bits > most)
			return ERR_SYNTAX;
		bits = bits * 10 + (unsigned)(*p - '0');
	}
	if (bits > most)
		return ERR_SYNTAX;
	memcpy(out->bytes, a.bytes, sizeof(out->bytes));
	out->bits = bits + 128 - most;
	return 0;
}

static bool
separates(uint8_t c)
{
	return c == ',' || c == ' ' || c == '\t';
}

err_t
networks_parse(struct span text, struct networks *out)
{
	struct networks n = {.n = 0};
	size_t at = 0, begin;
	err_t err = 0;

	while (err == 0 && at < text.n) {
		if (separates(text.p[at])) {
			at++;
			continue;
		}
		for (begin = at; at < text.n && !separates(text.p[at]); at++)
			;
		if (n.n == NETWORKS_MAX)
			return ERR_LIMIT;
		err = parse_network(span_of(text.p + begin, at - begin), &n.list[n.n++]);
	}
	if (err == 0)
		*out = n;
	return err;
}

static bool
network_has(const struct network *n, const struct address *a)
{
	unsigned whole = n->bits / 8, rest = n->bits % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	if (memcmp(n->bytes, a->bytes, whole) != 0)
		return false;
	return rest == 0 || ((n->bytes[whole] ^ a->bytes[whole]) & mask) == 0;
}

bool
networks_have(const struct networks *n, const struct address *a)
{
	unsigned i;

	for (i = 0; i < n->n; i++)
		if (network_has(&n->list[i], a))
			return true;
	return false;
}

err_t
address_forwarded(struct span value, struct address *out)
{
	const uint8_t *comma = value.n == 0 ? NULL : memrchr(value.p, ',', value.n);

	if (comma != NULL)
		value = span_of(comma + 1, (size_t)(value.p + value.n - comma) - 1);
	return address_parse(ascii_trim(value), out);
}
