/** The live socket: connects, measures the line, notices silence, comes back with backoff. */

import { backoff } from "../core/backoff";
import { type Frame, parseFrame } from "../core/frames";

const PING_MS = 5000;
const SILENCE_FACTOR = 2.5;
const OPEN_WITHIN_MS = 8000;
const SLEPT_MS = 20_000;
const REFUSALS = [4401, 4404, 4423];

export interface SocketEvents {
  frame(frame: Frame): void;
  /** Tries without a greeting since the last one; 0 when greeted. */
  state(failures: number): void;
  /** The server closed the door on purpose: signed out, suspended, no such tenant. */
  refused(): void;
}

export class LiveSocket {
  private socket: WebSocket | null = null;
  private failures = 0;
  private retryTimer = 0;
  private heartbeatMs = 20_000;
  private heardAt = Date.now();
  private beatAt = Date.now();
  /** The round trip of the last ping: the server paces its frames by it. */
  rttMs: number | null = null;

  constructor(
    private readonly url: string,
    private readonly events: SocketEvents,
  ) {
    setInterval(() => this.beat(), PING_MS);
    window.addEventListener("online", () => this.reconnect());
    window.addEventListener("offline", () => this.socket?.close());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.wake();
    });
  }

  get isGreeted(): boolean {
    return this.socket?.readyState === WebSocket.OPEN && this.failures === 0;
  }

  connect(): void {
    clearTimeout(this.retryTimer);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    const late = setTimeout(() => socket.close(), OPEN_WITHIN_MS);
    socket.addEventListener("message", (event) => {
      clearTimeout(late);
      this.onMessage(socket, event);
    });
    socket.addEventListener("close", (event) => {
      clearTimeout(late);
      this.onClose(socket, event.code);
    });
  }

  /** Send a frame; false when there is no connection. */
  send(frame: Frame): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Try now instead of when the backoff allows. */
  reconnect(): void {
    if (this.socket?.readyState === WebSocket.OPEN) return;
    if (this.socket?.readyState === WebSocket.CONNECTING) return;
    this.connect();
  }

  private onMessage(socket: WebSocket, event: MessageEvent): void {
    if (socket !== this.socket) return;
    this.heardAt = Date.now();
    const frame = parseFrame(String(event.data));
    if (!frame) return;
    if (frame.type === "hello") this.greeted(frame);
    this.events.frame(frame);
  }

  private greeted(frame: Frame): void {
    if (typeof frame.heartbeat_s === "number" && frame.heartbeat_s > 0) this.heartbeatMs = frame.heartbeat_s * 1000;
    this.failures = 0;
    this.events.state(0);
    this.ping();
  }

  private onClose(socket: WebSocket, code: number): void {
    if (socket !== this.socket) return;
    if (REFUSALS.includes(code)) this.events.refused();
    this.failures += 1;
    this.events.state(this.failures);
    clearTimeout(this.retryTimer);
    this.retryTimer = window.setTimeout(() => this.connect(), backoff(this.failures, Math.random));
  }

  private ping(): void {
    const known = this.rttMs === null ? {} : { rtt_ms: this.rttMs };
    this.send({ type: "ping", sent_at: Date.now(), ...known });
  }

  private beat(): void {
    const now = Date.now();
    const slept = now - this.beatAt > SLEPT_MS;
    this.beatAt = now;
    if (slept) this.wake();
    else if (this.isGreeted && now - this.heardAt > this.heartbeatMs * SILENCE_FACTOR) this.socket?.close();
    else this.ping();
  }

  /** After sleep a socket may look open and be dead: ask, and close it when nothing answers soon. */
  private wake(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) {
      this.reconnect();
      return;
    }
    const socket = this.socket;
    const askedAt = Date.now();
    this.ping();
    setTimeout(() => {
      if (socket === this.socket && this.heardAt < askedAt) socket.close();
    }, 3000);
  }
}
