// Switchover and the check for lost writes. The token lives in this tab's session storage and goes out in a header, only to actions.

import { byId, h, setText } from "./dom.js";
import { count, plural } from "./format.js";

const KEY = "action-token";

/** @returns a function that brings the choice of candidates up to date */
export async function createActions(state) {
  const root = byId("actions");
  const result = byId("action-result");
  const { enabled } = await fetch("api/actions").then(response => response.json());
  if (!enabled) {
    root.append(h("p", { class: "panel-note" }, "Off. Start the probe with an action token (", h("code", null, "Probe__ActionToken"), ") to switch over and to check for lost writes from here."));
    return () => {};
  }

  const candidate = h("select", { id: "candidate" });
  const switchover = h("button", { type: "button", id: "switchover" }, "Switch over …");
  const verify = h("button", { type: "button", id: "verify" }, "Check now");
  root.append(
    h("div", { class: "action" },
      h("div", { class: "row" }, h("label", null, "New primary ", candidate), switchover),
      h("p", null, "A planned change of the primary. Writes stand still for about as long as the last one took.")),
    h("div", { class: "action" },
      h("div", { class: "row" }, h("span", { class: "action-name" }, "Lost writes"), verify),
      h("p", null, "Looks for every acknowledged write on every member.")));

  const say = (text, tone = "") => {
    result.dataset.tone = tone;
    setText(result, text);
  };

  byId("lock").hidden = !sessionStorage.getItem(KEY);
  byId("lock").addEventListener("click", () => {
    sessionStorage.removeItem(KEY);
    byId("lock").hidden = true;
    say("Token forgotten.");
    switchover.focus();
  });

  async function act(name, body, button) {
    const token = sessionStorage.getItem(KEY) ?? await askToken();
    if (!token) return null;
    button.disabled = true;
    say("Working…");
    try {
      const response = await fetch(`api/actions/${name}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      });
      const answer = await response.json().catch(() => ({}));
      if (response.ok) {
        sessionStorage.setItem(KEY, token);
        byId("lock").hidden = false;
        return answer;
      }
      if (response.status === 401) {
        sessionStorage.removeItem(KEY);
        byId("lock").hidden = true;
        say("Refused: the token is wrong.", "bad");
      } else {
        say(`${answer.title ?? "Refused"}: ${answer.detail ?? response.status}`, "bad");
      }
    } catch {
      say("The probe did not answer.", "bad");
    } finally {
      button.disabled = false;
    }
    return null;
  }

  switchover.addEventListener("click", async () => {
    const to = candidate.value;
    const from = state.status.topology.leader ?? "the primary";
    const sure = await confirm("Switch over?", `${from} hands over to ${to || "the member that Patroni chooses"}. Writes stand still until it leads.`, "Switch over");
    if (!sure) return;
    const answer = await act("switchover", { candidate: to || null }, switchover);
    if (answer) say(answer.message, "good");
  });

  verify.addEventListener("click", async () => {
    const answer = await act("verify", {}, verify);
    if (!answer) return;
    const lost = answer.routes.reduce((sum, route) => sum + route.lost, 0);
    const compared = answer.routes.reduce((sum, route) => sum + route.compared, 0);
    const members = answer.members.filter(member => member.caughtUp && !member.problem).length;
    if (!answer.complete) say(`Not complete: ${answer.problem}`, "bad");
    else if (lost > 0) say(`${plural(lost, "acknowledged write")} of ${count(compared)} lost.`, "bad");
    else say(`None lost: all ${count(compared)} acknowledged writes are there, on ${plural(members, "member")}.`, "good");
  });

  return () => {
    const others = state.status.topology.nodes.filter(node => node.name !== state.status.topology.leader && node.reachable).map(node => node.name);
    const names = others.join("|");
    if (candidate.dataset.names === names) return;
    candidate.dataset.names = names;
    const chosen = candidate.value;
    candidate.replaceChildren(h("option", { value: "" }, "Patroni chooses"), ...others.map(name => h("option", { value: name }, name)));
    if (others.includes(chosen)) candidate.value = chosen;
  };
}

function askToken() {
  const dialog = byId("token-dialog");
  const input = byId("token-input");
  input.value = "";
  return ask(dialog, () => input.value.trim()).finally(() => (input.value = ""));
}

function confirm(head, text, go) {
  setText(byId("confirm-head"), head);
  setText(byId("confirm-text"), text);
  setText(byId("confirm-go"), go);
  return ask(byId("confirm-dialog"), () => true);
}

/** Shows a dialog; the answer is null when it was left without one. */
function ask(dialog, answer) {
  return new Promise(resolve => {
    const form = dialog.querySelector("form");
    let given = null;
    const submit = () => (given = answer());
    const cancel = () => dialog.close();
    form.addEventListener("submit", submit);
    dialog.querySelector("[data-close]").addEventListener("click", cancel);
    dialog.addEventListener("close", () => {
      form.removeEventListener("submit", submit);
      dialog.querySelector("[data-close]").removeEventListener("click", cancel);
      resolve(given);
    }, { once: true });
    dialog.showModal();
  });
}
