// For comparison: a server with the official TypeScript SDK (stateful sessions,
// JSON answers) that has as many tools as ours, with the same descriptions.
//
//   node sdk-server.mjs PORT TOOLS.json
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const from = createRequire(new URL('../e2e/package.json', import.meta.url));
const { McpServer } = from('@modelcontextprotocol/sdk/server/mcp.js');
const { StreamableHTTPServerTransport } = from('@modelcontextprotocol/sdk/server/streamableHttp.js');
const { z } = from('zod');

/** JSON Schema of our tools as zod writes it. */
function shape(schema) {
  const kinds = {
    integer: () => z.number().int(), number: () => z.number(), boolean: () => z.boolean(),
    array: () => z.array(shape(schema.items ?? {})), object: () => z.object(shapes(schema)),
  };
  let kind = schema.enum ? z.enum(schema.enum) : (kinds[schema.type] ?? (() => z.string()))();
  if (schema.description) kind = kind.describe(schema.description);
  return kind;
}
const shapes = schema => Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, s]) =>
  [name, schema.required?.includes(name) ? shape(s) : shape(s).optional()]));

const [port, file] = process.argv.slice(2);
const tools = JSON.parse(readFileSync(file, 'utf8'));

function newServer() {
  const server = new McpServer({ name: 'comparison', version: '1' });
  for (const tool of tools)
    server.registerTool(tool.name, { description: tool.description, inputSchema: shapes(tool.inputSchema) },
      async () => ({ content: [{ type: 'text', text: 'x'.repeat(200) }] }));
  return server;
}

const sessions = new Map();
createServer((request, response) => {
  const parts = [];
  request.on('data', part => parts.push(part));
  request.on('end', async () => {
    const body = parts.length ? JSON.parse(Buffer.concat(parts).toString()) : undefined;
    let transport = sessions.get(request.headers['mcp-session-id']);
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID, enableJsonResponse: true,
        onsessioninitialized: id => { sessions.set(id, transport); },
      });
      await newServer().connect(transport);
    }
    await transport.handleRequest(request, response, body);
  });
}).listen(Number(port), '127.0.0.1');
