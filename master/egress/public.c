/* The table of addresses that are not public; see public.h. */
#include "config.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "master/egress/public.h"

struct range4 {
	uint32_t net;
	unsigned bits;
};
struct range6 {
	uint8_t net[16];
	unsigned bits;
};

#define A(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static const struct range4 special4[] = {
	{A(0, 0, 0, 0), 8},          /* this network (RFC 791) */
	{A(10, 0, 0, 0), 8},         /* private (RFC 1918) */
	{A(100, 64, 0, 0), 10},      /* shared by carriers (RFC 6598) */
	{A(127, 0, 0, 0), 8},        /* loopback (RFC 1122) */
	{A(169, 254, 0, 0), 16},     /* link-local, clouds' metadata (RFC 3927) */
	{A(172, 16, 0, 0), 12},      /* private */
	{A(192, 0, 0, 0), 24},       /* protocol assignments, DS-Lite (RFC 6890, 6333) */
	{A(192, 0, 2, 0), 24},       /* documentation (RFC 5737) */
	{A(192, 31, 196, 0), 24},    /* AS112 (RFC 7535) */
	{A(192, 52, 193, 0), 24},    /* AMT (RFC 7450) */
	{A(192, 88, 99, 0), 24},     /* 6to4 relays (RFC 7526) */
	{A(192, 168, 0, 0), 16},     /* private */
	{A(192, 175, 48, 0), 24},    /* AS112 (RFC 7534) */
	{A(198, 18, 0, 0), 15},      /* benchmarks (RFC 2544) */
	{A(198, 51, 100, 0), 24},    /* documentation */
	{A(203, 0, 113, 0), 24},     /* documentation */
	{A(224, 0, 0, 0), 4},        /* multicast (RFC 1112) */
	{A(240, 0, 0, 0), 4},        /* reserved, broadcast (RFC 1112, 919) */
};

/* Outside 2000::/3 nothing is public: loopback, v4-mapped, NAT64, discard-only,
 * SRv6, ULA, link-local, site-local, multicast.  Inside: */
static const struct range6 special6[] = {
	{{0x20, 0x01}, 23},                          /* protocol assignments: Teredo, ORCHID,
	                                              * benchmarks, AMT (RFC 2928 and others) */
	{{0x20, 0x01, 0x0d, 0xb8}, 32},              /* documentation (RFC 3849) */
	{{0x20, 0x02}, 16},                          /* 6to4, holds a v4 address (RFC 3056) */
	{{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48},  /* AS112 (RFC 7534) */
	{{0x3f, 0xfe}, 16},                          /* 6bone, given back (RFC 3701) */
	{{0x3f, 0xff, 0x00}, 20},                    /* documentation (RFC 9637) */
};

static bool
in4(uint32_t a, const struct range4 *r)
{
	return (a ^ r->net) >> (32 - r->bits) == 0;
}

static bool
in6(const uint8_t a[16], const struct range6 *r)
{
	unsigned whole = r->bits / 8, rest = r->bits % 8;

	return memcmp(a, r->net, whole) == 0 &&
	    (rest == 0 || (a[whole] ^ r->net[whole]) >> (8 - rest) == 0);
}

static bool
public4(uint32_t a)
{
	size_t i;

	for (i = 0; i < sizeof(special4) / sizeof(special4[0]); i++)
		if (in4(a, &special4[i]))
			return false;
	return true;
}

static bool
public6(const uint8_t a[16])
{
	static const struct range6 unicast = {{0x20}, 3};
	size_t i;

	for (i = 0; i < sizeof(special6) / sizeof(special6[0]); i++)
		if (in6(a, &special6[i]))
			return false;
	return in6(a, &unicast);
}

bool
address_public(const struct sockaddr *a)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (a->sa_family == AF_INET) {
		memcpy(&v4, a, sizeof(v4));
		return public4(ntohl(v4.sin_addr.s_addr));
	}
	if (a->sa_family == AF_INET6) {
		memcpy(&v6, a, sizeof(v6));
		return public6(v6.sin6_addr.s6_addr);
	}
	return false;
}

bool
address_loopback(const struct sockaddr *a)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (a->sa_family == AF_INET) {
		memcpy(&v4, a, sizeof(v4));
		return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
	}
	if (a->sa_family == AF_INET6) {
		memcpy(&v6, a, sizeof(v6));
		return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
	}
	return false;
}
