// Preloaded into a daemon: the wall clock that its program sees jumps by an hour, forth and back, twice a second.
const HOUR_MS = 3_600_000;
const trueNow = Date.now;
Date.now = () => trueNow() + (Math.floor(trueNow() / 500) % 2) * HOUR_MS;
