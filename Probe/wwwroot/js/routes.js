// Both ways in, side by side: what each costs from day to day, and in a failover.

import { byId, h, s, setText } from "./dom.js";
import { count, latency, plural, share, span, when } from "./format.js";
import { recent } from "./state.js";
import { availabilityName, causeOf, kindName, routeName } from "./words.js";

const MINUTE = 60_000;
const COMPARED = 5;

export function showRoutes(state) {
  const now = state.now();
  const watched = now - Date.parse(state.status.ledgerCreatedAt);
  const columns = ["Write", "Read"].flatMap(kind => state.status.routes.map(route => ({
    kind,
    route: route.route,
    state: kind === "Write" ? route.writeState : route.readState,
    outages: kind === "Write" ? route.writeOutages : route.readOutages,
    minute: recent(state.seriesOf(kind, route.route), now, MINUTE),
  }))).filter(column => column.state !== "Off");
  render(byId("routes-table"), columns, [
    row("State", column => ({ text: availabilityName[column.state] ?? column.state, look: `tag ${{ Up: "good", Down: "bad", Suspect: "bad" }[column.state] ?? ""}` })),
    row("Median", column => ({ text: latency(column.minute.p50), measure: column.minute.p50 })),
    row("p99", column => ({ text: latency(column.minute.p99), measure: column.minute.p99 })),
    row("Answers", column => ({ text: count(column.minute.count) })),
    row("Errors", column => ({ text: count(column.minute.errors), look: column.minute.errors ? "trouble" : "" })),
    row("Outages", column => ({ text: count(column.outages.count) })),
    row("Longest", column => ({ text: column.outages.count ? span(column.outages.longest * 1000) : "–" })),
    row("Available", column => ({ text: watched > 0 ? share(Math.max(0, 1 - (column.outages.total * 1000) / watched)) : "–" })),
  ]);
  showComparison(state, now);
}

const row = (name, cell) => ({ name, cell });

function render(table, columns, rows) {
  if (columns.length === 0) {
    if (table.dataset.shape !== "empty") table.replaceChildren(h("tbody", null, h("tr", null, h("td", { class: "panel-note" }, "No load on any route yet."))));
    table.dataset.shape = "empty";
    return;
  }
  const shape = columns.map(column => column.kind + column.route).join("|");
  if (table.dataset.shape !== shape) {
    table.dataset.shape = shape;
    const kinds = [...new Set(columns.map(column => column.kind))];
    table.replaceChildren(
      h("colgroup"), ...kinds.map(kind => h("colgroup", { span: columns.filter(column => column.kind === kind).length })),
      h("thead", null,
        h("tr", null, h("td"), kinds.map(kind => h("th", { scope: "colgroup", colspan: columns.filter(column => column.kind === kind).length }, kindName[kind]))),
        h("tr", null, h("td"), columns.map(column => h("th", { scope: "col", class: "num" },
          h("span", { class: `key ${keyOf(column)}`, "aria-hidden": "true" }), routeName[column.route] ?? column.route)))),
      h("tbody", null, rows.map(row => h("tr", null, h("th", { scope: "row" }, row.name), columns.map(() => h("td", { class: "num" }, h("span")))))));
  }
  for (const [r, row] of rows.entries()) {
    const cells = columns.map(row.cell);
    for (const [c, cell] of cells.entries()) {
      const element = table.tBodies[0].rows[r].cells[c + 1].firstChild;
      const rivals = cells.filter((other, i) => columns[i].kind === columns[c].kind && other.measure != null).map(other => other.measure);
      const best = rivals.length > 1 && cell.measure === Math.min(...rivals) && cell.measure < Math.max(...rivals) * 0.9;
      setText(element, cell.text);
      element.className = cell.look ?? (best ? "best" : "");
    }
  }
}

const keyOf = column => ({ WriteFrontDoor: "write", WriteDirect: "direct", ReadFrontDoor: "read", ReadDirect: "direct-read" })[column.kind + column.route] ?? "";

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
  const length = outage => outage?.lengthAt(now) ?? 0;
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
      h("th", { scope: "row" }, when(outage.start, now), h("small", null, causeOf(outage))),
      h("td", null, h("div", { class: "bar-cell" }, bar(outage, "write"))),
      h("td", null, h("div", { class: "bar-cell" }, bar(direct, "direct"))))))));
}
