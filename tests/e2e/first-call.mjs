// Signs in at the sandbox as a newcomer, makes a token and calls a tool through
// the official SDK client.  Arguments: server, sandbox, account.
import { sdk1 } from './lib/clients.mjs';
import { member } from './lib/journey.mjs';
import { Sandbox } from './lib/system.mjs';

const [url, sandbox, user] = process.argv.slice(2);
const who = await member({ url, sandbox: new Sandbox(sandbox) }, user);
const client = await sdk1(who.endpoint, who.token);
const result = await client.call('search', { query: 'rain', types: ['track'], limit: 3 });
console.log(result.content[0].text);
await client.close();
process.exit(result.isError ? 1 : 0);
