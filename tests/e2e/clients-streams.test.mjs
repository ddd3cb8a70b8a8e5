// The real clients with everything of the protocol that the shipped catalog
// does not use: questions to the person, the model and the host, subscriptions,
// changes, logging, prompts, completion.  The worker is the fixtures' one.
// Printed at the end: which client was seen to do what (docs/testing.md).
// Alone: it measures how soon streams are back.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspector, lasting } from './lib/clients.mjs';
import { Rig } from './lib/rig.mjs';
import { sleep, until } from './lib/system.mjs';

const names = Object.keys(lasting), INSPECTOR = 'Inspector';
const BRIDGE = 'mcp-remote auto';
const WATCHED = 'test://watched-resource';
let rig;
const clients = new Map();
const matrix = new Map();
before(async () => {
  rig = await Rig.start({
    name: 'clients-streams', count: names.length + 1,
    programs: { 'tonearm-worker': 'tonearm-worker-fixtures' },
  });
  await Promise.all(names.map(async (name, i) => {
    clients.set(name, Object.assign(await lasting[name](rig.endpoint, rig.people[i].token), rig.people[i]));
  }));
});
after(async () => {
  const width = Math.max(...[...matrix.keys()].map(k => k.length));
  const columns = [...names, INSPECTOR];
  console.log(`${' '.repeat(width)}  ${columns.join(' | ')}`);
  const reasons = [];
  for (const [feature, row] of matrix)
    console.log(`${feature.padEnd(width)}  ${columns.map(name => {
      const mark = row.get(name) ?? 'not seen';
      const why = mark.match(/^cannot: (.*)/s)?.[1];
      if (why && !reasons.includes(why)) reasons.push(why);
      return (why ? `cannot (${reasons.indexOf(why) + 1})` : mark).padEnd(name.length);
    }).join(' | ')}`);
  reasons.forEach((why, i) => console.log(`(${i + 1}) ${why}`));
  for (const client of clients.values()) await client.close().catch(() => {});
  await rig?.stop();
});

/** Text of a tool's answer; fails when it is an error. */
function textOf(result) {
  const text = result.content.map(c => c.text ?? '').join('\n');
  assert.ok(!result.isError, text);
  return text;
}

/** One test for each client that can; the others are skipped with the reason. */
function feature(what, job, { cannot = {}, inspect } = {}) {
  const row = new Map();
  matrix.set(what, row);
  describe(what, { concurrency: true }, () => {
    for (const name of names) {
      if (cannot[name]) row.set(name, `cannot: ${cannot[name]}`);
      test(name, { skip: cannot[name] ?? false, timeout: 30000 }, async t => {
        await job(clients.get(name), t, name);
        row.set(name, 'seen');
      });
    }
    if (typeof inspect === 'string') row.set(INSPECTOR, `cannot: ${inspect}`);
    test(INSPECTOR, { skip: typeof inspect === 'string' ? inspect : false, timeout: 60000 }, async () => {
      const { token } = rig.people.at(-1);
      await inspect((era, ...args) => inspector(rig.endpoint, token, args, { era }));
      row.set(INSPECTOR, 'seen');
    });
  });
}
const oneShot = 'its command line makes one request and ends';
const noAnswers = 'its command line declares no such capability';

feature('list and call', async client => {
  assert.ok((await client.list()).length > 10);
  assert.match(textOf(await client.call('test_simple_text')), /\w/);
  assert.equal((await client.call('test_image_content')).content[0].type, 'image');
  assert.ok((await client.call('test_error_handling')).isError);
}, {
  inspect: async run => {
    assert.ok((await run('legacy', '--method', 'tools/list')).tools.length > 10);
    textOf(await run('modern', '--method', 'tools/call', '--tool-name', 'test_simple_text'));
  },
});

feature('progress', async client => {
  const told = [];
  await client.call('test_slow', { tenths: 10 }, { onprogress: p => told.push(p.progress) });
  assert.ok(told.length >= 2 && told.every((p, i) => p > (told[i - 1] ?? -1)), JSON.stringify(told));
}, { inspect: 'its command line prints the result only' });

feature('cancel', async client => {
  const stop = new AbortController(), began = Date.now();
  const call = client.call('test_slow', { tenths: 100 }, { signal: stop.signal });
  const outcome = call.then(() => 'answered', () => 'cancelled');
  await sleep(300);
  stop.abort('enough');
  assert.equal(await outcome, 'cancelled');
  assert.ok(Date.now() - began < 5000);
  textOf(await client.call('test_simple_text'));
}, {
  cannot: { [BRIDGE]: 'it POSTs notifications/cancelled, which 2026-07-28 does not have over HTTP, and keeps the stream' },
  inspect: oneShot,
});

