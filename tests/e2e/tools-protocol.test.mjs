// What the protocol offers around the tools, through the real SDKs in both eras:
// prompts, completion, resources that can be subscribed to, questions before
// something is lost, progress, cancellation.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sdk1, sdk2 } from './lib/clients.mjs';
import { member } from './lib/journey.mjs';
import { System, sleep, until } from './lib/system.mjs';

const PLAYER = 'spotify://player', UPDATED = 'notifications/resources/updated';
const PROMPTS = ['build_playlist', 'tidy_playlist', 'what_is_this_song', 'import_list', 'podcast_catch_up', 'set_the_room'];
const kinds = {
  'SDK v1': (url, token) => sdk1(url, token),
  'SDK v2, 2026-07-28': (url, token) => sdk2(url, token),
  'SDK v2, handshake': (url, token) => sdk2(url, token, { era: 'legacy' }),
};

let system, juniper, marlow, wren, clients;
before(async () => {
  // The pace of requests is not what is tried here.
  system = await System.start({ name: 'tools-protocol', config: '[limits]\nspotify_per_second = 50\n[spotify]\ncalls_per_30s = 0\n' });
  [juniper, marlow, wren] = await Promise.all(['juniper', 'marlow', 'wren'].map(user => member(system, user)));
  clients = {};
  for (const [name, connect] of Object.entries(kinds)) clients[name] = await connect(juniper.endpoint, juniper.token);
});
after(async () => {
  for (const client of Object.values(clients ?? {})) await client.close().catch(() => {});
  await system?.stop();
});

const each = (what, body) => {
  for (const name of Object.keys(kinds)) test(`${name}: ${what}`, () => body(clients[name], name));
};
/** Where both handshake clients go the same way, one is enough. */
const most = (what, body) => {
  for (const name of Object.keys(kinds).slice(0, 2)) test(`${name}: ${what}`, () => body(clients[name], name));
};
/** Requests that reached Spotify while doing something. */
async function requests(user, body) {
  const from = (await system.sandbox.get('record?limit=1&since=0')).dropped ?? 0;
  const last = async since => {
    let rows = [], next = since, more = true;
    while (more) {
      const part = await system.sandbox.get(`record?since=${next}`);
      rows = rows.concat(part.requests ?? part.record ?? part.entries);
      ({ next, more } = part);
    }
    return { rows, next };
  };
  const { next } = await last(from);
  await body();
  return (await last(next)).rows.filter(r => r.user === user);
}
const structured = result => {
  assert.ok(!result.isError, JSON.stringify(result.content));
  return result.structuredContent;
};
const tracks = async (client, query, limit) => structured(await client.call('search', { query, types: ['track'], limit })).items.map(i => i.url);
/** A playlist with these entries; its link. */
async function made(client, name, uris) {
  return structured(await client.call('create_playlist', { name, uris })).url;
}
const entries = async url => (await system.sandbox.get(`playlist?id=${url.split('/').pop()}`)).entries.length;

each('six prompts, filled in with what the person says', async client => {
  assert.deepEqual((await client.prompts()).map(p => p.name), PROMPTS);
  const got = await client.prompt('set_the_room', { occasion: 'dinner with guests', device: 'Kitchen' });
  assert.equal(got.messages[0].role, 'user');
  assert.match(got.messages[0].content.text, /device: Kitchen[^]*occasion: dinner with guests/);
  assert.match((await client.prompt('build_playlist', { mood: '100 % rain' })).messages[0].content.text, /about 60 minutes[^]*100 % rain/);
  await assert.rejects(client.prompt('tidy_playlist', {}), /playlist is missing/);
});

