/*
 * The judge; see judge.h.  Each input is worked on in a process of its own,
 * so that one that dies is one verdict and not the end.
 */
#include "config.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/crypto/openssl.h"

#include "shared/base/log.h"
#include "tests/torture/judge.h"
#include "tests/torture/memory.h"
#include "tests/unit/unit.h"

#define TOLD_MAX  (1u << 18)
#define FILE_MOST 65536
#define ROUND_S   60            /* a round that hangs */
#define SLICE_POINTS 160        /* of one input, unless all are wanted */
#define SLICE_INPUTS 100

/* Shared by a round's process and the judge. */
struct ledger {
	struct memory memory;
	uint64_t k;              /* under way */
	uint64_t rounds, failed[FROM_COUNT], refusals, unharmed, deaths, lost;
	bool over, warm;
	char verdict[700];       /* what was wrong; empty: nothing */
};
static struct ledger *book;
static bool everything;
static struct ledger sum;
static const struct scenario *under_way;
static bool in_round;        /* this is a round's process */

void
tell(struct buf *told, const char *what, int64_t n)
{
	hold(buf_printf(told, "%s %lld\n", what, (long long)n) == 0);
}

void
tell_span(struct buf *told, const char *what, struct span s)
{
	hold(buf_printf(told, "%s [%zu] ", what, s.n) == 0);
	hold(buf_put_span(told, s) == 0 && buf_put_byte(told, '\n') == 0);
}

static void
wrong(const char *what, err_t err, const struct buf *was, const struct buf *told)
{
	enum memory_from from = book->memory.first_from;
	uint64_t site = book->memory.first_site;

	memory_on(false);
	(void)snprintf(book->verdict, sizeof(book->verdict),
	    "%s: allocation %llu failed (%s, at 0x%llx), result %d\nwithout: %.200s\nwith:    %.200s",
	    what, (unsigned long long)book->k, memory_from_name(from), (unsigned long long)site,
	    err, was == NULL ? "" : buf_cstr(was), told == NULL ? "" : buf_cstr(told));
	_exit(1);
}

void
unfair(const char *file, int line, const char *what)
{
	char text[300];

	memory_on(false);
	(void)snprintf(text, sizeof(text), "%s:%d: does not hold: %s", file, line, what);
	wrong(text, 0, NULL, NULL);
	abort();
}

/* What harnesses and fixtures say does not hold. */
void fuzz_failed(const char *file, int line, const char *what) __attribute__((noreturn));
void
fuzz_failed(const char *file, int line, const char *what)
{
	unfair(file, line, what);
}

void __real__fail(const char *file, int line);
void __wrap__fail(const char *file, int line);
void
__wrap__fail(const char *file, int line)
{
	if (in_round)
		unfair(file, line, "an assertion");
	__real__fail(file, line);
}

static void
check_live(const char *what)
{
	enum memory_from from;
	uint64_t site;
	char text[200];

	if (!memory_live_one(&from, &site))
		return;
	/* A library that loses something of its own when its memory runs out
	 * (json-c 0.16: a member's name where the table cannot grow). */
	if (from != FROM_OURS && memory->failed[from] > 0 && memory_none_of_ours()) {
		book->lost++;
		return;
	}
	(void)snprintf(text, sizeof(text), "%s: %lld not given back, one is from %s at 0x%llx", what,
	    (long long)memory->live, memory_from_name(from), (unsigned long long)site);
	wrong(text, 0, NULL, NULL);
}

/* Is this error the truth about memory that ran out there? */
static bool
honest(err_t err)
{
	enum memory_from from = memory->first_from;

	return err == ERR_NOMEM || (from != FROM_OURS && (err == ERR_SYSTEM || err == ERR_CRYPTO));
}

static err_t
once(struct span in, uint64_t k, uint64_t n, struct buf *told)
{
	err_t err;

	buf_clear(told);
	memory_begin(under_way->who == 0 ? FROM_ALL : under_way->who, k, n);
	memory_on(true);
	err = under_way->run(in, told);
	memory_on(false);
	return err;
}

static void
count_round(void)
{
	size_t i;

	book->rounds++;
	for (i = 0; i < FROM_COUNT; i++)
		book->failed[i] += memory->failed[i];
}

/* In the round's process: all k from book->k on. */
static void
all_points(struct span in, uint64_t n)
{
	struct buf was, told;
	uint8_t *room;
	uint64_t step;
	err_t err0, err;

	buf_init(&was, TOLD_MAX);
	buf_init(&told, TOLD_MAX);
	if (buf_room(&was, TOLD_MAX, &room) != 0 || buf_room(&told, TOLD_MAX, &room) != 0)
		_exit(3);
	memory = &book->memory;
	memory_on(false);      /* the one before may have died amid it */
	/* Libraries set themselves up once; OpenSSL also at its first error. */
	ERR_clear_error();
	warm_libraries(&was);
	(void)once(in, 0, 0, &was);
	err0 = once(in, 0, 0, &was);
	check_live("without any failure");
	step = everything ? 1 : 1 + memory->seen / SLICE_POINTS;
	book->warm = true;
	for (;; book->k += step) {
		err = once(in, book->k, n, &told);
		if (memory->failed_n == 0)
			break;
		count_round();
		if (err == err0 && span_eq(buf_span(&was), buf_span(&told)))
			book->unharmed++;
		else if (err != err0 && honest(err))
			book->refusals++;
		else
			wrong("a false result", err, &was, &told);
		check_live("after a failure");
	}
	if (err != err0 || !span_eq(buf_span(&was), buf_span(&told)))
		wrong("not the same again", err, &was, &told);
	book->over = true;
	_exit(0);
}

