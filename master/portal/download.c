/* The person's data as a file; see download.h. */
#include "config.h"

#include "master/portal/download.h"
#include "master/portal/ticket.h"
#include "shared/base/log.h"

static void
on_ticket_made(struct page *page)
{
	log_info("data_asked_for");
	page_hand(page, span_str(page->secret));
}

void
download_start(struct page *page)
{
	ticket_get(page, 0, on_ticket_made);
}
