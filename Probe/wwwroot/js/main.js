// Puts the page together: the feed changes the state, the state is shown at most four times a second.

import { createActions } from "./actions.js";
import { byId, h, setText } from "./dom.js";
import { follow } from "./feed.js";
import { ago, count, dateTime, latency, time } from "./format.js";
import { createOutages } from "./outages.js";
import { createReport } from "./report.js";
import { showRoutes } from "./routes.js";
import { showCounters } from "./counters.js";
import { createState, recent } from "./state.js";
import { createTimeline, lowerBound, LONGEST, MINUTE } from "./timeline.js";
import { createTopology } from "./topology.js";
import { showClock, showVerdict } from "./verdict.js";

const SPANS = [["1 min", MINUTE], ["5 min", 5 * MINUTE], ["15 min", 15 * MINUTE], ["1 h", LONGEST]];
const SHOW_EVERY = 250;
const TABLE_ROWS = 12;

const SERIES = [
  { kind: "Write", route: "FrontDoor", label: "through HAProxy", legend: "Writes, HAProxy", colour: "write", key: "write" },
  { kind: "Write", route: "Direct", label: "direct", legend: "Writes, direct", colour: "direct", key: "direct" },
  { kind: "Read", route: "FrontDoor", label: "through HAProxy", legend: "Reads, HAProxy", colour: "read", key: "read" },
  { kind: "Read", route: "Direct", label: "direct", legend: "Reads, direct", colour: "directRead", key: "direct-read" },
];

const state = createState();
const present = () => SERIES.filter(series => state.seriesOf(series.kind, series.route).length > 0);

const lanes = () => [["Write", "Writes"], ["Read", "Reads"]]
  .map(([kind, label]) => ({
    operation: kind,
    label,
    series: present().filter(series => series.kind === kind).map(series => ({ ...series, buckets: state.seriesOf(kind, series.route) })),
  }))
  .filter(lane => lane.operation === "Write" || lane.series.length > 0);

const timeline = createTimeline(
  { host: byId("timeline"), canvas: byId("timeline-canvas"), tip: byId("timeline-tip"), say: byId("timeline-say") },
  { lanes, outages: () => [...state.outages.values()], leaders: state.leaders, now: state.now, step: 1000 },
  (span, live) => {
    for (const button of byId("latency-spans").children) button.setAttribute("aria-pressed", String(Number(button.value) === span));
    byId("go-live").setAttribute("aria-pressed", String(live));
    showLatencyTable();
  });

byId("latency-spans").append(...SPANS.map(([name, span]) =>
  h("button", { type: "button", value: span, "aria-pressed": String(span === 5 * MINUTE), onclick: () => timeline.window(span) }, name)));
byId("zoom-in").addEventListener("click", () => timeline.zoom(0.5));
byId("zoom-out").addEventListener("click", () => timeline.zoom(2));
byId("go-live").addEventListener("click", () => timeline.live());

const showTopology = createTopology(state);
const showOutages = createOutages(state, id => {
  timeline.show(state.outages.get(id));
  byId("timeline").scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
});
createReport();
let showActions = () => {};
createActions(state).then(
  show => {
    showActions = show;
    schedule();
  },
  () => setText(byId("action-result"), "Could not ask which actions there are."));

let pending = 0;
let shownAt = 0;

function schedule() {
  pending ||= setTimeout(show, Math.max(0, shownAt + SHOW_EVERY - performance.now()));
}

function show() {
  pending = 0;
  shownAt = performance.now();
  if (!state.status) return;
  showVerdict(state, document.body.dataset.link === "live" ? 0 : heardAt);
  showCounters(state);
  showTopology();
  showRoutes(state);
  showOutages();
  showActions();
  showLegend();
  showLatencyTable();
  setText(byId("footer-since"), `Measured since ${dateTime(Date.parse(state.status.ledgerCreatedAt))}, this probe started ${ago(state.now() - Date.parse(state.status.startedAt))} ago. Times are this browser's.`);
  timeline.request();
}

function showLegend() {
  const names = present();
  const root = byId("latency-legend");
  if (root.children.length === names.length + 1) return;
  root.replaceChildren(
    ...names.map(series => h("li", null, h("span", { class: `key ${series.key}`, "aria-hidden": "true" }), series.legend)),
    h("li", null, h("span", { class: "key outage", "aria-hidden": "true" }), "Outage"));
}

function showLatencyTable() {
  const table = byId("latency-table");
  if (!table.closest("details").open || !state.status) return;
  const { from, to } = timeline.range();
  const step = (to - from) / TABLE_ROWS;
  const series = present();
  table.replaceChildren(
    h("thead", null, h("tr", null,
      h("th", { scope: "col" }, "From"),
      series.flatMap(one => [h("th", { scope: "col", class: "num" }, `${one.legend}, median`), h("th", { scope: "col", class: "num" }, "p99"), h("th", { scope: "col", class: "num" }, "errors")]))),
    h("tbody", null, Array.from({ length: TABLE_ROWS }, (_, row) => {
      const start = from + row * step;
      return h("tr", null, h("th", { scope: "row" }, time(start)), series.flatMap(one => {
        const buckets = state.seriesOf(one.kind, one.route);
        const part = recent(buckets.slice(0, lowerBound(buckets, start + step)), start + step, step);
        return [latency(part.p50), latency(part.p99), count(part.errors)].map(text => h("td", { class: "num" }, text));
      }));
    })));
}
byId("latency-table").closest("details").addEventListener("toggle", showLatencyTable);

// The link to the probe

let heardAt = 0;
let historyAsked = false;

follow("api/events", (event, data) => {
  if (event !== "beat") state.apply(event, data);
  heardAt = state.now();
  // The whole state has come, so seconds may have been missed.
  if (event === "status") fetchHistory();
  schedule();
}, link => {
  if (document.body.dataset.link === link) return;
  document.body.dataset.link = link;
  setText(byId("link-text"), { live: "Live", connecting: "Connecting…", lost: "Connection lost, trying again" }[link]);
  schedule();
});

async function fetchHistory() {
  if (historyAsked) return;
  historyAsked = true;
  try {
    const response = await fetch("api/latency?last=PT1H");
    if (response.ok) state.addHistory(await response.json());
    schedule();
  } catch {
    // The feed goes on without the past; the next connection asks again.
  } finally {
    historyAsked = false;
  }
}

// Ages and clocks go on without news. Nothing is drawn that nobody sees.
setInterval(() => document.hidden || schedule(), 1000);
setInterval(() => document.hidden || (document.body.dataset.link === "live" && state.status && showClock(state)), 100);
