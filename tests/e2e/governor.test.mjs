// One Spotify application and all who share it: nobody is starved by a busy one,
// what Spotify says to one holds for all at once, what was used up stays used up
// over a restart and on another node, and a fault of Spotify's sign-in service
// ends nobody's sign-in.  docs/governor.md says why.
// Alone: it measures pauses and who waits for whom.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Database } from './lib/database.mjs';
import { Held } from './lib/held.mjs';
import { member } from './lib/journey.mjs';
import { makePeople } from './lib/people.mjs';
import { modern } from './lib/rpc.mjs';
import { System, build, freePort, sleep, until } from './lib/system.mjs';

const PACE = 80, DAY = 100, LIBRARY = 7;
let system, database, ada, ben;

before(async () => {
  system = await System.start({ name: 'governor',
    config: `[spotify]\ncalls_per_day_family = ${DAY}\ncalls_per_30s = ${PACE}\n[limits]\nspotify_per_second = 1000\n` });
  database = new Database(system);
  [ada, ben] = [await member(system, 'marlow'), await member(system, 'wren')];
}, { timeout: 120000 });
after(async () => { await system?.stop(); });

/** One call; {ok, text, data, ms}. */
async function ask(person, name, args = {}, endpoint = person.endpoint) {
  const began = Date.now();
  const answer = await modern(endpoint, person.token, 'tools/call', { name, arguments: args });
  assert.equal(answer.status, 200, answer.text);
  const { result } = answer.json;
  return { ok: result.isError !== true, text: result.content[0].text, data: result.structuredContent, ms: Date.now() - began };
}

/** What reached Spotify's API since. */
async function reached(path, since) {
  const { entries } = await system.sandbox.get(`record?since=${since}&limit=10000`);
  return entries.filter(r => r.path.startsWith(path));
}
const now = async () => (await system.sandbox.get('record?limit=10000')).next;

test('a quota that one used up is used up for all, and they hear until when', async () => {
  await system.sandbox.post('faults', { path: '/v1/me/top', kind: 'quota_exceeded', retry_after: 50000, count: 1 });
  assert.ok((await ask(ben, 'list_devices')).ok);
  const since = await now();
  const until_ = /Today's allowance of this Spotify application for listening history is used up\. It comes back in 13 h 5\d min \(at \d{4}-\d\d-\d\d \d\d:\d\d UTC\)/;
  const first = await ask(ada, 'get_top_items', { kind: 'tracks' });
  assert.ok(!first.ok);
  assert.match(first.text, until_);
  // The word is on its way to the other's worker.
  const second = await until('the other to be told', async () => {
    const got = await ask(ben, 'get_top_items', { kind: 'tracks' });
    return !got.ok && got;
  });
  assert.match(second.text, until_);
  assert.ok((await reached('/v1/me/top', since)).length <= 2);
  assert.ok((await ask(ben, 'list_devices')).ok, 'other kinds go on');
  const { data } = await ask(ben, 'get_status');
  assert.deepEqual(data.blocked.map(b => b.family), ['listening history']);
  const page = await ben.person.go(`${system.url}/account`);
  assert.match(page.html, /<dt>listening history<\/dt>[^]*?Closed until \d\d:\d\d UTC/);
});

test('Retry-After is kept to the second, by all', { timeout: 60000 }, async () => {
  for (const [seconds, waits] of [[8, false], [3, true]]) {
    await system.sandbox.post('faults', { path: '/v1/me/player/devices', kind: 'rate_limit', retry_after: seconds, count: 1 });
    const since = await now();
    const first = ask(ada, 'list_devices');
    await until('Spotify to say so', async () => (await reached('/v1/me/player/devices', since)).length > 0);
    const said = Date.now();
    await sleep(300);
    let refusals = 0;
    for (;;) {
      const got = await ask(ben, 'get_queue');
      if (got.ok) break;
      refusals++;
      assert.match(got.text, /Spotify asks all users of this application to pause\. Try again in \d+ seconds?/);
      await sleep(100);
    }
    const paused = Date.now() - said;
    assert.ok(paused >= seconds * 1000 - 100 && paused < seconds * 1000 + 4000, `${seconds} s: ${paused} ms`);
    if (!waits) assert.ok(refusals > 0);
    assert.equal((await first).ok, waits, (await first).text);
    // Nobody asked anything in between.
    const [told, ...rest] = await reached('/v1/', since);
    assert.equal(told.status, 429);
    for (const r of rest)
      assert.ok(Date.parse(r.time) - Date.parse(told.time) >= seconds * 1000 - 1000, JSON.stringify([told, r]));
  }
});

