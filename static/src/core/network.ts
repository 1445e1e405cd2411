/** How the connection stands, and what the banner says about it. */

import type { Say } from "./times";

export interface Network {
  /** Failed tries to open the socket since it last worked; 0 while it works. */
  failures: number;
  /** Whether the server answered at all lately. */
  isReached: boolean;
}

const BLOCKED_AFTER = 2;

/** Sockets do not get through: time to poll. One failure is no more than a server that restarts. */
export function isBlocked(network: Network): boolean {
  return network.failures >= BLOCKED_AFTER;
}

/** Return what the banner says; empty when there is nothing to say. `waiting` are replies not yet on the server. */
export function bannerText(network: Network, waiting: number, say: Say): string {
  if (network.failures === 0) return "";
  if (!network.isReached) return waiting > 0 ? say("offline_waiting", { n: waiting }) : say("offline");
  return isBlocked(network) ? say("polling") : "";
}
