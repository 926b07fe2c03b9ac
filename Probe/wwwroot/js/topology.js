// The cluster as a picture: the probe, HAProxy with its live routes, the nodes, etcd. Laid out anew for the width it has, so that
// words keep their size; drawn anew only when something other than the lag has changed.

import { byId, h, mirror, s, setText } from "./dom.js";
import { bytes } from "./format.js";
import { list, roleName, serverVersion } from "./words.js";

const NODE = { height: 86, gap: 16 };

export function createTopology(state) {
  const root = byId("topology");
  let width = 0;
  let drawn = "";
  let roles = new Map();

  new ResizeObserver(() => {
    const next = Math.round(root.clientWidth);
    if (next === width) return;
    width = next;
    drawn = "";
    if (state.status) show();
  }).observe(root);

  function show() {
    const view = viewOf(state);
    showTable(view);
    setText(byId("topology-note"), view.note);
    if (width === 0) return;
    const signature = JSON.stringify([width, view.nodes.map(({ lag, ...node }) => node), view.proxy, view.etcd, view.direct, view.paused]);
    if (signature === drawn) {
      for (const node of view.nodes) {
        const line = root.querySelector(`[data-lag="${CSS.escape(node.name)}"]`);
        if (line) setText(line, node.lag);
      }
      root.firstChild.setAttribute("aria-label", view.summary);
      return;
    }
    drawn = signature;
    root.replaceChildren(draw(view, width, roles));
    roles = new Map(view.nodes.map(node => [node.name, node.tone]));
  }

  return show;
}

/** What is to be seen, in words and booleans: no measures yet. */
function viewOf(state) {
  const { topology } = state.status;
  const ways = (topology.proxy?.routes ?? []).map(route => ({ name: route.name, kind: wayKind(route.name), open: route.open, up: route.servers.filter(server => server.up).map(server => server.name), sessions: route.sessions }))
    .filter(way => way.kind);
  const nodes = topology.nodes.map(node => {
    const tone = toneOf(node);
    return {
      name: node.name,
      tone,
      sync: ["SynchronousStandby", "QuorumStandby"].includes(node.role),
      role: tone === "down" ? (node.reachable ? "Stopped" : "No answer") : roleName[node.role] ?? node.role,
      state: node.reachable ? node.state ?? "unknown" : "not reachable",
      timeline: node.timeline,
      version: serverVersion(node.serverVersion),
      restart: node.pendingRestart,
      lag: lagOf(node, tone),
      ways: ways.filter(way => way.up.includes(node.name)).map(way => way.kind),
    };
  });
  const direct = state.route("Direct");
  const view = {
    nodes,
    primary: nodes.find(node => node.tone === "primary"),
    proxy: topology.proxy && { reachable: topology.proxy.reachable, ways: ways.map(({ sessions, ...way }) => way) },
    etcd: topology.etcd.map(member => ({
      name: member.name, tone: member.reachable && member.healthy !== false ? "good" : "bad", leader: member.isLeader === true,
      state: !member.reachable ? "no answer" : member.healthy === false ? "not healthy" : member.isLeader ? "leader" : "healthy",
    })),
    direct: direct && direct.writeState !== "Off",
    paused: topology.paused,
  };
  view.note = [
    topology.leader ? `timeline ${topology.timeline ?? "?"}` : "no leader",
    topology.leader && (topology.synchronous ? "synchronous" : "asynchronous"),
    topology.paused && "paused",
  ].filter(Boolean).join(" · ");
  view.summary = summaryOf(view);
  return view;
}

/** HAProxy's own names say which listener is which. */
function wayKind(name) {
  if (/write|primary|master|leader|rw/i.test(name)) return "write";
  return /read|replica|standby|ro/i.test(name) ? "read" : null;
}

function toneOf(node) {
  if (!node.reachable || ["stopped", "crashed", "stop failed", "start failed"].includes(node.state)) return "down";
  if (node.role === "Leader" || node.role === "StandbyLeader") return "primary";
  if (!["running", "streaming", "in archive recovery"].includes(node.state)) return "moving";
  return node.role === "Unknown" ? "moving" : "replica";
}

function lagOf(node, tone) {
  if (tone === "down") return node.lastSeen ? `last seen ${new Date(node.lastSeen).toLocaleTimeString("en-GB")}` : "never seen";
  if (tone === "primary") return "takes writes";
  if (node.lagBytes == null) return "lag unknown";
  const seconds = node.lagSeconds ? `, ${node.lagSeconds.toFixed(1)} s` : "";
  return node.lagBytes === 0 ? "no lag" : `${bytes(node.lagBytes)} behind${seconds}`;
}

