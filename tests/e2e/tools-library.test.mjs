// Saving, removing, looking: the library through a real SDK client, with an
// application in development mode and with one of extended quota at the same time.
// What was done is seen in the stand-in's record of requests and in what
// get_library and check_library find afterwards.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MODES, Stage, over, settled, sleep, until, uriOf, without } from './lib/stage.mjs';

const TOOLS = ['check_library', 'save_to_library', 'remove_from_library'];
const COUNTS = { save_to_library: 'saved', remove_from_library: 'removed' };

describe('the library', { concurrency: MODES.length }, () => MODES.forEach(mode => describe(mode, { concurrency: 1 }, () => {
  let stage, me, all, mixed;
  before(async () => {
    stage = await Stage.start({ mode, name: 'tools-library' });
    all = [...new Set(await stage.catalogue())];
    assert.ok(all.length > 1000);
    me = await emptied();
    mixed = await someOfEach(me);
  });
  after(() => stage?.stop());

  /** Links of two things of every kind that can be saved or followed; a playlist of wren's. */
  async function someOfEach(who) {
    const { items } = await who.does('search', { query: 'the', types: ['track', 'album', 'artist', 'show', 'episode'], limit: 2 });
    return [...items.map(item => item.url), stage.everything];
  }
  /** Somebody whose liked songs are none (accounts begin with some). */
  async function emptied() {
    const who = await stage.newcomer(), { items } = await who.does('get_library', { kind: 'tracks', limit: 50 });
    if (items.length > 0) await who.does('remove_from_library', { uris: items.map(item => item.url) });
    return who;
  }
  const saved = async (who, uris) => (await who.does('check_library', { uris })).items.map(item => item.saved);
  const all_ = (uris, truth) => uris.map(() => truth);
  const writes = async (mark, who = me) => (await stage.requests(mark, who.user)).filter(r => r.method !== 'GET');

  test('every kind is saved or followed, found so, and removed again', async () => {
    assert.ok(mixed.length >= 11, mixed.join());
    await me.does('remove_from_library', { uris: mixed });
    assert.deepEqual(await saved(me, mixed), all_(mixed, false));
    const done = await me.does('save_to_library', { uris: mixed });
    assert.equal(done.saved, mixed.length);
    assert.equal(done.failed, 0);
    assert.deepEqual(await saved(me, mixed), all_(mixed, true));
    for (const kind of ['track', 'album', 'artist', 'show', 'episode']) {
      const listed = (await me.does('get_library', { kind: `${kind}s` })).items.map(item => item.url);
      const wanted = mixed.filter(url => url.includes(`/${kind}/`));
      assert.ok(wanted.every(url => listed.includes(url)), `${kind}: ${listed}`);
    }
    assert.ok((await me.does('list_playlists')).playlists.some(list => list.url === stage.everything));
    const gone = await me.does('remove_from_library', { uris: mixed });
    assert.equal(gone.removed, mixed.length);
    assert.deepEqual(await saved(me, mixed), all_(mixed, false));
  });

  test('what is as wanted is left alone and told', async () => {
    const uris = [all[1], all[2], all[3]];
    await me.does('save_to_library', { uris: [all[1]] });
    const mark = await stage.mark(), done = await me.does('save_to_library', { uris });
    assert.equal(done.saved, 2);
    assert.equal(done.saved_before, 1);
    assert.deepEqual(done.saved_before_urls.map(uriOf), [all[1]]);
    const [put] = await writes(mark);
    assert.equal(put.method, 'PUT');
    const again = await stage.mark();
    assert.equal((await me.does('save_to_library', { uris })).saved, 0);
    assert.deepEqual(await writes(again), []);
    const gone = await me.does('remove_from_library', { uris: [...uris, all[4], all[4]] });
    assert.equal(gone.removed, 3);
    assert.equal(gone.requested, 4);
    assert.deepEqual(gone.not_there_urls.map(uriOf), [all[4]]);
  });

  test('a rehearsal of removing names what would go and changes nothing', async () => {
    await me.does('save_to_library', { uris: [all[1]] });
    const mark = await stage.mark(), dry = await me.does('remove_from_library', { uris: [all[1], all[2]], dry_run: true });
    assert.equal(dry.removed, 0);
    assert.deepEqual(dry.would_remove_urls.map(uriOf), [all[1]]);
    assert.deepEqual(await writes(mark), []);
    assert.deepEqual(await saved(me, [all[1]]), [true]);
    await me.does('remove_from_library', { uris: [all[1]] });
  });

  test('two hundred at a time, forty a request, in any form they are given; progress is told', async () => {
    const uris = all.slice(100, 300).map((uri, i) => [uri, uri.replace(/^spotify:track:/, 'https://open.spotify.com/track/'),
      uri.slice(14), `${uri.replace(/^spotify:track:/, 'https://open.spotify.com/intl-de/track/')}?si=0`][i % 4]);
    const mark = await stage.mark(), told = [];
    const done = await me.does('save_to_library', { uris }, { onprogress: p => told.push(p.progress) });
    assert.equal(done.saved, 200);
    const puts = await writes(mark);
    assert.equal(puts.length, 5);
    for (const put of puts) assert.match(put.path, /^\/v1\/me\/library\?uris=/, 'uris belong into the query');
    assert.ok(told.length > 0 && told.every((n, i) => i === 0 || n > told[i - 1]), told.join());
    const looked = await me.does('check_library', { uris });
    assert.equal(looked.saved, 200);
    // All of them, page after page.
    const listed = new Set();
    for (let cursor; ;) {
      const page = await me.does('get_library', { kind: 'tracks', limit: 50, ...(cursor ? { cursor } : {}) });
      for (const item of page.items) listed.add(uriOf(item.url));
      if (!(cursor = page.cursor)) break;
    }
    assert.ok(all.slice(100, 300).every(uri => listed.has(uri)));
    assert.equal((await me.does('remove_from_library', { uris })).removed, 200);
    for (const tool of TOOLS) await me.fails(tool, { uris: [...uris, all[0]] }, /201 items/, /at most 200/);
  });

  test('more than a thousand saved tracks are paged through to the last', async () => {
    for (let i = 0; i < all.length; i += 200) await me.does('save_to_library', { uris: all.slice(i, i + 200) });
    const listed = [];
    let total;
    for (let cursor; ;) {
      const page = await me.does('get_library', { kind: 'tracks', limit: 50, ...(cursor ? { cursor } : {}) });
      ({ total } = page);
      listed.push(...page.items.map(item => uriOf(item.url)));
      if (!(cursor = page.cursor)) break;
    }
    assert.equal(total, all.length);
    assert.deepEqual(listed.toSorted(), all.toSorted());
    for (let i = 0; i < all.length; i += 200) await me.does('remove_from_library', { uris: all.slice(i, i + 200) });
  });

  test('one\'s own playlist is not removed in passing: that would delete it', async () => {
    const own = `https://open.spotify.com/playlist/${await stage.plant(me.user, 'My own', [all[0]])}`;
    const mark = await stage.mark();
    await me.fails('remove_from_library', { uris: [own] }, /user's own/, /delete_playlist/);
    assert.deepEqual(await writes(mark), []);
    await me.does('save_to_library', { uris: [all[9], stage.everything] });
    const some = await me.does('remove_from_library', { uris: [own, all[9], stage.everything] });
    assert.equal(some.removed, 2);
    assert.equal(some.failed, 1);
    assert.equal(some.failures[0].url, own);
    assert.ok((await me.does('list_playlists')).playlists.some(list => list.url === own));
  });

  test('what cannot be saved is refused before anything is asked', async () => {
    const mark = await stage.mark();
    for (const tool of TOOLS) {
      await me.fails(tool, { uris: [all[0], 'spotify:local:a:b:c:1', 'spotify:user:somebody', 'what?'] }, /3 of 4 entries of uris/, /number 2/,
        tool === 'check_library' ? /links as they stand/ : /Nothing was changed/);
      await me.fails(tool, { uris: [] }, /uris/, /at least 1/);
      await me.fails(tool, {}, /uris/);
    }
    assert.deepEqual(await stage.requests(mark, me.user), []);
  });

  test('audiobooks are saved and removed where they exist', async () => {
    const irish = await stage.person('juniper');
    const [book] = (await irish.does('search', { query: 'a', types: ['audiobook'], limit: 5 })).items.map(item => item.url);
    await irish.call('remove_from_library', { uris: [book] });
    assert.equal((await irish.does('save_to_library', { uris: [book] })).saved, 1);
    assert.ok((await irish.does('get_library', { kind: 'audiobooks' })).items.some(item => item.url === book));
    assert.equal((await irish.does('remove_from_library', { uris: [book] })).removed, 1);
  });

  // Each with somebody of their own: side by side.
  describe('what can go wrong', { concurrency: 4 }, () => {
    test('a permission that is missing for one kind does not hold up the others', async () => {
      const who = await stage.newcomer(without('user-follow-modify', 'user-follow-read'));
      const artist = mixed.find(url => url.includes('/artist/')), done = await who.does('save_to_library', { uris: [all[0], artist, all[1]] });
      assert.equal(done.saved, 2);
      assert.equal(done.failed, 1);
      assert.match(done.failures[0].problem, /user-follow/);
      assert.match(done.failures[0].problem, /\/login/);
      const reader = await stage.newcomer(without('user-library-modify'));
      for (const tool of ['save_to_library', 'remove_from_library']) {
        const uris = tool === 'save_to_library' ? [all[7]] : [(await reader.does('get_library', { kind: 'tracks', limit: 1 })).items[0]?.url ?? null];
        if (uris[0]) await reader.fails(tool, { uris }, /user-library-modify/, /Nothing was changed/, /\/login/);
      }
      const blind = await stage.newcomer(without('user-library-read'));
      for (const tool of TOOLS) await blind.fails(tool, { uris: [all[7]] }, /user-library-read/, /\/login/);
    });

    test('Spotify is down: each tool says so, and nothing is changed', async () => {
      const who = await emptied();
      await who.does('save_to_library', { uris: [all[0]] });
      const args = { check_library: { uris: [all[0]] }, save_to_library: { uris: [all[1]] }, remove_from_library: { uris: [all[0]] } };
      for (const kind of ['unavailable', 'html', 'bad_gateway', 'server_error'])
        await stage.under({ path: '/v1/me/library', kind, user: who.user, count: -1 }, async () => {
          for (const tool of TOOLS) await who.fails(tool, args[tool], /Spotify does not answer properly/);
        });
      assert.deepEqual(await saved(who, [all[0], all[1]]), [true, false]);
    });

    for (const kind of ['cutoff', 'hang', 'bad_gateway'])
      test(`an answer that does not come whole (${kind}): what was done is found out and told`, async () => {
        const who = await emptied(), uris = all.slice(0, 100);
        for (const [tool, method] of [['save_to_library', 'PUT'], ['remove_from_library', 'DELETE']]) {
          const done = await stage.under({ path: '/v1/me/library', method, kind, skip: 1, ms: 300, user: who.user }, () => who.does(tool, { uris }));
          const truths = await saved(who, uris), wanted = tool === 'save_to_library', n = truths.filter(truth => truth === wanted).length;
          assert.equal(done[COUNTS[tool]], n, tool);
          if (kind === 'cutoff') assert.equal(n, 100, tool);
          else assert.equal(n + (done.outcome_unknown ?? 0) + done.failed, 100, tool);
          await who.does(tool, { uris });
          assert.deepEqual(await saved(who, uris), all_(uris, wanted));
        }
        const looked = await stage.under({ path: '/v1/me/library/contains', kind, skip: 1, ms: 300, user: who.user }, () => who.does('check_library', { uris }));
        assert.equal(looked.not_saved, 100);
      });

    test('an expired access token is renewed in passing; a consent that was taken back is told', async () => {
      const who = await emptied();
      await stage.under({ path: '/v1/me/library', method: 'PUT', kind: 'expired_token', user: who.user }, () => who.does('save_to_library', { uris: [all[7]] }));
      assert.deepEqual(await saved(who, [all[7]]), [true]);
      await stage.sandbox.post('revoke', { user: who.user, access: true });
      for (const tool of TOOLS) await who.fails(tool, { uris: [all[7]] }, /sign in again/i, /\/login/);
    });

    test('cancelled half-way: it stops after the part that is on its way', async () => {
      const who = await emptied(), uris = all.slice(0, 200);
      for (const [tool, method] of [['save_to_library', 'PUT'], ['remove_from_library', 'DELETE']]) {
        const mark = await stage.mark(), stop = new AbortController();
        await stage.under({ path: '/v1/me/library', method, kind: 'slow', ms: 300, user: who.user, count: -1 }, async fired => {
          const outcome = who.call(tool, { uris }, { signal: stop.signal }).then(() => 'answered', () => 'cancelled');
          await until('the second part', async () => (await fired())[0] > 1);
          stop.abort('the person changed their mind');
          assert.equal(await outcome, 'cancelled');
          await settled(stage, mark, who.user);
        });
        const truths = await saved(who, uris), n = truths.filter(truth => truth === (tool === 'save_to_library')).length;
        assert.ok(n >= 40 && n < 200 && n % 40 === 0, `${tool}: ${n}`);
        await who.does(tool, { uris });
      }
    });
  });

  /* --- the ends of patience: last, for they hold for everybody ------------------ */

  test('a short pause that Spotify asks for is waited for, to the second', async () => {
    const who = await emptied(), mark = await stage.mark();
    await stage.under({ path: '/v1/me/library', method: 'PUT', kind: 'rate_limit', retry_after: 2, user: who.user }, () =>
      who.does('save_to_library', { uris: [all[7]] }));
    const puts = await writes(mark, who);
    assert.deepEqual(puts.map(r => r.status), [429, 200]);
    assert.ok(new Date(puts[1].time) - new Date(puts[0].time) >= 2000, JSON.stringify(puts));
  });

  for (const [kind, says] of [['rate_limit', /pause/], ['quota_exceeded', /allowance/]])
    test(`${kind}: told at once with its end, by every tool, and nobody is asked meanwhile`, async () => {
      const who = await emptied();
      await who.does('get_status');
      await stage.under({ path: '/v1/me/library', kind, retry_after: 7, user: who.user }, async () => {
        const began = Date.now();
        await who.fails('save_to_library', { uris: [all[7]] }, says, /in \d+ seconds/, /Nothing was changed/);
        const mark = await stage.mark();
        for (const tool of TOOLS) await who.fails(tool, { uris: [all[7]] }, says, /in \d+ seconds?/);
        assert.deepEqual(await stage.requests(mark, who.user), []);
        assert.ok(Date.now() - began < 7000, 'too slow to tell');
        await sleep(7200 - (Date.now() - began));
      });
      await over(who, 'save_to_library', { uris: [all[7]] });
    });
})));
