// import_tracks through a real SDK client, with an application in development mode and
// with one of extended quota at the same time: what lines mean, what is only proposed,
// and what happens when looking up, making or adding breaks off.  How well the matcher
// does on hard cases is counted by tests/unit/tools/test_match.c (docs/import.md).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MODES, Stage, over, settled, sleep, until, uriOf, without } from './lib/stage.mjs';

const id = url => url.split('/').pop();

describe('importing', { concurrency: MODES.length }, () => MODES.forEach(mode => describe(mode, { concurrency: 1 }, () => {
  let stage, me, all, songs;
  before(async () => {
    stage = await Stage.start({ mode, name: 'tools-import' });
    all = await stage.catalogue();
    me = await stage.newcomer();
    songs = [];
    for (let i = 0; i < 60; i += 20) songs.push(...(await me.does('get_items', { uris: all.slice(i, i + 20) })).items);
  });
  after(() => stage?.stop());

  const asLine = song => `${song.by.split(', ')[0]} - ${song.name}`;
  const holds = async (playlist, uris, message) => assert.deepEqual(await stage.entries(id(playlist)), uris, message);
  const writes = async (mark, who = me) => (await stage.requests(mark, who.user)).filter(r => r.method !== 'GET');
  const plant = async (name, uris, who = me) => `https://open.spotify.com/playlist/${await stage.plant(who.user, name, uris)}`;

  test('fifty lines become a playlist, in their order; each match says how sure it is', async () => {
    const lines = songs.slice(0, 50).map(asLine), told = [];
    const done = await me.does('import_tracks', { lines, name: 'Fifty' }, { onprogress: p => told.push(p.progress) });
    assert.equal(done.requested, 50);
    assert.equal(done.matched.length + done.review.length, 50);
    assert.ok(done.matched.every(m => ['high', 'medium'].includes(m.confidence)));
    assert.ok(done.review.every(m => ['low', 'none'].includes(m.confidence) && m.text === lines[m.line - 1]));
    assert.ok(done.matched.length >= 48, `${done.matched.length} of 50: ${JSON.stringify(done.review)}`);
    const right = done.matched.filter(m => uriOf(m.url) === all[m.line - 1]).length;
    assert.ok(right >= 48, `${right} right`);
    assert.deepEqual(done.matched.map(m => m.line), done.matched.map(m => m.line).toSorted((a, b) => a - b));
    await holds(done.url, done.matched.map(m => uriOf(m.url)));
    assert.equal(done.added, done.matched.length);
    assert.ok(told.length > 0 && told.every((n, i) => i === 0 || n > told[i - 1]), told.join());
    const { owner, name, public: open } = await stage.stored(id(done.url));
    assert.deepEqual([owner, name, open], [me.user, 'Fifty', false]);
  });

  test('a line may be written in many ways', async () => {
    const s = songs[3], by = s.by.split(', ')[0];
    const lines = [`${by} – ${s.name}`, `${s.name} by ${by}`, `3. ${by} — ${s.name}`, `${by}\t${s.name}`, `"${s.name}" - ${by}`,
      `${by.toUpperCase()} - ${s.name.toLowerCase()}`, s.url, all[3], 'QZSBX0000003', 'qz-sbx-00-00003', '', '# a comment',
      '夜のバス Night Bus - 雨の駅', 'Cafe Penumbra Trio - Manha de Cafe', 'Swit nad Rzeka - Deszcz nad ranem', 'Velvet Harbor - Blue Before Breakfst'];
    const done = await me.does('import_tracks', { lines, dry_run: true });
    const found = new Map([...done.matched, ...done.review].map(m => [m.line, m]));
    for (let line = 1; line <= 10; line++) assert.equal(found.get(line).url && uriOf(found.get(line).url), all[3], `${line}. ${lines[line - 1]}`);
    assert.equal(found.has(11), false);
    for (const [line, part] of [[13, /雨の駅/], [14, /Manhã de Café/], [15, /Deszcz nad ranem/], [16, /Blue Before Breakfast/]])
      assert.match(found.get(line)?.name ?? '', part, `${line}. ${lines[line - 1]}`);
    assert.equal(done.added, 0);
    assert.equal(done.url, undefined);
  });

  test('rows of a table are read by their heading', async () => {
    const lines = ['Track Name,Artist Name(s),Album,Duration (ms),ISRC', ...songs.slice(5, 8).map(s => `"${s.name}","${s.by}","${s.album}",${s.duration_ms},`)];
    const done = await me.does('import_tracks', { lines, name: 'From a table' });
    assert.deepEqual(done.matched.map(m => m.confidence), ['high', 'high', 'high']);
    await holds(done.url, all.slice(5, 8));
  });

  test('what is not sure is proposed, not added, unless that is asked for', async () => {
    const lines = [asLine(songs[0]), 'Nobody Whatsoever - Nothing of the Kind', `${songs[1].by.split(', ')[0]} - ${songs[1].name} (Live in Oslo)`, 'spotify:album:' + '1'.repeat(22)];
    const list = await plant('Sure things', [all[50]]), done = await me.does('import_tracks', { lines, playlist: list });
    assert.deepEqual(done.matched.map(m => m.line), [1]);
    assert.deepEqual(done.review.map(m => m.line), [2, 3, 4]);
    assert.match(done.review[0].why, /nothing like it/);
    assert.equal(done.review[1].confidence, 'low');
    assert.ok(done.review[1].url && done.review[1].why, JSON.stringify(done.review[1]));
    assert.match(done.review[2].why, /not to a track or an episode/);
    await holds(list, [all[50], all[0]]);
    const bold = await me.does('import_tracks', { lines: lines.slice(0, 3), playlist: list, min_confidence: 'low' });
    assert.deepEqual(bold.matched.map(m => m.line), [1, 3]);
    assert.equal((await stage.entries(id(list))).length, 4);
  });

  test('a rehearsal changes nothing, with a name and with a playlist', async () => {
    const list = await plant('Only looked at', [all[50]]), mark = await stage.mark();
    for (const target of [{ name: 'Never made' }, { playlist: list }, {}]) {
      const dry = await me.does('import_tracks', { lines: [asLine(songs[0]), 'x - y z'], dry_run: true, ...target });
      assert.equal(dry.would_add, 1);
      assert.equal(dry.added, 0);
      assert.equal(dry.dry_run, true);
    }
    assert.deepEqual(await writes(mark), []);
    await holds(list, [all[50]]);
    // Where nothing matched no empty playlist is made.
    const none = await me.does('import_tracks', { lines: ['x - y z'], name: 'Never made either' });
    assert.equal(none.added, 0);
    assert.deepEqual(await writes(mark), []);
  });

  test('what cannot be is refused before anything is looked up', async () => {
    const mark = await stage.mark(), lines = [asLine(songs[0])];
    await me.fails('import_tracks', { lines }, /name/, /playlist/, /dry_run/);
    await me.fails('import_tracks', { lines, name: 'a', playlist: 'b' }, /either name/, /Nothing was changed/);
    await me.fails('import_tracks', { lines, name: '' }, /name/);
    await me.fails('import_tracks', { lines: ['', '# x'], name: 'a' }, /names a track/);
    await me.fails('import_tracks', { lines: Array(51).fill('a - b'), name: 'a' }, /51 items/, /at most 50/);
    await me.fails('import_tracks', { lines, name: 'a', min_confidence: 'certain' }, /high/, /medium/, /low/);
    assert.deepEqual(await stage.requests(mark, me.user), []);
    const long = await me.does('import_tracks', { lines: ['x'.repeat(700), asLine(songs[0])], dry_run: true });
    assert.match(long.review[0].why, /too long/);
  });

  // Each with somebody of their own: side by side.
  describe('what can go wrong', { concurrency: 4 }, () => {
    test('another\'s playlist: said before a single line is looked up', async () => {
      const other = await stage.newcomer(), list = await plant('Not yours', [all[0]], other), mark = await stage.mark();
      if (stage.extended) await me.fails('import_tracks', { lines: [all[1]], playlist: list }, /does not open|closed/);
      else {
        await me.fails('import_tracks', { lines: [asLine(songs[1])], playlist: list }, /does not open|closed/);
        assert.deepEqual((await stage.requests(mark, me.user)).filter(r => r.path.startsWith('/v1/search')), []);
      }
      await holds(list, [all[0]]);
    });

    test('a permission that Spotify was not given is named, with where to mend it', async () => {
      const who = await stage.newcomer(without('playlist-modify-public', 'playlist-modify-private'));
      await who.fails('import_tracks', { lines: [all[1]], name: 'x' }, /playlist-modify/, /\/login/);
      const list = await plant('To look at', [all[0]], who);
      await who.fails('import_tracks', { lines: [all[1]], playlist: list }, /nothing was added/, /playlist-modify/, /\/login/);
      await holds(list, [all[0]]);
    });

    test('Spotify is down from the beginning: nothing is changed', async () => {
      const who = await stage.newcomer(), list = await plant('In a storm', [all[0]], who);
      for (const [path, kind] of [['/v1/', 'unavailable'], ['/v1/search', 'html']])
        await stage.under({ path, kind, user: who.user, count: -1 }, async () => {
          await who.fails('import_tracks', { lines: [asLine(songs[1])], playlist: list }, /Spotify/, /try again/);
          await who.fails('import_tracks', { lines: [asLine(songs[1])], name: 'Never' }, /Spotify/, /try again/);
        });
      await holds(list, [all[0]]);
      assert.equal((await who.does('list_playlists', { name_contains: 'Never' })).playlists.length, 0);
    });

    for (const kind of ['cutoff', 'hang', 'bad_gateway'])
      test(`an answer that does not come whole (${kind}): nothing is made or added twice`, async () => {
        const who = await stage.newcomer(), lines = songs.slice(0, 10).map(asLine), more = { kind, ms: 300, user: who.user };
        // A question is asked again, or its line is given back.
        const asked = await stage.under({ path: '/v1/search', skip: 2, ...more }, () => who.does('import_tracks', { lines, dry_run: true }));
        assert.ok(asked.matched.length + asked.review.length === 10 && asked.matched.length >= 8, JSON.stringify(asked.review));
        const list = await plant('Once', [all[50]], who);
        const added = await stage.under({ path: '/v1/playlists/', method: 'POST', ...more }, () => who.does('import_tracks', { lines, playlist: list }));
        assert.equal(added.added, added.matched.length);
        await holds(list, [all[50], ...added.matched.map(m => uriOf(m.url))]);
        const made = await stage.under({ path: '/v1/me/playlists', method: 'POST', ...more }, () => who.call('import_tracks', { lines, name: 'Made once' }));
        const there = (await who.does('list_playlists', { name_contains: 'Made once' })).playlists;
        assert.ok(there.length <= 1, 'it was made twice');
        if (!made.isError) {
          assert.equal(there[0].url, made.structuredContent.url);
          await holds(there[0].url, made.structuredContent.matched.map(m => uriOf(m.url)));
        } else assert.match(made.content[0].text, /not known|does not|Nothing/);
      });

    test('adding is refused in the middle: what was looked up is not lost', async () => {
      const who = await stage.newcomer(), lines = songs.slice(0, 10).map(asLine);
      const half = await stage.under({ path: '/v1/playlists/', method: 'POST', kind: 'forbidden', user: who.user }, () => who.does('import_tracks', { lines, name: 'Left empty' }));
      assert.equal(half.added, 0);
      assert.equal(half.not_added, half.matched.length);
      assert.deepEqual(half.not_added_urls, half.matched.map(m => m.url));
      await holds(half.url, []);
      assert.equal((await who.does('add_to_playlist', { playlist: half.url, uris: half.not_added_urls })).added, half.not_added);
    });

    test('cancelled while it looks up: no playlist is made, and no more is asked', async () => {
      const who = await stage.newcomer(), lines = songs.slice(0, 50).map(asLine), mark = await stage.mark(), stop = new AbortController();
      await stage.under({ path: '/v1/search', kind: 'slow', ms: 200, user: who.user, count: -1 }, async fired => {
        const outcome = who.call('import_tracks', { lines, name: 'Not wanted any more' }, { signal: stop.signal }).then(() => 'answered', () => 'cancelled');
        await until('some to be looked up', async () => (await fired())[0] > 5);
        stop.abort('the person changed their mind');
        assert.equal(await outcome, 'cancelled');
        await settled(stage, mark, who.user);
      });
      const asked = await stage.requests(mark, who.user);
      assert.ok(asked.length < 40, `${asked.length} requests`);
      assert.deepEqual(asked.filter(r => r.method !== 'GET'), []);
    });

    test('an expired access token is renewed in passing; a consent that was taken back is told', async () => {
      const who = await stage.newcomer();
      await stage.under({ path: '/v1/search', kind: 'expired_token', user: who.user }, () => who.does('import_tracks', { lines: [asLine(songs[1])], name: 'Renewed' }));
      await stage.sandbox.post('revoke', { user: who.user, access: true });
      await who.fails('import_tracks', { lines: [asLine(songs[2])], name: 'Never' }, /sign in again/i, /\/login/);
    });
  });

  /* --- the ends of patience: last, for they hold for everybody ------------------ */

  test('a short pause that Spotify asks for is waited for; then it goes on', async () => {
    const who = await stage.newcomer(), lines = songs.slice(0, 8).map(asLine), mark = await stage.mark();
    const done = await stage.under({ path: '/v1/search', kind: 'rate_limit', retry_after: 2, user: who.user, skip: 3 }, () =>
      who.does('import_tracks', { lines, name: 'Patient' }));
    assert.ok(done.matched.length >= 7, JSON.stringify(done.review));
    const asked = await stage.requests(mark, who.user), told = asked.findIndex(r => r.status === 429);
    // What was on its way already may still have been heard; nothing new is sent before the end.
    const later = asked.slice(told + 1).filter(r => new Date(r.time) - new Date(asked[told].time) > 300);
    assert.ok(later.length > 0 && later.every(r => new Date(r.time) - new Date(asked[told].time) >= 2000), JSON.stringify(asked.map(r => [r.time, r.status])));
  });

  test('the day\'s allowance of searching ends half-way: what was found is added, the rest is to be given again', async () => {
    const who = await stage.newcomer(), lines = songs.slice(0, 20).map(asLine), list = await plant('As far as it went', [], who);
    await who.does('get_status');
    await stage.under({ path: '/v1/search', kind: 'quota_exceeded', retry_after: 8, user: who.user, skip: 6, count: 1 }, async () => {
      const began = Date.now(), part = await who.does('import_tracks', { lines, playlist: list });
      assert.ok(part.matched.length >= 5 && part.matched.length <= 10, `${part.matched.length} matched`);
      assert.ok(part.not_tried >= 10, JSON.stringify(part.not_tried));
      assert.match(who.text, /allowance/);
      assert.match(who.text, /in \d+ seconds/);
      await holds(list, part.matched.map(m => uriOf(m.url)));
      const mark = await stage.mark();
      await who.fails('import_tracks', { lines: lines.slice(12), playlist: list }, /allowance/, /Nothing was changed/);
      assert.deepEqual((await stage.requests(mark, who.user)).filter(r => r.path.startsWith('/v1/search')), []);
      await sleep(Math.max(0, 8300 - (Date.now() - began)));
    });
    assert.equal((await over(who, 'import_tracks', { lines: lines.slice(18), playlist: list })).added, 2);
  });
})));
