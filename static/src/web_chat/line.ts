/** The live line: hello with the token, frames in, back with backoff; says when it is down so that the page polls. */

import { backoff } from "../core/backoff";
import { parseFrame } from "../core/frames";
import type { Said } from "./door";

const PING_MS = 15_000;
const SILENCE_MS = 45_000;
const FINAL = [4401, 4404];

export interface Heard {
  greeted(): void;
  message(said: Said): void;
  typing(): void;
  gap(): void;
  down(): void;
}

export class Line {
  private socket: WebSocket | null = null;
  private failures = 0;
  private heardAt = 0;
  private timer = 0;
  private isWanted = false;

  constructor(
    private readonly url: string,
    private readonly pass: () => string,
    private readonly heard: Heard,
  ) {
    setInterval(() => this.beat(), PING_MS);
    window.addEventListener("online", () => this.open());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.open();
    });
  }

  get isUp(): boolean {
    return this.socket?.readyState === WebSocket.OPEN && this.failures === 0;
  }

  /** Want the line from now on. */
  start(): void {
    this.isWanted = true;
    this.open();
  }

  /** Say that the visitor types; false while nobody can hear it. */
  typing(): boolean {
    if (!this.isUp) return false;
    this.send({ type: "typing" });
    return true;
  }

  private open(): void {
    if (!this.isWanted || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    clearTimeout(this.timer);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.addEventListener("open", () => this.send({ type: "hello", token: this.pass() }));
    socket.addEventListener("message", (event) => this.take(String(event.data)));
    socket.addEventListener("close", (event) => this.closed(event.code));
  }

  private take(raw: string): void {
    this.heardAt = Date.now();
    const frame = parseFrame(raw);
    if (frame?.type === "hello") {
      this.failures = 0;
      this.heard.greeted();
    } else if (frame?.type === "message") this.heard.message(frame.message as Said);
    else if (frame?.type === "typing") this.heard.typing();
    else if (frame?.type === "gap") this.heard.gap();
  }

  private closed(code: number): void {
    this.failures += 1;
    this.heard.down();
    if (FINAL.includes(code)) this.isWanted = false;
    else this.timer = window.setTimeout(() => this.open(), backoff(this.failures, Math.random));
  }

  private beat(): void {
    if (this.isUp && Date.now() - this.heardAt > SILENCE_MS) this.socket?.close();
    else this.send({ type: "ping" });
  }

  private send(frame: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }
}
