/** How far messages have come, whatever order the news arrives in: a status only moves forward. */

const ORDER = ["queued", "sent", "delivered", "read", "played"];

export class Ticks {
  private furthest = new Map<string, string>();

  /** Take news about a message; returns the furthest status known now. Failures are no steps and are not kept. */
  take(message: string, status: string): string {
    const known = this.furthest.get(message);
    if (ORDER.indexOf(status) > ORDER.indexOf(known ?? "")) this.furthest.set(message, status);
    return this.furthest.get(message) ?? status;
  }

  /** A message is being sent again: what was known of the first time does not count. */
  forget(message: string): void {
    this.furthest.delete(message);
  }
}
