// The page's names for what the probe reports.

export const routeName = { FrontDoor: "HAProxy", Direct: "Direct" };
export const kindName = { Write: "Writes", Read: "Reads" };

export const causeName = {
  Unknown: "Unexplained",
  Switchover: "Switchover",
  Failover: "Failover",
  LeaderRestart: "Leader restarted",
  Proxy: "HAProxy had no server",
  Dcs: "etcd was away",
  Stall: "Stall without an error",
  NoReplica: "No replica served reads",
};

export const roleName = {
  Leader: "Primary",
  SynchronousStandby: "Sync replica",
  QuorumStandby: "Quorum replica",
  Replica: "Async replica",
  StandbyLeader: "Standby leader",
  Unknown: "No role",
};

export const phaseName = {
  LastAcknowledged: "Last acknowledgement",
  LeaderGone: "Leader gone",
  LockReleased: "Leader lock free",
  LeaderElected: "New leader elected",
  Promoted: "Promoted",
  ProxySwitched: "HAProxy switched",
  FirstAcknowledged: "First acknowledgement",
};

/** What was waited for until a phase was reached. */
export const waitName = {
  LeaderGone: "leader failing",
  LockReleased: "lock held",
  LeaderElected: "election",
  Promoted: "promotion",
  ProxySwitched: "HAProxy switching",
  FirstAcknowledged: "reconnecting",
};

export const availabilityName = { Unknown: "No data", Up: "Up", Suspect: "Failing", Down: "Down", Off: "Off" };

/** An outage's cause. While it lasts the probe is only guessing. */
export const causeOf = outage => (outage.end ? causeName[outage.cause] ?? outage.cause : "Under way");

/** "Failover: data-node1 → data-node2", as far as it is known. */
export function outageTitle(outage) {
  const cause = causeOf(outage);
  const { leaderBefore: before, leaderAfter: after } = outage;
  if (before && after && before !== after) return `${cause}: ${before} → ${after}`;
  return before ? `${cause}: ${before}` : cause;
}

/** PostgreSQL's version number as people write it: 170011 → "17.11". */
export const serverVersion = number => (number ? `${Math.floor(number / 10000)}.${number % 10000}` : null);

/** What a list of names reads like: "a", "a and b", "a, b and c". */
export const list = names => (names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`);
