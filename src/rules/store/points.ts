/** Samples of one series in a range, oldest first, without staleness markers; reused from series to series. */
export class Points {
  timesMs = new Float64Array(256);
  values = new Float64Array(256);
  length = 0;

  push(timeMs: number, value: number): void {
    this.reserve(this.length + 1);
    this.timesMs[this.length] = timeMs;
    this.values[this.length++] = value;
  }

  /** Room for so many samples; what is there stays. */
  reserve(samples: number): void {
    const [times, values] = [this.timesMs, this.values];
    if (samples <= times.length) return;
    const capacity = Math.max(samples, times.length * 2);
    this.timesMs = new Float64Array(capacity);
    this.values = new Float64Array(capacity);
    this.timesMs.set(times);
    this.values.set(values);
  }
}
