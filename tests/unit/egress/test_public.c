/* Which addresses are public, edge by edge, and the one dial of a fetch program. */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/dns.h>
#include <event2/dns_struct.h>

#include "master/egress/askers.h"
#include "master/egress/public.h"
#include "tests/unit/unit.h"

/* --- the table ------------------------------------------------------------------------ */

static bool
is_public(const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return address_public((struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return address_public((struct sockaddr *)&v6);
}

/* The last before a range, its first and last, the one behind it; the outer two
 * are public unless another range begins there (NULL). */
static const struct {
	const char *before, *first, *last, *behind;
} ranges[] = {
	{NULL, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
	{"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
	{"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
	{"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
	{"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
	{"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
	{"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
	{"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
	{"192.31.195.255", "192.31.196.0", "192.31.196.255", "192.31.197.0"},
	{"192.52.192.255", "192.52.193.0", "192.52.193.255", "192.52.194.0"},
	{"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
	{"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
	{"192.175.47.255", "192.175.48.0", "192.175.48.255", "192.175.49.0"},
	{"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
	{"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
	{"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
	{"223.255.255.255", "224.0.0.0", "239.255.255.255", NULL},
	{NULL, "240.0.0.0", "255.255.255.255", NULL},
	{NULL, "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"},
	{"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::",
	    "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
	{"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::",
	    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
	{"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2002::",
	    "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"},
	{"2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", "2620:4f:8000::",
	    "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::"},
	{"3ffd:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe::",
	    "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
	{NULL, "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
	{"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL},
};

static void
every_special_range_is_refused_to_its_edges(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (is_public(ranges[i].first) || is_public(ranges[i].last))
			fail_msg("public: %s to %s", ranges[i].first, ranges[i].last);
		if (ranges[i].before != NULL && !is_public(ranges[i].before))
			fail_msg("not public: %s", ranges[i].before);
		if (ranges[i].behind != NULL && !is_public(ranges[i].behind))
			fail_msg("not public: %s", ranges[i].behind);
	}
}

static void
addresses_that_hold_others_and_famous_ones_are_judged(void **state)
{
	static const char *const no[] = {
		"169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "::1", "::",
		"::ffff:8.8.8.8", "::ffff:127.0.0.1", "::ffff:0:1.2.3.4", "::127.0.0.1", "64:ff9b::8.8.8.8",
		"64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1", "2002:7f00:1::", "2002:808:808::",
		"2001:0:7f00:1::1", "fc00::1", "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1",
		"ff0e::1", "5f00::1", "255.255.255.255", "0.0.0.0",
	};
	static const char *const yes[] = {"8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700::1111",
		"2a00:1450:4001:81b::200e", "2001:4860:4860::8888", "2400:cb00::1"};
	struct sockaddr local = {.sa_family = AF_UNIX};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (is_public(no[i]))
			fail_msg("public: %s", no[i]);
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (!is_public(yes[i]))
			fail_msg("not public: %s", yes[i]);
	assert_false(address_public(&local));
	assert_false(address_loopback(&local));
}

/* --- names, by a name server of our own ------------------------------------------------- */

static struct {
	struct loop *loop;
	struct evdns_base *dns;
	struct evdns_server_port *server;
	struct egress egress;
	struct channel *asker, *control;
	bool silent;                /* the name server does not answer */
	unsigned questions;
	const char *v4[4], *v6[4];  /* what it says */
	unsigned dialled, failed, killed;
	int fd;
	uint8_t why;
	bool ended;
} w;

static void
on_question(struct evdns_server_request *q, void *arg)
{
	const char *name = q->questions[0]->name;
	size_t i;

	(void)arg;
	w.questions++;
	if (w.silent) {
		(void)evdns_server_request_drop(q);
		return;
	}
	for (i = 0; i < 4; i++) {
		uint8_t raw[16];

		if (q->questions[0]->type == EVDNS_TYPE_A && w.v4[i] != NULL) {
			assert_int_equal(inet_pton(AF_INET, w.v4[i], raw), 1);
			assert_ok(evdns_server_request_add_a_reply(q, name, 1, raw, 10));
		}
		if (q->questions[0]->type == EVDNS_TYPE_AAAA && w.v6[i] != NULL) {
			assert_int_equal(inet_pton(AF_INET6, w.v6[i], raw), 1);
			assert_ok(evdns_server_request_add_aaaa_reply(q, name, 1, raw, 10));
		}
	}
	assert_ok(evdns_server_request_respond(q, DNS_ERR_NONE));
}

static err_t
on_dialled(void *owner, struct channel *ch, const struct frame *f)
{
	(void)owner;
	(void)ch;
	w.dialled++;
	w.fd = f->fds[0];
	f->fds[0] = -1;
	loop_stop(w.loop);
	return 0;
}

static err_t
on_failed(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_dial_failed m;

	(void)owner;
	(void)ch;
	assert_ok(msg_get_dial_failed(f->body, &m));
	w.failed++;
	w.why = m.why;
	loop_stop(w.loop);
	return 0;
}

static err_t
on_kill(void *owner, struct channel *ch, const struct frame *f)
{
	struct msg_kill_worker m;

	(void)owner;
	(void)ch;
	assert_ok(msg_get_kill_worker(f->body, &m));
	assert_int_equal(m.reason, KILL_VIOLATION);
	w.killed++;
	loop_stop(w.loop);
	return 0;
}

static const struct channel_rule asker_rules[] = {
	{.type = MSG_DIALLED, .fds = 1, .handle = on_dialled},
	{.type = MSG_DIAL_FAILED, .handle = on_failed},
};
static const struct channel_table asker_table = {
	.peer = "egress", .rules = asker_rules, .n_rules = 2, .max_fds = 1, .max_queue = 65536,
};
static const struct channel_rule control_rules[] = {{.type = MSG_KILL_WORKER, .handle = on_kill}};
static const struct channel_table control_table = {
	.peer = "egress", .rules = control_rules, .n_rules = 1, .max_queue = 65536,
};
static const struct channel_table nothing = {.peer = "test", .max_queue = 65536};

static void
on_end(void *owner, struct channel *ch, enum channel_end why)
{
	(void)owner;
	(void)ch;
	(void)why;
	w.ended = true;
}

static void
start_name_server(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	char at[32];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&a, len) == 0);
	assert_ok(getsockname(fd, (struct sockaddr *)&a, &len));
	w.server = evdns_add_server_port_with_base(loop_base(w.loop), fd, 0, on_question, NULL);
	w.dns = evdns_base_new(loop_base(w.loop), 0);
	assert_true(w.server != NULL && w.dns != NULL);
	(void)snprintf(at, sizeof(at), "127.0.0.1:%u", ntohs(a.sin_port));
	assert_ok(evdns_base_nameserver_ip_add(w.dns, at));
}

static int
setup(void **state)
{
	int pair[2];

	(void)state;
	memset(&w, 0, sizeof(w));
	w.fd = -1;
	assert_ok(loop_create(&w.loop));
	start_name_server();
	w.egress.loop = w.loop;
	w.egress.names = (struct names_conf){.dns = w.dns, .on = true};
	assert_ok(channel_pair(pair));
	assert_ok(channel_open(w.loop, pair[0], &nothing, NULL, on_end, &w.egress.control));
	assert_ok(channel_open(w.loop, pair[1], &control_table, NULL, on_end, &w.control));
	return 0;
}

static void
join(enum peer_kind kind)
{
	int pair[2];

	channel_close(&w.asker);
	assert_ok(channel_pair(pair));
	assert_ok(asker_add(&w.egress, kind, 7, pair[0]));
	assert_ok(channel_open(w.loop, pair[1], &asker_table, NULL, on_end, &w.asker));
}

static int
teardown(void **state)
{
	(void)state;
	channel_close(&w.asker);
	channel_close(&w.control);
	askers_free(&w.egress);
	channel_close(&w.egress.control);
	if (w.fd >= 0)
		(void)close(w.fd);
	evdns_close_server_port(w.server);
	evdns_base_free(w.dns, 1);
	(void)event_base_loop(loop_base(w.loop), EVLOOP_NONBLOCK);
	loop_settle(w.loop);
	loop_destroy(&w.loop);
	return 0;
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fail_msg("no answer in 5 s");
}

/* A fetch program asks for host and is answered. */
static void
dial(const char *host, uint16_t port)
{
	static const struct timeval limit = {.tv_sec = 5};
	const struct msg_dial_name m = {.host = span_str(host), .port = port};
	struct event *late = evtimer_new(loop_base(w.loop), on_late, NULL);

	join(PEER_FETCH);
	w.dialled = w.failed = 0;
	w.why = 0;
	assert_ok(evtimer_add(late, &limit));
	assert_ok(send_dial_name(w.asker, 1, &m));
	assert_ok(loop_run(w.loop));
	event_free(late);
}

static void
refused(const char *host, uint8_t why)
{
	dial(host, 443);
	if (w.dialled != 0 || w.failed != 1 || w.why != why)
		fail_msg("%s: dialled %u, why %u", host, w.dialled, w.why);
}

static void
addresses_in_digits_are_judged_without_a_lookup(void **state)
{
	(void)state;
	refused("127.0.0.1", DIAL_FORBIDDEN);
	refused("10.1.2.3", DIAL_FORBIDDEN);
	refused("169.254.169.254", DIAL_FORBIDDEN);
	refused("::1", DIAL_FORBIDDEN);
	refused("::ffff:10.0.0.1", DIAL_FORBIDDEN);
	refused("fe80::1", DIAL_FORBIDDEN);
	refused("", DIAL_FORBIDDEN);
	assert_int_equal(w.questions, 0);
}

static void
a_name_is_as_good_as_its_worst_address(void **state)
{
	(void)state;
	/* First of all one that harms nobody, should it be connected to. */
	w.v4[0] = "127.0.0.1";
	refused("home.example", DIAL_FORBIDDEN);
	w.v4[1] = "93.184.216.34";
	refused("mixed.example", DIAL_FORBIDDEN);
	w.v4[1] = NULL;
	w.v4[0] = "10.0.0.1";
	refused("private.example", DIAL_FORBIDDEN);
	w.v4[0] = "169.254.169.254";
	refused("metadata.example", DIAL_FORBIDDEN);
	w.v4[0] = "93.184.216.34";
	w.v4[1] = "192.168.0.1";
	refused("mixed.example", DIAL_FORBIDDEN);
	w.v4[1] = NULL;
	w.v6[0] = "fd00::1";
	refused("six.example", DIAL_FORBIDDEN);
	w.v4[0] = NULL;
	w.v6[0] = "64:ff9b::a00:1";
	refused("nat.example", DIAL_FORBIDDEN);
	w.v6[0] = NULL;
	refused("empty.example", DIAL_UNRESOLVED);
	assert_int_equal(w.egress.dials, 0);
}

static int
listener(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&a, len) == 0 && listen(fd, 16) == 0);
	assert_ok(getsockname(fd, (struct sockaddr *)&a, &len));
	*port = ntohs(a.sin_port);
	return fd;
}

static void
the_socket_leads_to_the_address_that_was_judged_by_one_lookup(void **state)
{
	uint16_t port;
	int l = listener(&port), peer;

	(void)state;
	/* This machine's own address stands for a public one here. */
	w.egress.names.loopback = true;
	w.v4[0] = "127.0.0.1";
	dial("good.example", port);
	assert_int_equal(w.dialled, 1);
	peer = accept(l, NULL, NULL);
	assert_true(peer >= 0);
	/* A and AAAA, once each. */
	assert_int_equal(w.questions, 2);
	(void)close(peer);
	(void)close(l);
	/* And loopback lets no other address through. */
	w.v4[1] = "10.0.0.1";
	refused("mixed.example", DIAL_FORBIDDEN);
}

static void
nothing_is_dialled_where_documents_are_off(void **state)
{
	(void)state;
	w.egress.names.on = false;
	refused("good.example", DIAL_FORBIDDEN);
	w.egress.names = (struct names_conf){.on = true};
	refused("good.example", DIAL_UNRESOLVED);
	assert_int_equal(w.questions, 0);
}

static void
await_kill(void)
{
	while (w.killed == 0 || w.egress.n_askers > 0)
		assert_ok(loop_run(w.loop));
}

static void
a_worker_that_names_a_host_is_ended(void **state)
{
	const struct msg_dial_name m = {.host = span_str("8.8.8.8"), .port = 443};

	(void)state;
	join(PEER_WORKER);
	assert_ok(send_dial_name(w.asker, 1, &m));
	await_kill();
	assert_int_equal(w.dialled, 0);
}

static void
a_sign_in_that_names_a_host_is_ended(void **state)
{
	const struct msg_dial_name m = {.host = span_str("8.8.8.8"), .port = 443};

	(void)state;
	join(PEER_ENROLL);
	assert_ok(send_dial_name(w.asker, 1, &m));
	await_kill();
	assert_int_equal(w.dialled, 0);
}

static void
a_fetch_program_has_one_dial_and_none_to_spotify(void **state)
{
	const struct msg_dial_name again = {.host = span_str("10.0.0.1"), .port = 443};
	const struct msg_dial m = {.host = DIAL_API};

	(void)state;
	refused("10.0.0.1", DIAL_FORBIDDEN);
	assert_ok(send_dial_name(w.asker, 2, &again));
	await_kill();
	assert_int_equal(w.failed, 1);
	w.killed = 0;
	join(PEER_FETCH);
	assert_ok(send_dial(w.asker, 1, &m));
	await_kill();
}

static void
a_lookup_whose_asker_has_gone_ends_quietly(void **state)
{
	const struct msg_dial_name m = {.host = span_str("slow.example"), .port = 443};
	int i;

	(void)state;
	w.silent = true;
	join(PEER_FETCH);
	assert_ok(send_dial_name(w.asker, 1, &m));
	for (i = 0; i < 100 && w.questions < 2; i++) {
		(void)event_base_loop(loop_base(w.loop), EVLOOP_NONBLOCK);
		(void)usleep(1000);
		loop_settle(w.loop);
	}
	channel_close(&w.asker);
	asker_gone(&w.egress, 7);
	assert_int_equal(w.questions, 2);
	w.silent = false;
	for (i = 0; i < 20; i++) {
		(void)event_base_loop(loop_base(w.loop), EVLOOP_NONBLOCK);
		loop_settle(w.loop);
	}
	assert_int_equal(w.egress.n_askers, 0);
	assert_int_equal(w.dialled + w.failed, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_special_range_is_refused_to_its_edges),
		cmocka_unit_test(addresses_that_hold_others_and_famous_ones_are_judged),
		TEST(addresses_in_digits_are_judged_without_a_lookup),
		TEST(a_name_is_as_good_as_its_worst_address),
		TEST(the_socket_leads_to_the_address_that_was_judged_by_one_lookup),
		TEST(nothing_is_dialled_where_documents_are_off),
		TEST(a_worker_that_names_a_host_is_ended),
		TEST(a_sign_in_that_names_a_host_is_ended),
		TEST(a_fetch_program_has_one_dial_and_none_to_spotify),
		TEST(a_lookup_whose_asker_has_gone_ends_quietly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
