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
 * Keys of a hand-over that failed wait for the next `add` or `retry`.
 */
export class Bundle {
  private waiting = new Set<string>();
  private busy = false;
  private scheduled = false;
  private lastAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly deliver: (keys: string[]) => Promise<void>,
    private readonly intervalMs: () => number,
    private readonly timer: Timer = clock,
    private readonly limit = 100,
  ) {}

  add(...keys: string[]): void {
    for (const key of keys) this.waiting.add(key);
    this.retry();
  }

  /** Hand over what waits, when the interval allows it. */
  retry(): void {
    if (this.busy || this.scheduled || this.waiting.size === 0) return;
    const wait = Math.max(0, this.lastAt + this.intervalMs() - this.timer.now());
    this.scheduled = true;
    this.timer.after(wait, () => void this.flush());
  }

  private async flush(): Promise<void> {
    const keys = [...this.waiting].slice(0, this.limit);
    for (const key of keys) this.waiting.delete(key);
    this.scheduled = false;
    this.busy = true;
    this.lastAt = this.timer.now();
    const arrived = await this.deliver(keys).then(
      () => true,
      () => false,
    );
    this.busy = false;
    if (arrived) this.retry();
    else for (const key of keys) this.waiting.add(key);
  }
}
