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
	/* Lengths and codings that others have read as something else. */
	ITEM("a length in quotes", PH "Content-Length: \"5\"\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length with a fraction", PH "Content-Length: 5.0\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length with a comma behind it", PH "Content-Length: 5,\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length with a parameter", PH "Content-Length: 5;a\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length with an exponent", PH "Content-Length: 5e0\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a form feed before the length", PH "Content-Length: \0145\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a vertical tab before the length", PH "Content-Length: \0135\r\n\r\nhello",
	    REFUSE, REFUSE)
	ITEM("a no-break space before the length", PH "Content-Length: \2405\r\n\r\nhello",
	    REFUSE, REFUSE)
	ITEM("a digit of another script", PH "Content-Length: \331\245\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length of 2 to the 64", PH "Content-Length: 18446744073709551616\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("a length behind a lone CR", PH "X: a\rContent-Length: 5\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length behind NUL", PH "X: a\0Content-Length: 5\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length behind a lone LF", PH "X: a\nContent-Length: 5\r\n\r\nhello", REFUSE, REFUSE)
	ITEM("a length in a folded line", PH "X: a\r\n Content-Length: 5\r\n\r\nhello",
	    REFUSE, REFUSE)
	ITEM("a length with an underscore", PH "Content_Length: 5\r\n\r\n", EITHER, ACCEPT)
	ITEM("a length that the connection should forget", PH "Connection: Content-Length\r\n" CL5,
	    EITHER, ACCEPT)
	ITEM("a GET with a body", "GET /health HTTP/1.1\r\n" H CL5, ACCEPT, ACCEPT)
	ITEM("a GET with chunks", "GET /health HTTP/1.1\r\n" H CHUNKED "2\r\n{}\r\n0\r\n\r\n",
	    ACCEPT, ACCEPT)
	ITEM("a coding in quotes", PH "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("a coding with a parameter", PH "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("chunked, chunked", PH "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("a comma before the coding", PH "Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n",
	    EITHER, REFUSE)
	ITEM("a vertical tab before the coding", PH "Transfer-Encoding: \013chunked\r\n\r\n0\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("a form feed behind the coding", PH "Transfer-Encoding: chunked\014\r\n\r\n0\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("identity alone", PH "Transfer-Encoding: identity\r\n" CL5, REFUSE, REFUSE)
	ITEM("a coding with a space before the colon",
	    PH "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a coding behind NUL", PH "Transfer-Encoding: \0chunked\r\n\r\n0\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("what may come behind chunks", PH "TE: trailers\r\n" CHUNKED "2\r\n{}\r\n0\r\n\r\n",
	    ACCEPT, ACCEPT)
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
	ITEM("a tab before the colon", "GET /mcp HTTP/1.1\r\n" H "X\t: a\r\n\r\n", REFUSE, REFUSE)
	ITEM("a quote in a name", "GET /mcp HTTP/1.1\r\n" H "X\"Y: a\r\n\r\n", REFUSE, REFUSE)
	ITEM("a slash in a name", "GET /mcp HTTP/1.1\r\n" H "X/Y: a\r\n\r\n", REFUSE, REFUSE)
	ITEM("a space in a name", "GET /mcp HTTP/1.1\r\n" H "X Y: a\r\n\r\n", REFUSE, REFUSE)
	ITEM("an at sign in a name", "GET /mcp HTTP/1.1\r\n" H "X@Y: a\r\n\r\n", REFUSE, REFUSE)
	ITEM("NUL in a name", "GET /mcp HTTP/1.1\r\n" H "X\0Y: a\r\n\r\n", REFUSE, REFUSE)
	ITEM("BEL in a value", "GET /mcp HTTP/1.1\r\n" H "X: \007\r\n\r\n", REFUSE, REFUSE)
	ITEM("ESC in a value", "GET /mcp HTTP/1.1\r\n" H "X: \033[0m\r\n\r\n", REFUSE, REFUSE)
	ITEM("a vertical tab in a value", "GET /mcp HTTP/1.1\r\n" H "X: a\013b\r\n\r\n",
	    REFUSE, REFUSE)
	ITEM("byte 255 in a value", "GET /mcp HTTP/1.1\r\n" H "X: \377\r\n\r\n", EITHER, ACCEPT)
	ITEM("a tab in a value", "GET /mcp HTTP/1.1\r\n" H "X: a\tb\r\n\r\n", ACCEPT, ACCEPT)
	ITEM("a folded first field", "GET /mcp HTTP/1.1\r\n " H "\r\n", REFUSE, REFUSE)
	ITEM("a line of spaces", "GET /mcp HTTP/1.1\r\n" H "   \r\n\r\n", REFUSE, REFUSE)
	ITEM("two CR before the last LF", "GET /mcp HTTP/1.1\r\n" H "\r\r\n", REFUSE, REFUSE)
	ITEM("LF and CR in the wrong order", "GET /mcp HTTP/1.1\n\rHost: {host}\n\r\n\r",
	    REFUSE, REFUSE)
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
	ITEM("CONNECT", "CONNECT {host} HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("TRACE", "TRACE /mcp HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", REFUSE, REFUSE)
	ITEM("a hello of TLS", "\026\003\001\0\005\001\0\0\001\0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a banner of SSH", "SSH-2.0-x\r\n\r\n", REFUSE, REFUSE)
	ITEM("a line of the PROXY protocol",
	    "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET /health HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("an answer", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", REFUSE, REFUSE)
	ITEM("no version but a space", "GET /mcp \r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("HTTP/1", "GET /mcp HTTP/1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("HTTP/1.", "GET /mcp HTTP/1.\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("HTTP/01.1", "GET /mcp HTTP/01.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("HTTP/1,1", "GET /mcp HTTP/1,1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("HTTPS/1.1", "GET /mcp HTTPS/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("a word behind the version", "GET /mcp HTTP/1.1 x\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("a tab behind the version", "GET /mcp HTTP/1.1\t\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("a vertical tab in the line", "GET\013/mcp HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("LF before the version", "GET /mcp\nHTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("CR before the version", "GET /mcp\rHTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("DEL in the target", "GET /m\177 HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("a second request in the target",
	    "GET /a HTTP/1.1 GET /b HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("a method of sixty letters", "GETGETGETGETGETGETGETGETGETGETGETGETGETGETGETGET"
	    "GETGETGETGET /mcp HTTP/1.1\r\n" H "\r\n", REFUSE, REFUSE)
	ITEM("an escaped NUL in the target", "GET /health%00 HTTP/1.1\r\n" H "\r\n", EITHER, ACCEPT)
	ITEM("two slashes", "GET //health HTTP/1.1\r\n" H "\r\n", EITHER, ACCEPT)
	ITEM("dots in the target", "GET /x/../health HTTP/1.1\r\n" H "\r\n", EITHER, ACCEPT)
	/* Host. */
	ITEM("no Host", P CL5, REFUSE, REFUSE)
	ITEM("two Hosts", PH "Host: b.example\r\n" CL5, REFUSE, REFUSE)
	ITEM("an empty Host", P "Host:\r\n" CL5, REFUSE, REFUSE)
	ITEM("a list of Hosts", P "Host: {host}, b.example\r\n" CL5, REFUSE, REFUSE)
	ITEM("a Host with a user in it", P "Host: me@{host}\r\n" CL5, REFUSE, REFUSE)
	ITEM("a Host with byte 128", P "Host: {host}\200\r\n" CL5, REFUSE, REFUSE)
	ITEM("the same Host twice", PH H CL5, REFUSE, REFUSE)
	ITEM("a Host in small letters besides", PH "host: {host}\r\n" CL5, REFUSE, REFUSE)
	ITEM("a Host with a path", P "Host: {host}/x\r\n" CL5, REFUSE, REFUSE)
	ITEM("a Host with a query", P "Host: {host}?x\r\n" CL5, REFUSE, REFUSE)
	ITEM("a Host with a space inside", P "Host: {host} b\r\n" CL5, REFUSE, REFUSE)
	ITEM("a Host with a tab inside", P "Host: {host}\tb\r\n" CL5, REFUSE, REFUSE)
	ITEM("a Host with a backslash", P "Host: {host}\\b\r\n" CL5, REFUSE, REFUSE)
	ITEM("a Host with a space before the colon", P "Host : {host}\r\n" CL5, REFUSE, REFUSE)
	ITEM("a folded Host", P "Host:\r\n {host}\r\n" CL5, REFUSE, REFUSE)
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
	ITEM("a chunk size with a plus", PH CHUNKED "+2\r\n{}\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a space before the chunk size", PH CHUNKED " 2\r\n{}\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a tab behind the chunk size", PH CHUNKED "2\t\r\n{}\r\n0\r\n\r\n", EITHER, REFUSE)
	ITEM("a chunk size with an h", PH CHUNKED "2h\r\n{}\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a chunk size with an underscore", PH CHUNKED "0_2\r\n{}\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("NUL in a chunk size", PH CHUNKED "2\0\r\n{}\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("two CR behind a chunk size", PH CHUNKED "2\r\r\n{}\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("LF and CR behind a chunk", PH CHUNKED "2\r\n{}\n\r0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a lone LF behind a chunk", PH CHUNKED "2\r\n{}\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a lone LF in an extension", PH CHUNKED "2;a\nb\r\n{}\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a lone CR in an extension", PH CHUNKED "2;a\rb\r\n{}\r\n0\r\n\r\n", REFUSE, REFUSE)
	ITEM("a size in capitals", PH CHUNKED "A\r\n0123456789\r\n0\r\n\r\n", ACCEPT, ACCEPT)
	ITEM("a size in small letters", PH CHUNKED "a\r\n0123456789\r\n0\r\n\r\n", ACCEPT, ACCEPT)
	ITEM("a last chunk of two zeros", PH CHUNKED "2\r\n{}\r\n00\r\n\r\n", EITHER, ACCEPT)
	ITEM("a length as a trailer", PH CHUNKED "2\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n",
	    EITHER, REFUSE)
	ITEM("a coding as a trailer", PH CHUNKED "2\r\n{}\r\n0\r\nTransfer-Encoding: x\r\n\r\n",
	    EITHER, REFUSE)
	ITEM("a Host as a trailer", PH CHUNKED "2\r\n{}\r\n0\r\nHost: b.example\r\n\r\n",
	    EITHER, REFUSE)
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
	ITEM("close and keep-alive", "GET /health HTTP/1.1\r\n" H
	    "Connection: close, keep-alive\r\n\r\n", ACCEPT, ACCEPT)
	ITEM("a wish for WebSocket", "GET /mcp HTTP/1.1\r\n" H "Connection: Upgrade\r\n"
	    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n", ACCEPT, ACCEPT)
	ITEM("a connection that should forget the Host", "GET /health HTTP/1.1\r\n" H
	    "Connection: Host\r\n\r\n", EITHER, ACCEPT)
	ITEM("100-continue without a body", "GET /health HTTP/1.1\r\n" H
	    "Expect: 100-continue\r\n\r\n", EITHER, ACCEPT)
	ITEM("100-continue with chunks", PH "Expect: 100-continue\r\n" CHUNKED
	    "2\r\n{}\r\n0\r\n\r\n", ACCEPT, ACCEPT)
	ITEM("an empty expectation", PH "Expect:\r\n" CL5, EITHER, REFUSE)
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
