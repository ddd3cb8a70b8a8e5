/* Era selection; see era.h. */
#include "config.h"

#include <string.h>

#include "shared/json/json.h"
#include "worker/mcp/era.h"

static bool
has_envelope(const struct rpc_message *m)
{
	return json_has(m->meta, META_VERSION);
}

static enum era_verdict
era_of_batch(struct json_object *body, struct span header)
{
	size_t i, n = json_object_array_length(body);
	struct rpc_message m;

	if (mcp_version_is_modern(header))
		return ERA_INVALID;
	for (i = 0; i < n; i++) {
		rpc_read(json_object_array_get_idx(body, i), &m);
		if (m.kind == RPC_BROKEN || has_envelope(&m))
			return ERA_INVALID;
	}
	return ERA_IS_LEGACY;   /* an empty one is refused there */
}

enum era_verdict
era_of(struct json_object *body, struct span header, struct rpc_message *m)
{
	const bool modern_header = mcp_version_is_modern(header);

	memset(m, 0, sizeof(*m));
	m->kind = RPC_BROKEN;
	if (json_object_is_type(body, json_type_array))
		return era_of_batch(body, header);
	rpc_read(body, m);
	switch (m->kind) {
	case RPC_BROKEN:
		return ERA_INVALID;
	case RPC_RESPONSE:
		return ERA_IS_LEGACY;
	case RPC_NOTIFICATION:
		return has_envelope(m) || modern_header ? ERA_IS_MODERN : ERA_IS_LEGACY;
	case RPC_REQUEST:
		break;
	}
	if (has_envelope(m))
		return ERA_IS_MODERN;
	return modern_header ? ERA_NO_ENVELOPE : ERA_IS_LEGACY;
}
