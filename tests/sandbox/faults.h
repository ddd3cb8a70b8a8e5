/* Faults on demand: what shall go wrong, for whom, how often, and how often
 * it really did. Not kept over a restart. */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include "js.h"
#include "request.h"

#include <stdbool.h>

struct faults;

enum fault_action {
	FAULT_NONE,
	FAULT_ANSWERED, /* the answer is set */
	FAULT_SLOW,	/* carry on after delay milliseconds */
	FAULT_CUT_OFF,	/* carry on, but break the answer */
	FAULT_HANG	/* close without an answer after delay milliseconds */
};

struct faults *faults_create(void);
void faults_destroy(struct faults **faults);

/* Finds the first armed fault that fits the request and lets it fire. */
enum fault_action faults_fire(struct faults *faults, struct request *r, int64_t *delay_ms);

/* POST, GET and DELETE of /_sandbox/faults. */
void faults_post(struct request *r);
void faults_get(struct request *r);
void faults_delete(struct request *r);

#endif
