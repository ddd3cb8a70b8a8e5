// A person at a browser without JavaScript: follows links and forms with a
// cookie jar.  The real browser is in browser.mjs.
const unescape = text => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<')
  .replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** Attributes of one tag. */
function attributes(tag) {
  return Object.fromEntries([...tag.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].slice(1)
    .map(([, name, value]) => [name.toLowerCase(), unescape(value ?? '')]));
}

/** The forms of a page: [{action, method, fields, boxes, buttons, text}]; boxes: all
 *  tick boxes, {name, value, checked}; buttons: those with a name. */
export function forms(html) {
  return [...html.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)].map(([whole]) => {
    const { action = '', method = 'get' } = attributes(whole.match(/<form\b[^>]*>/)[0]);
    const fields = {}, boxes = [], buttons = [];
    for (const [tag] of whole.matchAll(/<(?:input|button)\b[^>]*>/g)) {
      const a = attributes(tag);
      if (a.type === 'checkbox') boxes.push({ name: a.name, value: a.value ?? 'on', checked: 'checked' in a });
      if (tag.startsWith('<button') && a.name) buttons.push({ name: a.name, value: a.value ?? '' });
      if (a.name && !(a.type === 'checkbox' && !('checked' in a)) && a.type !== 'radio') fields[a.name] = a.value ?? '';
    }
    return { action, method: method.toLowerCase(), fields, boxes, buttons, text: unescape(whole.replace(/<[^>]*>/g, ' ')) };
  });
}

export class Person {
  constructor(base) {
    this.base = base;
    this.jars = new Map();
  }

  #jar(url) {
    const { host } = new URL(url);
    if (!this.jars.has(host)) this.jars.set(host, new Map());
    return this.jars.get(host);
  }

  cookie(name) {
    return this.#jar(this.base).get(name);
  }

  /** All of the server's: name -> value. */
  cookies() {
    return this.#jar(this.base);
  }

  /** One request without following redirects. */
  async request(url, { method = 'GET', form, headers = {} } = {}) {
    url = new URL(url, this.at ?? this.base).href;
    const jar = this.#jar(url);
    const answer = await fetch(url, {
      method, redirect: 'manual',
      headers: {
        ...(jar.size ? { cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; ') } : {}),
        ...(method === 'POST' ? { origin: new URL(url).origin, 'sec-fetch-site': 'same-origin' } : {}),
        ...headers,
      },
      body: form ? new URLSearchParams(form) : undefined,
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...rest] = line.split(';');
      const [name, ...value] = pair.split('=');
      if (rest.some(r => /max-age=0\b/i.test(r)) || value.join('=') === '') jar.delete(name.trim());
      else jar.set(name.trim(), value.join('='));
    }
    const html = await answer.text();
    return { status: answer.status, headers: answer.headers, html, url, location: answer.headers.get('location') };
  }

  /** Follows redirects; the last page. */
  async go(url, options) {
    let page = await this.request(url, options);
    for (let i = 0; i < 10 && page.location && page.status >= 300 && page.status < 400; i++) {
      this.at = page.url;
      page = await this.request(new URL(page.location, page.url).href);
    }
    this.at = page.url;
    this.page = page;
    return page;
  }

  /** Sends the first form of the current page that `pick` accepts; a change to null
   *  leaves the field out. */
  async send(pick, changes = {}) {
    const form = forms(this.page.html).find(pick);
    if (!form) throw new Error(`no such form on ${this.page.url}:\n${this.page.html.slice(0, 2000)}`);
    return this.go(new URL(form.action, this.page.url).href,
      { method: form.method === 'post' ? 'POST' : 'GET', form: Object.fromEntries(Object.entries({ ...form.fields, ...changes }).filter(([, v]) => v !== null)) });
  }
}
