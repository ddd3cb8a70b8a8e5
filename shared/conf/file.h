/*
 * Reading of the configuration: the file, the environment over it, every
 * mistake reported at once.  The supervisor's and the operator's command's
 * business; programs are given their options (values.h).
 */
#ifndef TONEARM_CONF_FILE_H
#define TONEARM_CONF_FILE_H

#include "shared/base/buf.h"
#include "shared/base/err.h"
#include "shared/conf/options.h"
#include "shared/conf/values.h"

/* A checked configuration: every option has a value. */
struct conf {
	struct conf_values values;   /* conf_str(&conf.values, "server.listen") */
};

/*
 * Reads the file at path (NULL: none), lets TONEARM_SECTION_NAME from the
 * environment override it, and checks everything.  ERR_CONFIG with one line a
 * mistake in errors ("FILE:LINE: section.name: what is wrong and what is
 * allowed"); ERR_NOTFOUND if the file cannot be opened (the sentence is in
 * errors too); ERR_NOMEM.  *out only on success; the caller frees it.
 */
err_t conf_load(const char *path, struct conf *out, struct buf *errors) MUST_CHECK;
void conf_free(struct conf *c);

/* Takes over from fresh the values of options that are marked live; *changed
 * counts options that differ but are not, whose old value stays.  ERR_NOMEM:
 * c is as it was. */
err_t conf_take_live(struct conf *c, const struct conf *fresh, size_t *changed) MUST_CHECK;

/* Appends the options that name a program, as CONFIG text.  Errors as buf_put. */
err_t conf_text_for(const struct conf *c, enum conf_program program,
    struct buf *out) MUST_CHECK;

/* Appends the sample file: every option with its description and default. */
err_t conf_sample(struct buf *out) MUST_CHECK;

#endif
