// Undoing: what was changed through Tonearm is on record and can be taken back, by a
// client and on the account page; and what a killed worker left half done is neither
// done twice nor lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, shoot, fitsPhone } from './lib/browser.mjs';
import { signInBrowser, member } from './lib/journey.mjs';
import { measure, names } from './lib/look.mjs';
import { forms } from './lib/person.mjs';
import { call } from './lib/rpc.mjs';
import { System, sleep, until } from './lib/system.mjs';

let system, juniper, wren, tracks;
before(async () => {
  system = await System.start({ name: 'undo', config: '[limits]\nspotify_per_second = 1000\n' });
  juniper = await member(system, 'juniper');
  wren = await member(system, 'wren');
  const { playlists } = await good(wren, 'list_playlists', { name_contains: 'Everything Ever' });
  tracks = (await stored(playlists[0].url)).filter(uri => uri?.startsWith('spotify:track:'));
  tracks = [...new Set(tracks)];
  assert.ok(tracks.length > 1000);
}, { timeout: 120000 });
after(async () => { await system?.stop(); });

const textOf = result => result.content.map(block => block.text ?? '').join('\n');

async function good(who, name, args = {}) {
  const result = await call(who.endpoint, who.token, name, args);
  assert.ok(!result.isError, `${name}: ${textOf(result)}`);
  return result.structuredContent;
}

async function bad(who, name, args, wanted) {
  const result = await call(who.endpoint, who.token, name, args);
  assert.ok(result.isError, `${name} went well: ${textOf(result)}`);
  assert.match(textOf(result), wanted);
  return textOf(result);
}

/** What a playlist holds, as the sandbox keeps it: URIs. */
async function stored(url) {
  const playlist = await system.sandbox.get(`playlist?id=${url.split('/').at(-1)}`);
  return playlist.entries.map(entry => entry.u ?? null);
}

const changes = async who => (await good(who, 'list_changes')).changes;

/** Kills that worker while its call waits for a slow answer of Spotify. */
async function killDuring(who, name, args, fault) {
  const victim = await system.workerOf(() => good(who, 'get_status'));
  const armed = await system.sandbox.post('faults', { kind: 'slow', ms: 3000, count: 1, user: who.user, ...fault });
  const answer = call(who.endpoint, who.token, name, args).then(textOf, String);
  let early;
  answer.then(text => { early = text; });
  await until('the call to be half-way', async () => early ? assert.fail(early) :
    (await system.sandbox.get('faults')).faults.find(f => f.id === armed.id)?.fired > 0, 30000);
  process.kill(victim, 'SIGKILL');
  assert.match(await answer, /502.*not known/s);
  await system.sandbox.delete('faults');
  await sleep(3500);           // what was on its way to Spotify has arrived, if it does
}

test('changes are listed, and undone in reverse the playlist is what it was', async () => {
  const made = await good(juniper, 'create_playlist', { name: 'Road', uris: tracks.slice(0, 30) });
  const first = await stored(made.url);
  await good(juniper, 'add_to_playlist', { playlist: made.url, uris: tracks.slice(25, 45), position: 3 });
  await good(juniper, 'remove_from_playlist', { playlist: made.url, positions: ['0', '7', '20'] });
  await good(juniper, 'reorder_playlist', { playlist: made.url, from: 2, count: 5, to: 20 });
  await good(juniper, 'replace_playlist', { playlist: made.url, uris: tracks.slice(100, 110) });
  await good(juniper, 'update_playlist', { playlist: made.url, name: 'Other road', description: 'none' });
  const list = await changes(juniper);
  assert.equal(list.length, 6);
  // The token's own name, as the person gave it.
  assert.ok(list.every(c => c.state === 'done' && c.can_undo && c.at && c.what && c.client === 'tests'), JSON.stringify(list));
  const dry = await good(juniper, 'undo_change', { change_id: list[1].change_id, dry_run: true });
  assert.equal(dry.dry_run, true);
  assert.deepEqual(await stored(made.url), tracks.slice(100, 110));
  for (const change of list.slice(0, 5)) {
    const undone = await good(juniper, 'undo_change', { change_id: change.change_id });
    assert.equal(undone.undone, true, JSON.stringify(undone));
  }
  assert.deepEqual(await stored(made.url), first);
  assert.equal((await system.sandbox.get(`playlist?id=${made.url.split('/').at(-1)}`)).name, 'Road');
  await bad(juniper, 'undo_change', { change_id: list[0].change_id }, /undone already/);
  await bad(juniper, 'undo_change', { change_id: 'x' }, /no change with this id/);
  const later = await changes(juniper);
  assert.deepEqual(later.slice(5).map(c => c.state), ['undone', 'undone', 'undone', 'undone', 'undone', 'done']);
  // An undoing is a change like any other.
  await good(juniper, 'undo_change', { change_id: later[0].change_id });
  assert.equal((await stored(made.url)).length, 50);
});

