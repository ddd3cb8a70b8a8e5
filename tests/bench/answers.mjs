#!/usr/bin/env node
// What each tool's answers cost whoever reads them: bytes and tokens over typical
// calls, against the sandbox's invented music.  docs/tools-sizes.md is made by it,
// the last part of docs/tools.md.
//
//   node tests/bench/answers.mjs [--write | --check]
//
// TONEARM_BUILD is a finished build, TONEARM_SOURCE the source it is of.  --write puts
// the table into docs/; --check fails where what was published is no longer true: a
// tool that is missing, or a median that is off by more than a fifth.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build, source } from '../e2e/lib/system.mjs';
import { Stage, idOf, sameLinks, textOf } from '../e2e/lib/tools.mjs';

const TOKENIZER = 'o200k_base';
const fromE2e = createRequire(new URL('../e2e/package.json', import.meta.url));
const { Tiktoken } = fromE2e('js-tiktoken/lite');
const encoder = new Tiktoken(fromE2e(`js-tiktoken/ranks/${TOKENIZER}`));
const tokens = text => encoder.encode(text, 'all').length;
const median = list => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

// The frame of a JPEG around nothing: start, a JFIF header, end.
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, ...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xd9]).toString('base64');
const KINDS = ['track', 'album', 'artist', 'playlist', 'show', 'episode', 'audiobook'];

const measured = new Map();
let listed;

/** A person whose calls are measured. */
async function member(stage, user) {
  const who = user ? await stage.as(user) : await stage.one(), client = await who.connect();
  client.answers.elicit = () => ({ action: 'accept', content: {} });
  listed ??= (await client.list()).map(tool => tool.name);
  return async (name, args = {}) => {
    if (!listed.includes(name)) return {};
    const result = await client.call(name, args), text = textOf(result);
    if (result.isError) throw new Error(`${name} ${JSON.stringify(args).slice(0, 200)}: ${text}`);
    // An embedded resource is read as text, too.
    const whole = [text, ...result.content.filter(block => block.resource).map(block => block.resource.text ?? '')].join('\n');
    const data = JSON.stringify(result.structuredContent);
    sameLinks(name, text, result.structuredContent);
    if (!measured.has(name)) measured.set(name, []);
    measured.get(name).push({ bytes: Buffer.byteLength(whole), tokens: tokens(whole), dataBytes: Buffer.byteLength(data), dataTokens: tokens(data) });
    return result.structuredContent;
  };
}

const urls = found => found.items.map(item => item.url).filter(Boolean);

async function reading(stage) {
  const juniper = await member(stage, 'juniper'), wren = await member(stage, 'wren'), marlow = await member(stage, 'marlow');
  const found = urls(await juniper('search', { query: 'rain' }));
  await juniper('search', { query: 'blue', limit: 20 });
  await juniper('search', { query: 'night artist:a', types: ['track', 'album'] });
  const mixed = await juniper('search', { query: 'the', types: KINDS, limit: 5 });
  const many = urls(await wren('search', { query: 'the', limit: 50 }));
  const of = kind => urls(mixed).find(url => url.includes(`/${kind}/`));
  await juniper('get_items', { uris: found.slice(0, 1) });
  await juniper('get_items', { uris: [of('album'), of('artist')] });
  await juniper('get_items', { uris: urls(mixed).filter((_, i) => i % 5 === 0) });
  await juniper('get_items', { uris: many.slice(0, 20) });
  for (const kind of ['album', 'artist', 'show']) await juniper('list_contents', { uri: of(kind) });
  await juniper('list_contents', { uri: mixed.items.find(item => item.type === 'audiobook').url });
  for (const who of [juniper, wren, marlow]) for (const name of ['get_status', 'get_playback', 'get_queue', 'list_devices']) await who(name);
  for (const who of [juniper, wren, marlow]) await who('list_playlists');
  for (const playlist of ['Odds and Ends', 'Morning Coffee', 'Rainy Day Window']) await juniper('get_playlist', { playlist });
  await marlow('get_playlist', { playlist: 'Long Drive' });
  await wren('get_playlist', { playlist: 'Everything Ever' });
  await juniper('compare_playlists', { a: 'Odds and Ends', b: 'Blue Hour' });
  await juniper('compare_playlists', { a: 'Morning Coffee', b: 'Rainy Day Window' });
  await marlow('compare_playlists', { a: 'Long Drive', b: 'Flat Party' });
  for (const format of ['csv', 'm3u', 'json']) await juniper('export_playlist', { playlist: 'Morning Coffee', format });
  for (const format of ['csv', 'json']) await wren('export_playlist', { playlist: 'Everything Ever', format });
  for (const kind of ['tracks', 'albums', 'artists', 'shows', 'episodes', 'audiobooks']) await juniper('get_library', { kind });
  await wren('get_library', { kind: 'tracks', contains: 'the' });
  await wren('get_library', { kind: 'episodes' });
  for (const n of [1, 10, 50]) await juniper('check_library', { uris: many.slice(0, n) });
  await juniper('get_top_items');
  await juniper('get_top_items', { kind: 'artists' });
  await juniper('get_top_items', { kind: 'tracks', limit: 50 });
  await juniper('get_recently_played');
  await marlow('get_recently_played');
  await juniper('get_recently_played', { limit: 50 });
  return many;
}

