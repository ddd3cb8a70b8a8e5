/*
 * The two clocks: monotonic for every deadline, wall clock only for what
 * others see or what must outlive the process.
 */
#ifndef TONEARM_BASE_CLOCK_H
#define TONEARM_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of the monotonic clock. */
int64_t clock_mono_ms(void);

/* Seconds since 1970 (UTC). */
int64_t clock_wall_s(void);

/* Milliseconds since 1970 (UTC). */
int64_t clock_wall_ms(void);

#endif
