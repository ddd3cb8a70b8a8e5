/* The caller: profile, saved things, followed artists, favourites. */
#ifndef SANDBOX_LIBRARY_H
#define SANDBOX_LIBRARY_H

#include "request.h"

void library_me(struct request *r);
void library_user(struct request *r); /* extended mode: another profile */
void library_tracks(struct request *r);
void library_albums(struct request *r);
void library_shows(struct request *r);
void library_episodes(struct request *r);
void library_audiobooks(struct request *r);
void library_following(struct request *r);
void library_save(struct request *r);
void library_remove(struct request *r);
void library_contains(struct request *r);
void library_top(struct request *r);

/* Puts a uri (null: a dead episode) first into a list, whatever is there. */
void library_put(js *user, const char *list_name, const char *uri, int64_t seconds);

/* Keeps a uri in a list (newest first, once), takes it out, says whether it is
 * there. */
void library_keep(js *user, const char *list_name, const char *uri, int64_t seconds);
void library_drop(js *user, const char *list_name, const char *uri);
bool library_holds(js *user, const char *list_name, const char *uri);

/* Saves a uri for a user, in the list that it belongs to. */
void library_add(js *user, const char *uri, int64_t seconds);

#endif