async function playing(stage, many) {
  const marlow = await member(stage, 'marlow');
  await marlow('play', { query: 'rain', device: 'Work Computer' });
  await marlow('play', { playlist: 'Long Drive' });
  await marlow('play', { uris: many.slice(0, 30), start_at: '2' });
  for (const args of [{}, { direction: 'previous' }, { count: 3 }]) await marlow('skip', args);
  for (const args of [{ position_ms: 30000 }, { by_ms: 10000 }]) await marlow('seek', args);
  for (const args of [{ percent: 40 }, { by_percent: -10, device: 'Living Room' }]) await marlow('set_volume', args);
  for (const args of [{ shuffle: true }, { shuffle: false, repeat: 'context' }]) await marlow('set_playback_mode', args);
  for (const n of [1, 5, 50]) await marlow('add_to_queue', { uris: many.slice(0, n) });
  for (const args of [{ device: 'Living Room' }, { device: 'Work Computer', play: true }]) await marlow('transfer_playback', args);
  for (let i = 0; i < 2; i++) await marlow('pause');
}

async function writing(stage, many) {
  const marlow = await member(stage, 'marlow');
  const { entries } = await stage.stored(idOf((await (await stage.as('wren')).good('list_playlists', { name_contains: 'everything' })).playlists[0].url));
  const catalogue = [...new Set(entries.map(entry => entry.u))];
  await marlow('create_playlist', { name: 'Evening Walk' });
  await marlow('create_playlist', { name: 'Sunday', description: 'Slow things', uris: many.slice(0, 20) });
  await marlow('create_playlist', { name: 'Long One', uris: catalogue.slice(0, 300) });
  await marlow('add_to_playlist', { playlist: 'Evening Walk', uris: many.slice(0, 1) });
  await marlow('add_to_playlist', { playlist: 'Evening Walk', uris: many.slice(1, 30), skip_duplicates: true });
  await marlow('add_to_playlist', { playlist: 'Evening Walk', uris: catalogue.slice(0, 1000), dry_run: true });
  await marlow('update_playlist', { playlist: 'Evening Walk', description: 'Along the river' });
  await marlow('update_playlist', { playlist: 'Sunday', name: 'Sunday Morning', public: true });
  await marlow('set_playlist_cover', { playlist: 'Evening Walk', image: JPEG });
  await marlow('remove_from_playlist', { playlist: 'Evening Walk', uris: many.slice(3, 4) });
  await marlow('remove_from_playlist', { playlist: 'Evening Walk', uris: many.slice(5, 15), dry_run: true });
  await marlow('remove_from_playlist', { playlist: 'Long One', uris: catalogue.slice(0, 150) });
  await marlow('reorder_playlist', { playlist: 'Evening Walk', from: 0, count: 2, to: 6 });
  await marlow('reorder_playlist', { playlist: 'Evening Walk', sort_by: 'artist' });
  await marlow('dedupe_playlist', { playlist: 'Flat Party', match: 'recording' });
  await marlow('dedupe_playlist', { playlist: 'Sunday Morning', match: 'id', dry_run: true });
  await marlow('combine_playlists', { playlists: ['Evening Walk', 'Sunday Morning'], mode: 'union', into_name: 'Both' });
  await marlow('combine_playlists', { playlists: ['Long One', 'Long Drive'], mode: 'subtract', into_name: 'Neither', dry_run: true });
  const titles = (await (await stage.as('wren')).good('get_playlist', { playlist: 'Everything Ever' })).items.map(item => `${item.by} - ${item.name}`);
  await marlow('import_tracks', { lines: titles.slice(0, 5), name: 'From a list' });
  await marlow('import_tracks', { lines: [...titles.slice(0, 8), 'Nobody - Nothing at all', titles[9].slice(0, -2)], dry_run: true, name: 'Another' });
  await marlow('import_tracks', { lines: titles.slice(0, 50), dry_run: true, name: 'Fifty' });
  await marlow('replace_playlist', { playlist: 'Both', uris: many.slice(0, 10) });
  await marlow('replace_playlist', { playlist: 'Long One', uris: catalogue.slice(200, 400) });
  for (const n of [1, 20, 200]) await marlow('save_to_library', { uris: catalogue.slice(0, n) });
  for (const n of [1, 20, 200]) await marlow('remove_from_library', { uris: catalogue.slice(0, n), ...(n === 20 ? { dry_run: true } : {}) });
  await marlow('delete_playlist', { playlist: 'Both' });
  await marlow('delete_playlist', { playlist: 'Sunday Morning' });
  const changes = (await marlow('list_changes')).changes ?? [];
  await marlow('list_changes', { limit: 5 });
  for (const change of changes.slice(0, 3)) await marlow('undo_change', { change_id: change.id ?? change.change_id });
}

