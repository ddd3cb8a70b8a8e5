/* The player calls of the Web API. */
#ifndef SANDBOX_PLAYER_API_H
#define SANDBOX_PLAYER_API_H

#include "request.h"

void player_api_state(struct request *r);
void player_api_current(struct request *r);
void player_api_devices(struct request *r);
void player_api_queue(struct request *r);
void player_api_recent(struct request *r);
void player_api_transfer(struct request *r);
void player_api_play(struct request *r);
void player_api_pause(struct request *r);
void player_api_next(struct request *r);
void player_api_previous(struct request *r);
void player_api_seek(struct request *r);
void player_api_volume(struct request *r);
void player_api_shuffle(struct request *r);
void player_api_repeat(struct request *r);
void player_api_enqueue(struct request *r);

/* The state as GET /me/player writes it, owned by the caller; null when no
 * device is active. */
js *player_api_state_json(struct request *r, js *user, bool with_device, bool episodes);

#endif