test('a day that is used up stays so, on another node and after a restart', { timeout: 90000 }, async () => {
  database.sql(`INSERT INTO tonearm.quota_hour (app, family, hour, used)
    SELECT id, ${LIBRARY}, date_trunc('hour', now(), 'UTC'), ${DAY} FROM tonearm.app
    ON CONFLICT (app, family, hour) DO UPDATE SET used = ${DAY}`);
  const sentence = new RegExp('The calls for library that Tonearm allows this Spotify application in a day, .* are used up; this was not sent\\. ' +
    'It goes on in \\d+ (h \\d+ )?min \\(at .* UTC\\)');
  const library = endpoint => ask(ada, 'get_library', { kind: 'tracks' }, endpoint);
  const here = await library();
  assert.ok(!here.ok);
  assert.match(here.text, sentence);
  const held = await Held.create(system, { name: 'governor-held', where: await freePort() });
  try {
    const there = `http://127.0.0.1:${held.upstream}/mcp`;
    assert.match((await library(there)).text, sentence);
    await held.restart();
    assert.match((await library(there)).text, sentence);
    // The quota that Spotify told the first node, too.
    assert.match((await ask(ada, 'get_top_items', { kind: 'tracks' }, there)).text, /Today's allowance/);
  } finally {
    await held.stop();
  }
});

test('a busy one leaves room for the others', { timeout: 60000 }, async () => {
  for (const person of [ada, ben]) assert.ok((await ask(person, 'list_devices')).ok);
  const since = await now();
  let stop = false, n = 0;
  const refused = [];
  const busy = Array.from({ length: 6 }, async (_, i) => {
    while (!stop) {
      const got = await ask(ada, 'search', { query: `word${i} ${n++}`, types: ['track'] });
      if (!got.ok) {
        refused.push(got.text);
        await sleep(100);
      }
    }
  });
  await until('the busy one to be held back', () => refused.length > 3, 20000);
  for (let i = 0; i < 8; i++) {
    const got = await ask(ben, 'get_queue');
    assert.ok(got.ok, got.text);
    assert.ok(got.ms < 3000, `${got.ms} ms`);
  }
  stop = true;
  await Promise.all(busy);
  const searches = await reached('/v1/search', since);
  assert.ok(searches.length >= 10 && searches.length <= PACE / 2 + 2, `${searches.length} searches went through`);
  assert.ok(searches.every(r => r.status === 200));
  for (const text of refused)
    assert.match(text, /^(Others use the same Spotify application, and your share of what it may ask within half a minute is used up|The users of this Spotify application have asked as much as it may within half a minute), so this was not sent\. Try again in \d+ seconds?\.$/);
});

test('get_status and the account page say what is left', async () => {
  const { data, text } = await ask(ben, 'get_status');
  assert.equal(data.daily_bound, DAY);
  const search = data.today.find(f => f.family === 'search');
  assert.ok(search.used >= 10 && search.left === DAY - search.used, JSON.stringify(search));
  assert.match(text, new RegExp(`search ${search.left} of ${DAY}`));
  const page = await ada.person.go(`${system.url}/account`);
  assert.match(page.html, /<h2 id="left">What is left today<\/h2>/);
  assert.match(page.html, new RegExp(`<dt>search</dt>[^]*?<strong>${search.left}</strong> of ${DAY} left`));
});

test('when Spotify ends many sign-ins at once, it is not believed', { timeout: 60000 }, async () => {
  const people = (await makePeople({ build, configuration: `${system.state}/tonearm.conf`, sandbox: system.sandbox.url, count: 7, prefix: 'end' }))
    .map(p => ({ ...p, endpoint: ada.endpoint }));
  const outcomes = [];
  for (const person of people) {
    await until(`${person.user} to be served`, async () => (await ask(person, 'list_devices')).ok, 35000);
    await system.sandbox.post('revoke', { user: person.user, access: true });
  }
  for (const person of people)
    outcomes.push(await until(`${person.user} to hear of it`, async () => {
      const got = await ask(person, 'get_queue');
      return /sign/i.test(got.text) && got.text;
    }, 35000));
  const believed = outcomes.findIndex(text => /trouble with sign-ins/.test(text));
  assert.equal(believed, 3, outcomes.join('\n'));
  for (const text of outcomes.slice(0, 3)) assert.match(text, /Sign in again at/);
  for (const text of outcomes.slice(3)) assert.match(text, /it says of many people at once .* nobody has to sign in again/);
  const alarms = system.log().filter(l => l.event === 'consents_doubted');
  assert.equal(alarms.length, 1);
  assert.equal(alarms[0].level, 'error');
  // Nothing was discarded.
  assert.equal(database.sql("SELECT count(*) FROM tonearm.sealed AS s JOIN tonearm.person AS p ON p.id = s.person WHERE s.kind = 1 AND p.spotify_id LIKE 'end%'"), String(people.length));
});

test('without the database a tenth of a day may still be asked', { timeout: 90000 }, async () => {
  // Longer than a pause of the tests before.
  await until('a quiet half minute', async () => (await ask(ben, 'list_playlists')).ok, 35000);
  database.stop();
  const since = await now();
  let served = 0;
  const refused = await until('an end', async () => {
    const got = await ask(ben, 'list_playlists');
    served += got.ok;
    return !got.ok && got.text;
  }, 60000);
  assert.match(refused, /Tonearm cannot reach its database, which counts the calls to Spotify, and the few that may be made for playlists without it are used up; this was not sent\. Try again in \d+ seconds?\./);
  // A block that was leased before is used up, too.
  assert.ok(served >= DAY / 10 && served <= DAY / 10 + 20, `${served} were served`);
  assert.equal((await reached('/v1/me/playlists', since)).length, served);
  assert.ok((await ask(ben, 'list_devices')).ok, 'other kinds go on');
  await database.start();
  await until('service to return', async () => (await ask(ben, 'list_playlists')).ok, 30000);
});