const pair = (list, bytes, count, pick) => `${pick(list.map(m => m[bytes]))} / ${pick(list.map(m => m[count]))}`;
const worst = list => Math.max(...list);

function section() {
  const rows = listed.map(name => {
    const list = measured.get(name) ?? [];
    if (list.length === 0) throw new Error(`${name} was not measured`);
    const sizes = [['bytes', 'tokens', median], ['bytes', 'tokens', worst], ['dataBytes', 'dataTokens', median], ['dataBytes', 'dataTokens', worst]];
    return `| \`${name}\` | ${list.length} | ${sizes.map(([b, t, pick]) => pair(list, b, t, pick)).join(' | ')} |`;
  });
  return `
# Sizes of answers

Bytes / tokens of the text that a model reads (embedded resources with it) and of the structured content,
the median and the worst of so many typical calls, the largest pages among them; names and titles are the
sandbox's, which are as long as real ones. Tokens are those of ${TOKENIZER}, counted with js-tiktoken
${fromE2e('./package.json').dependencies['js-tiktoken']}. Measured and written by \`tests/bench/answers.mjs\`.

| tool | calls | text, median | text, worst | structured, median | structured, worst |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

/** Rows of a table: tool -> the numbers of its medians in tokens. */
const medians = text => new Map([...text.matchAll(/^\| `(\w+)` \| \d+ \| \d+ \/ (\d+) \| [^|]* \| \d+ \/ (\d+) \|/gm)]
  .map(([, name, ...numbers]) => [name, numbers.map(Number)]));

function check(now, published) {
  const [a, b] = [medians(now), medians(published)];
  const off = [...a].filter(([name, is]) => !b.has(name) || is.some((n, i) => Math.abs(n - b.get(name)[i]) > 10 + Math.max(n, b.get(name)[i]) / 5));
  for (const [name, is] of off) process.stdout.write(`${name}: ${is.join(', ')} tokens, published ${b.get(name)?.join(', ') ?? 'nothing'}\n`);
  process.stdout.write(`${a.size} tools measured, ${off.length} not as published\n`);
  process.exitCode = off.length > 0 || b.size !== a.size ? 1 : 0;
}

const stage = await Stage.start('development', { name: 'answers' });
try {
  const many = await reading(stage);
  await playing(stage, many);
  await writing(stage, many);
} finally {
  await stage.stop();
}
const text = section(), file = join(source, 'docs/tools-sizes.md');
if (process.argv.includes('--check')) check(text, readFileSync(file, 'utf8'));
else if (process.argv.includes('--write')) {
  writeFileSync(file, text);
  writeFileSync(join(source, 'docs/tools.md'), execFileSync(join(build, 'tonearm-worker'), ['--tools-page'], { encoding: 'utf8' }) + text);
} else process.stdout.write(text);
