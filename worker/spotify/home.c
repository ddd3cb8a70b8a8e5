/* The worker, as the Spotify client sees it; see home.h. */
#include "config.h"

#include "worker/spotify/home.h"
#include "worker/spotify/spotify.h"
#include "worker/worker.h"

static err_t
env_store(void *owner, struct span plain, row_answer fn, void *arg)
{
	return row_store(owner, ROW_TOKENS, plain, fn, arg);
}

static err_t
env_lease(void *owner, row_answer fn, void *arg)
{
	return row_lease(owner, ROW_TOKENS, fn, arg);
}

static err_t
env_reread(void *owner, row_answer fn, void *arg)
{
	return row_reread(owner, ROW_TOKENS, fn, arg);
}

static err_t
env_doubt(void *owner, int64_t believed_ms, grant_said fn, void *arg)
{
	struct worker *w = owner;

	return governor_doubt(spotify_governor(w->spotify), GRANT_OVER_REFRESH, believed_ms, fn, arg);
}

static const char *
env_client_id(void *owner)
{
	return ((struct worker *)owner)->who.client_id;
}

static void
env_log(void *owner, enum worker_event event, int64_t a, int64_t b)
{
	worker_log(owner, event, a, b, 0, 0);
}

err_t
home_dial(void *owner, uint64_t request, enum dial_host host)
{
	return worker_dial(owner, (uint8_t)host, request);
}

struct tokens_env
home_tokens_env(struct worker *w)
{
	return (struct tokens_env){.owner = w, .store = env_store, .lease = env_lease,
	    .reread = env_reread, .doubt = env_doubt, .client_id = env_client_id, .log = env_log};
}