test('what others did since stays', async () => {
  const { url } = await good(juniper, 'create_playlist', { name: 'Shared', uris: tracks.slice(0, 10) });
  await good(juniper, 'add_to_playlist', { playlist: url, uris: tracks.slice(10, 20) });
  await good(juniper, 'add_to_playlist', { playlist: url, uris: tracks.slice(30, 32), position: 12 });
  const second = (await changes(juniper))[1];
  const undone = await good(juniper, 'undo_change', { change_id: second.change_id });
  assert.equal(undone.undone, true);
  assert.deepEqual(await stored(url), [...tracks.slice(0, 10), ...tracks.slice(30, 32)]);
});

test('a deleted playlist is in the trash, and the library can be undone', async () => {
  const { url } = await good(juniper, 'create_playlist', { name: 'Gone soon', uris: tracks.slice(0, 3) });
  const mine = async () => (await good(juniper, 'list_playlists', { name_contains: 'Gone soon' })).playlists.length;
  assert.equal((await good(juniper, 'delete_playlist', { playlist: 'Gone soon' })).deleted, true);
  assert.equal(await mine(), 0);
  const [deleted] = await changes(juniper);
  assert.match(deleted.what, /Deleted the playlist "Gone soon"/);
  assert.equal((await good(juniper, 'undo_change', { change_id: deleted.change_id })).undone, true);
  assert.equal(await mine(), 1);
  assert.deepEqual(await stored(url), tracks.slice(0, 3));
  const wanted = tracks.slice(200, 210), saved = async () => {
    const data = await good(juniper, 'check_library', { uris: wanted });
    return data.items?.map(i => i.saved) ?? data.results?.map(i => i.saved);
  };
  const was = await saved();
  await good(juniper, 'save_to_library', { uris: wanted });
  const [change] = await changes(juniper);
  await good(juniper, 'undo_change', { change_id: change.change_id });
  assert.deepEqual(await saved(), was);
  await bad(juniper, 'delete_playlist', { playlist: 'No such' }, /None of/);
});

test('a worker killed in the middle of a long add: nothing twice, and it can go on or back', async () => {
  const uris = tracks.slice(0, 1000);
  for (const finish of [true, false]) {
    const { url } = await good(wren, 'create_playlist', { name: `Long ${finish}`, uris: tracks.slice(1000, 1003) });
    const before = await stored(url);
    await killDuring(wren, 'add_to_playlist', { playlist: url, uris }, { method: 'POST', path: '/v1/playlists', skip: 4 });
    const half = (await stored(url)).length;
    assert.ok(half > 3 && half < 1003, `${half} entries`);
    const sentence = await until('the next worker', async () => bad(wren, 'add_to_playlist', { playlist: url, uris }, /interrupted/), 15000);
    assert.equal((await stored(url)).length, half);
    const [change] = await changes(wren);
    assert.ok(sentence.includes(change.change_id));
    assert.equal(change.state, 'unfinished');
    assert.equal(change.can_finish, true);
    const data = await good(wren, 'undo_change', { change_id: change.change_id, finish });
    assert.equal(finish ? data.finished : data.undone, true, JSON.stringify(data));
    assert.deepEqual(await stored(url), finish ? [...before, ...uris] : before);
    await good(wren, 'add_to_playlist', { playlist: url, uris: tracks.slice(1003, 1004) });
  }
});

test('the vault restarted in the middle of a long add: the add goes on, and the record is whole', async () => {
  const uris = tracks.slice(0, 1000);
  const { url } = await good(wren, 'create_playlist', { name: 'Through a restart', uris: tracks.slice(1000, 1003) });
  const before = await stored(url);
  const armed = await system.sandbox.post('faults',
    { kind: 'slow', ms: 2000, count: 1, user: wren.user, method: 'POST', path: '/v1/playlists', skip: 4 });
  const answer = good(wren, 'add_to_playlist', { playlist: url, uris });
  await until('the call to be half-way', async () =>
    (await system.sandbox.get('faults')).faults.find(f => f.id === armed.id)?.fired > 0, 30000);
  process.kill(system.everything().find(p => p.name === 'tonearm-vault').pid, 'SIGKILL');
  assert.equal((await answer).added, 1000);
  assert.deepEqual(await stored(url), [...before, ...uris]);
  const [change] = await changes(wren);
  assert.equal(change.state, 'done', JSON.stringify(change));
  assert.equal((await good(wren, 'undo_change', { change_id: change.change_id })).undone, true);
  assert.deepEqual(await stored(url), before);
});

