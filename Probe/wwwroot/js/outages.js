// The list of outages; each opens to its phases, to scale and as a table.

import { byId, h, mirror, s, setText } from "./dom.js";
import { count, dateTime, plural, span, when } from "./format.js";
import { kindName, phaseName, routeName, waitName } from "./words.js";

const SHOWN = 30;

// Changes of the leader stay, however many stalls a busy machine adds.
const LASTING = new Set(["Failover", "Switchover"]);

/** @param show called with an outage that is to be shown on the time line */
export function createOutages(state, show) {
  const root = byId("outages");
  const list = h("div", { class: "outage-list" });
  const empty = h("div", { class: "empty" }, h("b", null, "No outage so far"), h("span", null, "An outage runs from the last acknowledgement before it to the first one after it."));
  root.append(empty, list);

  return () => {
    const outages = state.recentFirst();
    const shown = outages.filter((outage, index) => index < SHOWN || LASTING.has(outage.cause));
    empty.hidden = outages.length > 0;
    setText(byId("outages-note"), outages.length === 0 ? "" : `${plural(outages.length, "outage")} on all routes${shown.length < outages.length ? `, the last ${SHOWN} and changes of the leader` : ""}`);
    mirror(list, shown, outage => outage.id, outage => create(outage, show), (element, outage) => update(element, outage, state.now()));
  };
}

function create(outage, show) {
  return h("details", { class: "outage", "data-id": outage.id },
    h("summary", null,
      h("span", { class: "outage-time" }),
      h("span", { class: "outage-cause" }, h("span"), h("small")),
      h("span", { class: "outage-span" })),
    h("div", { class: "outage-body" },
      h("div", { class: "outage-phases" }),
      h("p", { class: "row" }, h("button", { type: "button", onclick: () => show(outage.id) }, "Show on the time line"))));
}

function update(element, outage, now) {
  const length = outage.lengthAt(now);
  element.classList.toggle("open", outage.end === null);
  const [time, cause, duration] = element.firstChild.children;
  setText(time, when(outage.start, now));
  setText(cause.firstChild, outage.summary);
  setText(cause.lastChild, `${kindName[outage.kind]}, ${routeName[outage.route]}${facts(outage)}`);
  setText(duration, outage.end === null ? `${(length / 1000).toFixed(1)} s …` : span(length));
  element.dataset.kind = outage.kind;

  // The details change only with the outage itself.
  const signature = JSON.stringify(outage);
  if (element.signature === signature) return;
  element.signature = signature;
  element.querySelector(".outage-strip")?.remove();
  const waits = waitsOf(outage);
  if (waits.length > 1) element.firstChild.append(strip(waits, length));
  element.querySelector(".outage-phases").replaceChildren(...body(outage, waits));
}

function facts(outage) {
  const parts = [];
  if (outage.failedAttempts) parts.push(`${count(outage.failedAttempts)} failed`);
  if (outage.unknownAttempts) parts.push(`${count(outage.unknownAttempts)} unknown`);
  if (outage.lostWrites != null && outage.kind === "Write") parts.push(outage.lostWrites === 0 ? "none lost" : `${count(outage.lostWrites)} lost`);
  return parts.length ? ` · ${parts.join(", ")}` : "";
}

/** The stretches between the phases, named after what was waited for. */
function waitsOf(outage) {
  return outage.phases.slice(1).map((phase, index) => ({
    kind: phase.kind, from: outage.phases[index].at - outage.start, length: phase.at - outage.phases[index].at,
  }));
}

function strip(waits, length) {
  return s("svg", { class: "outage-strip", viewBox: "0 0 1000 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    waits.map(wait => s("rect", {
      class: phaseClass(wait.kind), x: ((wait.from / length) * 1000).toFixed(1), y: 0, width: Math.max((wait.length / length) * 1000, 1.5).toFixed(1), height: 8,
    })));
}

function body(outage, waits) {
  const parts = [];
  const named = [
    outage.timelineBefore != null && outage.timelineAfter != null && outage.timelineBefore !== outage.timelineAfter && `Timeline ${outage.timelineBefore} → ${outage.timelineAfter}`,
    outage.switches?.length && `By Patroni’s history ${outage.switches.map(switchText).join(", ")}`,
    outage.firstError && `First error: ${outage.firstError}`,
    outage.blindFor > 0 && `The probe was not running for ${span(outage.blindFor * 1000)} of it`,
    outage.traceId && `Trace ${outage.traceId}`,
  ].filter(Boolean);
  if (outage.phases.length === 0) {
    parts.push(h("p", { class: "panel-note" }, "No component showed what happened."));
  } else {
    parts.push(h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": `Phases of the outage of ${dateTime(outage.start)}` },
      h("table", null,
        h("thead", null, h("tr", null,
          h("th", { scope: "col" }, "Phase"), h("th", { scope: "col", class: "num" }, "At"), h("th", { scope: "col", class: "num" }, "Took"),
          h("th", { scope: "col" }, "Waiting for"), h("th", { scope: "col" }, "Node"), h("th", { scope: "col", class: "num" }, "Known to"))),
        h("tbody", null, outage.phases.map((phase, index) => h("tr", null,
          h("th", { scope: "row" }, h("span", { class: `swatch ${index ? phaseClass(phase.kind) : ""}`, "aria-hidden": "true" }), phaseName[phase.kind] ?? phase.kind),
          h("td", { class: "num" }, `+${span(phase.at - outage.start)}`),
          h("td", { class: "num" }, index ? span(waits[index - 1].length) : ""),
          h("td", null, index ? waitName[phase.kind] ?? "" : ""),
          h("td", null, phase.node ?? ""),
          h("td", { class: "num" }, phase.resolution > 0 ? `± ${Math.round(phase.resolution * 1000)} ms` : "")))))));
  }
  if (named.length) parts.push(h("p", { class: "panel-note" }, named.join(" · ")));
  return parts;
}

/** "timeline 6 of data-node3 (no recovery target specified)" */
const switchText = change => `timeline ${change.timeline}${change.leader ? ` of ${change.leader}` : ""}${change.reason ? ` (${change.reason})` : ""}`;

const ORDER = ["LeaderGone", "LockReleased", "LeaderElected", "Promoted", "ProxySwitched", "FirstAcknowledged"];
const phaseClass = kind => `phase-${Math.max(0, ORDER.indexOf(kind))}`;
