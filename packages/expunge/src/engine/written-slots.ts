import type { Row } from "./kernel.js";

/** Slots of a stretch. */
const STRETCH = 2 ** 17;

/**
 * What slots hold instead of what their source says. An empty slot is one bit, kept in stretches: forgetting millions of rows must not make an object for
 * each.
 */
export class WrittenSlots {
  private readonly rows = new Map<number, Row>();
  private readonly empty = new Map<number, Uint8Array>();
  private emptyCount = 0;
  private readonly nothing: Row;
  /** The stretch that was looked for last: slots are mostly gone through in order. */
  private near: { readonly number: number; readonly bits: Uint8Array | undefined } = NOWHERE;

  /** @param rowWidth numbers of a row, without its label */
  constructor(rowWidth: number) {
    this.nothing = Object.freeze({ features: new Float32Array(rowWidth), label: 0 });
  }

  get size(): number {
    return this.rows.size + this.emptyCount;
  }

  /** Not a copy; undefined where a slot holds what its source says. */
  get(slot: number): Row | undefined {
    if (this.isEmpty(slot)) return this.nothing;
    return this.rows.size === 0 ? undefined : this.rows.get(slot);
  }

  /** @param row null for nothing */
  set(slot: number, row: Row | null): void {
    this.drop(slot);
    if (row) this.rows.set(slot, row);
    else this.mark(slot);
  }

  /** The source says it by now. What the slot held may be somebody's who is forgotten. */
  drop(slot: number): void {
    if (this.isEmpty(slot)) {
      this.bitsNear(slot)![(slot % STRETCH) >> 3]! &= ~(1 << (slot & 7));
      this.emptyCount -= 1;
    }
    if (this.rows.size === 0) return;
    this.rows.get(slot)?.features.fill(0);
    this.rows.delete(slot);
  }

  /** Of all slots from one on. */
  dropFrom(first: number): void {
    for (const slot of [...this.rows.keys()]) if (slot >= first) this.drop(slot);
    for (const stretch of this.empty.keys())
      for (let slot = Math.max(first, stretch * STRETCH); slot < (stretch + 1) * STRETCH; slot++)
        if (this.isEmpty(slot)) this.drop(slot);
  }

  clear(): void {
    for (const { features } of this.rows.values()) features.fill(0);
    this.rows.clear();
    this.empty.clear();
    this.near = NOWHERE;
    this.emptyCount = 0;
  }

  private isEmpty(slot: number): boolean {
    if (this.emptyCount === 0) return false;
    const bits = this.bitsNear(slot);
    return bits !== undefined && (bits[(slot % STRETCH) >> 3]! & (1 << (slot & 7))) !== 0;
  }

  private mark(slot: number): void {
    const number = Math.floor(slot / STRETCH);
    const bits = this.bitsNear(slot) ?? new Uint8Array(STRETCH / 8);
    if (bits !== this.near.bits) {
      this.empty.set(number, bits);
      this.near = { number, bits };
    }
    bits[(slot % STRETCH) >> 3]! |= 1 << (slot & 7);
    this.emptyCount += 1;
  }

  private bitsNear(slot: number): Uint8Array | undefined {
    const number = Math.floor(slot / STRETCH);
    if (number !== this.near.number) this.near = { number, bits: this.empty.get(number) };
    return this.near.bits;
  }
}

const NOWHERE = { number: -1, bits: undefined } as const;
