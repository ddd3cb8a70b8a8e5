/*
 * POST /account/download: the person's data as a file.  Only their worker can
 * read all of it, so the portal makes a ticket and lets front ask there; what is
 * in the file it never sees.
 */
#ifndef TONEARM_PORTAL_DOWNLOAD_H
#define TONEARM_PORTAL_DOWNLOAD_H

#include "master/portal/page.h"

void download_start(struct page *page);

#endif