test('a worker killed in the middle of an import and of a combine', async () => {
  const lines = tracks.slice(40, 80), name = 'From a list';
  await killDuring(wren, 'import_tracks', { name, lines }, { method: 'POST', path: '/v1/playlists' });
  await until('the next worker', async () => bad(wren, 'import_tracks', { name, lines }, /interrupted/), 15000);
  const [change] = await changes(wren);
  assert.equal((await good(wren, 'undo_change', { change_id: change.change_id, finish: true })).finished, true);
  const found = (await good(wren, 'list_playlists', { name_contains: name })).playlists;
  assert.equal(found.length, 1);
  assert.deepEqual(await stored(found[0].url), lines);

  const a = await good(wren, 'create_playlist', { name: 'Half a', uris: tracks.slice(0, 300) });
  const b = await good(wren, 'create_playlist', { name: 'Half b', uris: tracks.slice(300, 600) });
  const args = { playlists: [a.url, b.url], mode: 'union', match: 'id', into_name: 'Both halves' };
  await killDuring(wren, 'combine_playlists', args, { method: 'POST', path: '/v1/playlists', skip: 3 });
  await until('the next worker', async () => bad(wren, 'combine_playlists', args, /interrupted/), 15000);
  const [combined] = await changes(wren);
  assert.equal(combined.can_finish, true);
  assert.equal((await good(wren, 'undo_change', { change_id: combined.change_id, finish: true })).finished, true);
  const both = (await good(wren, 'list_playlists', { name_contains: 'Both halves' })).playlists;
  assert.equal(both.length, 1);
  assert.deepEqual(await stored(both[0].url), tracks.slice(0, 600));
});

test('the account page lists changes and undoes one with one click, without a script', async () => {
  const { url } = await good(juniper, 'create_playlist', { name: 'Clicked <b>', uris: tracks.slice(0, 5) });
  await good(juniper, 'replace_playlist', { playlist: url, uris: tracks.slice(5, 9) });
  // Nobody has to have signed in just now for this.
  system.asOwner('psql', ['-X', '-q', '-h', system.socketDir, 'tonearm', '-c',
    "UPDATE tonearm.web_session SET created_at = now() - interval '20 minutes'"]);
  const { person } = juniper;
  await person.go('/account');
  assert.match(person.page.html, /href="\/account\/changes"/);
  let page = await person.go('/account/changes');
  assert.equal(page.status, 200, page.html.slice(0, 500));
  assert.match(page.html, /Replaced the entries of &quot;Clicked &lt;b&gt;&quot;|Replaced the entries of "Clicked &lt;b&gt;"/);
  const undo = f => f.action.endsWith('/account/changes') && f.fields.change;
  const n = forms(page.html).filter(undo).length;
  page = await person.send(undo);
  assert.equal(page.status, 200, page.html.slice(0, 500));
  assert.match(page.html, /Undone/);
  assert.deepEqual(await stored(url), tracks.slice(0, 5));
  assert.ok(forms(page.html).filter(undo).length >= n);
  // Another person's list is another one, and without a session there is none.
  const other = await wren.person.go('/account/changes');
  assert.ok(!other.html.includes('Clicked'));
  const csrf = forms(page.html).find(undo).fields;
  const foreign = await wren.person.request('/account/changes', { method: 'POST', form: csrf });
  assert.equal(foreign.status, 403);
  const missing = await person.request('/account/changes', { method: 'POST', form: { ...csrf, change: '0'.repeat(32) } });
  assert.match(missing.html, /no change with this id/);
  assert.equal((await person.request('/account/changes', { method: 'POST', form: { ...csrf, change: 'x' } })).status, 400);
});

test('the page fits a phone and is readable in light and dark', async () => {
  const browser = await openBrowser();
  try {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await signInBrowser(context, system, 'juniper');
    await page.getByRole('link', { name: 'See and undo changes' }).click();
    await page.waitForURL(/\/account\/changes$/);
    await shoot(page, 'changes');
    assert.ok(await fitsPhone(page));
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual((await measure(page)).problems, [], colorScheme);
    }
    assert.deepEqual(await names(page), []);
  } finally {
    await browser.close();
  }
});
