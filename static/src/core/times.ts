/** Times as people read them. Pure: the page's words, language and zone come in. */

export type Say = (key: string, values?: Record<string, string | number>) => string;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "now", "4 min", "2 h", "3 d": how long ago something was, as the list shows it. */
export function ago(at: number, now: number, say: Say): string {
  const passed = Math.max(0, now - at);
  if (passed < MINUTE) return say("now");
  if (passed < HOUR) return say("minutes", { n: Math.floor(passed / MINUTE) });
  if (passed < DAY) return say("hours", { n: Math.floor(passed / HOUR) });
  return say("days", { n: Math.floor(passed / DAY) });
}

/** "4 min", "1 h 10 min", from two days on "2 d": a span, rounded down, never negative. */
export function span(ms: number, say: Say): string {
  if (ms >= 2 * DAY) return say("days", { n: Math.floor(ms / DAY) });
  const minutes = Math.max(0, Math.floor(ms / MINUTE));
  if (minutes < 60) return say("minutes", { n: minutes });
  return say("hours_minutes", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

export interface Due {
  state: "ok" | "soon" | "late";
  text: string;
}

/** How a reply clock stands: late once it is past, soon under 15 minutes. */
export function due(at: number, now: number, say: Say): Due {
  const left = at - now;
  if (left <= 0) return { state: "late", text: say("late", { span: span(-left, say) }) };
  return { state: left < 15 * MINUTE ? "soon" : "ok", text: span(left, say) };
}

export interface WindowLeft {
  state: "open" | "soon" | "closed";
  /** Share of the 24 hours that is left, 0 to 1. */
  share: number;
  text: string;
}

/** How a 24-hour window stands; amber under 4 hours. `closesAt` null: it never opened. */
export function windowLeft(closesAt: number | null, now: number, say: Say): WindowLeft {
  const left = closesAt === null ? 0 : closesAt - now;
  if (left <= 0) return { state: "closed", share: 0, text: "" };
  return { state: left < 4 * HOUR ? "soon" : "open", share: Math.min(1, left / DAY), text: span(left, say) };
}
