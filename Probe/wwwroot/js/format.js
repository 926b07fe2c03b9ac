// How figures, times and names are written, in one place.

const number = new Intl.NumberFormat("en", { useGrouping: true });
const spaced = text => text.replaceAll(",", "\u2009");
const clockParts = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const clock = new Intl.DateTimeFormat("en-GB", clockParts);
const clockShort = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", ...clockParts });

export const DASH = "–";

/** 48211 → "48 211"; null → "–". */
export const count = value => (value == null ? DASH : spaced(number.format(value)));

/** A count for a narrow place: from ten million on in millions, "12.81 M". */
export const countShort = value => (value < 10_000_000 ? count(value) : `${(Math.floor(value / 10_000) / 100).toFixed(2)} M`);

/** Milliseconds with three significant figures at most: "0.84 ms", "12.3 ms", "1.73 s". */
export function latency(milliseconds) {
  if (milliseconds == null) return DASH;
  if (milliseconds < 1000) return `${figures(milliseconds)} ms`;
  return `${figures(milliseconds / 1000)} s`;
}

/** A stretch of time: outages are known to 10 ms, so seconds carry two decimals; longer ones are counted in minutes and hours. */
export function span(milliseconds) {
  if (milliseconds == null) return DASH;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  return ago(milliseconds);
}

/** A stretch of time in its two largest units: "45 s", "4 min 5 s", "3 h 12 min", "2 d 4 h". */
export function ago(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return two(Math.floor(seconds / 60), "min", seconds % 60, "s");
  if (seconds < 86400) return two(Math.floor(seconds / 3600), "h", Math.floor((seconds % 3600) / 60), "min");
  return two(Math.floor(seconds / 86400), "d", Math.floor((seconds % 86400) / 3600), "h");
}

/** The same in its largest unit alone: "45 s", "4 min", "3 h". */
export const roughly = milliseconds => ago(milliseconds).split(" ").slice(0, 2).join(" ");

/** Bytes in binary units: "0 B", "16.0 kB", "1.2 MB". */
export function bytes(value) {
  if (value == null) return DASH;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 ? rest : rest.toFixed(1)} ${units[unit]}`;
}

/** A share as a percentage that never rounds a loss away: 0.99997 → "99.997 %". */
export function share(value) {
  if (value == null) return DASH;
  if (value >= 1) return "100 %";
  const percent = value * 100;
  const decimals = percent >= 99.999 ? 4 : percent >= 99 ? 3 : 2;
  return `${(Math.floor(percent * 10 ** decimals) / 10 ** decimals).toFixed(decimals)} %`;
}

export const time = ms => clock.format(ms);
export const timeShort = ms => clockShort.format(ms);
export const dateTime = ms => full.format(ms);

/** The time alone for today, with the day before it otherwise. */
export function when(ms, now) {
  return day.format(ms) === day.format(now) ? clock.format(ms) : full.format(ms);
}

/** "1 replica", "2 replicas". */
export const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

function figures(value) {
  if (value === 0) return "0";
  return value < 1 ? value.toFixed(2) : value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

function two(large, largeUnit, small, smallUnit) {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
