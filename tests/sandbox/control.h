/* The control interface under /_sandbox/, for tests: README.md describes it. */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "request.h"

void control_clock(struct request *r);
void control_switches(struct request *r);
void control_revoke(struct request *r);
void control_users(struct request *r);
void control_users_add(struct request *r);
void control_people(struct request *r);
void control_apps(struct request *r);
void control_record(struct request *r);
void control_record_clear(struct request *r);
void control_tokens(struct request *r);
void control_player(struct request *r);
void control_playlist(struct request *r);
void control_device(struct request *r);
void control_save(struct request *r);

#endif
