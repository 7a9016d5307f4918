import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { sendError } from './error.ts';

/** A file of the page as it is served; null: set-up has not made it. */
export type Asset = { path: string; type: string; bytes: Buffer | null };

const FOLDER = join(import.meta.dirname, '../../build/page');
const FILES = [
  ['/', 'text/html; charset=utf-8', 'index.html'],
  ['/page.js', 'text/javascript; charset=utf-8', 'page.js'],
  ['/page.css', 'text/css; charset=utf-8', 'page.css'],
  ['/icon.svg', 'image/svg+xml', 'icon.svg'],
] as const;

/** What `make page` has made: scripts/page.ts. */
export function readAssets(folder = FOLDER): Asset[] {
  return FILES.map(([path, type, file]) => ({ path, type, bytes: read(join(folder, file)) }));
}

function read(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function serveAsset({ type, bytes }: Asset): RequestHandler {
  return (_request, response) => {
    if (bytes === null) return sendError(response, 503, 'no-page', 'the page has not been built: run make page');
    response.set('Content-Type', type).end(bytes);
  };
}