feature('elicitation: accept, decline, cancel', async client => {
  for (const [answer, wanted] of [
    [{ action: 'accept', content: { username: 'wren', email: 'wren@example.org' } }, /action=accept.*"username":"wren"/],
    [{ action: 'decline' }, /action=decline/],
    [{ action: 'cancel' }, /action=cancel/]]) {
    client.answers.elicit = () => answer;
    const from = client.asked.length;
    assert.match(textOf(await client.call('test_elicitation', { message: 'Who are you?' })), wanted);
    assert.equal(client.asked.length, from + 1);
    assert.equal(client.asked.at(-1).params.message, 'Who are you?');
  }
}, { inspect: noAnswers });

feature('elicitation that takes its time', async client => {
  client.answers.elicit = async () => {
    await sleep(3000);
    return { action: 'accept', content: { name: 'otter' } };
  };
  assert.match(textOf(await client.call('test_streaming_elicitation')), /otter/);
}, { inspect: noAnswers });

feature('sampling', async client => {
  assert.match(textOf(await client.call('test_sampling', { prompt: 'What is 2+2?' })), /LLM response: sampled/);
  assert.match(JSON.stringify(client.asked.at(-1).params.messages), /2\+2/);
}, { inspect: noAnswers });

feature('roots', async client => {
  assert.match(textOf(await client.call('test_input_required_result_list_roots')), /file:\/\/\/music/);
}, { inspect: noAnswers });

feature('several rounds', async client => {
  client.answers.elicit = () => ({ action: 'accept', content: { name: 'wren', color: 'blue' } });
  const from = client.asked.length;
  textOf(await client.call('test_input_required_result_multi_round'));
  assert.ok(client.asked.length >= from + 2, `${client.asked.length - from} questions`);
}, { inspect: noAnswers });

feature('prompts', async client => {
  assert.ok((await client.prompts()).some(p => p.name === 'test_prompt_with_arguments'));
  const got = await client.prompt('test_prompt_with_arguments', { arg1: 'hello', arg2: 'world' });
  assert.match(got.messages[0].content.text, /arg1='hello', arg2='world'/);
}, {
  inspect: async run => {
    assert.ok((await run('legacy', '--method', 'prompts/list')).prompts.length > 2);
    const got = await run('modern', '--method', 'prompts/get', '--prompt-name', 'test_prompt_with_arguments',
      '--prompt-args', 'arg1=hello', 'arg2=world');
    assert.match(JSON.stringify(got), /hello/);
  },
});

feature('completion', async client => {
  const { completion } = await client.complete({ type: 'ref/prompt', name: 'test_prompt_with_arguments' }, 'arg1', 'te');
  assert.deepEqual(completion.values, ['tempo', 'tenor', 'test', 'testing']);
  const of = await client.complete({ type: 'ref/resource', uri: 'test://template/{id}/data' }, 'id', '12');
  assert.deepEqual(of.completion.values, ['12', '123']);
}, { inspect: 'its command line has no completion' });

feature('resources', async client => {
  assert.ok((await client.resources()).some(r => r.uri === WATCHED));
  assert.equal((await client.templates())[0].uriTemplate, 'test://template/{id}/data');
  assert.match((await client.read('test://template/7/data')).contents[0].text, /Data for ID: 7/);
  await assert.rejects(client.read('test://nothing'), /./);
}, {
  inspect: async run => {
    assert.ok((await run('modern', '--method', 'resources/list')).resources.length > 2);
    assert.match(JSON.stringify(await run('legacy', '--method', 'resources/read', '--uri', 'test://static-text')), /text/);
  },
});

feature('logging', async client => {
  await client.logLevel('debug');
  await client.hears('notifications/message', () => client.call('test_tool_with_logging'));
  await client.logLevel('emergency');
  await sleep(200);
  const from = client.times('notifications/message');
  await client.call('test_tool_with_logging');
  await sleep(200);
  assert.equal(client.times('notifications/message'), from);
}, { inspect: oneShot });

const changes = {
  'notifications/tools/list_changed': 'test_trigger_tool_change',
  'notifications/prompts/list_changed': 'test_trigger_prompt_change',
  'notifications/resources/list_changed': 'test_trigger_resource_change',
};

