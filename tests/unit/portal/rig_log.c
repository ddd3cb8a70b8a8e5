/* The rig's eye on the log, and what its tests share; see rig.h. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/crypto/hash.h"
#include "tests/unit/portal/rig.h"
#include "tests/unit/unit.h"

static char secrets[64][128];
static size_t n_secrets;
static char log_path[] = "/tmp/tonearm-portal-log-XXXXXX";

int
rig_setup(void **state)
{
	struct rig *r = malloc(sizeof(*r));

	if (r == NULL)
		return -1;
	rig_open(r, true);
	*state = r;
	return 0;
}

int
rig_teardown(void **state)
{
	int status = rig_close(*state);

	free(*state);
	return status;
}

void
rig_hash(const char *text, size_t n, uint8_t out[HASH_BYTES])
{
	assert_ok(sha256(span_of(text, n), out));
}

int
rig_log_to_file(void **state)
{
	int fd = mkstemp(log_path), real = dup(STDERR_FILENO);

	(void)state;
	if (fd < 0 || real < 0 || dup2(fd, STDERR_FILENO) < 0)
		return -1;
	(void)close(fd);
	/* cmocka's own words still go where they should. */
	stderr = fdopen(real, "w");
	return stderr == NULL ? -1 : 0;
}

void
rig_secret(const char *text, size_t n)
{
	assert_true(n_secrets < sizeof(secrets) / sizeof(secrets[0]));
	assert_true(n < sizeof(secrets[0]));
	memcpy(secrets[n_secrets], text, n);
	secrets[n_secrets++][n] = '\0';
}

void
rig_check_log(const char *event, size_t least)
{
	static char text[1 << 20];
	int fd = open(log_path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	size_t i;

	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	(void)unlink(log_path);
	assert_true(n > 0);
	assert_non_null(strstr(text, event));
	assert_true(n_secrets >= least);
	for (i = 0; i < n_secrets; i++)
		if (strstr(text, secrets[i]) != NULL)
			fail_msg("secret %zu is in the log", i);
}