/* How did the round's process end?  True: go on with the next k. */
static bool
after(int status, const char *input)
{
	if (book->verdict[0] == '\0' && WIFSIGNALED(status) && under_way->deaths &&
	    book->warm && book->memory.first_from == FROM_JSON && book->memory.first_copy) {
		book->deaths++;
		count_round();
		book->k++;
		return true;
	}
	if (book->verdict[0] == '\0' && !book->over)
		(void)snprintf(book->verdict, sizeof(book->verdict),
		    "allocation %llu failed (%s, at 0x%llx) and the process ended with status 0x%x",
		    (unsigned long long)book->k, memory_from_name(book->memory.first_from),
		    (unsigned long long)book->memory.first_site, (unsigned)status);
	if (book->verdict[0] != '\0')
		fail_msg("%s, %s: %s", under_way->name, input, book->verdict);
	return false;
}

static void
add_up(void)
{
	size_t i;

	sum.rounds += book->rounds;
	sum.refusals += book->refusals;
	sum.unharmed += book->unharmed;
	sum.deaths += book->deaths;
	sum.lost += book->lost;
	for (i = 0; i < FROM_COUNT; i++)
		sum.failed[i] += book->failed[i];
}

/* A process of its own: what kills it kills it, soon if it hangs. */
static void
alone(void)
{
	static const int faults[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
	const struct rlimit no_core = {0};
	size_t i;

	in_round = true;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		(void)signal(faults[i], SIG_DFL);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)alarm(ROUND_S);
}

static void
one_input(const char *name, struct span in, uint64_t n)
{
	int status;
	pid_t pid;

	memset(book, 0, sizeof(*book));
	book->k = 1;
	do {
		book->warm = false;
		(void)fflush(NULL);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			alone();
			all_points(in, n);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
	} while (after(status, name));
	add_up();
}

static void
one_file(const char *path)
{
	uint8_t *bytes = malloc(FILE_MOST);
	FILE *file = fopen(path, "rb");
	size_t n;

	assert_non_null(bytes);
	if (file == NULL)
		fail_msg("%s cannot be read", path);
	n = fread(bytes, 1, FILE_MOST, file);
	(void)fclose(file);
	one_input(path, span_of(bytes, n), 1);
	one_input(path, span_of(bytes, n), UINT64_MAX);
	free(bytes);
}

static void
whole_corpus(const char *folder)
{
	const char *top = getenv("srcdir");
	char path[1024], file[1400];
	struct dirent **names = NULL;
	int i, n, fed = 0;

	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", top == NULL ? "." : top, folder);
	n = scandir(path, &names, NULL, alphasort);
	for (i = 0; i < n; i++) {
		(void)snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && (everything || fed < SLICE_INPUTS)) {
			one_file(file);
			fed++;
		}
		free(names[i]);
	}
	free(names);
	assert_true(fed > 0);
}

static void
no_allocation_may_be_taken_for_granted(void **state)
{
	static const char *const nothing[] = {"", NULL};
	const char *const *in;

	under_way = *state;
	if (under_way->corpus != NULL) {
		whole_corpus(under_way->corpus);
		return;
	}
	for (in = under_way->inputs == NULL ? nothing : under_way->inputs; *in != NULL; in++) {
		one_input(*in, span_str(*in), 1);
		one_input(*in, span_str(*in), UINT64_MAX);
	}
}

static void
say_figures(void)
{
	size_t i;

	print_message("# %llu rounds: %llu refused, %llu with the whole result, %llu ends of the process; "
	    "libraries lost memory of their own in %llu\n",
	    (unsigned long long)sum.rounds, (unsigned long long)sum.refusals,
	    (unsigned long long)sum.unharmed, (unsigned long long)sum.deaths,
	    (unsigned long long)sum.lost);
	for (i = 0; i < FROM_COUNT; i++)
		print_message("# failed allocations of %s: %llu\n", memory_from_name((enum memory_from)i),
		    (unsigned long long)sum.failed[i]);
}

int
judge_all(void)
{
	static const struct scenario *const lists[] = {shared_scenarios, worker_scenarios,
	    master_scenarios, harness_scenarios};
	const char *full = getenv("TORTURE_FULL");
	struct CMUnitTest tests[100];
	size_t i, n = 0;
	int bad;

	log_open("torture", LOG_ERROR);
	everything = full != NULL && full[0] == '1';
	book = mmap(NULL, sizeof(*book), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (book == MAP_FAILED)
		return 1;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const struct scenario *s;

		for (s = lists[i]; s->name != NULL && n < sizeof(tests) / sizeof(tests[0]); s++) {
			union {
				const void *from;
				void *to;
			} u = {.from = s};

			tests[n++] = (struct CMUnitTest){.name = s->name,
			    .test_func = no_allocation_may_be_taken_for_granted, .initial_state = u.to};
		}
	}
	bad = _cmocka_run_group_tests("torture", tests, n, NULL, NULL);
	say_figures();
	return bad;
}