each('arguments complete from the person\'s own playlists, devices and library', async client => {
  const own = structured(await client.call('list_playlists', { limit: 50 })).playlists;
  const ref = { type: 'ref/prompt', name: 'tidy_playlist' };
  const { completion } = await client.complete(ref, 'playlist', 'ODDS');
  assert.deepEqual(completion.values, ['Odds and Ends']);
  assert.equal((await client.complete(ref, 'playlist', '')).completion.values.length, own.length);
  const { devices } = structured(await client.call('list_devices'));
  assert.deepEqual((await client.complete({ type: 'ref/prompt', name: 'set_the_room' }, 'device', '')).completion.values, devices.map(d => d.name));
  assert.deepEqual((await client.complete({ type: 'ref/prompt', name: 'set_the_room' }, 'occasion', 'di')).completion.values, ['dinner with guests']);

  const template = { type: 'ref/resource', uri: 'spotify://{type}/{id}' };
  assert.ok((await client.templates()).some(t => t.uriTemplate === template.uri));
  const ids = async (type, value) => (await client.client.complete({ ref: template, argument: { name: 'id', value }, context: { arguments: { type } } })).completion.values;
  const saved = structured(await client.call('get_library', { kind: 'albums', limit: 50 })).items;
  assert.deepEqual((await ids('album', '')).sort(), saved.map(i => i.url.split('/').pop()).sort());
  const [odds] = await ids('playlist', 'odds and');
  assert.equal(JSON.parse((await client.read(`spotify://playlist/${odds}`)).contents[0].text).items[0].name, 'Odds and Ends');
  assert.deepEqual((await client.complete(template, 'type', 'a')).completion.values, ['album', 'artist', 'audiobook']);
  assert.deepEqual(await ids('nonsense', ''), []);
});

test('what is typed letter by letter costs one look at the list', async () => {
  const client = await sdk2(wren.endpoint, wren.token);
  const made = await requests('wren', async () => {
    for (const typed of ['', 'E', 'Ev', 'Eve', 'Ever', 'Every'])
      await client.complete({ type: 'ref/prompt', name: 'tidy_playlist' }, 'playlist', typed);
  });
  assert.ok(made.length >= 1 && made.length <= 4, made.map(r => r.path).join());
  assert.ok(made.every(r => r.path.startsWith('/v1/me/playlists')));
  await client.close();
});

