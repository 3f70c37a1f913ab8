/**
 * The Lab as its reader has it: the built bundle behind a server that allows what `quoin` allows, in a real browser.
 * Tests that need it are skipped with a reason where there is no Chromium or no bundle.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findInPath, REPOSITORY_ROOT } from '../harness/index.js';

const BUNDLE = join(REPOSITORY_ROOT, 'dist', 'lab');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Nothing leaves the machine, and nothing is drawn by a graphics card. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export type Language = 'en' | 'zh-CN';

/** `QUOIN_CHROMIUM` names one that is not in the PATH. */
export function findChromium(): string | undefined {
  return process.env['QUOIN_CHROMIUM'] ?? findInPath('chromium') ?? findInPath('google-chrome');
}

/** Why the page cannot be tested here; undefined if it can. */
export function labObstacle(): string | undefined {
  if (findChromium() === undefined) return 'there is no chromium in the PATH';
  if (!existsSync(join(BUNDLE, 'index.html'))) return 'the Lab is not built: npm run build';
  return undefined;
}

export interface LabOptions {
  readonly language?: Language;
  /** With its `#`. */
  readonly hash?: string;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
}

/** A server and a browser for one test file. */
export class LabBrowser {
  readonly #server: Server;
  readonly #browser: Browser;
  readonly origin: string;
  /** Requests that went elsewhere, and errors of the pages: both stay empty. */
  readonly foreign: string[] = [];
  readonly errors: string[] = [];

  private constructor(server: Server, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<LabBrowser> {
    const server = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? '/', 'http://lab').pathname);
      const file = join(BUNDLE, path === '/' ? 'index.html' : path);
      if (!file.startsWith(BUNDLE) || !existsSync(file)) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': "default-src 'self'",
      });
      response.end(readFileSync(file));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const browser = await chromium.launch({ executablePath: findChromium()!, args: FLAGS });
    return new LabBrowser(server, browser);
  }

  async open(options: LabOptions = {}): Promise<LabPage> {
    const context = await this.#browser.newContext({
      viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
      reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
      locale: options.language ?? 'en',
    });
    const page = await context.newPage();
    page.on('request', (request) => {
      if (!request.url().startsWith(this.origin)) this.foreign.push(request.url());
    });
    page.on('pageerror', (error) => this.errors.push(String(error)));
    await page.goto(`${this.origin}/${options.hash ?? ''}`);
    await page.getByTestId('stage').waitFor();
    return new LabPage(page, context);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await new Promise((closed) => this.#server.close(closed));
  }
}

/** A box of a log, as the page shows it. */
export interface BoxSeen {
  readonly member: number;
  readonly index: number;
  readonly term: number;
  /** `dashed`, `solid` or `filled`. */
  readonly box: string;
  readonly durable: boolean;
  /** As it is drawn. */
  readonly border: string;
}

export interface MemberSeen {
  readonly member: number;
  readonly role: string;
  readonly state: string;
  readonly term: number;
  readonly commit: number;
  readonly applied: number;
  readonly last: number;
}

export interface OperationSeen {
  readonly id: number;
  readonly kind: string;
  readonly status: string;
  readonly result: string;
  readonly stale: boolean;
}

/** What tests read from the page and click on it. */
export class LabPage {
  readonly page: Page;
  readonly #context: BrowserContext;

  constructor(page: Page, context: BrowserContext) {
    this.page = page;
    this.#context = context;
  }

  close(): Promise<void> {
    return this.#context.close();
  }

  click(testId: string): Promise<void> {
    return this.page.getByTestId(testId).click();
  }

  text(testId: string): Promise<string> {
    return this.page.getByTestId(testId).innerText();
  }

  /** Has time pass as quickly as the page lets it. */
  async fast(): Promise<void> {
    await this.page.getByTestId('speed').selectOption('20');
  }

  /** For people to look at, if `QUOIN_LAB_SCREENSHOTS` names a folder. */
  async screenshot(name: string): Promise<void> {
    const folder = process.env['QUOIN_LAB_SCREENSHOTS'];
    if (folder !== undefined) await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  /** Waits until an element has an attribute of this value. */
  async until(testId: string, attribute: string, value: string, timeout = 60_000): Promise<void> {
    await this.page
      .locator(`[data-testid="${testId}"][${attribute}="${value}"]`)
      .first()
      .waitFor({ timeout });
  }

  async #dataOf(testId: string): Promise<Record<string, string>[]> {
    // Evaluated in the page, which has a document; the tests are compiled without one.
    const script = `[...document.querySelectorAll('[data-testid="${testId}"]')].map((element) => ({
      ...element.dataset,
      border: getComputedStyle(element).borderTopStyle,
    }))`;
    return (await this.page.evaluate(script)) as Record<string, string>[];
  }

  async members(): Promise<MemberSeen[]> {
    const seen = await this.#dataOf('member');
    return seen.map((data) => ({
      member: Number(data['member']),
      role: data['role'] ?? '',
      state: data['state'] ?? '',
      term: Number(data['term']),
      commit: Number(data['commit']),
      applied: Number(data['applied']),
      last: Number(data['last']),
    }));
  }

  async boxes(): Promise<BoxSeen[]> {
    const seen = await this.#dataOf('log-box');
    return seen.map((data) => ({
      member: Number(data['member']),
      index: Number(data['index']),
      term: Number(data['term']),
      box: data['box'] ?? '',
      durable: data['durable'] === 'true',
      border: data['border'] ?? '',
    }));
  }

  /** The event and the fingerprint at the foot of the page. */
  async foot(): Promise<{ readonly event: number; readonly hash: string }> {
    const [data] = await this.#dataOf('foot');
    return { event: Number(data?.['event']), hash: data?.['hash'] ?? '' };
  }

  /** Oldest first. The inspector lists them while nothing is selected. */
  async operations(): Promise<OperationSeen[]> {
    const deselect = this.page.locator('[data-action="deselect"]');
    if (await deselect.isVisible()) await deselect.click();
    const seen = await this.#dataOf('operation');
    return seen
      .map((data) => ({
        id: Number(data['operation']),
        kind: data['kind'] ?? '',
        status: data['status'] ?? '',
        result: data['result'] ?? '',
        stale: data['stale'] === 'true',
      }))
      .sort((a, b) => a.id - b.id);
  }

  async violations(): Promise<string[]> {
    return (await this.#dataOf('violation')).map((data) => data['invariant'] ?? '');
  }
}
