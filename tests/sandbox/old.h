/* What only an app with extended quota may still call: the library calls by kind,
 * following, followers of playlists, browse, markets. */
#ifndef SANDBOX_OLD_H
#define SANDBOX_OLD_H

#include "request.h"

void old_save(struct request *r);	/* PUT /me/KIND */
void old_remove(struct request *r);	/* DELETE /me/KIND */
void old_contains(struct request *r);	/* GET /me/KIND/contains */
void old_follow(struct request *r);	/* PUT, DELETE /me/following */
void old_follows(struct request *r);	/* GET /me/following/contains */
void old_follow_list(struct request *r);	/* PUT, DELETE /playlists/ID/followers */
void old_follows_list(struct request *r);	/* GET /playlists/ID/followers/contains */
void old_releases(struct request *r);
void old_categories(struct request *r);
void old_category(struct request *r);
void old_markets(struct request *r);

#endif
