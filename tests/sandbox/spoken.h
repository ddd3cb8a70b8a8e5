/* Shows, episodes, audiobooks and chapters: what is spoken, with the place up to
 * which each account has heard it. Audiobooks exist in some countries only. */
#ifndef SANDBOX_SPOKEN_H
#define SANDBOX_SPOKEN_H

#include "present.h"
#include "request.h"

#include <stdbool.h>

/* Whether the caller's country has audiobooks. */
bool spoken_books_open(const struct request *r);

/* New objects, owned by the caller. */
js *spoken_audiobook(const struct view *v, size_t i); /* without its chapters */
js *spoken_chapter(const struct view *v, size_t i, bool with_book);

/* An episode that Spotify no longer knows: every member null. */
js *spoken_dead_episode(void);

/* Adds the resume point to an episode or chapter when the caller's scopes allow. */
void spoken_put_resume(const struct request *r, js *o, const char *id);

void spoken_show(struct request *r);
void spoken_show_episodes(struct request *r);
void spoken_episode(struct request *r);
void spoken_book(struct request *r);
void spoken_book_chapters(struct request *r);
void spoken_chapter_get(struct request *r);

#endif
