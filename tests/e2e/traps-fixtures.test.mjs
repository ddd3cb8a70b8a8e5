// The traps of what the shipped program does not offer, or not yet: arguments in
// headers, calls that ask back, progress, log messages, content of later
// versions, subscriptions.  The worker is the one of tests/conformance.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { LEGACIES, LEGACY, assertError, modernRequest, request, resultOf, session } from './lib/eras.mjs';
import { member } from './lib/journey.mjs';
import { modern, post } from './lib/rpc.mjs';
import { Stream } from './lib/stream.mjs';
import { System, build, sleep } from './lib/system.mjs';

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId', LEVEL = 'io.modelcontextprotocol/logLevel';

describe('with the fixtures', { skip: !existsSync(join(build, 'tonearm-worker-fixtures')) && 'the fixtures are not built' }, () => {
  let system, who, other;
  before(async () => {
    system = await System.start({ name: 'traps-fixtures', programs: { 'tonearm-worker': 'tonearm-worker-fixtures' } });
    await system.sandbox.post('users', { count: 2, prefix: 'trap' });
    who = await member(system, 'trap001');
    other = await member(system, 'trap002');
  });
  after(async () => { await system?.stop(); });

  const call = (name, args = {}, { person = who, more = {}, ...options } = {}) =>
    modern(person.endpoint, person.token, 'tools/call', { name, arguments: args, ...more }, options);
  /** A call whose answer is read as events until it ends. */
  async function streamed(body, headers) {
    const stream = await Stream.open(who.endpoint, body, { headers });
    if (stream.isEvents) await stream.until(s => s.closed !== undefined, 20000);
    return stream;
  }
  const modernStream = (name, args, meta, id = 1) => {
    const { body, headers } = modernRequest(who, 'tools/call', { name, arguments: args, _meta: meta }, { id });
    return streamed(body, headers);
  };

  test('M-10: an argument that is repeated in a header has to be the same; null and absent need none', async () => {
    const ask = (args, headers) => call('test_custom_header', args, { headers });
    const good = [[{ region: 'eu' }, { 'mcp-param-region': 'eu' }], [{ region: 'eu' }, { 'MCP-PARAM-REGION': ' eu\t' }], [{ region: 'ü' }, { 'mcp-param-region': '=?base64?w7w=?=' }],
      [{ region: 'eu', level: 42 }, { 'mcp-param-region': 'eu', 'mcp-param-level': '42' }], [{ region: 'eu', level: 42 }, { 'mcp-param-region': 'eu', 'mcp-param-level': '42.0' }],
      [{ region: 'eu', loud: true }, { 'mcp-param-region': 'eu', 'mcp-param-loud': 'true' }], [{ region: 'eu', level: null }, { 'mcp-param-region': 'eu' }],
      [{ region: 'eu' }, { 'mcp-param-region': 'eu', 'mcp-param-unheard': 'x' }]];
    for (const [args, headers] of good) resultOf(await ask(args, headers));
    const bad = [[{ region: 'eu' }, {}], [{ region: 'eu' }, { 'mcp-param-region': 'EU' }], [{ region: 'eu' }, { 'mcp-param-region': '' }], [{ region: 'eu' }, { 'mcp-param-region': '=?base64?!?=' }],
      [{ region: 'eu', level: 42 }, { 'mcp-param-region': 'eu' }], [{ region: 'eu', level: 42 }, { 'mcp-param-region': 'eu', 'mcp-param-level': '43' }],
      [{ region: 'eu', loud: true }, { 'mcp-param-region': 'eu', 'mcp-param-loud': 'True' }], [{ region: 'eu', loud: false }, { 'mcp-param-region': 'eu', 'mcp-param-loud': '0' }]];
    for (const [args, headers] of bad) assertError(await ask(args, headers), 400, -32020);
    const s = await session(who);
    resultOf(await s.ask('tools/call', { name: 'test_custom_header', arguments: { region: 'eu' } }));
  });

  test('M-13: a capability that this request did not declare: -32021 with an object that a client can merge; legacy gets text', async () => {
    const answer = await call('test_missing_capability');
    assertError(answer, 400, -32021);
    assert.deepEqual(answer.json.error.data.requiredCapabilities, { sampling: {} });
    // Declared a moment ago is not declared now (M-2).
    await call('test_missing_capability', {}, { capabilities: { sampling: {} } });
    assertError(await call('test_missing_capability'), 400, -32021);
    const s = await session(who);
    const result = resultOf(await s.ask('tools/call', { name: 'test_missing_capability', arguments: {} }));
    assert.equal(result.isError, true);
    assert.ok(result.content[0].text.length > 10);
  });

  const can = { capabilities: { elicitation: {} } };
  const accepted = { user_name: { action: 'accept', content: { name: 'Ada' } } };

  test('R-1 to R-3, R-6: a round that asks, and any worker takes the next one; wrong keys ask again', async () => {
    const first = resultOf(await call('test_input_required_result_elicitation', {}, can));
    assert.equal(first.resultType, 'input_required');
    assert.deepEqual(Object.values(first.inputRequests).map(q => q.method), ['elicitation/create']);
    for (const member of ['ttlMs', 'cacheScope']) assert.ok(!(member in first));
    const again = inputResponses => call('test_input_required_result_elicitation', {}, { ...can, more: { inputResponses, requestState: first.requestState } });
    assert.equal(resultOf(await again({ unheard: { action: 'accept' } })).resultType, 'input_required');
    for (const broken of [7, null, [], 'x']) {
      const answer = await again(broken);
      assert.ok(answer.json.error?.code === -32602 || answer.json.result?.resultType === 'input_required', `${JSON.stringify(broken)}: ${answer.text}`);
    }
    const done = resultOf(await again(accepted));
    assert.equal(done.resultType, 'complete');
    assert.match(JSON.stringify(done.content), /Ada/);
    for (const action of ['decline', 'cancel']) assert.equal(resultOf(await again({ user_name: { action } })).resultType, 'complete');
  });

  test('R-2: who declares no forms, or only addresses, is not asked for one', async () => {
    for (const capabilities of [{}, { elicitation: { url: {} } }, { sampling: {} }]) {
      const answer = await call('test_input_required_result_elicitation', {}, { capabilities });
      assertError(answer, 400, -32021);
    }
    const page = await call('test_elicitation_url', {}, can);
    assert.ok(page.json.error?.code === -32021 || page.json.result?.isError, page.text);
  });

  test('R-4, R-5: a state that was altered, is another person\'s, or of another tool is -32602', async () => {
    const name = 'test_input_required_result_request_state';
    const { requestState } = resultOf(await call(name, {}, can));
    assert.ok(requestState);
    const inputResponses = { confirm: { action: 'accept', content: { ok: true } } };
    const retry = (state, options = {}) => call(options.tool ?? name, options.args ?? {}, { ...can, ...options, more: { inputResponses, requestState: state } });
    const mid = requestState.length >> 1;
    for (const state of ['', 'x', 7, {}, `${requestState}A`, requestState.slice(1), requestState.slice(0, mid) + (requestState[mid] === 'A' ? 'B' : 'A') + requestState.slice(mid + 1)])
      assertError(await retry(state), 200, -32602);
    assertError(await retry(requestState, { person: other }), 200, -32602);
    assertError(await retry(requestState, { tool: 'test_input_required_result_tampered_state' }), 200, -32602);
    assert.equal(resultOf(await retry(requestState)).resultType, 'complete');
  });

  test('M-20, L-12, L-17: only old clients are sent requests, on the stream of theirs, and stray answers are dropped', async () => {
    const s = await session(who, LEGACY, { capabilities: { elicitation: {} } });
    const stream = await Stream.open(who.endpoint, request('tools/call', { name: 'test_elicitation', arguments: { message: 'Who?' } }, 'mine'), { headers: s.headers });
    assert.ok(await stream.until(x => x.messages.some(m => m.method)));
    const question = stream.messages.find(m => m.method);
    assert.equal(question.method, 'elicitation/create');
    assert.ok(String(question.id).length >= 16, 'an id that can be guessed');
    const foreign = await session(other, LEGACY, { capabilities: { elicitation: {} } });
    const sibling = await session(who, LEGACY, { capabilities: { elicitation: {} } });
    const answer = id => ({ jsonrpc: '2.0', id, result: { action: 'accept', content: { username: 'eve', email: 'eve@example.com', name: 'eve' } } });
    for (const from of [foreign, sibling]) assert.equal((await post(who.endpoint, answer(question.id), { headers: from.headers })).status, 202);
    assert.equal((await post(who.endpoint, answer(question.id), { headers: { ...foreign.headers, 'mcp-session-id': s.id } })).status, 404);
    await sleep(100);
    assert.ok(!stream.messages.some(m => m.result), 'another session answered');
    assert.equal((await s.send(answer('unheard'))).status, 202);
    assert.equal((await s.send({ jsonrpc: '2.0', id: question.id, result: { action: 'decline' } })).status, 202);
    assert.ok(await stream.until(x => x.messages.some(m => m.id === 'mine')));
    assert.doesNotMatch(JSON.stringify(stream.messages), /eve@/);
    await stream.close();
  });

  test('9.6: progress only for who asks, under the token with its type, rising, none after the answer', async () => {
    for (const token of ['p', '', 0, -3, 9007199254740991]) {
      const stream = await modernStream('test_tool_with_progress', {}, { progressToken: token });
      const { messages } = stream, notes = messages.filter(m => m.method === 'notifications/progress');
      assert.ok(notes.length > 0, `token ${token}: ${JSON.stringify(messages)}`);
      notes.forEach((n, i) => {
        assert.equal(n.params.progressToken, token);
        assert.ok(i === 0 || n.params.progress > notes[i - 1].params.progress);
      });
      assert.ok(messages.at(-1).result, 'the answer is last');
    }
    for (const meta of [undefined, { progressToken: null }, { progressToken: 1.5 }, { progressToken: {} }]) {
      const answer = await call('test_tool_with_progress', {}, { more: meta ? { _meta: meta } : {} });
      assert.doesNotMatch(answer.text, /notifications\/progress/);
    }
  });

  test('9.8: log messages only at the level that was asked for, in 2026-07-28 by each request', async () => {
    const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
    for (const level of ['debug', 'warning', 'emergency']) {
      const stream = await modernStream('test_tool_with_logging', {}, { [LEVEL]: level });
      const said = (stream.isEvents ? stream.messages : [await stream.body()]).filter(m => m.method === 'notifications/message');
      assert.ok(level !== 'debug' || said.length > 0);
      for (const m of said) assert.ok(levels.indexOf(m.params.level) >= levels.indexOf(level), m.params.level);
    }
    assert.doesNotMatch((await call('test_tool_with_logging')).text, /notifications\/message/);
    assertError(await call('test_tool_with_logging', {}, { more: { _meta: { [LEVEL]: 'loud' } } }), 200, -32602);
    const s = await session(who);
    assert.deepEqual(resultOf(await s.ask('logging/setLevel', { level: 'error' })), {});
    for (const level of ['loud', '', 5, null]) assertError(await s.ask('logging/setLevel', { level }), 200, -32602);
  });

  test('L-21: blocks that a version does not know become text; what it knows stays', async () => {
    const known = { image: '2024-11-05', resource: '2024-11-05', audio: '2025-03-26', resource_link: '2025-06-18' };
    const tools = { test_image_content: 'image', test_audio_content: 'audio', test_embedded_resource: 'resource', test_resource_link: 'resource_link' };
    for (const version of ['2024-11-05', ...LEGACIES]) {
      const s = await session(who, version);
      for (const [tool, type] of Object.entries(tools)) {
        const { content } = resultOf(await s.ask('tools/call', { name: tool, arguments: {} }));
        const types = content.map(c => c.type);
        assert.ok(types.length > 0);
        assert.equal(types.includes(type), version >= known[type], `${version} ${tool}: ${types}`);
        if (version < known[type]) assert.ok(content.some(c => c.type === 'text' && c.text), `${version} ${tool}`);
      }
      const { tools: list } = resultOf(await s.ask('tools/list'));
      assert.equal(list.some(t => 'icons' in t), version >= LEGACY && list.some(t => 'icons' in t));
    }
  });

  test('S-3, S-4: changes come on a listen stream under its id, 0 as well, and only those that were asked for', async () => {
    const open = (id, notifications) => {
      const { body, headers } = modernRequest(who, 'subscriptions/listen', { notifications }, { id });
      return Stream.open(who.endpoint, body, { headers });
    };
    const tools = await open(0, { toolsListChanged: true }), prompts = await open('p', { promptsListChanged: true }), none = await open(-1, {});
    for (const s of [tools, prompts, none]) assert.ok(await s.until(x => x.messages.length));
    resultOf(await call('test_trigger_tool_change'));
    assert.ok(await tools.until(x => x.messages.length > 1));
    resultOf(await call('test_trigger_prompt_change'));
    assert.ok(await prompts.until(x => x.messages.length > 1));
    await sleep(100);
    assert.deepEqual(tools.messages.map(m => [m.method, m.params._meta[SUBSCRIPTION]]),
      [['notifications/subscriptions/acknowledged', 0], ['notifications/tools/list_changed', 0]]);
    assert.deepEqual(prompts.messages.slice(1).map(m => [m.method, m.params._meta[SUBSCRIPTION]]), [['notifications/prompts/list_changed', 'p']]);
    assert.equal(none.messages.length, 1);
    for (const s of [tools, prompts, none]) {
      assert.ok(s.events.every(e => e.id === undefined), 'event ids in the new era (M-22)');
      await s.close();
    }
  });

  test('L-10, L-13, L-19: old clients hear of changes on their GET stream; only 2025-11-25 gets an event without data', async () => {
    for (const version of LEGACIES) {
      const s = await session(who, version);
      const get = await Stream.open(who.endpoint, undefined, { method: 'GET', headers: { ...s.headers, accept: 'text/event-stream' } });
      assert.equal(get.status, 200);
      resultOf(await s.ask('resources/subscribe', { uri: 'test://watched-resource' }));
      resultOf(await s.ask('tools/call', { name: 'test_trigger_resource_update', arguments: {} }));
      assert.ok(await get.until(x => x.messages.some(m => m.method === 'notifications/resources/updated')), version);
      assert.equal(get.messages.find(m => m.method === 'notifications/resources/updated').params.uri, 'test://watched-resource');
      resultOf(await s.ask('resources/unsubscribe', { uri: 'test://watched-resource' }));
      assert.ok(get.messages.every(m => !('result' in m) && !('error' in m) && !(m.params?._meta ?? {})[SUBSCRIPTION]), 'no answers there (L-11)');
      const empty = get.events.filter(e => e.id !== undefined && !e.data);
      if (version === LEGACY) assert.equal(empty.length, 1);
      else assert.equal(empty.length, 0, `${version}: ${JSON.stringify(get.events[0])}`);
      await get.close();
    }
  });

  test('9.3, 9.4: prompts say what is missing; completion has 100 values at most and knows only what there is', async () => {
    const ask = (method, params) => modern(who.endpoint, who.token, method, params);
    for (const params of [{ name: 'no_such' }, { name: 'test_prompt_with_arguments' }, { name: 'test_prompt_with_arguments', arguments: { arg1: 'x' } },
      { name: 'test_prompt_with_arguments', arguments: { arg1: 5, arg2: [] } }]) assertError(await ask('prompts/get', params), 200, -32602);
    const { completion } = resultOf(await ask('completion/complete', { ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' }, argument: { name: 'arg1', value: 'te' } }));
    assert.ok(completion.values.length > 0 && completion.values.length <= 100);
    for (const ref of [{ type: 'ref/prompt', name: 'no_such' }, { type: 'ref/resource', uri: 'test://no-such' }, { type: 'ref/other', name: 'x' }, {}, 'x'])
      assertError(await ask('completion/complete', { ref, argument: { name: 'arg1', value: '' } }), 200, -32602);
  });

  test('no worker died of any of this', () => {
    assert.deepEqual(system.log().filter(l => l.event === 'obituary'), []);
  });
});
