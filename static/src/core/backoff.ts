/** Waiting before the next try to connect. */

export interface BackoffOptions {
  baseMs: number;
  capMs: number;
}

export const RECONNECT: BackoffOptions = { baseMs: 500, capMs: 30_000 };

/**
 * Return the wait before try `attempt` (the first is 1): exponential with "equal jitter", so that browsers that lost
 * the same server do not come back at the same instant and none comes back at once.
 */
export function backoff(attempt: number, random: () => number, options = RECONNECT): number {
  const ceiling = Math.min(options.capMs, options.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