function summaryOf(view) {
  const parts = [view.primary ? `${view.primary.name} is the primary.` : "There is no primary."];
  const replicas = view.nodes.filter(node => node.tone === "replica");
  if (replicas.length) parts.push(`${list(replicas.map(node => `${node.name} (${node.role.toLowerCase()}, ${node.lag})`))} ${replicas.length === 1 ? "follows" : "follow"}.`);
  for (const node of view.nodes.filter(node => node.tone === "down" || node.tone === "moving")) parts.push(`${node.name} is ${node.state}.`);
  for (const way of view.proxy?.ways ?? []) parts.push(`HAProxy sends ${way.kind}s to ${way.up.length ? list(way.up) : "nobody"}.`);
  for (const member of view.etcd) parts.push(`etcd ${member.name} is ${member.state}.`);
  return parts.join(" ");
}

function showTable(view) {
  const body = byId("members-table").tBodies[0];
  mirror(body, view.nodes, node => node.name,
    () => h("tr", null, h("th", { scope: "row" }), h("td"), h("td"), h("td", { class: "num" }), h("td", { class: "num" }), h("td")),
    (row, node) => [node.name, node.role, node.state, node.timeline ?? "–", node.lag, node.ways.length ? list(node.ways.map(way => `${way}s`)) : "nothing"]
      .forEach((text, index) => setText(row.cells[index], String(text))));
}

// Drawing

function draw(view, width, before) {
  return width >= 600 ? drawWide(view, width, before) : drawNarrow(view, width, before);
}

function drawWide(view, width, before) {
  const rows = Math.max(view.nodes.length, 1);
  const top = view.direct ? 30 : 8;
  const height = top + rows * (NODE.height + NODE.gap) - NODE.gap + 8;
  const middle = top + (height - top - 8) / 2;
  const size = { probe: 84, proxy: 136, node: Math.min(250, width * 0.34), etcd: 128 };
  const gap = (width - size.probe - size.proxy - size.node - size.etcd) / 3;
  const x = { probe: 1, proxy: size.probe + gap, node: size.probe + size.proxy + gap * 2, etcd: width - size.etcd - 1 };
  const nodeTop = index => top + index * (NODE.height + NODE.gap);
  const boxes = [];
  const wires = [];

  // Ports sit one above the other inside HAProxy's box, and the probe's two wires end on them.
  const port = { write: middle - 4, read: middle + 26 };
  const ways = view.proxy?.ways ?? [];
  if (view.proxy) {
    boxes.push(proxyBox(view, x.proxy, middle - 52, size.proxy, 100, port));
    for (const way of ways) {
      wires.push(...wire(curve(x.probe + size.probe, middle + (way.kind === "write" ? -6 : 8), x.proxy, port[way.kind]), way.open ? way.kind : "off"));
    }
  }
  boxes.push(probeBox(x.probe, middle - 26, size.probe, 54));

  view.nodes.forEach((node, index) => {
    const y = nodeTop(index);
    boxes.push(nodeBox(node, x.node, y, size.node, before));
    for (const kind of node.ways) wires.push(...wire(curve(x.proxy + size.proxy, port[kind], x.node, y + NODE.height / 2 + (kind === "write" ? -8 : 8)), kind, true));
    if (view.direct && node.tone === "primary") {
      const bend = x.node - Math.min(gap * 0.35, 26);
      const line = y + 18;
      wires.push(...wire(`M${x.probe + size.probe / 2} ${middle - 26}V24Q${x.probe + size.probe / 2} 12 ${x.probe + size.probe / 2 + 12} 12H${bend - 12}Q${bend} 12 ${bend} 24V${line - 8}Q${bend} ${line} ${bend + 8} ${line}H${x.node}`, "direct", true));
      boxes.push(s("text", { class: "faint", x: x.proxy + size.proxy / 2, y: 26, "text-anchor": "middle" }, "direct"));
    }
  });
  if (!view.primary && view.direct) wires.push(s("path", { class: "wire off", d: `M${x.probe + size.probe / 2} ${middle - 26}V24Q${x.probe + size.probe / 2} 12 ${x.probe + size.probe / 2 + 12} 12H${x.node - 40}` }));

  // Replication bows out on the right of the nodes, from the primary to each replica.
  const primaryAt = view.nodes.findIndex(node => node.tone === "primary");
  if (primaryAt >= 0) {
    view.nodes.forEach((node, index) => {
      if (node.tone !== "replica") return;
      const from = nodeTop(primaryAt) + NODE.height / 2 + (index > primaryAt ? 14 : -14);
      const to = nodeTop(index) + NODE.height / 2 + (index > primaryAt ? -14 : 14);
      const bow = x.node + size.node + 14 + 10 * Math.abs(index - primaryAt);
      wires.push(s("path", { class: `wire copy${node.sync ? " sync" : ""}`, d: `M${x.node + size.node} ${from}C${bow} ${from} ${bow} ${to} ${x.node + size.node + 7} ${to}` }));
      boxes.push(s("path", { class: "arrow-copy", d: arrow(x.node + size.node + 1, to, -1) }));
    });
  }

  const etcdHeight = 30 + Math.max(view.etcd.length, 1) * 36;
  if (view.etcd.length) {
    boxes.push(etcdBox(view, x.etcd, middle - etcdHeight / 2, size.etcd, etcdHeight));
    view.nodes.forEach((node, index) => {
      const lock = node.tone === "primary";
      wires.push(s("path", { class: `wire ${lock ? "lock" : "off"}`, d: curve(x.node + size.node, nodeTop(index) + NODE.height / 2, x.etcd, middle + (index - (rows - 1) / 2) * 10) }));
      if (lock) boxes.push(lockMark((x.node + size.node + x.etcd) / 2 + 6, (nodeTop(index) + NODE.height / 2 + middle) / 2));
    });
  }
  return picture(view, width, height, wires, boxes);
}