each('spotify://me says whose account it is', async client => {
  assert.ok((await client.resources()).some(r => r.uri === 'spotify://me'));
  const me = JSON.parse((await client.read('spotify://me')).contents[0].text);
  assert.equal(me.spotify_id, 'juniper');
  assert.match(me.url, /^https:\/\/open\.spotify\.com\/user\//);
});

each('the instructions are short and name no tool that is not there', async client => {
  const text = client.client.getInstructions();
  assert.ok(text.length > 500 && Buffer.byteLength(text) < 2048, String(text?.length));
  const tools = (await client.list()).map(t => t.name);
  for (const [name] of text.matchAll(/\b(get|list|play|undo|delete)_[a-z_]+/g)) assert.ok(tools.includes(name), name);
});

each('the person is asked before entries are lost; no means no', async (client, name) => {
  const [a, b, c] = await tracks(client, 'the', 3);
  const url = await made(client, `Asked by ${name}`, [a, b, c, a]);
  const asked = () => client.asked.filter(q => q.method === 'elicitation/create').map(q => q.params.message);
  const before = asked().length;
  client.answers.elicit = () => ({ action: 'decline' });
  for (const [tool, args] of [['remove_from_playlist', { uris: [b] }], ['dedupe_playlist', {}], ['replace_playlist', { uris: [c] }],
    ['reorder_playlist', { sort_by: 'name', descending: true }], ['replace_playlist', { uris: [] }]].slice(name.includes('handshake') ? 3 : 0)) {
    const dry = await client.call(tool, { playlist: url, ...args, dry_run: true });
    assert.ok(!dry.isError, JSON.stringify(dry.content));
    const count = asked().length;
    const answer = await client.call(tool, { playlist: url, ...args });
    assert.equal(asked().length, count + 1, `${tool} did not ask, or asked in a rehearsal`);
    assert.ok(asked().at(-1).includes(`Asked by ${name}`), asked().at(-1));
    assert.ok(answer.isError && /did not agree/.test(answer.content[0].text), JSON.stringify(answer));
    assert.equal(await entries(url), 4);
  }
  client.answers.elicit = () => ({ action: 'accept', content: {} });
  assert.equal(structured(await client.call('remove_from_playlist', { playlist: url, uris: [b] })).verified, true);
  assert.equal(await entries(url), 3);
  assert.match(asked().at(-1), /^Remove 1 of the 4 entries/);
  const moved = await client.call('reorder_playlist', { playlist: url, from: 0, to: 1 });
  assert.ok(!moved.isError);
  assert.equal(asked().length, before + (name.includes('handshake') ? 3 : 6), 'a single move was asked about');
});

most('long calls tell how far they are, and it only grows', async client => {
  const few = await tracks(client, 'a', 50);
  const uris = Array.from({ length: 420 }, (_, i) => few[i % few.length]);
  const url = await made(client, 'Long', []);
  const told = [];
  // Five a second at most are told.
  await system.sandbox.post('faults', { path: '/v1/playlists', kind: 'slow', method: 'POST', ms: 300, count: -1 });
  structured(await client.call('add_to_playlist', { playlist: url, uris }, { onprogress: p => told.push(p) }));
  await system.sandbox.delete('faults');
  assert.ok(told.length >= 2, JSON.stringify(told));
  for (let i = 1; i < told.length; i++) assert.ok(told[i].progress > told[i - 1].progress, JSON.stringify(told));
  for (const p of told) assert.ok(p.total === undefined || p.progress <= p.total, JSON.stringify(told));
  assert.ok(told.some(p => p.total >= 420), JSON.stringify(told));
});

most('a call that is cancelled stops half-way and leaves the playlist whole', async client => {
  const few = await tracks(client, 'a', 50);
  const uris = Array.from({ length: 1000 }, (_, i) => few[i % few.length]);
  const url = await made(client, 'Cut short', []);
  await system.sandbox.post('faults', { path: '/v1/playlists', kind: 'slow', method: 'POST', ms: 500, count: -1 });
  const stop = new AbortController();
  const call = client.call('add_to_playlist', { playlist: url, uris }, { signal: stop.signal });
  await until('some parts to be in', async () => await entries(url) >= 200, 15000);
  stop.abort();
  await assert.rejects(call);
  await system.sandbox.delete('faults');
  await sleep(1500);
  const n = await entries(url);
  assert.ok(n >= 200 && n < 1000 && n % 100 === 0, `${n} entries`);
  await sleep(1000);
  assert.equal(await entries(url), n);
  // And the worker is as good as before.
  structured(await client.call('get_playlist', { playlist: url, limit: 1 }));
});

test('who subscribes to the player hears of a change, in both eras, and of nothing else', async () => {
  const all = Object.values(clients);
  const updates = client => client.times(UPDATED);
  for (const client of all) await client.watch(PLAYER);
  await sleep(3000);
  assert.deepEqual(all.map(updates), [0, 0, 0], 'something was told although nothing changed');
  // The person's own change is told at once, to everyone.
  structured(await all[0].call('set_volume', { percent: 41 }));
  await until('everyone to hear of it', () => all.every(c => updates(c) === 1), 8000);
  for (const client of all) assert.equal(client.heard.findLast(n => n.method === UPDATED).params.uri, PLAYER);
  // One from elsewhere within the pace of the looks; the music going on is none.
  const { devices } = await system.sandbox.get('player?user=juniper');
  const seen = await requests('juniper', async () => {
    await sleep(10500);
    assert.deepEqual(all.map(updates), [1, 1, 1], 'progress was told as a change');
    await system.sandbox.post('device', { user: 'juniper', name: devices[0].name, volume: 77 });
    await until('the change to be told', () => all.every(c => updates(c) === 2), 25000);
  });
  assert.ok(seen.every(r => r.path.startsWith('/v1/me/player')) && seen.length <= 4, seen.map(r => r.path).join());
  // Who does not want it any more hears nothing, the others do.
  await all[1].unwatch(PLAYER);
  await sleep(500);
  structured(await all[0].call('set_volume', { percent: 42 }));
  await until('the others to hear', () => updates(all[0]) === 3 && updates(all[2]) === 3, 8000);
  assert.equal(updates(all[1]), 2);
  for (const client of [all[0], all[2]]) await client.unwatch(PLAYER);
});

test('a session of the handshake era goes on hearing of changes when its worker has died', async () => {
  const two = [clients['SDK v1'], clients['SDK v2, handshake']];
  for (const client of two) await client.watch(PLAYER);
  await sleep(2000);   // What they want is stored soon after.
  for (const p of system.processes().filter(p => p.name.startsWith('tonearm-worker'))) process.kill(p.pid, 'SIGKILL');
  await until('a new worker', async () => !(await two[0].call('get_status')).isError, 20000);
  await sleep(4000);   // They open their streams again, and the player is looked at.
  const from = two.map(client => client.times(UPDATED));
  structured(await two[0].call('set_volume', { percent: 55 }));
  await until('both to hear of it', () => two.every((client, i) => client.times(UPDATED) > from[i]), 10000);
  for (const client of two) await client.unwatch(PLAYER);
});

test('a change in the sixtieth playlist is told, and each look asks once a page', async () => {
  const otter = await member(system, 'otter'), client = await sdk2(otter.endpoint, otter.token);
  for (let i = 0; i < 60; i++) await system.sandbox.post('playlist', { owner: 'otter', name: `Box ${i}`, uris: [] });
  const { cursor, total } = structured(await client.call('list_playlists', { limit: 50 }));
  const url = structured(await client.call('list_playlists', { limit: 50, cursor })).playlists[9].url;
  assert.ok(total >= 60, String(total));
  const [saved, ...uris] = await tracks(clients['SDK v1'], 'night', 3);
  const seen = await requests('otter', async () => {
    await client.watch('spotify://playlists');
    await sleep(3000);
    await system.sandbox.post('playlist', { id: url.split('/').pop(), uris });
    // A change of one's own, wherever, brings the next look forward.
    structured(await client.call('save_to_library', { uris: [saved] }));
    await until('the list to be told', () => client.times(UPDATED) >= 1, 12000).finally(() => client.close());
  });
  const pages = seen.filter(r => r.method === 'GET' && r.path.includes('/me/playlists')).map(r => /offset=(\d+)/.exec(r.path)[1]);
  assert.deepEqual(pages, ['0', '50', '0', '50']);
});

// The last: a quota that is used up is so for everybody of the application.
test('a playlist that is subscribed to is told when it changes; a quota that is used up ends the looks; without listeners there are none', async () => {
  const client = await sdk2(marlow.endpoint, marlow.token);
  const url = await made(client, 'Watched', await tracks(client, 'night', 2));
  const uri = `spotify://playlist/${url.split('/').pop()}`;
  await client.watch(uri);
  await client.watch('spotify://playlists');
  await sleep(3500);
  structured(await client.call('add_to_playlist', { playlist: url, uris: await tracks(client, 'day', 1) }));
  await until('the playlist to be told', () => client.heard.some(n => n.method === UPDATED && n.params.uri === uri), 12000);
  await until('the list to be told', () => client.heard.some(n => n.method === UPDATED && n.params.uri === 'spotify://playlists'), 12000);
  await client.unwatch(uri);
  await client.unwatch('spotify://playlists');

  await system.sandbox.post('faults', { path: '/v1/me/player', kind: 'quota_exceeded', user: 'marlow', count: -1 });
  let idle;
  const seen = await requests('marlow', async () => {
    await client.watch(PLAYER);
    // Nobody listens for juniper any more.
    idle = await requests('juniper', () => sleep(13000));
  });
  assert.deepEqual(idle.map(r => r.path), []);
  await system.sandbox.delete('faults');
  assert.equal(seen.filter(r => r.path.startsWith('/v1/me/player')).length, 1, seen.map(r => `${r.method} ${r.path} ${r.status}`).join());
  await client.close();
});
