/*
 * Looking after the resources that somebody has subscribed to: each is looked at
 * again and again while there is a stream on which a change could be told, never
 * otherwise, and what differs from the look before is announced (announce.h).
 * Between two looks there is the time that the catalog's entry says, and more
 * as the worker's share of the day's calls is used up; whoever says that it is
 * no use to ask is heard.  Must not know what a resource is made of.
 */
#ifndef TONEARM_WORKER_MCP_WATCH_H
#define TONEARM_WORKER_MCP_WATCH_H

/* After a change of the user's own, until it can be seen. */
#define WATCH_AFTER_MS 1500

struct mcp;

/* Something was subscribed to, or probably changed: looks in so many milliseconds,
 * if there is anything to look at. */
void watch_soon(struct mcp *m, unsigned ms);

/* Ends it all. */
void watch_end(struct mcp *m);

#endif
