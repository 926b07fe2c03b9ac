// What the page knows: the probe's last words on everything, and an hour of latency.

import { LONGEST, lowerBound } from "./timeline.js";
import { causeOf, kindName, outageTitle, routeName } from "./words.js";

const SECOND = 1000;

export function createState() {
  const state = {
    status: null,
    /** Latency by kind and route, such as "Write.FrontDoor": buckets by the second, oldest first. */
    series: new Map(),
    /** Outages by id. */
    outages: new Map(),
    skew: 0,
    now: () => Date.now() + state.skew,
    route: name => state.status?.routes.find(route => route.route === name),
    seriesOf: (kind, route) => state.series.get(`${kind}.${route}`) ?? [],
    apply,
    addHistory,
    recentFirst: () => [...state.outages.values()].sort((a, b) => b.start - a.start || b.id - a.id),
    leaders,
  };

  /** Takes one event of the feed. */
  function apply(event, data) {
    switch (event) {
      case "status":
        state.status = data;
        state.skew = Date.parse(data.at) - Date.now();
        for (const outage of data.outages) addOutage(outage);
        break;
      case "sample":
        addSample(data);
        break;
      case "outage":
        addOutage(data);
        break;
      default:
        if (state.status && event in state.status) state.status = { ...state.status, [event]: data };
    }
  }

  function addOutage(outage) {
    const start = Date.parse(outage.start);
    const end = outage.end ? Date.parse(outage.end) : null;
    state.outages.set(outage.id, {
      ...outage,
      start,
      end,
      // By this page's idea of the probe's clock an outage may begin a little ahead of now; it has begun all the same.
      lengthAt: now => Math.max(1, (end ?? now) - start),
      operation: outage.kind,
      main: outage.route === "FrontDoor",
      title: `${kindName[outage.kind]} through ${routeName[outage.route]}, ${causeOf(outage)}`,
      summary: outageTitle(outage),
      phases: outage.phases.map(phase => ({ ...phase, at: Date.parse(phase.at) })),
    });
  }

  function addSample(sample) {
    const at = Date.parse(sample.second);
    const buckets = bucketsOf(sample.kind, sample.route);
    const bucket = { at, count: sample.acknowledged, failed: sample.failed, unknown: sample.unknown, p50: sample.p50, p99: sample.p99, max: sample.max };
    const index = lowerBound(buckets, at);
    // After a reconnection the same second may come twice.
    buckets.splice(index, buckets[index]?.at === at ? 1 : 0, bucket);
    const old = lowerBound(buckets, at - LONGEST);
    if (old > 60) buckets.splice(0, old);
  }

  /** Takes the answer of /api/latency. What the feed has brought meanwhile stays. */
  function addHistory(history) {
    for (const column of history.series) {
      const live = bucketsOf(column.kind, column.route);
      const known = new Set(live.map(bucket => bucket.at));
      const past = column.second.map((second, i) => ({
        at: second * SECOND, count: column.acknowledged[i], failed: column.failed[i], unknown: column.unknown[i],
        p50: column.p50[i], p99: column.p99[i], max: column.max[i],
      }));
      const merged = [...past.filter(bucket => !known.has(bucket.at)), ...live].sort((a, b) => a.at - b.at);
      live.splice(0, live.length, ...merged);
    }
  }

  function bucketsOf(kind, route) {
    const key = `${kind}.${route}`;
    if (!state.series.has(key)) state.series.set(key, []);
    return state.series.get(key);
  }

  /** Who led when, newest first: no leader changes without a write outage. */
  function leaders() {
    const topology = state.status?.topology;
    if (!topology) return [];
    const result = [];
    let end = null;
    let member = topology.leader;
    let timeline = topology.timeline;
    for (const outage of state.recentFirst()) {
      if (!outage.main || outage.kind !== "Write") continue;
      if (outage.leaderBefore === outage.leaderAfter && outage.end !== null) continue;
      const elected = outage.phases.findLast(phase => phase.kind === "LeaderElected")?.at ?? outage.end;
      const gone = outage.phases.find(phase => phase.kind === "LeaderGone" || phase.kind === "LockReleased")?.at ?? outage.start;
      if (elected !== null) result.push({ start: elected, end, member, timeline });
      result.push({ start: gone, end: elected, member: elected === null ? topology.leader : null, timeline: null });
      end = gone;
      member = outage.leaderBefore;
      timeline = outage.timelineBefore;
    }
    result.push({ start: Date.parse(state.status.ledgerCreatedAt), end, member, timeline });
    return result.filter(leader => leader.member || leader.end !== null || !topology.leader);
  }

  return state;
}

/** Sums and typical values over the buckets of the last `length` milliseconds. */
export function recent(buckets, now, length) {
  const part = buckets.slice(lowerBound(buckets, now - length));
  const answered = part.filter(bucket => bucket.p50 != null);
  const middle = pick => {
    const sorted = answered.map(pick).sort((a, b) => a - b);
    return sorted.length ? sorted[sorted.length >> 1] : null;
  };
  return {
    seconds: part.length,
    count: part.reduce((sum, bucket) => sum + bucket.count, 0),
    errors: part.reduce((sum, bucket) => sum + bucket.failed + bucket.unknown, 0),
    p50: middle(bucket => bucket.p50),
    p99: middle(bucket => bucket.p99),
    max: answered.length ? Math.max(...answered.map(bucket => bucket.max)) : null,
  };
}
