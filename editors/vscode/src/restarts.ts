// How often a server that dies is started again: one bad file must not stop the work, nor fill the processor.

const window = 3 * 60_000;
const allowed = 4;

export class Restarts {
  private deaths: number[] = [];

  /** Counts a death at `now` (milliseconds) and says whether another start is worth it. */
  allow(now: number): boolean {
    this.deaths = [...this.deaths.filter((at) => now - at < window), now];
    return this.deaths.length <= allowed;
  }

  /** Someone asked for the restart, so the past does not count. */
  forget(): void {
    this.deaths = [];
  }
}
