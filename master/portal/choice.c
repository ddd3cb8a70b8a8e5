/* Which application; see choice.h. */
#include "config.h"

#include <ctype.h>

#include "master/portal/choice.h"
#include "master/portal/session.h"
#include "shared/crypto/hash.h"
#include "shared/crypto/token.h"

#define CLIENT_ID_CHARS 32
/* The command line has no key for a check sum: its codes are 32 random bytes as
 * they are. */
#define PLAIN_CHARS     43

err_t
choice_client_id(struct page *page, struct span text, struct span *out)
{
	char *id;
	void *room;
	size_t i, n = 0;
	err_t err = arena_alloc(&page->arena, CLIENT_ID_CHARS + 1, &room);

	if (err != 0)
		return err;
	id = room;
	for (i = 0; i < text.n; i++) {
		int c = tolower(text.p[i]);

		if (isspace(c) != 0)
			continue;
		if (n == CLIENT_ID_CHARS || isxdigit(c) == 0)
			return ERR_SYNTAX;
		id[n++] = (char)c;
	}
	id[n] = '\0';
	if (n < CLIENT_ID_CHARS)
		return ERR_SYNTAX;
	*out = span_of(id, n);
	return 0;
}

err_t
choice_invite(struct span code, uint8_t out[HASH_BYTES])
{
	size_t i;

	if (code.n != PLAIN_CHARS && code.n != TOKEN_CHARS)
		return ERR_SYNTAX;
	for (i = 0; i < code.n; i++)
		if (isalnum(code.p[i]) == 0 && code.p[i] != '-' && code.p[i] != '_')
			return ERR_SYNTAX;
	return sha256(code, out);
}

err_t
choice_read(const struct page *page, struct choice *out)
{
	struct choice c = {0};
	struct span value = {0};
	size_t i;
	err_t err = session_app(page, &value);

	if (err != 0)
		return err;
	if (value.p[0] != 'k' && value.p[0] != 'n')
		return ERR_SYNTAX;
	c.kept = value.p[0] == 'k';
	value = span_of(value.p + 1, value.n - 1);
	if (value.n != CLIENT_ID_CHARS) {
		c.code = value;
		err = choice_invite(value, c.invite);
	} else {
		c.client_id = value;
		for (i = 0; i < value.n; i++)
			if (isxdigit(value.p[i]) == 0 || isupper(value.p[i]) != 0)
				return ERR_SYNTAX;
	}
	if (err == 0)
		*out = c;
	return err;
}

struct span
choice_cookie(struct page *page, const struct choice *choice)
{
	struct span what;

	if (choice == NULL)
		return session_app_cookie(page, span_str(""));
	what = choice->client_id.n > 0 ? choice->client_id : choice->code;
	return session_app_cookie(page, page_text(page, "%c%.*s", choice->kept ? 'k' : 'n',
	    (int)what.n, (const char *)what.p));
}
