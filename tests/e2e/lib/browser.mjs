// Debian's Chromium, and screenshots of what a person sees.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { outDir, isRoot } from './system.mjs';

export async function openBrowser() {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    // No test needs another machine, and none shall wait for one.
    args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]', ...(isRoot ? ['--no-sandbox'] : []), '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** The page at desktop and phone width, in light and dark. */
export async function shoot(page, name) {
  const dir = join(outDir, 'screenshots');
  mkdirSync(dir, { recursive: true });
  for (const [width, height, device] of [[1280, 900, 'desktop'], [360, 780, 'phone']]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(dir, `${name}-${device}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
}

/** True when nothing sticks out of a 360 pixel wide screen. */
export async function fitsPhone(page) {
  await page.setViewportSize({ width: 360, height: 780 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  await page.setViewportSize({ width: 1280, height: 900 });
  return wide <= 360;
}
