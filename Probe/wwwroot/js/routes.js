// Both ways in, side by side: what each costs from day to day, and in a failover.

import { byId, h, s, setText } from "./dom.js";
import { count, latency, plural, share, span, when } from "./format.js";
import { recent } from "./state.js";
import { availabilityName, causeName } from "./words.js";

const MINUTE = 60_000;
const COMPARED = 5;

const WAYS = {
  FrontDoor: { name: "HAProxy", note: "one address for clients" },
  Direct: { name: "Direct", note: "Npgsql finds the leader" },
};

export function showRoutes(state) {
  const { routes } = state.status;
  const now = state.now();
  const watched = now - Date.parse(state.status.ledgerCreatedAt);
  const minutes = Object.fromEntries(["Write", "Read"].map(kind => [kind, routes.map(route => recent(state.seriesOf(kind, route.route), now, MINUTE))]));
  const loads = kind => [
    { name: "State", values: routes.map(route => stateOf(kind === "Write" ? route.writeState : route.readState)) },
    { name: "Median", values: minutes[kind].map(minute => ({ text: latency(minute.p50), value: minute.p50 })), best: true },
    { name: "99th percentile", values: minutes[kind].map(minute => ({ text: latency(minute.p99), value: minute.p99 })), best: true },
    { name: "Answers, errors", values: minutes[kind].map(minute => ({ text: `${count(minute.count)}, ${count(minute.errors)}` })) },
  ];
  const sums = kind => routes.map(route => (kind === "Write" ? route.writeOutages : route.readOutages));
  const outageRows = kind => [
    { name: "Outages, longest", values: sums(kind).map(total => ({ text: total.count ? `${count(total.count)}, ${span(total.longest * 1000)}` : "none" })) },
    { name: "Available", values: sums(kind).map(total => ({ text: watched > 0 ? share(Math.max(0, 1 - (total.total * 1000) / watched)) : "–" })) },
  ];
  const groups = [
    { name: "Writes", kind: "Write", rows: [...loads("Write"), ...outageRows("Write")] },
    { name: "Reads", kind: "Read", rows: [...loads("Read"), ...outageRows("Read")] },
  ];
  render(byId("routes-table"), routes, groups);
  showComparison(state, now);
}

function stateOf(availability) {
  const tone = { Up: "good", Down: "bad", Suspect: "bad" }[availability] ?? "";
  return { text: availabilityName[availability] ?? availability, tag: `tag ${tone}` };
}

function render(table, routes, groups) {
  const shape = `${routes.map(route => route.route)}|${groups.map(group => group.rows.length)}`;
  if (table.dataset.shape !== shape) {
    table.dataset.shape = shape;
    table.replaceChildren(
      h("thead", null, h("tr", null,
        h("td"),
        routes.map(route => h("th", { scope: "col" }, h("b", null, WAYS[route.route]?.name ?? route.route), h("span", null, WAYS[route.route]?.note ?? ""))))),
      ...groups.map(group => h("tbody", null,
        h("tr", { class: "group" }, h("th", { scope: "rowgroup", colspan: routes.length + 1 }, group.name)),
        group.rows.map(row => h("tr", null, h("th", { scope: "row" }, row.name), routes.map(() => h("td", null, h("span"))))))));
  }
  for (const [g, group] of groups.entries()) {
    for (const [r, row] of group.rows.entries()) {
      const cells = table.tBodies[g].rows[r + 1].cells;
      const known = row.values.map(value => value.value).filter(value => value != null);
      for (const [i, value] of row.values.entries()) {
        const element = cells[i + 1].firstChild;
        setText(element, value.text);
        const best = row.best && known.length > 1 && value.value === Math.min(...known) && value.value < Math.max(...known) * 0.9;
        element.className = value.tag ?? (best ? "best" : "");
      }
    }
  }
}

/** The last changes of the leader as pairs of bars: how long writes stood still on either way. */
function showComparison(state, now) {
  const root = byId("routes-cost");
  const writes = state.recentFirst().filter(outage => outage.kind === "Write");
  const pairs = writes.filter(outage => outage.main).slice(0, COMPARED).map(outage => ({
    outage,
    direct: writes.find(other => !other.main && other.start < (outage.end ?? now) + 1000 && (other.end ?? now) > outage.start - 1000),
  }));
  const signature = JSON.stringify(pairs);
  if (root.dataset.signature === signature) return;
  root.dataset.signature = signature;
  if (pairs.length === 0) {
    root.replaceChildren(h("p", { class: "panel-note" }, "Nothing has failed yet: here both ways will be compared, failover by failover."));
    return;
  }
  const length = outage => (outage ? (outage.end ?? now) - outage.start : 0);
  const longest = Math.max(...pairs.flatMap(pair => [length(pair.outage), length(pair.direct)]));
  const bar = (outage, kind) => [
    s("svg", { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
      s("rect", { class: `bar-${kind}`, width: ((length(outage) / longest) * 100).toFixed(1), height: 8 })),
    h("span", null, outage ? (outage.end === null ? "open" : span(length(outage))) : "none"),
  ];
  root.replaceChildren(h("table", { class: "cost" },
    h("caption", null, `Writes stood still, last ${plural(pairs.length, "time")}`),
    h("thead", null, h("tr", null, h("th", { scope: "col" }, "When"), h("th", { scope: "col" }, "HAProxy"), h("th", { scope: "col" }, "Direct"))),
    h("tbody", null, pairs.map(({ outage, direct }) => h("tr", null,
      h("th", { scope: "row" }, when(outage.start, now), h("small", null, causeName[outage.cause] ?? outage.cause)),
      h("td", null, h("div", { class: "bar-cell" }, bar(outage, "write"))),
      h("td", null, h("div", { class: "bar-cell" }, bar(direct, "direct"))))))));
}
