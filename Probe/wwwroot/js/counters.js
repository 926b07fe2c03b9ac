// What became of every write and read, over all routes. The second half has to stay zero.

import { count, countShort, roughly } from "./format.js";
import { byId, h, mirror, setText } from "./dom.js";
import { recent } from "./state.js";

export function showCounters(state) {
  const { routes, verification } = state.status;
  const sum = pick => routes.reduce((total, route) => total + pick(route.counters), 0);
  const now = state.now();
  const rate = kind => routes.reduce((total, route) => {
    const { count: n, seconds } = recent(state.seriesOf(kind, route.route), now, 10_000);
    return total + (seconds ? n / seconds : 0);
  }, 0);
  const found = sum(counters => counters.unknownFound);
  const absent = sum(counters => counters.unknownAbsent);
  const checked = verification
    ? verification.complete ? `checked ${roughly(now - Date.parse(verification.finishedAt))} ago` : "last check incomplete"
    : "not checked yet";

  const tiles = [
    tile("Acknowledged", sum(counters => counters.acknowledged), `writes, ${rate("Write").toFixed(0)}/s`),
    tile("Answered", sum(counters => counters.reads), `reads, ${rate("Read").toFixed(0)}/s`),
    tile("Failed", sum(counters => counters.failed), `writes, ${count(sum(counters => counters.failedAttempts))} tries`),
    tile("Unknown", sum(counters => counters.unknown), `${count(found)} found, ${count(absent)} not`),
    tile("Demoted", sum(counters => counters.demotedConnections), "connections cut"),
    zero("Lost", sum(counters => counters.lost), checked, verification),
    zero("Duplicated", sum(counters => counters.duplicated), "written twice", verification),
    zero("Unexpected", sum(counters => counters.unexpected), "failed, yet there", verification),
    zero("Stale leader", sum(counters => counters.staleLeader), "took a write"),
    zero("Backwards", sum(counters => counters.backwardsReads), `reads gone back, ${count(sum(counters => counters.backwardsReconnects))} reconnected`),
  ];
  mirror(byId("counters"), tiles, item => item.name, create, update);
}

const tile = (name, value, note) => ({ name, value, note, kind: "" });

/** A counter that has to stay zero. It is no good news before anyone has looked. */
const zero = (name, value, note, looked = true) => ({ name, value, note, kind: value > 0 ? "not-zero" : looked ? "zero" : "" });

const create = item => h("div", null, h("dt", null, item.name), h("dd", null, h("span"), h("small")));

function update(element, item) {
  if (element.className !== item.kind) element.className = item.kind;
  const [value, note] = element.lastChild.children;
  setText(value, countShort(item.value));
  value.title = count(item.value);
  setText(note, item.note);
}
