/* Response heads; see response.h.  Knows nothing of who answers what. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "shared/http/head.h"
#include "shared/http/response.h"

const char *
http_reason(unsigned status)
{
	static const struct {
		unsigned status;
		const char *reason;
	} reasons[] = {
		{100, "Continue"}, {200, "OK"}, {201, "Created"}, {202, "Accepted"},
		{204, "No Content"}, {302, "Found"}, {303, "See Other"}, {304, "Not Modified"},
		{400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"},
		{404, "Not Found"}, {405, "Method Not Allowed"}, {406, "Not Acceptable"},
		{408, "Request Timeout"}, {409, "Conflict"}, {410, "Gone"},
		{411, "Length Required"}, {413, "Content Too Large"}, {414, "URI Too Long"},
		{415, "Unsupported Media Type"}, {417, "Expectation Failed"},
		{421, "Misdirected Request"}, {429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"}, {500, "Internal Server Error"},
		{501, "Not Implemented"}, {502, "Bad Gateway"}, {503, "Service Unavailable"},
		{504, "Gateway Timeout"}, {505, "HTTP Version Not Supported"},
	};
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Status";
}

err_t
http_put_status(struct buf *out, unsigned status)
{
	const char digits[] = {(char)('0' + status / 100 % 10), (char)('0' + status / 10 % 10),
	    (char)('0' + status % 10), ' '};
	err_t err = buf_put_str(out, "HTTP/1.1 ");

	if (err == 0)
		err = buf_put(out, digits, sizeof(digits));
	if (err == 0)
		err = buf_put_str(out, http_reason(status));
	return err == 0 ? buf_put_str(out, "\r\n") : err;
}

err_t
http_put_field(struct buf *out, const char *name, struct span value)
{
	size_t i, name_n, was = out->len;
	err_t err;

	for (name_n = 0; name[name_n] != '\0'; name_n++)
		if (!http_is_token((uint8_t)name[name_n]))
			return ERR_SYNTAX;
	for (i = 0; i < value.n; i++)
		if ((value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] == 0x7f)
			return ERR_SYNTAX;
	err = buf_put(out, name, name_n);
	if (err == 0)
		err = buf_put_str(out, ": ");
	if (err == 0)
		err = buf_put_span(out, value);
	if (err == 0)
		err = buf_put_str(out, "\r\n");
	if (err != 0)
		buf_cut(out, was);
	return err;
}

err_t
http_put_field_str(struct buf *out, const char *name, const char *value)
{
	return http_put_field(out, name, span_str(value));
}

err_t
http_put_field_uint(struct buf *out, const char *name, uint64_t value)
{
	return buf_printf(out, "%s: %" PRIu64 "\r\n", name, value);
}

/* Not strftime: its names of days and months follow the locale. */
err_t
http_put_date(struct buf *out, int64_t wall_s)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)wall_s;
	static char line[80];      /* the last one; most answers are of the same second */
	static time_t written = -1;
	struct tm tm;
	int n;

	if (t != written) {
		if (gmtime_r(&t, &tm) == NULL)
			return ERR_SYSTEM;
		n = snprintf(line, sizeof(line),
		    "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n",
		    days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
		    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
		if (n < 0 || (size_t)n >= sizeof(line))
			return ERR_SYSTEM;
		written = t;
	}
	return buf_put_str(out, line);
}

err_t
http_put_end(struct buf *out)
{
	return buf_put_str(out, "\r\n");
}

err_t
http_put_chunk(struct buf *out, struct span data)
{
	size_t was = out->len;
	err_t err;

	if (data.n == 0)
		return buf_put_str(out, "0\r\n\r\n");
	err = buf_printf(out, "%zx\r\n", data.n);
	if (err == 0)
		err = buf_put_span(out, data);
	if (err == 0)
		err = buf_put_str(out, "\r\n");
	if (err != 0)
		buf_cut(out, was);
	return err;
}
