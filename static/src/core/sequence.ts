/**
 * Up to where this page has the tenant's history. The server sends frames in the order of history and says after each
 * batch how far they reach; after a lost connection the page asks for what came since.
 */
export class Sequence {
  private behindSince: number | null = null;

  constructor(
    public upto: number,
    private readonly patienceMs = 5000,
  ) {}

  /** Everything up to `seq` is here, or was fetched anew. */
  settle(seq: number): void {
    if (seq <= this.upto) return;
    this.upto = seq;
    this.behindSince = null;
  }

  /** Tell whether history has been further (`head`) than this page for longer than our patience: ask again. */
  isBehind(head: number, now: number): boolean {
    if (head <= this.upto) this.behindSince = null;
    else this.behindSince ??= now;
    return this.behindSince !== null && now - this.behindSince >= this.patienceMs;
  }
}
