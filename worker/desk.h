/*
 * What a person asks for on their account page that only their worker can do: the
 * list of what was changed, undoing one of them.  Asked by the portal's ticket; the
 * work is done by the same tools that clients call, and the answer is data of which
 * the portal makes a page.
 *
 *     {"do":"list","before":"1795..."}     before: from the last list, or absent
 *     {"do":"undo","change":"0011...","finish":false}
 *
 *     {"changes":[{"id","what","when","link","client","note","undone","can_undo","can_finish"}],
 *      "older":"1795...","said":"...","failed":false,"trouble":"..."}
 *
 * older: there are more, before this; said: what came of undoing; trouble: why there
 * is no list.
 */
#ifndef TONEARM_WORKER_DESK_H
#define TONEARM_WORKER_DESK_H

struct request;

/* Answers an authorised request of kind CRED_TICKET that has scopes. */
void desk_serve(struct request *rq);

#endif
