/*
 * The portal's state: its options, its channels and the browser requests that
 * are under way.  It keeps no session and no account: those are the vault's.
 */
#ifndef TONEARM_PORTAL_PORTAL_H
#define TONEARM_PORTAL_PORTAL_H

#include <stdbool.h>
#include <stdint.h>

#include "master/portal/begins.h"
#include "master/portal/documents.h"
#include "shared/base/err.h"
#include "shared/conf/values.h"
#include "shared/ipc/channel.h"
#include "shared/loop/loop.h"

#define PAGES_MAX 256

struct page;

struct portal_conf {
	const char *public_url;       /* without a slash at its end */
	const char *accounts_url;     /* Spotify's accounts service */
	const char *operator_name;    /* may be empty */
	const char *operator_contact; /* mail address or URL; may be empty */
	bool https;                   /* public_url is https: cookies are Secure */
	bool links;                   /* personal links are offered */
	bool shared_app;              /* the operator's Spotify application is offered */
	bool own_apps;                /* people may bring their own */
	bool development;             /* the application is in Development Mode */
	bool sandbox;                 /* not Spotify but the stand-in */
	bool registration;            /* clients may register themselves */
	bool documents;               /* a client may be the address of its document */
	bool documents_loopback;      /* of one on this machine, too */
};

struct portal {
	struct loop *loop;            /* not owned */
	struct portal_conf conf;      /* views into the options */
	struct channel *front;        /* owned; NULL while away */
	struct channel *vault;        /* owned; NULL while away */
	bool have_key;                /* the two keys below are there */
	uint8_t check_key[KEY_BYTES]; /* for the tokens made here */
	uint8_t form_key[KEY_BYTES];
	struct page *pages;           /* under way; owned */
	unsigned n_pages;
	uint64_t last_question;       /* id of the last question to the vault */
	uint64_t served, failed;      /* pages answered; those with 5xx */
	uint64_t begins_refused;      /* sign-ins that an address had to wait with */
	/* What an address may do: sign-ins and authorization requests begun,
	 * clients registered, tokens asked for in vain. */
	struct begins begins, authorizations, registrations, token_failures;
	struct documents documents;
};

/* Reads the options.  ERR_CONFIG if the public URL or Spotify's is missing. */
err_t portal_conf_read(struct portal_conf *out, const struct conf_values *values) MUST_CHECK;

/* Empty state for a loop and options, which must outlive it. */
void portal_init(struct portal *p, struct loop *loop, const struct portal_conf *conf);

/* Takes a new channel to front or vault on fd (owned from then on), in place
 * of the one there was.  ERR_UNSUPPORTED for another kind of peer. */
err_t portal_peer(struct portal *p, uint8_t kind, int fd) MUST_CHECK;

/* Drops all requests, closes the channels, wipes the keys. */
void portal_end(struct portal *p);

#endif
