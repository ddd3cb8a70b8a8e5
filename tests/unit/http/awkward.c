/* The table of awkward requests; see awkward.h. */
#include "config.h"

#include <string.h>

#include "tests/unit/http/awkward.h"

#define H "Host: {host}\r\n"
#define P "POST /mcp HTTP/1.1\r\n"
#define PH P H
#define CL5 "Content-Length: 5\r\n\r\nhello"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"
#define ITEM(name, text, must, ours) {name, text, sizeof(text) - 1, must, ours},

const struct awkward awkward_requests[] = {
	/* Framing of the body. */
	ITEM("a length and its body", PH CL5, ACCEPT, ACCEPT)
	ITEM("a length of zero", PH "Content-Length: 0\r\n\r\n", ACCEPT, ACCEPT)
	ITEM("a length with leading zeros", PH "Content-Length: 0005\r\n\r\nhello", EITHER, ACCEPT)
	ITEM("length, then coding", PH "Content-Length: 4\r\n" CHUNKED "0\r\n\r\n", REFUSE, REFUSE)
	ITEM("coding, then length",
	    PH "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("gzip before chunked", PH "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("identity after chunked", PH "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("a coding that only ends in chunked", PH "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("an empty coding", PH "Transfer-Encoding:\r\n\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("the coding twice", PH "Transfer-Encoding: chunked\r\n" CHUNKED "0\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("the coding between tab and space",
	    PH "Transfer-Encoding:\tchunked \r\n\r\n2\r\n{}\r\n0\r\n\r\n", ACCEPT, ACCEPT)
	ITEM("a tab behind the coding",
	    PH "Transfer-Encoding: chunked \t\r\n\r\n2\r\n{}\r\n0\r\n\r\n", EITHER, REFUSE)
	ITEM("two spaces and a tab behind the coding",
	    PH "Transfer-Encoding: chunked  \t\r\n\r\n2\r\n{}\r\n0\r\n\r\n", EITHER, REFUSE)
	ITEM("a tab behind the length", PH "Content-Length: 5\t\r\n\r\nhello", EITHER, REFUSE)
	ITEM("the coding in capitals", PH "TRANSFER-ENCODING: CHUNKED\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
	    EITHER, ACCEPT)
	ITEM("the coding in HTTP/1.0", "POST /mcp HTTP/1.0\r\n" H CHUNKED "0\r\n\r\n", REFUSE, REFUSE)
	ITEM("two different lengths", PH "Content-Length: 4\r\n" CL5, REFUSE, REFUSE)
	ITEM("the same length twice", PH "Content-Length: 5\r\n" CL5, REFUSE, REFUSE)
	ITEM("a list of lengths", PH "Content-Length: 5, 5\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("an empty length", PH "Content-Length: \r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length with a plus", PH "Content-Length: +5\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length with a minus", PH "Content-Length: -5\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length in hexadecimal", PH "Content-Length: 0x5\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length with a space inside", PH "Content-Length: 5 5\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length past 64 bits", PH "Content-Length: 18446744073709551621\r\n\r\nhello",
	    REFUSE, REFUSE)
	ITEM("space before the colon of the length", PH "Content-Length : 5\r\n\r\nhello",
	    REFUSE, REFUSE)
	/* Lines and bytes. */
	ITEM("a folded line", PH "X-A: b\r\n c\r\n" CL5, REFUSE, REFUSE)
	ITEM("a line folded with a tab", PH "X-A: b\r\n\tc\r\n" CL5, REFUSE, REFUSE)
	ITEM("lines that end in LF", "POST /mcp HTTP/1.1\nHost: {host}\nContent-Length: 5\n\nhello",
	    REFUSE, REFUSE)
	ITEM("LF for the last empty line", "GET /mcp HTTP/1.1\r\nHost: {host}\r\n\n", REFUSE, REFUSE)
	ITEM("a lone CR in a value", P "Host: {host}\rX: y\r\n" CL5, REFUSE, REFUSE)
	ITEM("a lone CR before a line's end", P "Host: {host}\r\r\n" CL5, REFUSE, REFUSE)
	ITEM("NUL in a value", P "Host: {host}\0b\r\n" CL5, REFUSE, REFUSE)
	ITEM("NUL in the target", "POST /m\0cp HTTP/1.1\r\n" H CL5, REFUSE, REFUSE)
	ITEM("DEL in a value", PH "X: a\177\r\n" CL5, REFUSE, REFUSE)
	ITEM("a parenthesis in a name", "GET /mcp HTTP/1.1\r\n" H "Ho(st: {host}\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("a parenthesis in a name before Host",
	    "GET /mcp HTTP/1.1\r\nHo(st: {host}\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("a field without a name", "GET /mcp HTTP/1.1\r\n" H ": x\r\n\r\n", REFUSE, REFUSE)
	ITEM("a field without a colon", "GET /mcp HTTP/1.1\r\n" H "nonsense\r\n\r\n", REFUSE, REFUSE)
	ITEM("byte 128 in a name", "GET /mcp HTTP/1.1\r\n" H "X\200: a\r\n\r\n", REFUSE, REFUSE)
	ITEM("byte 128 in a value", "GET /mcp HTTP/1.1\r\n" H "X: \200\r\n\r\n", EITHER, ACCEPT)
	ITEM("an empty value", "GET /mcp HTTP/1.1\r\n" H "X:\r\n\r\n", ACCEPT, ACCEPT)
	ITEM("one empty line first", "\r\nGET /mcp HTTP/1.1\r\n" H "\r\n", EITHER, ACCEPT)
	ITEM("two empty lines first", "\r\n\r\nGET /mcp HTTP/1.1\r\n" H "\r\n", EITHER, REFUSE)
	/* The request line. */
	ITEM("HTTP/2.0 in the line", "POST /mcp HTTP/2.0\r\n" H CL5, REFUSE, REFUSE)
	ITEM("HTTP/1.9", "POST /mcp HTTP/1.9\r\n" H CL5, EITHER, REFUSE)
	ITEM("HTTP/0.9", "GET /mcp\r\n\r\n", REFUSE, REFUSE)
	ITEM("a version with four digits", "GET /mcp HTTP/1.10\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("a version in small letters", "GET /mcp http/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("two spaces before the target", "POST  /mcp HTTP/1.1\r\n" H CL5, REFUSE, REFUSE)
	ITEM("two spaces before the version", "POST /mcp  HTTP/1.1\r\n" H CL5, REFUSE, REFUSE)
	ITEM("a space at the line's end", "POST /mcp HTTP/1.1 \r\n" H CL5, REFUSE, REFUSE)
	ITEM("a tab in the line", "POST\t/mcp HTTP/1.1\r\n" H CL5, REFUSE, REFUSE)
	ITEM("an unknown method", "BREW /mcp HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("a method in small letters", "get /mcp HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("a method that is no token", "G@T /mcp HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("a line that begins with a space", " GET /mcp HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("a whole address as target", "GET http://{host}/mcp HTTP/1.1\r\n" H "\r\n",
	    EITHER, REFUSE)
	ITEM("a target without a slash", "GET mcp HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("a fragment in the target", "GET /mcp#a HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("byte 200 in the target", "GET /\310 HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	/* Host. */
	ITEM("no Host", P CL5, REFUSE, REFUSE)
	ITEM("two Hosts", PH "Host: b.example\r\n" CL5, REFUSE, REFUSE)
	ITEM("an empty Host", P "Host:\r\n" CL5, REFUSE, REFUSE)
	ITEM("a list of Hosts", P "Host: {host}, b.example\r\n" CL5, REFUSE, REFUSE)
	ITEM("a Host with a user in it", P "Host: me@{host}\r\n" CL5, REFUSE, REFUSE)
	ITEM("a Host with byte 128", P "Host: {host}\200\r\n" CL5, REFUSE, REFUSE)
	/* Chunks. */
	ITEM("a chunked body", PH "Content-Type: application/json\r\n" CHUNKED
	    "2\r\n{}\r\n0\r\n\r\n", ACCEPT, ACCEPT)
	ITEM("two chunks", PH CHUNKED "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", ACCEPT, ACCEPT)
	ITEM("a chunk with an extension", PH CHUNKED "5;a=b\r\nhello\r\n0\r\n\r\n", EITHER, ACCEPT)
	ITEM("a chunk with a quoted extension", PH CHUNKED "5;a=\"b\"\r\nhello\r\n0\r\n\r\n",
	    EITHER, REFUSE)
	ITEM("a chunk with a nameless extension", PH CHUNKED "5;\r\nhello\r\n0\r\n\r\n",
	    EITHER, REFUSE)
	ITEM("an extension with two values", PH CHUNKED "5;a=b=c\r\nhello\r\n0\r\n\r\n",
	    EITHER, REFUSE)
	ITEM("an extension with a comma", PH CHUNKED "5;a,b\r\nhello\r\n0\r\n\r\n",
	    EITHER, REFUSE)
	ITEM("a lone CR behind a chunk size", PH CHUNKED "5\rhello\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a lone CR at the end of the chunks", PH CHUNKED "5\r\nhello\r\n0\r\n\rX",
	    REFUSE, REFUSE)
	ITEM("chunk lines that end in LF", PH CHUNKED "5\nhello\n0\n\n", REFUSE, REFUSE)
	ITEM("a chunk size past 64 bits", PH CHUNKED "FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("a chunk size of 17 digits", PH CHUNKED "00000000000000002\r\n{}\r\n0\r\n\r\n",
	    EITHER, REFUSE)
	ITEM("a negative chunk size", PH CHUNKED "-2\r\n{}\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("an empty chunk size", PH CHUNKED "\r\n{}\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a chunk size in 0x", PH CHUNKED "0x2\r\n{}\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a space after the chunk size", PH CHUNKED "2 \r\n{}\r\n0\r\n\r\n", EITHER, REFUSE)
	ITEM("no line end behind a chunk", PH CHUNKED "5\r\nhelloXX0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a lone CR behind a chunk", PH CHUNKED "2\r\n{}\rX0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a trailer", PH CHUNKED "2\r\n{}\r\n0\r\nX-T: 1\r\n\r\n", EITHER, REFUSE)
	ITEM("a trailer without a name", PH CHUNKED "2\r\n{}\r\n0\r\n: 1\r\n\r\n", EITHER, REFUSE)
	ITEM("a trailer with a space in its name", PH CHUNKED "2\r\n{}\r\n0\r\nX T: 1\r\n\r\n",
	    EITHER, REFUSE)
	ITEM("NUL in a trailer", PH CHUNKED "2\r\n{}\r\n0\r\nX: \0\r\n\r\n", EITHER, REFUSE)
	ITEM("NUL in an extension", PH CHUNKED "2;\0\r\n{}\r\n0\r\n\r\n", EITHER, REFUSE)
	/* Expectations and connections. */
	ITEM("100-continue", PH "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}",
	    ACCEPT, ACCEPT)
	ITEM("another expectation", PH "Content-Length: 2\r\nExpect: 200-maybe\r\n\r\n{}",
	    REFUSE, REFUSE)
	ITEM("two expectations", PH "Content-Length: 2\r\nExpect: 100-continue\r\n"
	    "Expect: 100-continue\r\n\r\n{}", EITHER, REFUSE)
	ITEM("two requests at once", "GET /a HTTP/1.1\r\n" H "\r\nGET /b HTTP/1.1\r\n" H "\r\n",
	    ACCEPT, ACCEPT)
	ITEM("a wish for h2c", "GET /mcp HTTP/1.1\r\n" H
	    "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", ACCEPT, ACCEPT)
	ITEM("HEAD", "HEAD /health HTTP/1.1\r\n" H "\r\n", ACCEPT, ACCEPT)
	ITEM("HTTP/1.0", "GET /health HTTP/1.0\r\n" H "\r\n", ACCEPT, ACCEPT)
	ITEM("HTTP/1.0 without Host", "GET /health HTTP/1.0\r\n\r\n", EITHER, ACCEPT)
	ITEM("close among other words", "GET /health HTTP/1.1\r\n" H
	    "Connection: x, , Close\r\n\r\n", ACCEPT, ACCEPT)
};
const size_t n_awkward_requests = sizeof(awkward_requests) / sizeof(awkward_requests[0]);

err_t
awkward_bytes(const struct awkward *a, const char *host, struct buf *out)
{
	static const char mark[] = "{host}";
	const size_t mark_n = sizeof(mark) - 1;
	size_t at = 0;
	err_t err = 0;

	while (err == 0 && at < a->n) {
		if (a->n - at >= mark_n && memcmp(a->bytes + at, mark, mark_n) == 0) {
			err = buf_put_str(out, host);
			at += mark_n;
		} else {
			err = buf_put_byte(out, (uint8_t)a->bytes[at++]);
		}
	}
	return err;
}
