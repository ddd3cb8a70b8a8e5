// The door through which the suite comes: it cannot send a token, so this puts
// one on each request and passes all else through as it came, Host and Origin
// with it, so that the server itself must judge them.  /NAME/mcp is the
// endpoint as the person NAME, /NAME/streams/mcp the same for a client that takes
// event streams only; every other path goes through untouched.
import http from 'node:http';

/** The same fields, but nothing else than event streams is accepted. */
const streamsOnly = fields => fields.map((value, i) => (i % 2 && /^accept$/i.test(fields[i - 1]) ? 'text/event-stream' : value));

/** Listens at port before the server at upstream (a port); tokens is a Map from
 *  names to tokens, read at each request. */
export async function openDoor(port, upstream, tokens) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
  const server = http.createServer((request, response) => {
    const as = request.url.match(/^\/([a-z]+)(\/streams)?\/mcp(?=$|[/?])/);
    const token = as && tokens.get(as[1]);
    const onward = http.request({
      agent, port: upstream, host: '127.0.0.1', method: request.method, setHost: false,
      path: token ? request.url.slice(request.url.indexOf('/mcp')) : request.url,
      headers: [...(as?.[2] ? streamsOnly(request.rawHeaders) : request.rawHeaders), ...(token ? ['Authorization', `Bearer ${token}`] : [])],
    }, answer => {
      response.writeHead(answer.statusCode, answer.statusMessage, answer.rawHeaders);
      response.flushHeaders();
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    onward.setNoDelay(true);
    onward.on('error', error => {
      if (response.headersSent) return response.destroy();
      response.writeHead(502, { 'content-type': 'text/plain' });
      response.end(String(error));
    });
    // A client that leaves takes its request with it.
    response.on('close', () => { if (!response.writableFinished) onward.destroy(); });
    request.pipe(onward);
  });
  server.requestTimeout = 0;
  await new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}
