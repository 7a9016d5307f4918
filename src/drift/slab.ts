const SLAB_NUMBERS = 2048;

/** Hands out short arrays of one buffer each so many: a buffer of its own costs more than what a block holds. */
export class Slab {
  #buffer = new ArrayBuffer(0);
  #used = 0;

  take(length: number): Uint32Array {
    if (4 * (this.#used + length) > this.#buffer.byteLength) {
      this.#buffer = new ArrayBuffer(4 * Math.max(SLAB_NUMBERS, length));
      this.#used = 0;
    }
    const numbers = new Uint32Array(this.#buffer, 4 * this.#used, length);
    this.#used += length;
    return numbers;
  }
}
