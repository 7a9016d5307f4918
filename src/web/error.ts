import type { Response } from 'express';

/** The one form of an API error. */
export function sendError(response: Response, status: number, code: string, message: string): void {
  response.status(status).json({ error: { code, message } });
}