function drawNarrow(view, width, before) {
  const left = 34;
  const right = view.etcd.length ? 26 : 2;
  const boxes = [probeBox(left, 2, 84, 40)];
  const wires = [];
  const proxyTop = 66;
  const nodesTop = view.proxy ? proxyTop + 84 : 66;
  const nodeTop = index => nodesTop + 22 + index * (NODE.height + 12);
  const nodeWidth = width - left - right;
  const port = { write: proxyTop + 40, read: proxyTop + 62 };
  const bus = { write: 10, read: 20 };
  if (view.proxy) {
    boxes.push(proxyBox(view, left, proxyTop, nodeWidth, 76, port, true));
    for (const way of view.proxy.ways) wires.push(...wire(`M${left + (way.kind === "write" ? 30 : 54)} 42V${proxyTop}`, way.open ? way.kind : "off"));
  }
  view.nodes.forEach((node, index) => {
    const y = nodeTop(index);
    boxes.push(nodeBox(node, left, y, nodeWidth, before));
    for (const kind of node.ways) {
      const line = y + NODE.height / 2 + (kind === "write" ? -8 : 8);
      wires.push(...wire(`M${left} ${port[kind]}H${bus[kind] + 6}Q${bus[kind]} ${port[kind]} ${bus[kind]} ${port[kind] + 6}V${line - 6}Q${bus[kind]} ${line} ${bus[kind] + 6} ${line}H${left}`, kind, true));
    }
  });
  let height = nodeTop(view.nodes.length - 1) + NODE.height + 8;
  if (view.etcd.length) {
    const etcdHeight = 30 + view.etcd.length * 36;
    const etcdTop = height + 14;
    boxes.push(etcdBox(view, left, etcdTop, nodeWidth, etcdHeight));
    const busX = width - 10;
    view.nodes.forEach((node, index) => {
      const line = nodeTop(index) + NODE.height / 2;
      const lock = node.tone === "primary";
      wires.push(s("path", { class: `wire ${lock ? "lock" : "off"}`, d: `M${width - right} ${line}H${busX - 6}Q${busX} ${line} ${busX} ${line + 6}V${etcdTop + 14}Q${busX} ${etcdTop + 20} ${busX - 6} ${etcdTop + 20}H${width - right}` }));
      if (lock) boxes.push(lockMark(busX, line + 26));
    });
    height = etcdTop + etcdHeight + 4;
  }
  return picture(view, width, height, wires, boxes);
}

const picture = (view, width, height, wires, boxes) =>
  s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": view.summary }, wires, boxes);

