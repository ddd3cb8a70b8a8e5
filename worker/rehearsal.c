/*
 * The rehearsal; see rehearsal.h.  Plays the other programs by putting what
 * they would send into the sockets beforehand; must not know the protocol
 * beyond the text of a few requests.
 */
#include "config.h"

#include <json-c/linkhash.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/base/secret.h"
#include "shared/crypto/seal.h"
#include "shared/crypto/token.h"
#include "shared/ipc/channel.h"
#include "worker/mcp/catalog.h"
#include "worker/mcp/mcp.h"
#include "worker/rehearsal.h"
#include "worker/run.h"

enum { CONTROL, FRONT, VAULT, KEYRING, EGRESS, ENDS };

#define CREDENTIAL "rehearsal"
#define TOKENS "{\"access\":\"a\",\"refresh\":\"r\",\"expires_at\":4102444800," \
	"\"authorized_at\":1,\"scope\":\"\"}"
#define META "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"," \
	"\"io.modelcontextprotocol/clientCapabilities\":{}}"

static const struct {
	const char *method, *name, *body;
} requests[] = {
	{"tools/list", NULL,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{" META "}}"},
	/* Refused for its argument, so that nothing is asked of Spotify. */
	{"tools/call", "create_playlist",
	    "{\"jsonrpc\":\"2.0\",\"id\":\"2\",\"method\":\"tools/call\",\"params\":{\"name\":"
	    "\"create_playlist\",\"arguments\":{\"unknown\":1},"
	    META "}}"},
	{NULL, NULL,
	    "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
	    "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"r\",\"version\":\"1\"}}}"},
};

/* Packets for one end. */
struct script {
	struct buf packet;
	int fd;
	err_t err;
};

static struct buf *
frame_begin(struct script *s)
{
	buf_clear(&s->packet);
	s->err = s->err != 0 ? s->err : buf_put(&s->packet, (uint8_t[FRAME_HEAD]){0}, FRAME_HEAD);
	return &s->packet;
}

/* Sends the frame that was built, as a packet of its own. */
static void
frame_send(struct script *s, uint8_t type, uint64_t request, err_t err)
{
	const size_t n = s->packet.len - FRAME_HEAD;
	uint8_t *p = s->packet.data;

	s->err = s->err != 0 ? s->err : err;
	if (s->err != 0)
		return;
	p[0] = CHANNEL_VERSION;
	p[1] = type;
	p[4] = (uint8_t)n;
	p[5] = (uint8_t)(n >> 8);
	p[8] = (uint8_t)request;
	if (send(s->fd, p, s->packet.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		s->err = ERR_SYSTEM;
}

#define SAY(s, TYPE, name, request, ...) \
	frame_send((s), MSG_##TYPE, (request), \
	    msg_put_##name(frame_begin(s), &(struct msg_##name){__VA_ARGS__}))

/* The vault's and the keyring's part: a user with one credential and a row. */
static err_t
play_bind(struct script *vault, struct script *keyring)
{
	const struct seal_place place = {.kind = ROW_TOKENS, .version = 1};
	struct msg_credential cred = {.cred_kind = CRED_PERSONAL, .scopes = SCOPE_ALL};
	struct msg_keys keys = {.key = {0}};
	struct buf sealed;
	err_t err;

	buf_init(&sealed, 1024);
	err = token_hash(span_str(CREDENTIAL), cred.hash);
	if (err == 0)
		err = seal_row(keys.key, &place, span_str(TOKENS), &sealed);
	if (err == 0) {
		SAY(vault, IDENTITY, identity, 0, .client_id = span_str("r"));
		frame_send(vault, MSG_CREDENTIAL, 0, msg_put_credential(frame_begin(vault), &cred));
		SAY(vault, ROW, row, 0, .kind = ROW_TOKENS, .version = 1,
		    .sealed = buf_span(&sealed));
		SAY(vault, IDENTITY_END, identity_end, 0, 0);
		frame_send(keyring, MSG_KEYS, 0, msg_put_keys(frame_begin(keyring), &keys));
		err = vault->err != 0 ? vault->err : keyring->err;
	}
	buf_free(&sealed);
	return err;
}

static void
play_field(struct script *front, uint64_t id, const char *name, const char *value)
{
	if (value != NULL)
		SAY(front, REQ_FIELD, req_field, id, .name = span_str(name),
		    .value = span_str(value));
}

/* The front's part: the requests, then the word to retire. */
static err_t
play_requests(struct script *front)
{
	unsigned i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		SAY(front, REQ_HEAD, req_head, i + 1, .method = METHOD_POST,
		    .cred_kind = CRED_PERSONAL, .credential = span_str(CREDENTIAL),
		    .body_bytes = (uint32_t)strlen(requests[i].body));
		play_field(front, i + 1, "content-type", "application/json");
		play_field(front, i + 1, "accept", "application/json, text/event-stream");
		play_field(front, i + 1, "mcp-protocol-version",
		    requests[i].method == NULL ? NULL : "2026-07-28");
		play_field(front, i + 1, "mcp-method", requests[i].method);
		play_field(front, i + 1, "mcp-name", requests[i].name);
		SAY(front, REQ_BODY, req_body, i + 1, .last = 1,
		    .data = span_str(requests[i].body));
	}
	SAY(front, RETIRE, retire, 0, 0);
	return front->err;
}

static err_t
play(int ours[ENDS])
{
	struct script part[ENDS];
	unsigned i;
	err_t err;

	for (i = 0; i < ENDS; i++) {
		part[i] = (struct script){.fd = ours[i]};
		buf_init(&part[i].packet, FRAME_HEAD + FRAME_BODY_MAX);
	}
	err = play_bind(&part[VAULT], &part[KEYRING]);
	if (err == 0)
		err = play_requests(&part[FRONT]);
	for (i = 0; i < ENDS; i++)
		buf_free(&part[i].packet);
	return err;
}

err_t
rehearse(const struct conf_values *conf, void *ca_store)
{
	int ours[ENDS] = {-1, -1, -1, -1, -1}, pair[2];
	struct worker_start start = {.id = 1, .conf = conf, .ca_store = ca_store,
	    .control_fd = -1, .front_fd = -1, .vault_fd = -1, .keyring_fd = -1, .egress_fd = -1};
	int *theirs[ENDS] = {&start.control_fd, &start.front_fd, &start.vault_fd,
	    &start.keyring_fd, &start.egress_fd};
	unsigned i;
	err_t err;

	/* json-c draws the seed of its tables once in a process, with the first of
	 * them: not here, or all workers would have the same. */
	(void)json_global_set_string_hash(JSON_C_STR_HASH_PERLLIKE);
	err = mcp_prepare(&worker_catalog);
	for (i = 0; i < ENDS && err == 0; i++) {
		err = channel_pair(pair);
		if (err != 0)
			break;
		ours[i] = pair[0];
		*theirs[i] = pair[1];
	}
	if (err == 0)
		err = play(ours);
	if (err == 0)
		err = worker_practise(&start);
	else
		for (i = 0; i < ENDS; i++)
			if (*theirs[i] >= 0)
				(void)close(*theirs[i]);
	for (i = 0; i < ENDS; i++)
		if (ours[i] >= 0)
			(void)close(ours[i]);
	secret_settle();
	(void)json_global_set_string_hash(JSON_C_STR_HASH_DFLT);
	return err;
}
