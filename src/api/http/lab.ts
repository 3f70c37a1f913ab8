/**
 * The Raft Lab: a page that runs the members of a cluster in the browser. It asks this server for its files and for
 * nothing else, which its policy makes sure of.
 */
import type { Endpoint, HttpRequest, HttpResponse, Respond } from './exchange.js';
import { NOT_FOUND, TEXT_HEADERS } from './exchange.js';

/** Files by their path in the page's folder, with forward slashes. */
export type Assets = ReadonlyMap<string, Uint8Array>;

const ROOT = '/lab/';
const INDEX = 'index.html';

/** Names in there carry a hash of the content. */
const HASHED = 'assets/';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
};

const POLICY = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

const NOT_BUILT: HttpResponse = {
  status: 404,
  headers: TEXT_HEADERS,
  body: 'The Raft Lab was not built with this installation: `npm run build` makes it.\n',
};

const ONLY_READ: HttpResponse = {
  status: 405,
  headers: { ...TEXT_HEADERS, Allow: 'GET, HEAD' },
  body: 'Method Not Allowed\n',
};

function fileAnswer(name: string, body: Uint8Array): HttpResponse {
  const extension = name.slice(name.lastIndexOf('.') + 1);
  return {
    status: 200,
    headers: {
      'Content-Type': CONTENT_TYPES[extension] ?? 'application/octet-stream',
      'Cache-Control': name.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache',
      'Content-Security-Policy': POLICY,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    },
    body,
  };
}

/** `assets` is undefined if the page was not built. Only what is in there is served, whatever a path looks like. */
export function labEndpoint(assets: Assets | undefined): Endpoint {
  return [
    ROOT,
    (request: HttpRequest, respond: Respond) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return respond(ONLY_READ);
      if (assets === undefined) return respond(NOT_BUILT);
      const name = request.path.slice(ROOT.length) || INDEX;
      const body = assets.get(name);
      respond(body === undefined ? NOT_FOUND : fileAnswer(name, body));
    },
  ];
}
