/*
 * The sandbox program as a test's Spotify: started, signed in to, controlled.
 */
#ifndef TONEARM_TESTS_SPOTIFY_SANDBOX_H
#define TONEARM_TESTS_SPOTIFY_SANDBOX_H

#include <json-c/json.h>

#include "shared/base/buf.h"

#define SANDBOX_CLIENT "tonearm-sandbox-client"
#define SANDBOX_REDIRECT "http://127.0.0.1:8001/callback"
/* A PKCE verifier; the challenge is made from it. */
#define SANDBOX_VERIFIER "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJK"
#define SANDBOX_SCOPES "playlist-read-private playlist-read-collaborative " \
	"playlist-modify-public playlist-modify-private user-library-read user-library-modify " \
	"user-read-playback-state user-read-currently-playing user-modify-playback-state " \
	"user-read-private user-read-playback-position ugc-image-upload " \
	"user-follow-read user-follow-modify user-top-read user-read-recently-played"

struct sandbox {
	char base[64];
	int port;
	int pid;
};

/* Starts ./tonearm-sandbox, or the program that TONEARM_SANDBOX names, on a free
 * port; 0, or -1 if there is no such program (the test skips then). */
int sandbox_start(struct sandbox *s);
void sandbox_stop(struct sandbox *s);

/* Lets user agree; the code goes to out (512 bytes). */
void sandbox_code(struct sandbox *s, const char *user, char *out);
/* A row of tokens for user, as the worker keeps it; appended to out. */
void sandbox_row(struct sandbox *s, const char *user, struct buf *out);

/* POST (body not NULL) or GET of a control path; the answer, which the caller
 * puts, or NULL. */
struct json_object *sandbox_control(struct sandbox *s, const char *path, const char *body);

#endif
