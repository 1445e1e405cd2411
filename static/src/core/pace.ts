/** How often a page refetches, by how good the line is, and the bundling that follows from it. */

export const FULL_MS = 250;
export const FAIR_MS = 500;
export const SLOW_MS = 2000;

/** Remembers the last 10 round trips and says how far apart refetches should be, in ms. */
export class Pace {
  private samples: number[] = [];

  /** Take one measured round trip in ms. */
  take(latencyMs: number): void {
    this.samples = [...this.samples, latencyMs].slice(-10);
  }

  /** The average of the last 10 round trips, or null before the first. */
  get latencyMs(): number | null {
    if (this.samples.length === 0) return null;
    return this.samples.reduce((sum, sample) => sum + sample, 0) / this.samples.length;
  }

  /** Under 100 ms four a second, under 500 ms two a second, else one in two seconds. */
  get intervalMs(): number {
    const latency = this.latencyMs;
    if (latency === null || latency < 100) return FULL_MS;
    return latency < 500 ? FAIR_MS : SLOW_MS;
  }
}

const PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 30_000;

export interface Timer {
  now(): number;
  after(ms: number, run: () => void): void;
}

export const clock: Timer = {
  now: () => Date.now(),
  after: (ms, run) => void setTimeout(run, ms),
};

/**
 * Collects keys and hands them over together: the first at once, later ones not before the interval is over, so that
 * a burst costs one request per interval and the last state always arrives. One hand-over is under way at a time.
 * A hand-over that failed is tried again, after longer and longer pauses, or at once on `retry`.
 */
export class Bundle {
  private waiting = new Set<string>();
  private busy = false;
  private failures = 0;
  private turn = 0;
  private lastAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly deliver: (keys: string[]) => Promise<void>,
    private readonly intervalMs: () => number,
    private readonly timer: Timer = clock,
    private readonly limit = 100,
  ) {}

  add(...keys: string[]): void {
    for (const key of keys) this.waiting.add(key);
    this.plan(this.lastAt + this.intervalMs());
  }

  /** Hand over what waits as soon as the interval allows, whatever failed before. */
  retry(): void {
    this.failures = 0;
    this.plan(this.lastAt + this.intervalMs());
  }

  private plan(at: number): void {
    if (this.busy || this.waiting.size === 0) return;
    const turn = ++this.turn; // a newer plan replaces an older one
    const wait = Math.max(0, Math.max(at, this.pausedUntil()) - this.timer.now());
    this.timer.after(wait, () => {
      if (turn === this.turn) void this.flush();
    });
  }

  private pausedUntil(): number {
    if (this.failures === 0) return Number.NEGATIVE_INFINITY;
    return this.lastAt + Math.min(PAUSE_MS * 2 ** (this.failures - 1), LONGEST_PAUSE_MS);
  }

  private async flush(): Promise<void> {
    const keys = [...this.waiting].slice(0, this.limit);
    for (const key of keys) this.waiting.delete(key);
    this.busy = true;
    this.lastAt = this.timer.now();
    const arrived = await this.deliver(keys).then(
      () => true,
      () => false,
    );
    this.busy = false;
    this.failures = arrived ? 0 : this.failures + 1;
    if (!arrived) for (const key of keys) this.waiting.add(key);
    this.plan(this.lastAt + this.intervalMs());
  }
}
