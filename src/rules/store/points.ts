/** Samples of one series in a range, oldest first, without staleness markers; reused from series to series. */
export class Points {
  timesMs = new Float64Array(256);
  values = new Float64Array(256);
  length = 0;

  push(timeMs: number, value: number): void {
    if (this.length === this.values.length) this.#grow();
    this.timesMs[this.length] = timeMs;
    this.values[this.length++] = value;
  }

  #grow(): void {
    const [times, values] = [this.timesMs, this.values];
    this.timesMs = new Float64Array(times.length * 2);
    this.values = new Float64Array(times.length * 2);
    this.timesMs.set(times);
    this.values.set(values);
  }
}
