/** Bytes of a subject's key. */
export const KEY_BYTES = 32;

const MIN_PLACES = 16;

/**
 * Subject keys in the order in which they came, each with a number, found by key: about 50 bytes a key, where a Map of hex would take 200. Keys are
 * HMACs, uniform. One that comes again is found with its newest number.
 */
export class KeyTable {
  private keys = new Uint8Array(0);
  private numbers = new Uint32Array(0);
  /** Open addressing: 1 + the position of a key, 0 for none; a power of two, at most half full. */
  private places = new Uint32Array(MIN_PLACES);
  private count = 0;

  get length(): number {
    return this.count;
  }

  /** @param keys KEY_BYTES each, one behind the other */
  add(keys: Uint8Array, number: number): void {
    const added = keys.length / KEY_BYTES;
    this.makeRoom(this.count + added);
    this.keys.set(keys, this.count * KEY_BYTES);
    this.numbers.fill(number, this.count, this.count + added);
    for (let i = 0; i < added; i++) this.enter(this.count++);
  }

  /** The number that a key came with; undefined for one that did not. */
  numberOf(key: Uint8Array): number | undefined {
    const entry = this.places[this.placeOf(key)]!;
    return entry === 0 ? undefined : this.numbers[entry - 1];
  }

  numberAt(position: number): number {
    return this.numbers[position]!;
  }

  /** The keys at positions from `from` to before `to`, one behind the other; not a copy. */
  slice(from: number, to: number): Uint8Array {
    return this.keys.subarray(from * KEY_BYTES, to * KEY_BYTES);
  }

  /** Takes back all but the first `length` keys: those left are found as before the others came. */
  truncate(length: number): void {
    if (this.count <= length) return;
    this.count = length;
    this.places.fill(0);
    for (let position = 0; position < length; position++) this.enter(position);
  }

  private enter(position: number): void {
    this.places[this.placeOf(this.slice(position, position + 1))] = position + 1;
  }

  /** Where a key stands, or would. */
  private placeOf(key: Uint8Array): number {
    const mask = this.places.length - 1;
    let place = ((key[0]! << 24) | (key[1]! << 16) | (key[2]! << 8) | key[3]!) & mask;
    while (this.places[place] !== 0 && !this.hasAt(this.places[place]! - 1, key)) place = (place + 1) & mask;
    return place;
  }

  private hasAt(position: number, key: Uint8Array): boolean {
    const at = position * KEY_BYTES;
    for (let i = 0; i < KEY_BYTES; i++) if (this.keys[at + i] !== key[i]) return false;
    return true;
  }

  private makeRoom(count: number): void {
    const capacity = this.numbers.length;
    if (count > capacity) {
      const wider = Math.max(count, 2 * capacity);
      const [keys, numbers] = [new Uint8Array(wider * KEY_BYTES), new Uint32Array(wider)];
      keys.set(this.keys);
      numbers.set(this.numbers);
      this.keys = keys;
      this.numbers = numbers;
    }
    let places = this.places.length;
    while (places < 2 * count) places *= 2;
    if (places === this.places.length) return;
    this.places = new Uint32Array(places);
    for (let position = 0; position < this.count; position++) this.enter(position);
  }
}
