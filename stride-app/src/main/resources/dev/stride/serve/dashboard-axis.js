// Axes: their ranges, their ticks and how numbers stand beside them.
import { count, duration, rate, short } from "./dashboard-text.js";

// Round numbers at a distance of at least `room` pixels.
export function linearTicks(low, high, length, room) {
  const wanted = Math.max(2, Math.floor(length / room));
  const rough = (high - low) / wanted;
  if (!(rough > 0) || !Number.isFinite(rough)) {
    return [low];
  }
  const power = 10 ** Math.floor(Math.log10(rough));
  const digits = [0.2, 0.5, 1, 2, 5, 10];
  let at = digits.findIndex(digit => digit * power >= rough * 0.999);
  // two ticks at least: one alone does not tell the scale
  while (at > 0 && Math.floor(high / (digits[at] * power)) - Math.ceil(low / (digits[at] * power)) < 1) {
    at--;
  }
  const step = power * digits[at];
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

// 1-2-5, 1-3 or whole powers, as the room allows; where the range is less than half a decade, round numbers.
export function logTicks(low, high, length, room) {
  const decades = Math.log10(high / low);
  if (decades < 0.6) {
    return linearTicks(low, high, length, room).filter(tick => tick > 0);
  }
  const wanted = Math.max(2, Math.floor(length / room));
  const digits = decades * 3 <= wanted + 1 ? [1, 2, 5] : decades * 2 <= wanted + 1 ? [1, 3] : [1];
  const every = Math.max(1, Math.ceil(decades / wanted));
  const ticks = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
    if (e % every === 0) {
      for (const digit of digits) {
        const tick = Number(digit + "e" + e);
        if (tick >= low * 0.9999 && tick <= high * 1.0001) {
          ticks.push(tick);
        }
      }
    }
  }
  return ticks;
}

// Times on an axis are round in minutes or hours, not in hundreds of seconds.
export function timeTicks(low, high, length, room) {
  const rough = (high - low) / Math.max(2, Math.floor(length / room));
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
  const step = steps.find(one => one >= rough) || Math.ceil(rough / 86400) * 86400;
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) {
    ticks.push(tick);
  }
  return ticks;
}

// The same number of decimals at every tick of an axis.
export function plain(ticks) {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : Math.abs(ticks[0]) || 1;
  const largest = Math.max(...ticks.map(Math.abs));
  if (largest >= 1e5) {
    return ticks.map(short);
  }
  if (largest > 0 && largest < 1e-3) {
    return ticks.map(tick => tick === 0 ? "0" : rate(tick));
  }
  const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
  return ticks.map(tick => tick.toFixed(digits).replace("-", "−"));
}

export function ofLog(ticks) {
  return ticks.map(tick => tick >= 1e-3 && tick < 1e5 ? String(Number(tick.toPrecision(6))) : rate(tick));
}

export const FORMATS = {
  plain, log: ofLog, rate: ticks => ticks.map(tick => rate(tick)), count: ticks => ticks.map(Math.max(...ticks.map(Math.abs)) < 1e6 ? count : short),
  time: ticks => ticks.map(tick => duration(tick)),
};

// From the lowest to the highest value with a margin; outliers above the limit lie outside.
export function spread(values, limitOutliers) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) {
      low = value;
    }
    if (value > high) {
      high = value;
    }
  }
  if (low > high) {
    return null;
  }
  if (limitOutliers && values.length >= 40) {
    // a loss that left the finite world for one update would press all others into one line
    const sorted = Float64Array.from(values).sort();
    const most = sorted[Math.floor(sorted.length * 0.99)];
    const room = Math.max(most - low, Math.abs(low) * 0.05);
    if (high > low + 4 * room) {
      high = low + 1.5 * room;
    }
  }
  return [low, high];
}

export function linearRange([low, high]) {
  const margin = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  return [low >= 0 && low - margin < 0 ? 0 : low - margin, high + margin];
}

export function logRange([low, high]) {
  const factor = high / low < 1.2 ? 1.3 : Math.max(1.09, (high / low) ** 0.06);
  return [low / factor, high * factor];
}
