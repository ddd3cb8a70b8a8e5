/*
 * A client's way in, step by step, with the test as the portal: registration,
 * request, consent, code, tokens.  The test's last question is flow_request.
 */
#ifndef TONEARM_TESTS_VAULT_FLOW_H
#define TONEARM_TESTS_VAULT_FLOW_H

#include "tests/unit/vault/rig.h"

#define CLIENT    "client-1"
#define REDIRECT  "https://client.test/back"
#define CHALLENGE "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"

/* A person, a browser with a request of CLIENT in it, what became of it. */
struct flow {
	struct person p;
	uint8_t browser[HASH_BYTES], auth[ID_BYTES];
	uint8_t code[HASH_BYTES], access[HASH_BYTES], refresh[HASH_BYTES];
	uint8_t grant[ID_BYTES];
};

extern uint64_t flow_request;

/* The answer to the last question. */
void flow_failed(struct rig *r, enum portal_why why);
void flow_ok(struct rig *r);
struct msg_tokens flow_tokens(struct rig *r);

/* What a client says of itself; what is kept is what was said. */
struct msg_client_put flow_client(const char *id);
void flow_put_client(struct rig *r, const struct msg_client_put *m);

/* The request of the flow's browser; asked, with new hashes for all of it. */
struct msg_auth_begin flow_new(const struct flow *f);
void flow_begin(struct rig *r, struct flow *f);

/* Questions, whose answers the caller takes. */
void flow_look(struct rig *r, const struct flow *f, const uint8_t session[HASH_BYTES]);
void flow_consent(struct rig *r, const struct flow *f, uint32_t scopes);
void flow_give(struct rig *r, const struct flow *f, const uint8_t session[HASH_BYTES]);
struct msg_code_redeem flow_redemption(const struct flow *f);

/* Reads the newest connection on the account page; its grant goes to the flow. */
void flow_read(struct rig *r, struct flow *f, struct msg_account_cred *out);
/* All of it for f->p, who is there. */
void flow_connect(struct rig *r, struct flow *f);

#endif
