// Looking at a page as a person with poor sight, a keyboard or a small screen
// would: measured in Chromium, without a library.  The functions handed to
// evaluate() run in the page and see nothing of this file.

/** Runs in the page: texts and fields whose contrast with what is behind them is
 *  below WCAG 2.2 level AA (1.4.3: 4.5, large text 3; 1.4.11: edges of fields 3). */
function weak() {
  const parse = text => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const linear = c => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const canvas = matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
  const behind = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor);
      layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), canvas);
  };
  const shown = e => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && e.getClientRects().length > 0;
  const found = [];
  const judge = (what, color, element, least) => {
    const back = behind(element), got = ratio(over(parse(color), back), back);
    if (got < least) found.push(`${what}: ${got.toFixed(2)} < ${least} (${color} on ${back.map(Math.round)})`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement, text = node.textContent.trim();
    if (!text || !shown(element)) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    texts++;
    judge(`"${text.slice(0, 40)}"`, style.color, element, large ? 3 : 4.5);
  }
  for (const field of document.querySelectorAll('input:not([type=hidden]):not([type=checkbox]), select')) {
    if (!shown(field)) continue;
    judge(`edge of ${field.name}`, getComputedStyle(field).borderTopColor, field.parentElement, 3);
    if (field.placeholder) judge(`placeholder of ${field.name}`, getComputedStyle(field, '::placeholder').color, field, 4.5);
  }
  for (const button of document.querySelectorAll('.button'))
    if (shown(button)) judge(`edge of ${button.textContent.trim()}`, getComputedStyle(button).borderTopColor, button.parentElement, 3);
  return { texts, found };
}

/** Runs in the page: what a person who does not see it would miss. */
function unnamed() {
  const found = [];
  const must = (ok, what) => { if (!ok) found.push(what); };
  must(document.documentElement.lang, 'no language');
  must(document.title.trim(), 'no title');
  must(document.querySelectorAll('h1').length === 1, `${document.querySelectorAll('h1').length} h1`);
  for (const landmark of ['header', 'nav', 'main', 'footer'])
    must(document.querySelectorAll(landmark).length === 1, `not one ${landmark}`);
  for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    must([...field.labels].some(l => l.textContent.trim()) || field.getAttribute('aria-label'), `field ${field.name} has no label`);
  for (const e of document.querySelectorAll('a, button, summary'))
    must(e.textContent.trim() || e.getAttribute('aria-label'), `${e.outerHTML.slice(0, 80)} has no name`);
  for (const e of document.querySelectorAll('svg'))
    must(e.getAttribute('aria-hidden') === 'true' || e.getAttribute('aria-label'), 'a picture has no name and is not hidden');
  for (const e of document.querySelectorAll('[aria-labelledby]'))
    must(document.getElementById(e.getAttribute('aria-labelledby')), `${e.getAttribute('aria-labelledby')} labels nothing`);
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  must(new Set(ids).size === ids.length, `an id is there twice: ${ids}`);
  let level = 0;
  for (const h of document.querySelectorAll('h1, h2, h3, h4')) {
    const now = Number(h.tagName[1]);
    must(now <= level + 1, `${h.tagName} "${h.textContent.trim()}" after h${level}`);
    level = now;
  }
  return found;
}

/** Runs in the page: what is too small to hit (2.5.8: 24 by 24), links within text apart. */
function small() {
  return [...document.querySelectorAll('button, input:not([type=hidden]), select, summary, a.button')]
    .filter(e => e.checkVisibility())
    .map(e => [e.closest('label') ?? e, e])
    .filter(([target]) => { const r = target.getBoundingClientRect(); return r.width < 24 || r.height < 24; })
    .map(([, e]) => `${e.tagName} ${e.name ?? e.textContent.trim()} is too small`);
}

/** Everything that can be measured of the open page in its present size and colours. */
export async function measure(page) {
  const { texts, found } = await page.evaluate(weak);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return { texts, problems: [...found, ...await page.evaluate(small), ...(wide > 0 ? [`${wide} pixels too wide`] : [])] };
}

export const names = page => page.evaluate(unnamed);

/**
 * Presses Tab through the page: problems with the order (that of the document), with
 * what is not reached, and with what does not show that it has the focus.
 */
export async function tabThrough(page) {
  const count = await page.evaluate(() => {
    const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')]
      .filter(e => e.checkVisibility());
    all.forEach((e, i) => e.setAttribute('data-tab', i));
    document.activeElement?.blur();
    getSelection().removeAllRanges();
    scrollTo(0, 0);
    return all.length;
  });
  const problems = [];
  await page.locator('body').evaluate(b => { b.tabIndex = -1; b.focus(); b.removeAttribute('tabindex'); });
  for (let i = 0; i < count; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
      return { tab: Number(e.getAttribute('data-tab')), what: (e.getAttribute('aria-label') ?? e.name ?? '') || e.textContent.trim().replace(/\s+/g, ' ').slice(0, 60),
        outline: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
        inside: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth };
    });
    if (at.tab !== i) problems.push(`Tab ${i + 1} is at "${at.what}" (${at.tab})`);
    if (!at.outline) problems.push(`"${at.what}" does not show its focus`);
    if (!at.inside) problems.push(`"${at.what}" has the focus and is not in view`);
  }
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  return { count, problems };
}