function probeBox(x, y, width, height) {
  return s("g", null,
    s("rect", { class: "box soft", x, y, width, height, rx: 10 }),
    s("text", { class: "name", x: x + width / 2, y: y + height / 2 - (height > 44 ? 3 : -5), "text-anchor": "middle" }, "probe"),
    height > 44 && s("text", { class: "faint", x: x + width / 2, y: y + height / 2 + 14, "text-anchor": "middle" }, "this page"));
}

function proxyBox(view, x, y, width, height, port, portsLeft = false) {
  const { reachable, ways } = view.proxy;
  return s("g", null,
    s("rect", { class: "box", x, y, width, height, rx: 10 }),
    dot(x + 16, y + 20, reachable ? "good" : "bad"),
    s("text", { class: "name", x: x + 27, y: y + 25 }, "HAProxy"),
    ways.map(way => {
      const line = port[way.kind];
      return s("g", null,
        s("circle", { class: way.open ? `arrow-${way.kind}` : "status-dot bad", cx: portsLeft ? x : x + width, cy: line, r: 4 }),
        s("text", { class: way.open ? "line" : "line trouble", x: x + 16, y: line + 4 }, way.open ? (way.kind === "write" ? "read-write" : "read-only") : `${way.kind === "write" ? "read-write" : "read-only"}: none`));
    }));
}

function nodeBox(node, x, y, width, before) {
  const changed = before.has(node.name) && before.get(node.name) !== node.tone;
  const facts = [node.state, node.timeline != null && `timeline ${node.timeline}`].filter(Boolean).join(" · ");
  // Beside the state, which is as long as it was when this was drawn; the lag changes without a new drawing and has a line of its own.
  const aside = [node.restart ? "restart pending" : node.version && `PostgreSQL ${node.version}`, node.restart ? "" : node.version]
    .find(text => text != null && (facts.length + text.length) * 6.4 + 40 <= width) ?? "";
  return s("g", { class: `node ${node.tone}${node.sync ? " sync" : ""}${changed ? " changed" : ""}`, "data-node": node.name },
    s("rect", { class: "box", x, y, width, height: NODE.height, rx: 10 }),
    dot(x + 17, y + 21, { primary: "good", replica: "good", moving: "warn", down: "bad" }[node.tone]),
    s("text", { class: "name", x: x + 29, y: y + 26 }, fit(node.name, width - 126)),
    s("text", { class: "role", x: x + width - 14, y: y + 26, "text-anchor": "end" }, node.role),
    s("text", { class: "line", x: x + 14, y: y + 50 }, facts),
    s("text", { class: "faint", x: x + width - 14, y: y + 50, "text-anchor": "end" }, aside),
    s("text", { class: "line", x: x + 14, y: y + 70, "data-lag": node.name }, node.lag));
}

function etcdBox(view, x, y, width, height) {
  return s("g", null,
    s("rect", { class: "box soft", x, y, width, height, rx: 10 }),
    s("text", { class: "name", x: x + 14, y: y + 24 }, "etcd"),
    view.etcd.map((member, index) => s("g", null,
      dot(x + 18, y + 40 + index * 36, member.tone),
      s("text", { class: "line", x: x + 29, y: y + 44 + index * 36 }, fit(member.name, width - 32, 6.2)),
      s("text", { class: member.tone === "bad" ? "faint trouble" : "faint", x: x + 29, y: y + 58 + index * 36 }, member.state))));
}

const dot = (cx, cy, tone) => s("circle", { class: `status-dot ${tone}`, cx, cy, r: 4.5 });

function lockMark(x, y) {
  return s("g", { transform: `translate(${x - 9} ${y - 9})` },
    s("title", null, "Holds the leader lock"),
    s("circle", { class: "lock-disc", cx: 9, cy: 9, r: 10 }),
    s("path", { class: "lock-icon", d: "M5.5 8.5h7v5h-7zM6.8 8.5V6.6a2.2 2.2 0 0 1 4.4 0v1.9" }));
}

/** A wire, with a current running along it where traffic flows. */
function wire(d, kind, flowing = false) {
  const parts = [s("path", { class: `wire ${kind}`, d })];
  if (flowing) parts.push(s("path", { class: `flow ${kind}`, d }));
  return parts;
}

function curve(x1, y1, x2, y2) {
  const bend = (x2 - x1) / 2;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

const arrow = (x, y, direction) => `M${x} ${y}l${-8 * direction} -4v8z`;

/** Shortens a name to about what fits. */
function fit(name, width, letter = 7.4) {
  const most = Math.max(6, Math.floor(width / letter));
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`;
}
