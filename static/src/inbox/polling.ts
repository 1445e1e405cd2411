/** When sockets do not get through: ask for new events every five seconds. */

import { getJson, HttpError } from "../http";

export interface PolledEvent {
  seq: number;
  type: string;
  payload: Record<string, unknown>;
}

interface Answer {
  data: PolledEvent[];
}

const EVERY_MS = 5000;
const LIMIT = 200;

/** `failed` says whether the server could not be reached at all. */
export interface PollEvents {
  events(events: PolledEvent[]): void;
  reached(isReached: boolean): void;
}

export class Poller {
  private timer = 0;
  private running = false;

  constructor(
    private readonly upto: () => number,
    private readonly report: PollEvents,
  ) {}

  start(): void {
    if (this.timer) return;
    this.timer = window.setInterval(() => void this.poll(), EVERY_MS);
    void this.poll();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = 0;
  }

  private async poll(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      const answer = await getJson<Answer>(`/api/v1/events/?after_seq=${this.upto()}&limit=${LIMIT}`);
      this.report.reached(true);
      if (answer.data.length > 0) this.report.events(answer.data);
    } catch (problem) {
      this.report.reached(problem instanceof HttpError && problem.status < 500);
    } finally {
      this.running = false;
    }
  }
}
