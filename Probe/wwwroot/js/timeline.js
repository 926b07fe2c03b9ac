// The time line: write and read latency, outages and who led, on one canvas, with one time axis.
// It draws only when something has moved by half a pixel, so a wide window costs almost nothing.

import { latency, span as spanText, time, timeShort, plural } from "./format.js";
import { setText } from "./dom.js";

export const MINUTE = 60_000;
export const LONGEST = 60 * MINUTE;
const SHORTEST = 10_000;
const AXIS = 22;
const RIBBON = 22;
const LEFT = 46;
const RIGHT = 8;
const DECADES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 60000];
const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map(seconds => seconds * 1000);

/**
 * @param elements {host, canvas, tip, say}: the focusable box, the canvas, the tool tip and the live region
 * @param model the page's state: `lanes()`, `outages()`, `leaders()`, `now()`, `step`
 * @param onView called with (span, live) after each change of the window
 */
export function createTimeline({ host, canvas, tip, say }, model, onView) {
  const context = canvas.getContext("2d");
  let width = 0;
  let height = 0;
  let span = 5 * MINUTE;
  let end = null; // null: the present
  let cursor = null;
  let shown = null; // the outage that the window was moved to
  let colours = {};
  let timer = 0;
  let frame = 0;

  const right = () => end ?? model.now();
  const left = () => right() - span;
  const plot = () => width - LEFT - RIGHT;
  const x = at => LEFT + ((at - left()) / span) * plot();
  const at = pixel => left() + ((pixel - LEFT) / plot()) * span;

  // Drawing

  function request() {
    if (!frame) frame = requestAnimationFrame(draw);
  }

  function again() {
    clearTimeout(timer);
    if (end !== null || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const halfPixel = (span / Math.max(plot(), 1) / devicePixelRatio) * 0.5;
    timer = setTimeout(request, Math.max(halfPixel, 30));
  }

  function draw() {
    frame = 0;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = `11px ${colours.font}`;
    context.textBaseline = "middle";
    const lanes = model.lanes();
    const ribbonTop = height - AXIS - RIBBON;
    const gap = 14;
    const room = ribbonTop - 10 - gap * (lanes.length - 1);
    let top = 2;
    drawTimeAxis(ribbonTop);
    for (const [index, lane] of lanes.entries()) {
      const laneHeight = room * (lanes.length === 1 ? 1 : index === 0 ? 0.56 : 0.44);
      drawLane(lane, top, laneHeight);
      top += laneHeight + gap;
    }
    drawRibbon(ribbonTop);
    if (cursor !== null) drawCursor(ribbonTop);
    again();
  }

  function drawTimeAxis(bottom) {
    const step = TICKS.find(tick => (tick / span) * plot() >= 72) ?? TICKS.at(-1);
    const offset = new Date(right()).getTimezoneOffset() * MINUTE;
    context.textAlign = "center";
    for (let tick = Math.ceil((left() - offset) / step) * step + offset; tick <= right(); tick += step) {
      const px = x(tick);
      line(px, 2, px, bottom, colours.line);
      if (px > LEFT + 14 && px < width - RIGHT - 20) text(step < MINUTE ? time(tick) : timeShort(tick), px, height - AXIS / 2, colours.faint);
    }
    context.textAlign = "right";
  }

  function drawLane(lane, top, laneHeight) {
    const columns = lane.series.map(series => ({ ...series, columns: columnsOf(series.buckets) }));
    const { low, high } = rangeOf(columns);
    const y = value => top + laneHeight - (Math.log(Math.max(value, low) / low) / Math.log(high / low)) * laneHeight;

    context.textAlign = "right";
    for (const value of DECADES.filter(decade => decade >= low && decade <= high && keepTick(decade, low, high, laneHeight))) {
      line(LEFT, y(value), width - RIGHT, y(value), colours.line);
      text(tickText(value), LEFT - 8, Math.min(Math.max(y(value), top + 5), top + laneHeight - 4), colours.faint);
    }

    context.save();
    context.beginPath();
    context.rect(LEFT, top - 2, plot(), laneHeight + 4);
    context.clip();
    for (const outage of model.outages().filter(outage => outage.operation === lane.operation)) drawOutage(outage, top, laneHeight);
    for (const series of columns) {
      context.fillStyle = colours[series.colour];
      context.globalAlpha = colours.dark ? 0.2 : 0.15;
      for (const run of runs(series.columns)) {
        context.beginPath();
        for (const column of run) context.lineTo(column.x, y(column.p99));
        for (const column of run.toReversed()) context.lineTo(column.x, y(column.p50));
        context.fill();
      }
      context.globalAlpha = 1;
    }
    for (const series of columns) {
      context.strokeStyle = colours[series.colour];
      context.lineWidth = 1.6;
      context.lineJoin = "round";
      for (const run of runs(series.columns)) {
        context.beginPath();
        if (run.length === 1) context.rect(run[0].x - 0.8, y(run[0].p50) - 0.8, 1.6, 1.6);
        for (const column of run) context.lineTo(column.x, y(column.p50));
        context.stroke();
      }
      // Attempts that ended in an error or an unknown outcome: a tick on the lane's floor.
      context.fillStyle = colours.bad;
      for (const column of series.columns) {
        if (column.failed > 0) context.fillRect(column.x - 1, top + laneHeight - Math.min(4 + column.failed, 14), 2, Math.min(4 + column.failed, 14));
      }
    }
    for (const outage of model.outages().filter(outage => outage.operation === lane.operation)) drawOutageLabel(outage, top);
    context.restore();

    context.textAlign = "left";
    label(lane.label, LEFT + 8, top + 11);
  }

  function drawOutage(outage, top, laneHeight) {
    const from = x(outage.start);
    const to = Math.max(x(outage.end ?? model.now()), from + 2);
    if (to < LEFT || from > width) return;
    context.fillStyle = colours.badFill;
    context.globalAlpha = outage.main ? 0.2 : 0.09;
    context.fillRect(from, top, to - from, laneHeight);
    context.globalAlpha = outage.main ? 0.9 : 0.4;
    context.fillRect(from, top, 1, laneHeight);
    context.fillRect(to - 1, top, 1, laneHeight);
    context.globalAlpha = 1;
  }

  function drawOutageLabel(outage, top) {
    if (!outage.main) return;
    const from = x(outage.start);
    const to = Math.max(x(outage.end ?? model.now()), from + 2);
    if (to < LEFT || from > width) return;
    const words = spanText(outage.lengthAt(model.now()));
    context.font = `600 11px ${colours.font}`;
    const w = context.measureText(words).width + 12;
    const px = Math.min(Math.max((from + to) / 2 - w / 2, LEFT + 4), width - RIGHT - w - 2);
    context.fillStyle = colours.badFill;
    context.beginPath();
    context.roundRect(px, top + 3, w, 17, 5);
    context.fill();
    context.textAlign = "left";
    text(words, px + 6, top + 12, "#fff");
    context.font = `11px ${colours.font}`;
  }

  function drawRibbon(top) {
    context.save();
    context.beginPath();
    context.roundRect(LEFT, top, plot(), RIBBON - 6, 5);
    context.clip();
    context.fillStyle = colours.sunken;
    context.fillRect(LEFT, top, plot(), RIBBON);
    context.textAlign = "left";
    for (const leader of model.leaders()) {
      const from = Math.max(x(leader.start), LEFT);
      const to = Math.min(x(leader.end ?? model.now()), width - RIGHT);
      if (to <= from) continue;
      context.fillStyle = leader.member ? colours.writeSoft : colours.badFill;
      context.fillRect(from, top, Math.max(to - from - 1, 1), RIBBON);
      const words = leader.member ? `${leader.member}${leader.timeline ? ` · timeline ${leader.timeline}` : ""}` : "no leader";
      if (context.measureText(words).width + 14 < to - from) text(words, from + 8, top + (RIBBON - 6) / 2 + 0.5, leader.member ? colours.write : "#fff");
      else if (leader.member && context.measureText(leader.member).width + 10 < to - from) text(leader.member, from + 6, top + (RIBBON - 6) / 2 + 0.5, colours.write);
    }
    context.restore();
    context.textAlign = "right";
    text("led by", LEFT - 8, top + (RIBBON - 6) / 2 + 0.5, colours.faint);
  }

  function drawCursor(bottom) {
    const px = Math.round(x(cursor)) + 0.5;
    if (px < LEFT || px > width - RIGHT) return;
    line(px, 2, px, bottom, colours.ink2);
  }

  function line(x1, y1, x2, y2, colour) {
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
    context.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
    context.stroke();
  }

  function text(words, px, py, colour) {
    context.fillStyle = colour;
    context.fillText(words, px, py);
  }

  function label(words, px, py) {
    context.font = `600 11.5px ${colours.font}`;
    const w = context.measureText(words).width;
    context.fillStyle = colours.surface;
    context.globalAlpha = 0.8;
    context.beginPath();
    context.roundRect(px - 5, py - 9, w + 10, 18, 5);
    context.fill();
    context.globalAlpha = 1;
    text(words, px, py, colours.ink2);
    context.font = `11px ${colours.font}`;
  }

  /** Joins buckets that fall on the same pixel: the median of medians would lie, so p50 is weighted by count, the rest is the worst. */
  function columnsOf(buckets) {
    const from = lowerBound(buckets, left() - model.step * 2);
    const perColumn = Math.max(model.step, (span / Math.max(plot(), 1)) * 1.5);
    const columns = [];
    let column = null;
    for (let i = from; i < buckets.length; i++) {
      const bucket = buckets[i];
      if (bucket.at > right() + model.step) break;
      const slot = Math.floor(bucket.at / perColumn);
      if (column?.slot !== slot) {
        column = { slot, at: bucket.at, x: x(bucket.at + model.step / 2), n: 0, failed: 0, p50: null, p99: null, sum: 0 };
        columns.push(column);
      }
      column.failed += bucket.failed + bucket.unknown;
      if (bucket.p50 == null) continue;
      column.n += bucket.count;
      column.sum += bucket.p50 * bucket.count;
      column.p50 = column.sum / column.n;
      column.p99 = Math.max(column.p99 ?? 0, bucket.p99);
    }
    return columns;
  }

  /** Unbroken stretches: a line across a gap would show latency where there was no answer. */
  function* runs(columns) {
    let run = [];
    const gap = Math.max(model.step, (span / Math.max(plot(), 1)) * 1.5) * 2.2;
    let last = null;
    for (const column of columns) {
      if (column.p50 == null || (last !== null && column.at - last > gap)) {
        if (run.length) yield run;
        run = [];
      }
      if (column.p50 != null) {
        run.push(column);
        last = column.at;
      }
    }
    if (run.length) yield run;
  }

  // Window

  function look(newSpan, newEnd) {
    shown = null;
    span = Math.min(Math.max(newSpan, SHORTEST), LONGEST);
    end = newEnd === null || newEnd >= model.now() - 500 ? null : Math.max(newEnd, model.now() - LONGEST + span);
    request();
    onView(span, end === null);
  }

  function zoom(factor, around = null) {
    const pivot = around ?? (end === null ? right() : (left() + right()) / 2);
    const share = (right() - pivot) / span;
    const next = Math.min(Math.max(span * factor, SHORTEST), LONGEST);
    look(next, end === null && around === null ? null : pivot + share * next);
  }

  const pan = part => look(span, right() + span * part);

  /** Goes from outage to outage; from wherever the window is, at first. */
  function toOutage(direction) {
    const outages = model.outages().filter(outage => outage.main).sort((a, b) => a.start - b.start);
    const from = shown?.start ?? (direction < 0 ? right() : left());
    const next = direction < 0 ? outages.findLast(outage => outage.start < from) : outages.find(outage => outage.start > from);
    if (next) show(next);
    else setText(say, direction < 0 ? "No earlier outage" : "No later outage");
  }

  /** Brings an outage into the middle of the window. */
  function show(outage) {
    const finish = outage.end ?? model.now();
    const wide = Math.max((finish - outage.start) * 6, 20_000);
    look(wide, (outage.start + finish) / 2 + wide / 2);
    shown = outage;
    setText(say, `${outage.title}: ${spanText(finish - outage.start)}, from ${time(outage.start)}`);
  }

  /** The last second of which anything is known. */
  const newest = () => Math.max(...model.lanes().flatMap(lane => lane.series.map(series => series.buckets.at(-1)?.at ?? 0)), left());

  function moveCursor(next, speak) {
    cursor = next;
    if (cursor === null) {
      tip.hidden = true;
      request();
      return;
    }
    const rows = model.lanes().flatMap(lane => lane.series.map(series => ({ lane, series, bucket: bucketAt(series.buckets, cursor) })));
    tip.replaceChildren();
    const head = document.createElement("b");
    head.textContent = time(cursor);
    tip.append(head);
    const spoken = [time(cursor)];
    for (const { lane, series, bucket } of rows) {
      const words = !bucket ? "no data" : bucket.p50 == null ? `${plural(bucket.failed + bucket.unknown, "error")}` : `${latency(bucket.p50)} · p99 ${latency(bucket.p99)}`;
      const row = document.createElement("span");
      const name = document.createElement("i");
      name.className = `key ${series.key}`;
      row.append(name, words);
      tip.append(row);
      spoken.push(`${lane.label} ${series.label} ${words}`);
    }
    tip.hidden = false;
    const px = x(cursor);
    const room = tip.offsetWidth + 14;
    tip.style.transform = `translate(${Math.round(px + room > width ? px - room : px + 14)}px, 10px)`;
    if (speak) setText(say, spoken.join(", "));
    request();
  }

  // Input

  host.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = Math.max(model.step, span / 60);
    const keys = {
      ArrowLeft: () => (event.shiftKey ? moveCursor((cursor ?? Math.min(right(), newest() + step)) - step, true) : pan(-0.2)),
      ArrowRight: () => (event.shiftKey ? moveCursor(Math.min((cursor ?? right()) + step, model.now()), true) : pan(0.2)),
      PageUp: () => pan(-0.9),
      PageDown: () => pan(0.9),
      Home: () => look(LONGEST, null),
      End: () => look(span, null),
      Escape: () => moveCursor(null),
      "+": () => zoom(0.5),
      "=": () => zoom(0.5),
      "-": () => zoom(2),
      "[": () => toOutage(-1),
      "]": () => toOutage(1),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  let drag = null;
  host.addEventListener("pointerdown", event => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    drag = { from: event.clientX, end: right() };
  });
  addEventListener("pointerup", () => (drag = null));
  addEventListener("pointercancel", () => (drag = null));
  host.addEventListener("pointermove", event => {
    const box = canvas.getBoundingClientRect();
    if (drag && Math.abs(event.clientX - drag.from) > 3) {
      host.setPointerCapture(event.pointerId);
      look(span, drag.end - ((event.clientX - drag.from) / plot()) * span);
    }
    const px = event.clientX - box.left;
    moveCursor(px < LEFT || px > width - RIGHT ? null : at(px));
  });
  host.addEventListener("pointerleave", () => moveCursor(null));
  host.addEventListener("blur", () => moveCursor(null));
  host.addEventListener("wheel", event => {
    if (!event.ctrlKey && !event.metaKey && Math.abs(event.deltaX) < Math.abs(event.deltaY)) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) zoom(Math.exp(event.deltaY * 0.01), at(event.clientX - canvas.getBoundingClientRect().left));
    else look(span, right() + (event.deltaX / plot()) * span);
  }, { passive: false });

  // Size and colours

  function recolour() {
    const style = getComputedStyle(document.documentElement);
    const pick = name => style.getPropertyValue(name).trim();
    colours = {
      dark: matchMedia("(prefers-color-scheme: dark)").matches, font: pick("--sans"), line: pick("--line"), faint: pick("--ink-3"), ink2: pick("--ink-2"),
      surface: pick("--surface"), sunken: pick("--sunken"), write: pick("--write"), writeSoft: pick("--write-soft"), read: pick("--read"),
      direct: pick("--direct"), directRead: pick("--direct-read"), bad: pick("--bad"), badFill: pick("--bad-fill"),
    };
    request();
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  new ResizeObserver(() => {
    width = host.clientWidth;
    height = host.clientHeight;
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    draw();
  }).observe(host);
  recolour();

  return { request, zoom, show, live: () => look(span, null), window: newSpan => look(newSpan, end), range: () => ({ from: left(), to: right() }) };

  function rangeOf(columns) {
    let low = Infinity;
    let high = 0;
    for (const series of columns) {
      for (const column of series.columns) {
        if (column.p50 == null) continue;
        low = Math.min(low, column.p50);
        high = Math.max(high, column.p99);
      }
    }
    if (high === 0) [low, high] = [1, 100];
    low = DECADES.findLast(decade => decade <= low * 0.85) ?? DECADES[0];
    high = DECADES.find(decade => decade >= Math.max(high * 1.15, low * 20)) ?? DECADES.at(-1);
    return { low, high };
  }

  function bucketAt(buckets, when) {
    const index = lowerBound(buckets, when - model.step + 1);
    const bucket = buckets[index];
    return bucket && bucket.at <= when ? bucket : null;
  }
}

/** The first index whose bucket is not before `at`. */
export function lowerBound(buckets, at) {
  let low = 0;
  let high = buckets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (buckets[middle].at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function keepTick(value, low, high, height) {
  const perDecade = height / Math.log10(high / low);
  if (perDecade > 90) return true;
  return Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6);
}

function tickText(value) {
  return value >= 1000 ? `${value / 1000} s` : `${value} ms`;
}
