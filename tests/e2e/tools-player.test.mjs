// The tools of the player through the SDK's client against the sandbox, in
// development and in extended mode: devices, commands, and what keeps them from working.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MODES, Stage, cancelled, textOf, uriOf } from './lib/tools.mjs';
import { everyScope } from './lib/people.mjs';
import { until } from './lib/system.mjs';

const urls = found => found.items.map(item => item.url);
/** Every tool that sends a command, with arguments that fit anybody who has a queue and a device. */
const commands = tracks => [
  ['play', { uris: tracks.slice(10, 13) }, '/v1/me/player/play'], ['pause', {}, '/v1/me/player/pause'],
  ['skip', { direction: 'next' }, '/v1/me/player/next'], ['seek', { position_ms: 100000 }, '/v1/me/player/seek'],
  ['set_volume', { percent: 20 }, '/v1/me/player/volume'], ['set_playback_mode', { repeat: 'track' }, '/v1/me/player/repeat'],
  ['add_to_queue', { uris: tracks.slice(0, 1) }, '/v1/me/player/queue'],
  ['transfer_playback', { device: 'Second Device', play: true }, '/v1/me/player'],
];

describe('the player', { concurrency: 2 }, () => MODES.forEach(mode => describe(mode, { concurrency: 1 }, () => {
  let stage, juniper, marlow, tracks, episode, album;
  before(async () => {
    stage = await Stage.start(mode, { name: 'tools-player' });
    [juniper, marlow] = await Promise.all(['juniper', 'marlow'].map(user => stage.as(user)));
    for (const who of [juniper, marlow]) await (await who.connect()).list();
    tracks = urls(await juniper.good('search', { query: 'rain', limit: 30 }));
    const found = await juniper.good('search', { query: 'the', types: ['episode', 'album'], limit: 3 });
    [episode, album] = ['episode', 'album'].map(kind => found.items.find(item => item.type === kind));
  });
  after(() => stage?.stop());

  /** Somebody who has two devices and hears the first of six tracks. */
  async function listener(options) {
    const who = await stage.one(options);
    await stage.sandbox.post('device', { user: who.user, name: 'Second Device', type: 'Speaker' });
    return begins(who);
  }
  async function begins(who) {
    const { devices } = await who.api('GET', '/me/player/devices');
    await who.api('PUT', `/me/player/play?device_id=${devices.find(d => d.name === 'Test Device').id}`, { uris: tracks.slice(0, 6).map(uriOf) });
    for (const setting of ['repeat?state=off', 'volume?volume_percent=50']) await who.api('PUT', `/me/player/${setting}`);
    return who;
  }
  const state = async who => (await who.player()).state;

  // --- as it should be -----------------------------------------------------------

  test('every command does what it says, and sees it', async () => {
    const who = await listener();
    let done = await who.good('play', { uris: tracks.slice(0, 6), start_at: '3' });
    assert.equal(done.verified, true);
    assert.equal((await state(who)).item.uri, uriOf(tracks[2]));
    done = await who.good('skip', {});
    assert.equal(done.player.item.url, tracks[3]);
    done = await who.good('skip', { direction: 'previous', count: 2 });
    assert.equal(done.skipped, 2);
    assert.equal((await state(who)).item.uri, uriOf(tracks[1]));
    done = await who.good('seek', { position_ms: 60000 });
    assert.ok(done.verified && (await state(who)).progress_ms >= 60000);
    done = await who.good('seek', { by_ms: -20000 });
    assert.ok(done.verified && done.player.progress_ms >= 40000 && done.player.progress_ms < 50000, done.text);
    assert.equal((await who.good('set_volume', { percent: 31 })).device.volume_percent, 31);
    assert.equal((await who.good('set_volume', { by_percent: -40 })).percent, 0);
    assert.equal((await who.good('set_volume', { percent: 77, device: 'second' })).device.name, 'Second Device');
    assert.equal((await who.player()).devices.find(d => d.name === 'Second Device').volume, 77);
    done = await who.good('set_playback_mode', { shuffle: true, repeat: 'track' });
    assert.ok(done.verified && (await state(who)).shuffle_state && (await state(who)).repeat_state === 'track');
    await who.good('set_playback_mode', { shuffle: 'false', repeat: 'off' });
    const at = (await state(who)).progress_ms;
    done = await who.good('transfer_playback', { device: 'Test Device' });
    assert.ok(done.verified && done.player.device.name === 'Test Device' && (await state(who)).progress_ms >= at);
    assert.equal((await who.good('transfer_playback', { device: 'Second Device', play: false })).player.playing, false);
    assert.equal((await who.good('play')).player.playing, true);
    const paused = await who.good('pause');
    assert.deepEqual([paused.paused, paused.was_paused, (await state(who)).is_playing], [true, false, false]);
    assert.equal((await who.good('pause')).was_paused, true);
    assert.match((await who.good('play')).text, /plays/);
    assert.match((await who.good('play')).text, /playing already/);
  });

  test('everything that plays can be started: links, names, words', async () => {
    const who = await listener();
    const context = async () => (await state(who)).context?.uri;
    await who.good('play', { uri: album.url });
    assert.equal(await context(), uriOf(album.url));
    const inside = urls(await who.good('list_contents', { uri: album.url }));
    await who.good('play', { uri: album.url, start_at: inside.at(-1) });
    assert.equal((await state(who)).item.uri, uriOf(inside.at(-1)));
    let done = await who.good('play', { album: album.name });
    assert.ok(done.chosen && done.verified, done.text);
    const [artist] = (await who.good('search', { query: 'a', types: ['artist'], limit: 1 })).items;
    done = await who.good('play', { artist: artist.name });
    assert.match(done.chosen, new RegExp(artist.name.replace(/[^\w ]/g, '.')));
    assert.match(await context(), /^spotify:artist:/);
    done = await who.good('play', { query: 'rain' });
    assert.equal((await state(who)).item.uri, uriOf(tracks[0]));
    await who.good('play', { uri: episode.url, position_ms: 90000 });
    const heard = await who.good('get_playback');
    assert.deepEqual([heard.item.type, heard.item.url, heard.kind], ['episode', episode.url, 'episode']);
    assert.ok(heard.progress_ms >= 90000);
    done = await who.good('play', { playlist: `${who.user} LIST 2`, shuffle: true, device: 'second' });
    assert.ok(done.verified && (await state(who)).shuffle_state && (await state(who)).device.name === 'Second Device');
    await who.bad('play', { playlist: 'no such list' }, /is called "no such list"/);
    await who.bad('play', { query: 'zzqxj vvvkk' }, /found nothing.*Nothing was started/);
    await who.bad('play', { uri: 'https://open.spotify.com/user/somebody' }, /not a Spotify link/);
    await who.bad('play', { uri: tracks[0], query: 'two ways' }, /Give one of/);
    await who.bad('play', { uri: album.url, start_at: 'the third' }, /start_at is neither/);
    await who.bad('play', { uri: artist.url, start_at: '3' }, /start_at works with.*Nothing was started/);
    const [show] = (await who.good('search', { query: 'the', types: ['show'], limit: 1 })).items;
    await who.bad('play', { uri: show.url, start_at: 2 }, /start_at works with/);
    await who.bad('play', { start_at: '2' }, /start_at works with/);
  });

  test('the queue: in order, fifty at a time, with what Spotify refuses told', async () => {
    const who = await listener(), before = (await who.player()).queue.length;
    const nowhere = 'https://open.spotify.com/track/0000000000000000000000';
    let done = await who.good('add_to_queue', { uris: [tracks[7], episode.url, nowhere, tracks[8]] });
    assert.deepEqual([done.added, done.refused_urls], [3, [nowhere]]);
    const { queue } = await who.player();
    assert.equal(queue.length, before + 3);
    const told = urls(await who.good('get_queue'));
    assert.deepEqual(told.slice(0, 3), [tracks[7], episode.url, tracks[8]]);
    const since = await who.mark();
    done = await who.good('add_to_queue', { uris: Array.from({ length: 50 }, (_, i) => tracks[i % 20]) });
    assert.equal(done.added, 50);
    assert.equal((await who.player()).queue.length, before + 53);
    assert.ok((await since()).length <= 52, `${(await since()).length} requests`);
    await who.bad('add_to_queue', { uris: Array(51).fill(tracks[0]) });
    await who.bad('add_to_queue', { uris: [album.url] });
    assert.equal((await who.player()).queue.length, before + 53);
  });

  // --- devices --------------------------------------------------------------------

  test('without an active device one is woken by play only, elsewhere they are listed', async () => {
    for (const [name, args] of [['skip', {}], ['seek', { position_ms: 5 }], ['set_volume', { percent: 5 }],
      ['set_playback_mode', { shuffle: true }], ['add_to_queue', { uris: tracks.slice(0, 1) }]]) {
      const text = await marlow.bad(name, args, /Living Room/);
      assert.match(text, /No Spotify device is active.*Work Computer/, name);
    }
    const paused = await marlow.good('pause');
    assert.equal(paused.paused, true);
    assert.equal((await marlow.player()).state, null);
    const started = await marlow.good('play', { uris: tracks.slice(0, 2) });
    assert.ok(started.verified && started.woken_device, started.text);
    assert.equal((await marlow.player()).state.is_playing, true);
  });

  test('no device at all', async () => {
    const otter = await stage.as('otter');
    for (const [name, args] of commands(tracks).filter(([name]) => name !== 'pause'))
      await otter.bad(name, args, /No Spotify device is active|No device is called|[Nn]othing is playing/);
    assert.match(await otter.bad('play', {}, /Start Spotify on a device/), /Known devices: none/);
    assert.equal((await otter.good('pause')).paused, true);
  });

  test('a device by name, and one that takes no commands or goes away', async () => {
    const who = await listener();
    await who.bad('play', { device: 'Attic' }, /No device is called "Attic".*Test Device.*Second Device|Second Device.*Test Device/);
    await stage.sandbox.post('device', { user: who.user, name: 'Second Desk', type: 'Computer' });
    await who.bad('transfer_playback', { device: 'second d' }, /More than one device is called "second d"/);
    await stage.sandbox.post('device', { user: who.user, name: 'Second Desk', gone: true });
    await stage.sandbox.post('device', { user: who.user, name: 'Museum', restricted: true });
    for (const [name, args] of [['play', { device: 'museum' }], ['set_volume', { percent: 1, device: 'Museum' }], ['transfer_playback', { device: 'Museum' }]])
      await who.bad(name, args, /"Museum" takes no commands/);
    await stage.sandbox.post('device', { user: who.user, name: 'Quiet', supports_volume: false });
    await who.bad('set_volume', { percent: 9, device: 'Quiet' }, /"Quiet" (does not let|refuses)/);
    // What plays on such a device cannot be commanded either, and that is what is said.
    await stage.sandbox.post('device', { user: who.user, name: 'Test Device', restricted: true });
    await who.bad('skip', {}, /"Test Device", which takes no commands/);
    await who.bad('set_volume', { percent: 9 }, /"Test Device" takes no commands/);
    await stage.sandbox.post('device', { user: who.user, name: 'Test Device', restricted: false });
    // It is gone before the command arrives: looked up again, and told.
    const late = await who.fault('slow', '/v1/me/player/play', { ms: 2000 });
    const gone = who.raw('play', { device: 'Second Device', uris: tracks.slice(0, 1) });
    await until('the command on its way', async () => await late.fired() === 1);
    await stage.sandbox.post('device', { user: who.user, name: 'Second Device', gone: true });
    const result = await gone;
    assert.ok(result.isError || result.structuredContent.verified, textOf(result));
    await stage.calm();
    await who.bad('play', { device: 'Second Device' }, /No device is called "Second Device"/);
    assert.deepEqual((await who.good('list_devices')).devices.map(d => d.name).sort(), ['Museum', 'Quiet', 'Test Device']);
  });

  test('an advertisement, and the end of what can be skipped', async () => {
    const who = await listener();
    await stage.switches({ ad_playing: true });
    try {
      await who.fault('restriction', '/v1/me/player/seek');
      await who.bad('seek', { position_ms: 5 }, /advertisement is playing/);
      await who.bad('skip', {}, /advertisement|nothing to skip/).catch(() => {});
    } finally {
      await stage.switches({ ad_playing: false });
    }
    await stage.calm();
    await who.bad('skip', { direction: 'previous' }, /present state.*nothing to skip to/);
    await who.bad('seek', { by_ms: 86400000 }, /beyond the end/);
    await who.bad('seek', {}, /either position_ms/);
    await who.bad('seek', { position_ms: 1, by_ms: 1 }, /either position_ms/);
    await who.bad('set_volume', {}, /either percent/);
    await who.bad('set_volume', { percent: 101 }, /percent/);
    await who.bad('set_playback_mode', {}, /Give shuffle, repeat or both/);
    await who.bad('set_playback_mode', { repeat: 'twice' }, /repeat/);
    await who.bad('skip', { count: 11 }, /count/);
  });

  // --- who may not -------------------------------------------------------------------

  test('no Premium: said by every command, and asked of Spotify once a day only', async () => {
    const saffron = await stage.as('saffron'), since = await saffron.mark();
    let sent = 0;
    for (const [name, args] of commands(tracks).filter(([name]) => name !== 'transfer_playback')) {
      await saffron.bad(name, args, /Premium|does not let other applications/);
      sent = (await since()).filter(r => r.method !== 'GET').length;
    }
    assert.equal(sent, 1);
    await saffron.bad('transfer_playback', { device: 'Old Phone', play: false }, /Premium/);
    const { item, playing } = await saffron.good('get_playback');
    assert.ok(item.url && playing !== undefined);
    assert.equal((await saffron.good('get_status')).premium, false);
  });

  test('a permission that is missing at Spotify is named', async () => {
    const only = everyScope.replace('user-modify-playback-state ', '');
    const who = await listenerWithout(only);
    for (const [name, args] of commands(tracks)) {
      const text = await who.bad(name, name === 'set_volume' ? { ...args, device: 'Test Device' } : args, /user-modify-playback-state/);
      assert.match(text, new RegExp(`${stage.system.url}/login`));
    }
    const blind = await stage.one({ scope: everyScope.replace('user-read-playback-state ', '') });
    await blind.bad('play', { device: 'Test Device' }, /user-read-playback-state/);
  });
  /** As listener, but nobody else can have started it: the sandbox refuses the command. */
  async function listenerWithout(scope) {
    const who = await stage.one({ scope });
    await stage.sandbox.post('device', { user: who.user, name: 'Second Device', type: 'Speaker' });
    return who;
  }

  // --- Spotify in trouble ----------------------------------------------------------------

  /** A listener for each command: the same one each time, back at the beginning, but for the
   *  queue, which nobody can empty. */
  const listeners = new Map();
  async function each(make) {
    await Promise.all(commands(tracks).map(async ([name, args, path]) => {
      if (!listeners.has(name) || name === 'add_to_queue') listeners.set(name, await listener());
      await make(await begins(listeners.get(name)), name, args, path);
    }));
    await stage.calm();
  }
  const method = path => (/next|queue/.test(path) ? 'POST' : 'PUT');

  test('a refused command says so, and changes nothing', async () => {
    for (const [kind, sentence] of [['forbidden', /\(player\) closed/], ['restriction', /present state|refuses to have its volume/],
      ['expired_token', /refused the access token, also after it was renewed/]])
      await each(async (who, name, args, path) => {
        const was = await who.player();
        await who.fault(kind, path, { method: method(path), count: -1 });
        await who.bad(name, args, sentence);
        const is = await who.player();
        assert.deepEqual([is.state.item.uri, is.state.repeat_state, is.queue.length, is.state.device.name, is.state.is_playing],
          [was.state.item.uri, was.state.repeat_state, was.queue.length, was.state.device.name, was.state.is_playing], name);
      });
  });

  test('Spotify fails and does nothing: told, and never said to be done', async () => {
    for (const kind of ['server_error', 'html', 'unavailable'])
      await each(async (who, name, args, path) => {
        const since = await who.mark();
        await who.fault(kind, path, { method: method(path), count: -1 });
        const result = await who.raw(name, args), text = textOf(result);
        const sent = (await since()).filter(r => r.method === method(path) && r.path.startsWith(path)).length;
        if (result.isError) assert.match(text, /not known whether it took place|does not answer properly/, `${name}: ${text}`);
        // What can be told by looking is told: nothing of it was done.
        else assert.ok(result.structuredContent.verified === false || result.structuredContent.added === 0, `${name}: ${text}`);
        assert.ok(sent >= 1 && sent <= 2, `${name}, ${kind}: sent ${sent} times`);
      });
  });

  test('carried out, but the answer was cut off: seen, or told to be unknown, and never done twice', async () => {
    await each(async (who, name, args, path) => {
      const before = await who.player();
      await who.fault('cutoff', path, { method: method(path) });
      const result = await who.raw(name, args), text = textOf(result), now = await who.player();
      if (result.isError) assert.match(text, /not known whether it took place/, `${name}: ${text}`);
      if (name === 'skip') assert.equal(now.state.item.uri, uriOf(tracks[1]), text);
      if (name === 'add_to_queue') assert.equal(now.queue.length, before.queue.length + 1, text);
      if (name === 'set_volume') assert.equal(now.devices.find(d => d.name === 'Test Device').volume, 20);
      if (name === 'pause') assert.equal(now.state.is_playing, false);
      if (['pause', 'seek', 'set_volume', 'set_playback_mode', 'transfer_playback', 'play'].includes(name))
        assert.ok(!result.isError, `${name}: ${text}`);
    });
  });

  test('one failure on the way is not noticed where repeating is harmless', async () => {
    await Promise.all(commands(tracks).filter(([name]) => !['skip', 'add_to_queue'].includes(name)).map(async ([name, args, path]) => {
      const who = await listener();
      await who.fault('bad_gateway', path, { method: method(path) });
      const done = await who.good(name, args);
      assert.equal(done.verified ?? done.paused, true, `${name}: ${done.text}`);
    }));
    await stage.calm();
    const who = await listener();
    await who.fault('expired_token', '/v1/me/player/next', { method: 'POST' });
    assert.equal((await who.good('skip')).skipped, 1);
    assert.equal((await state(who)).item.uri, uriOf(tracks[1]));
    await who.fault('rate_limit', '/v1/me/player/next', { retry_after: 1 });
    assert.equal((await who.good('skip')).skipped, 1);
    assert.equal((await state(who)).item.uri, uriOf(tracks[2]));
    await stage.calm();
  });

  test('the look afterwards fails: what was accepted is told, not what was not seen', async () => {
    for (const [name, args] of commands(tracks).filter(([name]) => ['play', 'seek', 'set_playback_mode'].includes(name))) {
      const who = await listener();
      await who.fault('unavailable', '/v1/me/player', { method: 'GET', count: -1 });
      const done = await who.good(name, args);
      assert.equal(done.verified, false);
      assert.match(done.text, /accepted it, but.*could not be read/, name);
      await stage.calm();
    }
  });

  test('the state does not follow: said, not hidden', async () => {
    // Somebody else is quicker: what was asked for is not what is heard in the end.
    const who = await listener(), wanted = tracks[9];
    await who.fault('slow', '/v1/me/player', { method: 'GET', ms: 2000, count: -1 });
    const call = who.raw('play', { uris: [wanted] });
    await until('it to play', async () => (await state(who)).item.uri === uriOf(wanted));
    await begins(who);
    const result = await call;
    await stage.calm();
    assert.equal(result.structuredContent.verified, false, textOf(result));
    assert.equal(result.structuredContent.player.item.url, tracks[0]);
    assert.match(textOf(result), /state does not show it yet/);
  });

  test('ten skips, cancelled half-way', async () => {
    const who = await listener();
    await who.good('play', { uris: tracks.slice(0, 20) });
    const abort = new AbortController(), slow = await who.fault('slow', '/v1/me/player/next', { skip: 2, count: -1, ms: 1200 });
    const call = who.raw('skip', { count: 10 }, { signal: abort.signal });
    call.catch(() => {});
    await until('the third skip', slow.fired);
    abort.abort('enough');
    await assert.rejects(call);
    await new Promise(r => setTimeout(r, 3000));
    assert.ok([uriOf(tracks[2]), uriOf(tracks[3])].includes((await state(who)).item.uri), (await state(who)).item.uri);
    await stage.calm();
    // Fifty for the queue: after the cancellation at most the one on its way is added.
    const before = (await who.player()).queue.length;
    await cancelled(who, 'add_to_queue', { uris: tracks.concat(tracks).slice(0, 50) }, 5, '/v1/me/player/queue');
    const added = (await who.player()).queue.length - before;
    assert.ok(added >= 5 && added <= 7, `${added} added`);
    assert.equal((await who.good('pause')).paused, true);
  });

  test('a long call tells how far it is', async () => {
    const who = await listener(), told = [];
    await who.good('add_to_queue', { uris: Array.from({ length: 20 }, () => tracks[0]) }, { onprogress: p => told.push(p.progress) });
    assert.ok(told.length >= 2 && told.every((n, i) => i === 0 || n > told[i - 1]), `${told}`);
  });

  // From here on the player is closed for all of the application.

  test('the player\'s allowance is used up: told by every command, with the end, and nothing is sent', async () => {
    const who = await listener();
    await who.fault('quota_exceeded', '/v1/me/player/pause', { retry_after: 7200 });
    await who.bad('pause', {}, /allowance of this Spotify application for player is used up. It comes back in (2 h 0|1 h 59) min \(at /);
    await stage.calm();
    const since = await who.mark();
    for (const [name, args] of commands(tracks)) await who.bad(name, args, /for player is used up/);
    for (const name of ['get_playback', 'get_queue', 'list_devices']) await who.bad(name, {}, /for player is used up/);
    assert.deepEqual((await since()).map(r => r.path), []);
    assert.ok((await who.good('search', { query: 'still open' })).returned >= 0);
  });

  test('a long pause is told with its end', async () => {
    const who = await stage.one();
    await who.fault('rate_limit', '/v1/search', { retry_after: 590 });
    await who.bad('play', { query: 'anything at all' }, /to pause\. Try again in (10|9) min/);
    await stage.calm();
    await who.bad('get_top_items', {}, /to pause\. Try again in (10|9) min/);
  });
})));