/** The client is told of a change; the stream may be on its way up yet. */
const told = (client, method, tool, ms = 10000) => until(method, async () => {
  const from = client.times(method);
  await client.call(tool);
  const end = Date.now() + 500;
  while (Date.now() < end && client.times(method) === from) await sleep(20);
  return client.times(method) > from;
}, ms);

feature('list changes', async client => {
  await client.listens?.();
  for (const [method, tool] of Object.entries(changes)) await told(client, method, tool);
}, { inspect: oneShot });

feature('subscribe, updated', async client => {
  await client.watch(WATCHED);
  await told(client, 'notifications/resources/updated', 'test_trigger_resource_update');
  assert.equal(client.heard.findLast(n => n.method === 'notifications/resources/updated').params.uri, WATCHED);
  assert.match((await client.read(WATCHED)).contents[0].text, /changed [1-9]/);
}, { inspect: oneShot });

feature('unsubscribe', async client => {
  await client.unwatch(WATCHED);
  await until('silence', async () => {
    const from = client.times('notifications/resources/updated');
    await client.call('test_trigger_resource_update');
    await sleep(400);
    return client.times('notifications/resources/updated') === from;
  });
  await client.watch(WATCHED);
  await told(client, 'notifications/resources/updated', 'test_trigger_resource_update');
}, { cannot: { [BRIDGE]: 'it opens another listen stream and leaves the one with the old filter open' }, inspect: oneShot });

const polls = 'nobody closes a stream early in 2026-07-28';
feature('a stream closed before its answer (2025-11-25)', async client => {
  assert.match(textOf(await client.call('test_reconnection', {}, { timeout: 20000 })), /\w/);
}, { inspect: polls, cannot: { 'SDK v2, 2026-07-28': polls, [BRIDGE]: polls } });

describe('streams come back by themselves after', () => {
  const cut = 'it does not see that its listen stream was cut, only an end with an answer';
  /** What it takes until everybody who can is told of changes again. */
  const allTold = async (t, what, cannot = {}) => {
    const row = matrix.get(what) ?? new Map();
    matrix.set(what, row);
    const began = Date.now();
    const took = await Promise.all(names.map(async name => {
      const client = clients.get(name);
      if (cannot[name]) {
        row.set(name, `cannot: ${cannot[name]}`);
        return `${name} cannot: ${cannot[name]}`;
      }
      await told(client, 'notifications/tools/list_changed', 'test_trigger_tool_change', 20000)
        .catch(error => { throw new Error(`${name}: ${error.message}`, { cause: error }); });
      row.set(name, 'seen');
      return `${name} ${Date.now() - began} ms`;
    }));
    row.set(INSPECTOR, `cannot: ${oneShot}`);
    t.diagnostic(took.join(', '));
  };
  const events = [
    ['the workers were killed', () => rig.killWorkers()],
    ['the daemon was stopped and started', () => rig.held.restart()],
    ['the reverse proxy was restarted', () => rig.proxy.restart(), { [BRIDGE]: cut }],
    ['the daemon was killed and started', () => rig.killServer(), { [BRIDGE]: cut }]];
  for (const [what, event, cannot] of events)
    test(what, { timeout: 60000 }, async t => {
      await event();
      await allTold(t, `streams after ${what}`, cannot);
    });
  const again = 'in 2026-07-28 a broken stream loses its request (M-22)';
  test('a call under way when the reverse proxy is restarted is answered on another stream (2025-11-25)', { timeout: 60000 }, async t => {
    const row = new Map([[INSPECTOR, `cannot: ${oneShot}`]]);
    matrix.set('a call outlives its stream', row);
    const seen = new Set();
    const calls = names.map(name => clients.get(name).call('test_slow', { tenths: 40 }, { onprogress: () => seen.add(name), timeout: 10000 })
      .then(textOf, error => `failed: ${error.message}`));
    await until('everybody to be on the way', () => seen.size === names.length);
    await rig.proxy.restart();
    const ends = await Promise.all(calls);
    names.forEach((name, i) => {
      t.diagnostic(`${name}: ${ends[i].replace(/\s+/g, ' ').slice(0, 100)}`);
      if (name.includes('2026') || name === BRIDGE) row.set(name, `cannot: ${again}`);
      else {
        assert.match(ends[i], /It took/, name);
        row.set(name, 'seen');
      }
    });
  });
});
