/** Owners whose last turns are remembered. */
const MAX_REMEMBERED = 10_000;

/** When each owner had its last turn, counted in turns: 0 where it never had one, or very many others have had theirs since. */
export class LastTurns {
  private readonly last = new Map<string, number>();
  private count = 0;

  of(owner: string): number {
    return this.last.get(owner) ?? 0;
  }

  /** An owner has its turn now. */
  note(owner: string): void {
    this.count += 1;
    this.last.delete(owner);
    this.last.set(owner, this.count);
    const [oldest] = this.last.keys();
    if (this.last.size > MAX_REMEMBERED) this.last.delete(oldest as string);
  }
}
