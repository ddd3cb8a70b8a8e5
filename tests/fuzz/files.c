/* The files that the operator writes: configuration and keys. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "master/keyring/keyfile.h"
#include "shared/conf/file.h"
#include "tests/fuzz/fuzz.h"

/* The same file each time, with other content. */
static int
file_of(struct span in)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	must(fd >= 0 && ftruncate(fd, 0) == 0);
	must(pwrite(fd, in.p, in.n, 0) == (ssize_t)in.n);
	must(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

FUZZ(conf_file)
{
	struct conf conf = {.values = {.n = 0}};
	struct conf_values values;
	struct buf errors, text;
	unsigned bit;
	char path[64];
	err_t err;

	buf_init(&errors, 1u << 20);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file_of(in));
	err = conf_load(path, &conf, &errors);
	/* Not a word about what is fine, and no refusal without a word. */
	must((err == 0) == (errors.len == 0));
	must(err == 0 || err == ERR_CONFIG || err == ERR_LIMIT);
	for (bit = 1; err == 0 && bit <= CONF_CLI; bit <<= 1) {
		buf_init(&text, 60000);
		must(conf_text_for(&conf, bit, &text) == 0);
		must(conf_values_parse(&values, buf_span(&text)) == 0);
		conf_values_free(&values);
		buf_free(&text);
	}
	if (err == 0)
		conf_free(&conf);
	buf_free(&errors);
}

/* An option, and its value. */
static void
check_value(struct span in)
{
	const struct conf_option *o = &conf_options[take_byte(&in) % conf_options_n];
	char *value = malloc(in.n + 1);
	const char *why = NULL;
	struct conf_url url;

	must(value != NULL);
	if (in.n > 0)
		memcpy(value, in.p, in.n);
	value[in.n] = '\0';
	must((conf_option_check(o, value, &why) == 0) == (why == NULL));
	if (conf_url_parse(value, &url) == 0) {
		must(url.host.n > 0 && url.host.p >= (const uint8_t *)value &&
		    url.host.p + url.host.n <= (const uint8_t *)value + in.n);
		must(url.path.n == 0 || url.path.p[0] == '/');
		(void)conf_host_loopback(url.host);
	}
	free(value);
}

FUZZ(conf_values)
{
	struct conf_values v;
	size_t i;

	check_value(in);
	if (conf_values_parse(&v, in) != 0)
		return;
	must(v.n <= CONF_OPTIONS_MAX);
	for (i = 0; i < v.n; i++) {
		must(strlen(v.name[i]) + strlen(v.value[i]) < in.n);
		(void)conf_int(&v, v.name[i], 7);
		(void)conf_bool(&v, v.name[i]);
	}
	must(conf_str(&v, "not.there")[0] == '\0' || in.n > 9);
	conf_values_free(&v);
}

FUZZ(keyfile)
{
	struct masters m = {.n = 0};
	size_t line = 0, i, j, at;
	err_t err = masters_read(file_of(in), &m, &line);

	must(err == 0 || err == ERR_SYNTAX || err == ERR_LIMIT);
	if (err != 0) {
		must(m.n == 0 && line <= in.n + 1);
		return;
	}
	must(m.n > 0 && m.n <= MASTERS_MAX && m.current < m.n && m.lowest < m.n);
	for (i = 0; i < m.n; i++) {
		must(m.id[i] >= m.id[m.lowest] && m.id[i] > 0);
		must(masters_find(&m, m.id[i], &at) == 0 && at == i);
		must(masters_key(&m, i) != NULL);
		for (j = 0; j < i; j++)
			must(m.id[i] != m.id[j]);
	}
	masters_wipe(&m);
}
