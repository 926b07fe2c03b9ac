// The one sentence at the top: can people write and read now, and what is not as it should be.

import { ago, latency, share, span, time } from "./format.js";
import { byId, h, setAttribute, setText } from "./dom.js";
import { recent } from "./state.js";
import { list } from "./words.js";

const ICONS = { good: "M5 12.5l4.5 4.5L19 7.5", warn: "M12 6v7M12 17.5v.1", bad: "M7 7l10 10M17 7L7 17", unknown: "M6 12v.1M12 12v.1M18 12v.1" };

/** @param lostAt when the probe was last heard of, if the connection is lost */
export function showVerdict(state, lostAt) {
  const { tone, text, since } = lostAt ? { tone: "unknown", text: `No word from the probe since ${time(lostAt)}` } : judge(state);
  setAttribute(byId("verdict"), "data-tone", tone);
  setAttribute(byId("verdict-icon"), "d", ICONS[tone]);
  setText(byId("verdict-text"), text);
  setText(byId("verdict-detail"), `${lostAt ? "Last known: " : ""}${detail(state)}`);
  byId("verdict").dataset.since = since ?? "";
  showClock(state);
  showFigures(state);
  const scope = state.status.topology.scope ?? "Cluster";
  setText(byId("cluster-name"), scope);
  document.title = tone === "good" ? `${scope} · up` : `${{ bad: "✕", warn: "!" }[tone] ?? "?"} ${scope} · ${text}`;
}

/** How long the outage has lasted; called often, and outside the live region. */
export function showClock(state) {
  const since = byId("verdict").dataset.since;
  setText(byId("verdict-clock"), since ? ` ${((state.now() - Number(since)) / 1000).toFixed(1)} s` : "");
}

function judge(state) {
  const door = state.route("FrontDoor") ?? state.status.routes[0];
  if (!door || (door.writeState === "Unknown" && door.readState === "Unknown")) return { tone: "unknown", text: "Waiting for the first acknowledged write" };
  const open = kind => state.recentFirst().find(outage => outage.route === door.route && outage.kind === kind && outage.end === null);
  const lost = state.status.routes.reduce((sum, route) => sum + route.counters.lost, 0);
  const [writes, reads] = [open("Write"), open("Read")];
  if (writes && reads) return { tone: "bad", text: "Writes and reads are stopped", since: Math.min(writes.start, reads.start) };
  if (writes || door.writeState === "Down") return { tone: "bad", text: door.readState === "Up" ? "Writes are stopped, reads go on" : "Writes are stopped", since: writes?.start };
  if (reads || door.readState === "Down") return { tone: "bad", text: "Reads are stopped, writes go on", since: reads?.start };
  if (lost > 0) return { tone: "bad", text: "Acknowledged writes were lost" };
  if (door.writeState === "Suspect") return { tone: "warn", text: "Writes are failing" };
  if (door.readState === "Suspect") return { tone: "warn", text: "Reads are failing" };
  if (troubles(state.status.topology).length > 0) return { tone: "warn", text: "Up, with less protection than usual" };
  return { tone: "good", text: "Writes and reads are flowing" };
}

function detail(state) {
  const { topology } = state.status;
  const leads = topology.leader ? `${topology.leader} leads${topology.timeline ? ` on timeline ${topology.timeline}` : ""}` : "No leader";
  const wrong = troubles(topology);
  const replicas = topology.nodes.filter(isReplica);
  const right = replicas.length === 0 ? "no replica" : `${replicas.length === 1 ? "1 replica follows" : `${replicas.length} replicas follow`}${topology.synchronous ? ", synchronously" : ""}`;
  return [leads, ...(wrong.length ? wrong : [right])].join(" · ");
}

export const isReplica = node => ["SynchronousStandby", "QuorumStandby", "Replica"].includes(node.role) && node.reachable;

/** What protects less than it should, in words. */
function troubles(topology) {
  const found = [];
  const away = topology.nodes.filter(node => !node.reachable).map(node => node.name);
  if (away.length) found.push(`${list(away)} ${away.length === 1 ? "does" : "do"} not answer`);
  const idle = topology.nodes.filter(node => node.reachable && !["running", "streaming", "in archive recovery"].includes(node.state));
  for (const node of idle) found.push(`${node.name} is ${node.state ?? "in an unknown state"}`);
  if (topology.leader && topology.synchronous && !topology.nodes.some(node => ["SynchronousStandby", "QuorumStandby"].includes(node.role))) {
    found.push("no synchronous replica");
  }
  const etcd = topology.etcd.filter(member => !member.reachable || member.healthy === false);
  if (etcd.length) found.push(etcd.length === topology.etcd.length ? "etcd does not answer" : `${etcd.length} of ${topology.etcd.length} etcd members do not answer`);
  if (topology.proxy && !topology.proxy.reachable) found.push("HAProxy's statistics do not answer");
  if (topology.paused) found.push("Patroni is paused");
  return found;
}

function showFigures(state) {
  const door = state.route("FrontDoor") ?? state.status.routes[0];
  if (!door) return;
  const now = state.now();
  const writes = recent(state.seriesOf("Write", door.route), now, 10_000);
  const last = state.recentFirst().find(outage => outage.route === door.route && outage.kind === "Write");
  const open = last && last.end === null ? last.lengthAt(now) : 0;
  const watched = now - Date.parse(state.status.ledgerCreatedAt);
  const figures = [
    ["available for writes", watched > 0 ? share(Math.max(0, 1 - (door.writeOutages.total * 1000 + open) / watched)) : "–"],
    ["write latency, median", latency(writes.p50)],
    ["last write outage", last ? (last.end === null ? "now" : span(last.lengthAt(now))) : "none"],
    [last?.end ? "since then" : "watched for", ago(now - (last?.end ?? Date.parse(state.status.ledgerCreatedAt)))],
  ];
  const root = byId("verdict-figures");
  if (root.children.length !== figures.length) root.replaceChildren(...figures.map(() => h("div", null, h("dt"), h("dd"))));
  for (const [index, [name, value]] of figures.entries()) {
    setText(root.children[index].firstChild, name);
    setText(root.children[index].lastChild, value);
  }
}
